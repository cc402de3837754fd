"""Verify the whole hub (验证): events, receipts, fates, records, blobs, balance; and against what others have kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hub.errors import NotFound
from hub.ledger import balance, expiry
from hub.ledger.checkpoints import Checkpoint, note_in, opened
from hub.ledger.connect import reading
from hub.ledger.verifying import Found, Wrong, verify_erasures, verify_links, verify_log
from hub.ledger.verifying_deliveries import verify_deliveries, verify_records
from hub.line.hub import is_there
from hub.line.reporting import CHECKPOINT_FILE

if TYPE_CHECKING:
    from hub.line.hub import Hub

KINDS = ("history", "event", "checkpoint", "receipt", "fate", "record", "blob", "balance")


def verify(hub: Hub, since: Sequence[Path] = ()) -> Found:
    """Check everything that the hub keeps; ``since``: files in which somebody else has kept a checkpoint.

    The checkpoint beside the reports is a witness, too. Memory does not grow with what is checked.
    """
    with reading(hub.ledger) as connection:
        found = verify_log(connection, hub.vkeys, _witnesses(hub, since))
        verify_erasures(connection, found)
        verify_links(connection, found)
        erased = expiry.told(connection, "blobs")
        for sha256, stored in verify_deliveries(connection, found):
            if stored:
                _verify_blob(hub, sha256, erased, found)
        for contract in hub.contracts.values():
            verify_records(connection, hub.shape(contract), found)
        for words in balance.violations(connection, [hub.shape(one) for one in hub.contracts.values()]):
            found.add("balance", *words.partition(": ")[::2])
    return found


def ordered(found: Found) -> list[Wrong]:
    """What is wrong, in the order in which it is to be looked at."""
    return [found.wrong[kind] for kind in KINDS if kind in found.wrong]


def _witnesses(hub: Hub, since: Sequence[Path]) -> list[Checkpoint]:
    """Checkpoints that lie outside the ledger; ``VerificationFailed`` when one is not this hub's."""
    files = list(since)
    for file in files:
        if not is_there(file):
            raise NotFound("there is no such checkpoint file")
    own = hub.home / "reports" / CHECKPOINT_FILE
    if own.exists():
        files.append(own)
    return [opened(note_in(file.read_bytes().decode("utf-8", "replace")), hub.vkeys) for file in files]


def _verify_blob(hub: Hub, sha256: str, erased: set[str], found: Found) -> None:
    found.count("blob")
    actual = hub.store.rehash(sha256)
    if actual is None and sha256 not in erased and not hub.store.has(sha256):  # there: its key was destroyed
        found.add("blob", sha256, "is missing, and no event tells of an erasure")
    elif actual is not None and actual != sha256:
        found.add("blob", sha256, "its bytes have changed")
