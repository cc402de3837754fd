"""The register of subjects (登记注册) of the market regulator: everybody once, and what changes from day to day.

What the register says of a subject follows from its serial and the day alone, so that whatever days a delivery is
about, it agrees with every other. Only subjects on whom nobody relies are struck off or get another head.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from hub.county.source import Cells, Source, Span, Value
from hub.county.world import RELIABLE, Organisation, World

_PERIOD = 360  # days from one change of a subject to its next
_LAST_DAYS = 60  # before the county's last day, over which those who go now are spread
_NEW_A_MONTH = 200  # at scale 1
_SINCE = date(2020, 1, 1)  # days for the serials of new subjects are counted from here
_LONG_TERM = date(2099, 12, 31)
_OTHERS = 7919  # a prime, to spread the subjects' days over the period

_CAPITAL = (10, 50, 100, 200, 500, 1000, 3000)
_ROADS = ("兴业路", "都梁路", "淮河路", "工业园区纬二路", "振兴街", "人民路")
_SCOPES: Mapping[str, tuple[str, ...]] = {
    "企业": (
        "日用百货销售；食品销售",
        "建筑材料销售；普通货物仓储服务",
        "通用设备制造；机械零件加工",
        "环保技术开发、咨询",
    ),
    "个体工商户": ("餐饮服务；食品销售", "小餐饮；日用百货销售", "食品小作坊经营"),
    "农民专业合作社": ("谷物种植；农产品的生产、销售、加工", "水产养殖；农业生产资料的购买"),
    "企业分支机构": ("在隶属企业经营范围内从事经营活动",),
}
_CRAYFISH = "龙虾养殖、加工、销售"
_MORE = ("食品互联网销售", "会议及展览服务", "道路货物运输（不含危险货物）", "技术推广服务", "农副产品销售")


class Standing(NamedTuple):
    """What a subject is in the register on some day, and since when."""

    since: date  # 核准日期
    edition: int  # counts its changes
    state: str = "存续"
    ended: date | None = None
    successor: str | None = None


def sources(world: World) -> Iterator[Source]:
    """The register."""
    yield Source("market/registration", "market", "登记注册", registrations, spare)


def spare(world: World, cells: Mapping[str, Value]) -> bool:
    """Whether nobody relies on the subject: what others refer to must stand in the register, and rightly."""
    return not world.reliable(int(str(cells["tyshxydm"])[8:16]))  # its serial is inside the credit code


def registrations(world: World, department: str, span: Span) -> Iterator[Cells]:
    """The whole register on the last day, or everybody who changed, ended or began in the span."""
    for serial in range(1, world.organisations + 1):
        if not span.stock and not span.first <= _last_change(world, serial, span.last) <= span.last:
            continue
        one = world.organisation(serial)
        yield _row(world, department, one, _standing(world, one, span.last))
    if not span.stock:
        yield from (
            _row(world, department, one, Standing(one.founded, 0)) for one in _newcomers(world, span.first, span.last)
        )


def _newcomers(world: World, first: date, last: date) -> Iterator[Organisation]:
    """Founded in the span: their serials go on behind the county's, a few for each day."""
    a_day = world.amount(_NEW_A_MONTH / 30, least=1)
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        before = world.organisations + (day - _SINCE).days * a_day
        for serial in range(before + 1, before + a_day + 1):
            yield replace(world.organisation(serial), founded=day)


def _last_change(world: World, serial: int, day: date) -> date:
    """When the register last said something new of the subject; its founding is not looked at."""
    end = _end(world, serial)
    return end[1] if end and end[1] <= day else _turn(serial, day)


def _turn(serial: int, day: date) -> date:
    return day - timedelta(days=(day.toordinal() - serial * _OTHERS) % _PERIOD)


def _standing(world: World, one: Organisation, day: date) -> Standing:
    since = max(one.founded, _turn(one.serial, day))
    edition = (since.toordinal() - one.serial * _OTHERS) // _PERIOD
    end = _end(world, one.serial)
    if end is None or end[1] > day:
        return Standing(since, edition)
    state, ended = end[0], max(one.founded, end[1])
    merged = state == "注销" and one.kind == "企业" and one.serial // RELIABLE // 4 % 2 == 0
    successor = world.organisation(one.serial % world.organisations + 1).uscc if merged else None
    edition = (ended.toordinal() - one.serial * _OTHERS) // _PERIOD
    return Standing(ended, edition, state, None if state == "迁出" else ended, successor)


def _end(world: World, serial: int) -> tuple[str, date] | None:
    """How and when the subject goes; nobody on whom others rely ever does."""
    if world.reliable(serial):
        return None
    number = serial // RELIABLE
    long_ago = world.until - timedelta(days=200 + number * 37 % 700)
    lately = world.until - timedelta(days=2 + number // 6 * 7 % _LAST_DAYS)
    fates = {1: ("注销", long_ago), 2: ("吊销", long_ago), 3: ("注销", lately), 4: ("迁出", long_ago)}
    return ("撤销", long_ago) if number % 12 == 10 else fates.get(number % 6)


def _row(world: World, department: str, one: Organisation, now: Standing) -> Cells:
    cells: Cells = {
        "qymc": one.name,
        "tyshxydm": one.uscc,
        "ztlb": one.kind,
        "fddbr": one.head.name,
        "clrq": one.founded,
        "hzrq": now.since,
        "yyqx": _LONG_TERM,
        "djjg": world.office(department).name,
        "djzt": now.state,
        "zxrq": now.ended,
        "cjdm": now.successor,
    }
    return cells | _changing(world, one, now.edition)


def _changing(world: World, one: Organisation, edition: int) -> Cells:
    """What changes, one thing at a time: a sole trader's trade; place, capital, trade, and some heads of the others."""
    trader = one.kind == "个体工商户"
    things = ["jyfw"] if trader else ["jyfw", "dz"]
    if one.kind in ("企业", "农民专业合作社"):
        things.append("zczb")
    if not trader and not world.reliable(one.serial):
        things.append("fddbr")
    versions = {thing: (edition + one.serial + place) // len(things) for place, thing in enumerate(things)}
    cells: Cells = {"jyfw": _scope(one, versions["jyfw"])}
    if "dz" in versions:
        road = _ROADS[one.serial % len(_ROADS)]
        cells["dz"] = f"{world.place.name}{one.town_name}{road}{(one.serial * 7 + versions['dz'] * 13) % 199 + 1}号"
    if "zczb" in versions:
        cells["zczb"] = Decimal(_CAPITAL[(one.serial + versions["zczb"]) % len(_CAPITAL)])
    if "fddbr" in versions:
        household = (one.serial * 13 + versions["fddbr"] * 101) % world.households + 1
        cells["fddbr"] = world.household(household).members[0].name
    return cells


def _scope(one: Organisation, version: int) -> str:
    scopes = _SCOPES[one.kind]
    first = _CRAYFISH if one.crayfish else scopes[one.serial % len(scopes)]
    return f"{first}；{_MORE[version % len(_MORE)]}"
