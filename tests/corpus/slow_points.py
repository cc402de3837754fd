"""Household points the slow way: one event after the other, as a clerk with a ledger of paper would count them.

Written from docs/points.md, and not from the engine: plain loops, Decimal, no frames.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hub.contract.point_rules import Rule
from hub.contract.points import Edition

Event = dict[str, Any]
Told = dict[str, tuple[Decimal | None, Decimal, tuple[str, ...]]]


def count(events: Sequence[Event], editions: Sequence[Edition], day: date) -> tuple[Told, dict[Any, Any]]:
    """By event (raw, counted, reasons); by (household, year) (earned, lost, total, grade)."""
    told: Told = {}
    used: dict[Any, Decimal] = defaultdict(Decimal)
    hours: dict[Any, Decimal] = defaultdict(Decimal)
    seen: dict[Any, str] = {}
    earned: dict[Any, Decimal] = defaultdict(Decimal)
    drops: dict[Any, int] = defaultdict(int)
    years: dict[Any, Edition] = {}
    losses: list[tuple[Event, Rule, Any]] = []

    paper = sorted(events, key=lambda one: (one["day"], one["event"]))
    for event in paper:
        edition = _edition(editions, event["day"])
        mine = event["household"].startswith(event["village"]) and not event["withdrawn"]
        if edition is not None and event["day"] <= day and mine:
            years[_credited(event, edition), event["day"].year] = edition
    made_up = {
        (_home(event, editions), event["about"])
        for event in paper
        if _is_loss(event, editions) and not _alone(event, editions, day) and _has(event, paper, editions)
    }
    for event in paper:
        why = _alone(event, editions, day)
        edition = _edition(editions, event["day"])
        rule = None if edition is None else _rule(event, edition)
        if rule is not None and rule.award.kind == "loss":
            if not why and not _has(event, paper, editions):
                why = "about_nothing"
            if not why and (twin := _twin(event, rule, editions, seen)):
                why = "duplicate"
                assert twin
            if why:
                told[event["event"]] = (-rule.award.points, Decimal(0), (why,))
            else:
                losses.append((event, rule, (_home(event, editions), event["day"].year)))
            continue
        if not why and (_home(event, editions), event["event"]) in made_up:
            why = "invented"
        if not why and rule is not None and _twin(event, rule, editions, seen):
            why = "duplicate"
        if why or rule is None:
            told[event["event"]] = (_gives(event, rule), Decimal(0), (why,))
            continue
        home, year = _home(event, editions), event["day"].year
        raw = _gives(event, rule)
        if rule.award.over == "year":
            member = (home, rule.code, event["actor"], year)
            before = _step(rule, hours[member])
            hours[member] += event["quantity"]
            raw = _step(rule, hours[member]) - before
        assert raw is not None
        reasons = ["below"] if raw == 0 else []
        points = raw
        limits = [("event", rule.caps.event, (event["event"],)), ("member", rule.caps.member, (event["actor"], year))]
        limits += [("month", rule.caps.month, (year, event["day"].month))]
        limits += [("quarter", rule.caps.quarter, (year, "q", (event["day"].month - 1) // 3))]
        limits += [("year", rule.caps.year, (year,))]
        for name, most, span in limits:
            if most is None:
                continue
            drawer = (home, rule.code, name, *span)
            room = most - used[drawer]
            if points > room:
                points = room
                reasons.append(f"cap_{name}")
            used[drawer] += points
        earned[home, year] += points
        told[event["event"]] = (raw, points, tuple(reasons))

    left = dict(earned)
    lost: dict[Any, Decimal] = defaultdict(Decimal)
    for event, rule, where in losses:
        taken = min(rule.award.points, left.get(where, Decimal(0)))
        left[where] = left.get(where, Decimal(0)) - taken
        lost[where] += taken
        drops[where] += rule.grade_drop
        told[event["event"]] = (-rule.award.points, -taken, ("base",) if taken < rule.award.points else ())
    totals = {}
    for where, edition in years.items():
        total = edition.base + earned[where] - lost[where]
        place = next(number for number, grade in enumerate(edition.grades) if total >= grade.least)
        place = min(place + drops[where], len(edition.grades) - 1)
        totals[where] = (earned[where], lost[where], total, edition.grades[place].name)
    return told, totals


def _edition(editions: Sequence[Edition], day: date) -> Edition | None:
    return next((one for one in editions if one.valid_from <= day <= (one.valid_to or date.max)), None)


def _rule(event: Event, edition: Edition) -> Rule | None:
    for rule in edition.rules:
        if rule.code == event["rule"] and (
            not rule.village or (rule.village, rule.number) == (event["village"], event["number"])
        ):
            return rule
    return None


def _credited(event: Event, edition: Edition | None) -> str:
    rule = None if edition is None else _rule(event, edition)
    if rule is not None and rule.beneficiary == "named" and event["named"]:
        return str(event["named"])
    return str(event["household"])


def _home(event: Event, editions: Sequence[Edition]) -> str:
    return _credited(event, _edition(editions, event["day"]))


def _is_loss(event: Event, editions: Sequence[Edition]) -> bool:
    edition = _edition(editions, event["day"])
    rule = None if edition is None else _rule(event, edition)
    return rule is not None and rule.award.kind == "loss"


def _has(event: Event, paper: Sequence[Event], editions: Sequence[Edition]) -> bool:
    for other in paper:
        if other["event"] == event["about"] and not other["withdrawn"] and not _is_loss(other, editions):
            return _home(other, editions) == _home(event, editions)
    return False


def _twin(event: Event, rule: Rule, editions: Sequence[Edition], seen: dict[Any, str]) -> bool:
    deed = (_home(event, editions), rule.code, rule.number, event["actor"], event["day"])
    deed = (*deed, event["evidence"], event["about"])
    return seen.setdefault(deed, event["event"]) != event["event"]


def _age(number: str | None, day: date) -> bool | None:
    if number is None or len(number) != 18 or not number[:17].isdigit():
        return None
    year, month, of_month = int(number[6:10]) + 18, int(number[10:12]), int(number[12:14])
    return (year, month, of_month) < (day.year, day.month, day.day)


def _alone(event: Event, editions: Sequence[Edition], day: date) -> str:
    """Why the event does not count, by its own words; empty when it may."""
    edition = _edition(editions, event["day"])
    if event["withdrawn"]:
        return "withdrawn"
    if event["day"] > day:
        return "to_come"
    if not event["household"].startswith(event["village"]):
        return "wrong_village"
    if edition is None:
        return "no_edition"
    rule = _rule(event, edition)
    if rule is None:
        return "no_rule"
    reviewed, noticed = event["reviewed"], event["noticed"]
    if event["passed"] is None or reviewed is None or not event["day"] <= reviewed <= day:
        return "not_reviewed"
    if not event["passed"]:
        return "refused"
    if noticed is None or noticed < reviewed or noticed > day:
        return "not_noticed"
    last = noticed + timedelta(days=edition.notice_days - 1)
    if event["notice_until"] is not None and event["notice_until"] > last:
        last = event["notice_until"]
    if day <= last:
        return "notice_running"
    if event["annulled"]:
        return "annulled"
    if event["appealed"]:
        return "appealed"
    if _age(event["actor"], event["day"]) is not True and _age(event["adult"], event["day"]) is not True:
        return "age_unknown" if _age(event["actor"], event["day"]) is None else "minor_alone"
    if rule.evidence is not None and event["evidence"] is None:
        return "no_evidence"
    elsewhere = event["named"] is not None and event["named"] != event["household"]
    if elsewhere != (rule.beneficiary == "named"):
        return "wrong_household"
    if rule.award.kind in ("each", "steps") and not event["quantity"]:
        return "no_quantity"
    if rule.award.kind == "range":
        if event["awarded"] is None:
            return "not_awarded"
        if not rule.award.low <= event["awarded"] <= rule.award.high:
            return "out_of_range"
    return ""


def _step(rule: Rule, quantity: Decimal) -> Decimal:
    reached = [points for least, points in rule.award.steps if quantity >= least]
    return max(reached, default=Decimal(0))


def _gives(event: Event, rule: Rule | None) -> Decimal | None:
    """What the rule gives for the event alone; None where that cannot be told."""
    if rule is None:
        return None
    award = rule.award
    if award.kind == "fixed":
        return award.points
    if award.kind == "range":
        return None if event["awarded"] is None else Decimal(event["awarded"])
    if not event["quantity"] or (award.kind == "steps" and award.over == "year"):
        return None
    if award.kind == "steps":
        return _step(rule, event["quantity"])
    return (event["quantity"] // award.per) * award.points
