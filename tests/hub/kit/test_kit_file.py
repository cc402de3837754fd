"""The file of the kit: what it is made of, how it starts, what it says of itself."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest

from hub.contract.template import blank_csv
from hub.errors import FixConfiguration, NotFound
from hub.kit import packages, start
from hub.kit.judging import OLD_DAYS, said_of
from hub.kit.making import make
from hub.line import Hub

LICENCE = "market/admin_licence"


@pytest.fixture
def good(kit, tmp_path: Path) -> Path:
    """A file of one row that is taken; its name says what it is."""
    file = tmp_path / "行政许可_20261123.csv"
    file.write_bytes(blank_csv(Hub(kit.settings).contract(LICENCE)))
    return file


def test_a_file_whose_name_says_what_it_is_needs_no_word_more(kit, good: Path):
    ran = kit.run(good)
    assert ran.returncode == 0, ran.stderr.decode()
    assert ran.stdout.decode().startswith("试报") and "1行可以接收" in ran.stdout.decode()
    assert "试报工具，" in ran.stderr.decode() and "行政许可 1." in ran.stderr.decode()


def test_a_file_of_no_known_name_is_answered_as_in_the_inbox(kit, good: Path):
    ran = kit.run("--json", good.rename(good.with_name("数据.csv")))
    assert [found["rule"] for found in json.loads(ran.stdout)["findings"]] == ["FIL-DATASET"]


def test_without_a_word_it_asks_for_files_and_takes_dragged_ones(kit, good: Path):
    ran = kit.run(input=f'"{good}"\n\n')
    assert ran.returncode == 0 and "1行可以接收" in ran.stdout.decode()


def test_the_workbook_is_the_one_of_the_hub(kit, good: Path, tmp_path: Path):
    text = good.read_text(encoding="utf-8-sig").splitlines()
    good.write_text("\r\n".join([*text, ",".join('""' for _ in text[0].split(",")[:-1]) + ",1", ""]), encoding="utf-8")
    ran = kit.run("-o", tmp_path / "回执", good)
    (book,) = (tmp_path / "回执").iterdir()
    assert ran.returncode == 1 and book.name.startswith("行政许可_20261123__试报_") and zipfile.is_zipfile(book)


def test_it_speaks_english_when_it_is_asked_to(kit, good: Path):
    ran = kit.run("--lang", "en", good)
    assert ran.returncode == 0 and ran.stdout.decode().startswith("Trial – Accepted")


def test_a_file_that_is_not_there_is_told_and_the_others_are_judged(kit, good: Path):
    ran = kit.run(good.with_name("没有.csv"), good)
    assert ran.returncode == 7 and "没有.csv" in ran.stderr.decode() and "1行可以接收" in ran.stdout.decode()


def inside(kit, good: Path, first: str = "") -> tuple[Path, list[str], list[str]]:
    """Run an unpacked kit in a bare Python, after ``first``: its folder, its path, the files of its modules."""
    kit.run(good)
    (folder,) = kit.unpacked
    code = f"""
import json, os, runpy, sys
{first}
sys.argv = ["run.py", "--json", {str(good)!r}]
try:
    runpy.run_path({str(folder / "run.py")!r}, run_name="__main__")
except SystemExit as end:
    assert end.code == 0, end.code
files = [getattr(module, "__file__", None) for module in sys.modules.values()]
print()
print(json.dumps([sys.path, [file for file in files if file]]))
"""
    bare = Path(sys.base_prefix) / "bin" / "python3"
    ran = subprocess.run([bare, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=250)
    assert ran.returncode == 0, ran.stderr
    path, files = json.loads(ran.stdout.splitlines()[-1])
    return folder, path, files


def test_nothing_is_imported_from_this_machine_but_pythons_own_library(kit, good: Path):
    folder, path, files = inside(kit, good)
    assert path[0] == str(folder / "lib") and not [one for one in path if "site-packages" in one]
    known = (str(folder), str(Path(sys.base_prefix) / "lib"))
    assert [one for one in files if not one.startswith(known) or "site-packages" in one] == []


def test_it_needs_nothing_that_windows_lacks(kit, good: Path):
    inside(kit, good, "del os.fork; sys.modules |= dict.fromkeys(['fcntl', 'resource'])")


def small_kit(folder: Path) -> tuple[Path, dict[str, list[object]]]:
    """A zip with two files and the list of them."""
    contents = {"run.py": b"print(1)", "lib/hub/findings.yaml": b"A: {}"}
    with zipfile.ZipFile(folder / "small.zip", "w") as whole:
        for path, content in {**contents, start.LIST: b"{}"}.items():
            whole.writestr(path, content)
    return folder / "small.zip", {
        path: [len(content), hashlib.sha256(content).hexdigest()] for path, content in contents.items()
    }


def test_a_folder_that_was_damaged_is_made_anew(tmp_path: Path):
    small, files = small_kit(tmp_path)
    folder = tmp_path / "cache" / "abc"
    with zipfile.ZipFile(small) as whole:
        start.unpack(whole, files, str(folder))
        assert start.whole(str(folder), files)
        (folder / "run.py").write_bytes(b"")
        assert not start.whole(str(folder), files)
        start.unpack(whole, files, str(folder))
    assert (folder / "run.py").read_bytes() == b"print(1)" and [one.name for one in folder.parent.iterdir()] == ["abc"]


def test_two_starts_at_once_leave_one_whole_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    small, files = small_kit(tmp_path)
    folder = tmp_path / "cache" / "abc"
    rename = start.os.rename

    def later(source: str, target: str) -> None:
        monkeypatch.setattr(start.os, "rename", rename)
        with zipfile.ZipFile(small) as other:
            start.unpack(other, files, str(folder))  # somebody else was quicker
        rename(source, target)

    monkeypatch.setattr(start.os, "rename", later)
    with zipfile.ZipFile(small) as whole:
        start.unpack(whole, files, str(folder))
    assert start.whole(str(folder), files) and [one.name for one in folder.parent.iterdir()] == ["abc"]


def test_folders_of_old_kits_go_when_nobody_has_used_them_for_long(tmp_path: Path):
    names = ("mine", "recent", "old")
    for name in names:
        (tmp_path / name).mkdir()
    long_ago = time.time() - (start.KEPT_DAYS + 1) * 86400
    for name in ("mine", "old"):
        os.utime(tmp_path / name, (long_ago, long_ago))
    start.tidy(str(tmp_path / "mine"))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["mine", "recent"]


def test_a_kit_that_was_damaged_on_the_way_does_not_start(kit, good: Path, tmp_path: Path):
    content = bytearray(kit.file.read_bytes())
    with zipfile.ZipFile(kit.file) as whole:
        place = whole.getinfo("lib/hub/errors.py").header_offset + 80
    content[place] ^= 1
    (tmp_path / "kit.pyz").write_bytes(content)
    ran = type(kit)(tmp_path / "kit.pyz", kit.settings, tmp_path / "cache").run(good)
    assert ran.returncode == 1 and "已损坏" in ran.stderr.decode()
    assert list((tmp_path / "cache" / "credit-hub-kit").iterdir()) == []


def test_another_python_is_told_which_one_is_needed(kit, tmp_path: Path):
    source = zipfile.ZipFile(kit.file)
    listed = json.loads(source.read("kit.json")) | {"python": "3.99"}
    with zipfile.ZipFile(tmp_path / "kit.pyz", "w") as other:
        other.writestr("__main__.py", source.read("__main__.py"))
        other.writestr("kit.json", json.dumps(listed))
    ran = type(kit)(tmp_path / "kit.pyz", kit.settings, tmp_path / "cache").run()
    assert ran.returncode == 1 and "需要 Python 3.99" in ran.stderr.decode() and not (tmp_path / "cache").exists()


def test_the_same_contracts_give_the_same_bytes(kit, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packages, "NEEDED", ("six", "pyyaml"))
    first, listed = make(Hub(kit.settings), "market")
    again, _ = make(Hub(kit.settings), "market")
    assert first == again and "lib/six.py" in listed["files"]


def test_it_holds_the_contracts_of_its_department_and_no_others(kit):
    with zipfile.ZipFile(kit.file) as whole:
        names = whole.namelist()
    contracts = {name for name in names if name.startswith("schemas/") and name.endswith(".odcs.yaml")}
    assert {f"schemas/{LICENCE}.odcs.yaml", "schemas/market/shop.odcs.yaml"} < contracts
    assert not [name for name in contracts if name.startswith("schemas/bank/credit_line")]
    assert not [name for name in names if "/tests/test_" in name or name.startswith(("lib/airflow", "lib/hub/demo"))]
    assert "expectations/every_batch.yaml" in names and "schemas/calendar/2026.csv" in names


def test_a_department_that_delivers_no_files_gets_none(kit):
    with pytest.raises(NotFound):
        make(Hub(kit.settings), "nobody")


def test_an_old_kit_says_so_and_goes_on():
    made = date(2026, 11, 26)
    listed = {"made": made.isoformat(), "contracts": {}, "calendar_end": "2026-12-31"}
    assert len(list(said_of(listed, made + timedelta(days=1)))) == 1
    later = list(said_of(listed, made + timedelta(days=OLD_DAYS + 1)))
    assert len(later) == 3 and "新的" in later[1] and "工作日历" in later[2]


def test_wheels_that_are_missing_are_named_all_at_once(tmp_path: Path):
    (tmp_path / "numpy-0.0.1-cp312-cp312-win_amd64.whl").write_bytes(b"")
    assert (packages.platform_of(tmp_path), packages.python_of(tmp_path)) == ("win_amd64", "3.12")
    with pytest.raises(FixConfiguration, match=r"numpy==\S+ .*xlsxwriter==\S+ .*colorama==any"):
        list(packages.from_wheels(tmp_path))


def test_wheels_give_the_files_that_an_installation_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packages, "NEEDED", ("six",))
    here = dict(packages.installed())
    version = packages.metadata.version("six")
    with zipfile.ZipFile(tmp_path / f"six-{version}-py2.py3-none-any.whl", "w") as wheel:
        for path, content in here.items():
            wheel.writestr(path, content)
        wheel.writestr(f"six-{version}.dist-info/RECORD", b"")
    assert dict(packages.from_wheels(tmp_path)) == here and "six.py" in here
