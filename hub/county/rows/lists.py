"""Lists that stay in the county: recommendations to banks (融资白名单), and unpaid water and power (公用事业欠费)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from math import gcd
from random import Random

from hub.county.notices import serial_of, standing
from hub.county.reported import last_reported
from hub.county.source import Cells, Source, Span
from hub.county.world import Organisation, World

_FIRMS = ("企业", "农民专业合作社", "企业分支机构")  # all but sole traders, who count as persons

_RECOMMENDED = 375  # that stand, of each department at scale 1
_MARKS = {"bank": "Y", "agriculture": "N", "market": "S", "commerce": "W"}  # in the numbers of their recommendations
_ANSWERS = ("已授信", "已授信", "有需求", "有需求", "无需求", "不符合")
_YEAR = 364

_OWED_A_MONTH = 900
_FEES = (("水费", "自来水有限公司", 20_000), ("电费", "供电公司", 90_000), ("燃气费", "天然气有限公司", 40_000))
_KEPT = 92  # days of the past whose arrears the first collection holds
_CLOSED = 25  # days after which a month has been reported
_BILLING_DAYS = 31
_PENALTY_A_DAY = Decimal("0.0005")


def sources(world: World) -> Iterator[Source]:
    """Everybody who keeps such a list."""
    for department in _MARKS:
        yield Source("bank/white_list", department, "融资白名单", white_list)
    yield Source("utilities/arrears", "utilities", "公用事业欠费", arrears)


def white_list(world: World, department: str, span: Span) -> Iterator[Cells]:
    """One recommendation, which stands for a year. The bank's own tell how its visit went."""
    rng = world.rng("bank/white_list", department, span.first, span.last)
    a_year = _RECOMMENDED if span.stock else _RECOMMENDED * span.months / 12
    for number in range(1, world.amount(a_year, least=12 if span.stock else 2) + 1):
        day = span.day(rng.randrange(span.days))
        company = _recommended(world, rng, department, day)
        serial = f"{_MARKS[department]}{serial_of(span, number)}"
        yield {
            "qymc": company.name,
            "tyshxydm": company.uscc,
            "tjbh": f"BMD-{day.year}-{serial}",
            "zdhy": "龙虾产业" if company.crayfish else "商贸流通" if department == "commerce" else None,
            "tjdw": world.office("credit" if department == "bank" else department).name,
            "tjrq": day,
            "yxqz": day + timedelta(days=_YEAR),
            "sqsbh": f"SQ{day.year}{serial}",
            **(_visit(rng, day, span.last) if department == "bank" else {}),
        }


def arrears(world: World, department: str, span: Span) -> Iterator[Cells]:
    """What an organisation owes for a month: billed on its own day, and not paid by then.

    Every organisation has one billing day, so that no two days owe for the same month.
    """
    rng = world.rng("utilities/arrears", department, span.first, span.last)
    last = last_reported(span.last, 1, _CLOSED) if span.stock else span.last
    days = min((last - span.first).days + 1, _KEPT) if span.stock else span.days
    wanted = world.amount(_OWED_A_MONTH * days / 30, least=12 if span.stock else 2)
    found = 0
    for place in _shuffled(rng, days * (world.organisations // _BILLING_DAYS + 1) * len(_FEES)):
        if found == wanted:
            return
        fee, rest = place % len(_FEES), place // len(_FEES)
        due = last - timedelta(days=rest % days)
        serial = rest // days * _BILLING_DAYS + due.day - 1
        if not 1 <= serial <= world.organisations or not world.reliable(serial):
            continue
        debtor, month = world.organisation(serial), due.replace(day=1) - timedelta(days=1)
        if debtor.kind in _FIRMS and debtor.founded < month.replace(day=1):
            found += 1
            yield _owed(world, debtor, fee, month, due, span.last)


def _recommended(world: World, rng: Random, department: str, day: date) -> Organisation:
    """Whom a department would recommend: most of those whom the farmers' office names are in the crayfish trade."""
    for _ in range(12 if department == "agriculture" else 1):
        found = standing(world, rng, day, *_FIRMS)
        if found.crayfish:
            break
    return found


def _visit(rng: Random, recommended: date, last: date) -> Cells:
    """How the bank's visit went, when there was one by the last day."""
    visited = recommended + timedelta(days=rng.randint(5, 60))
    return {"zfjg": rng.choice(_ANSWERS), "zfrq": visited} if visited <= last else {}


def _shuffled(rng: Random, count: int) -> Iterator[int]:
    """The numbers below ``count``, each once, in an order of chance; no list of them is kept."""
    start, step = rng.randrange(count), rng.randrange(count // 3, count)
    while gcd(step, count) != 1:  # else it would not reach all of them
        step += 1
    yield from ((start + number * step) % count for number in range(count))


def _owed(world: World, debtor: Organisation, fee: int, month: date, due: date, last: date) -> Cells:
    kind, supplier, most = _FEES[fee]
    rng = world.rng("utilities/arrears", debtor.serial, kind, month)  # the same whatever days are asked for
    amount = Decimal(rng.randrange(8_000, most * 100, 10)) / 100
    paid = due + timedelta(days=rng.randint(1, 75)) if rng.random() < 0.6 else None
    if paid is not None and paid > last:
        paid = None
    penalty = (amount * _PENALTY_A_DAY * ((paid or last) - due).days).quantize(Decimal("0.01"))
    return {
        "qymc": debtor.name,
        "tyshxydm": debtor.uscc,
        "fylb": kind,
        "zq": f"{month:%Y-%m}",
        "qfje": amount,
        "wyje": penalty or None,
        "jfqx": due,
        "jqrq": paid,
        "gydw": f"{world.place.name}{supplier}",
    }
