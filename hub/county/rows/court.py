"""What the court sends (法院): judgment defaulters and their shielding, results of cases of organisations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from hub.county.agencies import court as court_of
from hub.county.identities import birthday
from hub.county.running import running
from hub.county.source import Cells, Source, Span, Value
from hub.county.standing import Matter, Pace, as_told, matters
from hub.county.world import World

DEFAULTER = "court/judgment_defaulter"
_GROUNDS = ("买卖合同纠纷", "建设工程施工合同纠纷", "劳动争议", "民间借贷纠纷", "房屋租赁合同纠纷")
_DUTIES = ("支付货款", "支付工程款", "支付劳动报酬", "偿还借款", "支付租金")
_CONDUCT = (
    "有履行能力而拒不履行生效法律文书确定义务",
    "违反财产报告制度",
    "以其他方法妨碍、抗拒执行",
    "违反限制消费令",
)
_WHY = ("已经提供充分有效担保", "被采取财产保全措施足以清偿债务", "案外人异议审查期间暂停公布")
_A_MONTH = 120  # results at scale 1
_DEFAULTERS = Pace(80, stock=2_500, least=15)
_LEAVE, _STAY = 0.25, (60, 300)  # how many leave the list, after so many days
_SHIELDED, _SHIELD_AFTER, _SHIELD_FOR = 0.25, (5, 50), (20, 90)  # of those that others rely on: 10 a month


def sources(world: World) -> Iterator[Source]:
    """The court's systems."""
    yield Source("court/case_result", "court", "案件处理结果", case_results)
    yield Source(DEFAULTER, "court", "失信被执行人", judgment_defaulters, spare=_spare)
    yield Source("court/shielding", "court", "失信屏蔽", shieldings)


def case_results(world: World, department: str, span: Span) -> Iterator[Cells]:
    """One organisation's part in one case that was closed in the span."""
    rng = world.rng("court/case_result", span.first, span.last)
    court, mark = world.office(department), court_of(world.place).mark
    for number in range(1, world.amount(_A_MONTH * span.months, least=12) + 1):
        closed = span.day(rng.randrange(span.days))
        filed = closed - timedelta(days=rng.randint(20, 180))
        party = world.some_organisation(rng, "企业", "农民专业合作社")  # nobody who is a person
        result = rng.choice(("判决", "判决", "调解", "撤诉"))
        yield {
            "dsrmc": party.name,
            "tyshxydm": party.uscc,
            "ah": f"（{filed.year}）{mark}民初{span.first:%m%d}{number}号",
            "ajlb": "民事",
            "ssdw": rng.choice(("原告", "被告", "第三人")),
            "ay": rng.choice(_GROUNDS),
            "cljg": result,
            "bdje": None if result == "撤诉" else Decimal(rng.randrange(5_000, 900_000, 100)),
            "larq": filed,
            "jarq": closed,
            "sxrq": None if result == "撤诉" else closed + timedelta(days=15),
            "fymc": court.name,
        }


def judgment_defaulters(world: World, department: str, span: Span) -> Iterator[Cells]:
    """Who was put on the list in the span, and who has left it: the entry of then with the day on which it ended."""
    yield from defaulters(world, span)


def defaulters(world: World, span: Span) -> Iterator[Cells]:
    """The entries of ``judgment_defaulters``; any span that holds a day tells the same of that day."""
    for matter in matters(world, _DEFAULTERS, span, lambda one: _left(world, one), back=_STAY[1]):
        yield _entry(world, matter)


def listed(world: World, span: Span) -> Iterator[tuple[date, Cells]]:
    """Entries that were put on the list in the span and never leave it, by day: others may rely on them."""
    for matter in _relied_on(world, span.first, span.last):
        if _left(world, matter) is None:
            yield matter.opened, _entry(world, matter)


def shieldings(world: World, department: str, span: Span) -> Iterator[Cells]:
    """Entries that are not to be shown for a time, and those of them that are shown again."""
    back = timedelta(days=_SHIELD_AFTER[1] + _SHIELD_FOR[1])
    others: list[Cells] = []
    found = False
    for entry in _relied_on(world, span.first - back, span.last):
        left = _left(world, entry)
        if span.stock and left is not None and left <= span.last:
            continue  # not among the entries that were collected
        rng = _rng(world, entry, "shielding")
        shielded = rng.random() < _SHIELDED
        opened = entry.opened + timedelta(days=rng.randint(*_SHIELD_AFTER))
        closed = opened + timedelta(days=rng.randint(*_SHIELD_FOR)) if rng.random() < 0.4 else None
        told = as_told(Matter(opened, entry.serial, closed), span)
        if told is not None and shielded:
            found = True
            yield _shielding(world, entry, told)
        elif told is not None and told.closed is None:
            others.append(_shielding(world, entry, told))
    if not found:
        yield from others[:1]  # a small county has something, too


def subject_of(entry: Mapping[str, Value]) -> Cells:
    """Who is on the list, in the columns of the datasets that steer others."""
    person = entry["bzxr_lb"] == "自然人"
    return {
        "xdr_mc": entry["bzxrmc"],
        "xdr_lb": entry["bzxr_lb"],
        "xdr_shxym": entry.get("tyshxydm"),
        "xdr_zjlx": "身份证" if person else None,
        "xdr_zjhm": entry.get("sfzhm"),
    }


def _shielding(world: World, entry: Matter, told: Matter) -> Cells:
    cells = _entry(world, entry)
    return subject_of(cells) | {
        "sxbh": f"PB{entry.number}",
        "sjj": DEFAULTER,
        "wsh": cells["ah"],
        "ksrq": told.opened,
        "jsrq": told.closed,
        "ly": _WHY[told.serial % len(_WHY)],
    }


def _relied_on(world: World, first: date, last: date) -> Iterator[Matter]:
    """Every second entry: nothing wrong is ever planted in it."""
    for opened, serial in running(_DEFAULTERS.a_day(world), first, last):
        if serial % 2 == 0:
            yield Matter(opened, serial)


def _spare(world: World, cells: Mapping[str, Value]) -> bool:
    return int(str(cells["sxid"])) % 2 == 1


def _rng(world: World, entry: Matter, what: str) -> Random:
    return world.rng(DEFAULTER, what, entry.number)


def _left(world: World, entry: Matter) -> date | None:
    rng = _rng(world, entry, "left")
    return entry.opened + timedelta(days=rng.randint(*_STAY)) if rng.random() < _LEAVE else None


def _entry(world: World, entry: Matter) -> Cells:
    rng = _rng(world, entry, "entry")
    mark, court = court_of(world.place).mark, world.office("court").name
    filed = entry.opened - timedelta(days=rng.randint(20, 50))
    owed = rng.randrange(10_000, 900_000, 1_000)
    by_then = rng.choice((0, 0, owed // 5))
    paid = owed if entry.closed else by_then
    return _who(world, rng) | {
        "ah": f"（{filed.year}）{mark}执{entry.number}号",
        "larq": filed,
        "fydm": world.place.division,
        "zxfy": court,
        "zxyjwh": f"（{filed.year - 1}）{mark}民初{entry.number}号",
        "zczxyjdw": court,
        "sxflwsqdyw": f"{rng.choice(_DUTIES)}{owed}元及利息。",
        "bzxrlxqk": "全部履行" if paid == owed else "部分未履行" if paid else "全部未履行",
        "ylxbf": f"{paid}元" if paid else None,
        "wlxbf": f"{owed - paid}元及利息" if paid < owed else None,
        "sxbzxrwxwqk": rng.choice(_CONDUCT),
        "fbrq": entry.opened,
        "tcrq": entry.closed,
        "sxid": entry.number,
    }


def _who(world: World, rng: Random) -> Cells:
    """Of ten four are organisations, two sole traders, four people."""
    kind = rng.randrange(10)
    if kind < 4:
        person = world.some_household(rng).members[0]
        return {
            "bzxrmc": person.name,
            "bzxr_lb": "自然人",
            "sfzhm": person.citizen_id,
            "xb": "男" if person.male else "女",
            "csrq": birthday(person.serial),
        }
    party = world.some_organisation(rng, *(("个体工商户",) if kind < 6 else ("企业", "农民专业合作社")))
    return {"bzxrmc": party.name, "bzxr_lb": party.category, "tyshxydm": party.uscc, "fddbr": party.head.name}
