"""Hold the verdicts of a hub against the answer key of a generated county (对答案): what differs, in words.

Every file is looked up by its department and name. Its counts, the fate of every row and the code of every planted
fault must be those of the key; what was not planted must not be found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from hub.county import answers
from hub.county.answers import Answer, PlantedFault
from hub.ledger import deliveries
from hub.ledger.connect import reading
from hub.ledger.tables import fate, finding

if TYPE_CHECKING:
    from hub.line import Hub

_SHOWN = 5  # rows that are named of one file


def disagreements(hub: Hub, folder: Path) -> Iterator[str]:
    """What the hub and the answer key of ``folder`` say differently."""
    keys, faults = answers.read(folder)
    planted: dict[tuple[str, str], list[PlantedFault]] = defaultdict(list)
    for fault in faults:
        planted[fault.department, fault.file].append(fault)
    with reading(hub.ledger) as connection:
        known: dict[tuple[str, str], dict[str, Any]] = {}
        for one in deliveries.listed(connection):  # what was sent again later has another answer
            known.setdefault((one["department"], one["file_name"]), one)
        for key in keys:
            if not key.file:
                continue
            found = known.pop((key.department, key.file), None)
            if found is None:
                yield f"{key.department}/{key.file}: never landed"
            else:
                yield from _of_file(connection, key, planted[key.department, key.file], found)


def _of_file(
    connection: sa.Connection, key: Answer, faults: Sequence[PlantedFault], found: Mapping[str, Any]
) -> Iterator[str]:
    name = f"{key.department}/{key.file}"
    if found["state"] != "answered":
        yield f"{name}: is {found['state']}, not answered"
        return
    codes = _codes(connection, found["id"])
    if key.refused:
        if found["verdict"] != "REJECTED" or key.refused not in {
            code for of_row in codes.values() for code, _ in of_row
        }:
            yield f"{name}: {found['verdict']}, to be refused for {key.refused}"
        return
    counts = {column: found[column] for column in ("rows", "accepted", "rejected", "duplicate", "blank")}
    wanted = {
        "rows": key.rows,
        "accepted": key.accepted + key.accepted_query,  # in the ledger a row with a query counts as accepted, too
        "rejected": key.rejected,
        "duplicate": key.duplicate,
        "blank": key.blank,
    }
    if counts != wanted:
        yield f"{name}: counts {counts}, planted {wanted}"
    if key.habit != "again":
        yield from _of_rows(connection, name, faults, found["id"], codes)


def _of_rows(
    connection: sa.Connection,
    name: str,
    faults: Sequence[PlantedFault],
    delivery_id: int,
    codes: Mapping[int | None, set[tuple[str, str | None]]],
) -> Iterator[str]:
    query = sa.select(fate.c.row, fate.c.state).where(
        fate.c.delivery_id == delivery_id, fate.c.state.not_in(("accepted", "blank"))
    )
    fates = {row.row: row.state for row in connection.execute(query)}
    wrong = []
    for fault in faults:
        state = fates.pop(fault.row, "accepted")
        if state != fault.fate:
            wrong.append(f"row {fault.row} ({fault.code} in {fault.column}) is {state}, not {fault.fate}")
        elif fault.fate not in ("duplicate", "accepted") and not _named(fault, codes.get(fault.row, set())):
            wrong.append(f"row {fault.row}: {fault.code} in {fault.column} was not found")
    wrong += [f"row {row} is {state}, and nothing was planted" for row, state in sorted(fates.items())]
    for words in wrong[:_SHOWN]:
        yield f"{name}: {words}"
    if len(wrong) > _SHOWN:
        yield f"{name}: and {len(wrong) - _SHOWN} rows more"


def _named(fault: PlantedFault, codes: set[tuple[str, str | None]]) -> bool:
    return any(code == fault.code and fault.column in ("", column) for code, column in codes)


def _codes(connection: sa.Connection, delivery_id: int) -> dict[int | None, set[tuple[str, str | None]]]:
    """Codes and columns of the findings, by row; under None those of the whole file."""
    found: dict[int | None, set[tuple[str, str | None]]] = defaultdict(set)
    query = sa.select(finding.c.row, finding.c.code, finding.c.column).where(finding.c.delivery_id == delivery_id)
    for row in connection.execute(query):
        found[row.row].add((row.code, row.column))
    return found
