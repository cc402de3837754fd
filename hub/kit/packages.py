"""Which packages of others go into the kit, and which of their files; from this installation or from wheels.

The lists are measured: a package is here because a precheck imports it. Some packages are imported by others and never
called on the way of a precheck; a stand-in takes their place, which says so should it be called after all.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from importlib import metadata
from pathlib import Path, PurePosixPath

from hub.errors import FixConfiguration, NotFound

NEEDED = (
    *("polars", "polars-runtime-32", "pyarrow", "numpy", "pandas", "python-dateutil", "six", "tzdata"),
    *("great-expectations", "marshmallow", "ruamel.yaml", "jinja2", "markupsafe", "mistune", "packaging", "pyparsing"),
    *("tqdm", "tzlocal", "requests", "urllib3", "idna", "certifi", "charset-normalizer", "jsonschema", "attrs"),
    *("jsonschema-specifications", "referencing", "rpds-py", "sqlalchemy", "fsspec", "rfc8785", "typing-extensions"),
    *("pydantic", "pydantic-core", "pydantic-settings", "python-dotenv", "annotated-types", "typing-inspection"),
    *("pyyaml", "open-data-contract-standard", "python-calamine", "xlsxwriter", "cryptography", "cffi", "pyrage"),
)
WINDOWS_ONLY = ("colorama",)

STAND_INS: Mapping[str, tuple[str, ...]] = {  # package -> its modules that are imported
    "scipy": ("stats",),  # by two expectations of Great Expectations that no suite of ours has
    "altair": (),  # by the first of them, for a drawing
    "alembic": ("migration", "operations"),  # the ledger's
    "psycopg": ("types", "types.string"),  # the ledger's, and the front-end databases'
    "paramiko": ("sftp", "ssh_exception"),  # the inboxes'
}

_LEFT_OUT = (
    *("*/tests/*", "*/__pycache__/*", "*.pyc", "*.pyi", "*.pyx", "*.pxd", "*.pxi"),
    *("*.c", "*.cpp", "*.cc", "*.h", "*.hpp", "*.lib", "*.a", "*/include/*", "*/src/*", "*.cmake", "*.build"),
    *("pyarrow/*_flight*.so*", "pyarrow/*_s3.so*", "pyarrow/*_s3fs*.so", "pyarrow/*_gcsfs*.so", "pyarrow/*_hdfs*.so"),
    *("pyarrow/*_azurefs*.so", "pyarrow/*_orc*.so", "pyarrow/*_cpp_tests*.so", "pyarrow/*.so.*.*.*"),
    *("pyarrow/libarrow*.so", "numpy/f2py/*", "numpy/distutils/*", "numpy/doc/*", "*/great_expectations/cli/*"),
    *("*.dist-info/RECORD", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED", "*.dist-info/direct_url.json"),
    *("*.dist-info/sboms/*", "bin/*", "../*", "*.data/*"),
)
_NEEDED_ALL_THE_SAME = "numpy/_core/tests/_natype.py"  # by numpy.testing, which pandas imports


def kept(path: str) -> bool:
    """Whether a file of a package is needed to run it."""
    return path == _NEEDED_ALL_THE_SAME or not any(fnmatch(path, pattern) for pattern in _LEFT_OUT)


def installed() -> Iterator[tuple[str, bytes]]:
    """Path and content of every file, from the packages of this Python."""
    for name in NEEDED:
        for file in metadata.distribution(name).files or ():
            path = PurePosixPath(file.as_posix()).as_posix()
            if kept(path):
                yield path, Path(str(file.locate())).read_bytes()


def from_wheels(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The same from a folder of wheels, which may be of another platform.

    ``FixConfiguration`` names what is missing, as pip takes it. The versions must be those of this installation, else
    the verdicts might differ. ``NotFound`` without the folder.
    """
    if not folder.is_dir():
        raise NotFound("there is no such folder of wheels")
    there = {_wheel_key(file.name): file for file in folder.glob("*.whl")}
    windows = platform_of(folder).startswith("win")
    wanted = {name: metadata.version(name) for name in NEEDED}
    wanted |= {name: _any_version(there, name) for name in WINDOWS_ONLY if windows}
    missing = [f"{name}=={version}" for name, version in wanted.items() if (_plain(name), version) not in there]
    if missing:
        raise FixConfiguration(f"wheels are missing: {' '.join(missing)}")
    for name, version in wanted.items():
        with zipfile.ZipFile(there[_plain(name), version]) as wheel:
            for path in wheel.namelist():
                found = re.sub(r"^[^/]+\.data/(?:purelib|platlib)/", "", path)
                if not path.endswith("/") and kept(found):
                    yield found, wheel.read(path)


def platform_of(folder: Path) -> str:
    """The platform of the wheels, as the last part of their names says: ``win_amd64``; empty when all are pure."""
    tags = {file.stem.rsplit("-", 1)[1] for file in folder.glob("*.whl")}
    return min((tag for tag in tags if tag != "any"), default="")


def python_of(folder: Path) -> str:
    """The Python that the wheels are for, as ``3.11``; ``FixConfiguration`` when they are for several."""
    tags = {file.stem.rsplit("-", 3)[1:3][0] for file in folder.glob("*.whl") if _for_one_python(file)}
    if len(tags) != 1:
        raise FixConfiguration("the wheels must all be for one version of Python")
    return f"3.{tags.pop().removeprefix('cp3')}"


def _for_one_python(wheel: Path) -> bool:
    _, python, abi, _ = wheel.stem.rsplit("-", 3)
    return python == abi and python.startswith("cp3")


def stand_ins() -> Iterator[tuple[str, bytes]]:
    """Path and content of the modules that take the place of packages that are never called."""
    content = (
        b'"""A stand-in: this package is not part of the kit."""\n\n'
        b"from hub.kit.absent import stand_in\n\n\n"
        b"def __getattr__(name):\n    return stand_in(__name__, name)\n"
    )
    for package, modules in STAND_INS.items():
        for module in ("", *modules):
            yield "/".join([package, *module.split("."), "__init__.py"]).replace("//", "/"), content


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _wheel_key(file_name: str) -> tuple[str, str]:
    name, version, *_ = file_name.split("-")
    return _plain(name), version


def _any_version(there: Mapping[tuple[str, str], Path], name: str) -> str:
    return next((version for found, version in there if found == name), "any")
