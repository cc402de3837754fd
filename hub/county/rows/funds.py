"""Money that is granted (补贴资金), and the lists of applicants that are checked before (信用核查名单).

One function, ``batches``, tells of both: who applied, on what day the check was asked, when the money was approved. A
batch follows from who grants, its day and its number alone, so that any days that are asked for agree with every other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from hub.county.notices import standing
from hub.county.parties import Party
from hub.county.reported import last_reported, period_end, period_start
from hub.county.running import running
from hub.county.source import Cells, Source, Span, Value
from hub.county.world import World

_GRANTS, _CHECKS = "finance/subsidy_grant", "credit/check_request"
_GRANTED_A_DAY = 1_200 / 3 / 90  # by each of three departments at scale 1
_ONE_BATCH = 1 / 75  # a day at least: some in every quarter of the smallest county
_FEWEST, _MOST = 5, 120  # applicants of a batch
_SHARE = 0.9  # of the applicants, who are granted something
_QUARTER, _CLOSED = 3, 30  # months; days after which a quarter has been reported
_LONGEST = 21  # days from a check to the approval, at most
_OTHERS_BACK = timedelta(days=6)  # on the first day nobody asks again for what was decided long ago
_FUNDS = "资金补贴"


@dataclass(frozen=True, slots=True)
class _Scheme:
    """A project: its name, 资金类别, kinds of applicants, share of people among them, and the highest amount."""

    name: str
    kind: str
    kinds: tuple[str, ...]
    persons: float
    most: int


_FIRMS = ("企业", "农民专业合作社")
_SCHEMES: Mapping[str, tuple[_Scheme, ...]] = {
    "finance": (
        _Scheme("科技型企业研发费用奖补", "科技创新", ("企业",), 0, 300_000),
        _Scheme("企业稳岗返还资金", "稳岗就业", ("企业", "企业", "个体工商户"), 0, 60_000),
        _Scheme("重点项目贷款贴息", "项目建设", ("企业",), 0, 800_000),
    ),
    "agriculture": (
        _Scheme("稻虾综合种养补贴", "产业扶持", ("农民专业合作社",), 0.7, 30_000),
        _Scheme("农机购置与应用补贴", "农业补贴", ("农民专业合作社",), 0.8, 50_000),
        _Scheme("高标准农田建设奖补", "项目建设", _FIRMS, 0.2, 200_000),
    ),
    "commerce": (
        _Scheme("电子商务发展专项资金", "产业扶持", ("企业", "个体工商户"), 0, 100_000),
        _Scheme("限额以上商贸企业奖励", "产业扶持", ("企业",), 0, 200_000),
        _Scheme("消费品以旧换新补贴", "其他", ("企业", "个体工商户"), 0, 80_000),
    ),
}
_MARKS = {"finance": "CZZJ", "agriculture": "NYBT", "commerce": "SWFC"}  # begin the numbers of the batches
_ASKED_BY = {"credit": ("finance", "agriculture"), "market": ("commerce",)}  # who sends the list for whom
_OTHER = {"credit": ("PYPX", "评优评先"), "market": ("ZFCG", "政府采购")}  # mark, purpose


@dataclass(frozen=True, slots=True)
class Batch:
    """Applicants for one project that are checked together. The first ``granted`` of them get something."""

    number: str
    serial: int
    asked: date
    approved: date
    scheme: _Scheme
    applicants: tuple[Party, ...]
    granted: int


def sources(world: World) -> Iterator[Source]:
    """Who sends lists to check, and who grants."""
    for department in _ASKED_BY:
        yield Source(_CHECKS, department, "信用核查名单", check_requests, spare=_not_relied_on)
    for department in _SCHEMES:
        yield Source(_GRANTS, department, "补贴资金", subsidy_grants)


def check_requests(world: World, department: str, span: Span) -> Iterator[Cells]:
    """One applicant of a batch that was asked in the span: those for money, and each Monday a list of another kind.

    The first collection holds the batches that the grants of it and of later quarters name.
    """
    first = max(span.first, _checked_since(span.last)) if span.stock else span.first
    for granter in _ASKED_BY[department]:
        for batch in batches(world, granter, first, span.last):
            rules = 3 + _SCHEMES[granter].index(batch.scheme)  # number of the document that asks for the check
            basis = f"{world.office(granter).mark}〔{batch.asked.year}〕{rules}号"
            asked = {"pch": batch.number, "yt": _FUNDS, "yjwh": basis, **_staff(granter, batch.serial)}
            yield from (asked | party.cells() for party in batch.applicants)
    others = max(first, span.last - _OTHERS_BACK) if span.stock else first
    monday = others + timedelta(days=-others.weekday() % 7)
    while monday <= span.last:
        yield from _other_list(world, department, monday)
        monday += timedelta(days=7)


def subsidy_grants(world: World, department: str, span: Span) -> Iterator[Cells]:
    """One receiver's money that was approved in the span; the first collection is the last quarter reported."""
    first, last = span.first, span.last
    if span.stock:
        last = last_reported(span.last, _QUARTER, _CLOSED)
        first = max(span.first, period_start(last, _QUARTER))
    since = max(first - timedelta(days=_LONGEST), span.first) if span.stock else first - timedelta(days=_LONGEST)
    for batch in batches(world, department, since, last):
        if first <= batch.approved <= last:
            yield from _grants(world, department, batch, span.last)


def batches(world: World, granter: str, first: date, last: date) -> Iterator[Batch]:
    """The batches of one department's applicants that were asked from the first day to the last, on working days."""
    most = min(_MOST, max(_FEWEST + 20, round(600 * world.scale)))
    rate = max(_ONE_BATCH, _GRANTED_A_DAY * world.scale / _SHARE / ((_FEWEST + most) / 2))
    for day, serial in running(rate, first - timedelta(days=2), last):
        if first <= (asked := _working(day)) <= last:
            yield _batch(world, granter, day, asked, serial, most)


def _batch(world: World, granter: str, day: date, asked: date, serial: int, most: int) -> Batch:
    rng = world.rng(_CHECKS, granter, day, serial)
    scheme = rng.choice(_SCHEMES[granter])
    size = rng.randint(_FEWEST, most)
    approved = _working(asked + timedelta(days=rng.randint(7, _LONGEST - 2)))
    applicants = _applicants(world, rng, scheme, asked, size)
    # Serials count from 1 January of the day on which it was numbered.
    number = f"{_MARKS[granter]}-{day.year}-{serial:04d}"
    return Batch(number, serial, asked, approved, scheme, applicants, max(1, round(size * _SHARE)))


def _applicants(world: World, rng: Random, scheme: _Scheme, day: date, size: int) -> tuple[Party, ...]:
    """So many different ones, all of them known to a register: of subjects, or of households."""
    found: dict[str, Party] = {}
    while len(found) < size:
        if rng.random() < scheme.persons:
            person = world.some_household(rng).members[0]
            found[person.citizen_id] = Party(person=person)
        else:
            organisation = standing(world, rng, day, rng.choice(scheme.kinds))
            found[organisation.uscc] = Party(organisation=organisation)
    return tuple(found.values())


def _grants(world: World, department: str, batch: Batch, last: date) -> Iterator[Cells]:
    rng = world.rng(_GRANTS, batch.number)
    office = world.office(department)
    for party in batch.applicants[: batch.granted]:
        approved = Decimal(rng.randrange(500, 8_000 if party.person else batch.scheme.most, 100))
        outcome = rng.choices(("未发现失信", "不影响拨付", "不予拨付"), (95, 4, 1))[0]
        # Within the quarter, so that its report tells of approval and payment together.
        paid = min(batch.approved + timedelta(days=rng.randint(2, 20)), period_end(batch.approved, _QUARTER))
        unpaid = outcome == "不予拨付" or rng.random() < 0.06 or paid > last
        yield {
            **party.cells(),
            "xmmc": f"{batch.asked.year}年{batch.scheme.name}",
            "pfwh": f"{office.mark}〔{batch.approved.year}〕{_approval(batch)}号",
            "zjlb": batch.scheme.kind,
            "pzje": approved,
            "bfje": None if unpaid else approved,
            "pzrq": batch.approved,
            "bfrq": None if unpaid else paid,
            "hcpc": batch.number,
            "hcjl": outcome,
            "bfdw": office.name,
        }


def _approval(batch: Batch) -> str:
    """Digits of the approval's number: batches checked in two years may be approved in the same one."""
    return batch.number.split("-")[1][2:] + f"{batch.serial:04d}"


def _other_list(world: World, department: str, day: date) -> Iterator[Cells]:
    """A list on which no grant relies: of bidders, or of who is to be honoured."""
    mark, purpose = _OTHER[department]
    rng = world.rng(_CHECKS, department, day)
    scheme = _Scheme(purpose, "", _FIRMS, 0.2 if purpose == "评优评先" else 0, 0)
    for party in _applicants(world, rng, scheme, day, rng.randint(_FEWEST, 2 * _FEWEST)):
        yield {
            "pch": f"{mark}-{day:%Y%m%d}",
            "yt": purpose,
            "yjwh": f"{world.office(department).mark}〔{day.year}〕{day:%m%d}号",
            **_staff(department, day.toordinal()),
            **party.cells(),
        }


def _staff(department: str, serial: int) -> Cells:
    """Work numbers of who asks and who approves; the approvers' are below 10, so that the two always differ."""
    mark = {"finance": "CZ", "agriculture": "NY", "commerce": "SW", "credit": "XY", "market": "SJ"}[department]
    return {"jbr": f"{mark}{11 + serial % 17:04d}", "spr": f"{mark}{1 + serial % 3:04d}"}


def _checked_since(last: date) -> date:
    """From when on the checks are there of the grants in a first collection that ends on ``last``."""
    return period_start(last_reported(last, _QUARTER, _CLOSED), _QUARTER) - timedelta(days=_LONGEST)


def _working(day: date) -> date:
    """The day, or the Monday after it."""
    return day if day.weekday() < 5 else day + timedelta(days=7 - day.weekday())


def _not_relied_on(world: World, cells: Mapping[str, Value]) -> bool:
    """Whether no grant names the applicant's batch."""
    return cells["yt"] != _FUNDS
