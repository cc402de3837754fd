"""One register of subjects (信用主体登记), found by the code alone: names and since when, state, successor, records.

Nothing is kept beside the records: what a register dataset (``subjectRegister``) and the other datasets hold of a code
is put together when it is asked for. Names are told, never used to find or to join anything; a sole trader is not tied
to the person behind it here, for this is for no purpose of a law that would allow it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from hub.contract.model import Contract
from hub.errors import NotFound, WrongUsage
from hub.ledger import records, sealed
from hub.ledger.connect import reading

if TYPE_CHECKING:
    from hub.line.hub import Hub

LONGEST_CHAIN = 20  # mergers that are followed
SHOWN_OF_A_NAME = 1  # characters of a person's
_PERSON = "of a person"  # no column is called so


def show(hub: Hub, code: str) -> dict[str, Any]:
    """What is known of the subject with a credit code or citizen id; the code is kept nowhere.

    ``names``: each with ``since`` and ``until`` as the register says, and ``dataset``; ``other_names``: under which
    other datasets have the code and the register never had it; ``state``, ``ended``, ``successors`` (codes, nearest
    first); ``records``: current ones by dataset. ``WrongUsage`` for what is no code, ``NotFound`` when nothing has it.
    """
    code = code.strip().upper()
    if not code:
        raise WrongUsage("a credit code or a citizen id is needed, on one line of stdin")
    with reading(hub.ledger) as connection:
        held = {contract.dataset: found for contract, found in _held(hub, connection, code) if found}
        if not held:
            raise NotFound("no record has this code")
        person = any(row[_PERSON] for rows in held.values() for row in rows)
        registers = [one for one in hub.contracts.values() if one.register is not None and one.dataset in held]
        others = [one for one in hub.contracts.values() if one.register is None and one.dataset in held]
        names = [name for one in registers for name in _names(one, held[one.dataset])]
        known = {name["name"] for name in names}
        told = {name["name"]: name for one in others for name in _names(one, held[one.dataset])}
        current = [(one, row) for one in registers for row in held[one.dataset] if _is_current(row)]
        return {
            "kind": "person" if person else "organisation",
            "names": sorted(names, key=lambda one: (one["since"], one["name"])),
            "other_names": [told[name] for name in sorted(told.keys() - known)],
            "state": [str(row[one.register.state]) for one, row in current if one.register is not None],
            "gone": any(
                one.register is not None and row[one.register.state] in one.register.gone for one, row in current
            ),
            "ended": [_text(row[one.register.ended]) for one, row in current if one.register and one.register.ended],
            "successors": [] if person else list(_successors(hub, connection, code)),
            "records": {name: sum(map(_is_current, rows)) for name, rows in sorted(held.items())},
        }


def _held(hub: Hub, connection: sa.Connection, code: str) -> Iterator[tuple[Contract, list[dict[str, Any]]]]:
    """The versions known now, of every dataset, of the records whose subject has the code."""
    for contract in hub.contracts.values():
        subject, shape = contract.subject, hub.shape(contract)
        columns = [one for one in (subject.organisation_id, subject.person_id) if one is not None]
        if not columns or not records.exists(connection, shape):
            continue
        versions = [
            row | {_PERSON: row.get(subject.person_id or "") == code}
            for record_id in sealed.naming(connection, shape, columns, code)
            for row in records.history(connection, shape, record_id)
        ]
        yield contract, [row for row in versions if row["known_to"] is None and code in (row[one] for one in columns)]


def _names(contract: Contract, versions: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The names that the versions give, each from when to when; of a person no more than the first character."""
    column = contract.subject.name
    if column is None:
        return
    spans: dict[str, list[Mapping[str, Any]]] = {}
    for row in versions:
        if row[column] is not None:
            spans.setdefault(str(row[column]), []).append(row)
    for name, rows in spans.items():
        ends = [row["valid_to"] for row in rows]
        hidden = "*" * (len(name) - SHOWN_OF_A_NAME)
        yield {
            "name": name[:SHOWN_OF_A_NAME] + hidden if any(row[_PERSON] for row in rows) else name,
            "since": min(row["valid_from"] for row in rows),
            "until": None if None in ends else max(ends),
            "dataset": contract.dataset,
        }


def _successors(hub: Hub, connection: sa.Connection, code: str) -> Iterator[str]:
    """Who took over from whom, one after the other; a circle ends where it closes."""
    seen = {code}
    for _ in range(LONGEST_CHAIN):
        found = [
            row[contract.register.successor]
            for contract, rows in _held(hub, connection, code)
            if contract.register is not None and contract.register.successor is not None
            for row in rows
            if _is_current(row) and row[contract.register.successor] is not None
        ]
        if not found or found[0] in seen:
            return
        code = str(found[0])
        seen.add(code)
        yield code


def _is_current(row: Mapping[str, Any]) -> bool:
    return row["known_to"] is None and row["valid_to"] is None


def _text(value: object) -> str | None:
    return None if value is None else str(value)
