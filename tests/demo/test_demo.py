"""``hub demo`` twice and then ``hub serve``, on the real Airflow, as a newcomer meets them."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.outlets import open_feed

LONG = 420  # seconds, much more than a demo takes
ANSWER = 60  # seconds from the drop of a file to its receipt


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory, state_of: Callable[..., Any]) -> Any:
    return state_of(tmp_path_factory.mktemp("demo") / "state")


def run(state: Any, command: tuple[str, ...], project: Path) -> str:
    """The output of a command on the county's folder that ends well and leaves no process behind."""
    done = subprocess.run(
        command, cwd=project, env=state.environment(), capture_output=True, text=True, timeout=LONG, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert state.all_ended()
    return done.stdout


@pytest.mark.timeout(2 * LONG)
def test_the_demo_ends_with_every_count_in_balance_and_a_second_one_changes_nothing(
    state: Any, hub_command: tuple[str, ...], project: Path
) -> None:
    table = run(state, (*hub_command, "demo"), project)
    assert "market/admin_licence" in table and str(state.home / "reports" / "index.html") in table
    assert state.wrong() == []
    sent = sum(one["channel"] == "sftp" for one in state.deliveries())
    first = state.deliveries()
    assert {one["dataset"] for one in first} >= set(state.hub.contracts)
    records, front_end, feed, receipts = state.records(), state.front_end(), state.feed(), state.receipts_by_stage()
    release = open_feed.as_of(state.home / "feed")

    run(state, (*hub_command, "demo"), project)
    assert state.wrong() == []
    again = state.deliveries()
    assert len(again) == len(first) + sent
    assert [one["verdict"] for one in again[len(first) :]] == ["DUPLICATE"] * sent
    assert state.records() == records
    assert state.front_end() == front_end
    if open_feed.as_of(state.home / "feed") == release:
        assert state.feed() == feed
    assert state.receipts_by_stage()["validation"] == receipts["validation"] + sent


@pytest.fixture
def serving(state: Any, hub_command: tuple[str, ...], project: Path) -> Iterator[list[str]]:
    """The lines that ``hub serve`` prints while it keeps the county running."""
    process = subprocess.Popen(
        (*hub_command, "serve"),
        cwd=project,
        env=state.environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    too_late = threading.Timer(LONG, process.kill)
    too_late.start()
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    yield lines
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    too_late.cancel()
    process.stdout.close()
    assert state.all_ended()


@pytest.mark.timeout(2 * LONG)
def test_while_the_county_is_served_a_clerk_with_openssh_gets_three_files_back(
    state: Any, serving: list[str], tmp_path: Path, hub_command: tuple[str, ...], project: Path
) -> None:
    assert sum("password" in line for line in serving) == 1
    sftp = next(line for line in serving if "sftp -P" in line).split()
    file = tmp_path / "行政许可_补报.csv"
    source = next((state.home / "county").glob("*/1/market/行政许可_*.csv"))
    text = source.read_bytes().decode("gb18030")
    name = state.hub.county.name
    mended = text.replace("公司", "有限公司", 1)
    file.write_bytes(mended.replace(f",1,{name}", f",7,{name}", 1).encode("gb18030"))  # no such state
    known = {each.name for each in (state.grounds.root / "market" / "outbox").iterdir()}

    def ask(words: str) -> str:
        command = (sftp[0], "-q", "-b", "-", *sftp[1:])
        return subprocess.run(command, input=words, capture_output=True, text=True, check=True, timeout=60).stdout

    def answered() -> set[str]:
        lines = ask("ls -1 outbox\n").splitlines()
        names = {Path(line).name for line in lines if "outbox/" in line} - known
        return {name for name in names if "-2-" in name}  # the verdict; the other stages come before and after it

    ask(f"put {file} inbox/")
    end = time.monotonic() + ANSWER
    while {Path(name).suffix for name in answered()} != {".json", ".xlsx", ".partial"}:
        assert time.monotonic() < end, answered()
        time.sleep(1)
    newest = max(state.deliveries(), key=lambda one: one["id"])
    assert (newest["file_name"], newest["verdict"], newest["channel"]) == (file.name, "PARTIAL", "sftp")
    told = (*hub_command, "trace", f"{newest['id']}:3")
    traced = subprocess.run(told, cwd=project, env=state.environment(), capture_output=True, text=True, timeout=60)
    assert traced.returncode == 0 and "province" in traced.stdout
