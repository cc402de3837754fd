"""Trial deliveries over SFTP (试报): what lies in ``precheck`` is judged as the hub would, answered, and not kept.

The answer goes to the department's outbox like any receipt, without a receipt number. Nothing is written to the ledger
but since when the file has stood still, which gives the answer its moment: a run that ends half way is done again and
comes to the same files.
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.failpoints import reached
from hub.findings import Finding
from hub.ledger import sightings
from hub.ledger.connect import writing
from hub.line import prechecking, returning
from hub.receipts.compose import to_bytes
from hub.settings import SftpServer
from hub.stages import acknowledge, markers
from hub.stages import collect as stage
from hub.stages.file_names import to_stored

if TYPE_CHECKING:
    from hub.line.hub import Hub

FOLDER = "precheck"


def answer(hub: Hub, name: str, server: SftpServer, session: Any) -> int:
    """Judge and answer every complete file in the departments' ``precheck``; gives how many have to wait."""
    departments = [department.id for department in hub.county.departments]
    ways = markers.ways_of(tuple(hub.contracts.values()))
    seen = stage.look(session, server.root, departments, FOLDER, ways).files
    faces = [(to_stored(one.entry.path), one.entry.size, one.entry.modified) for one in seen]
    with writing(hub.ledger, "trial_sighting") as connection:
        now = hub.now()
        still = sightings.look(connection, f"{name}/{FOLDER}", faces, now)
    waiting = 0
    scratch = hub.home / "work"
    scratch.mkdir(parents=True, exist_ok=True)
    for left in scratch.glob(f"trial-{name}-*"):  # by a run that was killed; nobody else is at this server now
        shutil.rmtree(left)
    for one, face in zip(seen, faces, strict=True):
        with tempfile.TemporaryDirectory(dir=scratch, prefix=f"trial-{name}-") as folder:
            taken = stage.take(
                session,
                one,
                still[face[0]],
                Path(folder),
                settle=hub.settings.settle_seconds,
                patience=hub.settings.patience_seconds,
                limit=hub.settings.trial_bytes,
            )
            if isinstance(taken, stage.Wait):
                waiting += 1
                continue
            since = (now - timedelta(seconds=still[face[0]])).replace(microsecond=0)
            _answer(hub, server, session, taken, prechecking.Trial(since, "sftp", taken.signature, taken.said.rows))
    return waiting


def _answer(hub: Hub, server: SftpServer, session: Any, taken: stage.Taken, trial: prechecking.Trial) -> None:
    entry, department = taken.seen.entry, taken.seen.department
    file_name = to_stored(entry.name)
    dataset = returning.dataset_of(hub, taken.file, department, returning.key_of_trial(hub)) or stage.dataset_of(
        entry.name, department, tuple(hub.contracts.values())
    )
    contract = hub.contract(dataset) if dataset else None
    refused = None
    if contract is None:
        refused = Finding("FIL-DATASET")
    elif taken.too_large:
        refused = Finding("FIL-TOOBIG", detail=f"试报的上限是 {hub.settings.trial_bytes >> 20} MB。")
    outbox = acknowledge.SftpOutbox(session, f"{server.root.rstrip('/')}/{department}/outbox")
    with prechecking.judged(hub, taken.file, file_name, contract, department, trial, refused, taken.file.parent) as (
        receipt,
        job,
    ):
        raw, problems = prechecking.rejected_rows(job, receipt, contract), prechecking.problems(receipt)
        acknowledge.run(outbox, to_bytes(receipt).decode("utf-8"), contract, raw, problems, file_name)
    now = session.stat(entry.path)
    if now is not None and (now.size, now.modified) == (entry.size, entry.modified):
        reached("trial.before_removal")
        for beside in (taken.seen.manifest, taken.seen.signature):
            if beside is not None:
                session.remove(beside.path)
        session.remove(entry.path)
