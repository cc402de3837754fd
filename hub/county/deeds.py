"""What households do (积分事件): one function tells it, for the events, their reviews and whoever refers to them.

    for deed in deeds(world, town, span.first, span.last): ...

A deed follows from its town, day and number alone, so that any span that holds the day tells the same of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from hub.county.running import a_day, active, homes_of, number, numbers, running
from hub.county.world import Household, Person, World

PREFIX = "JTJF"
_A_MONTH, _LEAST = 90_000, 0.5  # in the county at scale 1; a day in the smallest town
_OWN, _HELP, _INVENTED, _HONOUR = "自定项目", "邻里互助", "弄虚作假", "表彰奖励"
_KINDS = {  # of ten thousand
    "志愿服务": 3000,
    _HELP: 2650,
    "环境整治": 2000,
    "公共事务": 1500,
    "公益捐助": 300,
    "无偿献血": 200,
    "履约守诺": 300,
    _HONOUR: 30,
    "见义勇为": 17,
    _INVENTED: 3,
}
_NAMES, _WEIGHTS = tuple(_KINDS), tuple(_KINDS.values())
_OWN_SHARE = 0.1  # of the deeds in a village that has items of its own
_HOURS = {"志愿服务": (2, 12), "环境整治": (4, 16)}  # in half hours
_PROOF = {  # rule -> what its evidence is a number of; the rule book wants one of each
    "志愿服务": "ZYZM",
    "公益捐助": "JZPJ",
    "无偿献血": "XXRY",
    "履约守诺": "CNS",
    _HONOUR: "BZWH",
    "见义勇为": "RDWS",
    _INVENTED: "CSJL",
}
_PHOTO = "ZP"  # of the others some have a picture
RANGES = {"见义勇为": (5, 20), _HONOUR: (3, 15)}  # the panel decides within it
_NOTES = {
    "志愿服务": ("参加敬老院探望", "参加文明交通劝导", "参加防溺水巡查", "参加图书室值班"),
    _HELP: ("帮邻居收稻子半天", "照料隔壁独居老人", "帮邻居接送孩子上学", "帮缺劳力的人家插秧"),
    "环境整治": ("清理河边垃圾", "打扫村里道路", "清理门前屋后杂物", "给村口花池除草"),
    "公共事务": ("参加村民议事会", "参加道路修建议事", "帮忙登记粮食面积"),
    "公益捐助": ("参加慈善一日捐", "给村图书室捐书"),
    "无偿献血": ("参加无偿献血",),
    "履约守诺": ("按期履行土地流转合同", "按期履行信用承诺"),
    _OWN: ("参加村里自定的项目",),
    _HONOUR: ("获得县级以上表彰",),
    "见义勇为": ("汛期参加抢险",),
    _INVENTED: ("评议团查实没有做过",),
}
_LATER = timedelta(days=20)  # a made-up deed comes out when it has long counted
_GRIDS = 4  # of a village


@dataclass(frozen=True, slots=True)
class Deed:
    """One event: who of which household did what on which day."""

    serial: int  # counts on in the town from 1 January
    number: str  # 事件编号
    day: date
    home: Household
    actor: Person
    rule: str
    quantity: Decimal
    note: str
    recorder: str
    own: str | None = None  # 自定项目序号
    named: Household | None = None  # 受益家庭
    evidence: str | None = None
    about: str | None = None  # the event that was made up


def deeds(world: World, town: str, first: date, last: date) -> Iterator[Deed]:
    """The events of a town on the days, both inclusive."""
    homes = homes_of(world, town)
    for day, serial in running(a_day(world, homes, _A_MONTH, _LEAST), first, last):
        yield deed(world, town, homes, day, serial)


def reliable_deed(world: World, town: str, homes: Sequence[int], day: date, rng: Random) -> Deed | None:
    """One event of the day on which others may rely; nothing when there was none."""
    those = [one for one in numbers(a_day(world, homes, _A_MONTH, _LEAST), day) if world.reliable(one)]
    return deed(world, town, homes, day, rng.choice(those)) if those else None


def serial_of(event: str) -> int:
    """The serial in the number of an event."""
    return int(event[-6:])


def deed(world: World, town: str, homes: Sequence[int], day: date, serial: int) -> Deed:
    """The event of a town, day and serial."""
    rng = world.rng("deed", town, day, serial)
    home = world.household(active(homes, rng))
    own = _own_item(world, home, day, rng)
    rule = _OWN if own else rng.choices(_NAMES, _WEIGHTS)[0]
    about, named = None, None
    if rule == _INVENTED:
        invented = reliable_deed(world, town, homes, day - _LATER, rng)
        if invented is None or invented.rule == _INVENTED:
            rule = _HELP
        else:
            home, about = invented.home, invented.number
    elif rule == _HONOUR and len(homes) == 1:
        rule = _HELP  # nobody else is there to be named
    elif rule == _HONOUR:
        named = world.household(next(one for one in rng.sample(homes, 2) if one != home.serial))
    low, high = _HOURS.get(rule, (2, 2))
    return Deed(
        serial,
        number(PREFIX, day, town, serial),
        day,
        home,
        rng.choice(home.members),
        rule,
        Decimal(rng.randint(low, high)) / 2,
        rng.choice(_NOTES[rule]),
        f"WG{home.village.code[6:]}{rng.randint(1, _GRIDS)}",
        own,
        named,
        _evidence(rule, day, town, serial, rng),
        about,
    )


def _own_item(world: World, home: Household, day: date, rng: Random) -> str | None:
    """Now and then one of the items that the village has of its own in the rule book of the day."""
    if rng.random() >= _OWN_SHARE:
        return None
    book = (one for one in world.rule_book if one.holds(day))
    items = [rule.number for edition in book for rule in edition.rules if rule.village == home.village.code]
    return rng.choice(items) if items else None


def _evidence(rule: str, day: date, town: str, serial: int, rng: Random) -> str | None:
    if rule in _PROOF:
        return number(_PROOF[rule], day, town, serial)
    return number(_PHOTO, day, town, serial) if rng.random() < 0.6 else None
