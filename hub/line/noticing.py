"""Reminders (提醒): composed in the transaction that changes what they tell of, sent after it, each way by itself.

A file in the department's outbox always; an e-mail where the department has an address and the hub a mail server; a
call of the webhook where there is one. A notice tells of datasets, periods and days, never of rows or persons.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from hub.contract.model import Department
from hub.errors import HubError
from hub.failpoints import reached
from hub.ledger import notices
from hub.ledger.connect import reading, writing
from hub.ledger.locks import exclusive
from hub.receipts import reminder
from hub.stages import acknowledge, notifying
from hub.stages.link import session

if TYPE_CHECKING:
    from hub.line.hub import Hub

FILE, MAIL, WEBHOOK = "file", "mail", "webhook"
LOCK = "notices"


def enter(hub: Hub, connection: sa.Connection, told: Sequence[dict[str, Any]], today: date, now: datetime) -> int:
    """Enter one notice for each department and dataset with something to tell; gives how many."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in told:
        groups.setdefault((row["department"], row["dataset"]), []).append(row)
    for (department_id, dataset), rows in groups.items():
        department, contract = hub.county.department(department_id), hub.contracts[dataset]
        number = notices.number_of(connection, department_id, dataset, today.isoformat())
        notices.enter(
            connection,
            _ways(hub, department),
            department=department_id,
            dataset=dataset,
            day=today.isoformat(),
            number=number,
            name=reminder.name_of(contract.title, today, number),
            body=reminder.text(hub.county.name, department.name, contract.title, contract.contact, rows, today),
            about=[_about(row) for row in rows],
            at=now,
        )
    return len(groups)


def _about(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("period", "told", "due", "closes", "provisional")}


def _ways(hub: Hub, department: Department) -> list[str]:
    """By which ways a notice goes out, as things are configured now."""
    ways = [FILE]
    if hub.settings.mail is not None and department.email is not None:
        ways.append(MAIL)
    if hub.settings.webhook_url is not None:
        ways.append(WEBHOOK)
    return ways


def send(hub: Hub) -> dict[str, int]:
    """Send what has not gone out; gives counts by way. A way that fails keeps no other waiting, the first error counts.

    What was sent and not noted before a crash is sent again: under the same name, Message-ID and key.
    """
    with reading(hub.ledger) as connection:
        if not notices.unsent(connection):
            return {}
    sent, errors = dict[str, int](), list[HubError]()
    with exclusive(hub.ledger, LOCK, lease_seconds=hub.settings.lease_seconds) as hold:
        with reading(hub.ledger) as connection:
            waiting = notices.unsent(connection)
        for notice in waiting:
            way = notice["way"]
            try:
                reached("notice.before_send")
                if not _send(hub, notice):
                    continue
            except HubError as error:
                errors.append(error)
                continue
            with writing(hub.ledger, "notice_sent") as connection:
                hold.check(connection)
                notices.sent(connection, notice["id"], way, hub.now())
            sent[way] = sent.get(way, 0) + 1
    if errors:
        raise errors[0]
    return sent


def _send(hub: Hub, notice: dict[str, Any]) -> bool:
    """Send a notice by its way; False while the address or the server that it was meant for is taken away."""
    settings = hub.settings
    if notice["way"] == FILE:
        with _outbox(hub, notice["department"], notice["about"][0].get("server")) as outbox:
            outbox.put(notice["name"], reminder.as_file(notice["body"]))
        return True
    if notice["way"] == MAIL:
        to = next((one.email for one in hub.county.departments if one.id == notice["department"]), None)
        if settings.mail is None or to is None:
            return False
        contract = hub.contracts.get(notice["dataset"])
        subject = f"报送提醒：{notice['dataset'] if contract is None else contract.title}"
        key = f"{hub.county.division}.{notice['id']}"
        notifying.mail(settings.mail, to, subject, notice["body"], key, notice["at"])
        return True
    if settings.webhook_url is None:
        return False
    facts = {name: notice[name] for name in ("department", "dataset", "day", "number", "about")}
    body = {"schema": "notice.v1", "county": hub.county.division, **facts, "text": notice["body"]}
    key = f"{hub.county.division}-{notice['id']}"
    notifying.webhook(settings.webhook_url.get_secret_value(), body, key, settings.webhook_seconds)
    return True


@contextmanager
def _outbox(hub: Hub, department: str, server_name: str | None) -> Iterator[acknowledge.Outbox]:
    """The outbox by which the department gets its receipts: of the server it uses, else a folder of this machine."""
    with reading(hub.ledger) as connection:
        used = server_name or notices.last_server(connection, department)
    name = used if used in hub.settings.sftp else next(iter(hub.settings.sftp), None)
    if name is None:
        yield acknowledge.FolderOutbox(hub.home / "outbox" / department)
        return
    server = hub.settings.sftp[name]
    with session(server) as opened:
        yield acknowledge.SftpOutbox(opened, f"{server.root.rstrip('/')}/{department}/outbox")
