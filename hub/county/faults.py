"""Faults that a dataset's rules can find in one row, and how each is brought about (埋设的差错).

    fault, spoilt = first_fitting(by_code(plantable(contract, suite)), world, cells, rng)

They are made from the rules of the contract: what the suite does not ask is not planted, and what a planted row must
get is what the rule says. Rules whose condition does not hold for a row are not broken in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hub.contract.marks import KNOWN
from hub.contract.model import Column, Contract, Rule, Suite
from hub.county.identities import Place, citizen_id
from hub.county.record import Fate
from hub.county.source import Cells, Value
from hub.county.world import World
from hub.county.wrong_cells import LEAKS, PERIODS, WRONG, one_of, stranger

Spoil = Callable[[World, Cells, Random], Cells | None]  # None: this row has nothing to break

_FATES: Mapping[str, Fate] = {"critical": "rejected", "warning": "accepted_query", "info": "accepted"}
_LEAKS = {f"{kind}-{where}" for kind in ("ID", "PHN", "CRD") for where in ("ON-PUBLIC", "IN-TEXT")} | {"TXT-PERSON"}
_REGISTER = "market/registration"


@dataclass(frozen=True)
class Fault:
    """One way to break one rule: the code and fate that follow, and the column that is named."""

    code: str
    column: str
    fate: Fate
    needs_register: bool  # it can be seen only when the register of subjects is there
    change: Spoil


def plantable(contract: Contract, suite: Suite) -> tuple[Fault, ...]:
    """Every fault that one row of the dataset can have, in the order of its rules."""
    found = []
    summed = {
        str(name)
        for rule in suite.rules
        if rule.type == "expect_multicolumn_total_to_equal_sum_of_parts"
        for name in rule.kwargs["column_list"]  # type: ignore[attr-defined]
    }
    for rule in suite.rules:
        change = _change(contract, rule)
        code, column = str(rule.meta["code"]), rule.meta["column"]
        if rule.severity != "critical" and column in summed:
            continue  # the sum would be wrong, too, and that refuses the row
        if change is not None and column is not None:
            register = code in ("CON-NAME-USCC", "REF-UNKNOWN")
            found.append(Fault(code, str(column), _FATES[rule.severity], register, _where(rule, contract, change)))
    return tuple(found)


def by_code(faults: Iterable[Fault]) -> dict[str, list[Fault]]:
    """The same faults by what they are found as."""
    found: dict[str, list[Fault]] = {}
    for fault in faults:
        found.setdefault(fault.code, []).append(fault)
    return found


def _where(rule: Rule, contract: Contract, change: Spoil) -> Spoil:
    """``change``, where the condition of the rule holds."""
    condition = rule.kwargs.get("row_condition")

    def conditional(world: World, cells: Cells, rng: Random) -> Cells | None:
        return change(world, cells, rng) if condition is None or _holds(condition, cells) else None

    return conditional


def _holds(condition: Any, cells: Mapping[str, Value]) -> bool:
    """Whether a row condition holds; what only the ledger knows never does."""
    if condition["type"] == "and":
        return all(_holds(part, cells) for part in condition["conditions"])
    name = str(condition["column"]["name"])
    if name.endswith(KNOWN):
        return False
    if name == "row__mark":
        return True  # every row here can be read
    value = cells.get(name.removesuffix("__mark"))
    empty = value is None or value == ""
    if condition["type"] == "nullity":
        return empty == bool(condition["is_null"])
    operator, wanted = condition["operator"], condition["parameter"]
    if operator == "==":
        return bool(value == wanted)
    if operator == "!=":
        return value != wanted and not empty
    if operator in ("IN", "NOT_IN"):
        return bool((value in wanted) == (operator == "IN"))
    if operator == ">":
        return isinstance(value, (int, Decimal)) and bool(value > wanted)
    raise KeyError(operator)


# --- one way for each kind of rule ------------------------------------------------------------------------------------


def _change(contract: Contract, rule: Rule) -> Spoil | None:
    """How the rule is broken; None for one that no cell of a row breaks, or that is not planted."""
    code = str(rule.meta["code"])
    name = str(rule.kwargs.get("column", "")).removesuffix("__mark")
    column = next((one for one in contract.columns if one.name == name), None)
    if code == "CON-NAME-USCC":
        return _another_name(contract) if contract.dataset != _REGISTER else None
    if code == "REF-UNKNOWN" and rule.meta["column"] is not None:
        return _nobody(contract.column(str(rule.meta["column"])))
    if rule.type == "expect_column_pair_values_a_to_be_greater_than_b":
        return _turned(rule)
    if column is None or code in ("TIM-LATE", "ROW-RAGGED"):
        return None
    return _one_column(column, rule, code)


def _one_column(column: Column, rule: Rule, code: str) -> Spoil | None:
    if rule.type == "expect_column_values_to_not_be_null":
        return _put(column, lambda value, place, rng: rng.choice(("", "", "　")))
    if rule.type == "expect_column_value_lengths_to_be_between":
        longest = int(str(rule.kwargs["max_value"]))
        return _put(column, lambda value, place, rng: (str(value) + "，详见附件" * longest)[: longest + 5])
    if rule.type == "expect_column_values_to_not_match_regex" and code in _LEAKS:
        return _leaking(column, str(rule.kwargs["regex"]))
    if rule.type == "expect_column_values_to_match_regex" and code == "TXT-PATTERN":
        return _unlike(column, str(rule.kwargs["regex"]))
    if rule.type == "expect_column_values_to_be_between":
        return _outside(column, rule)
    if rule.type == "expect_column_values_to_not_be_in_set" and code in WRONG:
        if rule.severity != "critical" and column.pattern is not None:
            return None  # the pattern would refuse the row, too
        if code == "QTY-WHOLE" and column.options.get("whole") is not True:
            return None
        of = str(column.options.get("of", "month"))
        return _put(column, one_of(PERIODS[code][of]) if code in PERIODS else WRONG[code])
    return None


def _put(column: Column, wrong: Callable[..., Value]) -> Spoil:
    """Another cell in a column that is filled."""

    def change(world: World, cells: Cells, rng: Random) -> Cells | None:
        value = cells.get(column.name)
        return None if value in (None, "") else cells | {column.name: wrong(value, world.place, rng)}

    return change


def _leaking(column: Column, pattern: str) -> Spoil | None:
    """Somebody's number at the end of a text."""
    nobody = citizen_id(Place("110101"), 0)
    fit = [text for leak in LEAKS if re.search(pattern, f"文字{(text := leak.format(id=nobody))}")]
    if not fit or column.kernel != "text" or column.primary_key or column.pattern is not None:
        return None
    longest = (column.max_length or 1_000) - len(fit[0])

    def change(world: World, cells: Cells, rng: Random) -> Cells | None:
        value = cells.get(column.name)
        return cells | {column.name: f"{str(value)[:longest]}{fit[0]}"} if value and longest > 1 else None

    return change


def _unlike(column: Column, pattern: str) -> Spoil:
    """A text that the pattern does not take: the clerk's own remark behind it."""

    def change(world: World, cells: Cells, rng: Random) -> Cells | None:
        value = cells.get(column.name)
        wrong = f"{value}？"
        return cells | {column.name: wrong} if value and not re.search(pattern, wrong) else None

    return change


def _outside(column: Column, rule: Rule) -> Spoil:
    """A number below or above what the rule takes; an amount in the wrong unit is ten thousand times too much."""
    low, high = (Decimal(str(rule.kwargs.get(key, "NaN"))) for key in ("min_value", "max_value"))
    factor = 10_000 if rule.meta["code"] == "MON-UNIT" else 1

    def change(world: World, cells: Cells, rng: Random) -> Cells | None:
        value = cells.get(column.name)
        if not isinstance(value, (int, Decimal)):
            return None
        if not high.is_nan():
            return cells | {column.name: max(Decimal(value) * factor, high + factor)}
        return cells | {column.name: low if rule.kwargs.get("strict_min") else low - 1 - abs(Decimal(value))}

    return change


def _turned(rule: Rule) -> Spoil:
    """The pair the wrong way round."""
    greater, less = (str(rule.kwargs[key]).removesuffix("__mark") for key in ("column_A", "column_B"))

    def change(world: World, cells: Cells, rng: Random) -> Cells | None:
        high, low = cells.get(greater), cells.get(less)
        if isinstance(high, date) and isinstance(low, date):
            return cells | {greater: low - timedelta(days=rng.randint(1, 40))}
        if isinstance(high, (int, Decimal)) and isinstance(low, (int, Decimal)):
            return cells | {less: high + 1}
        return None

    return change


def _another_name(contract: Contract) -> Spoil | None:
    """A registered code with the name of somebody else."""
    code, name = contract.subject.organisation_id, contract.subject.name
    if code is None or name is None:
        return None

    def change(world: World, cells: Cells, rng: Random) -> Cells | None:
        if not world.registered(cells.get(code)):
            return None
        return cells | {name: world.some_organisation(rng, "企业").name + "（曾用名）"}

    return change


def _nobody(column: Column) -> Spoil:
    """A reference to what was never reported."""

    def change(world: World, cells: Cells, rng: Random) -> Cells | None:
        value = cells.get(column.name)
        if not value:
            return None
        wrong = stranger(world.place, rng, str(value)[:2]) if column.kernel == "uscc" else f"{value}-9"
        return cells | {column.name: wrong}

    return change


def first_fitting(
    faults: Mapping[str, Sequence[Fault]], world: World, cells: Cells, rng: Random
) -> tuple[Fault, Cells] | None:
    """One of the faults that this row can have, with the row as it is then; every code has the same chance."""
    codes = list(faults)
    for code in rng.sample(codes, len(codes)):
        for fault in rng.sample(faults[code], len(faults[code])):
            spoilt = fault.change(world, cells, rng)
            if spoilt is not None and spoilt != cells:
                return fault, spoilt
    return None
