"""The page about adding a dataset, word for word: its commands are run and its output is what comes out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "add-a-dataset.md"
ANYTHING = "…"


def steps() -> Iterator[tuple[str, str]]:
    """Commands of the page, each with what the page says comes out."""
    for block in re.findall(r"^```console\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S):
        for step in re.split(r"^\$ ", block, flags=re.M)[1:]:
            end = re.search(r"^END\n", step, re.M)
            cut = end.end() if end and "<<'END'" in step.partition("\n")[0] else step.index("\n") + 1
            yield step[:cut], step[cut:]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("schemas", "expectations"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def test_the_page_is_true_word_for_word(place: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    settings = {"HUB_SCHEMAS": "schemas", "HUB_EXPECTATIONS": "expectations", "HUB_HOME": str(place / "state")}
    told = list(steps())
    assert len(told) > 9
    for command, expected in told:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=place,
            env=os.environ | settings | {"PATH": path},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        pattern = ".*".join(re.escape(part) for part in expected.split(f"{ANYTHING}\n"))
        assert re.fullmatch(pattern, done.stdout.removeprefix("\ufeff"), re.S), f"{command}{done.stdout}{done.stderr}"
        wrong = "待填写: this" in expected or "退回" in expected
        assert (done.returncode != 0) == wrong, f"{command}{done.stderr}"
