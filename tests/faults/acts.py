"""What people and the other side do in a tiny county, beside the line: each act once, however often the line dies.

``home/acts`` has a file for every act that is still to come, named in their order. An act that was done and whose file
is still there is done again as by somebody who does not know that: it must change nothing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import keeping_acts
import sqlalchemy as sa
import tiny_bank
import tiny_check
import tiny_county
import tiny_services
import tiny_sums
from tiny_county import BY_HAND, LATER, RETURNED

from connectors.database import FrontEnd
from connectors.faults import Unreachable
from hub.contract.document import Problems
from hub.contract.model import Outlet
from hub.contract.profiles import read_profile
from hub.county.identities import uscc
from hub.errors import Locked, NotFound, TryAgain, WrongUsage
from hub.ledger import deliveries, evidence, outbox
from hub.ledger import tokens as token_table
from hub.ledger.checks import credit_check
from hub.ledger.connect import reading
from hub.line import Hub, deadlines, deciding, intervening, monthly, posting, publishing, requests, returning, tokens
from hub.outlets import soap_service, xml_packages
from hub.outlets.receiver import Parcel
from hub.receipts import meta

Order = dict[str, Any]
REASON = "已核实"
PROFILES = Path(__file__).resolve().parents[2] / "schemas"


def let_through(told: Hub) -> None:
    """A held delivery is looked at by a person."""
    with reading(told.ledger) as connection:
        held = [one["id"] for one in deliveries.listed(connection) if one["state"] == "held"]
    for delivery_id in held:
        deciding.release(told, delivery_id, REASON)


def deliver_by_hand(told: Hub) -> None:
    """An entry that the province has not answered yet is delivered by a person, one and no more."""
    with reading(told.ledger) as connection:
        if evidence.latest(connection, "delivered_by_hand") is not None:
            return
        sent = outbox.open_entries(connection, "province", "urban/stall", ("sent",))
    if sent:
        intervening.delivered_by_hand(told, min(sent, key=lambda entry: entry["record_id"])["sequence"], REASON)


@contextmanager
def out_of_reach(told: Hub) -> Iterator[None]:
    """The province is not there at the first push of all."""
    sign = told.home / "acts" / "0_unreachable"
    if not sign.exists():
        yield
        return
    upsert = FrontEnd.upsert

    def broken(*_: Any, **__: Any) -> int:
        raise Unreachable("upsert: broken on purpose")

    FrontEnd.upsert = broken  # type: ignore[method-assign]
    try:
        yield
    except Locked:
        raise
    except TryAgain:
        sign.unlink(missing_ok=True)
    finally:
        FrontEnd.upsert = upsert  # type: ignore[method-assign]


def next_act(told: Hub, order: Order) -> bool:
    """Do what comes next; False when all is done."""
    coming = sorted((told.home / "acts").iterdir())
    if not coming:
        return False
    ACTS[coming[0].name](told, order)
    coming[0].unlink(missing_ok=True)
    return True


def _hand_in(told: Hub, order: Order) -> None:
    with reading(told.ledger) as connection:
        known = {one["file_name"] for one in deliveries.listed(connection)}
    if BY_HAND not in known:
        told.submit(told.home / BY_HAND, "market", "market/shop")


def _post(told: Hub, order: Order) -> None:
    """A system posts rows over HTTP with a token that is taken away afterwards; without an answer it posts again."""
    with reading(told.ledger) as connection:
        given = token_table.listed(connection)
    if not given:
        tokens.issue(told, "market", ("market/shop",), "演练", 1)
        with reading(told.ledger) as connection:
            given = token_table.listed(connection)
    with posting.receiving(told) as file:
        file.write(tiny_county.POSTED)
        posting.take_in(told, file, posting.Post(given[0], "exercise-1", "market/shop", "店铺_网络.csv"))
    tokens.revoke(told, given[0].id)


def _ask(told: Hub, order: Order) -> None:
    """A department has a company checked that is known, and one that is not."""
    file = told.home / tiny_check.NAME
    file.write_bytes(tiny_check.asked())
    with reading(told.ledger) as connection:
        known = {one["file_name"] for one in deliveries.listed(connection)}
    if file.name not in known:
        told.submit(file, "urban", tiny_check.DATASET)


def _request(told: Hub, order: Order) -> None:
    """A subject wants something corrected; that is noted once, and answered."""
    if not requests.listed(told):
        requests.open_request(told, "correction", uscc(tiny_county.PLACE, 21))
    (one,) = requests.listed(told)
    if all(step["kind"] != "noted" for step in one["steps"]):
        requests.note(told, one["number"], REASON)
    if one["answered_at"] is None:
        requests.answer(told, one["number"], "granted", REASON)


def _correct(told: Hub, order: Order) -> None:
    _put_back_without_links(told.home / "feed")
    tiny_county.drop(Path(order["root"]), "market", LATER, tiny_county.CORRECTION)


def _return(told: Hub, order: Order) -> None:
    """The workbook of the first receipt comes back: a row is mended, another is withdrawn by its answer."""
    with reading(told.ledger) as connection:
        (first, *_) = [one for one in deliveries.listed(connection) if one["file_name"] == "店铺_1.csv"]
        receipt = next(one for one in deliveries.receipts(connection, first["id"]) if one["stage"] == "validation")
        rejected, taken = (deliveries.fate_of(connection, first["id"], row) for row in (4, 6))
        known = {one["file_name"] for one in deliveries.listed(connection)}
    if RETURNED in known:
        return
    contract = told.contract("market/shop")
    facts = (receipt["receipt_no"], first["batch_no"], contract.dataset, contract.version, contract.fingerprint)
    keys = (
        meta.Key(meta.MEND, "4", rejected["record"], rejected["record_id"]),
        meta.Key(meta.QUERY, "6", taken["record"], taken["record_id"]),
    )
    signed = meta.lines(meta.Meta(*facts, "market", keys), returning.key(told))
    tiny_county.drop(Path(order["root"]), "market", RETURNED, tiny_county.workbook_of(signed))


def _put_back_without_links(feed: Path) -> None:
    """What is left of a feed that somebody copied away and back: the link to the release has become a folder."""
    current = feed / "current"
    release = current.resolve()
    if current.is_symlink():
        current.unlink()
        shutil.copytree(release, current)


def _withdraw(told: Hub, order: Order) -> None:
    with suppress(NotFound):
        intervening.withdraw(told, _oldest(told), REASON)


def _withdraw_shown(told: Hub, order: Order) -> None:
    """What a report of a credit check shows is withdrawn: the report is called back."""
    with reading(told.ledger) as connection:
        shown = connection.scalars(sa.select(credit_check.c.shown).order_by(credit_check.c.id)).all()
    for _, record, _ in (one for each in shown for one in each):
        with suppress(NotFound):
            intervening.withdraw(told, record, REASON)


def _resurface(told: Hub, order: Order) -> None:
    """The province shows a withdrawn record again, from a copy that it put back."""
    with FrontEnd(told.settings.province_url) as front_end:
        row = {"RECID": _oldest(told), "SJXH": 1, "MC": "旧行"}
        front_end.upsert("L_STALL", ("RECID",), [row], "SJXH")
    told.drain("province")


def _other_ways(told: Hub, order: Order) -> None:
    """A row and a removal go by a service, by packages and to a bank, too; then county and province are compared."""
    row = {"RECID": "1" * 32, "SJXH": "7", "XK_NR": "许可"}
    parcel = Parcel("market/admin_licence", {7: row}, {8: ("2" * 32, "withdrawn")})
    service = soap_service.SoapService(*_profiled("soap_service", "xinyong_soap"), Willing(), "")  # type: ignore[arg-type]
    assert service.put(parcel) == {}
    county = told.settings.sftp["county"]
    server = county.model_copy(update={"root": f"{county.root}/province"})
    with xml_packages.door(_profiled("xml_packages", "xml_packages")[0], server, told.today()) as packages:
        assert packages.put(parcel) == {}
    tiny_bank.to_a_bank(_profiled("bank_files", "bank_files"), Path(order["root"]) / "province", server, parcel)
    monthly.reconcile(told, "province")


class Willing:
    """A service that takes everything and shows nothing."""

    def call(self, operation: str, parameters: dict[str, str]) -> str:
        return "<ROWDATA/>" if operation.startswith("query") else "<RESULT><code>00</code></RESULT>"


def _profiled(kind: str, name: str) -> tuple[Outlet, Any]:
    profile = read_profile(PROFILES, name, kind, Problems())
    return Outlet("province", "省平台", kind, "supervision", "上报", {}, profile), profile  # type: ignore[arg-type]


def _reinstate(told: Hub, order: Order) -> None:
    with suppress(NotFound, WrongUsage):
        intervening.reinstate(told, _oldest(told), REASON)


def _waive(told: Hub, order: Order) -> None:
    """What a department owes and never sends is let be."""
    with suppress(WrongUsage, NotFound):  # under a wrong clock it owes something else
        deadlines.waive(told, ("urban", "market/shop", "2026-W48"), REASON)


def _leave_half(told: Hub, order: Order) -> None:
    """An upload breaks off and is never taken up again; after a day its sender is told."""
    half = Path(order["root"]) / "urban" / "inbox" / "摊位_9.csv.part"
    half.write_bytes(b"half")
    os.utime(half, (tiny_county.NOW.timestamp(), tiny_county.NOW.timestamp()))
    told.collect()
    with tiny_sums.later(told, days=2):
        told.collect()
    half.unlink()


def _hand_out(told: Hub, order: Order) -> None:
    """Forms go out; for a while the stalls' contract is not there, and their forms are taken away again."""
    publishing.publish(told)
    contracts = told.contracts
    told.contracts = {"market/shop": contracts["market/shop"]}  # type: ignore[misc]
    try:
        publishing.publish(told)
    finally:
        told.contracts = contracts  # type: ignore[misc]
    publishing.publish(told)


def _oldest(told: Hub) -> str:
    """Always the same record."""
    with reading(told.ledger) as connection:
        (first, *_) = [one for one in deliveries.listed(connection) if one["file_name"] == "摊位_1.csv"]
        fate = deliveries.fate_of(connection, first["id"], 2)
    return str(fate["record_id"])


ACTS: dict[str, Callable[[Hub, Order], None]] = {
    "0_unreachable": lambda told, order: None,
    "1_hand_in": _hand_in,
    "1_post": _post,
    "2_correct": _correct,
    "2_return": _return,
    "3_ask": _ask,
    "3_ask_as_a_body": lambda told, order: tiny_services.ask(told),
    "3_request": _request,
    "3_withdraw": _withdraw,
    "4_resurface": _resurface,
    "5_hand_out": _hand_out,
    "5_leave_half": _leave_half,
    "5_other_ways": _other_ways,
    "5_sums": tiny_sums.events_and_sums,
    "5_reinstate": _reinstate,
    "5_waive": _waive,
    "5_withdraw_shown": _withdraw_shown,
    "6_keys": keeping_acts.turn_keys,
    "6_time_runs_out": keeping_acts.time_runs_out,
    "7_erase_a_person": keeping_acts.erase_a_person,
    "8_back_up_and_restore": keeping_acts.back_up_and_restore,
    "9_rebuild": keeping_acts.rebuild_all,
}


KEEPING = "6"  # from here on acts keep, erase and restore


def still_to_come(home: Path, *, keeping: bool) -> None:
    """Lay a file down for every act, or for those of the line alone."""
    os.makedirs(home / "acts")
    for name in ACTS:
        if keeping or name < KEEPING:
            (home / "acts" / name).touch()
