"""The rules of the house: which room may use which, and what no file may hold. Every message says what to do."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("hub", "connectors", "hub_airflow")

LEAVES = {"hub.errors", "hub.failpoints", "hub.findings", "hub.messages", "hub.settings"}
WORKING_ROOMS = {"hub.rules", "hub.kernels", "connectors", "hub.store", "hub.contract", "hub.receipts", *LEAVES}

# Room -> rooms whose code it may import (itself always). A room that is not here has no place in the house.
MAY_IMPORT: dict[str, set[str]] = {
    "hub": set(),
    "hub.errors": set(),
    "hub.failpoints": set(),
    "hub.findings": {"hub.messages"},
    "hub.messages": set(),
    "hub.settings": set(),
    "hub.kernels": set(),
    "connectors": set(),
    "hub.sealed_blobs": {"hub.errors"},
    "hub.store": {"hub.errors", "hub.failpoints", "hub.sealed_blobs", "hub.settings"},
    "hub.contract": {"hub.errors", "hub.findings", "hub.kernels", "hub.settings"},
    "hub.points": {"hub.contract", "hub.kernels"},
    "hub.rules": {"hub.contract", "hub.kernels", "hub.findings", "hub.errors"},
    "hub.receipts": {"hub.contract", "hub.findings", "hub.messages", "hub.errors", "hub.kernels"},
    "hub.ledger": {"hub.errors", "hub.failpoints", "hub.findings", "hub.settings"},
    "hub.stages": WORKING_ROOMS,
    "hub.outlets": WORKING_ROOMS,
    "hub.reports": {"hub.ledger", "hub.contract", "hub.findings", "hub.errors", "hub.kernels", "hub.settings"},
    "hub.web": {"hub.reports", "hub.ledger", "hub.contract", "hub.line", *LEAVES},
    "hub.line": {
        *("hub.stages", "hub.outlets", "hub.ledger", "hub.store", "hub.contract", "hub.receipts", "hub.reports"),
        *("hub.points", "hub.sealed_blobs"),
        *LEAVES,
    },
    "hub.kit": {"hub.line", "hub.stages", "hub.receipts", "hub.contract", *LEAVES},
    "hub.county": {"hub.contract", "hub.kernels", "hub.findings", "hub.errors"},
    "hub.demo": {"hub", "hub.*", "connectors"},
    "hub.cli": {"hub", "hub.*", "connectors"},
    "dags": {"hub_airflow", "hub.contract"},
    "plugins": {"hub_airflow"},
    "hub_airflow": {"hub", "hub.*"},
}

# Nobody in the room imports one of these; what they have in common stands in the room's other modules.
STRANGERS = {
    "hub.stages": {"collect", "read", "normalise", "check", "gate", "accept", "acknowledge"},
    "hub.outlets": {"province", "governance", "bank", "open_feed"},
}

# The stage that reads is three files: what it does, the process in which it does it, and the door to that process.
# A sample is read by whoever drafts a contract from it, before there is one to read by.
READING = ("hub/stages/read.py", "hub/stages/confined.py", "hub/stages/parser_process.py", "hub/stages/sample.py")

AIRFLOW_ROOMS = {"dags", "plugins", "hub_airflow"}
GREAT_EXPECTATIONS_FILES = ("hub/rules/", "hub/stages/gate.py")
ENVIRONMENT_FILES = {
    "hub/settings.py": "the only reader of the environment",
    "hub/rules/engine.py": "switches Great Expectations' analytics off before it is imported",
    "hub/kit/start.py": "runs before anything of the hub's is there",
    "hub/demo/airflow.py": "builds the environment of the Airflow processes that it starts",
}

LONGEST_FILE = 300
LONG_FILES: dict[str, str] = {
    "hub/ledger/bundle_verifier.py": "one file that works alone, wherever a bundle is checked",
    "tests/test_house.py": "one table of rooms and one short test per rule",
}
LONGEST_DAG_FILE = 74

BANNED_WORDS = {"util", "utils", "helper", "helpers", "manager", "data2", "misc", "common"}


@dataclass(frozen=True, eq=False)
class Source:
    """One Python file: its path below the root, its module name, and its tree."""

    path: str
    module: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The room that the file stands in: ``hub.stages``, ``connectors``, ``dags``, …"""
        parts = self.module.split(".")
        return ".".join(parts[:2]) if parts[0] == "hub" else parts[0]


@cache
def tracked() -> tuple[str, ...]:
    """Paths of all files that git tracks or would track, below the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(sorted(path for path in set(listing.split("\0")) if path and (ROOT / path).is_file()))


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file outside tests/."""
    found = []
    for path in tracked():
        if path.endswith(".py") and not path.startswith("tests/"):
            text = (ROOT / path).read_text(encoding="utf-8")
            module = path.removesuffix(".py").removesuffix("/__init__").removeprefix("plugins/hub_airflow/")
            if path.startswith("plugins/hub_airflow/"):
                module = "hub_airflow" if module == "plugins/hub_airflow" else f"hub_airflow/{module}"
            found.append(Source(path, module.replace("/", "."), text, ast.parse(text, path)))
    return tuple(found)


def house() -> list[Source]:
    """The files that stand in a room (not benchmarks and scripts)."""
    return [source for source in sources() if source.path.split("/")[0] in {"hub", "connectors", "dags", "plugins"}]


def texts() -> Iterator[tuple[str, int, str]]:
    """Path, number and text of every line of every text file."""
    for path in tracked():
        content = (ROOT / path).read_bytes()
        if b"\0" not in content[:8192]:
            for number, line in enumerate(content.decode("utf-8", errors="replace").splitlines(), 1):
                yield path, number, line


@cache
def imports(source: Source) -> tuple[tuple[int, str], ...]:
    """Line and full module name of everything that the file imports, wherever in the file it does."""
    return tuple(dict.fromkeys(_imports(source)))


def _imports(source: Source) -> Iterator[tuple[int, str]]:
    modules = {each.module for each in sources()}
    package = source.module if source.path.endswith("__init__.py") else source.module.rpartition(".")[0]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                start = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*start, *([base] if base else [])])
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield node.lineno, full if full in modules or base in {"hub", "connectors"} else base


def room_of(module: str) -> str:
    """Room of an imported module."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "hub" else parts[0]


def docstrings(tree: ast.Module) -> set[int]:
    """Identities of the nodes that are docstrings."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                found.add(id(first.value))
    return found


def refuse(violations: list[str], what_to_do: str) -> None:
    """Fail with all violations and the way out."""
    if violations:
        pytest.fail("\n".join([what_to_do, *(f"  {violation}" for violation in violations)]), pytrace=False)


# --- who may import whom ---------------------------------------------------------------------------------------------


def test_every_room_is_on_the_plan() -> None:
    unknown = [source.path for source in house() if source.room not in MAY_IMPORT]
    refuse(unknown, "No such room. Move the file into a room of MAY_IMPORT, or add the room and a decision record:")


def test_rooms_import_only_what_the_plan_allows() -> None:
    wrong = []
    for source in house():
        allowed = MAY_IMPORT.get(source.room, set())
        for line, module in imports(source):
            room = room_of(module)
            ours = module.split(".")[0] in OURS and room != source.room
            if ours and room not in allowed and not (room.startswith("hub.") and "hub.*" in allowed):
                wrong.append(
                    f"{source.path}:{line} imports {module}; {source.room} may use {sorted(allowed) or 'none'}"
                )
    refuse(wrong, "Pass the value in as an argument, or move the code to the room that may know both:")


@pytest.mark.parametrize("room", sorted(STRANGERS))
def test_stages_and_outlets_never_import_each_other(room: str) -> None:
    wrong = []
    for source in house():
        own = ".".join(source.module.split(".")[:3])
        for line, module in imports(source):
            target = ".".join(module.split(".")[:3])
            name = target.removeprefix(f"{room}.")
            if name == "read" and source.path in READING:
                continue
            if source.room == room and target != own and name in STRANGERS[room]:
                wrong.append(f"{source.path}:{line} imports {module}")
    refuse(wrong, "They are strangers: what one leaves for the next travels through the line and the artefacts:")


def test_file_formats_belong_to_the_stage_that_reads() -> None:
    wrong = [
        f"{source.path}:{line} imports {module}"
        for source in house()
        for line, module in imports(source)
        if module.startswith("hub.stages.formats")
        and not (source.path in READING or source.module.startswith("hub.stages.formats"))
    ]
    refuse(wrong, "Only the stage that reads opens files. Use what it leaves:")


def test_airflow_stays_in_dags_and_plugins() -> None:
    wrong = [
        f"{source.path}:{line}"
        for source in sources()
        if source.path.split("/")[0] not in {"dags", "plugins"}
        for line, module in imports(source)
        if module.split(".")[0] == "airflow"
    ]
    refuse(wrong, "Only dags/ and plugins/ may import airflow. Do the work in hub/ without it:")


def test_great_expectations_stays_in_rules_and_gate() -> None:
    wrong = [
        f"{source.path}:{line}"
        for source in house()
        if not source.path.startswith(GREAT_EXPECTATIONS_FILES)
        for line, module in imports(source)
        if module.split(".")[0] == "great_expectations"
    ]
    refuse(wrong, "Only hub/rules/ and hub/stages/gate.py may import great_expectations. Call hub.rules instead:")


def test_the_environment_is_read_by_settings_alone() -> None:
    wrong = []
    for source in house():
        if source.path in ENVIRONMENT_FILES or source.room in AIRFLOW_ROOMS:
            continue
        for node in ast.walk(source.tree):
            attribute = (
                isinstance(node, ast.Attribute)
                and node.attr in {"environ", "getenv", "putenv"}
                and isinstance(node.value, ast.Name)
                and node.value.id == "os"
            )
            from_os = (
                isinstance(node, ast.ImportFrom)
                and node.module == "os"
                and {"environ", "getenv"} & {alias.name for alias in node.names}
            )
            if attribute or from_os:
                wrong.append(f"{source.path}:{node.lineno}")
    refuse(wrong, "Add a setting to hub/settings.py and read it there:")


def test_schemas_and_expectations_are_opened_by_the_contract_room_alone() -> None:
    # A whole string that is a path or a glob; a message may name the file in a sentence.
    names = re.compile(r"[^\s:]*(?:\.odcs\.yaml|every_batch\.yaml|departments\.yaml|outlets\.yaml|divisions\.csv)")
    wrong = []
    for source in house():
        if source.room == "hub.contract":
            continue
        skipped = docstrings(source.tree)
        wrong += [
            f"{source.path}:{node.lineno} names {node.value}"
            for node in ast.walk(source.tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped
            if names.fullmatch(node.value)
        ]
    refuse(wrong, "Ask hub.contract for the contract, the county, the outlets or the names of the datasets:")


# --- what a file may be ----------------------------------------------------------------------------------------------


def test_dag_files_are_wiring_only() -> None:
    wrong = [
        f"{source.path} has {lines} lines"
        for source in house()
        if source.path.startswith("dags/") and (lines := len(source.text.splitlines())) > LONGEST_DAG_FILE
    ]
    refuse(wrong, f"At most {LONGEST_DAG_FILE} lines: move work to hub/, Airflow's parts to plugins/hub_airflow/:")


def test_long_files_are_few_and_have_a_reason() -> None:
    lengths = {
        path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in tracked() if path.endswith(".py")
    }
    long = {path for path, lines in lengths.items() if lines > LONGEST_FILE}
    wrong = [f"{path} has {lengths[path]} lines" for path in sorted(long - set(LONG_FILES))]
    wrong += [f"{path} is on the list, but not long" for path in LONG_FILES if path not in long]
    refuse(wrong, f"Split by subject at {LONGEST_FILE} lines, or give the reason in LONG_FILES:")


def test_no_init_file_under_tests() -> None:
    wrong = [path for path in tracked() if path.startswith("tests/") and path.endswith("__init__.py")]
    refuse(wrong, "It would hide the real package of the same name. Delete it:")


def test_names_of_test_files_are_unique() -> None:
    seen: dict[str, str] = {}
    wrong = []
    for path in tracked():
        name = path.rpartition("/")[2]
        if path.startswith("tests/") and name.startswith("test_") and name.endswith(".py"):
            if name in seen:
                wrong.append(f"{path} and {seen[name]}")
            seen[name] = path
    refuse(wrong, "A failure names the file: give each its own name:")


def test_names_say_what_a_thing_is() -> None:
    wrong = []
    for path in tracked():
        if path.endswith(".py"):
            parts = {part for segment in path.removesuffix(".py").split("/") for part in segment.lower().split("_")}
            if parts & BANNED_WORDS:
                wrong.append(path)
    for source in sources():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                words = {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", node.name)}
                if words & BANNED_WORDS:
                    wrong.append(f"{source.path}:{node.lineno} {node.name}")
    refuse(wrong, f"Name it after its subject; {sorted(BANNED_WORDS)} say nothing:")


def test_the_county_is_configuration() -> None:
    names = re.compile("320830|盱眙|xuyi", re.IGNORECASE)
    wrong = []
    for source in sources():
        skipped = docstrings(source.tree)  # examples in docstrings and comments decide nothing
        for node in ast.walk(source.tree):
            said = (
                node.value if isinstance(node, ast.Constant) and id(node) not in skipped else getattr(node, "id", None)
            )
            said = getattr(node, "name", said)  # functions, classes
            if isinstance(said, str | int | bytes) and (found := names.search(str(said))):
                wrong.append(f"{source.path}:{getattr(node, 'lineno', 0)} holds {found[0]}")
    refuse(wrong, "Another county runs the same code: take its name, division and tables from schemas/:")


def test_no_path_of_one_machine_in_any_file() -> None:
    paths = re.compile(r"(?<![\w./:-])/(?:work|farm|root|Users|tmp/bash_jobs)/")
    wrong = [f"{path}:{number}" for path, number, line in texts() if paths.search(line)]
    refuse(wrong, "Write the path relative to the repository, or take it from the settings:")


def test_no_address_of_a_package_registry_in_any_file() -> None:
    addresses = re.compile(
        r"pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org|proxy\.golang\.org|crates\.io/|"
        r"^\s*(?:--|-)(?:index-url|extra-index-url|find-links|i|f)[ =]\S*/",
    )
    wrong = [f"{path}:{number}" for path, number, line in texts() if addresses.search(line)]
    refuse(wrong, "Where packages come from is said by the machine's own configuration. Take the address out:")


def test_every_public_name_has_a_docstring() -> None:
    wrong = []

    def look(source: Source, body: list[ast.stmt], within: str = "") -> None:
        for node in body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
                continue
            decorators = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
            if not ast.get_docstring(node) and not decorators & {"overload", "setter"}:
                wrong.append(f"{source.path}:{node.lineno} {within}{node.name}")
            # Where a class inherits, its methods may be answers to the base's promises, which are documented there.
            if isinstance(node, ast.ClassDef) and not node.bases:
                look(source, node.body, f"{node.name}.")

    for source in sources():
        if source.path.startswith(("hub/", "connectors/")) and "/migrations/" not in source.path:
            look(source, source.tree.body)
    refuse(wrong, "Say in a docstring what it takes (shapes, units), gives and raises, and where the rule comes from:")
