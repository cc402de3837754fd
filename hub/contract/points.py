"""The rule book of household points (家庭信用积分规则) as dated data: one edition a file in ``schemas/points/``.

An edition says for the days from ``valid_from`` to ``valid_to`` what a deed earns. It is never changed once it is
issued: a mended one gets a file of its own, a later day in ``issued`` and the name of the old one in ``replaces``, so
that what was computed before can be computed again. No year has two editions, for caps count by year.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from hub.contract.document import Place, Problems, parse_yaml
from hub.contract.law import Law, read_law
from hub.contract.point_rules import Rule, amount, read_own_items, read_rules
from hub.contract.registers import read_codes

FOLDER = Path("points")
CODES = Path("codes") / "point_rule.csv"
_KEYS = ("edition", "title", "issued", "valid_from", "valid_to", "replaces", "status", "source")
_CONTENT = ("base", "notice_days", "grades", "rules", "own_items")
_STATUS = ("verified", "unverified")


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade (等级) and the total from which a household has it."""

    name: str
    least: Decimal


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of the rule book."""

    id: str  # as the file is named
    title: str
    issued: date  # known from this day on (发布日期)
    valid_from: date
    valid_to: date | None
    replaces: str | None
    base: Decimal  # what every household has at the beginning of a year (基础分)
    notice_days: int  # public notice before an event counts (公示期)
    grades: tuple[Grade, ...]  # the highest first; the last begins at the base
    rules: tuple[Rule, ...]
    verified: bool
    fingerprint: str  # SHA-256 of the file

    def holds(self, day: date) -> bool:
        """Whether a day lies in the edition."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def known(editions: Iterable[Edition], day: date) -> tuple[Edition, ...]:
    """The editions that were issued by a day, without those that another of them replaces."""
    issued = [edition for edition in editions if edition.issued <= day]
    replaced = {edition.replaces for edition in issued}
    return tuple(edition for edition in issued if edition.id not in replaced)


def read_points(schemas: Path, problems: Problems) -> tuple[Edition, ...]:
    """Every edition, in order of time; none where the county gives no points."""
    files = sorted((schemas / FOLDER).glob("*.yaml"))
    if not files:
        return ()
    law = read_law(schemas, problems)
    found: list[tuple[Edition, Place]] = []
    for file in files:
        content = file.read_bytes()
        root = parse_yaml(content, str(file), problems)
        if root is not None:
            found.append((_edition(root, file, content, law), root))
    _apart(found)
    _listed(schemas, found, problems)
    return tuple(sorted((edition for edition, _ in found), key=lambda one: (one.valid_from, one.issued)))


def _edition(root: Place, file: Path, content: bytes, law: Law) -> Edition:
    root.mapping((*_KEYS, *_CONTENT))
    id, title = root.text("edition"), root.text("title")
    if id != file.stem:
        root.child("edition").wrong(f"edition must be {file.stem!r}, as the file is named")
    root.text("source")
    if root.text("status") not in _STATUS:
        root.child("status").wrong(f"status must be one of {', '.join(_STATUS)}")
    issued, begins, ends = (_day(root, key) for key in ("issued", "valid_from", "valid_to"))
    for key, day in (("issued", issued), ("valid_from", begins)):
        if day is None:
            root.wrong(f"an edition needs {key}")
    if begins is not None and ends is not None and ends < begins:
        root.child("valid_to").wrong("valid_to is before valid_from")
    begins = begins or date.max
    base = amount(root, "base", least=Decimal(0))
    days = root.number("notice_days")
    if days is None or days != int(days) or not 1 <= days <= 60:
        root.child("notice_days").wrong("notice_days must be a whole number from 1 to 60")
        days = 1
    grades = _grades(root.child("grades"), base)
    rules = read_rules(root.child("rules"), law, begins, ends, len(grades))
    own = read_own_items(root.child("own_items"), law, begins, ends)
    codes = {rule.code for rule in rules}
    if own and own[0].code in codes:
        root.child("own_items").wrong(f"code {own[0].code!r} is a rule of the county already")
    if not rules:
        root.wrong("an edition needs rules")
    return Edition(
        id=id,
        title=title,
        issued=issued or date.max,
        valid_from=begins,
        valid_to=ends,
        replaces=root.optional("replaces"),
        base=base,
        notice_days=int(days),
        grades=grades,
        rules=(*rules, *own),
        verified=root.child("status").value == "verified",
        fingerprint=hashlib.sha256(content).hexdigest(),
    )


def _grades(place: Place, base: Decimal) -> tuple[Grade, ...]:
    found, last = [], place
    for each in place.items():
        last = each
        each.mapping(("grade", "from"))
        found.append(Grade(each.text("grade"), amount(each, "from", least=Decimal(0))))
    totals, names = [grade.least for grade in found], [grade.name for grade in found]
    if totals != sorted(set(totals), reverse=True) or len(names) != len(set(names)):
        place.wrong("grades go from the highest down, each with another name and another total")
    if not totals or totals[-1] != base:
        last.wrong(f"the last grade must begin at the base, {base}: nobody stands lower than where everybody begins")
    return tuple(found)


def _apart(found: list[tuple[Edition, Place]]) -> None:
    """Two editions in one year would make one year's caps ambiguous, unless one replaces the other."""
    by_id = {edition.id: edition for edition, _ in found}
    for edition, place in found:
        old = by_id.get(edition.replaces) if edition.replaces is not None else None
        if edition.replaces is not None and (old is None or old is edition):
            place.child("replaces").wrong(f"there is no other edition {edition.replaces!r}")
        elif old is not None and (old.issued >= edition.issued or old.valid_from != edition.valid_from):
            place.child("replaces").wrong("an edition that replaces another begins on its day, and is issued later")
    for number, (edition, place) in enumerate(found):
        for other, _ in found[:number]:
            if _chained(edition, other, by_id) or _chained(other, edition, by_id):
                continue
            first, second = sorted((edition, other), key=lambda one: one.valid_from)
            if first.valid_to is None or first.valid_to.year >= second.valid_from.year:
                place.child("valid_from").wrong(f"edition {other.id!r} holds in the same year; a year has one edition")


def _chained(late: Edition, early: Edition, by_id: dict[str, Edition]) -> bool:
    seen: set[str] = set()
    while late.replaces is not None and late.replaces in by_id and late.id not in seen:
        seen.add(late.id)
        late = by_id[late.replaces]
        if late is early:
            return True
    return False


def _listed(schemas: Path, found: list[tuple[Edition, Place]], problems: Problems) -> None:
    """The rules that an event can name are those of the book: neither list has one that the other lacks."""
    listed = {code.code for code in read_codes(schemas / CODES, problems)}
    named: set[str] = set()
    for edition, place in found:
        codes = {rule.code for rule in edition.rules}
        named |= codes
        for code in sorted(codes - listed):
            place.child("rules").wrong(f"{CODES.as_posix()} has no code {code!r}, so no event can name the rule")
    for code in sorted(listed - named):
        problems.add(str(schemas / CODES), 1, f"code {code!r} is a rule of no edition in {FOLDER}/")


def _day(place: Place, key: str) -> date | None:
    written = place.optional(key)
    if written is None:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        place.child(key).wrong(f'{key} must be a date in quotes, like "2026-01-01"')
        return None
