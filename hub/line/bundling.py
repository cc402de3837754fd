"""Evidence bundles (存证包): what proves one delivery, one row or one record to somebody who does not trust the hub.

A zip in the layout of BagIt (RFC 8493) with its own verifier. It shows the row that was asked for and no other; the
same ledger gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import sqlalchemy as sa

from hub.errors import NotFound, WrongUsage
from hub.findings import notice
from hub.ledger import deliveries, evidence, fates, merkle, records
from hub.ledger.checkpoints import opened
from hub.ledger.connect import reading
from hub.line.course import intake_of, make_job, read_in
from hub.line.erasing import not_shown
from hub.stages import identity, normalise
from hub.store import BLOCK

if TYPE_CHECKING:
    from hub.line.hub import Hub

EPOCH = (1980, 1, 1, 0, 0, 0)
VERIFIER = "verify.py"


@dataclass(frozen=True, slots=True)
class Parts:
    """What goes into a bundle: small parts as they are, the source by its hash."""

    payload: dict[str, bytes] = field(default_factory=dict)
    source: str | None = None

    def tell(self, name: str, facts: Any) -> None:
        """Add a part as JSON."""
        text = json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        self.payload[f"data/{name}"] = text.encode("utf-8")


def bundle(hub: Hub, what: str, to: Path, with_source: bool = False) -> dict[str, Any]:
    """Write the bundle of a delivery (``7``), a row (``7:18``) or a record (32 hex); gives what it holds.

    ``NotFound`` when there is no such thing, or no verdict on it yet. The source holds every row of the delivery: it
    is left out unless it is asked for.
    """
    delivery_id, row = _place(hub, what)
    with reading(hub.ledger) as connection:
        delivery = deliveries.show(connection, delivery_id)
        fate = None if row is None else deliveries.fate_of(connection, delivery_id, row)
        parts = Parts(source=delivery["sha256"] if with_source else None)
        _prove(hub, connection, delivery, fate, parts)
    facts = {"schema": "bundle.v1", "asked": what, "delivery": delivery_id, "batch_no": delivery["batch_no"]}
    facts |= {"county": hub.county.name, "row": row, "record": fate and fate["record"]}
    parts.tell("bundle.json", facts)
    if fate is not None and (said := _row(hub, delivery, fate)) is not None:
        parts.tell("row.json", said)
    _write(hub, to, parts)
    return facts | {"parts": sorted(parts.payload), "with_source": with_source}


def _place(hub: Hub, what: str) -> tuple[int, int | None]:
    """Delivery and row that are asked for; of a record, those of its latest version."""
    if found := re.fullmatch(r"([0-9]{1,18})(?::([0-9]{1,18}))?", what):
        return int(found[1]), int(found[2]) if found[2] else None
    if not re.fullmatch(r"[0-9a-f]{32}", what):
        raise WrongUsage("say DELIVERY, DELIVERY:ROW, for example 7:18, or the 32 characters of a record id")
    with reading(hub.ledger) as connection:
        for shape in map(hub.shape, hub.contracts.values()):
            if records.exists(connection, shape) and (versions := records.bookkeeping(connection, shape, what)):
                return versions[-1]["delivery_id"], versions[-1]["row"]
    raise NotFound(f"there is no record {what}")


def _prove(
    hub: Hub, connection: sa.Connection, delivery: Mapping[str, Any], fate: Mapping[str, Any] | None, parts: Parts
) -> None:
    events = [one for one in evidence.of_delivery(connection, delivery["id"]) if one["body"] is not None]
    landed = next((one for one in events if one["kind"] == "landed"), None)
    verdicts = [one for one in events if one["kind"] in ("judged", "held") and "receipt_sha256" in one["body"]]
    judged = verdicts[-1] if verdicts else None
    newest = evidence.latest_checkpoint(connection)
    if landed is None or judged is None or newest is None:
        raise NotFound(f"delivery {delivery['id']} has no verdict in the evidence log")

    def hash_of(start: int, end: int) -> bytes:
        return merkle.root_of(evidence.leaves(connection, start, end))

    for name, event in (("landed", landed), ("judged", judged)):
        proof = merkle.inclusion_proof(event["sequence"] - 1, newest["size"], hash_of)
        told = evidence.body_and_salt(connection, event["sequence"])
        parts.tell(f"event-{name}.json", told | {"proof": [one.hex() for one in proof]})
    receipt = deliveries.receipt_by_no(connection, judged["body"]["receipt_no"])["body"]
    if not receipt:
        raise NotFound(f"the receipt of delivery {delivery['id']} was erased")
    if not receipt:
        raise NotFound(f"what the receipt of delivery {delivery['id']} says was erased: its time was over")
    parts.payload["data/receipt.json"] = receipt.encode("utf-8")
    parts.payload["data/checkpoint.txt"] = newest["note"].encode("utf-8")
    parts.payload["data/key.vkey"] = "".join(f"{vkey}\n" for vkey in hub.vkeys).encode("utf-8")
    if (carried := json.loads(receipt).get("checkpoint")) is not None:
        older = opened(carried["note"], hub.vkeys)
        proof = merkle.consistency_proof(older.size, newest["size"], hash_of)
        parts.tell("consistency.json", [one.hex() for one in proof])
    parts.tell("rules.json", _rules(connection, delivery["id"], json.loads(receipt), fate))
    if fate is not None and judged["body"]["fates_root"] is not None:
        leaves = [merkle.leaf_hash(text) for text in fates.blocks(connection, delivery["id"])]
        number, text = fates.block_with(connection, delivery["id"], fate["record"])
        proof = merkle.inclusion_proof(number, len(leaves), lambda start, end: merkle.root_of(leaves[start:end]))
        shown = {"block": number, "blocks": len(leaves), "text": text.decode("utf-8")}
        parts.tell("fates.json", shown | {"proof": [one.hex() for one in proof]})


def _rules(
    connection: sa.Connection, delivery_id: int, receipt: Mapping[str, Any], fate: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """Texts of the rules that the verdict names: of one row, or of the whole delivery."""
    codes = [found["rule"] for found in receipt["findings"]]
    if fate is not None:
        codes = [code for _, code, _ in deliveries.problems_of(connection, delivery_id, [fate["record"]])]
        codes += [fate["code"]] if fate["code"] else []
    names = ("code", "cls", "dimension", "title", "why", "fix", "basis", "title_en")
    return [{name: asdict(notice(code))[name] for name in names} for code in sorted(set(codes))]


def _row(hub: Hub, delivery: dict[str, Any], fate: Mapping[str, Any]) -> dict[str, Any] | None:
    """The row's canonical text with its salt, read again from the landed bytes; None when it is erased or unbound."""
    if fate["content_hash"] is None or not delivery["dataset"]:
        return None
    if not_shown(hub, delivery, fate["record_id"]) is not None:
        return None
    contract = hub.contract(delivery["dataset"])
    with tempfile.TemporaryDirectory(dir=hub.home) as folder:
        job = replace(make_job(hub, delivery, contract), source=Path(folder) / "source", folder=Path(folder))
        hub.store.copy_out(delivery["sha256"], job.source)
        if read_in(job, intake_of(contract, delivery["department"], delivery["channel"])).refused:
            return None
        normalise.run(job)
        chosen = pl.col("record") == fate["record"]
        raw, normal = (pl.scan_parquet(one).filter(chosen).collect() for one in (job.read, job.normalised))
        (said,) = identity.commitments(job.contract, job.record_key, raw, normal)
    # Judged by a contract of before, whose columns were others: what it said then cannot be told in its own words.
    if said.content_hash != fate["content_hash"]:
        return None
    # The names are for the reader; what is proven is the text, whose cells stand in their order.
    return asdict(said) | {"content_hash": said.content_hash, "columns": [one.label for one in job.contract.columns]}


def _write(hub: Hub, to: Path, parts: Parts) -> None:
    manifest = {name: hashlib.sha256(content).hexdigest() for name, content in parts.payload.items()}
    if parts.source is not None:
        manifest["data/source"] = parts.source
    lines = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(manifest.items()))
    tags = {
        "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": f"Source-Organization: {hub.county.name}\nExternal-Description: 存证包 evidence bundle\n",
        "manifest-sha256.txt": lines,
        VERIFIER: files("hub.ledger").joinpath("bundle_verifier.py").read_text(encoding="utf-8"),
    }
    temporary = to.with_name(f".{to.name}.part")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as target:
            for name, text in tags.items():
                target.writestr(_entry(name), text)
            for name, content in sorted(parts.payload.items()):
                target.writestr(_entry(name), content)
            if parts.source is not None:
                with target.open(_entry("data/source"), "w", force_zip64=True) as part:
                    _copy(hub, parts.source, part)
        temporary.replace(to)
    finally:
        temporary.unlink(missing_ok=True)


def _copy(hub: Hub, sha256: str, part: Any) -> None:
    with tempfile.TemporaryDirectory(dir=hub.home) as folder:
        copy = Path(folder) / "source"
        hub.store.copy_out(sha256, copy)  # hashed on the way
        with copy.open("rb") as stream:
            shutil.copyfileobj(stream, part, BLOCK)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    return entry
