"""Good deeds (公益): volunteer hours and care for the environment from the towns, blood donation from health."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from hub.county.running import a_day, active, homes_of, number, running
from hub.county.source import Cells, Source, Span, of_each_town
from hub.county.world import Person, World

_HOURS, _ENVIRONMENT, _BLOOD = "civic/volunteer_hours", "civic/environment", "civic/blood_donation"
_HOURS_A_MONTH, _ENVIRONMENT_A_MONTH, _BLOOD_A_MONTH = 15_000, 8_000, 700  # in the county at scale 1
_UNREGISTERED = 0.1  # so many are known by their id and have no number yet
_ACTIVITIES = ("敬老院探望", "文明交通劝导", "防溺水巡查", "图书室值班", "政策宣传", "秋收帮扶")
_KINDS = ("植树护绿", "河道清理", "村庄清洁", "庭院美化", "环保宣传")
_KIND_WEIGHTS = (10, 20, 45, 15, 10)


def sources(world: World) -> Iterator[Source]:
    """Two lists of every town and the one of health."""
    yield from of_each_town(world, _HOURS, "志愿服务时长", volunteer_hours)
    yield from of_each_town(world, _ENVIRONMENT, "环境保护好事", environment)
    yield Source(_BLOOD, "health", "无偿献血", blood_donations)


def volunteer_hours(world: World, department: str, span: Span) -> Iterator[Cells]:
    """One service of one volunteer; who is registered is told by the number alone."""
    town = department.removeprefix("town_")
    homes = homes_of(world, town)
    for day, serial in running(a_day(world, homes, _HOURS_A_MONTH), span.first, span.last):
        rng = world.rng(_HOURS, town, day, serial)
        who = rng.choice(world.household(active(homes, rng)).members)
        registered = not _by_id(who)
        yield {
            "fwbh": number("ZYFW", day, town, serial),
            "zyzbh": f"{world.place.division}{who.serial:06d}" if registered else None,
            "sfzhm": None if registered else who.citizen_id,
            "fwrq": day,
            "hdmc": rng.choice(_ACTIVITIES),
            "fwsc": Decimal(rng.randint(2, 12)) / 2,
            "zzdw": world.office(department).name,
        }


def environment(world: World, department: str, span: Span) -> Iterator[Cells]:
    """What one household did for the environment; only who took part is told."""
    town = department.removeprefix("town_")
    homes = homes_of(world, town)
    for day, serial in running(a_day(world, homes, _ENVIRONMENT_A_MONTH), span.first, span.last):
        rng = world.rng(_ENVIRONMENT, town, day, serial)
        home = world.household(active(homes, rng))
        yield {
            "hdbh": number("HBHS", day, town, serial),
            "jtbh": home.number,
            "cjdm": home.village.code,
            "hdlb": rng.choices(_KINDS, _KIND_WEIGHTS)[0],
            "hdrq": day,
            "cjrs": rng.randint(1, len(home.members)),
            "hdsc": Decimal(rng.randint(2, 16)) / 2,
            "zzdw": world.office(department).name,
        }


def blood_donations(world: World, department: str, span: Span) -> Iterator[Cells]:
    """That somebody gave blood on a day, and nothing more."""
    homes = range(1, world.households + 1)
    for day, serial in running(a_day(world, homes, _BLOOD_A_MONTH), span.first, span.last):
        rng = world.rng(_BLOOD, day, serial)
        who = rng.choice(world.some_household(rng).members)
        known = not _by_id(who)
        yield {
            "jlbh": f"WCXX-{day:%Y%m%d}-{serial:04d}",
            "xxzbh": f"XX{who.serial:08d}" if known else None,
            "sfzhm": None if known else who.citizen_id,
            "jxlb": "造血干细胞" if rng.random() < 0.005 else "无偿献血",
            "jxrq": day,
        }


def _by_id(who: Person) -> bool:
    """Whether somebody has no number in the system; the same person always."""
    return who.serial * 7919 % 1000 < _UNREGISTERED * 1000
