"""Commands by which a person settles things, and the tables that follow the contracts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from hub.cli.app import app
from hub.errors import FixConfiguration, NotFound, WrongUsage
from hub.ledger import evidence
from hub.ledger.connect import reading
from hub.line.applying import apply

SMALL = Path(__file__).parents[1] / "small"


@pytest.fixture
def line(make_line: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A line, and the command line speaking to its hub."""
    shutil.copytree(SMALL / "schemas", tmp_path / "schemas")
    made = make_line(schemas=tmp_path / "schemas")
    monkeypatch.setattr("hub.line.open_hub", lambda *_: made.hub)
    return made


def ask(*words: str) -> Any:
    told = CliRunner().invoke(app, list(words))
    if told.exception is not None and not isinstance(told.exception, SystemExit):
        raise told.exception
    return told


def test_a_record_is_withdrawn_and_reinstated_with_a_reason_that_the_log_keeps(line: Any) -> None:
    line.drop(line.file(line.shop(1), line.shop(2)))
    line.run()
    record = line.versions()[0]["record_id"]
    with pytest.raises(WrongUsage):
        ask("withdraw", record, "--reason", " ")
    assert "market/shop" in ask("withdraw", record, "--reason", "annulled").stderr
    with reading(line.hub.ledger) as connection:
        told = evidence.latest(connection, "withdrawn")
    assert told is not None and told["body"]["reason"] == "annulled" and told["body"]["record"] == record
    with pytest.raises(NotFound):
        ask("withdraw", record, "--reason", "twice")
    ask("reinstate", record, "--reason", "wrong record")
    with pytest.raises(NotFound):
        ask("reinstate", record, "--reason", "twice")


def test_rows_that_wait_for_their_sender_and_entries_without_an_answer_are_listed(line: Any) -> None:
    assert ask("quarantine", "list").stderr == "no row waits for its sender\n"
    assert ask("outlet", "list").stderr == "nothing waits for an answer\n"
    line.drop(line.file(line.shop(1), line.shop(2, je="一百万"), line.shop(3)))
    line.run()
    (waiting,) = json.loads(ask("quarantine", "list", "--json").stdout)
    assert (waiting["dataset"], waiting["department"], waiting["rows"]) == ("market/shop", "market", 1)
    assert "market/shop" in ask("quarantine", "list", "-d", "market/shop").stdout
    with pytest.raises(NotFound):
        ask("quarantine", "list", "-d", "market/unknown")
    assert json.loads(ask("outlet", "list", "--json").stdout) == []


def test_tables_follow_the_contracts_after_a_dry_run_that_changes_nothing(line: Any, tmp_path: Path) -> None:
    wanted = apply(line.hub, dry_run=True)
    assert wanted[0] == "create table record_market_shop"
    with reading(line.hub.ledger) as connection:
        assert not sa.inspect(connection).has_table("record_market_shop")
    assert apply(line.hub) == wanted
    assert apply(line.hub) == []
    line.drop(line.file(line.shop(1)))
    line.run()
    contract = tmp_path / "schemas" / "market" / "shop.odcs.yaml"
    text = contract.read_text("utf-8")
    more = text.replace("slaProperties:", COLUMN + "slaProperties:")
    contract.write_text(more, "utf-8")
    line.restart()
    line.hub.__dict__.pop("contracts", None)
    assert ask("contract", "apply", "--dry-run").stdout == "would add column dh to record_market_shop\n"
    assert json.loads(ask("contract", "apply", "--json").stdout) == ["add column dh to record_market_shop"]
    assert [one["dh"] for one in line.versions()] == [None]
    with reading(line.hub.ledger) as connection:
        told = evidence.latest(connection, "applied")
    assert told is not None and told["body"]["changes"] == ["add column dh to record_market_shop"]


COLUMN = """      - name: dh
        businessName: 电话
        physicalName: DH
        logicalType: string
        logicalTypeOptions: {maxLength: 30}
        classification: internal
        customProperties:
          - {property: kernel, value: {name: text}}
"""


def test_a_column_that_would_lose_what_it_holds_changes_nothing(line: Any, tmp_path: Path) -> None:
    apply(line.hub)
    contract = tmp_path / "schemas" / "market" / "shop.odcs.yaml"
    text = contract.read_text("utf-8")
    before, mark, after = text.partition("      - name: je\n")
    changed = after.replace("{name: money, unit: yuan}", "{name: text}", 1).replace("number", "string", 1)
    contract.write_text(before + COLUMN + mark + changed, "utf-8")
    line.restart()
    line.hub.__dict__.pop("contracts", None)
    with pytest.raises(FixConfiguration, match="je changed its kind"):
        apply(line.hub)
    with reading(line.hub.ledger) as connection:
        names = {column["name"] for column in sa.inspect(connection).get_columns("record_market_shop")}
    assert "dh" not in names
