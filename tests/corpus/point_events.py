"""A small rule book and events of household points that try every rule of it; people are born in the 1880s."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import strategies as st

from hub.contract.law import CatalogueItem
from hub.contract.point_rules import Award, Caps, Rule
from hub.contract.points import Edition, Grade
from hub.points import EVENTS

ITEM = CatalogueItem("national_2024/voluntary", "自愿提供", "authorised", date(1850, 1, 1), None)
VILLAGE, OTHER_VILLAGE = "320830101201", "320830101202"
HOMES = (f"{VILLAGE}-0001", f"{VILLAGE}-0002", f"{OTHER_VILLAGE}-0001")
# Born on 1880-01-01 (both), 1882-12-30, 1884-02-29, and on 1888-01-01: of full age in no year of the book.
GROWN, ALSO_GROWN = "320830188001010002", "320830188001010037"
SOON, LEAP, CHILD = "320830188212300019", "320830188402290033", "320830188801010013"
NO_AGE = "E12345678"
D = Decimal


def _rule(code: str, award: Award, beneficiary: Any = "own", evidence: str | None = None, **caps: str) -> Rule:
    most = Caps(**{name: D(value) for name, value in caps.items()})
    return Rule(code, code, ITEM, award, most, beneficiary, evidence)


def _rules(more: Decimal) -> tuple[Rule, ...]:
    hours = ((D(2), D(1)), (D(10), D("4.5")), (D(20), D(8)))
    own = Award("fixed", D("0.75"))
    return (
        _rule("fixed", Award("fixed", 2 + more), month="5", quarter="8.5", year="15", member="9"),
        _rule("each", Award("each", D("0.5"), per=D("1.5")), event="2", month="3", year="20"),
        _rule("stepped", Award("steps", steps=hours), quarter="9", evidence="证明"),
        _rule("served", Award("steps", steps=hours, over="year"), month="5", year="12"),
        _rule("range", Award("range", low=D(1), high=D(5) + more), year="12", member="7"),
        _rule("given", Award("fixed", D(3)), beneficiary="named", year="7"),
        Rule("invented", "invented", ITEM, Award("loss", D(4) + more), Caps(), "own", None, grade_drop=1),
        Rule("own", "井", ITEM, own, Caps(month=D(1)), "own", None, 0, VILLAGE, "1"),
        Rule("own", "渠", ITEM, Award("fixed", D("0.5")), Caps(month=D(1)), "own", None, 0, VILLAGE, "2"),
    )


def _edition(year: int, base: str, more: str, notice: int, ends: date | None) -> Edition:
    grades = (Grade("A", D(base) + 20), Grade("B", D(base) + 8), Grade("C", D(base) + 3), Grade("D", D(base)))
    begins = date(year, 1, 1)
    rules = _rules(D(more))
    return Edition(str(year), "书", begins, begins, ends, None, D(base), notice, grades, rules, False, "0" * 64)


BOOK = (_edition(1900, "100", "0", 5, date(1900, 12, 31)), _edition(1901, "80", "0.5", 7, date(1902, 6, 30)))
CODES = ("fixed", "each", "stepped", "served", "range", "given", "invented", "own")


def event(serial: int = 1, **changed: Any) -> dict[str, Any]:
    """An event that counts: reviewed on its day, the notice begun the day after."""
    day: date = changed.get("day", date(1900, 3, 1))
    plain: dict[str, Any] = {
        "event": f"JTJF-{serial:06d}",
        "household": HOMES[0],
        "named": None,
        "village": VILLAGE,
        "rule": "fixed",
        "number": None,
        "day": day,
        "quantity": D(1),
        "actor": GROWN,
        "adult": None,
        "evidence": f"PZ{serial}",
        "about": None,
        "passed": True,
        "reviewed": day,
        "awarded": None,
        "noticed": day + timedelta(days=1),
        "notice_until": None,
        "appealed": False,
        "annulled": False,
        "withdrawn": False,
    }
    return plain | changed


def frame(events: list[dict[str, Any]]) -> pl.DataFrame:
    """As the engine takes them."""
    return pl.DataFrame(events, schema=EVENTS)


_SEASONS = [
    [date(1900, 1, 30), date(1900, 1, 31), date(1900, 2, 1), date(1900, 2, 2), date(1900, 3, 31), date(1900, 4, 1)],
    [date(1900, 12, 30), date(1900, 12, 31), date(1901, 1, 1), date(1901, 1, 2)],
    [date(1901, 1, 5), date(1901, 2, 5), date(1901, 5, 5), date(1901, 8, 5), date(1901, 12, 5)],
    [date(1899, 12, 31), date(1902, 2, 28), date(1902, 3, 1), date(1902, 6, 30), date(1902, 7, 1)],
]
# On these days notices end, years begin, or everything is over.
_ASKED = [date(1900, 2, 6), date(1900, 2, 7), date(1901, 1, 6), *[date(1903, 1, 1)] * 5]
ASKED = st.sampled_from(_ASKED)
Choose = Callable[[list[Any]], Any]


def _flaws(day: date) -> list[dict[str, Any]]:
    """What may be wrong with an event, or only unusual."""
    flaws: list[dict[str, Any]] = [{"passed": None}, {"passed": False}, {"reviewed": None}, {"noticed": None}]
    flaws += [{"reviewed": day - timedelta(days=1)}, {"reviewed": day + timedelta(days=2)}, {"noticed": day}]
    flaws += [{"noticed": day + timedelta(days=9)}, {"notice_until": day + timedelta(days=12)}, {"notice_until": day}]
    flaws += [{"appealed": True}, {"annulled": True}, {"withdrawn": True}, {"rule": "nothing"}, {"number": "3"}]
    flaws += [{"actor": one} for one in (CHILD, NO_AGE, None, SOON, LEAP)]
    flaws += [{"actor": CHILD, "adult": one} for one in (CHILD, GROWN)] + [{"actor": None, "adult": GROWN}]
    flaws += [{"evidence": None}, {"quantity": None}, {"quantity": D(0)}, {"quantity": D("9.999999")}]
    flaws += [{"awarded": one} for one in (None, D(6), D("0.5"))] + [{"named": one} for one in (None, *HOMES)]
    return [*flaws, {"village": OTHER_VILLAGE}]


def _one(choose: Choose, serial: int, rules: list[str], days: list[date]) -> dict[str, Any]:
    rule, day, household = choose(rules), choose(days), choose([*[HOMES[0]] * 6, *HOMES[1:]])
    told = event(
        serial,
        day=day,
        rule=rule,
        household=household,
        named=HOMES[1] if rule == "given" and household != HOMES[1] else None,
        village=household[:12],
        number=choose(["1", "2"]),
        quantity=choose([D("0.5"), D(1), D("1.5"), D(2), D("3.5"), D(10), D(12)]),
        actor=choose([*[GROWN] * 6, *[ALSO_GROWN] * 3, SOON]),
        evidence=f"PZ{choose(list(range(1, 20)))}",
        about=f"JTJF-{choose(list(range(1, 13))):06d}" if rule == "invented" else None,
        awarded=choose([D(1), D("1.25"), D(4), D(5)]),
    )
    return told | choose([{}] * 70 + _flaws(day))


def _some(choose: Choose) -> list[dict[str, Any]]:
    rules = [choose(list(CODES)) for _ in range(choose([1, 2, 3]))]
    days = choose(_SEASONS)
    return [_one(choose, serial, rules, days) for serial in range(1, choose(list(range(1, 31))) + 1)]


@st.composite
def many(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Up to thirty events of three households by a few rules on a few days, so that caps and twins meet."""
    return _some(lambda options: draw(st.sampled_from(options)))


def at_random(seed: int) -> tuple[list[dict[str, Any]], date]:
    """The same by the seed alone, and a day on which they are asked for."""
    chance = random.Random(seed)
    return _some(chance.choice), chance.choice(_ASKED)
