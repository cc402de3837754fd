"""How each department writes (各部门的习惯): file format, encoding, dates, amounts, headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from hub.contract.model import Column, Contract
from hub.county.record import Row, Written
from hub.county.sheets import Typed, csv_bytes, xlsx_bytes
from hub.county.source import Value


@dataclass(frozen=True, slots=True)
class Style:
    """The habits of one department's system. ``encoding`` is that of a text file; a workbook has none."""

    form: Literal["csv", "xlsx", "txt"] = "csv"
    encoding: str = "utf-8-sig"
    dates: str = "%Y-%m-%d"
    headers: Literal["label", "physical", "synonym"] = "label"
    grouped: bool = False  # 12,345.60
    titled: bool = False  # the name of the list stands above the header
    typed: bool = False  # dates and numbers are Excel's own, not texts

    @property
    def ending(self) -> str:
        """Of file names."""
        return self.form

    @property
    def first_row(self) -> int:
        """The number of the first row of data, as the hub counts: from 1, with title and header."""
        return 3 if self.titled else 2

    def header(self, column: Column) -> str:
        """What stands above the column."""
        if self.headers == "physical":
            return column.physical_name
        return column.synonyms[0] if self.headers == "synonym" and column.synonyms else column.label

    def cell(self, value: Value) -> str:
        """The value as the department writes it."""
        if isinstance(value, date):
            return value.strftime(self.dates)
        if isinstance(value, Decimal):
            return f"{value:,.2f}" if self.grouped else format(value, "f")
        return "" if value is None else str(value)

    def row(self, contract: Contract, cells: Mapping[str, Value]) -> Row:
        """The row by header; ``KeyError`` for a value that no column takes."""
        columns = {column.name: column for column in contract.columns}
        return {self.header(columns[name]): self.cell(value) for name, value in cells.items()}

    def file(
        self, contract: Contract, records: Sequence[Written], *, without: str = "", numeric: Sequence[str] = ()
    ) -> bytes:
        """The records as a file; ``without`` the column under that header. ``numeric``: Excel took them for numbers."""
        header = [self.header(column) for column in contract.columns if self.header(column) != without]
        title = f"{contract.title}报送表" if self.titled else ""
        if self.form == "xlsx":
            return xlsx_bytes(header, records, numeric, title, self._typed(contract) if self.typed else {})
        return csv_bytes(header, records, self.encoding, "\t" if self.form == "txt" else ",", title)

    def _typed(self, contract: Contract) -> dict[str, Typed]:
        kinds: Mapping[str, Typed] = {"date": self._date, "money": _number, "quantity": _number}
        return {self.header(one): kinds[one.kernel] for one in contract.columns if one.kernel in kinds}

    def _date(self, cell: str) -> date | None:
        try:
            return datetime.strptime(cell, self.dates).date()
        except ValueError:
            return None


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


_OLD_SYSTEM = Style("csv", "gb18030", "%Y/%m/%d")
_OF: Mapping[str, Style] = {
    "market": _OLD_SYSTEM,
    "urban": Style("xlsx", dates="%Y年%m月%d日", typed=True),
    "court": Style("csv", "gb18030", "%Y-%m-%d", "physical"),
    "bank": Style("csv", "utf-8", "%Y%m%d", grouped=True),
    "credit": Style("csv", "utf-8"),
    "government": Style("xlsx", dates="%Y.%m.%d", titled=True),
    "personnel": Style("xlsx", titled=True),
    "justice": Style("xlsx", headers="synonym"),
    "education": Style("csv", "gb18030", "%Y年%m月%d日", "synonym"),
    "health": Style("txt", "gb18030", "%Y-%m-%d"),
    "honour": Style("xlsx", dates="%Y年%m月%d日", titled=True),
    "tax": Style("csv", "utf-8-sig", "%Y%m%d", "physical"),
    "finance": Style("xlsx", dates="%Y/%m/%d", grouped=True),
    "agriculture": Style("csv", "gb18030", "%Y.%m.%d"),
    "commerce": Style("xlsx", typed=True),
    "utilities": Style("csv", "gb18030", "%Y%m%d", grouped=True),
    "trading": Style("txt", "utf-8-sig", "%Y-%m-%d", grouped=True),
    "civic": Style("csv", "utf-8-sig", headers="synonym"),
}
_TOWNS = (Style("xlsx", typed=True), Style("csv", "gb18030", "%Y/%m/%d"), Style("xlsx", dates="%Y.%m.%d", titled=True))


def style_of(department: str) -> Style:
    """The habits of a department; towns differ among themselves."""
    return _OF.get(department) or _TOWNS[sum(map(ord, department)) % len(_TOWNS)]
