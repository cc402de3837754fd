"""The stages of one delivery up to its verdict: read, normalise, check, gate. Needs no ledger; a precheck does it too.

What they find is a ``Course``. Everything here can be done again from the landed bytes and comes out the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import polars as pl

from hub.contract import withdrawal
from hub.contract.model import Contract, Suite
from hub.errors import CallOperator, HubError
from hub.findings import Finding, notice
from hub.line import conserving, explaining, opening, returning, timeliness
from hub.receipts.parts import Cause, Decision
from hub.stages import accept, check, confined, following, gate, normalise, read, sealed_files, totals
from hub.stages.job import Job

if TYPE_CHECKING:
    from hub.line.hub import Hub


@dataclass(slots=True)
class Course:
    """What the stages of one delivery have found so far."""

    decision: Decision = "accept"
    refused_by: str | None = None
    rows: int = 0
    findings: list[Finding] = field(default_factory=list)
    rule_counts: Sequence[tuple[str, str | None, int]] = ()
    changes: Sequence[normalise.Change] = ()
    causes: Sequence[Cause] = ()
    states: pl.DataFrame | None = None
    late: int | None = None  # rows that are taken and came late; None: nobody asked
    validation: dict[str, Any] | None = None
    read: read.Read | None = None
    outcomes: dict[str, tuple[dict[str, Any], float]] = field(default_factory=dict)
    normalised: normalise.Normalised | None = None
    came: returning.Return | None = None  # what came back, where the delivery is a workbook of the hub's
    passed: conserving.Passed = field(default_factory=conserving.Passed)  # what ``frames`` has handed on


def make_job(hub: Hub, delivery: dict[str, Any], contract: Contract) -> Job:
    """The job of a delivery: its contract, its folder, where its bytes will lie."""
    folder = hub.work_folder(delivery["id"])
    contract, suite = withdrawal.rules_of(delivery["mode"], contract, hub.suite(contract))
    return Job(
        delivery=delivery["id"],
        contract=contract,
        suite=suite,
        source=folder / "source",
        folder=folder,
        record_key=hub.record_key,
        mode=delivery["mode"],
        chunk_rows=hub.settings.chunk_rows,
        limits=hub.limits,
        facts=timeliness.facts_of(hub, contract, delivery["received_at"]),
        department=delivery["department"],
        workbook_key=returning.key(hub),
        **opening.facts_of(hub, delivery),
    )


def read_in(job: Job, intake: Any, follow: Path | None = None) -> read.Read:
    """Stage read of a job, in a confined process; a sealed file is opened for as long as that takes."""
    with sealed_files.opened(job, intake or read.agreed(job.contract)) as door:
        return read.Read(0, door.findings) if door.shut else _read_in(door.job, intake, follow)


def _read_in(job: Job, intake: Any, follow: Path | None) -> read.Read:
    """A workbook of the hub's is known by what it says of itself."""
    job.returned.unlink(missing_ok=True)
    meta, told = returning.recognised(job)
    more: dict[str, Any] = {} if meta is None else {"meta": meta}
    found = confined.run(
        job.source,
        job.contract,
        job.read,
        chunk_rows=job.chunk_rows,
        intake=intake,
        limits=job.limits,
        follow=follow,
        **more,
    )
    return replace(found, findings=(*found.findings, *told)) if told else found


def read_and_normalise(course: Course, job: Job, intake: Any) -> tuple[read.Read, normalise.Normalised | None]:
    """The first two stages side by side; nothing is normalised where the file is refused."""

    def reading(follow: Path) -> read.Read:
        with _timed(course, "read") as note:
            found = read_in(job, intake, follow)
            note(rows=found.rows, format=found.format, encoding=found.encoding)
        return found

    with following.followed(job.folder) as folder, ThreadPoolExecutor(1, "read") as hand:
        coming = hand.submit(reading, folder)
        with _timed(course, "normalise") as note:
            groups, followed = following.groups(folder, coming.done), conserving.Followed()
            try:
                normalised: normalise.Normalised | None = normalise.run(job, followed.passing(groups))
            except following.Restarted:
                normalised = None
            finally:
                following.stop(folder)
            found = coming.result()
            if found.refused:
                job.normalised.unlink(missing_ok=True)
                return found, None
            conserving.after_read(job, found)
            if normalised is None or normalised.rows != found.rows:  # another attempt at the file is what counts
                normalised, followed = normalise.run(job), conserving.Followed()
            conserving.after_normalise(job, found, normalised, followed)
            changed = sum(one.count for one in normalised.changes)
            note(rows=normalised.rows, blank=normalised.blank, changed_cells=changed)
    return found, normalised


def intake_of(contract: Contract, department: str, channel: str = "sftp") -> Any:
    """The way in by which a department sends this dataset over a channel, or None."""
    pulled = (channel == "database", channel == "api")
    ways = (one for one in contract.intakes if (one.pull is not None, one.api is not None) == pulled)
    return next((intake for intake in ways if intake.department == department), None)


def run_stages(job: Job, intake: Any, *, gather: Callable[[Job], Job] | None = None, released: bool = False) -> Course:
    """Read, normalise, check and gate; needs no ledger, so a precheck calls it too.

    ``gather`` adds what the ledger knows, once the rows are normalised. ``released``: a person has let the batch
    through, so a hold becomes an accept.
    """
    course = Course()
    intake = intake or read.agreed(job.contract)
    with sealed_files.opened(job, intake) as door:
        course.findings += () if door.shut else door.findings  # of one that stays shut the stage read tells
        _run_stages(course, door.job, intake, gather, released)
    if door.sha256 is not None:
        course.outcomes["read"][0]["plain_sha256"] = door.sha256
    return course


def _run_stages(course: Course, job: Job, intake: Any, gather: Callable[[Job], Job] | None, released: bool) -> None:
    course.read, normalised = read_and_normalise(course, job, intake)
    course.rows = course.read.rows
    course.findings += course.read.findings
    if normalised is None:
        with _timed(course, "causes") as note:
            course.causes = explaining.of_file(job, course.read)
            note(told=[cause.code for cause in course.causes])
        course.decision = "refuse"
        course.refused_by = next(one.code for one in course.read.findings if notice(one.code).cls == "S")
        return
    if (came := returning.of_job(job)) is not None:
        course.came, job = came, returning.as_correction(job)
        course.findings += came.findings
        if not course.rows:  # answers alone: there is no batch to be asked about
            of_rows = (rule for rule in job.suite.rules if notice(str(rule.meta["code"])).cls not in "SM")
            job = replace(job, suite=Suite(job.suite.name, tuple(of_rows)))
    course.normalised = normalised
    course.changes = (*normalised.changes, *normalise.of_footers(course.read.footers))
    course.findings += (unbalanced := _against_totals(job, intake, course.read, normalised))
    with _timed(course, "check") as note:
        job = gather(job) if gather is not None else job
        checked = check.run(job)
        conserving.after_check(normalised, checked)
        course.states, course.rule_counts, course.late = checked.states, checked.rule_counts, checked.late
        course.findings += checked.findings
        rejected = int((checked.states["state"] == "rejected").sum())
        note(judged=checked.judged, rejected=rejected, findings=sum(count for *_, count in checked.rule_counts))
        course.causes = explaining.of_rows(job, course.read, checked)
        if checked.left_out:
            note(left_out="; ".join(checked.left_out))
    with _timed(course, "gate") as note:
        gated = gate.run(job, checked.verdict, rejected)
        course.validation = dict(gated.result)
        course.findings += gated.findings
        course.decision = "accept" if released and gated.decision == "hold" else gated.decision
        if course.decision == "refuse":
            course.refused_by = gated.findings[0].code
        if refusing := [one.code for one in unbalanced if notice(one.code).cls == "S"]:
            course.decision, course.refused_by = "refuse", refusing[0]
        note(decision=course.decision)


def _against_totals(job: Job, intake: Any, found: read.Read, normalised: normalise.Normalised) -> tuple[Finding, ...]:
    """What the totals line and the marker say against what came; nothing where neither says anything."""
    told, artefact = list[Finding](), (job.normalised, job.contract)
    if found.totals is not None:
        rows = normalised.rows - normalised.blank
        told += totals.of_line(*artefact, intake.over.totals, rows, (found.totals.rows, found.totals.sum))
    marker = intake.over.marker if intake is not None else None
    if job.declared_sum is not None and marker is not None and marker.amount is not None:
        told += totals.of_sum(*artefact, marker.amount, job.declared_sum, "FIL-MARKER", "完成标志")
    return tuple(dict.fromkeys(told))


class _timed:
    """Times a stage and keeps its outcome. An error that nobody foresaw becomes ``CallOperator`` without its text.

    Error texts of the libraries quote cells; the place in the code says enough to find the fault.
    """

    def __init__(self, course: Course, stage: str) -> None:
        self.course, self.stage, self.facts = course, stage, dict[str, Any]()

    def __enter__(self) -> Any:
        self.began = time.monotonic()
        return self.facts.update

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.course.outcomes[self.stage] = (self.facts, time.monotonic() - self.began)
        if kind is not None and issubclass(kind, Exception) and not issubclass(kind, HubError):
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
            raise CallOperator(f"stage {self.stage} broke: {kind.__name__} at {place}") from None


def frames(job: Job, course: Course) -> Iterator[pl.DataFrame]:
    """The rows with their fates, as the ledger takes them in; ``course.passed`` tells of those that have come."""
    course.passed = conserving.Passed()
    if course.read is not None and course.read.refused:
        rows = accept.run_refused(job, course.rows, course.read.header_row, str(course.refused_by))
        yield from course.passed.passing(rows, job, course.rows)
    elif course.states is not None and course.normalised is not None:
        conserving.sealed(job, course.normalised)
        rows = accept.run(job, course.states, course.refused_by)
        if not course.rows:  # answers alone: no rows, and yet a table of them
            rows = accept.run_refused(job, 0, 0, "")
        expected = conserving.Expected(course.normalised, course.states, course.refused_by)
        yield from course.passed.passing(rows, job, course.rows, expected)
