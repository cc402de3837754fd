"""A row that gets lost, doubled, swapped or cut off between two stages is found, and the stage is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from hub.errors import CallOperator
from hub.ledger import deliveries, merging, staging
from hub.ledger.connect import writing
from hub.line import course
from hub.stages import sealing

Mutation = Callable[[pl.DataFrame], pl.DataFrame]


def _swapped(rows: pl.DataFrame) -> pl.DataFrame:
    """The second and the third row change places; what numbers the rows stays."""
    fixed = [name for name in ("record", "row") if name in rows.columns and rows.width > 3]
    places = [0, 2, 1, *range(3, rows.height)]
    return rows[places].with_columns(rows[name] for name in fixed)


MUTATIONS: dict[str, Mutation] = {
    "drop": lambda rows: pl.concat([rows[:1], rows[2:]]),
    "double": lambda rows: pl.concat([rows[:2], rows[1:]]),
    "swap": _swapped,
    "truncate": lambda rows: rows[:-1],
}


def _file(line: Any) -> bytes:
    """Accepted, rejected, repeated, blank and queried rows, so that neighbours differ in all that there is."""
    good = [line.shop(number, rq=f"2026-11-{number:02d}", bz=f"第{number}") for number in range(1, 9)]
    return bytes(line.file(good[0], line.shop(20, je="百万"), good[0], ",,,,,,,", *good[1:], line.shop(21, zt="不明")))


def _mutated_file(path: Path, mutation: Mutation) -> None:
    mutation(pl.read_parquet(path)).write_parquet(path)


def _after(monkeypatch: pytest.MonkeyPatch, holder: Any, name: str, spoil: Callable[..., Any]) -> None:
    """Let a stage run, then spoil what it has left: ``spoil(outcome, *arguments)`` gives the outcome."""
    stage = getattr(holder, name)
    monkeypatch.setattr(holder, name, lambda *given, **named: spoil(stage(*given, **named), *given))


def _read(monkeypatch: pytest.MonkeyPatch, mutation: Mutation) -> None:
    def spoil(outcome: Any, source: Path, contract: Any, target: Path) -> Any:
        _mutated_file(target, mutation)
        return outcome

    _after(monkeypatch, course.confined, "run", spoil)


def _followed(monkeypatch: pytest.MonkeyPatch, mutation: Mutation) -> None:
    """The row groups that come beside the artefact; a group with another number of rows is read from the artefact."""

    def spoil(groups: Iterator[Any], *_: Any) -> Iterator[Any]:
        for group in groups:
            yield mutation(pl.DataFrame(pl.from_arrow(group))).to_arrow().cast(group.schema)

    _after(monkeypatch, course.following, "groups", spoil)


def _normalised(monkeypatch: pytest.MonkeyPatch, mutation: Mutation) -> None:
    def spoil(outcome: Any, job: Any, *_: Any) -> Any:
        _mutated_file(job.normalised, mutation)
        return outcome

    _after(monkeypatch, course.normalise, "run", spoil)


def _beside_check(monkeypatch: pytest.MonkeyPatch, mutation: Mutation) -> None:
    """The artefact of normalise again, while stage check has it."""

    def spoil(outcome: Any, job: Any, *_: Any) -> Any:
        _mutated_file(job.normalised, mutation)
        return outcome

    _after(monkeypatch, course.check, "run", spoil)


def _states(monkeypatch: pytest.MonkeyPatch, mutation: Mutation) -> None:
    def spoil(outcome: Any, *_: Any) -> Any:
        rows = outcome.states
        spoilt = mutation(rows)
        if spoilt.height == rows.height:  # a swap of numbers would only be another order
            spoilt = spoilt.with_columns(rows["record"])
        object.__setattr__(outcome, "states", spoilt)
        return outcome

    _after(monkeypatch, course.check, "run", spoil)


def _frames(monkeypatch: pytest.MonkeyPatch, mutation: Mutation) -> None:
    def spoil(frames: Iterator[pl.DataFrame], *_: Any) -> Iterator[pl.DataFrame]:
        yield from map(mutation, frames)

    _after(monkeypatch, course.accept, "run", spoil)


def _sealed_anew(spoil: Callable[..., None], place: str) -> Callable[..., None]:
    """The same, by the stage itself: what it has left has the seal that it tells."""

    def spoil_and_seal(monkeypatch: pytest.MonkeyPatch, mutation: Mutation) -> None:
        spoil(monkeypatch, mutation)

        def seal(outcome: Any, *given: Any) -> Any:
            made = given[2] if place == "read" else given[0].normalised
            return replace(outcome, seal=sealing.of_file(made))

        _after(monkeypatch, *((course.confined, "run") if place == "read" else (course.normalise, "run")), seal)

    return spoil_and_seal


# What is spoilt, and the stages one of which is named.
BOUNDARIES: dict[str, tuple[str, Callable[..., None]]] = {
    "read.parquet": ("read", _read),
    "read.parquet by its own stage": ("read|normalise", _sealed_anew(_read, "read")),
    "normalised.parquet": ("normalise", _normalised),
    "normalised.parquet by its own stage": ("normalise|accept", _sealed_anew(_normalised, "normalise")),
    "normalised.parquet while it is checked": ("normalise", _beside_check),
    "states": ("check", _states),
    "frames": ("accept", _frames),
}


def _refused(line: Any, stage: str, mutation: str) -> None:
    """The run ends with the stage's name and no cell; nothing is entered."""
    with pytest.raises(CallOperator) as caught:
        line.run()
    assert re.search(f"stage ({stage}): ", str(caught.value)), (mutation, str(caught.value))
    assert not any(told in str(caught.value) for told in ("演示", "百万", "不明", "91320830"))
    assert line.versions() == [] and line.receipts() == []


def _judged_rightly(line: Any) -> None:
    """The same delivery, when all is well again."""
    line.run()
    assert line.counts() == [("PARTIAL", 12, 8, 0, 2, 1, 1)]
    assert line.violations() == []


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_what_is_not_what_the_stage_left_is_found_and_the_stage_named(line: Any, boundary: str) -> None:
    stage, spoil = BOUNDARIES[boundary]
    line.drop(_file(line))
    for mutation, mutate in MUTATIONS.items():
        with pytest.MonkeyPatch.context() as patch:
            spoil(patch, mutate)
            _refused(line, stage, mutation)
    _judged_rightly(line)


def test_rows_that_got_lost_beside_the_artefact_are_taken_from_it(line: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _followed(monkeypatch, MUTATIONS["drop"])
    line.drop(_file(line))
    _judged_rightly(line)


def test_rows_that_are_swapped_beside_the_artefact_are_found(line: Any) -> None:
    line.drop(_file(line))
    with pytest.MonkeyPatch.context() as patch:
        _followed(patch, MUTATIONS["swap"])
        _refused(line, "normalise", "swap")


# --- in the ledger ---------------------------------------------------------------------------------------------------


def _columns(connection: sa.Connection, table: str) -> list[str]:
    rows = connection.exec_driver_sql(f"SELECT * FROM {table} WHERE 1 = 0")
    return [f'"{name}"' for name in rows.keys()]  # noqa: SIM118


def _spoil_table(connection: sa.Connection, table: str, mutation: str, fixed: tuple[str, ...]) -> None:
    """Rows 5 and 6, both accepted, or the last one; ``fixed`` stays where it is in a swap, its last one is counted."""
    names = _columns(connection, table)
    key = f'"{fixed[-1]}"'
    numbers = [row[0] for row in connection.exec_driver_sql(f"SELECT {key} FROM {table} ORDER BY {key}")]
    first, second, last = numbers[4], numbers[5], numbers[-1]
    if mutation in ("drop", "truncate"):
        connection.exec_driver_sql(f"DELETE FROM {table} WHERE {key} = {first if mutation == 'drop' else last}")
        return
    copied = [
        (name, f"{last + 1}" if mutation == "double" and name == key and "fate" in table else name) for name in names
    ]
    if mutation == "double":
        told = ", ".join(value for _, value in copied)
        connection.exec_driver_sql(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {told} FROM {table} WHERE {key} = {first}"
        )
        return
    moving = [name for name in names if name.strip('"') not in fixed]
    connection.exec_driver_sql(f"CREATE TEMP TABLE aside AS SELECT * FROM {table} WHERE {key} IN ({first}, {second})")
    for one, other in ((first, second), (second, first)):
        changes = ", ".join(f"{name} = (SELECT {name} FROM aside WHERE {key} = {other})" for name in moving)
        connection.exec_driver_sql(f"UPDATE {table} SET {changes} WHERE {key} = {one}")
    connection.exec_driver_sql("DROP TABLE aside")


def _staging_table(monkeypatch: pytest.MonkeyPatch, mutation: str) -> None:
    staged = staging.staged

    @contextmanager
    def spoilt(*given: Any) -> Iterator[Any]:
        with staged(*given) as (connection, table):
            _spoil_table(connection, table, mutation, ("row", "record"))
            yield connection, table

    monkeypatch.setattr(staging, "staged", spoilt)


def _fates(monkeypatch: pytest.MonkeyPatch, mutation: str) -> None:
    def spoil(_: Any, connection: sa.Connection, *__: Any) -> None:
        _spoil_table(connection, "fate", mutation, ("delivery_id", "row", "record"))

    _after(monkeypatch, deliveries, "enter_fates", spoil)


def _versions(monkeypatch: pytest.MonkeyPatch, mutation: str) -> None:
    def spoil(merged: Any, connection: sa.Connection, *_: Any) -> Any:
        fixed = ("sequence", "record_id", "version", "row", "record")
        _spoil_table(connection, "record_market_shop", mutation, fixed)
        return merged

    _after(monkeypatch, merging, "merge", spoil)


IN_THE_LEDGER = {"staging table": _staging_table, "fates": _fates, "versions": _versions}


@pytest.mark.parametrize("place", IN_THE_LEDGER)
def test_the_transaction_holds_what_was_handed_on_or_is_taken_back(either_line: Any, place: str) -> None:
    either_line.drop(_file(either_line))
    for mutation in MUTATIONS:
        if (place, mutation) == ("versions", "double"):
            continue  # the database lets no version be there twice
        with pytest.MonkeyPatch.context() as patch:
            IN_THE_LEDGER[place](patch, mutation)
            _refused(either_line, "accept", mutation)
    _judged_rightly(either_line)


def test_a_merge_that_loses_a_version_is_taken_back(line: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(_: Any, connection: sa.Connection, *__: Any) -> None:
        connection.exec_driver_sql(
            "CREATE TEMP TRIGGER lost BEFORE INSERT ON record_market_shop WHEN NEW.record = 6 "
            "BEGIN SELECT RAISE(IGNORE); END"
        )

    line.drop(_file(line))
    with pytest.MonkeyPatch.context() as patch:
        _after(patch, deliveries, "enter_fates", spoil)
        _refused(line, "accept", "lost")
    line.restart()  # the trigger goes with its connection
    _judged_rightly(line)


LATER = {
    "fate": ("fate", ("delivery_id", "row", "record")),
    "record": ("record_market_shop", ("sequence", "record_id", "version", "row", "record")),
}


@pytest.mark.parametrize("place", LATER)
@pytest.mark.parametrize("mutation", ["drop", "swap"])
def test_what_goes_wrong_after_the_commit_is_found_by_verifying(line: Any, place: str, mutation: str) -> None:
    line.drop(_file(line))
    line.run()
    assert line.violations() == []
    with writing(line.hub.ledger) as connection:
        _spoil_table(connection, LATER[place][0], mutation, LATER[place][1])
    found = line.violations()
    assert any(place in one for one in found), found
