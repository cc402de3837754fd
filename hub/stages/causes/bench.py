"""The bench: rows judged as they came, and again with some of their columns replaced, as the line would judge them.

Whether a key repeats is not judged: a sample cannot tell it of the file. Beside rejections only questions about amounts
count as failures: a wrong unit rejects nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from hub.contract.model import Column, Contract, Rule, Suite
from hub.contract.parameters import code_facts
from hub.errors import FixConfiguration
from hub.kernels import KERNELS, Options, Reading
from hub.rules.applied import applied
from hub.rules.compile import Plan, compile_suite
from hub.rules.verdict import judge

ASKED = "MON-"  # questions with such codes count as failures


def counts(code: str, critical: bool) -> bool:
    """Whether a finding makes a row fail, as far as causes are concerned."""
    return critical or code.startswith(ASKED)


@dataclass(frozen=True, slots=True)
class Cells:
    """One column as it was read: texts, and the type letter of each where the file has types."""

    text: pl.Series
    types: pl.Series | None = None

    def filter(self, where: pl.Series) -> Cells:
        """The cells of some rows."""
        return Cells(self.text.filter(where), None if self.types is None else self.types.filter(where))

    def head(self, rows: int) -> Cells:
        """The first cells."""
        return Cells(self.text.head(rows), None if self.types is None else self.types.head(rows))

    def where(self, rows: pl.Series, text: pl.Series) -> Cells:
        """The same cells with ``text`` instead in ``rows``; what is so written is text in a sheet, too."""
        types = None
        if self.types is not None:
            types = pl.select(pl.when(rows).then(pl.lit("s")).otherwise(self.types)).to_series()
        return Cells(pl.select(pl.when(rows).then(text).otherwise(self.text)).to_series(), types)


class Judge:
    """The contract's kernels and the suite's row rules, compiled when they are first needed."""

    def __init__(self, contract: Contract, suite: Suite) -> None:
        self.contract = contract
        self._suite = suite
        self._plan: Plan | None = None

    def read(self, column: Column, cells: Cells) -> Reading:
        """The cells of a column through its kernel."""
        options = Options(settings=column.options, codes=column.codes, types=cells.types)
        return KERNELS[column.kernel].read(cells.text, options)

    def faults(self, frame: pl.DataFrame) -> pl.DataFrame:
        """``record``, ``rule``, ``column``, ``code``: one row for every rule that a row breaks."""
        plan = self.plan(frame.schema)
        rules = plan.suite.rules
        facts = pl.DataFrame(
            {
                "rule": list(range(len(rules))),
                "column": [None if one.meta.get("column") is None else str(one.meta["column"]) for one in rules],
                "code": [str(one.meta["code"]) for one in rules],
            },
            schema={"rule": pl.Int32, "column": pl.String, "code": pl.String},
        )
        found = judge(plan, lambda columns: [frame]).violations()
        return found.join(facts, on="rule", how="left", maintain_order="left")

    def plan(self, schema: Mapping[str, pl.DataType]) -> Plan:
        """The rules that a sample can be judged by."""
        if self._plan is None:
            asked = applied(self._suite, code_facts(self.contract.columns), tuple(schema)).suite
            rules = tuple(one for one in asked.rules if counts(str(one.meta["code"]), one.severity == "critical"))
            try:
                self._plan = compile_suite(Suite(self._suite.name, rules), schema)
            except FixConfiguration:  # some rule asks for what only a whole delivery has; the stage check judges it
                usable = tuple(rule for rule in rules if _usable(rule, schema))
                self._plan = compile_suite(Suite(self._suite.name, usable), schema)
        return self._plan

    def across(self, schema: Mapping[str, pl.DataType]) -> Plan:
        """Those of the rules that look at more than one column: a cell by itself cannot break them."""
        plan = self.plan(schema)
        several = [
            one.rule for one in plan.rules if len({name.removesuffix("__mark") for name in one.columns} - {"row"}) > 1
        ]
        return compile_suite(Suite(plan.suite.name, tuple(several)), schema)

    @staticmethod
    def broken(plan: Plan, frame: pl.DataFrame) -> int:
        """How many rows break a rule of the plan."""
        return judge(plan, lambda columns: [frame]).bad.height


def _usable(rule: Rule, schema: Mapping[str, pl.DataType]) -> bool:
    try:
        compile_suite(Suite("", (rule,)), schema)
    except FixConfiguration:
        return False
    return True


class Bench:
    """Some rows of the read artefact, and what is wrong with them."""

    def __init__(self, judge: Judge, rows: pl.DataFrame) -> None:
        self.judge, self.rows = judge, rows
        self._tasted: dict[tuple[str, str, int, int], tuple[Cells, int, int]] = {}
        letters = rows["row__types"]
        typed = letters.null_count() < len(letters)
        self.cells = {
            column.name: Cells(rows[column.name], letters.str.slice(place, 1) if typed else None)
            for place, column in enumerate(judge.contract.columns)
        }

    @property
    def height(self) -> int:
        """How many rows."""
        return self.rows.height

    @cached_property
    def readings(self) -> Mapping[str, Reading]:
        """Every column through its kernel."""
        return {column.name: self.judge.read(column, self.cells[column.name]) for column in self.judge.contract.columns}

    @cached_property
    def faults(self) -> pl.DataFrame:
        """What is wrong with the rows as they are."""
        return self.judge.faults(self.frame({}, self.rows["row__mark"]))

    @cached_property
    def failing(self) -> pl.Series:
        """Which rows fail."""
        return self.rows["row__mark"].is_not_null() | self.rows["record"].is_in(self.faults["record"].implode())

    def marks(self, name: str) -> pl.Series:
        """Marks of one column."""
        return self.readings[name].marks

    def among(self, where: pl.Series) -> Bench:
        """A bench with some of the rows."""
        return Bench(self.judge, self.rows.filter(where))

    def first(self, rows: int) -> Bench:
        """A bench with the first rows."""
        return Bench(self.judge, self.rows.head(rows))

    def disliked(self, name: str, cells: Cells) -> int:
        """How many of ``cells`` the column cannot hold: marked ones, and empty ones where it is required."""
        column = self.judge.contract.column(name)
        # Many columns have one kernel: each reads the same cells but once. The cells are kept, so that ids stay theirs.
        key = (column.kernel, repr(column.options), id(column.codes), id(cells.text))
        if key not in self._tasted:
            marks = self.judge.read(column, cells).marks
            self._tasted[key] = (cells, int((marks != "").sum()), marks.null_count())
        _, marked, empty = self._tasted[key]
        return marked + (empty if column.required else 0)

    def passing(
        self, changes: Mapping[str, Cells], *, readable: bool = False, excused: pl.DataFrame | None = None
    ) -> int:
        """How many of the rows would pass with these cells instead.

        ``readable``: rows that could not be cut into cells are whole now. ``excused`` (``record``, ``column``): cells
        whose content is lost; what is wrong with them does not count.
        """
        marks = pl.repeat(None, self.height, dtype=pl.String, eager=True) if readable else self.rows["row__mark"]
        faults = self.judge.faults(self.frame(changes, marks)) if changes or readable else self.faults
        if excused is not None:
            faults = faults.join(excused, on=["record", "column"], how="anti")
        bad = self.rows["record"].is_in(faults["record"].implode()) | marks.is_not_null()
        return self.height - int(bad.sum())

    def frame(self, changes: Mapping[str, Cells], marks: pl.Series) -> pl.DataFrame:
        """The rows as stage normalise would leave them, as far as row rules look; a key that is null never repeats."""
        series = [self.rows["record"], self.rows["row"], marks.alias("row__mark")]
        series.append(pl.repeat(None, self.height, dtype=pl.String, eager=True).alias("record_id"))
        for column in self.judge.contract.columns:
            name = column.name
            reading = self.judge.read(column, changes[name]) if name in changes else self.readings[name]
            series += [reading.values.alias(name), reading.marks.alias(f"{name}__mark")]
        return pl.DataFrame(series)
