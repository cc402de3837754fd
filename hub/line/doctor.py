"""Whether everything that the hub needs is there and answers (体检)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from hub.contract import load
from hub.contract.calendar_files import files
from hub.contract.model import Outlet
from hub.errors import CallOperator, FixConfiguration, HubError
from hub.ledger import outbox, sightings
from hub.ledger.connect import reading
from hub.line import api_looks, edition_looks, key_looks, pulling, requests, restoring, service_looks, ways_out
from hub.outlets import open_feed
from hub.reports import printing
from hub.stages import collect
from hub.stages.link import session
from hub.stages.pull_columns import plan
from hub.stages.source import opened
from hub.store import Store

if TYPE_CHECKING:
    from hub.line.hub import Hub

ENOUGH_BYTES = 2 << 30
WAYS = {
    "front_end_tables": "front-end tables",
    "soap_service": "datasets by the service",
    "xml_packages": "datasets by packages",
    "bank_files": "datasets by files",
    "event_service": "datasets by events",
}


class Warned(str):
    """What was seen is in order today, and will not be for long."""


COVERED_DAYS = 60  # ahead of today; the notice for the next year comes from October to December


def examine(hub: Hub) -> list[dict[str, Any]]:
    """One finding per thing: ``what``, ``ok``, ``detail``, the exit code that a failure means; ``warning`` in time."""
    looks: list[tuple[str, Callable[[], str]]] = [
        ("contracts", lambda: _contracts(hub)),
        ("calendar", lambda: _calendar(hub)),
        ("law", lambda: _law(hub)),
        ("points", lambda: _points(hub)),
        ("ledger", lambda: _ledger(hub)),
        ("store", lambda: _store(hub)),
        ("disk", lambda: _disk(hub)),
        ("record key", lambda: _key(hub)),
        ("checkpoint key", lambda: _checkpoint_key(hub)),
        *key_looks.looks(hub, Warned),
        *((f"sftp {name}", lambda name=name: _sftp(hub, name)) for name in hub.settings.sftp),
        *((f"source {name}", lambda name=name: _source(hub, name)) for name in _sources(hub)),
        *api_looks.looks(hub, Warned),
        *((one.id, lambda one=one: _way_out(hub, one)) for one in _ways(hub)),
        ("outbox", lambda: _outbox(hub)),
        ("feed", lambda: _feed(hub)),
        ("outlets", lambda: _outlets(hub)),
        ("reports", lambda: _reports(hub)),
        ("services", lambda: service_looks.look(hub, Warned)),
        ("requests", lambda: _requests(hub)),
        *edition_looks.looks(hub, Warned),
    ]
    found = []
    for what, look in looks:
        try:
            detail = look()
            found.append({"what": what, "ok": True, "detail": str(detail), "exit_code": 0})
            if isinstance(detail, Warned):
                found[-1]["warning"] = True
        except HubError as error:
            found.append({"what": what, "ok": False, "detail": str(error), "exit_code": error.exit_code})
        except ArgumentError:
            detail = "HUB_LEDGER_URL is no address of a database"
            found.append({"what": what, "ok": False, "detail": detail, "exit_code": FixConfiguration.exit_code})
        except OSError as error:
            detail = f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror)
            found.append({"what": what, "ok": False, "detail": detail, "exit_code": FixConfiguration.exit_code})
    if not hub.settings.sftp:
        missing = "no server: set HUB_SFTP__<NAME>__HOST, __USER, __KEY_FILE and __HOST_KEY"
        found.append({"what": "sftp", "ok": False, "detail": missing, "exit_code": 3})
    return found


def _contracts(hub: Hub) -> str:
    if not hub.contracts:
        raise FixConfiguration(f"there is no contract in {hub.settings.schemas}; set HUB_SCHEMAS")
    return f"{len(hub.contracts)} datasets, {len(hub.county.departments)} departments"


def _calendar(hub: Hub) -> str:
    asked = [one for one in hub.contracts.values() if one.working_days is not None or one.schedule is not None]
    if not asked and not files(hub.settings.schemas):
        return "no contract asks for working days"
    left = hub.calendar.days_left(hub.today())
    told = f"working days are known up to {hub.calendar.last}"
    if left >= COVERED_DAYS:
        return told
    told += f", {max(left, 0)} days from today; what is due later is provisional: hub calendar import"
    if left < 0:
        raise FixConfiguration(told)
    return Warned(told)


def _law(hub: Hub) -> str:
    law = load.law(hub.settings.schemas)
    told = f"{len(law.items)} items of the catalogue, {len(law.rules)} rules of publication"
    if law.unverified:
        return Warned(f"{told}; not verified against an official text: {'、'.join(law.unverified)}")
    return told


def _requests(hub: Hub) -> str:
    """Of subjects: an answer that is late is told in the words of the office that owes it."""
    terms, late = load.request_terms(hub.settings.schemas), requests.overdue(hub)
    if late:
        said = "、".join(f"{one['title']}（第{one['number']}号，应于{one['due']}前答复）" for one in late)
        raise CallOperator(f"主体请求逾期未答复{len(late)}件：{said}")
    if terms.unverified:
        return Warned(f"none is late; terms not verified against an official text: {'、'.join(terms.unverified)}")
    return "none is late"


def _points(hub: Hub) -> str:
    editions = load.points(hub.settings.schemas)
    if not editions:
        return "no rule book of points"
    told = f"{len(editions)} editions of the rule book"
    unverified = [one.title for one in editions if not one.verified]
    if not any(one.holds(hub.today()) for one in editions):
        return Warned(f"{told}, none for today: what happens now earns nothing")
    return Warned(f"{told}; not verified: {'、'.join(unverified)}") if unverified else told


def _opened(hub: Hub) -> sa.Engine:
    try:
        return hub.ledger
    except ArgumentError:
        raise FixConfiguration("HUB_LEDGER_URL is no address of a database") from None


def _ledger(hub: Hub) -> str:
    ledger = _opened(hub)
    with reading(ledger) as connection:
        connection.scalar(sa.text("SELECT 1"))
    return ledger.dialect.name


def _store(hub: Hub) -> str:
    try:
        store = Store(hub.settings.store)  # without keys: a look makes none
    except (ImportError, ValueError) as error:  # fsspec: a package is missing, or the scheme is unknown
        raise FixConfiguration(f"HUB_STORE_URL: {error}") from None
    probe = hub.home / ".doctor"
    probe.write_bytes(b"doctor")
    try:
        store.land(probe)
    finally:
        probe.unlink()
    return "writes and reads back"


def _disk(hub: Hub) -> str:
    free = shutil.disk_usage(hub.home).free
    if free < ENOUGH_BYTES:
        raise CallOperator(f"only {free >> 20} MiB free")
    return f"{free >> 30} GiB free"


def _key(hub: Hub) -> str:
    file = hub.home / "record.key"
    if len(hub.record_key) < 16:
        raise FixConfiguration("the record key has fewer than 16 characters")
    if hub.settings.record_key is None and file.stat().st_mode & 0o077:
        raise FixConfiguration("record.key can be read by others: chmod 600")
    return "from settings" if hub.settings.record_key is not None else "own file, closed to others"


def _checkpoint_key(hub: Hub) -> str:
    name = hub.signer.name  # FixConfiguration when the key is too short
    file = hub.home / "checkpoint.key"
    if hub.settings.checkpoint_key is None and file.stat().st_mode & 0o077:
        raise FixConfiguration("checkpoint.key can be read by others: chmod 600")
    return f"signs as {name}, " + ("from settings" if hub.settings.checkpoint_key is not None else "own file")


def _sftp(hub: Hub, name: str) -> str:
    server = hub.settings.sftp[name]
    departments = [one.id for one in hub.county.departments]
    with session(server) as opened:
        there = set(opened.folders(server.root))
        unreadable = collect.look(opened, server.root, departments).unreadable
    missing = [one for one in departments if one not in there]
    if missing:
        raise FixConfiguration(f"no folder for {', '.join(missing)}")
    if unreadable:
        raise CallOperator(f"the inbox cannot be listed of {', '.join(sorted(unreadable))}")
    with reading(_opened(hub)) as connection:
        waiting = sightings.told(connection, name)
    told = f"{len(there)} departments, host key pinned"
    return told if not waiting else Warned(f"{told}; files that cannot be taken, their senders were told: {waiting}")


def _sources(hub: Hub) -> list[str]:
    """Those of the settings and those that the contracts name; a broken contract is told by its own look."""
    try:
        named = {way.pull.source for one in hub.contracts.values() for way in one.intakes if way.pull is not None}
    except HubError:
        named = set()
    return sorted(named | set(hub.settings.sources))


def _source(hub: Hub, name: str) -> str:
    if name not in hub.settings.sources:
        raise FixConfiguration(f"HUB_SOURCES__{name.upper()}__URL is not set: nothing is pulled from it")
    asked = list(pulling.wanted(hub, name))
    with opened(name, hub.settings.sources[name]) as source:
        for contract, _, pull in asked:
            with source.snapshot(pull.table) as snapshot:
                plan(snapshot, contract, pull, None)
    return f"{len(asked)} tables, {source.backend}"


def _feed(hub: Hub) -> str:
    shown = open_feed.as_of(hub.home / "feed")
    if shown is not None and shown > hub.today():
        raise CallOperator(f"it is of {shown}, a day to come: was the clock ahead? Remove feed/current and run again")
    return f"of {shown}" if shown is not None else "not published yet"


def _outbox(hub: Hub) -> str:
    with reading(_opened(hub)) as connection:
        parked = sum(outbox.open_count(connection, outlet, ("parked",)) for outlet in hub.outlets())
        waiting = sum(outbox.open_count(connection, outlet) for outlet in hub.outlets())
    if parked:
        raise CallOperator(f"{parked} entries were given up; see `hub outlet list`")
    return f"{waiting} entries wait, none was given up"


def _outlets(hub: Hub) -> str:
    with reading(_opened(hub)) as connection:
        closed = [one.id for one in hub.outlet_list if restoring.waits(connection, one.id) is None]
    if closed:
        raise CallOperator(f"closed since a restore: {', '.join(closed)}; see `hub restore --confirm`")
    return "open"


def _reports(hub: Hub) -> str:
    """Of credit checks."""
    if not any(contract.answers for contract in hub.contracts.values()):
        return "no dataset asks for reports"
    if unverified := [one.code for one in load.purposes(hub.settings.schemas).values() if not one.verified]:
        told = f"purposes not verified against an official text: {'、'.join(unverified)}"
    else:
        told = "all purposes are verified"
    if printing.program(hub.settings.pdf_program) is None:
        return Warned(f"no Chromium: reports go out as workbooks only; HUB_PDF_PROGRAM names one; {told}")
    return Warned(told) if unverified else told


def _ways(hub: Hub) -> list[Outlet]:
    """Outlets to which a way leads; broken ones are told by the look at the contracts."""
    try:
        return [one for one in hub.outlet_list if one.kind in ways_out.SETTINGS]
    except HubError:
        return []


def _way_out(hub: Hub, outlet: Outlet) -> str:
    if missing := ways_out.unset(hub, outlet):
        if outlet.kind in ways_out.OPTIONAL:
            return Warned(f"{missing} is not set: nothing is sent there")
        raise FixConfiguration(f"{missing} is not set")
    with ways_out.reached(hub, outlet) as receiver:
        taken = [dataset for dataset in hub.contracts if receiver.takes(dataset)]
        for dataset in taken:
            receiver.answers(dataset, {})
    told = f"{len(taken)} {WAYS[outlet.kind]}"
    if outlet.profile is not None and not outlet.profile.verified:
        return Warned(f"{told}; not verified against an official text: {outlet.profile.name}")
    return told
