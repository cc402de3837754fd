"""Whatever is published, repaired, disputed, objected to, agreed to, corrected, replayed, withdrawn, lost and restored,
or grows old: after one cycle every outlet shows exactly what may lawfully be seen that day. A machine that could find
nothing would be worth nothing: it finds gates that are broken on purpose.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from corpus import steered_county
from corpus.sharing_machine import County
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from hub.line import reconciling, restoring, steering, sweeping
from hub.line.circumstances import Standing
from hub.outlets import clauses, sharing

SMALL = Path(__file__).parents[1] / "small"
CALENDAR = Path(__file__).parents[3] / "schemas" / "calendar"
FULL = os.environ.get("FULL") == "1"
QUIET: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "database": None,
    "report_multiple_bugs": False,
}
NORMAL = settings(
    max_examples=150 if FULL else 6, stateful_step_count=24 if FULL else 14, derandomize=not FULL, **QUIET
)


@pytest.fixture
def machine(make_hub: Callable[..., Any], clock: Any, tmp_path: Path) -> type[County]:
    """Every example has a copy of one empty hub."""
    from corpus.shops import cells, shop

    schemas = steered_county.made(SMALL, tmp_path)
    shutil.copytree(CALENDAR, schemas / "calendar")
    empty = make_hub(home=tmp_path / "empty", schemas=schemas)
    assert empty.ledger and empty.signer and empty.store
    empty.ledger.dispose()
    start, numbers = clock.now, count(1)

    def ground() -> tuple[Any, Any, Any]:
        clock.now = start
        home = tmp_path / f"hub-{next(numbers)}"
        shutil.copytree(tmp_path / "empty", home)
        hub = make_hub(home=home, schemas=schemas, province_url=f"sqlite:///{home / 'province.db'}")
        return hub, clock, lambda serial, **changed: ",".join(cells(shop(serial, **changed)))

    return type("Machine", (County,), {"ground": staticmethod(ground)})


def test_every_outlet_shows_what_is_lawful_after_one_cycle_whatever_happened(machine: type[County]) -> None:
    run_state_machine_as_test(machine, settings=NORMAL)


# --- it can fail: gates that are broken on purpose are found ---------------------------------------------------------


def _steps(machine: type[County], *steps: tuple[str, dict[str, Any]]) -> None:
    """Take these steps on a fresh county, then a cycle."""
    county = machine()
    county.begin()
    try:
        for name, given in steps:
            getattr(county, name)(**given)
        county.cycle()
    finally:
        county.teardown()


ONE: dict[str, Any] = {"serial": 1}
SHOP = ("publish", ONE | {"state": "1"})
PLANTED: dict[str, tuple[tuple[Any, ...], Callable[[pytest.MonkeyPatch], None]]] = {
    "a repair is passed over": (
        (SHOP, ("repair", ONE)),
        lambda patch: patch.setattr(Standing, "_against", lambda *_: {}),
    ),
    "a repair reaches no outbox": (
        (SHOP, ("cycle", {}), ("repair", ONE)),
        lambda patch: patch.setattr(steering, "enqueue", lambda *_: 0),
    ),
    "a dispute never ends": (
        (SHOP, ("dispute", ONE | {"ends": 1}), ("cycle", {}), ("time_passes", {"days": 1})),
        lambda patch: patch.setattr("hub.stages.steered.holding", lambda rows, *_: rows),
    ),
    "nobody looks at the clock": (
        (SHOP, ("dispute", ONE | {"ends": 1}), ("cycle", {}), ("time_passes", {"days": 1})),
        lambda patch: patch.setattr(sweeping, "sweep", lambda *_: 0),
    ),
    "consent is not asked for": (
        (SHOP,),
        lambda patch: patch.setattr(clauses, "subject_id", lambda _: pl.lit(None, pl.String)),
    ),
    "everybody has agreed": (
        (SHOP,),
        lambda patch: patch.setattr(Standing, "_consenting", lambda *_: pl.Series(["913208300000000510"] * 9)),
    ),
    "a window never closes": (
        (SHOP, ("time_passes", {"days": 366})),
        lambda patch: patch.setattr(clauses, "open_window", lambda *_: pl.lit(True)),
    ),
    "an objection is passed over": (
        (SHOP, ("objection", ONE)),
        lambda patch: patch.setattr(Standing, "_objected", lambda *_: set()),
    ),
    "a restore forgets what was withdrawn": (
        (SHOP, ("cycle", {}), ("save", {}), ("take_away", ONE), ("lose_and_restore", {"again": True})),
        lambda patch: patch.setattr(restoring, "newer", lambda *_: ({}, 0)),
    ),
    "a restored outlet is not closed": (
        (SHOP, ("cycle", {}), ("save", {}), ("lose_and_restore", {"again": True})),
        lambda patch: patch.setattr(restoring, "must_be_open", lambda *_: False),
    ),
    "a restored outlet keeps what the ledger has lost": (
        (("save", {}), SHOP, ("cycle", {}), ("lose_and_restore", {"again": False})),
        lambda patch: patch.setattr(reconciling, "after_restore", lambda *_: None),
    ),
    "a condition does not matter": (
        (("publish", ONE | {"state": "2"}),),
        lambda patch: patch.setattr(sharing, "_clauses", _without(sharing.CONDITION)),
    ),
}


def _without(code: str) -> Any:
    real = sharing._clauses
    return lambda *given: {**real(*given), code: pl.lit(True)}


@pytest.mark.parametrize("bug", list(PLANTED))
def test_a_gate_that_is_broken_on_purpose_is_found(
    machine: type[County], monkeypatch: pytest.MonkeyPatch, bug: str
) -> None:
    steps, plant = PLANTED[bug]
    agreeing = (*steps, ("agree", ONE | {"ends": None})) if bug == "consent is not asked for" else steps
    _steps(machine, *agreeing)
    plant(monkeypatch)
    if bug == "everybody has agreed":
        code = machine.ground()[2](1).split(",")[1]
        monkeypatch.setattr(Standing, "_consenting", lambda *_: pl.Series([code]))
    with pytest.raises(AssertionError):
        _steps(machine, *agreeing)


def test_after_two_losses_in_one_day_nothing_is_answered_under_the_number_of_something_lost(
    machine: type[County],
) -> None:
    machine.fetched = False
    lost = ("lose_and_restore", {"again": True})
    _steps(machine, SHOP, ("save", {}), ("publish", {"serial": 2, "state": "1"}), lost,
           ("save", {}), ("publish", {"serial": 3, "state": "1"}), lost)  # fmt: skip


HUNT = settings(NORMAL, max_examples=40, stateful_step_count=30, phases=[Phase.generate])


def test_the_machine_itself_finds_a_repair_that_is_passed_over(
    machine: type[County], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Standing, "_against", lambda *_: {})
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=HUNT)
