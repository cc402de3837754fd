"""The answer in the place where a pulled delivery came from: status and reason on each row (回写)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.contract.model import Contract
from hub.contract.pull import Pull
from hub.errors import FixConfiguration
from hub.ledger import sources
from hub.ledger.connect import reading
from hub.line.course import intake_of
from hub.stages import write_back
from hub.stages.source import opened

if TYPE_CHECKING:
    from hub.line.hub import Hub


def write(hub: Hub, delivery: dict[str, Any], contract: Contract | None, receipt: dict[str, Any]) -> None:
    """Write what a receipt says on the rows of a pulled delivery; nothing while a person still has to decide."""
    way = intake_of(contract, delivery["department"], "database") if contract is not None else None
    if contract is None or way is None or way.pull is None or way.pull.write_back is None:
        return  # the contract pulls it no more, or its table has no place for an answer
    body = json.loads(receipt["body"])
    if body["verdict"]["code"] == "PENDING":
        return
    name = delivery["server"]
    if name not in hub.settings.sources:
        raise FixConfiguration(f"source {name}: HUB_SOURCES__{name.upper()}__URL is not set")
    said = _of_province(way.pull, contract, body) if receipt["stage"] != "validation" else None
    with extract_of(hub, delivery, "answer") as file, opened(name, hub.settings.sources[name]) as source:
        write_back.run(source, way.pull, file, said or _of_fates(hub, way.pull, contract, delivery))


def _of_fates(hub: Hub, pull: Pull, contract: Contract, delivery: dict[str, Any]) -> Any:
    # Identical bytes have the outcome of the first delivery, which is said once more.
    of = delivery["duplicate_of"] or delivery["id"]

    def said(first: int, last: int) -> write_back.Said:
        with reading(hub.ledger) as connection:
            found = sources.verdicts(connection, of, first, last)
        return {record: write_back.verdict(pull, contract, *facts) for record, facts in found.items()}

    return said


def _of_province(pull: Pull, contract: Contract, body: dict[str, Any]) -> Any:
    """Rows that the province refused later; the others keep what they were told."""
    refused = {row["record"]: group["rule"] for group in body["findings"] for row in group["rows"]}

    def said(first: int, last: int) -> write_back.Said:
        return {
            record: write_back.verdict(pull, contract, "rejected", code, None)
            for record, code in refused.items()
            if record is not None and first <= record <= last
        }

    return said


@contextmanager
def extract_of(hub: Hub, delivery: dict[str, Any], purpose: str) -> Iterator[Path]:
    """The landed extract of a delivery as a local file. What a killed run left is written over and removed."""
    folder = hub.home / "work" / f"{delivery['id']}-{purpose}"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        hub.store.copy_out(delivery["sha256"], folder / "source")
        yield folder / "source"
    finally:
        shutil.rmtree(folder)
