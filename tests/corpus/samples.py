"""Rows for any dataset, made from its contract and its rules alone: valid ones, and one for each way to be wrong.

    valid(contract, 3)         # three rows that must be taken without a question
    faulty(contract, suite)    # one row for each rule that can fail in one row, with the code that it must get

Examples that the contract carries come first; a cell without one is made from its kernel. Every row has a natural key
of its own, so that no row speaks for another. ``UNREACHED`` names the codes that no single cell of a text file brings
about; whoever adds a rule that ``faulty`` does not understand gets a ``KeyError``, never a test that passes it over.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from corpus.cells import BAD, BAD_OF, CELLS, IMPOSSIBLE, PERIODS, PLACE, TEXTS

from hub.contract.leaks import LEAKS
from hub.contract.marks import KNOWN
from hub.contract.model import Column, Contract, Rule, Suite
from hub.contract.template import template
from hub.county.identities import citizen_id, uscc
from hub.findings import notice

Cells = dict[str, str]  # by column

# Codes of a typed workbook cell, of a line that cannot be cut, and of what only a ledger knows.
UNREACHED = frozenset(
    {"ID-NUMERIC", "ROW-RAGGED", "ROW-BROKEN", "ROW-FORMULA", "ROW-DELETED", "REF-UNKNOWN", "CON-NAME-USCC"}
    | {"COD-EXPIRED", "REG-EXPIRED"}  # of lists that may hold nothing old: the kernels' own tests have them
)

_LESS = {"money": "0.01", "quantity": "0"}


@dataclass(frozen=True, slots=True)
class Sample:
    """One row, and what must become of it: no code, or one that it must get on the column (None: any)."""

    cells: Mapping[str, str]
    code: str | None = None
    column: str | None = None

    @property
    def rejected(self) -> bool:
        """Whether the row is not stored."""
        return self.code is not None and notice(self.code).severity == "critical"


def valid(contract: Contract, number: int, start: int = 2) -> list[Sample]:
    """Rows that must be taken without a question; each has another natural key."""
    example = {one.name: one.example for one in template(contract)}
    return [Sample(_keyed(contract, example, serial)) for serial in range(start, start + number)]


def faulty(contract: Contract, suite: Suite) -> Iterator[Sample]:
    """One row for each rule that one row can break; of two rows with one key the second is the sample."""
    serial = 100
    for rule in suite.rules:
        code = str(rule.meta["code"])
        if code in UNREACHED or notice(code).cls == "M" or not _can_fail(rule, contract):
            continue
        serial += 1
        (sound,) = valid(contract, 1, serial)
        cells = dict(sound.cells)
        _hold(rule.kwargs.get("row_condition"), contract, cells)
        if code == "DUP-CONFLICT":
            yield Sample(dict(cells), code)
            others = [one for one in contract.content if not one.primary_key and one.storage != "date"]
            other = min(others, key=lambda one: one.storage != "text")
            cells[other.name] = _another(other, cells[other.name])
        else:
            _BREAK[rule.type](rule, contract, cells)
        yield Sample(cells, code, str(rule.meta["column"]) if rule.meta["column"] else None)


def csv_of(contract: Contract, samples: Sequence[Sample]) -> bytes:
    """The file with these rows, as a department would write it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([column.label for column in contract.columns])
    writer.writerows([sample.cells.get(column.name, "") for column in contract.columns] for sample in samples)
    return text.getvalue().encode("utf-8-sig")


def cell_of(column: Column) -> str:
    """A cell that the column takes: its example, else one made from its kernel."""
    if column.examples:
        return column.examples[0]
    if column.codes:
        return next(code.label for code in column.codes if code.valid_to is None)
    if column.kernel == "period":
        return PERIODS[str(column.options.get("of", "month"))]
    return CELLS[column.kernel]


def _keyed(contract: Contract, example: Mapping[str, str], serial: int) -> Cells:
    """The example with another natural key."""
    cells = dict(example)
    for column in contract.columns:
        if column.primary_key and cells[column.name]:
            cells[column.name] = _numbered(column, cells[column.name], serial)
    assert serial == 1 or any(cells[name] != example[name] for name in contract.key), "one key for all rows"
    return cells


def _numbered(column: Column, cell: str, serial: int) -> str:
    """The same kind of number with another serial."""
    if column.kernel == "uscc":
        return uscc(PLACE, serial, cell[:2])
    if column.kernel == "citizen_id":
        return citizen_id(PLACE, serial)
    if column.codes or column.kernel in ("period", "date", "region"):
        return cell
    found = list(re.finditer("[0-9]+", cell))
    if not found:
        return f"{cell}{serial}"
    digits = found[-1]
    width = len(digits[0])
    return f"{cell[: digits.start()]}{serial % 10**width:0{width}d}{cell[digits.end() :]}"


def _another(column: Column, cell: str) -> str:
    """Something else that the column takes as well."""
    if column.codes:
        return next(code.code for code in column.codes if cell not in (code.code, code.label, *code.synonyms))
    if column.storage == "decimal":
        return str(float(cell or 0) + 1)
    return next(other for serial in (98, 99) if (other := _numbered(column, cell, serial)) != cell)


def _can_fail(rule: Rule, contract: Contract) -> bool:
    """Whether one row can break it: a rule on whole numbers stands with every quantity, but not all are counted."""
    if rule.meta["code"] == "QTY-WHOLE":
        return contract.column(str(rule.meta["column"])).options.get("whole") is True
    return not rule.type.startswith("expect_table_")


# --- the condition of a rule ------------------------------------------------------------------------------------------


def _hold(condition: Any, contract: Contract, cells: Cells) -> None:
    """Make a row condition hold."""
    if not condition:
        return
    if condition["type"] == "and":
        for part in condition["conditions"]:
            _hold(part, contract, cells)
        return
    name = condition["column"]["name"].removesuffix("__mark")
    if name == "row" or name.endswith(KNOWN):
        return  # every row can be read; what the ledger knows it does not know here
    column = contract.column(name)
    if condition["type"] == "nullity":
        cells[name] = "" if condition["is_null"] else cells[name] or cell_of(column)
        return
    operator, wanted = condition["operator"], condition["parameter"]
    if operator == "==":
        cells[name] = str(wanted)
    elif operator == "IN":
        cells[name] = str(wanted[0])
    elif operator == ">":
        cells[name] = str(wanted + 1)
    elif operator in ("!=", "NOT_IN"):
        barred = [wanted] if operator == "!=" else wanted
        cells[name] = next(code.code for code in column.codes if code.code not in barred)
    else:
        raise KeyError(operator)


# --- how each kind of rule is broken ----------------------------------------------------------------------------------


def _name(rule: Rule, key: str = "column") -> str:
    return str(rule.kwargs[key]).removesuffix("__mark")


def _emptied(rule: Rule, contract: Contract, cells: Cells) -> None:
    cells[_name(rule)] = ""


def _filled(rule: Rule, contract: Contract, cells: Cells) -> None:
    cells[_name(rule)] = cell_of(contract.column(_name(rule)))


def _marked(rule: Rule, contract: Contract, cells: Cells) -> None:
    code = str(rule.meta["code"])
    column = contract.column(_name(rule))
    cells[column.name] = BAD_OF.get((column.kernel, code)) or BAD[code]
    if code == "PER-IMPOSSIBLE":
        cells[column.name] = IMPOSSIBLE[str(column.options.get("of", "month"))]


def _lengthened(rule: Rule, contract: Contract, cells: Cells) -> None:
    cells[_name(rule)] = "长" * (int(rule.kwargs["max_value"]) + 1)  # type: ignore[call-overload]


def _matching(matched: bool) -> Callable[[Rule, Contract, Cells], None]:
    def put(rule: Rule, contract: Contract, cells: Cells) -> None:
        texts = TEXTS if contract.column(_name(rule)).kernel == "uscc" or rule.meta["code"] in LEAKS else TEXTS[::-1]
        fit = [text for text in texts if bool(re.search(str(rule.kwargs["regex"]), text)) == matched]
        if not fit:
            raise KeyError(f"no text breaks the pattern of {rule.meta['code']}")
        cells[_name(rule)] = fit[0]

    return put


def _outside(rule: Rule, contract: Contract, cells: Cells) -> None:
    low, high = rule.kwargs.get("min_value"), rule.kwargs.get("max_value")
    if contract.column(_name(rule)).storage == "date":
        cells[_name(rule)] = "2019-01-02"
    elif low is not None:
        cells[_name(rule)] = str(low if rule.kwargs.get("strict_min") else low - 1)  # type: ignore[operator]
    else:
        cells[_name(rule)] = str(high + 1)  # type: ignore[operator]


def _turned(rule: Rule, contract: Contract, cells: Cells) -> None:
    """The pair the wrong way round: the greater one becomes less than the other."""
    greater, less = contract.column(_name(rule, "column_A")), contract.column(_name(rule, "column_B"))
    cells[less.name] = cells[less.name] or cell_of(less)
    if greater.storage == "date":
        cells[greater.name] = (date.fromisoformat(cells[less.name]) - timedelta(days=1)).isoformat()
    else:
        cells[less.name] = str(float(cells[greater.name] or 1) + 1).removesuffix(".0")
        cells[greater.name] = cells[greater.name] or _LESS[greater.kernel]


def _all_emptied(rule: Rule, contract: Contract, cells: Cells) -> None:
    for name in rule.kwargs["column_list"]:  # type: ignore[attr-defined]
        cells[name.removesuffix("__mark")] = ""


def _miscounted(rule: Rule, contract: Contract, cells: Cells) -> None:
    total, *_ = rule.kwargs["column_list"]  # type: ignore[misc]
    cells[total] = str(float(cells[total]) + 1)


_BREAK: Mapping[str, Callable[[Rule, Contract, Cells], None]] = {
    "expect_column_values_to_not_be_null": _emptied,
    "expect_column_values_to_be_null": _filled,
    "expect_column_values_to_not_be_in_set": _marked,
    "expect_column_value_lengths_to_be_between": _lengthened,
    "expect_column_values_to_match_regex": _matching(False),
    "expect_column_values_to_not_match_regex": _matching(True),
    "expect_column_values_to_be_between": _outside,
    "expect_column_pair_values_a_to_be_greater_than_b": _turned,
    "expect_multicolumn_values_to_not_be_all_null": _all_emptied,
    "expect_multicolumn_total_to_equal_sum_of_parts": _miscounted,
}
