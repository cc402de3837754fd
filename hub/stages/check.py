"""Stage check (校验): each row against the suite's row rules; every row gets its state, every fault a finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from hub.contract.leaks import LEAKS
from hub.contract.model import Suite
from hub.contract.parameters import code_facts
from hub.findings import Finding, notice
from hub.kernels.masking import mask_by_class
from hub.rules.applied import applied
from hub.rules.compile import compile_suite
from hub.rules.repeats import twice
from hub.rules.verdict import Verdict, judge
from hub.stages import sealing
from hub.stages.job import Job, ahead, chunks
from hub.stages.known import Known

STATES = ("state", "code")
WITHDRAWING = "W"  # in the column that says what a row asks for
LATE = "TIM-LATE"
TWINS = 100  # repeated rows named in a receipt
LONGEST = 200  # characters of a cell that a finding quotes
DETAIL = 10_000  # findings kept per rule; counts are never capped


@dataclass(frozen=True, slots=True)
class Checked:
    """Outcome. ``states`` has ``record, state, code`` for every row that is not plainly accepted."""

    verdict: Verdict
    states: pl.DataFrame
    findings: tuple[Finding, ...]
    rule_counts: tuple[tuple[str, str | None, int], ...]  # code, column, rows violated; exact
    judged: int
    left_out: tuple[str, ...]  # rules that could not be asked of this delivery, with what is missing
    seal: int  # of ``STATES`` (hub.stages.sealing)
    late: int | None = None  # rows that are taken and came late; None: nobody asked


def run(job: Job) -> Checked:
    """Judge the rows that are neither blank nor a repetition of an earlier row of the same delivery."""
    apart = _set_apart(job)
    skip = set_of(apart)
    known = Known.read(job.references)

    def judged(columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        wanted = list(dict.fromkeys(["record", *columns]))
        for chunk in ahead(chunks(job.normalised, job.chunk_rows, known.stored(wanted))):
            yield known.add(chunk if skip is None else chunk.filter(~pl.col("record").is_in(skip)), wanted)

    schema = {**pl.read_parquet_schema(job.normalised), **dict.fromkeys(known.columns, pl.String())}
    asked = applied(job.suite, _facts(job, apart), schema)
    suite = asked.suite
    verdict = judge(compile_suite(suite, schema), judged)
    violations = _of_rows(verdict.violations(), suite)
    rules = [
        (str(rule.meta["code"]), None if rule.meta.get("column") is None else str(rule.meta["column"]))
        for rule in suite.rules
    ]
    violations = _asking_for_records(job, violations, rules)
    states = pl.concat([apart, _states(suite, violations)]).sort("record")
    faults = _faults(violations, rules)
    return Checked(
        verdict=verdict,
        states=states,
        findings=(*_findings(job, faults, rules), *_repeated(job, apart)),
        rule_counts=tuple(
            (*rules[number], count) for number, count in faults.group_by("rule").len().sort("rule").rows()
        ),
        judged=verdict.row_count,
        left_out=tuple(asked.told()),
        seal=sealing.of_rows(states, STATES),
        late=_late(violations, states, rules),
    )


def _facts(job: Job, apart: pl.DataFrame) -> dict[str, object]:
    """What parameters of rules may name: facts of the ledger, of the contract and of this delivery."""
    blank = int((apart["state"] == "blank").sum())
    own = {"blank_rows": blank, "repeated_rows": apart.height - blank}
    return {**job.facts, **code_facts(job.contract.columns), **own}


def _of_rows(violations: pl.DataFrame, suite: Suite) -> pl.DataFrame:
    """Without rules that ask about the batch by the share of its rows (``mostly``): they tell nothing of one row."""
    batch = [number for number, rule in enumerate(suite.rules) if notice(str(rule.meta["code"])).cls == "M"]
    return violations.filter(~pl.col("rule").is_in(batch)) if batch else violations


def _asking_for_records(job: Job, violations: pl.DataFrame, rules: Sequence[tuple[str, str | None]]) -> pl.DataFrame:
    """Without what is wrong beside the key of a row that asks for a withdrawal: it is never refused for old faults."""
    said = job.contract.operation
    if said is None or violations.is_empty():
        return violations
    withdrawing = pl.concat(
        [
            chunk.filter(pl.col(said) == WITHDRAWING)["record"]
            for chunk in chunks(job.normalised, job.chunk_rows, ["record", said])
        ]
    )
    beside = [
        number for number, (_, column) in enumerate(rules) if column is not None and column not in job.contract.key
    ]
    return violations.filter(~(pl.col("record").is_in(withdrawing.implode()) & pl.col("rule").is_in(beside)))


def set_of(apart: pl.DataFrame) -> pl.Series | None:
    """The records that are not judged, or None when all are."""
    return None if apart.is_empty() else apart["record"].implode()


def _set_apart(job: Job) -> pl.DataFrame:
    """Blank rows and rows that repeat an earlier one, with their states."""
    parts = [
        chunk.select("record", "blank", pl.col("content_hash").hash())
        for chunk in ahead(chunks(job.normalised, job.chunk_rows, ["record", "blank", "content_hash"]))
    ]
    whole = pl.concat(parts or [_NOTHING])
    alike = whole["content_hash"].is_in(twice([whole["content_hash"]]).implode())
    twin = pl.col("record").is_in(_twins(job, whole["record"].filter(alike)).implode())
    return whole.filter(pl.col("blank") | twin).select(
        pl.col("record"),
        pl.when("blank").then(pl.lit("blank")).otherwise(pl.lit("duplicate")).alias("state"),
        pl.when("blank").then(pl.lit(None, pl.String)).otherwise(pl.lit("DUP-ROW")).alias("code"),
    )


_NOTHING = pl.DataFrame(schema={"record": pl.Int64, "blank": pl.Boolean, "content_hash": pl.UInt64})


def _twins(job: Job, alike: pl.Series) -> pl.Series:
    """Of the records whose content looks alike by 64 bits, those that are the same as an earlier one."""
    if alike.is_empty():
        return alike
    rows = _rows(job.normalised, alike, ["record", "content_hash"])
    return rows["record"].filter(~rows["content_hash"].is_first_distinct())


def _rows(path: Path, records: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
    """The rows of an artefact with these records, in order; of all others nothing but the record is decoded."""
    chosen = pl.scan_parquet(path, glob=False).select(columns)
    return chosen.filter(pl.col("record").is_in(records.implode())).collect()


def _states(suite: Suite, violations: pl.DataFrame) -> pl.DataFrame:
    """State of every record that violates a row rule: rejected when a critical rule is among them."""
    facts = pl.DataFrame(
        {
            "rule": list(range(len(suite.rules))),
            "critical": [rule.severity == "critical" for rule in suite.rules],
            "code": [str(rule.meta["code"]) for rule in suite.rules],
        },
        schema={"rule": pl.Int32, "critical": pl.Boolean, "code": pl.String},
    )
    worst = (
        violations.join(facts, on="rule", how="left")
        .sort("record", "critical", "rule", descending=[False, True, False])
        .group_by("record", maintain_order=True)
        .first()
    )
    return worst.select(
        "record",
        pl.when("critical").then(pl.lit("rejected")).otherwise(pl.lit("accepted_query")).alias("state"),
        "code",
    )


def _late(violations: pl.DataFrame, states: pl.DataFrame, rules: Sequence[tuple[str, str | None]]) -> int | None:
    """Rows that came late and are not rejected."""
    asked = [number for number, (code, _) in enumerate(rules) if code == LATE]
    if not asked:
        return None
    rejected = states.filter(pl.col("state") == "rejected")["record"]
    late = violations.filter(pl.col("rule").is_in(asked))["record"].unique()
    return int((~late.is_in(rejected.implode())).sum())


def _repeated(job: Job, apart: pl.DataFrame) -> list[Finding]:
    """The first rows that repeat an earlier one."""
    twins = apart.filter(pl.col("state") == "duplicate").sort("record").head(TWINS)["record"]
    if twins.is_empty():
        return []
    found = _rows(job.normalised, twins, ["record", "row"])
    return [Finding("DUP-ROW", record=record, row=row) for record, row in found.iter_rows()]


def _faults(violations: pl.DataFrame, rules: Sequence[tuple[str, str | None]]) -> pl.DataFrame:
    """A cell that breaks two rules with one code has one fault: it counts for the first of them."""
    spoken = {number: rules.index(rule) for number, rule in enumerate(rules)}
    return violations.with_columns(pl.col("rule").replace(spoken)).unique(maintain_order=True)


def _cut(cells: pl.Series) -> pl.Series:
    """Cells as they are quoted: nobody reads a number of a thousand digits."""
    return pl.select(
        pl.when(cells.str.len_chars() > LONGEST).then(cells.str.slice(0, LONGEST) + "…").otherwise(cells)
    ).to_series()


def _findings(job: Job, faults: pl.DataFrame, rules: Sequence[tuple[str, str | None]]) -> Iterable[Finding]:
    kept = faults.sort("record").group_by("rule", maintain_order=True).head(DETAIL)
    if kept.is_empty():
        return
    classes = {column.name: column.classification for column in job.contract.columns}
    faulty = (rules[number][1] for number in kept["rule"].unique().sort())
    wanted = list(dict.fromkeys(["record", "row", *(name for name in faulty if name in classes)]))
    raw = _rows(job.read, kept["record"].unique(), wanted)
    for (number,), part in sorted(kept.partition_by("rule", as_dict=True).items(), key=lambda item: item[0]):
        code, column = rules[int(number)]
        rows = part.join(raw, on="record", how="left").sort("record")
        quoted = column in classes and notice(code).cls in ("V", "Q") and code not in LEAKS
        shown = _cut(rows[column]) if quoted and column else pl.Series([None] * rows.height, dtype=pl.String)
        values = mask_by_class(shown, classes[column]) if quoted and column else shown
        for record, row, value in zip(rows["record"], rows["row"], values, strict=True):
            yield Finding(code=code, record=record, row=row, column=column, value=value)
