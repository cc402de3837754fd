"""``hub service-key``: a key is shown once, a body has two at most, and an end is an end."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

Run = Callable[..., subprocess.CompletedProcess[str]]
NEW = ("service-key", "new", "XF-001", "--name", "某征信有限公司")
PENALTY = ("-d", "market/admin_penalty")


def test_a_key_is_printed_once_and_listed_without_itself(run: Run) -> None:
    made = run(*NEW, *PENALTY, "--per-minute", "7", "--days", "9")
    secret = made.stdout.strip()
    assert made.returncode == 0 and secret.startswith("svc_") and len(secret) > 40 and secret not in made.stderr
    second = json.loads(run(*NEW, "--json").stdout)
    assert second["id"] == 2 and second["key"] != secret
    assert run(*NEW).returncode == 2
    listed = run("service-key", "list", "--json").stdout
    assert secret not in listed and second["key"] not in listed and "hash" not in listed
    for one in json.loads(listed):
        assert (one["name"], one["filing_no"], one["state"]) == ("某征信有限公司", "XF-001", "good")
        assert (one["datasets"], one["per_minute"], one["per_day"]) == (["market/admin_penalty"], 7, 5_000)
        assert (one["body"], one["queries"]) == (1, 0)
    assert "XF-001" in run("service-key", "list").stdout


def test_a_key_is_revoked_once(run: Run) -> None:
    assert run("service-key", "list").stderr == "no keys yet\n"
    run(*NEW, *PENALTY)
    assert run("service-key", "revoke", "1").stderr == "revoked\n"
    assert run("service-key", "revoke", "1").stderr == "it was revoked before\n"
    assert run("service-key", "revoke", "7").returncode == 7
    assert json.loads(run("service-key", "list", "--json").stdout)[0]["state"] == "revoked"


def test_a_key_that_makes_no_sense_is_not_made(run: Run) -> None:
    for words, code in (
        ((), 2),
        (("-d", "no/such"), 7),
        (("-d", "credit/repair"), 2),
        ((*PENALTY, "--days", "0"), 2),
        ((*PENALTY, "--per-day", "0"), 2),
    ):
        done = run(*NEW, *words)
        assert done.returncode == code and done.stdout == "" and "Traceback" not in done.stderr, words
    assert json.loads(run("service-key", "list", "--json").stdout) == []
