"""A county's state folder seen from outside: its ledger, its outboxes, the province, the feed, who still runs."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from corpus.small_county.county import Drop
from corpus.small_county.county import deliveries as drops_of

from hub.demo.agreement import disagreements
from hub.demo.grounds import Grounds
from hub.ledger import balance, deliveries
from hub.ledger.connect import reading
from hub.ledger.tables import outbox, receipt
from hub.line import Hub, open_hub
from hub.outlets import open_feed, province
from hub.receipts.names import names
from hub.receipts.received import file_names
from hub.settings import Settings

PROJECT = Path(__file__).resolve().parents[2]
RECORD_KEY = "a key for tests, the same for every county"
UNANSWERED = ("waiting", "sent")
CHECK_REPORT = re.compile(r"__信用核查__(R-.+)_第[0-9]+份(?:_已收回)?\.(?:pdf|xlsx|txt)$")


class State:
    """One state folder. Looks only, but for ``feed``, which brings a feed of yesterday up to today."""

    def __init__(self, home: Path, province_url: str = "") -> None:
        self.home = home
        given = Settings(
            home=home,
            schemas=PROJECT / "schemas",
            expectations=PROJECT / "expectations",
            province_url=province_url,
            record_key=RECORD_KEY,
        )
        self.grounds = Grounds(home, PROJECT, given)

    @cached_property
    def hub(self) -> Hub:
        """The hub of the folder, without a server to talk to."""
        return open_hub(self.grounds.settings(1))

    def close(self) -> None:
        """Close the ledger, when it was opened."""
        if "hub" in self.__dict__:
            self.hub.ledger.dispose()

    def small_deliveries(self) -> list[tuple[str, Path]]:
        """The small county's files with their departments; written once, so that all get the same bytes."""
        folder = self.home / "deliveries"
        if not folder.exists():
            for drop in drops_of(self.hub.county, self.hub.today()):
                place = folder / drop.department
                place.mkdir(parents=True, exist_ok=True)
                (place / drop.file_name).write_bytes(drop.content)
        return [(file.parent.name, file) for file in sorted(folder.glob("*/*"))]

    def drops(self) -> dict[str, Drop]:
        """What the small county sent, by file name: made again for the day that the names tell."""
        day = next(re.findall("[0-9]{8}", file.name)[0] for file in (self.home / "deliveries").glob("*/*"))
        return {drop.file_name: drop for drop in drops_of(self.hub.county, date.fromisoformat(day))}

    def deliveries(self) -> list[dict[str, Any]]:
        with reading(self.hub.ledger) as connection:
            return deliveries.listed(connection)

    def rows(self, query: sa.Select[Any]) -> list[tuple[Any, ...]]:
        with reading(self.hub.ledger) as connection:
            return [tuple(row) for row in connection.execute(query)]

    def feed(self) -> dict[str, bytes]:
        """Every file of the current feed, which is of today."""
        if open_feed.as_of(self.home / "feed") != self.hub.today():
            self.hub.drain("open_feed")
        current = (self.home / "feed" / "current").resolve()
        return {str(file.relative_to(current)): file.read_bytes() for file in current.rglob("*") if file.is_file()}

    def records(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every version of every record, without the moment, by dataset."""
        found = {}
        for contract in self.hub.contracts.values():
            table = self.hub.shape(contract).table()
            if not sa.inspect(self.hub.ledger).has_table(table.name):
                continue  # nobody has sent this dataset
            chosen = [table.c[name] for name in ("record_id", "version", "content_hash", "row")]
            found[contract.dataset] = self.rows(sa.select(*chosen).order_by(table.c.record_id, table.c.version))
        return found

    def front_end(self) -> dict[str, dict[str, tuple[int, tuple[Any, ...]]]]:
        """What the province holds: by table and key, the sequence, and the other columns but the moment."""
        outlet = self.hub.outlet(province.OUTLET)
        names = province.Names.of(outlet)
        engine = sa.create_engine(self.hub.settings.province_url)
        found: dict[str, dict[str, tuple[int, tuple[Any, ...]]]] = {}
        with engine.connect() as connection:
            for name in outlet.options["tables"].values():
                rows = connection.execute(sa.text(f"SELECT * FROM {name}")).mappings().all()
                apart = (names.key, names.sequence, names.synced_at)
                found[name] = {
                    row[names.key]: (row[names.sequence], tuple(row[column] for column in row if column not in apart))
                    for row in rows
                }
                assert len(found[name]) == len(rows), f"{name} holds a record twice"
        engine.dispose()
        return found

    def wrong(self) -> list[str]:
        """All that must not be when the work has ended, in words; empty when all is well."""
        with reading(self.hub.ledger) as connection:
            found = balance.violations(
                connection, [self.hub.shape(contract) for contract in self.hub.contracts.values()]
            )
        return [*found, *self._wrong_receipts(), *self._wrong_counts(), *self._wrong_front_end(), *self._left_behind()]

    def _wrong_receipts(self) -> Iterator[str]:
        """One receipt of the verdict for each delivery; three files for each receipt, and no other file."""
        expected: dict[str, set[str]] = {department: set() for department in self.grounds.departments}
        for one in self.deliveries():
            with reading(self.hub.ledger) as connection:
                issued = deliveries.receipts(connection, one["id"])
            stages = Counter(each["stage"] for each in issued)
            by_sftp = one["channel"] == "sftp"  # else the hub has made it itself
            if stages["validation"] != 1 or one["state"] != "answered" or (by_sftp and one["cleared_at"] is None):
                yield f"{one['batch_no']}: {one['state']}, {stages['validation']} receipts of its verdict"
            place = (self.grounds.root if by_sftp else self.home / "outbox") / one["department"]
            place = place / "outbox" if by_sftp else place
            for each in issued:
                if each["stage"] == "received":
                    body = json.loads(each["body"])
                    expected[one["department"]] |= set(file_names(body, one["file_name"]))
                    continue
                files = names(json.loads(each["body"]), one["file_name"])
                expected[one["department"]] |= set(files)
                machine, people, marker = (
                    (place / name).read_bytes() if (place / name).exists() else None for name in files
                )
                if each["put_at"] is None or machine != each["body"].encode() or not people or marker != b"":
                    yield f"{each['receipt_no']}: its three files are not in the outbox as the ledger has it"
        numbers = {number for (number,) in self.rows(sa.select(receipt.c.receipt_no))}
        for department, files in expected.items():
            for file in (self.grounds.root / department / "outbox").iterdir():
                asked = CHECK_REPORT.search(file.name)
                if file.name not in files and (asked is None or asked[1] not in numbers):
                    yield f"{department}/outbox: no receipt of the ledger has {file.name}"

    def _wrong_counts(self) -> Iterator[str]:
        """The first delivery of a file has the planted counts, each further one is a duplicate as a whole."""
        if (self.home / "county").exists():
            yield from disagreements(self.hub, self.home / "county")
            return
        drops, seen = self.drops(), set()
        for one in self.deliveries():
            counts = {
                name: one[name] for name in ("rows", "accepted", "of_which_query", "rejected", "duplicate", "blank")
            }
            if one["sha256"] in seen:
                if one["verdict"] != "DUPLICATE" or one["duplicate"] != one["rows"]:
                    yield f"{one['batch_no']} repeats a file, but {one['verdict']}: {counts}"
                continue
            seen.add(one["sha256"])
            planted, refused = drops[one["file_name"]].planted, drops[one["file_name"]].refused
            if refused is not None:
                if one["verdict"] != "REJECTED" or counts["rows"] != counts["rejected"]:
                    yield f"{one['batch_no']} is to be refused for {refused}, but {one['verdict']}: {counts}"
                continue
            wanted = {name: planted[name] for name in ("rows", "rejected", "duplicate", "blank")}
            wanted["accepted"] = planted["accepted"] + planted["accepted_query"]
            wanted["of_which_query"] = planted["accepted_query"]
            if counts != wanted:
                yield f"{one['batch_no']}: {counts}, planted were {wanted}"
        if len(seen) != len({drop.content for drop in drops.values()}):
            yield f"{len(seen)} different files came in"

    def _wrong_front_end(self) -> Iterator[str]:
        """The province has every record that was sent, once, with the sequence of its newest version, and no other."""
        chosen = sa.select(outbox.c.dataset, outbox.c.record_id, outbox.c.sequence, outbox.c.version, outbox.c.state)
        newest: dict[tuple[str, str], Any] = {}
        for dataset, key, sequence, version, state in self.rows(
            chosen.where(outbox.c.outlet == province.OUTLET).order_by(outbox.c.version)
        ):
            newest[dataset, key] = (sequence, state)
            if state in UNANSWERED:
                yield f"{dataset} {key} version {version}: still {state}"
        outlet, held = self.hub.outlet(province.OUTLET), self.front_end()
        for dataset, table in outlet.options["tables"].items():
            wanted = {
                key: sequence
                for (whose, key), (sequence, state) in newest.items()
                if whose == dataset and state in ("acknowledged", "rejected")
            }
            if wanted != {key: sequence for key, (sequence, _) in held[table].items()}:
                yield f"{table} does not hold the newest version of each record that was sent"
        untold = sa.select(outbox.c.record_id).where(outbox.c.state == "rejected", outbox.c.receipt_no.is_(None))
        if left := len(self.rows(untold)):
            yield f"no receipt tells of {left} refusals of the province"

    def _left_behind(self) -> Iterator[str]:
        for folder in ("incoming", "work", "store/tmp"):
            for file in (self.home / folder).glob("*"):
                yield f"{folder} still holds {file.name}"
        for file in (*self.grounds.root.glob("*/inbox/*"), *self.grounds.root.glob("*/*/.*")):
            yield f"{file.relative_to(self.grounds.root)} was left"
        if (self.home / "feed" / "staging").exists():
            yield "the feed's staging folder was left"

    def receipts_by_stage(self) -> Counter[str]:
        return Counter(stage for (stage,) in self.rows(sa.select(receipt.c.stage)))

    def processes(self) -> list[int]:
        """Every living process that was told of this folder, in its environment or its words; not this one."""
        sign = os.fsencode(self.home)
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                told = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
            except (FileNotFoundError, PermissionError, ProcessLookupError):
                continue
            if sign in told:
                found.append(int(entry.name))
        return found

    def all_ended(self, seconds: float = 30.0) -> bool:
        """Whether nobody runs on this folder any more, after at most so many seconds."""
        end = time.monotonic() + seconds
        while self.processes():
            if time.monotonic() > end:
                return False
            time.sleep(0.1)
        return True

    def environment(self, **more: str) -> Mapping[str, str]:
        """The environment of a command on this folder. Nothing of what other tests have set."""
        ours = ("HUB_", "AIRFLOW", "GX_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        told = {
            "HUB_HOME": str(self.home),
            "HUB_SCHEMAS": str(PROJECT / "schemas"),
            "HUB_EXPECTATIONS": str(PROJECT / "expectations"),
            "HUB_RECORD_KEY": RECORD_KEY,
        }
        return kept | told | more


@pytest.fixture(scope="module")
def state_of() -> Iterator[Callable[..., State]]:
    """``state_of(home)``; ledgers are closed at the end."""
    made: list[State] = []

    def make(home: Path, province_url: str = "") -> State:
        made.append(State(home, province_url))
        return made[-1]

    yield make
    for state in made:
        state.close()


@pytest.fixture(scope="session")
def hub_command() -> tuple[str, ...]:
    """The command ``hub``."""
    return (str(Path(sys.executable).with_name("hub")),)


@pytest.fixture(scope="session")
def project() -> Path:
    return PROJECT
