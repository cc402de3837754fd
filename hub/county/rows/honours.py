"""Who is honoured (诚实守信荣誉): A-grade taxpayers, honest people, model units and red lists."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from hub.county.identities import uscc
from hub.county.notices import notices, standing
from hub.county.parties import Party
from hub.county.source import Cells, Source, Span
from hub.county.workplaces import school
from hub.county.world import Village, World

_FIRMS = ("企业", "农民专业合作社", "企业分支机构")  # all but sole traders, who count as persons

_A_GRADES, _A_GRADES_LATER = 2_500, 25  # on the year's list; a month that are judged again (补评, 复评)
_LIST_DAY = (4, 28)

_PEOPLE = {  # of each department: 120 a year together
    "honour": ("诚信之星", "诚实守信道德模范", "诚信之星"),
    "civic": ("诚信志愿者", "最美社区工作者（诚信类）"),
}
_PEOPLE_A_MONTH = 5
_LEVELS = ("镇街级", "县级", "县级", "县级", "市级", "省级")

_UNITS = {"honour": 100, "credit": 50}  # that stand, of each department
_UNIT_KINDS = {
    "honour": ("文明单位", "文明单位", "文明村", "文明村", "文明校园", "文明镇"),
    "credit": ("诚信示范单位", "诚信示范单位", "信用示范村", "信用示范村", "信用示范镇"),
}
_UNIT_LEVELS = ("县级", "县级", "市级", "省级")
_FIRST_COMMITTEE, _COMMITTEE = 9_400_001, "54"  # serial, and how the codes of villages' committees begin

_RED = 150  # that stand, of each of four departments
_RED_KINDS = {  # name, the number of the standard, whom it is given to
    "credit": (("信用管理示范企业", 6, ("企业",)), ("诚信合作社", 9, ("农民专业合作社",))),
    "market": (("放心消费示范店", 12, ("企业", "个体工商户")), ("守合同重信用企业", 15, ("企业",))),
    "agriculture": (("农产品质量安全守信主体", 18, ("农民专业合作社",)), ("诚信种养大户", 21, ())),  # () is a person
    "commerce": (("诚信商户", 24, ("个体工商户",)), ("诚信经营示范企业", 27, ("企业",))),
}
_UNIT_YEARS, _RED_YEARS = 3, 2


def sources(world: World) -> Iterator[Source]:
    """Everybody who honours somebody."""
    yield Source("honour/a_grade_taxpayer", "tax", "A级纳税人", a_grade_taxpayers)
    for department in _PEOPLE:
        yield Source("honour/honest_person", department, "诚信人物", honest_people)
    for department in _UNITS:
        yield Source("honour/model_unit", department, "文明单位", model_units)
    for department in _RED_KINDS:
        yield Source("honour/red_list", department, "守信红名单", red_list)


def a_grade_taxpayers(world: World, department: str, span: Span) -> Iterator[Cells]:
    """The year's list as the first collection, or when its day lies in the span; else who was judged again."""
    day = _list_day(span.last)
    year = day.year - 1
    listed = _listed(world, year)
    if span.stock or day >= span.first:
        serials, days = listed, [max(day, span.first)] * len(listed)
    else:
        left = sorted(set(range(1, world.organisations + 1)) - set(listed))
        count = min(span.days, world.amount(_A_GRADES_LATER * span.months, least=1))
        days = [span.first + timedelta(days=later * span.days // count) for later in range(count)]
        serials = [_judged_again(world, left, each) for each in days]
    for serial, published in zip(serials, days, strict=True):
        taxpayer = world.organisation(serial)
        yield {
            "nsrmc": taxpayer.name,
            "tyshxydm": taxpayer.uscc,
            "pjnd": str(year),
            "fddbr": taxpayer.head.name,
            "swjg": f"国家税务总局{world.office(department).name}",
            "gbrq": published,
        }


def honest_people(world: World, department: str, span: Span) -> Iterator[Cells]:
    """One person's honour."""
    rng = world.rng("honour/honest_person", department, span.first, span.last)
    mark, body = _awarder(world, department)
    total = world.amount(_PEOPLE_A_MONTH * span.months, least=10 if span.stock else 1)
    for notice in notices(span, rng, total, most=8):
        level, name, named = rng.choice(_LEVELS), rng.choice(_PEOPLE[department]), set[str]()
        while len(named) < notice.size:
            person = world.some_household(rng).members[0]
            if person.citizen_id in named:
                continue
            named.add(person.citizen_id)
            yield {
                "xm": person.name,
                "zjlx": "身份证",
                "zjhm": person.citizen_id,
                "rymc": name,
                "ryjb": level,
                "rdwh": notice.number(mark),
                "rdjg": body,
                "rdrq": notice.day,
                "yxqz": "2099-12-31" if level == "省级" else _until(notice.day, _UNIT_YEARS),
            }


def model_units(world: World, department: str, span: Span) -> Iterator[Cells]:
    """One unit's honour: companies, schools, villages and towns."""
    rng = world.rng("honour/model_unit", department, span.first, span.last)
    mark, body = _awarder(world, department)
    standing_now, new = _UNITS[department], _UNITS[department] / (12 * _UNIT_YEARS)
    total = world.amount(standing_now if span.stock else new * span.months, least=10 if span.stock else 1)
    for notice in notices(span, rng, total, most=10):
        level, named = rng.choice(_UNIT_LEVELS), set[str]()
        while len(named) < notice.size:
            kind = rng.choice(_UNIT_KINDS[department])
            name, code = _unit(world, rng, kind, notice.day)
            if code in named:
                continue
            named.add(code)
            yield {
                "dwmc": name,
                "tyshxydm": code,
                "rylb": kind,
                "ryjb": level,
                "rdwh": notice.number(mark),
                "rdjg": body,
                "rdrq": notice.day,
                "yxqz": _until(notice.day, _UNIT_YEARS),
            }


def red_list(world: World, department: str, span: Span) -> Iterator[Cells]:
    """One subject on one department's red list."""
    rng = world.rng("honour/red_list", department, span.first, span.last)
    office = world.office(department)
    total = world.amount(_RED if span.stock else _RED / (12 * _RED_YEARS) * span.months, least=10 if span.stock else 1)
    for notice in notices(span, rng, total, most=15):
        name, standard, kinds = rng.choice(_RED_KINDS[department])
        parties: dict[str, Party] = {}
        while len(parties) < notice.size:
            if kinds:
                party = Party(organisation=standing(world, rng, notice.day, *kinds))
            else:
                party = Party(person=world.some_household(rng).members[0])
            parties[str(party.cells())] = party
        for party in parties.values():
            yield {
                **party.cells(),
                "rymc": name,
                "bzwjh": f"{office.mark}〔{notice.day.year - 1}〕{standard}号",
                "rdwh": notice.number(office.mark),
                "rdjg": office.name,
                "rdrq": notice.day,
                "gsjzq": _until(notice.day, _RED_YEARS),
            }


def _list_day(day: date) -> date:
    """When the latest list of A-grade taxpayers was published."""
    this = date(day.year, *_LIST_DAY)
    return this if this <= day else date(day.year - 1, *_LIST_DAY)


def _listed(world: World, year: int) -> list[int]:
    """Serials on the list of a year: the same whoever asks, on whatever day."""
    rng = world.rng("honour/a_grade_taxpayer", year)
    found: set[int] = set()
    wanted = min(world.amount(_A_GRADES, least=12), world.organisations // 5)
    while len(found) < wanted:
        found.add(standing(world, rng, date(year, 1, 1), *_FIRMS).serial)
    return sorted(found)


def _judged_again(world: World, left: list[int], day: date) -> int:
    """Who of those that are not on the list is judged again on a day: another one every day, as long as there are."""
    place = day.toordinal() * 7
    while True:
        serial = left[place % len(left)]
        one = world.organisation(serial)
        if world.reliable(serial) and one.kind in _FIRMS and one.founded <= day:
            return serial
        place += 1


def _awarder(world: World, department: str) -> tuple[str, str]:
    """Agency word and name of who awards: the office of civility writes for its commission."""
    if department == "honour":
        return f"{world.place.name[0]}文明委", f"{world.place.name}精神文明建设指导委员会"
    return world.office(department).mark, world.office(department).name


def _unit(world: World, rng: Random, kind: str, day: date) -> tuple[str, str]:
    """Name and code of a unit that can have an honour of the kind."""
    if kind.endswith("村"):
        return _committee(world, rng.randrange(len(world.villages)))
    if kind.endswith("镇"):
        towns = [one for one in world.offices.values() if one.id.startswith("town_") and one.name.endswith("人民政府")]
        town = rng.choice(towns)
        return town.name, town.uscc
    if kind.endswith("校园"):
        found = school(world.place, rng.randrange(1_000))
        return found.name, found.uscc
    company = standing(world, rng, day, *_FIRMS)
    return company.name, company.uscc


def _committee(world: World, place: int) -> tuple[str, str]:
    """Name and code of the committee of a village."""
    village: Village = world.villages[place]
    plain = village.name.replace("村委会", "村村民委员会").replace("居委会", "社区居民委员会")
    name = f"{world.place.name}{village.town_name}{plain}"
    return name, uscc(world.place, _FIRST_COMMITTEE + place, _COMMITTEE)


def _until(day: date, years: int) -> date:
    """The last day of so many years."""
    return date(day.year + years, day.month, min(day.day, 28)) - timedelta(days=1)
