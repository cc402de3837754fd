"""``hub backup``, ``restore``, ``rebuild``, ``expire`` and ``erase`` as people run them, on the shipped contracts."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place for a backup that the tests of this file share."""
    return tmp_path_factory.mktemp("backup")


def test_a_county_comes_out_of_its_blobs_and_events_again(ask: Run, county: Any) -> None:
    done = ask("rebuild")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout
    assert "everything that can be recomputed came out the same" in done.stderr
    assert "feed files" in done.stderr


def test_a_backup_says_what_is_needed_and_is_restored_into_an_empty_home(
    ask: Run, run: Run, county: Any, copy: Path, tmp_path: Path
) -> None:
    done = ask("backup", copy / "one")
    assert done.returncode == 0 and "record.key and checkpoint.key" in done.stderr
    assert ask("backup", copy / "one").returncode == 2
    assert json.loads(ask("backup", copy / "two", "--base", copy / "one", "--with-keys", "--json").stdout)["with_keys"]

    refused = run("restore", copy / "one")
    assert refused.returncode == 3 and "keys" in refused.stderr
    assert not (tmp_path / "home" / "restoring.json").exists()
    done = run("restore", copy / "two")
    assert done.returncode == 0, done.stderr
    assert "withdrawn_again: 0" in done.stdout and "--confirm" in done.stderr
    assert run("restore").returncode == 2
    assert run("restore", copy / "two").returncode == 2
    assert "closed since a restore" in run("doctor").stdout
    assert run("restore", "--confirm").returncode == 2
    opened = json.loads(run("restore", "--confirm", "--reason", "checked", "--json").stdout)
    outlets = ("bank", "bank_incentive", "credit_check", "governance", "open_feed", "province", "services")
    assert tuple(opened) == outlets
    assert run("restore", "--confirm", "--reason", "checked").returncode == 7
    assert run("verify").returncode == 0
    assert run("delivery", "list", "--json").stdout == ask("delivery", "list", "--json").stdout


def test_a_changed_backup_ends_with_5(ask: Run, run: Run, copy: Path) -> None:
    if not (copy / "two").exists():
        ask("backup", copy / "two", "--with-keys")
    (copy / "two" / "manifest.json").write_bytes((copy / "two" / "manifest.json").read_bytes().replace(b"0", b"1", 1))
    assert run("restore", copy / "two").returncode == 5


def test_nothing_of_a_young_county_is_past_its_time(ask: Run) -> None:
    done = ask("expire", "--dry-run")
    assert (done.returncode, done.stdout) == (0, "") and "nothing is past its time" in done.stderr
    assert json.loads(ask("expire", "--dry-run", "--json").stdout) == []


def test_erasing_asks_for_a_reason_and_a_record(ask: Run) -> None:
    assert ask("erase", "0" * 32, "--reason", " ").returncode == 2
    assert ask("erase", "0" * 32, "--reason", "asked for").returncode == 7
