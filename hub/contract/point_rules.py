"""One rule of household points (积分规则): what it gives, its caps, whose the points are, what evidence it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from hub.contract.document import Place
from hub.contract.law import CatalogueItem, Law
from hub.contract.point_refusals import NOT_AN_INCENTIVE, refused

Kind = Literal["fixed", "each", "steps", "range", "loss"]
Over = Literal["event", "year"]
Beneficiary = Literal["own", "named"]
CAPS = ("event", "member", "month", "quarter", "year")
OWN_ITEMS, OWN_POINTS = 5, Decimal(2)  # village-own items (村级自定项目): at most so many, at most so much each
OWN_NUMBERS = tuple(str(number) for number in range(1, OWN_ITEMS + 1))
_RULE = ("code", "label", "item", "points", "over", "caps", "beneficiary", "evidence", "ground", "grade_drop")


@dataclass(frozen=True, slots=True)
class Award:
    """What an event earns.

    ``fixed``: ``points``. ``each``: ``points`` for every full ``per`` of the quantity. ``steps``: the points of the
    highest step that the quantity reaches, of one event or of what a member did in the ``over`` year. ``range``: what
    the panel decides between ``low`` and ``high``. ``loss``: ``points`` are taken from what the year has earned.
    """

    kind: Kind
    points: Decimal = Decimal(0)
    per: Decimal = Decimal(1)
    steps: tuple[tuple[Decimal, Decimal], ...] = ()  # from which quantity -> how many points, rising
    over: Over = "event"
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that counts (封顶), of one household by the rule; ``member``: of one of its people in a year."""

    event: Decimal | None = None
    member: Decimal | None = None
    month: Decimal | None = None
    quarter: Decimal | None = None
    year: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of one edition; ``village`` and ``number`` are empty but of a village's own item."""

    code: str
    label: str
    item: CatalogueItem
    award: Award
    caps: Caps
    beneficiary: Beneficiary  # whose the points are: the actor's household, or the one that the event names
    evidence: str | None  # what proves it (凭证); None: the panel's word is enough
    grade_drop: int = 0  # grades that the year loses, never below the last
    village: str = ""
    number: str = ""


def read_rules(listed: Place, law: Law, begins: date, ends: date | None, grades: int) -> tuple[Rule, ...]:
    """The rules of the whole county."""
    found: dict[str, tuple[Rule, Place]] = {}
    labels: dict[str, str] = {}
    for place in listed.items():
        place.mapping(_RULE)
        rule = _rule(place, law, begins, ends, grades)
        if rule.code in found:
            first, there = found[rule.code]
            scores = f"{_said(first.award)} (line {there.line}) and {_said(rule.award)}"
            place.wrong(f"rule {rule.code!r} stands twice, with {scores}")
            continue
        if labels.setdefault("".join(rule.label.split()), rule.code) != rule.code:
            place.wrong(f"{rule.label!r} is rule {labels[''.join(rule.label.split())]!r} already, under another code")
        found[rule.code] = (rule, place)
    return tuple(rule for rule, _ in found.values())


def read_own_items(place: Place, law: Law, begins: date, ends: date | None) -> tuple[Rule, ...]:
    """The villages' own items: one code, told apart by village and number; their caps are those of all together."""
    if not place.given:
        return ()
    place.mapping(("code", "item", "caps", "evidence", "villages"))
    item, caps, code = _item(place, law, begins, ends), _caps(place.child("caps")), place.text("code")
    found: list[Rule] = []
    villages: set[str] = set()
    for each in place.child("villages").items():
        each.mapping(("village", "items"))
        village = each.text("village")
        if len(village) != 12 or not village.isdecimal():
            each.child("village").wrong("village must be its 12 digits in quotes")
        if village in villages:
            each.wrong(f"village {village} stands twice")
        villages.add(village)
        own = list(each.child("items").items())
        if len(own) > OWN_ITEMS:
            each.wrong(f"a village has at most {OWN_ITEMS} items of its own, and {village} has {len(own)}")
        numbers: set[str] = set()
        for one in own:
            one.mapping(("number", "label", "points"))
            number, label = str(one.child("number").value), one.text("label")
            if number not in OWN_NUMBERS or number in numbers:
                one.child("number").wrong(f"number must be one of {', '.join(OWN_NUMBERS)}, each once in a village")
            numbers.add(number)
            points = amount(one, "points", least=Decimal("0.01"))
            if points > OWN_POINTS:
                one.child("points").wrong(f"a village's own item gives at most {OWN_POINTS} points, not {points}")
            _about(one, label, gives=True)
            evidence = place.optional("evidence")
            found.append(Rule(code, label, item, Award("fixed", points), caps, "own", evidence, 0, village, number))
    return tuple(found)


def amount(place: Place, key: str, least: Decimal) -> Decimal:
    """A number of points: two decimals at most, up to 1000; 0 and a mistake when it is none."""
    value = place.number(key)
    written = None if value is None else Decimal(str(value))
    if written is None or not least <= written <= 1000 or written != round(written, 2):
        place.child(key).wrong(f"{key} must be a number from {least} to 1000 with two decimals at most")
        return Decimal(0)
    return written


def _rule(place: Place, law: Law, begins: date, ends: date | None, grades: int) -> Rule:
    code, label = place.text("code"), place.text("label")
    award, evidence = _award(place), place.optional("evidence")
    ground = place.optional("ground")
    invented = ground == "invented"
    if ground is not None and not invented:
        place.child("ground").wrong(NOT_AN_INCENTIVE)
    takes = award.kind == "loss" or _negative(place.child("points").value)
    _about(place, f"{code} {label} {evidence or ''}", gives=not takes)
    if takes and not invented and ground is None:
        place.child("points").wrong(NOT_AN_INCENTIVE)
    elif invented and award.kind != "loss":
        place.child("points").wrong("what is invented earns nothing: write points: {loss: …}")
    drop = place.number("grade_drop", 0)
    if drop is None or drop != int(drop) or not 0 <= drop < max(grades, 1):
        place.child("grade_drop").wrong("grade_drop must be a whole number, less than there are grades")
        drop = 0
    elif drop and not invented:
        place.child("grade_drop").wrong(f"grade_drop: {NOT_AN_INCENTIVE}")
    beneficiary = place.text("beneficiary", "own")
    if beneficiary not in get_args(Beneficiary):
        place.child("beneficiary").wrong(f"beneficiary must be one of {', '.join(get_args(Beneficiary))}")
    caps = _caps(place.child("caps"))
    if invented and caps != Caps():
        place.child("caps").wrong("a loss has no caps: it ends at the base")
    return Rule(
        code,
        label,
        _item(place, law, begins, ends),
        award,
        caps,
        beneficiary,  # type: ignore[arg-type]
        evidence,
        int(drop),
    )


def _about(place: Place, said: str, gives: bool) -> None:
    for why in refused(said, gives):
        place.wrong(why)


def _item(place: Place, law: Law, begins: date, ends: date | None) -> CatalogueItem:
    """The item of the catalogue that the deed belongs to: it must be in force as long as the edition is."""
    code = place.text("item")
    item = law.items.get(code)
    if item is None:
        if code:
            place.child("item").wrong(f"{code!r} is no item of the catalogue (law/catalogue.yaml), so it earns nothing")
        return CatalogueItem(code, code, "authorised", date.min, None)
    if not item.in_force(begins) or (item.valid_to is not None and (ends is None or ends > item.valid_to)):
        place.child("item").wrong(f"{code!r} is not in force on every day of the edition")
    return item


def _award(place: Place) -> Award:
    points = place.child("points")
    points.mapping((*get_args(Kind), "per"))
    kinds = [key for key in points.keys if key in get_args(Kind)]
    over = place.text("over", "event")
    if over not in get_args(Over) or (over != "event" and kinds != ["steps"]):
        place.child("over").wrong("over is event or year, and belongs to steps")
    if len(kinds) != 1 or (points.child("per").given and kinds != ["each"]):
        if points.given:
            points.wrong(f"points says one of {', '.join(get_args(Kind))}; per belongs to each")
        return Award("fixed")
    kind: Kind = kinds[0]  # type: ignore[assignment]
    least = Decimal("0.01")
    if kind == "steps":
        return Award("steps", steps=_steps(points.child("steps")), over=over)  # type: ignore[arg-type]
    if kind == "range":
        bounds = points.child("range")
        bounds.mapping(("from", "to"))
        low, high = amount(bounds, "from", Decimal(0)), amount(bounds, "to", least)
        if low >= high:
            bounds.wrong("a range goes from a lower number to a higher one")
        return Award("range", low=low, high=high)
    if _negative(points.value):
        return Award("loss")  # told by the rule, with its reason
    per = amount(points, "per", least) if points.child("per").given else Decimal(1)
    return Award(kind, amount(points, kind, least), per=per or Decimal(1))


def _steps(listed: Place) -> tuple[tuple[Decimal, Decimal], ...]:
    found = []
    for each in listed.items():
        each.mapping(("from", "points"))
        found.append((amount(each, "from", Decimal("0.01")), amount(each, "points", Decimal("0.01"))))
    quantities, points = [step[0] for step in found], [step[1] for step in found]
    if not found or quantities != sorted(set(quantities)) or points != sorted(set(points)):
        listed.wrong("steps rise: each from a larger quantity, with more points")
    return tuple(found)


def _caps(place: Place) -> Caps:
    if not place.given:
        return Caps()
    place.mapping(CAPS)
    return Caps(**{key: amount(place, key, Decimal("0.01")) for key in CAPS if place.child(key).given})


def _numbers(value: object) -> Iterator[float]:
    if isinstance(value, dict):
        for part in value.values():
            yield from _numbers(part)
    elif isinstance(value, list):
        for part in value:
            yield from _numbers(part)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


def _negative(value: object) -> bool:
    return any(number < 0 for number in _numbers(value))


def _said(award: Award) -> str:
    """The points of a rule, as they stand in the message about its twin."""
    if award.kind == "steps":
        return "steps " + ", ".join(f"{least}: {points}" for least, points in award.steps)
    return f"{award.low} to {award.high}" if award.kind == "range" else f"{award.kind} {award.points}"
