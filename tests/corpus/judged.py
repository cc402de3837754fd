"""A file in the real stages, without a ledger: the fate of each row, and what was found in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hub.contract import load
from hub.contract.calendar import earliest_on_time
from hub.contract.model import Contract, Suite
from hub.contract.parameters import EARLIEST
from hub.line.timeliness import unknown_rows
from hub.stages import check, normalise, read
from hub.stages.job import Job

SCHEMAS, EXPECTATIONS = Path("schemas"), Path("expectations")


@dataclass(frozen=True)
class Judged:
    """What became of a file; rows are numbered as the sender sees them."""

    refused: tuple[str, ...]
    rows: int
    states: Mapping[int, str]  # of the rows that are not plainly accepted
    found: Mapping[int, set[tuple[str, str | None]]]  # code and column


def judged(content: bytes, contract: Contract, suite: Suite, folder: Path, today: date) -> Judged:
    """Read, normalise and check a file that comes today."""
    source = folder / "delivery"
    source.write_bytes(content)
    facts = {}
    if contract.working_days is not None:
        facts[EARLIEST] = earliest_on_time(load.calendar(SCHEMAS), today, contract.working_days).isoformat()
    job = Job(1, contract, suite, source, folder, b"a key for tests", facts=facts)
    outcome = read.run(source, contract, job.read)
    refused = tuple(finding.code for finding in outcome.findings)
    if refused:
        return Judged(refused, 0, {}, {})
    rows = normalise.run(job).rows
    checked = check.run(unknown_rows(job))
    found: dict[int, set[tuple[str, str | None]]] = defaultdict(set)
    places: dict[int, int] = {}
    for finding in checked.findings:
        if finding.record is not None and finding.row is not None:
            found[finding.row].add((finding.code, finding.column))
            places[finding.record] = finding.row
    states = {}
    for record, state in checked.states.select("record", "state").iter_rows():
        if record in places:
            states[places[record]] = state
        elif state != "blank":
            raise AssertionError(f"record {record} is {state}, and no finding says why")
    return Judged((), rows, states, found)
