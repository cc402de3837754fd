"""Whatever departments, people, the province and crashes do one after the other: the ledger is what was said.

The model (``corpus.said``) knows what must be; after every step the machine (``corpus.county_machine``) holds the real
hub against it. A machine that could find nothing would be worth nothing: it finds planted bugs.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from corpus.county_machine import County
from corpus.said import Row
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from hub.errors import HubError
from hub.ledger import deliveries, merging, outbox, withdrawals
from hub.ledger.merging import AMENDED, NEWER

FULL = os.environ.get("FULL") == "1"
QUIET: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "database": None,
    "report_multiple_bugs": False,
}
STEPS = 30 if FULL else 14
NORMAL = settings(max_examples=400 if FULL else 9, stateful_step_count=STEPS, derandomize=not FULL, **QUIET)
FEW = settings(NORMAL, max_examples=40 if FULL else 3)
HUNT = settings(max_examples=60, stateful_step_count=14, derandomize=True, phases=[Phase.generate], **QUIET)

Machine = type[County]


@pytest.fixture
def machine(line: Any, make_hub: Callable[..., Any], tmp_path: Path) -> Machine:
    """On SQLite: every example has a copy of one empty hub."""
    return _machine(line, make_hub, tmp_path, lambda number: "")


@pytest.fixture
def machine_on_postgresql(
    line: Any, make_hub: Callable[..., Any], tmp_path: Path, postgres_server: Any
) -> Iterator[Machine]:
    """On PostgreSQL: every example has a copy of one empty database."""
    made = []

    def url(number: int) -> str:
        template = " TEMPLATE machine_0" if number else ""
        postgres_server.run(f"CREATE DATABASE machine_{number}{template}")
        made.append(number)
        return str(postgres_server.url(f"machine_{number}"))

    yield _machine(line, make_hub, tmp_path, url)
    for number in made:
        postgres_server.run(f"DROP DATABASE machine_{number} WITH (FORCE)")


def _machine(line: Any, make_hub: Callable[..., Any], folder: Path, url: Callable[[int], str]) -> Machine:
    clock = line.clock
    start = clock.now
    empty = make_hub(url(0), home=folder / "empty")
    assert empty.ledger and empty.signer and empty.store
    empty.ledger.dispose()
    numbers = count(1)

    def ground() -> Any:
        clock.now = start
        home = folder / f"hub-{(number := next(numbers))}"
        shutil.copytree(folder / "empty", home)
        return type(line)(
            make_hub(url(number), home=home, province_url=f"sqlite:///{home / 'province.db'}"), home, clock
        )

    return type("Machine", (County,), {"ground": staticmethod(ground)})


def test_no_invariant_is_broken_whatever_happens(machine: Machine) -> None:
    run_state_machine_as_test(machine, settings=NORMAL)


def test_no_invariant_is_broken_on_postgresql(machine_on_postgresql: Machine) -> None:
    run_state_machine_as_test(machine_on_postgresql, settings=FEW)


# --- it can fail: bugs that are planted are found --------------------------------------------------------------------


def _a_late_older_row_becomes_current(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(merging, "OLDER", NEWER)


def _a_row_on_the_floor_of_a_withdrawal_comes_back(patch: pytest.MonkeyPatch) -> None:
    """The floor is compared with < and not with <=."""

    def below(connection: Any, shape: Any, stage: str) -> int:
        lowest = "SELECT max(floor) FROM tombstone WHERE lifted_at IS NULL AND record_id = staged.record_id"
        forbidden = f"state IN ('accepted', 'accepted_query') AND operation <> 'W' AND rq < ({lowest})"
        changed = f"UPDATE {stage} AS staged SET state = 'duplicate', code = 'DUP-WITHDRAWN' WHERE {forbidden}"
        return int(connection.exec_driver_sql(changed).rowcount)

    patch.setattr(withdrawals, "set_aside", below)


def _what_nobody_knows_to_have_arrived_is_not_sent_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(outbox, "TO_SEND", ("waiting",))


def _a_correction_closes_nothing(patch: pytest.MonkeyPatch) -> None:
    close = merging._close

    def forgetful(connection: Any, table: Any, moved: Any, counts: dict[str, int], now: Any) -> None:
        close(connection, table, moved, {one: number for one, number in counts.items() if one != AMENDED}, now)

    patch.setattr(merging, "_close", forgetful)


def _what_a_replacement_removes_stays(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(withdrawals, "withdraw_records", lambda *_: [])


def _a_mended_row_still_waits(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("hub.ledger.quarantine._close", lambda *_: 0)


def _the_same_file_is_judged_again(patch: pytest.MonkeyPatch) -> None:
    opened = deliveries.open_delivery
    patch.setattr(deliveries, "open_delivery", lambda *given: opened(*given[:-1], "another contract"))


def _step(county: County, name: str, *rows: Row, **said: Any) -> None:
    """One step of a machine, and what it looks at after each."""
    given = {"file": list(rows)} if rows else {}
    getattr(county, name)(**given, **({"dies": 0} | said))
    county.look()


def _older(county: County) -> None:
    _step(county, "deliver", Row(1, 2), extra="", slot="店铺_甲")
    _step(county, "deliver", Row(1, 0), extra="", slot="店铺_乙")


def _replaced(county: County) -> None:
    _step(county, "deliver", *(Row(serial) for serial in range(1, 6)), extra="", slot="店铺_甲")
    _step(county, "say_otherwise", *(Row(serial) for serial in range(1, 5)), slot="店铺_甲", mode="replacement")


def _on_the_floor(county: County) -> None:
    _step(county, "deliver", Row(1, 2), Row(2, 1), extra="", slot="店铺_甲")
    _step(county, "say_otherwise", Row(1, 2), slot="店铺_甲", mode="withdrawal")
    _step(county, "deliver", Row(1, 2, 1), extra="", slot="店铺_乙")


def _a_push_that_dies(county: County) -> None:
    for day, nth in enumerate(range(6, 10)):  # the claim stands, and nobody has told what came of it
        _step(county, "deliver", Row(1, day), extra="", slot="店铺_甲")
        _step(county, "report", dies=nth)


def _corrected(county: County) -> None:
    _step(county, "deliver", Row(1, 3), Row(2, 1), extra="", slot="店铺_甲")
    _step(county, "say_otherwise", Row(1, 1), slot="店铺_甲", mode="correction")


def _mended(county: County) -> None:
    _step(county, "deliver", Row(1), Row(2), Row(3, fault="amount"), extra="", slot="店铺_甲")
    _step(county, "deliver", Row(3), extra="", slot="店铺_乙")


def _sent_twice(county: County) -> None:
    for _ in range(2):
        _step(county, "deliver", Row(1), Row(2), extra="", slot="店铺_甲")


# What is planted, and how people behave so that it shows.
BUGS = [
    (_a_late_older_row_becomes_current, _older),
    (_a_row_on_the_floor_of_a_withdrawal_comes_back, _on_the_floor),
    (_what_nobody_knows_to_have_arrived_is_not_sent_again, _a_push_that_dies),
    (_a_correction_closes_nothing, _corrected),
    (_what_a_replacement_removes_stays, _replaced),
    (_a_mended_row_still_waits, _mended),
    (_the_same_file_is_judged_again, _sent_twice),
]


@pytest.mark.parametrize(("bug", "behave"), BUGS, ids=[bug.__name__.strip("_") for bug, _ in BUGS])
def test_the_machine_finds_a_planted_bug(
    machine: Machine, bug: Callable[[pytest.MonkeyPatch], None], behave: Callable[[County], None]
) -> None:
    with _begun(machine) as county:
        behave(county)  # without the bug nothing is found
    with pytest.MonkeyPatch.context() as patch, _begun(machine) as county:
        bug(patch)
        with pytest.raises((AssertionError, HubError)):
            behave(county)
        if FULL:  # and it comes upon it by itself, which takes minutes
            with pytest.raises((AssertionError, HubError)):
                run_state_machine_as_test(machine, settings=HUNT)


@contextmanager
def _begun(machine: Machine) -> Iterator[County]:
    county = machine()
    county.begin()
    try:
        yield county
    finally:
        county.teardown()
