"""Judge a file as the hub would (试报): same stages, same receipt, no database, nothing kept."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from hub.contract.model import Contract
from hub.contract.withdrawal import rules_of
from hub.errors import NotFound, WrongUsage
from hub.findings import Finding
from hub.line import declaring, opening, receipting, returning, timeliness
from hub.line.course import Course, frames, intake_of, run_stages
from hub.line.hub import Hub, is_there, open_hub
from hub.line.receipting import Verdict
from hub.stages import acknowledge
from hub.stages.file_names import mode_of
from hub.stages.job import Job
from hub.stages.sealed_files import Opener
from hub.store import digest


@dataclass(frozen=True, slots=True)
class Trial:
    """When a trial delivery came (with a zone) and how."""

    received_at: datetime
    channel: str
    signature: bytes | None = None  # that came along
    declared: int | None = None  # rows, as the sender counts them


def precheck(file: Path, dataset: str, department: str | None = None) -> dict[str, Any]:
    """The receipt object of stage 2, without numbers; ``NotFound`` for an unknown dataset and for a missing file."""
    hub = open_hub()
    contract = hub.contract(dataset)
    if not is_there(file):
        raise NotFound("there is no such file")
    if department and intake_of(contract, department) is None:
        raise WrongUsage(f"the contract of {dataset} knows no way in for {department}")
    trial = Trial(hub.now(), "hand", opening.beside(file))
    with judged(hub, file, file.name, contract, department, trial) as (receipt, _):
        return receipt


@contextmanager
def judged(
    hub: Hub,
    file: Path,
    file_name: str,
    contract: Contract | None,
    department: str | None,
    trial: Trial,
    refused: Finding | None = None,
    scratch: Path | None = None,
) -> Iterator[tuple[dict[str, Any], Job | None]]:
    """The receipt of a trial delivery, and the job whose artefacts hold its rows as long as the context is open.

    ``refused``: why the file is not even opened; then there is no job. ``contract`` is None when no dataset fits.
    ``scratch``: where the artefacts lie meanwhile, instead of this machine's place for such things.
    """
    size, mode = file.stat().st_size, mode_of(file_name)
    if refused is None and size > hub.settings.max_file_bytes:
        refused = Finding("FIL-TOOBIG", detail=f"上限是 {hub.settings.max_file_bytes >> 20} MB。")
    with file.open("rb") as stream:
        sha256 = digest(stream)
    delivery = {
        "file_name": file_name,
        "size": size,
        "sha256": sha256,
        "received_at": trial.received_at,
        "channel": trial.channel,
        "department": department,
        "batch_no": None,
        "mode": mode,
        "declared": trial.declared,
    }
    with tempfile.TemporaryDirectory(prefix="hub-check-", dir=scratch) as folder:
        job: Job | None = None
        if refused is not None or contract is None:
            course = Course(decision="refuse", findings=[refused or Finding("FIL-DATASET")])
            states = _NOTHING["state"]
        else:
            asked, suite = rules_of(mode, contract, hub.suite(contract))
            job = Job(
                delivery=0,
                contract=asked,
                suite=suite,
                source=Path(folder) / "source",
                folder=Path(folder),
                record_key=secrets.token_bytes(32),
                mode=mode,
                chunk_rows=hub.settings.chunk_rows,
                limits=hub.limits,
                facts=timeliness.facts_of(hub, contract, trial.received_at),
                opener=Opener(opening.keys_of(hub), department, trial.signature),
                department=department,
                workbook_key=returning.key_of_trial(hub),
            )
            shutil.copyfile(file, job.source)
            intake = intake_of(contract, department) if department else None
            course = run_stages(job, intake, gather=timeliness.unknown_rows)
            declaring.hold_against(course, trial.declared)
            states = pl.concat([_NOTHING, *(frame.select("state") for frame in frames(job, course))])["state"]
        found = dict(states.value_counts().iter_rows())
        queries = found.get("accepted_query", 0)
        counts = {name: found.get(name, 0) for name in ("rejected", "duplicate", "blank")}
        counts |= {"rows": course.rows, "accepted": found.get("accepted", 0) + queries, "of_which_query": queries}
        told = (course.findings, course.rule_counts, course.changes, course.read)
        late = timeliness.told(course, counts)
        verdict = Verdict(course.decision, counts, *told, causes=course.causes, timeliness=late, came=course.came)
        moment = trial.received_at
        yield receipting.write(delivery, contract, verdict, moment, number=None, precheck=True), job


def rejected_rows(job: Job | None, receipt: Mapping[str, Any], contract: Contract | None) -> pl.DataFrame:
    """The sender's own rows that would be rejected, as far as the receipt names them; for the workbook."""
    if job is None:
        return acknowledge.no_rows(contract)
    wanted = sorted({row["record"] for found in receipt["findings"] if found["class"] == "V" for row in found["rows"]})
    return acknowledge.rejected_rows(job, pl.Series(wanted, dtype=pl.Int64))


def problems(receipt: Mapping[str, Any]) -> pl.DataFrame:
    """What is wrong with these rows (``record, code, column``), as far as the receipt names it."""
    facts = [
        (row["record"], found["rule"], found["field"])
        for found in receipt["findings"]
        for row in found["rows"]
        if row["record"] is not None
    ]
    return pl.DataFrame(facts, schema={"record": pl.Int64, "code": pl.String, "column": pl.String}, orient="row")


_NOTHING = pl.DataFrame(schema={"state": pl.String})
