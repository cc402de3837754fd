"""Lists and contracts of market subjects: abnormal operation, serious dishonesty, and how contracts are performed.

What stood before the first collection is counted from the county's last day, so that a later delivery can say how the
same entry went on: who left a list, how a contract ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from hub.county.parties import Party, founded_before
from hub.county.rows.penalties import Case, cases
from hub.county.source import Cells, Source, Span
from hub.county.world import Office, World

_THREE_YEARS = timedelta(days=3 * 365)
_UNTIL_LISTED = timedelta(days=7)  # from a penalty to the list that follows from it

_LISTED, _LISTED_A_MONTH = 1200, 60  # 经营异常, at scale 1
_REASONS = (  # 列入事由, and the 移出事由 that answers it
    ("未公示年度报告", "已补报未报年份的年度报告并公示"),
    ("未公示年度报告", "已补报未报年份的年度报告并公示"),
    ("通过登记的住所无法联系", "已依法办理住所变更登记"),
    ("未公示有关信息", "已履行公示义务"),
    ("隐瞒或者弄虚作假", "已更正其公示的信息"),
)

_DISHONEST = {"market": (40, 2.0), "urban": (12, 0.6), "credit": (8, 0.4)}  # in the stock, a month
_LISTS = {"market": "市场监督管理严重违法失信名单", "urban": "城市管理领域严重失信主体名单"}
_TAX_LIST, _TAX_REASON = "重大税收违法失信主体名单", "偷税，不缴或者少缴应纳税款，情节严重。"

_CONTRACTS = {"trading": (450, 45), "finance": (300, 30), "market": (150, 15)}  # in the stock, a month
_LETTERS = {"trading": "JY", "finance": "CG", "market": "SC"}
_BUYERS = ("education", "health", "agriculture", "urban", "commerce", "utilities", "justice")
_TITLES = ("办公设备采购合同", "道路维修工程施工合同", "校园食堂食材配送合同", "绿化养护服务合同", "信息系统运维合同")
_UNDONE = {"部分履行": "余下部分没有按约定的期限交付。", "全部未履行": "到期没有交付，也没有说明原因。"}


def sources(world: World) -> Iterator[Source]:
    """The systems of all who send them."""
    yield Source("market/abnormal_operation", "market", "经营异常名录", abnormal_operations)
    for department in _DISHONEST:
        yield Source("market/serious_dishonesty", department, "严重失信主体名单", dishonesties)
    for department in _CONTRACTS:
        yield Source("market/contract_performance", department, "合同履约", contracts)


def _told(span: Span, began: date, changed: date | None) -> bool:
    """Whether an entry is in the delivery: it stands there, or has begun or changed in the span."""
    if span.stock:
        return began <= span.last
    return any(day is not None and span.first <= day <= span.last for day in (began, changed))


def _left(world: World, number: int) -> date | None:
    """When an entry of the stock leaves its list before its time; one of four does."""
    return world.until - timedelta(days=number // 4 * 7 % 120) if number % 4 == 0 else None


def abnormal_operations(world: World, department: str, span: Span) -> Iterator[Cells]:
    """Who stands on the list; later who was put there, and who left it."""
    for number in range(1, world.amount(_LISTED, least=12) + 1):
        listed, left = world.until - timedelta(days=130 + number * 41 % 900), _left(world, number)
        if not _told(span, listed, left):
            continue
        cells = _listing(world, department, listed, f"{number:04d}")
        if left and left <= span.last:
            cells |= {"ycrq": left, "ycsy": dict(_REASONS)[str(cells["lrsy"])], "ycjg": cells["lrjg"]}
        yield cells
    if not span.stock:
        rng = world.rng("market/abnormal_operation", department, span.first, span.last)
        for number in range(1, world.amount(_LISTED_A_MONTH * span.months, least=2) + 1):
            day = span.day(rng.randrange(span.days))
            yield _listing(world, department, day, f"{span.first:%m%d}{number:03d}")


def _listing(world: World, department: str, day: date, number: str) -> Cells:
    office = world.office(department)
    document = f"{office.mark}异列〔{day.year}〕{number}号"
    rng = world.rng("market/abnormal_operation", document)
    one = founded_before(world, rng, day)
    return {
        "qymc": one.name,
        "ztlb": one.kind,
        "tyshxydm": one.uscc,
        "lrwh": document,
        "lrrq": day,
        "lrsy": rng.choice(_REASONS)[0],
        "lrjg": office.name,
    }


def dishonesties(world: World, department: str, span: Span) -> Iterator[Cells]:
    """Who stands on a list; later who was put there, and who left it before its time."""
    stock, a_month = _DISHONEST[department]
    past = Span(world.until - timedelta(days=800), world.until - timedelta(days=130), stock=True)
    for number, (listed, cells) in enumerate(_dishonest(world, department, past, world.amount(stock, least=8)), 1):
        left = _left(world, number)
        if not _told(span, listed, left):
            continue
        if left and left <= span.last:
            cells |= {"mdzt": "已移出", "ycrq": left, "ycsy": "已履行义务并纠正失信行为，经审核提前移出"}
        yield cells
    if not span.stock:
        new = _dishonest(world, department, span, world.amount(a_month * span.months, least=1))
        yield from (cells for listed, cells in new if listed > past.last)


def _dishonest(world: World, department: str, span: Span, wanted: int) -> list[tuple[date, Cells]]:
    """As many as are wanted of those who were listed in the span, evenly, and when."""
    if department == "credit":
        return [_of_tax(world, span, number) for number in range(1, wanted + 1)]
    decided = Span(span.first - _UNTIL_LISTED, span.last - _UNTIL_LISTED)
    found = [case for case in cases(world, department, decided) if case.serious]
    every = max(1, len(found) // wanted)
    return [_of_case(case, department) for case in found[::every][:wanted]]


def _of_case(case: Case, department: str) -> tuple[date, Cells]:
    """A listing that follows from a penalty, some days after it."""
    day = case.day + _UNTIL_LISTED
    reason = f"{case.offence.kind}，被处以{case.kinds}（{case.document}），情节严重。"
    listed = f"{case.office.mark}严列〔{day.year}〕{case.day.year % 100}{case.serial:05d}号"
    return day, _entry(case.party, case.office, day, listed, _LISTS[department], reason)


def _of_tax(world: World, span: Span, number: int) -> tuple[date, Cells]:
    """A listing by the tax office, which has no list of its own here: the credit centre passes it on."""
    rng, office = world.rng("tax list", span.first, number), world.office("tax")
    day = span.day(rng.randrange(span.days))
    party = Party(organisation=founded_before(world, rng, day, "企业", "农民专业合作社"))
    serial = f"{number:04d}" if span.stock else f"{span.first:%m%d}{number:02d}"
    listed = f"{office.mark}失信〔{day.year}〕{serial}号"
    return day, _entry(party, office, day, listed, _TAX_LIST, _TAX_REASON)


def _entry(party: Party, office: Office, day: date, document: str, of: str, reason: str) -> Cells:
    return party.cells() | {
        "fddbr": party.organisation.head.name if party.organisation else None,
        "mdlb": of,
        "rdwh": document,
        "lrrq": day,
        "lrsy": reason,
        "lrjg": office.name,
        "lrjgdm": office.uscc,
        "gsjzq": day + _THREE_YEARS,
        "mdzt": "在列",
    }


def contracts(world: World, department: str, span: Span) -> Iterator[Cells]:
    """All contracts with what became of them; later those that were signed, and those that were judged (认定)."""
    stock, a_month = _CONTRACTS[department]
    for number in range(1, world.amount(stock, least=8) + 1):
        judged = world.until + timedelta(days=40 - number * 7 % 300)
        due = judged - timedelta(days=1 + number % 9)
        signed = due - timedelta(days=200 + number * 13 % 300)
        if _told(span, signed, judged):
            cells = _contract(world, department, signed, due, f"{number:04d}")
            yield cells | (_outcome(number, judged) if judged <= span.last else {})
    if not span.stock:
        rng = world.rng("market/contract_performance", department, span.first, span.last)
        for number in range(1, world.amount(a_month * span.months, least=2) + 1):
            signed = span.day(rng.randrange(span.days))
            due = signed + timedelta(days=rng.randrange(60, 400))
            yield _contract(world, department, signed, due, f"{span.first:%m%d}{number:03d}")


def _contract(world: World, department: str, signed: date, due: date, number: str) -> Cells:
    code = f"{_LETTERS[department]}-{signed.year}-{number}"
    rng = world.rng("market/contract_performance", code)
    buyer = world.office(rng.choice(_BUYERS))
    seller = founded_before(world, rng, signed, "企业", "农民专业合作社", "企业分支机构")  # no sole traders here
    return {
        "htbh": code,
        "htmc": rng.choice(_TITLES),
        "htlx": "行政合同" if rng.random() < 0.2 else "市场化合同",
        "jfmc": buyer.name,
        "jfdm": buyer.uscc,
        "yfmc": seller.name,
        "yfdm": seller.uscc,
        "htje": Decimal(rng.randrange(50, 50_000)) / 100,
        "qdrq": signed,
        "lyqx": due,
    }


def _outcome(number: int, judged: date) -> Cells:
    state = "部分履行" if number % 10 == 3 else "全部未履行" if number % 25 == 6 else "全部履行"
    return {"lyzt": state, "rdrq": judged, "wlxnr": _UNDONE.get(state)}
