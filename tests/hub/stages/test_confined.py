"""A hostile file ends the process that parses it, never the hub, and is answered like any other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.contract.model import Contract
from hub.errors import FixConfiguration
from hub.stages import confined, read
from hub.stages.confined import Limits

ROWS = 20_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    source = tmp_path / "landed.csv"
    rows = "".join(f"盱眙某某{n}公司,91320830000000019L,2026-01-05,1.5,备注{n}\n" for n in range(ROWS))
    source.write_text("行政相对人名称,统一社会信用代码,许可决定日期,金额,备注\n" + rows, encoding="gb18030")
    return source


def servers() -> list[int]:
    """The parser processes of this test process."""
    return [pid for pid, words, parent in _processes() if b"parser_process" in words and parent == os.getpid()]


def _processes() -> list[tuple[int, bytes, int]]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                found.append((int(entry.name), (entry / "cmdline").read_bytes(), parent))
            except (FileNotFoundError, ProcessLookupError):
                continue
    return found


def until(condition: Callable[[], Any], seconds: float = 15.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_the_outcome_and_the_artefact_are_those_of_reading_at_home(
    file: Path, contract: Contract, tmp_path: Path
) -> None:
    at_home = read.run(file, contract, tmp_path / "home.parquet")
    assert confined.run(file, contract, tmp_path / "confined.parquet") == at_home
    assert (tmp_path / "confined.parquet").read_bytes() == (tmp_path / "home.parquet").read_bytes()
    file.write_bytes(b"")
    assert confined.run(file, contract, tmp_path / "none.parquet") == read.run(file, contract, tmp_path / "no.parquet")


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(memory_bytes=64 << 20), "内存"),
        (Limits(output_bytes=10_000), "内容"),
        (Limits(seconds=0.001), "时间"),
    ],
    ids=["memory", "output", "time"],
)
def test_a_file_that_breaks_a_limit_is_refused_and_the_next_one_is_read(
    limits: Limits, reason: str, file: Path, contract: Contract, tmp_path: Path
) -> None:
    target = tmp_path / "read.parquet"
    outcome = confined.run(file, contract, target, limits=limits)
    assert [finding.code for finding in outcome.findings] == ["FIL-BROKEN"]
    assert reason in str(outcome.findings[0].detail)
    assert outcome.refused and outcome.rows == 0
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    assert confined.run(file, contract, target).rows == ROWS


def test_too_few_open_files_are_told_with_the_place_and_not_with_the_text_of_the_error(
    file: Path, contract: Contract, tmp_path: Path
) -> None:
    outcome = confined.run(file, contract, tmp_path / "read.parquet", limits=Limits(open_files=4))
    detail = str(outcome.findings[0].detail)
    assert outcome.findings[0].code == "FIL-BROKEN" and "OSError at" in detail
    assert str(tmp_path) not in detail


def test_an_error_of_the_hub_is_raised_here_as_it_was_there(
    file: Path, contract_with: Callable[..., Contract], tmp_path: Path
) -> None:
    from hub.contract.model import Intake

    contract = contract_with(Intake("market", ("*",), encoding="klingon"))
    with pytest.raises(FixConfiguration, match="unknown encoding"):
        confined.run(file, contract, tmp_path / "read.parquet")


def test_a_parser_process_that_was_killed_is_started_again(file: Path, contract: Contract, tmp_path: Path) -> None:
    confined.run(file, contract, tmp_path / "read.parquet")
    (server,) = servers()
    os.kill(server, signal.SIGKILL)
    assert confined.run(file, contract, tmp_path / "read.parquet").rows == ROWS
    assert server not in servers()


def test_the_parser_process_knows_nothing_of_the_hubs_settings(
    file: Path, contract: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for server in servers():
        os.kill(server, signal.SIGKILL)
    monkeypatch.setenv("HUB_RECORD_KEY", "a secret that no parser needs")
    confined.run(file, contract, tmp_path / "read.parquet")
    for server in servers():
        assert b"HUB_" not in Path(f"/proc/{server}/environ").read_bytes()


def test_nothing_of_it_outlives_a_hub_that_is_killed(file: Path, tmp_path: Path) -> None:
    script = """
import sys, time
from hub.stages import confined
server = confined._Server()
print(server.process.pid, flush=True)
time.sleep(1000)
"""
    hub = subprocess.Popen((sys.executable, "-c", script), stdout=subprocess.PIPE, text=True)
    assert hub.stdout is not None
    server = int(hub.stdout.readline())
    hub.kill()
    hub.wait()
    hub.stdout.close()
    assert until(lambda: server not in [pid for pid, words, _ in _processes() if b"parser_process" in words])
