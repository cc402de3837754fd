"""The synthetic county over a real SFTP server, on both databases: every planted count, every receipt, twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from corpus.at_rest import CITIZEN_ID, everything
from corpus.small_county.county import FATES, TODAY, Drop, deliveries
from jsonschema import Draft202012Validator

from connectors.sftp import connect
from hub.demo.grounds import Grounds
from hub.ledger import balance, records
from hub.ledger import deliveries as entries
from hub.ledger.connect import reading
from hub.ledger.tables import outbox, receipt
from hub.line import Hub, open_hub
from hub.settings import Settings

SCHEMA = json.loads(Path("hub/receipts/receipt.v1.schema.json").read_text(encoding="utf-8"))


@dataclass
class Seen:
    """What lay where at one moment."""

    deliveries: list[dict[str, Any]]
    violations: list[str]
    outboxes: dict[str, dict[str, bytes]]
    bodies: dict[str, str]
    versions: dict[str, list[tuple[Any, ...]]]
    sent: list[tuple[Any, ...]]
    feed: dict[str, bytes]
    left: list[str]
    archived: list[str]


class County:
    """A hub of the real contracts, its server, and what the departments drop."""

    def __init__(self, home: Path, url: str) -> None:
        self.grounds = Grounds(home, Path.cwd(), Settings(ledger_url=url))
        self.drops = deliveries(self.hub_county)
        self.seen: list[Seen] = []
        self.lying: list[str] = []  # all that the ledger's database holds, each time

    @cached_property
    def hub_county(self) -> Any:
        from hub.contract import load

        return load.county(self.grounds.schemas)

    def send(self, hub: Hub, drops: tuple[Drop, ...]) -> Seen:
        """Every department uploads as itself; then the line runs until nothing waits."""
        server = hub.settings.sftp[Grounds.SERVER]
        for drop in drops:
            key = self.grounds.key_file(drop.department)
            with connect(server.host, server.port, drop.department, key, server.host_key) as session:
                session.put(f"/inbox/{drop.file_name}", drop.content)
        for _ in range(2):
            hub.collect()
        for dataset in hub.waiting():
            hub.run_dataset(dataset)
        hub.drain("open_feed")
        self.lying.append(everything(hub.ledger))
        return self.look(hub)

    def look(self, hub: Hub) -> Seen:
        root, feed = self.grounds.root, hub.home / "feed" / "current"
        with reading(hub.ledger) as connection:
            shapes = [hub.shape(contract) for contract in hub.contracts.values()]
            tables = [shape.table() for shape in shapes if records.exists(connection, shape)]
            return Seen(
                deliveries=entries.listed(connection),
                violations=balance.violations(connection, shapes),
                outboxes={
                    one: {file.name: file.read_bytes() for file in (root / one / "outbox").iterdir()}
                    for one in self.grounds.departments
                },
                bodies={
                    row.receipt_no: row.body
                    for row in connection.execute(sa.select(receipt).where(receipt.c.stage == "validation"))
                },
                versions={
                    table.name: [tuple(row) for row in connection.execute(sa.select(table).order_by(table.c.sequence))]
                    for table in tables
                },
                sent=[tuple(row) for row in connection.execute(sa.select(outbox).order_by(outbox.c.sequence))],
                feed={str(file.relative_to(feed)): file.read_bytes() for file in feed.rglob("*") if file.is_file()},
                left=[file.name for file in root.glob("*/inbox/*")],
                archived=sorted(file.name for file in root.glob("*/archive/*/*")),
            )


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def county(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """All deliveries sent twice; ``seen`` holds what there was after each time."""
    home, url = tmp_path_factory.mktemp("county"), ""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
        server.run("CREATE DATABASE whole_county")
        url = server.url("whole_county")
    made = County(home, url)
    with made.grounds.sftp_server() as sftp, pytest.MonkeyPatch.context() as patch:
        clock = _clock(patch)
        settings = made.grounds.settings(sftp.port)
        quick = settings.model_copy(update={"settle_seconds": 0.0, "patience_seconds": 0.0})
        hub = open_hub(quick)
        made.seen.append(made.send(hub, made.drops))
        clock()
        made.seen.append(made.send(hub, made.drops))
        yield made
        hub.ledger.dispose()
    if url:
        server.run("DROP DATABASE whole_county WITH (FORCE)")


def _clock(patch: pytest.MonkeyPatch) -> Any:
    from datetime import UTC, datetime, timedelta

    moments = [datetime.combine(TODAY, datetime.min.time(), UTC) + timedelta(hours=2)]

    def now(_: object = None) -> datetime:
        moments[0] += timedelta(milliseconds=1)
        return moments[0]

    patch.setattr(Hub, "now", now)
    return now


def test_every_delivery_has_the_counts_that_were_planted(county: County) -> None:
    by_name = {one["file_name"]: one for one in county.seen[0].deliveries}
    assert len(by_name) == len(county.drops)
    for drop in county.drops:
        counts = by_name[drop.file_name]
        assert counts["state"] == "answered"
        if drop.refused:
            assert (counts["verdict"], counts["rows"]) == ("REJECTED", counts["rejected"])
            continue
        # In the ledger a row with a query counts as accepted, too.
        fates = {fate: counts[fate] for fate in FATES if fate in counts} | {"accepted_query": counts["of_which_query"]}
        fates["accepted"] -= fates["accepted_query"]
        assert {"rows": counts["rows"], **fates} == dict(drop.planted), drop.file_name


def test_nothing_that_must_hold_is_violated(county: County) -> None:
    assert county.seen[0].violations == []
    assert county.seen[1].violations == []


def test_no_citizen_id_lies_open_in_the_ledgers_database(county: County) -> None:
    sent = "".join(drop.content.decode("gb18030", "replace") for drop in county.drops)
    assert len(set(CITIZEN_ID.findall(sent))) > 100
    for held in county.lying:
        assert len(held) > 100_000 and not CITIZEN_ID.search(held)


def test_every_delivery_has_one_receipt_of_three_files_and_every_receipt_keeps_to_the_schema(county: County) -> None:
    validator = Draft202012Validator(SCHEMA)
    seen = county.seen[0]
    assert len(seen.bodies) == len(county.drops)
    for one in seen.deliveries:
        (number,) = [number for number in seen.bodies if one["batch_no"] in number]
        files = [name for name in seen.outboxes[one["department"]] if number in name]
        machine, people, marker = sorted(files, key=lambda name: (not name.endswith("json"), not name.endswith("xlsx")))
        content = seen.outboxes[one["department"]]
        assert content[machine] == seen.bodies[number].encode()
        assert people.endswith(".xlsx") and content[people].startswith(b"PK")
        assert content[marker] == b""
        assert [error.message for error in validator.iter_errors(json.loads(content[machine]))] == []
    put = [(name, content) for outbox in seen.outboxes.values() for name, content in outbox.items()]
    stages = Counter(json.loads(content)["stage"] for name, content in put if name.endswith(".json"))
    assert stages["received"] == stages["validation"] == len(county.drops)
    assert 0 < stages["publication"] <= len(county.drops)
    assert len(put) == 2 * stages["received"] + 3 * stages["validation"] + 3 * stages["publication"]


def test_every_file_has_left_the_inbox_for_the_archive(county: County) -> None:
    assert county.seen[0].left == []
    assert sorted(name.rpartition("__")[2] for name in county.seen[0].archived) == sorted(
        drop.file_name for drop in county.drops
    )


def test_a_correction_makes_a_new_version_of_what_it_changed_and_of_nothing_else(county: County) -> None:
    by_name = {one["file_name"]: one for one in county.seen[0].deliveries}
    (corrected,) = [one for name, one in by_name.items() if "更正" in name]
    assert (corrected["inserted"], corrected["updated"], corrected["unchanged"]) == (0, 3, 0)


def test_the_same_files_again_are_duplicates_that_quote_the_first_receipt_and_change_nothing(county: County) -> None:
    first, second = county.seen
    again = second.deliveries[len(first.deliveries) :]
    assert {one["verdict"] for one in again} == {"DUPLICATE"}
    assert second.deliveries[: len(first.deliveries)] == first.deliveries
    for one in again:
        (body,) = [json.loads(body) for number, body in second.bodies.items() if one["batch_no"] in number]
        (origin,) = [before for before in first.deliveries if before["sha256"] == one["sha256"]]
        assert origin["batch_no"] in body["findings"][0]["why"] + json.dumps(body["submission"])
        assert one["rows"] == one["duplicate"] == origin["rows"]
    assert second.versions == first.versions
    assert second.sent == first.sent
    assert second.feed == first.feed
    assert second.left == []
