"""What a credit check answers about each applicant (核查报告的内容): pure, from records that an identifier found.

``sharing.py`` alone decides which records may be seen. A name never finds anything: one that differs from the
registered one is told, and what belongs to a person or a sole trader is then withheld, for the code may be a slip of
the pen and another's. What may not be used is not told in any way, not even that it is there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from hub.contract.checks import Answers, Purpose
from hub.contract.model import Contract
from hub.kernels.masking import mask
from hub.outlets import clauses, sharing
from hub.outlets.sharing import Circumstances

LISTED = 50  # records of one dataset that a report lists for one applicant
ATTENTION, OTHER, NOTHING, NAME, MINOR, AGE, ALONE = "attention", "other", "nothing", "name", "minor", "age", "alone"
VERDICTS: Mapping[str, str] = {
    ATTENTION: "有需要注意的信息",
    OTHER: "有可用的信息",
    NOTHING: "没有查到可用的信息",
    NAME: "名称待核对",
    MINOR: "未满18周岁，不提供",
    AGE: "证件看不出年龄，不提供",
    ALONE: "经办人和审批人是同一个人，不提供",
}
MISMATCH = "名称与登记的不一致，请核对代码"
_SUBJECT, _KIND, _NAME = "__subject", "__kind", "__name"
_BRACKETS = str.maketrans("〔〕【】[]{}", "()()()()")


@dataclass(frozen=True, slots=True)
class Asked:
    """One row of a list: about whom, what for, and who answers for the question."""

    row: int
    record_id: str
    batch: str
    purpose: str
    authority: str
    asker: str
    authoriser: str
    name: str
    category: str
    kind: str  # organisation, sole_trader, person
    code: str  # credit code or citizen id
    bar: str | None  # MINOR or AGE

    @property
    def group(self) -> tuple[str, str, str, str, str]:
        """What is told in one report."""
        return self.batch, self.purpose, self.authority, self.asker, self.authoriser

    @property
    def shown_code(self) -> str:
        """The code as a report shows it."""
        return mask(self.code, 4, 2) or "" if self.kind == "person" else self.code


@dataclass(frozen=True, slots=True)
class Found:
    """One record of a subject that may be seen: its name, and what the outlet shows of it by column."""

    record_id: str
    version: int
    name: str | None
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Usable:
    """What may be seen of one dataset, by subject: (whether it is a person, the code)."""

    dataset: str
    title: str
    labels: tuple[str, ...]
    of: Mapping[tuple[bool, str], Sequence[Found]]


@dataclass(frozen=True, slots=True)
class Applicant:
    """The answer about one applicant."""

    asked: Asked
    verdict: str
    notes: tuple[str, ...] = ()
    # By dataset: its title, whether it is to be minded, labels, rows; and what was shown: dataset, record id, version.
    parts: tuple[Mapping[str, Any], ...] = ()
    shown: tuple[tuple[str, str, int], ...] = field(default=())

    @property
    def minded(self) -> int:
        """How many records are to be minded."""
        return sum(len(part["rows"]) + part["left"] for part in self.parts if part["adverse"])


def asked(rows: pl.DataFrame, contract: Contract, answers: Answers, today: date) -> list[Asked]:
    """The questions of accepted rows (``record_id``, ``row``, the contract's columns)."""
    subject = contract.subject
    if rows.is_empty():
        return []
    barred = (
        pl.when(clauses.minor(subject, today))
        .then(pl.lit(MINOR))
        .when(~(clauses.age_known(subject) & _citizens(contract)))
        .then(pl.lit(AGE))
    )
    table = rows.select(
        "row",
        "record_id",
        pl.col(answers.batch).alias("batch"),
        pl.col(answers.purpose).alias("purpose"),
        pl.col(answers.authority).alias("authority"),
        pl.col(answers.asker).alias("asker"),
        pl.col(answers.authoriser).alias("authoriser"),
        pl.col(answers.name).alias("name"),
        (pl.col(subject.category) if subject.category is not None else pl.lit("")).alias("category"),
        clauses.kind(subject).alias("kind"),
        clauses.subject_id(subject).alias("code"),
        barred.alias("bar"),
    )
    return [Asked(**row) for row in table.filter(pl.col("kind").is_not_null(), pl.col("code").is_not_null()).to_dicts()]


def usable(records: pl.DataFrame, contract: Contract, outlet: str, today: date, circumstances: Circumstances) -> Usable:
    """What may be seen of the records of one dataset; ``records`` has what ``wanted`` names."""
    reasons = sharing.decide(records, contract, outlet, today, circumstances)
    seen = records.filter(reasons.is_null() & records.select(_citizens(contract).alias("is"))["is"])
    name = contract.subject.name
    shown = sharing.show(seen, contract, outlet)
    columns = [column for column in sharing.columns(contract, outlet) if column.name != name]
    newest = contract.order_by if contract.order_by in seen.columns else "record_id"
    table = seen.select(
        "record_id",
        "version",
        clauses.subject_id(contract.subject).alias(_SUBJECT),
        clauses.kind(contract.subject).alias(_KIND),
        pl.col(newest).cast(pl.String).alias("__order"),
    ).with_columns(shown[name].alias(_NAME) if name in shown.columns else pl.lit(None, pl.String).alias(_NAME))
    cells = shown.select(column.name for column in columns).rows()
    of: dict[tuple[bool, str], list[tuple[str, Found]]] = {}
    for row, values in zip(table.to_dicts(), cells, strict=True):
        found = Found(row["record_id"], row["version"], row[_NAME], tuple(_text(value) for value in values))
        of.setdefault((row[_KIND] == "person", row[_SUBJECT]), []).append((row["__order"] or "", found))
    ordered = {
        key: [found for _, found in sorted(each, key=lambda one: (one[0], one[1].record_id), reverse=True)]
        for key, each in of.items()
    }
    return Usable(contract.dataset, contract.title, tuple(column.label for column in columns), ordered)


def wanted(contract: Contract, outlet: str) -> list[str]:
    """The columns that ``usable`` needs."""
    documents = _others(contract)
    names = {*sharing.needed(contract, outlet), *documents}
    names |= {contract.order_by} if contract.order_by is not None else set()
    return [column.name for column in contract.columns if column.name in names]


def answer(one: Asked, purpose: Purpose, of: Mapping[str, Usable]) -> Applicant:
    """The answer about one applicant, from what may be used for the purpose."""
    if one.bar is not None:
        return Applicant(one, one.bar)
    if one.asker.casefold() == one.authoriser.casefold():
        return Applicant(one, ALONE)
    key = (one.kind == "person", one.code)
    parts: list[dict[str, Any]] = []
    shown: list[tuple[str, str, int]] = []
    names: dict[str, str] = {}
    for dataset in purpose.datasets:
        found = of[dataset].of.get(key, ())
        names |= {same(each.name): each.name for each in found if each.name is not None}
        if not found:
            continue
        listed = found[:LISTED]
        part = {"title": of[dataset].title, "adverse": dataset in purpose.adverse, "labels": of[dataset].labels}
        parts.append(part | {"rows": [each.cells for each in listed], "left": len(found) - len(listed)})
        shown += [(dataset, each.record_id, each.version) for each in listed]
    if names and same(one.name) not in names:
        registered = [_masked(name) if one.kind == "person" else name for name in sorted(names.values())]
        notes = (f"{MISMATCH}。", f"登记的名称：{'、'.join(registered)}。")
        if one.kind != "organisation":
            return Applicant(one, NAME, (*notes, "核对以后请换一个批次号再查。"))
        return Applicant(one, NAME, notes, tuple(parts), tuple(shown))
    if not parts:
        return Applicant(one, NOTHING)
    return Applicant(
        one, ATTENTION if any(part["adverse"] for part in parts) else OTHER, (), tuple(parts), tuple(shown)
    )


def same(name: str) -> str:
    """A name as it is compared: width, kinds of brackets, blanks and case do not count."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name).translate(_BRACKETS)).casefold()


def _masked(name: str) -> str:
    return mask(name, 1, 0) or ""


def _others(contract: Contract) -> dict[str, list[str]]:
    """By column of the kind of document: the kinds whose number is no citizen id."""
    subject = contract.subject
    if subject.person_id is None:
        return {}
    unless = contract.column(subject.person_id).options.get("unless")
    return {str(name): list(kinds) for name, kinds in unless.items()} if isinstance(unless, Mapping) else {}


def _citizens(contract: Contract) -> pl.Expr:
    """Whether a person is told by a citizen id: numbers of other documents are given out twice."""
    others = [pl.col(name).is_in(kinds).fill_null(False) for name, kinds in _others(contract).items()]
    return (clauses.kind(contract.subject) != "person").fill_null(True) | ~pl.any_horizontal(pl.lit(False), *others)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else str(value)
