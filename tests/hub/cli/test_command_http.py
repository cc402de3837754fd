"""``hub token``: a token is shown once; and the contracts that phones fill in."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

from hub.line import open_hub, tokens
from hub.settings import Settings

Run = Callable[..., subprocess.CompletedProcess[str]]
TOWN = "town_320830101"


def test_a_token_is_printed_once_and_listed_without_itself(run: Run):
    issued = run("token", "issue", "-p", TOWN, "-d", "household/point_event", "--for", "WG0101", "--days", "9")
    secret = issued.stdout.strip()
    assert issued.returncode == 0 and secret.startswith("hub_") and len(secret) > 40 and secret not in issued.stderr
    other = json.loads(run("token", "issue", "-p", "market", "--json").stdout)
    assert other["token"] != secret and other["id"] == 2
    listed = run("token", "list", "--json").stdout
    assert secret not in listed and other["token"] not in listed and "hash" not in listed
    first, second = json.loads(listed)
    assert (first["department"], first["datasets"], first["label"]) == (TOWN, ["household/point_event"], "WG0101")
    assert second["datasets"] == [] and first["state"] == second["state"] == "good"
    assert [one["id"] for one in json.loads(run("token", "list", "-p", "market", "--json").stdout)] == [2]
    assert "WG0101" in run("token", "list").stdout


def test_a_token_is_revoked_once(run: Run, tmp_path):
    secret = run("token", "issue", "-p", TOWN).stdout.strip()
    hub = open_hub(Settings(home=tmp_path / "home"))
    assert tokens.of_secret(hub, secret) is not None and tokens.of_secret(hub, f"{secret}x") is None
    assert run("token", "revoke", "1").stderr == "revoked\n"
    assert tokens.of_secret(hub, secret) is None
    hub.ledger.dispose()
    assert run("token", "revoke", "1").stderr == "it was revoked before\n"
    assert run("token", "revoke", "7").returncode == 7
    assert json.loads(run("token", "list", "--json").stdout)[0]["state"] == "revoked"


def test_a_token_that_makes_no_sense_is_not_made(run: Run):
    for words, code in (
        (("-p", "nobody"), 7),
        (("-p", TOWN, "-d", "no/such"), 7),
        (("-p", TOWN, "-d", "bank/credit_line"), 2),
        (("-p", TOWN, "--days", "0"), 2),
        (("-p", TOWN, "--days", "99999"), 2),
    ):
        done = run("token", "issue", *words)
        assert done.returncode == code and done.stdout == "" and "Traceback" not in done.stderr, words
    assert json.loads(run("token", "list", "--json").stdout) == []
