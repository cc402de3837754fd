"""What ``hub`` says before it does anything, and how fast."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer

from hub.cli.app import app

Run = Callable[..., subprocess.CompletedProcess[str]]


def _commands(group: typer.Typer, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for command in group.registered_commands:
        assert command.callback is not None
        yield (*path, command.name or command.callback.__name__)
    for inner in group.registered_groups:
        assert inner.typer_instance is not None and inner.name is not None
        yield from _commands(inner.typer_instance, (*path, inner.name))


COMMANDS = sorted(_commands(app))


def test_help_answers_in_less_than_four_tenths_of_a_second(process: Run):
    took = []
    for _ in range(3):
        began = time.monotonic()
        assert process("--help").returncode == 0
        took.append(time.monotonic() - began)
    assert min(took) < 0.4, took


def test_the_tree_of_commands_loads_nothing_heavy():
    heavy = "{'polars', 'sqlalchemy', 'pydantic', 'great_expectations', 'airflow', 'paramiko', 'pandas', 'yaml'}"
    code = f"import sys, hub.cli.app; print(sorted({heavy} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_commands_are_those_that_the_design_names():
    expected = [
        "bundle",
        "verify",
        "check",
        "demo",
        "doctor",
        "run",
        "serve",
        "submit",
        "trace",
        "withdraw",
        "reinstate",
    ]
    expected += ["backup", "erase", "expire", "rebuild", "remind", "restore"]
    named = {
        "delivery": "list refuse release show",
        "receipt": "show",
        "dataset": "list",
        "contract": "apply kit lint new publish template",
    }
    named |= {"ledger": "grant", "outlet": "deliver list reconcile retry", "quarantine": "list"}
    named |= {"calendar": "import show", "due": "list waive", "subject": "report show", "withdrawal": "list"}
    expected += ["seal", "explain", "api"]
    named |= {"keys": "at-rest destroy list new rotate seal", "token": "issue list revoke"}
    named |= {"request": "answer list note open"}
    named |= {"service-key": "list new revoke"}
    named |= {"points": "issue list rules show", "county": "check replay"}
    tree = {(one,) for one in expected} | {(group, one) for group, each in named.items() for one in each.split()}
    assert set(COMMANDS) == tree


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_shows_an_example_that_fits_on_one_line(command: tuple[str, ...]):
    from typer.testing import CliRunner

    said = CliRunner(env={"COLUMNS": "80"}).invoke(app, [*command, "--help"])
    assert said.exit_code == 0
    (example,) = [line for line in said.output.splitlines() if "Example: " in line]
    words = example.partition("Example: hub ")[2].split()
    assert tuple(words[: len(command)]) == command
    assert "[required]" not in example and not example.rstrip().endswith("\\")
    following = said.output.splitlines()[said.output.splitlines().index(example) + 1]
    assert not following.strip(), "the example is broken over two lines"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_list_of_commands_is_not_cut_off(command: tuple[str, ...]):
    from typer.testing import CliRunner

    said = CliRunner(env={"COLUMNS": "80"}).invoke(app, [*command[:-1], "--help"])
    (line,) = [each for each in said.output.splitlines() if each.split()[:1] == [command[-1]]]
    assert not line.endswith("..."), line


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nothing-like-this",),
        ("check",),
        ("check", "a.csv"),
        ("check", "a.csv", "--dataset"),
        ("submit", "a.csv", "-d", "market/admin_licence"),
        ("delivery", "show"),
        ("delivery", "show", "seven"),
        ("delivery", "show", "0"),
        ("delivery", "show", "99999999999999999999"),
        ("delivery", "release", "1"),
        ("run", "--wait", "long"),
        ("delivery", "list", "--yaml"),
        ("receipt",),
    ],
    ids=" ".join,
)
def test_words_that_do_not_fit_end_with_2_and_touch_nothing(tmp_path: Path, words: tuple[str, ...], monkeypatch):
    from typer.testing import CliRunner

    monkeypatch.setenv("HUB_HOME", str(tmp_path / "home"))
    said = CliRunner().invoke(app, list(words))
    assert said.exit_code == 2
    assert "Traceback" not in said.output and ("Error: " in said.output or "Usage: " in said.output)
    assert list(tmp_path.iterdir()) == []
