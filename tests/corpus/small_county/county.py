"""A small synthetic county: about a dozen deliveries with the mess that real ones have, and what must become of each.

    for drop in deliveries(county(schemas), date(2026, 11, 23)):
        (inbox / drop.file_name).write_bytes(drop.content)

The same county, day and seed give the same bytes. Of the configuration only the county's name, division and towns are
used: headers and files are the departments' own, as their old systems write them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from corpus.small_county import consents, credit_lines, defaulters, licences, penalties
from corpus.small_county.mess import counted, plant

from hub.contract.model import County
from hub.county.agencies import market, urban
from hub.county.identities import Place
from hub.county.record import FATES, Written
from hub.county.sheets import csv_bytes, xlsx_bytes

__all__ = ["FATES", "SEED", "TODAY", "Drop", "deliveries", "place_of"]

TODAY = date(2026, 11, 23)
SEED = 1
_NOTHING: Mapping[str, int] = {"rows": 0, **dict.fromkeys(FATES, 0)}


@dataclass(frozen=True, slots=True)
class Drop:
    """One file as a department drops it, and what must become of it.

    ``planted`` holds ``rows`` and one count per fate: accepted, accepted_query, rejected, duplicate, blank. The fates
    are disjoint and add up to the rows; accepted_query is not part of accepted. ``late`` of the rows that are taken
    were decided too long ago, and are asked about. ``refused`` is the code for which the whole file is refused: then no
    row is counted. ``codes`` counts the rows with a planted trouble by code; several rules may tell of one of them.
    """

    department: str
    dataset: str
    file_name: str
    content: bytes
    planted: Mapping[str, int]
    codes: Mapping[str, int]
    refused: str | None = None
    late: int = 0


def place_of(county: County) -> Place:
    """What the demo needs to know of the county."""
    towns = (each for each in county.departments if each.kind == "town")
    return Place(county.division, county.name, tuple((each.id.removeprefix("town_"), each.name) for each in towns))


def deliveries(county: County, today: date = TODAY, seed: int = SEED) -> tuple[Drop, ...]:
    """The county's deliveries in the order in which they arrive; dates in them count back from ``today``."""
    place, rng = place_of(county), Random(seed)
    day = f"{today:%Y%m%d}"
    original = _licence_rows_of_the_morning(place, today, rng)
    return (
        _drop("market", "market/admin_licence", f"行政许可_{day}.csv", original, licences.HEADER, "gb18030"),
        _sheet_of_licences(place, today, rng, day),
        _correction(original, rng, day),
        _market_penalties(place, today, rng, day),
        _urban_penalties(place, today, rng, day),
        _urban_arrears(place, today, rng, day),
        _court(place, today, rng, day),
        _bank(place, today, rng, day),
        _numeric_codes(place, today, rng, day),
        _stray_quote(place, today, rng, day),
        _undecodable(place, today, rng, day),
        _consents(place, today, rng, day),
        _bank_summary(place, today, day),
        Drop("court", "court/judgment_defaulter", f"失信被执行人_{day}_补.csv", b"", _NOTHING, {}, "FIL-EMPTY"),
    )


def _licence_rows_of_the_morning(place: Place, today: date, rng: Random) -> list[Written]:
    rows = [licences.licence(place, serial, today, rng, "%Y/%m/%d") for serial in range(1, 901)]
    rows[802]["行政相对人名称"] = (  # of a company that stands in no other file, so that no name contradicts it
        f"{place.short}䶮㛃食品㈱（演示803）"  # four-byte characters, and one that NFKC would change
    )
    return plant(rows, licences.spoils(place, 3), rng, twins=5, blanks=4, conflict="许可内容")


def _sheet_of_licences(place: Place, today: date, rng: Random, day: str) -> Drop:
    rows = [licences.licence(place, serial, today, rng, "%Y-%m-%d") for serial in range(2001, 2601)]
    records = plant(rows, licences.spoils(place, 2), rng, twins=3, blanks=2)
    return _drop("market", "market/admin_licence", f"行政许可_窗口_{day}.xlsx", records, licences.HEADER)


def _correction(original: Sequence[Written], rng: Random, day: str) -> Drop:
    """Three rows of the first file again, with new content behind the same key."""
    fine = [record.row for record in original if record.fate == "accepted" and not record.code][20:23]
    changed = [Written(row | {"许可内容": row["许可内容"] + "；冷藏冷冻食品销售"}, "accepted") for row in fine]
    return _drop("market", "market/admin_licence", f"行政许可_更正_{day}.csv", changed, licences.HEADER, "utf-8")


def _market_penalties(place: Place, today: date, rng: Random, day: str) -> Drop:
    cases = penalties.Cases(place, market(place), penalties.AT_MARKET, "%Y-%m-%d")
    rows = [cases.penalty(serial, _recent(today, rng), rng) for serial in range(1, 701)]
    records = plant(rows, penalties.spoils(place, 2), rng, twins=4, blanks=2, conflict="违法事实")
    return _drop("market", "market/admin_penalty", f"行政处罚_{day}.csv", records, penalties.HEADER, "utf-8-sig")


def _urban_penalties(place: Place, today: date, rng: Random, day: str) -> Drop:
    cases = penalties.Cases(place, urban(place), penalties.ON_STREETS, "%Y年%m月%d日")
    rows = [cases.penalty(serial, _recent(today, rng), rng) for serial in range(1, 451)]
    records = plant(rows, penalties.spoils(place, 1), rng, twins=2, blanks=1)
    return _drop("urban", "market/admin_penalty", f"行政处罚_城管_{day}.xlsx", records, penalties.HEADER)


def _urban_arrears(place: Place, today: date, rng: Random, day: str) -> Drop:
    """Old decisions, reported late: for more than half of them the time of publication has already ended."""
    cases = penalties.Cases(place, urban(place), penalties.ON_STREETS, "%Y.%m.%d")
    rows = [cases.penalty(serial, today - timedelta(days=serial % 400 + 30), rng) for serial in range(1001, 1301)]
    records = plant(rows, penalties.spoils(place, 1), rng)
    records = [
        Written(record.row, "accepted_query", "TIM-LATE") if record.fate == "accepted" else record for record in records
    ]
    late = sum(record.fate == "accepted_query" for record in records)
    name = f"行政处罚_补报_{day}.csv"
    return _drop("urban", "market/admin_penalty", name, records, penalties.HEADER, "gb18030", late)


def _court(place: Place, today: date, rng: Random, day: str) -> Drop:
    rows = [defaulters.defaulter(place, serial, today, rng) for serial in range(1, 501)]
    records = plant(rows, defaulters.spoils(2), rng, twins=3, blanks=2)
    return _drop("court", "court/judgment_defaulter", f"失信被执行人_{day}.csv", records, defaulters.HEADER, "gb18030")


def _bank(place: Place, today: date, rng: Random, day: str) -> Drop:
    rows = [credit_lines.credit_line(place, serial, today, rng) for serial in range(1, 401)]
    records = plant(rows, credit_lines.spoils(2), rng, twins=2)
    return _drop("bank", "bank/credit_line", f"信易贷授信_{day}.csv", records, credit_lines.HEADER, "utf-8")


def _consents(place: Place, today: date, rng: Random, day: str) -> Drop:
    """Of companies that have licences or penalties, and of some of whom nothing is known."""
    serials = [serial for serial in range(1, 80) if serial % 10 > 2]
    records = plant([consents.consent(place, serial, today) for serial in serials], consents.spoils(), rng)
    return _drop("credit", "credit/consent", f"信用授权_{day}.csv", records, consents.HEADER, "utf-8")


def _bank_summary(place: Place, today: date, day: str) -> Drop:
    records = [Written(row, "accepted") for row in credit_lines.summary(place, today)]
    name = f"信易贷汇总_{day}.csv"
    return _drop("bank", "bank/credit_line_summary", name, records, credit_lines.SUMMARY_HEADER, "utf-8")


def _numeric_codes(place: Place, today: date, rng: Random, day: str) -> Drop:
    """A workbook whose credit codes Excel took for numbers, wherever they are made of digits alone."""
    column = "统一社会信用代码"
    rows = [licences.licence(place, serial, today, rng, "%Y-%m-%d") for serial in range(3001, 3241)]
    records = [
        Written(row, "rejected", "ID-EXCEL15") if row.get(column, "").isdigit() else Written(row, "accepted")
        for row in rows
    ]
    counts, codes = counted(records), _codes(records)
    content = xlsx_bytes(licences.HEADER, records, numeric=[column])
    return Drop("market", "market/admin_licence", f"行政许可_数字格式_{day}.xlsx", content, counts, codes)


def _stray_quote(place: Place, today: date, rng: Random, day: str) -> Drop:
    """One quotation mark that nobody closed, in line 18: it would swallow all lines behind it."""
    rows = [licences.licence(place, serial, today, rng, "%Y-%m-%d") for serial in range(4001, 4041)]
    content = csv_bytes(licences.HEADER, [Written(row, "accepted") for row in rows], "utf-8")
    lines = content.split(b"\r\n")
    lines[17] = b'"' + lines[17]
    name = f"行政许可_引号_{day}.csv"
    return Drop("market", "market/admin_licence", name, b"\r\n".join(lines), _NOTHING, {}, "FIL-LINES")


def _undecodable(place: Place, today: date, rng: Random, day: str) -> Drop:
    """A file that a faulty transfer damaged: bytes that no encoding has."""
    cases = penalties.Cases(place, urban(place), penalties.ON_STREETS, "%Y-%m-%d")
    rows = [cases.penalty(serial, _recent(today, rng), rng) for serial in range(2001, 2041)]
    content = csv_bytes(penalties.HEADER, [Written(row, "accepted") for row in rows], "gb18030")
    middle = content.index(b"\r\n", len(content) // 2)
    damaged = content[:middle] + b"\xff\xff\xff" + content[middle:]
    return Drop("urban", "market/admin_penalty", f"行政处罚_乱码_{day}.csv", damaged, _NOTHING, {}, "FIL-ENCODING")


def _recent(today: date, rng: Random) -> date:
    """One of the last six days: never late, whatever the calendar of working days says."""
    return today - timedelta(days=rng.randint(1, 6))


def _codes(records: Sequence[Written]) -> Mapping[str, int]:
    codes: dict[str, int] = {}
    for record in records:
        if record.code:
            codes[record.code] = codes.get(record.code, 0) + 1
    return codes


def _drop(
    department: str,
    dataset: str,
    file_name: str,
    records: Sequence[Written],
    header: Sequence[str],
    encoding: str | None = None,
    late: int = 0,
) -> Drop:
    content = csv_bytes(header, records, encoding) if encoding else xlsx_bytes(header, records)
    return Drop(department, dataset, file_name, content, counted(records), _codes(records), late=late)
