"""``hub contract kit``: one file, its checksum beside it. What the file does is tested in ``tests/hub/kit``."""

from __future__ import annotations

import hashlib
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.kit import packages

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def few_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The packages make up most of the file and of the time, and nothing of the command."""
    monkeypatch.setattr(packages, "NEEDED", ("six",))


def test_the_kit_is_one_file_that_can_be_started_with_its_checksum_beside(run: Run, tmp_path: Path):
    done = run("contract", "kit", "-p", "market", "-o", tmp_path / "试报工具.pyz", "--json")
    assert done.returncode == 0, done.stderr
    content = (tmp_path / "试报工具.pyz").read_bytes()
    told = hashlib.sha256(content).hexdigest()
    assert (tmp_path / "试报工具.pyz.sha256").read_text(encoding="utf-8") == f"{told}  试报工具.pyz\n"
    said = json.loads(done.stdout)
    assert said["sha256"] == told and said["bytes"] == len(content) and "market/admin_licence" in said["contracts"]
    assert (tmp_path / "试报工具.pyz").stat().st_mode & 0o111 and content.startswith(b"#!")
    with zipfile.ZipFile(tmp_path / "试报工具.pyz") as kit:
        assert {"__main__.py", "kit.json", "run.py", "lib/six.py", "lib/hub/findings.yaml"} <= set(kit.namelist())


def test_a_kit_for_every_department_holds_every_dataset_that_comes_as_files(run: Run, tmp_path: Path):
    done = run("contract", "kit", "-o", tmp_path / "kit.pyz", "--json")
    said = json.loads(done.stdout)
    assert said["department"] is None and {"market/admin_licence", "court/judgment_defaulter"} <= set(said["contracts"])


def test_a_department_without_files_and_a_folder_without_wheels_are_told(run: Run, tmp_path: Path):
    nobody = run("contract", "kit", "-p", "nobody", "-o", tmp_path / "kit.pyz")
    assert nobody.returncode == 7 and not (tmp_path / "kit.pyz").exists()
    (tmp_path / "wheels").mkdir()
    bare = run("contract", "kit", "-p", "market", "-o", tmp_path / "kit.pyz", "--wheels", tmp_path / "wheels")
    assert bare.returncode == 3 and "six==" in bare.stderr and not (tmp_path / "kit.pyz").exists()
