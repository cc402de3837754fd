"""Who decides in the synthetic county: name, code and the beginning of its document numbers."""

from __future__ import annotations

from dataclasses import dataclass

from hub.county.identities import Place, uscc

_PROVINCES = (
    "11京12津13冀14晋15蒙21辽22吉23黑31沪32苏33浙34皖35闽36赣37鲁41豫42鄂43湘44粤45桂46琼"
    "50渝51川52贵53云54藏61陕62甘63青64宁65新"
)


@dataclass(frozen=True, slots=True)
class Agency:
    """An authority; ``mark`` begins its document numbers."""

    name: str
    code: str
    mark: str


def market(place: Place) -> Agency:
    """Market regulation."""
    return Agency(f"{place.name}市场监督管理局", uscc(place, 9_000_001, "11"), f"{place.name[0]}市监")


def urban(place: Place) -> Agency:
    """Urban management."""
    return Agency(f"{place.name}城市管理局", uscc(place, 9_000_002, "11"), f"{place.name[0]}城管")


def court(place: Place) -> Agency:
    """The county's court; its mark is that of its case numbers: province and the rest of the division."""
    at = _PROVINCES.index(place.division[:2])
    mark = _PROVINCES[at + 2] + place.division[2:]
    return Agency(f"{place.name}人民法院", uscc(place, 9_000_003, "11"), mark)
