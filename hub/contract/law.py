"""Dated law as data (依据): the catalogues of public credit information, and how long adverse records are published.

Read from ``schemas/law/``. What was not seen in an official text says so (``status: unverified``), and ``hub doctor``
lists it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, get_args

from hub.contract.document import Place, Problems, read_yaml

Sharing = Literal["open", "government", "authorised"]  # 社会公开、政务共享、授权查询
Severity = Literal["minor", "general", "serious"]  # 轻微、一般、严重
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
_STATUS = ("verified", "unverified")
CATALOGUE, PUBLICATION = "law/catalogue.yaml", "law/publication.yaml"


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """One item of one edition of a catalogue (目录项), in force from ``valid_from`` to ``valid_to`` inclusive."""

    code: str  # national_2024/administration
    name: str  # with the edition's name before it
    sharing: Sharing
    valid_from: date
    valid_to: date | None

    def in_force(self, day: date) -> bool:
        """Whether the edition holds on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Months:
    """Publication of one severity: months until it may be repaired, months after which it ends."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Regime:
    """What holds for documents dated from ``valid_from`` (None: from ever) until a later regime begins."""

    name: str  # with the document's number
    valid_from: date | None
    months: Mapping[Severity, Months]  # a severity that is missing is not published


@dataclass(frozen=True, slots=True)
class PublicationRule:
    """How severe each kind of adverse record is, and the regimes in order of time."""

    id: str
    severities: Mapping[str, Severity]
    regimes: tuple[Regime, ...]

    def severest(self, kinds: str | None) -> Severity | None:
        """Of kinds joined by 、 the gravest; None when one of them is not known, or there is none."""
        if not kinds:
            return None
        found = [self.severities.get(kind) for kind in kinds.split("、")]
        known = [one for one in found if one is not None]
        return max(known, key=SEVERITIES.index) if len(known) == len(found) else None


@dataclass(frozen=True, slots=True)
class Law:
    """All of it: items by code, rules by id, and what nobody has verified, in words."""

    items: Mapping[str, CatalogueItem]
    rules: Mapping[str, PublicationRule]
    unverified: tuple[str, ...]


def read_law(schemas: Path, problems: Problems) -> Law:
    """The law of a configuration. A file that is missing is a mistake: nothing could leave without it."""
    unverified: list[str] = []
    items, rules = {}, {}
    root = read_yaml(schemas / CATALOGUE, problems)
    if root is not None:
        root.mapping(("editions",))
        for place in root.child("editions").items():
            for item in _edition(place, unverified):
                if item.code in items:
                    place.wrong(f"{item.code} stands twice")
                items[item.code] = item
    root = read_yaml(schemas / PUBLICATION, problems)
    if root is not None:
        root.mapping(("rules",))
        for place in root.child("rules").items():
            rule = _rule(place, unverified)
            if rule.id in rules:
                place.wrong(f"rule {rule.id} stands twice")
            rules[rule.id] = rule
    return Law(items, rules, tuple(unverified))


def _edition(place: Place, unverified: list[str]) -> list[CatalogueItem]:
    place.mapping(("id", "name", "document", "valid_from", "valid_to", "status", "source", "items"))
    edition, name, document = place.text("id"), place.text("name"), place.text("document")
    _status(place, f"{name}（{document}）", unverified)
    begins, ends = _day(place, "valid_from"), _day(place, "valid_to")
    if begins is None:
        place.wrong("an edition needs valid_from")
    elif ends is not None and ends < begins:
        place.child("valid_to").wrong("valid_to is before valid_from")
    found = []
    for each in place.child("items").items():
        each.mapping(("code", "name", "sharing"))
        sharing = each.text("sharing")
        if sharing not in get_args(Sharing):
            each.wrong(f"sharing must be one of {', '.join(get_args(Sharing))}")
        code = f"{edition}/{each.text('code')}"
        label = f"{name} {each.text('name')}"
        found.append(CatalogueItem(code, label, sharing, begins or date.max, ends))  # type: ignore[arg-type]
    return found


def _rule(place: Place, unverified: list[str]) -> PublicationRule:
    place.mapping(("id", "name", "severities", "regimes"))
    severities = place.child("severities")
    severities.mapping(severities.keys)
    of = {kind: severities.text(kind) for kind in severities.keys}
    for kind, severity in of.items():
        if severity not in SEVERITIES:
            severities.child(kind).wrong(f"a severity is one of {', '.join(SEVERITIES)}")
    regimes = [_regime(each, unverified) for each in place.child("regimes").items()]
    begins = [regime.valid_from or date.min for regime in regimes]
    if not regimes or begins != sorted(set(begins)):
        place.wrong("a rule needs regimes, in order of time, each with another valid_from")
    return PublicationRule(place.text("id"), of, tuple(regimes))  # type: ignore[arg-type]


def _regime(place: Place, unverified: list[str]) -> Regime:
    place.mapping(("name", "document", "valid_from", "status", "source", "severities"))
    name = f"{place.text('name')}（{place.text('document')}）"
    _status(place, name, unverified)
    severities = place.child("severities")
    severities.mapping(SEVERITIES)
    months: dict[Severity, Months] = {}
    for severity in SEVERITIES:
        each = severities.child(severity)
        if not each.given:
            continue
        each.mapping(("least", "most"))
        least, most = each.number("least"), each.number("most")
        if least is None or most is None or not 0 <= least <= most or int(least) != least or int(most) != most:
            each.wrong("least and most must be whole numbers of months, least not above most")
            continue
        months[severity] = Months(int(least), int(most))
    return Regime(name, _day(place, "valid_from"), months)


def _status(place: Place, name: str, unverified: list[str]) -> None:
    place.text("source")
    status = place.text("status")
    if status not in _STATUS:
        place.wrong(f"status must be one of {', '.join(_STATUS)}")
    elif status == "unverified":
        unverified.append(name)


def _day(place: Place, key: str) -> date | None:
    written = place.optional(key)
    if written is None:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        place.child(key).wrong(f'{key} must be a date in quotes, like "2026-04-01"')
        return None
