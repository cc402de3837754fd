"""Every durable write has a fail point before it, and the crash harness comes to every fail point there is."""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.kills import killed_twice
from faults.lives import Lives

HUB = Path(__file__).resolve().parents[2] / "hub"
AROUND = ("before_commit", "after_commit")
OVERTAKEN = 0.25  # seconds of a lease
HASTE = 0.05  # seconds: leases that are renewed all the time
POSITIONS = {"writing": 1, "staged": 4}
BEGINNING = ("ledger.begin", "hub.ledger.begin", "engine.begin", "connection.begin")


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for file in sorted(HUB.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield f"{file.relative_to(HUB.parent)}:{node.lineno}", node


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_transaction(call: ast.Call) -> bool:
    """Whether it is ``connect.writing`` or ``staging.staged``: both are given the ledger first."""
    return _name(call) in POSITIONS and bool(call.args) and ast.unparse(call.args[0]).endswith("ledger")


def _point(call: ast.Call) -> ast.expr | None:
    """What ``writing`` and ``staged`` are told that their fail points are of."""
    named = [word.value for word in call.keywords if word.arg == "point"]
    position = POSITIONS[_name(call)]
    return next(iter(named), call.args[position] if len(call.args) > position else None)


def registry() -> list[str]:
    """Every fail point that stands in the source, as often as it stands there."""
    found = []
    for place, call in _calls():
        if _name(call) == "reached" and isinstance(call.args[0], ast.Constant):
            found.append(call.args[0].value)
        elif _is_transaction(call) and "hub/demo/" not in place:
            point = _point(call)
            if isinstance(point, ast.Constant):
                found += [f"{point.value}.{side}" for side in AROUND]
    return found


def test_every_transaction_on_the_ledger_names_its_fail_points() -> None:
    bare = [
        f"{place}: say what it is of, as in writing(ledger, 'delivery')"
        for place, call in _calls()
        if _is_transaction(call) and not isinstance(_point(call), ast.Constant)
    ]
    assert not bare, "\n".join(bare)


def test_no_two_places_share_a_fail_point() -> None:
    assert [name for name, count in Counter(registry()).items() if count > 1] == []


def test_nobody_begins_a_transaction_on_the_ledger_past_its_fail_points() -> None:
    doors = ("hub/ledger/connect.py", "hub/ledger/staging.py", "hub/demo/")
    begun = [(place, ast.unparse(call.func)) for place, call in _calls() if _name(call) == "begin"]
    past = [place for place, what in begun if what in BEGINNING and not place.startswith(doors)]
    assert not past, f"use hub.ledger.connect.writing: {past}"


def test_the_crash_harness_comes_to_every_fail_point_that_exists(lives: Lives) -> None:
    _, unhurried = lives.undisturbed()
    _, in_haste = lives.undisturbed(lease_seconds=HASTE)
    trace = [*unhurried, *in_haste, *_overtaken(lives)]
    there = set(registry())
    never = sorted(there - set(trace))
    unknown = sorted(set(trace) - there)
    assert not never, f"the tiny county has to do what leads to {never}"
    assert not unknown, f"the name of a point is written out where it stands: {unknown}"
    assert len(set(trace)) == len(there)


def _overtaken(lives: Lives) -> list[str]:
    """Points of a sender that sleeps while it pushes, and of the one that takes over."""
    county, log = lives.county(keeping=False, lease_seconds=OVERTAKEN), lives.base / "trace_of_sleeper"
    with lives.sleeping(county, "province.before_push", 2, trace=str(log)) as wake:
        assert lives.live(county, patience=60, trace=str(log)) == (0, "")
        wake()
    return log.read_text().split()


@pytest.mark.parametrize("side", AROUND)
def test_a_county_that_is_killed_while_it_renews_a_lease_ends_as_any_other(lives: Lives, side: str) -> None:
    expected = lives.undisturbed()[0].ending()
    assert killed_twice(lives, expected, f"lease_renewal.{side}", 3, lease_seconds=HASTE) == []


def test_every_durable_write_has_a_fail_point_directly_before_it(lives: Lives) -> None:
    county = lives.county()
    log = lives.base / "watched"
    assert lives.live(county, task="watched", log=str(log), confined=True) == (0, "")
    seen = json.loads(log.read_text(encoding="utf-8"))
    assert seen["writes"] > 100, "the watch sees nothing"
    assert not seen["bare"], "\n".join(["call hub.failpoints.reached directly before:", *sorted(set(seen["bare"]))])


def test_the_watch_tells_a_durable_write_that_has_no_fail_point(lives: Lives) -> None:
    county = lives.county()
    log = lives.base / "planted"
    assert lives.live(county, task="watched", log=str(log), planted=True) == (0, "")
    bare = json.loads(log.read_text(encoding="utf-8"))["bare"]
    for what in ("open note", "os.rename kept", "os.remove kept", "commit"):
        assert any(each.startswith(what) for each in bare), f"{what} was not seen: {bare}"
