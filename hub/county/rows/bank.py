"""What the bank sends (农村商业银行): credit lines (信易贷授信) and their sums by town and product.

The lines of households were granted village by village in one round (整村授信), so the stock has all of them; later
months bring lines of organisations and sole traders. At scale 1 the households' lines are those of the county's own
figures. At another scale they are the same share of them: households rounded to the nearest whole (at least 15), the
amount to the nearest 1,000 yuan (at least 30,000 for each).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice

from hub.county.source import Cells, Source, Span, Value
from hub.county.world import Organisation, World

CREDIT_HOUSEHOLDS = 41_930  # households with a line, at scale 1
CREDIT_YUAN = Decimal("3839000000")  # granted to them altogether, at scale 1
LEAST_GROUP = 10  # households of a town and product: of fewer no sum is reported
_LINES, _A_MONTH = 1_800, 150  # of organisations: in the stock, in a month
_STEP = 1_000  # yuan: every amount is a multiple of it
_USUAL = (30, 50, 50, 60, 80, 80, 100, 100, 100, 120, 150, 180)  # thousand yuan for a household
_FROM, _TO = 30, 300  # thousand yuan
_HOMES = ("整村授信", "整村授信", "惠农快贷", "整村授信", "惠农快贷", "整村授信", "整村授信", "消费易贷")
_FIRMS = ("小微易贷", "小微易贷", "税易贷", "龙虾产业贷")
_TWO_LINES = 25  # one household in so many has its amount in two lines


@dataclass(frozen=True, slots=True)
class HouseholdLine:
    """What a household was granted, and how much of it is in use; ``part``: 1 or 2."""

    household: int
    part: int
    product: str
    granted: int
    used: int


def sources(world: World) -> Iterator[Source]:
    """The bank's systems. Nothing is planted in what the figures are made of."""
    yield Source("bank/credit_line", "bank", "信易贷授信", credit_lines, spare=_of_organisation)
    yield Source("bank/credit_line_summary", "bank", "信易贷汇总", summaries, spare=lambda world, cells: False)


def figures(world: World) -> tuple[int, Decimal]:
    """How many households have a line, and what they were granted altogether, at the county's scale."""
    households = world.amount(CREDIT_HOUSEHOLDS, least=15)
    thousands = max(round(int(CREDIT_YUAN) // _STEP * world.scale), households * min(_USUAL))
    return households, Decimal(thousands * _STEP)


def customers(world: World) -> list[int]:
    """Serials of the households with a line: some of every town, the rest anywhere."""
    wanted, _ = figures(world)
    towns = {village.town: None for village in world.villages}
    chosen = dict.fromkeys(one for town in towns for one in islice(world.households_of(town), LEAST_GROUP))
    rng = world.rng("bank/credit_line", "households")
    anybody = rng.sample(range(1, world.households + 1), world.households)
    return sorted(islice(dict.fromkeys((*chosen, *anybody)), wanted))


def authorisation(household: int) -> str:
    """Number of the household's written authorisation (授权书) at the bank."""
    return f"XYSQ{household:08d}"


def household_lines(world: World) -> Iterator[HouseholdLine]:
    """All lines of households, on whatever day."""
    _, yuan = figures(world)
    serials = customers(world)
    amounts = _amounts(world, len(serials), int(yuan) // _STEP)
    homes: dict[str, list[tuple[int, int]]] = {}
    for serial, amount in zip(serials, amounts, strict=True):
        homes.setdefault(_town(world, serial), []).append((serial, amount))
    for members in homes.values():
        # A product that fewer than ten households of the town would have is not offered there.
        products = _HOMES if len(members) >= LEAST_GROUP * len(_HOMES) else _HOMES[:1]
        for place, (serial, amount) in enumerate(members):
            parts = (amount - amount // 3, amount // 3) if serial % _TWO_LINES == 0 else (amount,)
            for part, thousands in enumerate(parts, start=1):
                used = thousands * (serial * 7 % 5) // 5  # a fifth of them has taken nothing
                yield HouseholdLine(serial, part, products[place % len(products)], thousands * _STEP, used * _STEP)


def credit_lines(world: World, department: str, span: Span) -> Iterator[Cells]:
    """The households' lines with the stock; those of organisations that were granted in the span."""
    if span.stock:
        days = Span(span.first, max(span.first, span.last.replace(day=1) - timedelta(days=1)))
        for line in household_lines(world):
            yield _of_household(world, line, days.day(line.household * 17))
    rng = world.rng("bank/credit_line", span.first, span.last)
    wanted = world.amount(_LINES, least=15) if span.stock else world.amount(_A_MONTH * span.months, least=3)
    parties = [world.some_organisation(rng, "企业", "个体工商户", "农民专业合作社") for _ in range(wanted)]
    for number, party in enumerate((*_one_of_each_town(world, parties), *parties), start=1):
        begun, granted = span.day(rng.randrange(span.days)), rng.randrange(100, 3_000, 10) * _STEP
        settled = span.stock and rng.random() < 0.1
        yield {
            "sxbh": f"SX{span.first:%Y%m%d}{number:05d}",
            "khmc": party.name,
            "khlb": party.category,
            "khshxym": party.uscc,
            "zxqh": party.town,
            "cpmc": rng.choice(_FIRMS if party.crayfish else _FIRMS[:-1]),
            "sxje": Decimal(granted),
            "yxye": Decimal(0 if settled else granted // _STEP * rng.randrange(6) // 5 * _STEP),
            "sxrq": begun,
            "dqrq": _end(begun, rng.choice((1, 1, 3))),
            "sxzt": "结清" if settled else "有效",
            "sqsbh": f"XYSQ{span.first:%Y%m%d}{number:05d}",
        }


def summaries(world: World, department: str, span: Span) -> Iterator[Cells]:
    """The households' lines by town and product: of the last month that has ended, later of each that ends."""
    months = list(_months(span))
    lines = list(household_lines(world)) if months else []
    for month in months:
        sums: dict[tuple[str, str], tuple[set[int], list[HouseholdLine]]] = {}
        for line in lines:
            homes, group = sums.setdefault((_town(world, line.household), line.product), (set(), []))
            homes.add(line.household)
            group.append(line)
        for (town, product), (homes, group) in sorted(sums.items()):
            if len(homes) >= LEAST_GROUP:
                yield {
                    "tjyf": f"{month:%Y-%m}",
                    "zxqh": town,
                    "cpmc": product,
                    "hs": len(homes),
                    "bs": len(group),
                    "sxje": Decimal(sum(line.granted for line in group)),
                    "yxye": Decimal(sum(line.used for line in group)),
                }


def _of_household(world: World, line: HouseholdLine, begun: date) -> Cells:
    home = world.household(line.household)
    customer = home.members[0]
    return {
        "sxbh": f"SX{begun.year}{line.household:08d}-{line.part}",
        "khmc": customer.name,
        "khlb": "自然人",
        "khsfzh": customer.citizen_id,
        "zxqh": home.village.town,
        "cpmc": line.product,
        "sxje": Decimal(line.granted),
        "yxye": Decimal(line.used),
        "sxrq": begun,
        "dqrq": _end(begun, 3),
        "sxzt": "有效",
        "sqsbh": authorisation(line.household),
    }


def _amounts(world: World, count: int, total: int) -> list[int]:
    """So many usual amounts that add up to the total (in thousands): as many as need be are a little more or less."""
    rng = world.rng("bank/credit_line", "amounts")
    amounts = [rng.choice(_USUAL) for _ in range(count)]
    missing = total - sum(amounts)
    for place in rng.sample(range(count), count):
        changed = min(_TO, max(_FROM, amounts[place] + missing))
        missing -= changed - amounts[place]
        amounts[place] = changed
    return amounts


def _one_of_each_town(world: World, parties: list[Organisation]) -> Iterator[Organisation]:
    """An organisation of each town that has none among the parties."""
    missing = {village.town for village in world.villages} - {party.town for party in parties}
    for serial in range(1, world.organisations + 1):
        if not missing:
            return
        party = world.organisation(serial)
        if party.town in missing and party.kind != "企业分支机构" and world.reliable(serial):
            missing.remove(party.town)
            yield party


def _months(span: Span) -> Iterator[date]:
    """The last days of the months that a file of the span reports."""
    after = span.last + timedelta(days=1)
    ended = after.replace(day=1) - timedelta(days=1)
    if span.stock:
        yield ended
        return
    while ended >= span.first:
        yield ended
        ended = ended.replace(day=1) - timedelta(days=1)


def _town(world: World, household: int) -> str:
    """The town of a household, without looking its people up."""
    return world.villages[(household - 1) % len(world.villages)].town


def _end(begun: date, years: int) -> date:
    return begun.replace(year=begun.year + years, day=min(begun.day, 28))


def _of_organisation(world: World, cells: Mapping[str, Value]) -> bool:
    return cells["khlb"] != "自然人"
