"""Tombstones outlive the ledger (撤回标记): each withdrawal also lies in the store, before its transaction commits.

A small file for each transaction, ``tombstones/<sequence>-<hash>.json``: dataset, moment, record ids with their floors;
no reason, no name. ``sequence`` is that of the transaction's first event, which nobody else can get while it is open.
A restored ledger carries out whatever it does not know. Perhaps that was rolled back and not tried again: too much is
told to a person, too little is not allowed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rfc8785
import sqlalchemy as sa

from hub.errors import NotFound, VerificationFailed
from hub.ledger import evidence

if TYPE_CHECKING:
    from hub.line.hub import Hub

FOLDER = "tombstones"
SCHEMA = "tombstone.v1"
NAME = re.compile(r"([0-9]{12})-([0-9a-f]{16})\.json")
AT_ONCE = 10_000  # records in one file
WITHDRAWN, ERASED, LIFTED = "withdrawn", "erased", "lifted"  # what is erased is withdrawn, too
DESTROYED = "key destroyed"  # names data keys and their months in the place of records and floors


@dataclass(frozen=True, slots=True)
class Told:
    """One file: what was withdrawn or erased, or what a person took back, by one transaction."""

    sequence: int
    kind: str
    dataset: str
    at: datetime
    records: tuple[tuple[str, str], ...]  # record id, floor


def tell(
    hub: Hub,
    connection: sa.Connection,
    dataset: str,
    records: Sequence[tuple[str, str]],
    now: datetime,
    kind: str = WITHDRAWN,
) -> None:
    """Write what this transaction withdraws or erases into the store; its next event is the one that tells of it."""
    if records:
        _write(hub, kind, evidence.next_sequence(connection), dataset, records, now)


def tell_lifted(hub: Hub, sequence: int, dataset: str, record_id: str, now: datetime) -> None:
    """Write that a withdrawal was taken back: after the commit, for only what came to be may open anything."""
    _write(hub, LIFTED, sequence, dataset, [(record_id, "")], now)


def _write(hub: Hub, kind: str, sequence: int, dataset: str, records: Sequence[tuple[str, str]], now: datetime) -> None:
    for start in range(0, len(records), AT_ONCE):
        part = [list(one) for one in sorted(records[start : start + AT_ONCE])]
        facts: dict[str, Any] = {
            "schema": SCHEMA,
            "kind": kind,
            "sequence": sequence,
            "dataset": dataset,
            "records": part,
        }
        content = rfc8785.dumps(facts | {"at": evidence.moment(now)})
        hub.store.put(f"{FOLDER}/{name_of(sequence, content)}", content)


def name_of(sequence: int, content: bytes) -> str:
    """Name of a tombstone's file: a changed one no longer fits to it."""
    return f"{sequence:012d}-{hashlib.sha256(content).hexdigest()[:16]}.json"


def read(files: Mapping[str, bytes]) -> list[Told]:
    """What the files (by name) tell, oldest first; ``VerificationFailed`` when one is not what was written."""
    return sorted((_read(name, content) for name, content in files.items()), key=lambda one: one.sequence)


def _read(name: str, content: bytes) -> Told:
    named = NAME.fullmatch(name)
    try:
        said: dict[str, Any] = json.loads(content)
        if named is None or name != name_of(int(said["sequence"]), content) or said["schema"] != SCHEMA:
            raise VerificationFailed(f"tombstone {name} is not what was written")
        records = tuple((str(record), str(floor)) for record, floor in said["records"])
        moment = datetime.fromisoformat(said["at"])
        return Told(int(said["sequence"]), str(said["kind"]), str(said["dataset"]), moment, records)
    except (ValueError, KeyError, TypeError):
        raise VerificationFailed(f"tombstone {name} is not what was written") from None


def of_store(hub: Hub) -> dict[str, bytes]:
    """The files in the hub's own store, by name."""
    return {name: hub.store.get(f"{FOLDER}/{name}") for name in hub.store.names(FOLDER)}


def of_folders(folders: Iterable[Path]) -> dict[str, bytes]:
    """The files below given folders: of a store, of a backup, or the tombstones themselves; ``NotFound`` for none."""
    found: dict[str, bytes] = {}
    for folder in folders:
        places = (folder / "store" / FOLDER, folder / FOLDER, folder)
        place = next((one for one in places if one.is_dir() and any(one.glob("*.json"))), None)
        if place is None and not folder.is_dir():
            raise NotFound("there is no such folder of tombstones")
        if place is not None:
            found |= {one.name: one.read_bytes() for one in place.glob("*.json") if NAME.fullmatch(one.name)}
    return found
