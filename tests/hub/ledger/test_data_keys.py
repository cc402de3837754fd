"""Sealed cells open for nobody without the keys, and only where they stand; data keys are wrapped, not stored."""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import CallOperator, FixConfiguration, VerificationFailed
from hub.ledger import cells as sealed_cells
from hub.ledger import connect, data_keys
from hub.ledger.cells import open_cells, pseudonyms, seal
from hub.ledger.ciphers import KEY_BYTES, Name, aead, pseudonym_key
from hub.ledger.connect import reading, writing
from hub.ledger.data_keys import Vault

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
KEY_ID, PLACE = "0123456789ab", "market/shop\x1fsfzh"
CIPHERS: tuple[Name, ...] = ("aes-256-gcm", "sm4-gcm")
ids = st.text("0123456789abcdef", min_size=32, max_size=32)
texts = st.none() | st.text(st.characters(exclude_categories=("Cs",)), max_size=60)


class Masters:
    """Master keys in memory."""

    def __init__(self) -> None:
        self.keys: dict[str, bytes] = {"one": secrets.token_bytes(32)}
        self.made = 0

    def read(self, *, make: bool = False) -> Mapping[str, bytes]:
        self.made += make
        return dict(self.keys)


@pytest.fixture
def masters() -> Masters:
    return Masters()


@pytest.fixture
def ledger(ledger_url: str, masters: Masters) -> Iterator[sa.Engine]:
    made = connect.engine(ledger_url, vault=lambda: _vault(masters))
    connect.upgrade(made)
    yield made
    made.dispose()


def _vault(masters: Masters, cipher: Name | None = "aes-256-gcm") -> Vault:
    return Vault(masters, b"k" * 32, cipher)


def _with(ledger: sa.Engine, vault: Vault) -> sa.Engine:
    return ledger.execution_options(vault=lambda: vault)


def _cells(*cells: str | None) -> pl.Series:
    return pl.Series("sfzh", cells, dtype=pl.String)


@pytest.mark.parametrize("name", CIPHERS)
@given(rows=st.lists(st.tuples(ids, texts), max_size=12))
def test_every_text_comes_back_as_it_was_and_its_cell_shows_nothing_of_it(
    name: Name, rows: list[tuple[str, str | None]]
) -> None:
    cipher = aead(name, b"k" * KEY_BYTES[name])
    records, cells = pl.Series([one for one, _ in rows], dtype=pl.String), _cells(*(text for _, text in rows))
    sealed = seal(cells, records, PLACE, KEY_ID, cipher)
    assert open_cells(sealed, records, PLACE, {KEY_ID: cipher}).to_list() == cells.to_list()
    for cell, text in zip(sealed.to_list(), cells.to_list(), strict=True):
        assert (cell is None) == (text is None)
        if cell is not None:
            assert cell.startswith(f"1:{KEY_ID}:") and set(cell) <= set(string.ascii_letters + string.digits + "+/=:")
    filled = [cell for cell in sealed.to_list() if cell is not None]
    assert len(set(filled)) == len(filled), "the same text twice is sealed otherwise"


@pytest.mark.parametrize("name", CIPHERS)
def test_a_cell_that_was_moved_or_touched_does_not_open(name: Name) -> None:
    cipher = aead(name, b"k" * KEY_BYTES[name])
    here, there = pl.Series(["a" * 32]), pl.Series(["b" * 32])
    sealed = seal(_cells("320830188001010002"), here, PLACE, KEY_ID, cipher)
    touched = sealed.str.slice(0, 30) + ("A" if sealed.item()[30] != "A" else "B") + sealed.str.slice(31)
    tries = [
        (sealed, there, PLACE),
        (sealed, here, "market/shop\x1fother"),
        (sealed, here, "urban/stall\x1fsfzh"),
        (touched, here, PLACE),
        (sealed.str.slice(0, 24), here, PLACE),
        (sealed + "?", here, PLACE),
    ]
    for cells, records, place in tries:
        with pytest.raises(VerificationFailed) as told:
            open_cells(cells, records, place, {KEY_ID: cipher})
        assert "320830" not in str(told.value)
    assert open_cells(sealed, here, PLACE, {KEY_ID: cipher}).to_list() == ["320830188001010002"]


def test_plain_and_sealed_cells_may_stand_side_by_side_and_a_destroyed_key_leaves_nothing() -> None:
    cipher, other = aead("aes-256-gcm", b"k" * 32), "ba9876543210"
    records = pl.Series(["a" * 32, "b" * 32, "c" * 32])
    first = seal(_cells("one"), records[:1], PLACE, KEY_ID, cipher).item()
    gone = seal(_cells("two"), records[1:2], PLACE, other, cipher).item()
    cells = _cells(first, gone, "three")
    assert sealed_cells.keys_of(cells) == [KEY_ID, other]
    assert open_cells(cells, records, PLACE, {KEY_ID: cipher, other: None}).to_list() == ["one", None, "three"]


def test_pseudonyms_join_within_one_purpose_and_not_across_two() -> None:
    values, root = pl.Series(["320830188001010002", None, "320830188001010002"]), b"root"
    here = pseudonyms(values, pseudonym_key(root, "ledger"))
    assert here[0] == here[2] and here[1] is None and len(here[0]) == 32
    assert here[0] != pseudonyms(values, pseudonym_key(root, "access log"))[0]
    assert here[0] != pseudonyms(values, pseudonym_key(b"another", "ledger"))[0]


def test_a_dataset_has_one_key_a_month_and_the_ledger_holds_it_wrapped_only(
    ledger: sa.Engine, masters: Masters, tmp_path: Path
) -> None:
    first = data_keys.current(ledger, "market/shop", "2026-11", NOW)
    assert first is not None and masters.made == 1
    again = data_keys.current(ledger, "market/shop", "2026-11", NOW)
    assert again is not None and again.id == first.id
    others = [data_keys.current(ledger, *of, NOW) for of in (("market/shop", "2026-12"), ("urban/stall", "2026-11"))]
    assert len({first.id, *(one.id for one in others if one is not None)}) == 3
    sm4 = data_keys.current(_with(ledger, _vault(masters, "sm4-gcm")), "market/shop", "2026-11", NOW)
    assert sm4 is not None and sm4.id != first.id, "another cipher, another key"
    assert masters.made == 1, "only the first data key may make a master key"
    assert data_keys.current(_with(ledger, _vault(masters, None)), "market/shop", "2026-11", NOW) is None


def test_what_was_sealed_before_a_rotation_opens_after_it_and_the_old_key_is_needed_no_more(
    ledger: sa.Engine, masters: Masters
) -> None:
    records, sealed = pl.Series(["a" * 32]), []
    for month in ("2026-09", "2026-10", "2026-11"):
        key = data_keys.current(ledger, "market/shop", month, NOW)
        assert key is not None
        sealed.append(seal(_cells(month), records, PLACE, key.id, key.cipher))
    masters.keys = {"two": secrets.token_bytes(32), **masters.keys}
    wrapped = []
    while True:
        with writing(ledger, "test") as connection:
            wrapped.append(data_keys.rewrap(connection, 2))
        if not wrapped[-1]:
            break
    assert wrapped == [2, 1, 0]
    del masters.keys["one"]
    fresh = _with(ledger, _vault(masters))
    with reading(fresh) as connection:
        assert data_keys.masters_in_use(connection) == {"two": 3}
        for cells, month in zip(sealed, ("2026-09", "2026-10", "2026-11"), strict=True):
            known = data_keys.opened(connection, sealed_cells.keys_of(cells))
            assert open_cells(cells, records, PLACE, known).to_list() == [month]


def test_a_missing_or_another_master_key_is_told_and_nothing_is_changed(ledger: sa.Engine, masters: Masters) -> None:
    key = data_keys.current(ledger, "market/shop", "2026-11", NOW)
    assert key is not None
    right = masters.keys
    masters.keys = {"other": secrets.token_bytes(32)}
    wrong = _with(ledger, _vault(masters))
    with reading(wrong) as connection, pytest.raises(FixConfiguration, match="master key one"):
        data_keys.opened(connection, [key.id])
    with writing(wrong, "test") as connection, pytest.raises(FixConfiguration):
        data_keys.rewrap(connection, 10)
    masters.keys = {"one": secrets.token_bytes(32)}
    with reading(_with(ledger, _vault(masters))) as connection, pytest.raises(VerificationFailed, match=key.id):
        data_keys.opened(connection, [key.id])
    masters.keys = right
    with reading(_with(ledger, _vault(masters))) as connection:
        assert data_keys.opened(connection, [key.id])[key.id] is not None


def test_a_destroyed_key_is_gone_for_processes_that_knew_it_and_the_next_one_is_another(
    ledger: sa.Engine, masters: Masters
) -> None:
    vault = _vault(masters)
    known = _with(ledger, vault)
    key = data_keys.current(known, "market/shop", "2026-11", NOW)
    assert key is not None and key.id in vault.unwrapped
    with writing(ledger, "test") as connection:
        assert data_keys.destroy(connection, key.id, NOW)
        assert not data_keys.destroy(connection, key.id, NOW)
    with reading(known) as connection:
        assert data_keys.opened(connection, [key.id]) == {key.id: None}
        assert [one["destroyed_at"] for one in data_keys.listed(connection)] == [NOW]
    assert key.id not in vault.unwrapped
    following = data_keys.current(known, "market/shop", "2026-11", NOW)
    assert following is not None and following.id != key.id


def test_a_key_that_the_ledger_never_had_and_a_ledger_without_a_vault_are_told(
    ledger: sa.Engine, ledger_url: str
) -> None:
    with reading(ledger) as connection, pytest.raises(VerificationFailed, match=KEY_ID):
        data_keys.opened(connection, [KEY_ID])
    bare = connect.engine(ledger_url)
    with reading(bare) as connection, pytest.raises(CallOperator):
        data_keys.vault_of(connection)
    bare.dispose()
