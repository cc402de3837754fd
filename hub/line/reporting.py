"""The auditors' pages, made from the ledger: one per delivery, one per dataset, and an index."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.contract.model import Contract
from hub.errors import disk_faults
from hub.failpoints import reached
from hub.ledger import deliveries, dues, evidence, validations
from hub.ledger.checkpoints import opened
from hub.ledger.connect import reading, writing
from hub.line.hub import ZONE
from hub.reports.assessment import delivery_page
from hub.reports.deadlines import DueLine, deadlines_page
from hub.reports.facts import Balance, DatasetFacts, DeliveryFacts, DeliveryLine, Hit, HitRow, Reason, Witness
from hub.reports.index import IndexLine, index_page
from hub.reports.quality import dataset_page
from hub.stages.file_names import for_others
from hub.store import sync_folder

if TYPE_CHECKING:
    from hub.line.hub import Hub

CHECKPOINT_FILE, KEY_FILE = "checkpoint.txt", "checkpoint.vkey"  # beside the pages


@disk_faults("report")
def write(hub: Hub) -> dict[str, int]:
    """Write every page whose content changed under ``home/reports``; the same ledger gives the same bytes."""
    folder = hub.home / "reports"
    written = 0
    lines: list[IndexLine] = []
    with writing(hub.ledger, "report_seal") as connection:
        evidence.seal(connection, hub.now())
    with reading(hub.ledger) as connection:
        sealed = _witness(evidence.latest_checkpoint(connection))
        for dataset in [*hub.contracts, None]:
            contract = hub.contracts[dataset] if dataset else None
            listed = [
                one
                for one in deliveries.listed(connection, dataset)
                if one["dataset"] == dataset and one["verdict"] is not None
            ]
            if not listed:
                continue
            place = folder / (dataset or "unknown")
            made: list[DeliveryLine] = []
            for delivery in listed:
                receipt = _receipt(connection, delivery["id"])
                page = f"{delivery['batch_no']}.html"
                if receipt is None:
                    _remove(place / page)
                    continue
                written += _save(place / page, delivery_page(_delivery(hub, connection, delivery, contract, receipt)))
                made.append(_line(hub, delivery, receipt, page))
            if not made:
                _remove(place / "index.html")
                continue
            if contract is not None:
                written += _save(place / "index.html", dataset_page(_dataset(hub, contract, listed, made, sealed)))
                lines.append(IndexLine(contract.dataset, contract.title, f"{dataset}/index.html", tuple(made)))
            else:
                lines.append(IndexLine(None, "未能识别的文件", f"unknown/{made[-1].page}", tuple(made)))
        due = dues.listed(connection)
        moments = [one["judged_at"] for one in deliveries.listed(connection) if one["judged_at"] is not None]
    if moments:
        missing = sum(one["state"] == "missing" for one in due) if due else None
        front = index_page(hub.county.name, lines, _local(max(moments)), sealed, missing)
        written += _save(folder / "index.html", front)
    if due:
        written += _save(folder / "deadlines.html", _deadlines(hub, folder, due, sealed))
    if sealed is not None:
        _save_checkpoint(hub, folder, sealed)
    return {"pages_written": written}


def _save_checkpoint(hub: Hub, folder: Path, sealed: Witness) -> None:
    """The checkpoint and the key beside the pages. A newer one stays when the log has gone back: it is a witness."""
    _save(folder / KEY_FILE, hub.signer.vkey + "\n")
    file = folder / CHECKPOINT_FILE
    if not file.exists() or opened(file.read_text(encoding="utf-8"), hub.vkeys).size < sealed.size:
        _save(file, sealed.note, lasting=True)


def _witness(checkpoint: dict[str, Any] | None) -> Witness | None:
    return None if checkpoint is None else Witness(**checkpoint)


def _save(file: Path, page: str, *, lasting: bool = False) -> int:
    """Write a page when it is not there with this content; a reader never sees half of one.

    ``lasting``: it is whole after a power cut, too. A page is made again; a witness is not.
    """
    content = page.encode("utf-8")
    if file.exists() and file.read_bytes() == content:
        return 0
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.part")
    with temporary.open("wb") as target:
        target.write(content)
        if lasting:
            target.flush()
            os.fsync(target.fileno())
    reached("report.before_rename")
    temporary.replace(file)
    if lasting:
        sync_folder(file.parent)
    return 1


def _local(moment: datetime) -> datetime:
    return moment.astimezone(ZONE)


def _remove(page: Path) -> None:
    """A page says what the receipt says, and goes with it."""
    if page.exists():
        reached("report.before_erase")
        page.unlink()


def _deadlines(hub: Hub, folder: Path, due: list[dict[str, Any]], sealed: Witness | None) -> str:
    """The page of what was due, department by department."""

    names_of = {one.id: one.name for one in hub.county.departments}

    def line(one: dict[str, Any]) -> DueLine:
        contract = hub.contracts.get(one["dataset"])
        page = f"{one['dataset']}/{one['batch_no']}.html"
        names = ("period", "due", "closes", "state", "provisional", "batch_no", "reason")
        return DueLine(
            department=names_of.get(one["department"], one["department"]),  # it may send no more
            title=one["dataset"] if contract is None else contract.title,
            page=page if one["batch_no"] and (folder / page).exists() else None,
            **{name: one[name] for name in names},
        )

    lines, moment = [line(one) for one in due], _local(max(one["at"] for one in due))
    return deadlines_page(hub.county.name, lines, moment, hub.calendar.last.isoformat(), sealed)


def _receipt(connection: Any, delivery_id: int) -> dict[str, Any] | None:
    """The latest receipt of stage 2; None when what it says was erased."""
    found = [one for one in deliveries.receipts(connection, delivery_id) if one["stage"] == "validation"]
    if not found[-1]["body"]:
        return None
    body: dict[str, Any] = json.loads(found[-1]["body"])
    return body


def _balance(delivery: dict[str, Any]) -> Balance | None:
    if delivery["rows"] is None:
        return None
    return Balance(**{name: delivery[name] for name in deliveries.COUNTS})


def _delivery(
    hub: Hub, connection: Any, delivery: dict[str, Any], contract: Contract | None, receipt: dict[str, Any]
) -> DeliveryFacts:
    return DeliveryFacts(
        batch_no=delivery["batch_no"],
        receipt_no=receipt["receipt_no"],
        county=hub.county.name,
        department=hub.county.department(delivery["department"]).name,
        dataset=delivery["dataset"],
        title=contract.title if contract else None,
        file_name=for_others(delivery["file_name"]),  # its sender chose it
        size=delivery["size"],
        sha256=delivery["sha256"],
        channel=delivery["channel"],
        received_at=_local(delivery["received_at"]),
        judged_at=_local(delivery["judged_at"]),
        contract_version=delivery["contract_version"],
        contract_fingerprint=delivery["contract_fingerprint"],
        verdict=receipt["verdict"]["code"],
        verdict_text=receipt["verdict"]["text"],
        balance=_balance(delivery),
        generated_at=_local(delivery["judged_at"]),
        labels={column.name: column.label for column in contract.columns} if contract else {},
        validation=validations.of_delivery(connection, delivery["id"]),
        hits=tuple(_hit(finding) for finding in receipt["findings"]),
        reasons=tuple(Reason(one["code"], one["title"], one["detail"]) for one in receipt.get("causes", ())),
        dataset_page="index.html" if contract else None,
        checkpoint=_witness(evidence.checkpoint_of(connection, delivery["id"])),
    )


def _hit(finding: dict[str, Any]) -> Hit:
    rows = tuple(HitRow(one["row"], one["record"], one["value"], one.get("detail")) for one in finding["rows"])
    return Hit(finding["rule"], finding.get("field"), finding["count"], rows)


def _line(hub: Hub, delivery: dict[str, Any], receipt: dict[str, Any], page: str) -> DeliveryLine:
    hits: dict[str, int] = {}
    for finding in receipt["findings"]:
        hits[finding["rule"]] = hits.get(finding["rule"], 0) + finding["count"]
    return DeliveryLine(
        batch_no=delivery["batch_no"],
        page=page,
        department=hub.county.department(delivery["department"]).name,
        file_name=for_others(delivery["file_name"]),  # its sender chose it
        received_at=_local(delivery["received_at"]),
        verdict=receipt["verdict"]["code"],
        balance=_balance(delivery),
        on_time=receipt["timeliness"] and receipt["timeliness"]["on_time"],
        late=receipt["timeliness"] and receipt["timeliness"]["late"],
        hits=hits,
    )


def _dataset(
    hub: Hub, contract: Contract, listed: list[dict[str, Any]], made: list[DeliveryLine], sealed: Witness | None
) -> DatasetFacts:
    return DatasetFacts(
        dataset=contract.dataset,
        title=contract.title,
        county=hub.county.name,
        owner=hub.county.department(contract.owner).name,
        contact=contract.contact,
        contract_version=contract.version,
        contract_fingerprint=contract.fingerprint,
        working_days=contract.working_days,
        deliveries=tuple(made),
        generated_at=_local(max(one["judged_at"] for one in listed)),
        checkpoint=sealed,
    )
