"""A whole hub for tests: a small dataset, a clock that tests move, inboxes on a real embedded SFTP server."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from corpus.small_county.county import TODAY

from hub.contract.model import Contract
from hub.county.identities import Place, citizen_id, company, uscc
from hub.demo.grounds import Grounds
from hub.ledger import balance, deliveries, records
from hub.ledger.connect import reading
from hub.ledger.tables import delivery, fate, outbox, receipt
from hub.line import Hub, intake, open_hub
from hub.line.verifying import ordered, verify
from hub.settings import Settings

SMALL = Path(__file__).parent / "small"
DATASET = "market/shop"
PLACE = Place()
HEADER = "名称,统一社会信用代码,文书号,负责人身份证号,登记日期,注册资本（元）,状态,备注"


def shop(serial: int, **changed: str) -> str:
    """One good line of the small dataset; ``changed`` by column: mc dm wsh sfzh rq je zt bz."""
    row = {
        "mc": company(PLACE, serial),
        "dm": uscc(PLACE, serial),
        "wsh": f"演市监〔2026〕{serial:04d}号",
        "sfzh": citizen_id(PLACE, serial),
        "rq": "2026-11-20",
        "je": "100000",
        "zt": "1",
        "bz": "",
    }
    return ",".join((row | changed).values())


def shops(*lines: str) -> bytes:
    """A UTF-8 CSV of the small dataset."""
    return ("\r\n".join([HEADER, *lines]) + "\r\n").encode()


@dataclass
class Clock:
    """The hub's time. Every look at it takes a millisecond, so that the order of events is certain."""

    now: datetime = field(
        default_factory=lambda: datetime.combine(TODAY, datetime.min.time(), UTC) + timedelta(hours=2)
    )

    def __call__(self, *_: object) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Line:
    """A hub with departments' folders. ``root`` is the SFTP server's, seen from its own machine."""

    hub: Hub
    root: Path
    clock: Clock
    shop = staticmethod(shop)
    file = staticmethod(shops)

    def restart(self) -> None:
        """As a new process would find things."""
        self.hub.ledger.dispose()
        self.hub = open_hub(self.hub.settings)

    def drop(self, content: bytes, name: str = "店铺.csv", department: str = "market", ok: bytes | None = None) -> Path:
        """Put a file into an inbox as a careful client does; its time is the clock's."""
        place = self.root / department / "inbox" / name
        place.write_bytes(content)
        moment = self.clock().timestamp()
        os.utime(place, (moment, moment))
        if ok is not None:
            place.with_name(f"{name}.ok").write_bytes(ok)
        return place

    def collect(self) -> Mapping[str, int]:
        return self.hub.collect().landed

    def run(self) -> None:
        """Collect and take every delivery to its end."""
        self.hub.collect()
        for dataset in self.hub.waiting():
            self.hub.run_dataset(dataset)

    def outbox(self, department: str = "market") -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in sorted((self.root / department / "outbox").iterdir())}

    def receipts(self, department: str = "market") -> list[dict[str, Any]]:
        """JSON receipts that lie in the outbox, by their numbers."""
        return [json.loads(content) for name, content in self.outbox(department).items() if name.endswith(".json")]

    def inbox(self, department: str = "market") -> list[str]:
        return sorted(file.name for file in (self.root / department / "inbox").iterdir())

    def archived(self, department: str = "market") -> list[Path]:
        return sorted(file for file in (self.root / department / "archive").rglob("*") if file.is_file())

    def deliveries(self) -> list[dict[str, Any]]:
        with reading(self.hub.ledger) as connection:
            return deliveries.listed(connection)

    def violations(self) -> list[str]:
        """What the balance and the evidence find wrong."""
        with reading(self.hub.ledger) as connection:
            found = balance.violations(connection, [self.hub.shape(one) for one in self.hub.contracts.values()])
        return found + [str(one) for one in ordered(verify(self.hub)) if one.kind != "balance"]

    def rows(self, query: sa.Select[Any]) -> list[tuple[Any, ...]]:
        with reading(self.hub.ledger) as connection:
            return [tuple(row) for row in connection.execute(query)]

    def versions(self, dataset: str = DATASET) -> list[dict[str, Any]]:
        """Every version in the record table, in order of sequence."""
        table = self.hub.shape(self.hub.contract(dataset)).table()
        with reading(self.hub.ledger) as connection:
            if not records.exists(connection, self.hub.shape(self.hub.contract(dataset))):
                return []
            return [dict(row._mapping) for row in connection.execute(sa.select(table).order_by(table.c.sequence))]

    def facts(self) -> dict[str, Any]:
        """All that a repeated step must not change."""
        return {
            "deliveries": [{k: v for k, v in one.items() if k != "cleared_at"} for one in self.deliveries()],
            "fates": self.rows(sa.select(fate).order_by(fate.c.delivery_id, fate.c.record)),
            "versions": self.versions(),
            "receipts": self.rows(sa.select(receipt.c.receipt_no, receipt.c.body).order_by(receipt.c.receipt_no)),
            "outbox": self.rows(sa.select(outbox.c.sequence, outbox.c.record_id, outbox.c.version, outbox.c.state)),
        }

    def counts(self) -> list[tuple[Any, ...]]:
        names = ("verdict", "rows", "accepted", "of_which_query", "rejected", "duplicate", "blank")
        return self.rows(sa.select(*(delivery.c[name] for name in names)).order_by(delivery.c.id))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(Hub, "now", lambda self: made())
    monkeypatch.setattr(intake.time, "sleep", made.sleep)
    return made


MakeHub = Callable[..., Hub]


@pytest.fixture
def make_hub(tmp_path: Path, clock: Clock) -> Iterator[MakeHub]:
    """``make_hub(url, **settings)``: a hub of the small dataset; its connections are closed at the end."""
    made: list[Hub] = []

    def make(url: str = "", **changed: Any) -> Hub:
        given: dict[str, Any] = {
            "home": tmp_path / "state",
            "schemas": SMALL / "schemas",
            "expectations": SMALL / "expectations",
            "ledger_url": url,
            "record_key": "a key for tests, long enough",
            "received_receipts": False,  # stage 1 has tests of its own; here a delivery has one receipt
        }
        made.append(open_hub(Settings(**(given | changed))))
        return made[-1]

    yield make
    for hub in made:
        hub.ledger.dispose()


@pytest.fixture
def small() -> Iterator[Contract]:
    """The small contract."""
    from hub.contract import load

    yield load.contract(DATASET, SMALL / "schemas", SMALL / "expectations")


@pytest.fixture
def ground(tmp_path: Path, clock: Clock) -> Iterator[tuple[Grounds, int]]:
    """The departments' folders on an embedded SFTP server, and its port."""
    given = Settings(schemas=SMALL / "schemas", expectations=SMALL / "expectations")
    grounds = Grounds(tmp_path / "state", Path.cwd(), given)
    with grounds.sftp_server() as server:
        yield grounds, server.port


MakeLine = Callable[..., Line]


@pytest.fixture
def make_line(ground: tuple[Grounds, int], make_hub: MakeHub, clock: Clock) -> MakeLine:
    """``make_line(url, **settings)``: the small dataset's hub with inboxes. Files settle at once by default."""

    def make(url: str = "", **changed: Any) -> Line:
        grounds, port = ground
        given = {"sftp": grounds.settings(port).sftp, "settle_seconds": 0.0, "patience_seconds": 60.0} | changed
        return Line(make_hub(url, **given), grounds.root, clock)

    return make


@pytest.fixture
def line(make_line: MakeLine) -> Line:
    """On SQLite."""
    return make_line()


@pytest.fixture
def either_line(make_line: MakeLine, ledger_url: str) -> Line:
    """Once on SQLite, once on PostgreSQL."""
    return make_line(ledger_url)
