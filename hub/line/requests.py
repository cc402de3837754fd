"""Requests of subjects (主体请求): access, correction, deletion, objection, each with a clock that the law sets.

The code of the subject is kept nowhere: a request holds a keyed hash of it and the ids of the records, which are found
by the code alone. An objection takes its records out of every outlet from the moment it is opened (``circumstances``),
until it is refused, or until what is wrong has been corrected. Every step is an event.
"""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from hub.contract import load
from hub.contract.model import Contract
from hub.contract.requests import KINDS, WORDS
from hub.errors import FixConfiguration, NotFound, WrongUsage
from hub.ledger import evidence, records, reopening, sealed
from hub.ledger import requests as kept
from hub.ledger.connect import reading, writing
from hub.ledger.requests import GRANTED, MARKED, OBJECTION, OPEN, REFUSED
from hub.line import erasing, intervening
from hub.line.checking import subject_key
from hub.line.hub import ZONE
from hub.outlets import free_text

if TYPE_CHECKING:
    from hub.line.hub import Hub

ERASE, WITHDRAW, CORRECTED = "erase", "withdraw", "corrected"
# What granting may do beside the answer. Of those with None it may wait for the department's correcting delivery.
WAYS: Mapping[str, tuple[str | None, ...]] = {
    "access": (None,),
    "correction": (None, CORRECTED),
    "deletion": (ERASE, WITHDRAW),
    "objection": (None, CORRECTED, WITHDRAW),
}
NOTED, ANSWERED = "noted", "answered"
WAITING = ("correction", OBJECTION)


def open_request(hub: Hub, kind: str, code: str, chosen: Sequence[str] = (), words: str = "") -> int:
    """Enter a request of the subject with this credit code or document number; gives its number.

    ``chosen``: ids of the records that it is about, else all about the subject. ``NotFound`` when one of them is not
    the subject's, or a request other than for access would be about none.
    """
    if kind not in KINDS:
        raise WrongUsage(f"a request is one of {', '.join(KINDS)}")
    if not code.strip():
        raise WrongUsage("a credit code or a document number is needed, on one line of stdin")
    _tellable(words)
    now = hub.now()
    term = load.request_terms(hub.settings.schemas).on(kind, now.astimezone(ZONE).date())
    if term is None:
        raise FixConfiguration(f"law/requests.yaml has no term for {kind} that is in force")
    with writing(hub.ledger, "request") as connection:
        about = _about(hub, connection, kind, code.strip().upper(), chosen)
        if not about and kind != "access":
            raise NotFound("there is no record of this subject")
        facts: dict[str, Any] = {"kind": kind, "subject": subject_key(hub, code), "opened_at": now}
        facts |= {"basis": term.name, "mark_days": term.mark, "answer_days": term.answer}
        number = kept.enter(connection, facts, about)
        _step(connection, number, kept.OPENED, now, words, of=kind, records=[list(one) for one in about])
        if kind == OBJECTION:
            _again(hub, connection, about)
            _step(connection, number, MARKED, now, "")
        evidence.seal(connection, now)
    return number


def note(hub: Hub, number: int, words: str) -> None:
    """Enter what was done or heard about a request that is not answered."""
    if not words.strip():
        raise WrongUsage("a note says something")
    _tellable(words)
    with writing(hub.ledger, "request_note") as connection:
        _open(kept.show(connection, number))
        now = hub.now()
        _step(connection, number, NOTED, now, words)
        evidence.seal(connection, now)


def answer(hub: Hub, number: int, outcome: str, reason: str, how: str | None = None) -> dict[str, Any]:
    """Answer a request; gives it as ``listed`` does. A refusal names its legal basis (《…》).

    ``how``: what granting does, as ``WAYS`` says. What it does comes before the answer, so that a request which says
    that it was answered has been carried out; cut off in between, it is answered again.
    """
    with reading(hub.ledger) as connection:
        request = _open(kept.show(connection, number))
    _answerable(request, outcome, reason, how)
    if how == CORRECTED and (left := _left(hub, request, request["opened_at"])):
        raise WrongUsage(f"{len(left)} of the records have not been corrected since the request was opened")
    if how in (ERASE, WITHDRAW):
        take = erasing.erase if how == ERASE else intervening.withdraw
        for _, record in request["records"]:
            with suppress(NotFound):  # it has gone already
                take(hub, record, f"主体请求{number}：{reason.strip()}")
    with writing(hub.ledger, "request_answer") as connection:
        now = hub.now()
        if not kept.answered(connection, number, outcome, how, now):
            raise WrongUsage(f"request {number} is answered already")
        _step(connection, number, ANSWERED, now, reason, outcome=outcome, how=how)
        if request["kind"] == OBJECTION:
            _again(hub, connection, request["records"])
        evidence.seal(connection, now)
    with reading(hub.ledger) as connection:
        return told(hub, kept.show(connection, number))


def listed(hub: Hub, *, subject: str | None = None, only_open: bool = False) -> list[dict[str, Any]]:
    """Every request, oldest first, with its clock; ``subject``: only those of the one with this code."""
    key = None if subject is None else subject_key(hub, subject)
    with reading(hub.ledger) as connection:
        found = kept.listed(connection, subject=key, only_open=only_open)
    return [told(hub, one) for one in found]


def told(hub: Hub, request: Mapping[str, Any]) -> dict[str, Any]:
    """One request for people: what it is, until when it is to be answered, and what it still waits for."""
    due = hub.calendar.add(_day(request["opened_at"]), request["answer_days"])
    ended = hub.today() if request["answered_at"] is None else _day(request["answered_at"])
    waits = request["outcome"] == GRANTED and request["how"] is None and request["kind"] in WAITING
    return {
        "number": request["id"],
        "kind": request["kind"],
        "title": WORDS[request["kind"]],
        "state": request["state"],
        "opened_at": request["opened_at"],
        "basis": request["basis"],
        "due": due.isoformat(),
        "provisional": hub.calendar.provisional(due),
        "overdue": ended > due,
        "outcome": request["outcome"],
        "how": request["how"],
        "answered_at": request["answered_at"],
        "waiting": [list(one) for one in _left(hub, request, request["answered_at"])] if waits else [],
        "records": [list(one) for one in request["records"]],
        "steps": request["steps"],
    }


def overdue(hub: Hub) -> list[dict[str, Any]]:
    """The requests whose answer is late and has not come."""
    return [one for one in listed(hub, only_open=True) if one["overdue"]]


def _about(hub: Hub, connection: sa.Connection, kind: str, code: str, chosen: Sequence[str]) -> list[tuple[str, str]]:
    """Dataset and id of the subject's records, found by the code; of those that were chosen.

    Repairs, consents and lists of applicants are no records about somebody: they are meant only where they are chosen.
    """
    found = []
    for contract in hub.contracts.values():
        subject, shape = contract.subject, hub.shape(contract)
        columns = [name for name in (subject.organisation_id, subject.person_id) if name is not None]
        if columns and records.exists(connection, shape):
            found += [(contract.dataset, one) for one in sealed.naming(connection, shape, columns, code)]
    if strange := set(chosen) - {record for _, record in found}:
        raise NotFound(f"{len(strange)} of the records are not there, or not of this subject")
    if chosen:
        return [one for one in found if one[1] in chosen]
    return [one for one in found if kind == "access" or not _beside(hub.contracts[one[0]])]


def _beside(contract: Contract) -> bool:
    return contract.steers is not None or contract.answers is not None


def _answerable(request: Mapping[str, Any], outcome: str, reason: str, how: str | None) -> None:
    if outcome not in (GRANTED, REFUSED):
        raise WrongUsage("an answer grants or refuses")
    if not reason.strip():
        raise WrongUsage("a reason is needed: it is kept in the evidence log")
    _tellable(reason)
    if outcome == REFUSED and not ("《" in reason and "》" in reason):
        raise WrongUsage("a refusal names its legal basis, like 《征信业管理条例》第二十五条")
    ways = (None,) if outcome == REFUSED else WAYS[request["kind"]]
    if how not in ways:
        named = [one for one in ways if one is not None]
        raise WrongUsage(f"--how is {' or '.join(named)} here" if named else "--how does not belong to this answer")


def _left(hub: Hub, request: Mapping[str, Any], since: datetime) -> list[tuple[str, str]]:
    """Records of a request that are current and have not changed since a moment."""
    found = []
    with reading(hub.ledger) as connection:
        for dataset in dict.fromkeys(dataset for dataset, _ in request["records"]):
            if dataset in hub.contracts:
                mine = {record: since for whose, record in request["records"] if whose == dataset}
                same = kept.uncorrected(connection, hub.shape(hub.contracts[dataset]), mine)
                found += [(dataset, record) for record in sorted(same)]
    return found


def _again(hub: Hub, connection: sa.Connection, about: Sequence[tuple[str, str]]) -> None:
    """The records are decided again for every outlet."""
    for dataset in dict.fromkeys(dataset for dataset, _ in about):
        contract = hub.contracts.get(dataset)
        if contract is not None and records.exists(connection, hub.shape(contract)):
            ids = [record for whose, record in about if whose == dataset]
            reopening.enqueue_current(connection, hub.receiving(contract), hub.shape(contract), ids)


def _step(connection: sa.Connection, number: int, kind: str, now: datetime, words: str, **more: Any) -> None:
    by = getpass.getuser()
    kept.step(connection, number, kind, now, by, words.strip())
    facts = {"request": number, "by": by, "reason": words.strip(), **more}
    evidence.append(connection, f"request_{kind}", now, **facts)


def _open(request: dict[str, Any]) -> dict[str, Any]:
    if request["state"] not in OPEN:
        raise WrongUsage(f"request {request['id']} is answered already")
    return request


def _tellable(words: str) -> None:
    """What is kept in the evidence names nobody."""
    if free_text.tells_somebody(words):
        raise WrongUsage("the words hold a number or a name of a person: they are kept in the evidence, leave it out")


def _day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()
