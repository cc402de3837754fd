"""What the towns send of households (信用家庭): events, their reviews, incentives, model households.

The totals (household/points) are computed by the hub; nobody sends them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from hub.county.deeds import RANGES, Deed, deeds, reliable_deed, serial_of
from hub.county.running import a_day, homes_of, number, running
from hub.county.source import Cells, Source, Span, Value, of_each_town
from hub.county.world import Household, World

_EVENT, _REVIEW = "household/point_event", "household/point_review"
_BENEFIT, _MODEL = "household/benefit", "household/model_household"
_STOCK = timedelta(days=59)  # before the last day: of events and reviews two months are kept
_NOTICE = timedelta(days=6)  # the last day after the first: seven days, as the rule book wants
_SLOWEST = timedelta(days=12)  # from the event to the last day of its notice, at most
_BENEFITS_A_MONTH, _MODELS_A_YEAR, _FEW = 4_000, 1_900, 8  # in the county; of a town at least
_DECIDED = (12, 1)  # month and day on which the choice of model households begins
_TO_SPEND = (5, 10, 10, 20, 30)
_KINDS = ("积分兑换", "信贷便利", "农技服务", "培训就业", "文旅优惠", "就医便利", "公开表扬")
_KIND_WEIGHTS = (55, 12, 10, 8, 6, 5, 4)
_BY = {"信贷便利": "bank", "农技服务": "agriculture", "就医便利": "health", "培训就业": "personnel"}


def sources(world: World) -> Iterator[Source]:
    """The four lists of every town."""
    yield from of_each_town(world, _EVENT, "信用积分事件", point_events, spare=_nobody_relies)
    yield from of_each_town(world, _REVIEW, "信用评议", point_reviews)
    yield from of_each_town(world, _BENEFIT, "家庭激励", benefits)
    yield from of_each_town(world, _MODEL, "信用家庭示范户", model_households)


def _nobody_relies(world: World, cells: Mapping[str, Value]) -> bool:
    return not world.reliable(serial_of(str(cells["sjbh"])))


def _town(department: str) -> str:
    return department.removeprefix("town_")


def _first(span: Span) -> date:
    return max(span.first, span.last - _STOCK) if span.stock else span.first


def _at(home: Household) -> Cells:
    return {"jtbh": home.number, "cjdm": home.village.code}


def point_events(world: World, department: str, span: Span) -> Iterator[Cells]:
    """What the grid workers wrote down in the span."""
    for deed in deeds(world, _town(department), _first(span), span.last):
        yield {
            "sjbh": deed.number,
            **_at(deed.home),
            "syjtbh": deed.named.number if deed.named else None,
            "fsrq": deed.day,
            "jfxm": deed.rule,
            "zdxm": deed.own,
            "sl": deed.quantity,
            "xwrzjhm": deed.actor.citizen_id,
            "pzbh": deed.evidence,
            "xjsjbh": deed.about,
            "smqk": deed.note,
            "jlr": deed.recorder,
        }


def point_reviews(world: World, department: str, span: Span) -> Iterator[Cells]:
    """The reviews that came to an end in the span; of the stock, those of the events of the stock.

    A review is told when its notice is over, for only then the village knows whether somebody objected; what did not
    pass is told with the rest of its meeting. So nothing is told twice, nothing falls between two spans, and the event
    is known before, even where events are sent once a week.
    """
    town, first = _town(department), _first(span)
    for deed in deeds(world, town, first if span.stock else first - _SLOWEST, span.last):
        if not world.reliable(deed.serial):
            continue
        rng = world.rng(_REVIEW, town, deed.day, deed.serial)
        if rng.random() < 0.01:
            continue  # the panel has not come to it
        cells, told = _review(town, deed, rng)
        if first <= told <= span.last:
            yield cells


def _review(town: str, deed: Deed, rng: Random) -> tuple[Cells, date]:
    """One review and the day on which it is told, nine to twelve days after the event."""
    day = deed.day + timedelta(days=rng.randint(3, 4))
    there = rng.randint(5, 15)
    result = rng.choices(("通过", "不通过", "补充材料"), (95, 3, 2))[0]
    cells: Cells = {
        "pybh": number("JTPY", day, town, deed.serial),
        "sjbh": deed.number,
        **_at(deed.home),
        "pyrq": day,
        "dhrs": there,
        "tyrs": rng.randint(there // 2 + 1, there) if result == "通过" else rng.randint(0, there // 2),
        "pyjg": result,
    }
    begins = day + timedelta(days=rng.randint(0, 1))
    ends = begins + _NOTICE + timedelta(days=rng.choice((0, 0, 0, 1)))
    if result != "通过":
        return cells, ends
    awarded = Decimal(rng.randint(*RANGES[deed.rule])) if deed.rule in RANGES else None
    objection = "有异议" if rng.random() < 0.02 else "无异议"
    return cells | {"pyfs": awarded, "gsks": begins, "gsjs": ends, "gsyy": objection}, ends


def benefits(world: World, department: str, span: Span) -> Iterator[Cells]:
    """What households that had done something some weeks before were given in the span."""
    town = _town(department)
    homes = homes_of(world, town)
    for day, serial in running(a_day(world, homes, _BENEFITS_A_MONTH), span.first, span.last):
        rng = world.rng(_BENEFIT, town, day, serial)
        deed = reliable_deed(world, town, homes, day - timedelta(days=rng.randint(15, 60)), rng)
        home = deed.home if deed else world.household(rng.choice(homes))
        kind = rng.choices(_KINDS, _KIND_WEIGHTS)[0]
        yield {
            "slbh": number("JTJL", day, town, serial),
            **_at(home),
            "jlxm": kind,
            "xsrq": day,
            "syjf": rng.choice(_TO_SPEND) if kind == "积分兑换" else 0,
            "tgdw": world.office(_BY.get(kind, department)).name,
            "jlr": f"WG{home.village.code[6:]}1",
        }


def model_households(world: World, department: str, span: Span) -> Iterator[Cells]:
    """The choice of each year that was decided in the span; of the stock the last complete year's."""
    years = (span.last.year - 1,) if span.stock else range(span.first.year, span.last.year + 1)
    for year in years:
        for cells, decided in _models(world, _town(department), year):
            if span.stock or span.first <= decided <= span.last:
                yield cells


def _models(world: World, town: str, year: int) -> Iterator[tuple[Cells, date]]:
    """The model households of a town and year, with the day of the decision; every household once."""
    rng = world.rng(_MODEL, town, year)
    homes = homes_of(world, town)
    least = min(_FEW, (len(homes) + 1) // 2)
    many = max(least, round(_MODELS_A_YEAR * world.scale * len(homes) / world.households))
    begins = date(year, *_DECIDED) + timedelta(days=rng.randint(0, 10))
    ends = begins + _NOTICE
    decided = ends + timedelta(days=rng.randint(1, 5))
    for place, serial in enumerate(sorted(rng.sample(homes, many)), start=1):
        cells: Cells = {
            "pxbh": number("SFJT", decided, town, place),
            **_at(world.household(serial)),
            "nd": str(year),
            "jf": Decimal(rng.randint(220, 340)) / 2,
            "gsks": begins,
            "gsjs": ends,
            "rdrq": decided,
        }
        yield cells, decided
