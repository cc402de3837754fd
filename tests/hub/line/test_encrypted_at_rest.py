"""Identifiers lie sealed in the ledger: nobody reads them from the database alone, and everybody who may works on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from corpus.at_rest import DATASET, IDS, SHOPS, WRONG, keys, look, lying_open, proven, read, send, shops

from hub.errors import VerificationFailed
from hub.ledger import records, sealed
from hub.ledger.connect import reading
from hub.line import keeping_keys
from hub.line.rebuilding import rebuild


@pytest.mark.parametrize("cipher", ["aes-256-gcm", "sm4-gcm"])
def test_no_citizen_id_lies_open_in_the_ledger_and_every_reader_gets_it(
    make_line: Callable[..., Any], ledger_url: str, cipher: str
) -> None:
    line = make_line(ledger_url, cipher=cipher)
    send(line, *shops(line), line.shop(7, sfzh=WRONG))
    send(line, line.shop(1, mc="更名后的店", rq="2026-11-22"), name="店铺_二.csv")
    assert lying_open(line) == []
    assert sorted(filter(None, read(line))) == sorted(IDS)
    contract = line.hub.contract(DATASET)
    (record, *_) = [one["record_id"] for one in line.versions() if one["mc"] == "更名后的店"]
    with reading(line.hub.ledger) as connection:
        versions = records.history(connection, line.hub.shape(contract), record)
        then = records.as_of(connection, line.hub.shape(contract), record, known=versions[0]["known_from"])
    assert [one["sfzh"] for one in versions] == [IDS[0], IDS[0]]
    assert then is not None and then["sfzh"] == IDS[0]
    assert {name for name, _ in line.hub.shape(contract).columns} < set(versions[0])
    assert [one["cipher"] for one in keys(line)] == [cipher]
    proven(line)
    rebuilt = rebuild(line.hub)
    assert (rebuilt.different, rebuilt.lost) == ([], {})


def test_without_a_cipher_the_same_search_finds_every_one_of_them(
    make_line: Callable[..., Any], ledger_url: str
) -> None:
    line = make_line(ledger_url, cipher="none")
    send(line, *shops(line))
    assert lying_open(line) == IDS
    told = look(line)
    assert told["warning"]


def test_rows_from_before_are_sealed_in_pieces_and_leave_the_file(
    make_line: Callable[..., Any], ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = make_line(ledger_url, cipher="none")
    send(line, *shops(line))
    line.hub.ledger.dispose()
    line = make_line(ledger_url)
    assert sorted(filter(None, read(line))) == sorted(IDS), "what lies open is read as before"
    told = look(line)
    assert "hub keys seal" in told["detail"]
    monkeypatch.setattr(keeping_keys, "SEALED", 4)
    assert keeping_keys.seal(line.hub) == {DATASET: SHOPS}
    assert keeping_keys.seal(line.hub) == {}
    assert lying_open(line) == []
    assert sorted(filter(None, read(line))) == sorted(IDS)
    told = look(line)
    assert told["ok"] and "warning" not in told
    send(line, line.shop(1, mc="更名后的店", rq="2026-11-22"), name="店铺_二.csv")
    proven(line)
    assert rebuild(line.hub).different == []


def test_a_touched_cell_and_two_that_were_swapped_are_told_and_never_taken_for_a_number(either_line: Any) -> None:
    line = either_line
    send(line, *shops(line))
    table = line.hub.shape(line.hub.contract(DATASET)).table()
    first, second, *_ = line.versions()
    touched = first["sfzh"][:40] + ("A" if first["sfzh"][40] != "A" else "B") + first["sfzh"][41:]
    for changes in ({first["sequence"]: touched}, {one["sequence"]: other["sfzh"] for one, other in _crossed(line)}):
        with line.hub.ledger.begin() as connection:
            for sequence, cell in changes.items():
                connection.execute(table.update().where(table.c.sequence == sequence).values(sfzh=cell))
        with pytest.raises(VerificationFailed, match="not what was sealed"):
            read(line)
        assert len(read(line, "mc")) == SHOPS, "who does not ask for the column is not disturbed"
        assert {one.record for one in rebuild(line.hub).different} >= {first["record_id"]}
        with line.hub.ledger.begin() as connection:
            for one in (first, second):
                connection.execute(table.update().where(table.c.sequence == one["sequence"]).values(sfzh=one["sfzh"]))
    assert len(read(line)) == SHOPS


def _crossed(line: Any) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    first, second, *_ = line.versions()
    return [(first, second), (second, first)]


def test_a_searched_column_is_found_by_its_pseudonym_alone_also_where_it_was_not_searched_before(
    either_line: Any,
) -> None:
    line = either_line
    send(line, *shops(line))
    shape = line.hub.shape(line.hub.contract(DATASET))
    wanted = replace(shape, searched=(*shape.searched, "sfzh"))
    asked = pl.Series([IDS[2], IDS[4], WRONG])
    of = {one["mc"]: one["record_id"] for one in line.versions()}
    expected = {record for name, record in of.items() if line.shop(3).startswith(name) or line.shop(5).startswith(name)}
    with line.hub.ledger.begin() as connection:
        assert set(sealed.having(connection, wanted, "sfzh", asked)) == expected, "slow, not wrong"
        assert not sealed.holds(connection, wanted, "sfzh")
        assert set(sealed.naming(connection, wanted, ["sfzh"], IDS[2])) < expected
        records.ensure(connection, wanted)
        assert sealed.holds(connection, wanted, "sfzh")
        assert set(sealed.having(connection, wanted, "sfzh", asked)) == expected
        assert sealed.known(connection, wanted, "sfzh", asked).to_list() == [IDS[2], IDS[4]]
        assert len(sealed.naming(connection, wanted, ["sfzh", "dm"], IDS[2])) == 1
        held = [str(one[0]) for one in connection.execute(sa.select(wanted.table().c.sfzh__pseudonym))]
    assert len(set(held)) == SHOPS and not set(held) & set(IDS)
    assert lying_open(line) == []
