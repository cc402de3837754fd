"""``hub verify`` and ``hub bundle`` as people run them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_an_honest_county_verifies_and_says_how_much_was_looked_at(ask: Run, county: Any):
    done = ask("verify")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout
    assert "everything is as it was written" in done.stderr
    told = json.loads(ask("verify", "--json").stdout)
    assert told["wrong"] == []
    assert told["seen"]["delivery"] >= 5 and told["seen"]["event"] == told["seen"]["sealed"] + _unsealed(county)


def _unsealed(county: Any) -> int:
    from hub.ledger import evidence
    from hub.ledger.connect import reading

    with reading(county.hub.ledger) as connection:
        latest = evidence.latest_checkpoint(connection)
        assert latest is not None
        return len(list(evidence.leaves(connection, latest["size"])))


def test_a_receipt_is_a_witness(ask: Run, county: Any, tmp_path: Path):
    receipts = sorted((county.hub.home / "outbox" / "market").glob("*.json"))
    carrying = [one for one in receipts if json.loads(one.read_bytes())["checkpoint"]]
    assert carrying
    assert ask("verify", *(word for one in carrying for word in ("--since", one))).returncode == 0
    kept = county.hub.home / "reports" / "checkpoint.txt"
    assert ask("verify", "--since", kept).returncode == 0
    forged = tmp_path / "forged.txt"
    size = json.loads(carrying[0].read_bytes())["checkpoint"]["size"]
    forged.write_text(county.hub.signer.sign(size, bytes(32)).note, encoding="utf-8")
    done = ask("verify", "--since", forged)
    assert done.returncode == 5
    assert done.stdout == f"history of {size} events: the log does not begin with the checkpoint that was kept\n"
    told = json.loads(ask("verify", "--since", forged, "--json").stdout)
    assert [one["kind"] for one in told["wrong"]] == ["history"]


def test_the_public_key_is_printed(ask: Run, county: Any):
    assert ask("verify", "--key").stdout.strip() == county.hub.signer.vkey
    assert (county.hub.home / "reports" / "checkpoint.vkey").read_text().strip() == county.hub.signer.vkey


@pytest.mark.parametrize("what", ["1", "1:2", "2:5", "3:18"])
def test_a_bundle_is_written_and_checked_without_a_hub(ask: Run, run: Run, tmp_path: Path, what: str):
    file = tmp_path / "bundle.zip"
    assert ask("bundle", what, "--to", file).returncode == 0
    done = run("verify", "--bundle", file, HUB_SCHEMAS="/nowhere", HUB_LEDGER_URL="nonsense")
    assert done.returncode == 0, done.stdout
    assert not (tmp_path / "home").exists()
    file.write_bytes(file.read_bytes()[:-100])
    assert run("verify", "--bundle", file).returncode == 5


def test_what_cannot_be_bundled_says_why(ask: Run, tmp_path: Path):
    assert ask("bundle", "999", "--to", tmp_path / "x.zip").returncode == 7
    assert ask("bundle", "?", "--to", tmp_path / "x.zip").returncode == 2
    assert ask("verify", "--since", tmp_path / "nothing.txt").returncode == 7


def test_rights_are_given_on_postgresql_only(ask: Run):
    done = ask("ledger", "grant", "hub_running")
    assert done.returncode == 3 and "PostgreSQL" in done.stderr
