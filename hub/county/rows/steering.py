"""What steers the sharing of other records (信用修复、异议、撤销变更) and what lets them leave (授权).

Penalties and judgment defaulters are named by their own subject, document number and office. Of one record only one of
the three comes to pass, and it follows from the record: a file of any span tells the same of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from hub.county.parties import Party
from hub.county.rows import bank, court
from hub.county.rows.penalties import cases
from hub.county.source import Cells, Source, Span
from hub.county.standing import Matter, Pace, as_told, matters
from hub.county.world import World

PENALTY = "market/admin_penalty"
OFFICES = ("market", "urban")
GENERAL, SERIOUS = 92, 366  # days: at least three months, at least a year, as the law on publication wants them
_UNTOUCHED = 0.5  # nothing comes to pass where chance is above, unless a small county would have nothing in the span
_FEW = 8  # of a stock at least
_AT_OFFICE = 0.6  # of the annulments the office tells itself, the rest comes by the credit centre
_CONSENTS = Pace(100, stock=1_500)  # of each of the two who collect them; every second is a household's
_TAKEN_BACK, _TAKEN_BACK_AFTER, _YEAR = 0.08, (10, 150), timedelta(days=365)
_BORROWERS = ("企业", "个体工商户", "农民专业合作社")
_PUBLIC = "market/admin_licence、market/admin_penalty、court/judgment_defaulter"


@dataclass(frozen=True, slots=True)
class Target:
    """A record that can be steered. ``least``: days before it can be repaired; None: it is never published."""

    dataset: str
    department: str
    subject: Cells
    document: str
    organ: str | None
    day: date
    number: str
    least: int | None


@dataclass(frozen=True, slots=True)
class Kind:
    """One way of steering. ``shares``: for which values of chance it comes to pass with a record of the dataset."""

    dataset: str
    mark: str  # begins the numbers
    shares: Mapping[str, tuple[float, float]]
    after: tuple[int, int]  # days
    why: tuple[str, ...]
    lasts: tuple[int, int] = (0, 0)  # days until it is closed; 0: it never is
    leasts: tuple[int, ...] = (0,)  # days that must have gone by before


REPAIR = Kind(
    "credit/repair",
    "XF",
    {PENALTY: (0.10, 0.37), court.DEFAULTER: (0.0, 0.5)},
    (0, 60),
    ("已经履行义务并作出信用承诺，公示满最短期限", "已经纠正违法行为，消除不良影响", "已经全部履行，申请信用修复"),
    leasts=(GENERAL, SERIOUS),
)
DISPUTE = Kind(
    "credit/dispute",
    "YY",
    {PENALTY: (0.03, 0.10)},
    (3, 30),
    ("认为处罚金额与决定书不一致", "认为主体信息有误", "认为已经缴清罚款，应当更新"),
    lasts=(5, 20),
)
ANNULMENT = Kind(
    "credit/annulment",
    "CX",
    {PENALTY: (0.0, 0.03)},
    (5, 40),
    ("行政复议决定撤销原处罚决定", "人民法院判决撤销原处罚决定", "作出机关自行纠正，撤销原决定"),
)


def sources(world: World) -> Iterator[Source]:
    """The systems of the credit centre, and of the offices and the bank where they tell it themselves."""
    yield Source("credit/repair", "credit", "信用修复", repairs)
    yield Source("credit/dispute", "credit", "信用异议", disputes)
    for department in ("credit", *OFFICES):
        yield Source("credit/annulment", department, "撤销变更", annulments)
    for department in ("credit", "bank"):
        yield Source("credit/consent", department, "信用授权", consents)


def repairs(world: World, department: str, span: Span) -> Iterator[Cells]:
    """Records whose least time of publication is over and whose subject has done its duty."""
    return _steered(world, department, span, REPAIR)


def disputes(world: World, department: str, span: Span) -> Iterator[Cells]:
    """Objections that were taken up in the span, and earlier ones that were settled in it."""
    return _steered(world, department, span, DISPUTE)


def annulments(world: World, department: str, span: Span) -> Iterator[Cells]:
    """Decisions that stand no more."""
    return _steered(world, department, span, ANNULMENT)


def consents(world: World, department: str, span: Span) -> Iterator[Cells]:
    """Consents of a year that were given in the span, and earlier ones that were taken back in it."""
    customers, back = bank.customers(world), _TAKEN_BACK_AFTER[1]
    for matter in matters(world, _CONSENTS, span, lambda one: _taken_back(world, department, one), back):
        rng = world.rng("credit/consent", department, matter.number)
        number = f"{'YH' if department == 'bank' else 'ZX'}{matter.number}"
        household = matter.serial % 2 == 0
        given = _of_household(world, customers, rng) if household else _of_organisation(world, matter.opened, rng)
        given.setdefault("sqsbh", f"XYSQ{number}")
        yield given | {
            "sqbh": f"SQ{number}",
            "sqfs": rng.choice(("书面", "书面", "电子签名")),
            "ksrq": matter.opened,
            "jsrq": matter.opened + _YEAR,
            "chrq": matter.closed,
            "djrq": matter.closed or matter.opened,
        }


def _taken_back(world: World, department: str, matter: Matter) -> date | None:
    rng = world.rng("credit/consent", "taken back", department, matter.number)
    return matter.opened + timedelta(days=rng.randint(*_TAKEN_BACK_AFTER)) if rng.random() < _TAKEN_BACK else None


def _of_household(world: World, customers: list[int], rng: Random) -> Cells:
    """An adult consents for a household with a line of credit; those who do much for their points are asked first."""
    home = world.household(customers[int(len(customers) * rng.random() ** 2)])
    return Party(person=home.members[0]).cells() | {
        "jtbh": home.number,
        "sjj": "household/points",
        "ck": "bank_incentive",
        "sqyt": "信易贷激励参考",
        "sqsbh": bank.authorisation(home.serial),
    }


def _of_organisation(world: World, given: date, rng: Random) -> Cells:
    """Somebody who asks the bank for credit: half of them were punished some time before."""
    day = given - timedelta(days=rng.randint(1, 60))
    parties = [Party(world.some_organisation(rng, *_BORROWERS))]
    if rng.random() < 0.5:
        punished = (one.party for one in cases(world, rng.choice(OFFICES), Span(day, day)))
        parties = [one for one in punished if one.organisation] or parties
    party = rng.choice(parties)
    return party.cells() | {"sjj": _PUBLIC, "ck": "bank", "sqyt": "申请信易贷"}


def targets(world: World, span: Span) -> Iterator[Target]:
    """The records of the span that may be steered."""
    for office in OFFICES:
        for case in cases(world, office, span):
            least = SERIOUS if case.serious else None if case.shown_until is None else GENERAL
            number = f"{office[0].upper()}{case.day:%y}{case.serial:05d}"
            organ = case.office.uscc
            yield Target(PENALTY, office, case.party.cells(), case.document, organ, case.day, number, least)
    for day, entry in court.listed(world, span):
        subject, number = court.subject_of(entry), f"F{entry['sxid']}"
        yield Target(court.DEFAULTER, "court", subject, str(entry["ah"]), None, day, number, GENERAL)


def _steered(world: World, department: str, span: Span, kind: Kind) -> Iterator[Cells]:
    others: list[tuple[Target, Matter]] = []
    found = 0
    for target, least in _within(world, span, kind):
        rng = world.rng("steering", target.document)
        chance, at_office = rng.random(), rng.random() < _AT_OFFICE
        if kind is ANNULMENT and department != (target.department if at_office else "credit"):
            continue
        opened = target.day + timedelta(days=least + rng.randint(*kind.after))
        lasts = rng.randint(*kind.lasts)
        told = _told(Matter(opened, 0, opened + timedelta(days=lasts) if lasts else None), span)
        low, high = kind.shares[target.dataset]
        if told is not None and low <= chance < high:
            found += 1
            yield _row(kind, target, told, rng.choice(kind.why))
        elif told is not None and told.closed is None and chance >= _UNTOUCHED:
            others.append((target, told))
    least_wanted = _FEW if span.stock else 1
    for target, told in others[: max(0, least_wanted - found)]:
        yield _row(kind, target, told, kind.why[0])


def _told(matter: Matter, span: Span) -> Matter | None:
    """The first collection has the matters of all its days, settled ones, too."""
    if span.stock and matter.opened < span.first:
        return None
    return as_told(matter, Span(span.first, span.last))


def _within(world: World, span: Span, kind: Kind) -> Iterator[tuple[Target, int]]:
    """The records with which it may come to pass in the span, each with the days that must have gone by."""
    soonest, latest = kind.after[0], kind.after[1] + kind.lasts[1]
    for least in kind.leasts:
        first, last = (day - timedelta(days=least + more) for day, more in ((span.first, latest), (span.last, soonest)))
        for target in targets(world, Span(first, last)):
            if target.dataset in kind.shares and (kind.leasts == (0,) or target.least == least):
                yield target, least


def _row(kind: Kind, target: Target, told: Matter, why: str) -> Cells:
    cells = target.subject | {
        "sxbh": f"{kind.mark}{target.number}",
        "sjj": target.dataset,
        "wsh": target.document,
        "jgdm": target.organ,
        "ksrq": told.opened,
        "ly": why,
    }
    return cells | {"jsrq": told.closed} if told.closed else cells
