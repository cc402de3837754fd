"""Where people of the key occupations work (执业单位): schools, hospitals, law firms and companies of the county."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.county.identities import Place, uscc
from hub.county.world import World

_FIRST_SCHOOL, _FIRST_HOSPITAL, _FIRST_LAW_FIRM = 9_100_001, 9_200_001, 9_300_001
_SCHOOLS = ("中心小学", "中心幼儿园", "初级中学")  # of every town
_COUNTY_SCHOOLS = ("高级中学", "实验小学", "中等专业学校")
_COUNTY_HOSPITALS = ("人民医院", "中医院", "妇幼保健院")
_PUBLIC_INSTITUTION, _LAW_FIRM = "12", "31"  # the first two characters of their codes
LAW_FIRMS = 6


@dataclass(frozen=True, slots=True)
class Workplace:
    """An employer that is no market subject of the World, or is one."""

    name: str
    uscc: str


def school(place: Place, serial: int) -> Workplace:
    """A school by serial: those of the towns, and among them those of the whole county."""
    names = [f"{town}{kind}" for _, town in place.towns for kind in _SCHOOLS]
    return _named(place, (*_COUNTY_SCHOOLS, *names), serial, _FIRST_SCHOOL)


def hospital(place: Place, serial: int) -> Workplace:
    """A hospital by serial: half of the doctors work in the county's, the others in those of the towns."""
    if serial % 2:
        return _named(place, _COUNTY_HOSPITALS, serial // 2, _FIRST_HOSPITAL)
    names = [f"{town}{'社区卫生服务中心' if town.endswith('街道') else '卫生院'}" for _, town in place.towns]
    return _named(place, names, serial // 2, _FIRST_HOSPITAL + len(_COUNTY_HOSPITALS))


def law_firm(place: Place, serial: int) -> Workplace:
    """A law firm by serial."""
    number = serial % LAW_FIRMS
    return Workplace(f"{place.name}演示{number + 1}号律师事务所", uscc(place, _FIRST_LAW_FIRM + number, _LAW_FIRM))


def firm(world: World, serial: int) -> Workplace:
    """A company by serial: pharmacists and accountants work anywhere."""
    found = world.some_organisation(world.rng("workplaces", serial), "企业")
    return Workplace(found.name, found.uscc)


def _named(place: Place, names: Sequence[str], serial: int, first: int) -> Workplace:
    number = serial % len(names)
    return Workplace(place.name + names[number], uscc(place, first + number, _PUBLIC_INSTITUTION))
