"""The county itself: villages, households, people, organisations and offices; the same seed gives the same county.

    world = build(county(schemas), regions, seed=1, scale=0.01, until=date(2026, 11, 23))
    world.organisation(7).name

Nothing is stored: every subject follows from its serial number, so that two senders who speak of the same company say
the same of it. Scale 1 has the size of the real county: 190,000 households, 25,000 organisations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from hub.contract.model import Code, County
from hub.contract.points import Edition
from hub.county.identities import Place, citizen_id, company, is_male, person, shop, uscc

HOUSEHOLDS, ORGANISATIONS = 190_000, 25_000  # at scale 1
RELIABLE = 25  # of so many subjects one may be reported wrongly where others rely on it
_FIRST_OFFICE = 9_000_001
_MEMBERS = 4  # serials kept for each household, of which one to four are people
_FIRST_YEAR = 1995
_KINDS = (
    ("企业", 55),
    ("个体工商户", 85),
    ("农民专业合作社", 95),
    ("企业分支机构", 100),
)  # up to, of a hundred serials
_PREFIX = {"企业": "91", "个体工商户": "92", "农民专业合作社": "93", "企业分支机构": "91"}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who lives in the county. The name is no key: many share one."""

    serial: int
    name: str
    citizen_id: str
    male: bool


@dataclass(frozen=True, slots=True)
class Village:
    """A village or residents' committee: 12 digits, its name, and the 9 digits and name of its town."""

    code: str
    name: str
    town: str
    town_name: str


@dataclass(frozen=True, slots=True)
class Household:
    """A household: its number (家庭编号: village and four digits), village and adult members."""

    serial: int
    number: str
    village: Village
    members: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Organisation:
    """A market subject. ``kind`` is the canonical code of 主体类型, ``category`` that of 主体类别."""

    serial: int
    name: str
    uscc: str
    kind: str
    category: str
    town: str
    town_name: str
    head: Person  # 法定代表人, of a sole trader the trader
    founded: date
    crayfish: bool  # of the key trade 龙虾产业


@dataclass(frozen=True, slots=True)
class Office:
    """An authority or another body that sends or is named: ``mark`` begins its document numbers (盱市监)."""

    id: str
    name: str
    uscc: str
    mark: str


@dataclass(frozen=True)
class World:
    """``until`` is the last day of the county; ``villages`` belong to the towns of ``place``."""

    place: Place
    seed: int
    scale: float
    until: date
    villages: tuple[Village, ...]
    offices: Mapping[str, Office]  # by department id
    rule_book: tuple[Edition, ...] = ()  # of household points: which villages have items of their own

    @property
    def households(self) -> int:
        """How many there are; serials count from 1."""
        return max(len(self.villages), round(HOUSEHOLDS * self.scale))

    @property
    def organisations(self) -> int:
        """How many there are; serials count from 1."""
        return max(100, round(ORGANISATIONS * self.scale))

    def rng(self, *names: object) -> Random:
        """A stream of chance of its own for whatever ``names`` say, the same for the same seed."""
        return Random("/".join(map(str, (self.seed, *names))))

    def amount(self, at_scale_one: float, least: int = 0) -> int:
        """How many of something, of which the real county has ``at_scale_one``."""
        return max(least, round(at_scale_one * self.scale))

    def person(self, serial: int) -> Person:
        """Any inhabitant."""
        return Person(serial, person(serial), citizen_id(self.place, serial), is_male(serial))

    def household(self, serial: int) -> Household:
        """A household by serial, from 1: its village follows from it."""
        villages = len(self.villages)
        village, number = self.villages[(serial - 1) % villages], (serial - 1) // villages + 1
        size = 1 + serial * 7 % _MEMBERS
        members = tuple(self.person(serial * _MEMBERS + place) for place in range(size))
        return Household(serial, f"{village.code}-{number:04d}", village, members)

    def some_household(self, rng: Random) -> Household:
        """Any household."""
        return self.household(rng.randint(1, self.households))

    def households_of(self, town: str) -> Iterable[int]:
        """Serials of the households of a town (9 digits)."""
        places = [place for place, village in enumerate(self.villages) if village.town == town]
        villages = len(self.villages)
        for row in range((self.households - 1) // villages + 1):
            yield from (serial for place in places if (serial := row * villages + place + 1) <= self.households)

    def organisation(self, serial: int) -> Organisation:
        """An organisation by serial, from 1."""
        kind = next(name for name, below in _KINDS if serial % 100 < below)
        village = self.villages[serial * 31 % len(self.villages)]
        head = self.household(serial * 13 % self.households + 1).members[0]
        names = {
            "个体工商户": shop(self.place, serial),
            "农民专业合作社": f"{self.place.name}演示{serial}号农业专业合作社",
        }
        plain = company(self.place, serial)
        name = names.get(kind, plain.replace("有限公司", "有限公司分公司") if kind == "企业分支机构" else plain)
        founded = date(_FIRST_YEAR, 1, 1) + timedelta(days=serial * 7919 % ((self.until.year - _FIRST_YEAR) * 365))
        category = "个体工商户" if kind == "个体工商户" else "法人及非法人组织"
        code = uscc(self.place, serial, _PREFIX[kind])
        return Organisation(
            serial, name, code, kind, category, village.town, village.town_name, head, founded, serial % 9 == 0
        )

    def some_organisation(self, rng: Random, *kinds: str) -> Organisation:
        """Any organisation of the kinds (none named: of any) whose registration is reported rightly."""
        while True:
            found = self.organisation(rng.randint(1, self.organisations))
            if self.reliable(found.serial) and (not kinds or found.kind in kinds):
                return found

    def registered(self, code: object) -> bool:
        """Whether a credit code is that of a reliable organisation of the register."""
        if not isinstance(code, str) or not code[8:16].isdigit() or not 1 <= int(code[8:16]) <= self.organisations:
            return False
        return self.reliable(int(code[8:16])) and self.organisation(int(code[8:16])).uscc == code

    def reliable(self, serial: int) -> bool:
        """Whether nothing wrong is ever planted where the others refer to: in its registration, in its event."""
        return serial % RELIABLE != 0

    def office(self, department: str) -> Office:
        """The body behind a department's id; ``KeyError`` when the county has no such department."""
        return self.offices[department]


def build(
    county: County,
    regions: Iterable[Code],
    *,
    seed: int,
    scale: float,
    until: date,
    rule_book: Iterable[Edition] = (),
) -> World:
    """The county of the configuration: its name, towns and departments, and the villages of its list of regions."""
    towns = {one.id.removeprefix("town_"): one.name for one in county.departments if one.kind == "town"}
    place = Place(county.division, county.name, tuple(towns.items()))
    villages = tuple(
        Village(one.code, one.label, one.code[:9], towns[one.code[:9]])
        for one in regions
        if len(one.code) == 12 and one.code[:9] in towns and one.valid_to is None
    )
    offices = {}
    for number, one in enumerate(county.departments):
        name = f"{county.name}{one.name}" + ("人民政府" if one.name.endswith(("镇", "乡")) else "")
        if one.name.endswith("街道"):
            name += "办事处"
        mark = county.name[0] + one.name.removesuffix("局").removesuffix("委员会")[:2]
        code = uscc(place, _FIRST_OFFICE + number, "91" if one.kind == "bank" else "11")
        offices[one.id] = Office(one.id, name, code, mark)
    return World(place, seed, scale, until, villages, offices, tuple(rule_book))
