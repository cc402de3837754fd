"""Judge a file as the hub would (试报): same stages, same receipt, no database, nothing kept."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Any

import polars as pl

from hub.contract.withdrawal import rules_of
from hub.errors import NotFound, WrongUsage
from hub.findings import Finding
from hub.line import receipting, timeliness
from hub.line.course import Course, frames, intake_of, run_stages
from hub.line.hub import is_there, open_hub
from hub.line.receipting import Verdict
from hub.stages.file_names import mode_of
from hub.stages.job import Job
from hub.store import digest


def precheck(file: Path, dataset: str, department: str | None = None) -> dict[str, Any]:
    """The receipt object of stage 2, without numbers; ``NotFound`` for an unknown dataset and for a missing file."""
    hub = open_hub()
    contract = hub.contract(dataset)
    if not is_there(file):
        raise NotFound("there is no such file")
    intake = intake_of(contract, department) if department else None
    if department and intake is None:
        raise WrongUsage(f"the contract of {dataset} knows no way in for {department}")
    size = file.stat().st_size
    with tempfile.TemporaryDirectory(prefix="hub-check-") as folder:
        mode = mode_of(file.name)
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
            facts=timeliness.facts_of(hub, contract, hub.now()),
        )
        shutil.copyfile(file, job.source)
        with job.source.open("rb") as stream:
            sha256 = digest(stream)
        limit = hub.settings.max_file_bytes
        course = run_stages(job, intake, gather=timeliness.unknown_rows) if size <= limit else _too_large(limit)
        states = pl.concat([_NOTHING, *(frame.select("state") for frame in frames(job, course))])["state"]
    found = dict(states.value_counts().iter_rows())
    queries = found.get("accepted_query", 0)
    counts = {name: found.get(name, 0) for name in ("rejected", "duplicate", "blank")}
    counts |= {"rows": course.rows, "accepted": found.get("accepted", 0) + queries, "of_which_query": queries}
    now = hub.now()
    delivery = {
        "file_name": file.name,
        "size": size,
        "sha256": sha256,
        "received_at": now,
        "channel": "hand",
        "department": department,
        "batch_no": None,
        "mode": mode,
    }
    told = (course.findings, course.rule_counts, course.changes, course.read)
    verdict = Verdict(
        course.decision, counts, *told, causes=course.causes, timeliness=timeliness.told(course, counts)
    )
    return receipting.write(delivery, contract, verdict, now, number=None, precheck=True)


_NOTHING = pl.DataFrame(schema={"state": pl.String})


def _too_large(limit: int) -> Course:
    """The course of a file that the line would not open."""
    return Course(decision="refuse", findings=[Finding("FIL-TOOBIG", detail=f"上限是 {limit >> 20} MB。")])
