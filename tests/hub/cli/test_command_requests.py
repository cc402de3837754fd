"""The commands for requests of subjects: the code comes by stdin, nobody is named, what is late ends with 1."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corpus.shops import lines, shop
from typer.testing import CliRunner

from hub.cli.app import app

ROOT = Path(__file__).resolve().parents[3]
CODE = shop(1)["dm"]


@pytest.fixture
def hub(make_hub: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Any) -> Any:
    """A hub with one shop, and the command line speaking to it."""
    shutil.copytree(ROOT / "tests" / "hub" / "small" / "schemas", tmp_path / "schemas")
    shutil.copytree(ROOT / "schemas" / "calendar", tmp_path / "schemas" / "calendar")
    made = make_hub(schemas=tmp_path / "schemas")
    monkeypatch.setattr("hub.line.open_hub", lambda *_: made)
    file = tmp_path / "店铺_1.csv"
    file.write_text("\r\n".join([*lines([shop(1)]), ""]), encoding="utf-8")
    made.submit(file, "market", "market/shop")
    return made


def ask(*words: str, typed: str | None = None) -> Any:
    told = CliRunner().invoke(app, list(words), input=typed)
    if told.exception is not None and not isinstance(told.exception, SystemExit):
        raise told.exception
    return told


def test_a_request_is_opened_noted_answered_and_listed_and_the_code_is_never_said(hub: Any) -> None:
    assert ask("request", "list").stderr == "no subject has asked for anything\n"
    opened = ask("request", "open", "objection", "--note", "金额有误", typed=f"{CODE}\n")
    assert opened.stderr.startswith("request 1 异议: 1 records, due 2026-")
    ask("request", "note", "1", "--text", "已转部门核查")
    told = ask("request", "answer", "1", "--granted", "--reason", "核实有误")
    assert "1 records wait for the department's correcting delivery" in told.stderr
    listed = ask("request", "list")
    assert listed.exit_code == 0 and "异议" in listed.stdout and "granted" in listed.stdout
    (one,) = json.loads(ask("request", "list", "--json").stdout)
    assert [step["kind"] for step in one["steps"]] == ["opened", "marked", "noted", "answered"]
    report = ask("subject", "report", typed=f"{CODE}\n")
    assert "异议" in report.stdout and report.stderr.endswith("nobody has asked about this subject\n")
    assert json.loads(ask("subject", "report", "--json", typed=CODE).stdout)["requests"][0]["number"] == 1
    for said in (opened, told, listed, report):
        assert CODE not in said.output


def test_the_list_ends_with_one_when_an_answer_is_late(hub: Any, clock: Any) -> None:
    ask("request", "open", "access", typed=f"{CODE}\n")
    assert ask("request", "list", "--open").exit_code == 0
    clock.sleep(86_400 * 40)
    assert ask("request", "list", "--open").exit_code == 1
    ask("request", "answer", "1", "--granted", "--reason", "已答复")
    assert ask("request", "list").exit_code == 0
