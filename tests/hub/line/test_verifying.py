"""`hub verify` on a whole hub: honest work raises no alarm; whatever is changed behind its back is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.errors import CallOperator, HubError, NotFound, VerificationFailed
from hub.ledger import connect, evidence
from hub.ledger.bundle_verifier import check
from hub.ledger.connect import reading, writing
from hub.ledger.grants import grant
from hub.ledger.tables import delivery, event, fate, fate_block, receipt, stage
from hub.ledger.verifying import Found, verify_links
from hub.ledger.verifying_deliveries import verify_deliveries
from hub.line import Hub
from hub.line.bundling import bundle
from hub.line.verifying import ordered, verify


def places(found: Found) -> list[tuple[str, str]]:
    return [(one.kind, one.place) for one in ordered(found)]


def change(hub: Hub, statement: Any) -> None:
    """What an administrator can do: nothing guards these tables."""
    with writing(hub.ledger) as connection:
        connection.execute(statement)


def _work(line: Any) -> Any:
    """Two deliveries, of 600 rows and of two; the second time with a bad row; and their pages."""
    line.drop(line.file(*(line.shop(number) for number in range(1, 601))))
    line.run()
    line.drop(line.file(line.shop(1, je="百万"), line.shop(700)), name="店铺_2.csv")
    line.run()
    line.hub.report()
    return line


@pytest.fixture
def done(line: Any) -> Any:
    """On SQLite."""
    return _work(line)


@pytest.fixture
def done_on_either(either_line: Any) -> Any:
    """Once on SQLite, once on PostgreSQL."""
    return _work(either_line)


def test_honest_work_raises_no_alarm_and_everything_is_looked_at(done_on_either: Any) -> None:
    done = done_on_either
    done.drop(done.file(*(done.shop(number) for number in range(1, 601))), name="店铺_3.csv")  # the same again
    done.run()
    found = verify(done.hub)
    assert found.wrong == {}
    assert (found.seen["delivery"], found.seen["receipt"], found.seen["blob"]) == (3, 3, 3)
    assert found.seen["fate"] == 600 + 2 + 600
    assert found.seen["event"] >= 9


def test_every_receipt_carries_a_checkpoint_that_covers_what_it_answers(done: Any) -> None:
    bodies = [json.loads(body) for _, body in done.rows(sa.select(receipt.c.receipt_no, receipt.c.body))]
    first, second = sorted(bodies, key=lambda one: one["generated_at"])
    assert first["checkpoint"]["note"].startswith("credit-hub/320999\n1\n")
    assert second["checkpoint"]["note"].startswith("credit-hub/320999\n4\n")
    with reading(done.hub.ledger) as connection:
        landed = [evidence.of_delivery(connection, number)[0]["sequence"] for number in (1, 2)]
    assert landed == [1, 4]
    page = (done.hub.home / "reports" / "index.html").read_text(encoding="utf-8")
    kept = (done.hub.home / "reports" / "checkpoint.txt").read_text(encoding="utf-8")
    assert kept in page
    assert (done.hub.home / "reports" / "checkpoint.vkey").read_text().strip() == done.hub.signer.vkey


def test_one_flipped_bit_in_a_blob_is_named(done: Any) -> None:
    sha256 = done.deliveries()[1]["sha256"]
    file = Path(done.hub.store.place(sha256))
    content = bytearray(file.read_bytes())
    content[7] ^= 1
    file.write_bytes(content)
    assert places(verify(done.hub)) == [("blob", sha256)]
    file.unlink()
    assert places(verify(done.hub)) == [("blob", sha256)]


def test_a_blob_that_was_erased_in_the_open_is_no_alarm(done: Any) -> None:
    sha256 = done.deliveries()[1]["sha256"]
    with writing(done.hub.ledger) as connection:
        evidence.append(connection, "erased", done.hub.now(), 2, blobs=[sha256], reason="到期")
    Path(done.hub.store.place(sha256)).unlink()
    assert verify(done.hub).wrong == {}


def test_another_fate_of_one_row_is_named_with_its_block(done_on_either: Any) -> None:
    done = done_on_either
    row = sa.and_(fate.c.delivery_id == 1, fate.c.record == 300)
    for values in ({"record_id": "0" * 32}, {"content_hash": "0" * 32}, {"row": 999}):
        before = done.rows(sa.select(*(fate.c[name] for name in values)).where(row))[0]
        change(done.hub, fate.update().where(row).values(values))
        assert ("fate", "of delivery 1, records 257 to 512") in places(verify(done.hub))
        change(done.hub, fate.update().where(row).values(dict(zip(values, before, strict=True))))
    assert verify(done.hub).wrong == {}
    change(done.hub, fate_block.update().where(fate_block.c.delivery_id == 1).values(leaf="0" * 64))
    change(done.hub, fate.update().where(row).values(record_id="0" * 32))
    assert ("fate", "of delivery 1") in places(verify(done.hub)), "even when the noted hashes are gone, too"


def test_what_the_verdict_said_cannot_be_changed(done_on_either: Any) -> None:
    done = done_on_either
    one, (number, body) = receipt.c.delivery_id == 2, done.rows(sa.select(receipt.c.receipt_no, receipt.c.body))[1]
    other = body.replace('"accepted": 1', '"accepted": 2')
    assert other != body
    for statement, kind, place in (
        (receipt.update().where(one).values(body=other), "receipt", number),
        (receipt.delete().where(one), "receipt", number),
        (receipt.update().where(one).values(receipt_no="R-1"), "receipt", "R-1"),
        (
            delivery.update().where(delivery.c.id == 2).values(accepted=0, rejected=2, inserted=0),
            "fate",
            "of delivery 2",
        ),
        (fate.delete().where(fate.c.delivery_id == 2, fate.c.record == 2), "fate", "of delivery 2, records 1 to 256"),
        (delivery.update().where(delivery.c.id == 2).values(sha256="0" * 64), "blob", done.deliveries()[1]["sha256"]),
    ):
        found = Found({}, {})
        with done.hub.ledger.connect() as connection, connection.begin() as transaction:
            connection.execute(statement)
            list(verify_deliveries(connection, found))
            transaction.rollback()
        assert places(found) == [(kind, place)]
    assert verify(done.hub).wrong == {}


def test_a_delivery_that_was_never_there_or_is_no_more_is_named(done: Any) -> None:
    found = Found({}, {})
    with done.hub.ledger.connect() as connection, connection.begin() as transaction:
        for table in (stage, receipt, fate):
            connection.execute(table.delete().where(table.c.delivery_id == 2))
        connection.execute(delivery.delete().where(delivery.c.id == 2))
        verify_links(connection, found)
        transaction.rollback()
    assert places(found) == [("event", "4")]
    change(done.hub, delivery.update().where(delivery.c.id == 2).values(department="urban"))
    assert "blob" in verify(done.hub).wrong, "whoever sent it is told by its event"


def test_a_record_that_is_not_the_row_it_came_from_is_named(done: Any) -> None:
    table = done.hub.shape(done.hub.contract("market/shop")).table()
    record_id = done.versions()[4]["record_id"]
    for values in ({"content_hash": "0" * 32}, {"record": 299}, {"delivery_id": 77}):
        before = {name: done.versions()[4][name] for name in values}
        change(done.hub, table.update().where(table.c.record_id == record_id).values(values))
        assert ("record", f"{record_id}, version 1") in places(verify(done.hub))
        change(done.hub, table.update().where(table.c.record_id == record_id).values(before))
    assert verify(done.hub).wrong == {}


def test_a_new_key_takes_over_and_the_former_one_stays_known(
    make_line: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = make_line(checkpoint_key="the key of the first year")
    first.drop(first.file(first.shop(1)))
    first.run()
    forgetful = make_line(checkpoint_key="the key of the second year")
    assert "checkpoint" in verify(forgetful.hub).wrong
    vkey = first.hub.signer.vkey
    second = make_line(checkpoint_key="the key of the second year", former_checkpoint_vkeys=(vkey,))
    second.drop(second.file(second.shop(2)), name="店铺_2.csv")
    second.run()
    assert verify(second.hub).wrong == {}
    file, published = tmp_path / "bundle.zip", tmp_path / "published.vkey"
    bundle(second.hub, "2:2", file)
    published.write_text("\n".join(second.hub.vkeys))
    assert check(str(file), str(published)) == 0
    published.write_text(vkey)
    assert check(str(file), str(published)) == 5
    assert "公钥" in capsys.readouterr().out


def test_a_database_that_was_rolled_back_is_found_by_a_receipt_that_somebody_kept(line: Any, tmp_path: Path) -> None:
    def deliver(number: int) -> None:
        line.drop(line.file(line.shop(number)), name=f"店铺_{number}.csv")
        line.run()

    deliver(1)
    line.restart()
    database = Path(line.hub.ledger.url.database)
    before = database.read_bytes()
    deliver(2)
    deliver(3)
    newest = max((name for name in line.outbox() if name.endswith(".json")), key=lambda name: line.outbox()[name])
    kept = tmp_path / newest
    kept.write_bytes(max((line.outbox()[n] for n in line.outbox() if n.endswith(".json")), key=_size))
    assert verify(line.hub, [kept]).wrong == {}
    line.restart()
    for file in database.parent.glob(f"{database.name}-*"):
        file.unlink()
    database.write_bytes(before)
    assert verify(line.hub).wrong == {}, "in itself nothing is wrong with it"
    assert [kind for kind, _ in places(verify(line.hub, [kept]))] == ["history"]


def _size(body: bytes) -> int:
    checkpoint = json.loads(body)["checkpoint"]
    return 0 if checkpoint is None else int(checkpoint["size"])


def test_the_checkpoint_beside_the_reports_is_a_witness_that_no_older_one_replaces(done: Any) -> None:
    home = done.hub.home
    kept = done.hub.signer.sign(10**6, bytes(32)).note
    (home / "reports" / "checkpoint.txt").write_text(kept, encoding="utf-8")
    done.hub.report()
    assert (home / "reports" / "checkpoint.txt").read_text(encoding="utf-8") == kept
    assert places(verify(done.hub)) == [("history", "of 1000000 events")]


def test_a_checkpoint_of_somebody_else_is_refused(done: Any, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        verify(done.hub, [tmp_path / "nothing"])
    other = tmp_path / "other.txt"
    other.write_text("credit-hub/1\n1\nAAAA\n\n— credit-hub/1 AAAA\n", encoding="utf-8")
    with pytest.raises(VerificationFailed):
        verify(done.hub, [other])


def test_the_running_role_works_the_hub_and_changes_nothing_of_the_evidence(
    make_line: Callable[..., Any], postgres_url: str
) -> None:
    owner = make_line(postgres_url)
    owner.drop(owner.file(owner.shop(1)))
    owner.run()
    with writing(owner.hub.ledger) as connection:
        connection.exec_driver_sql("DROP ROLE IF EXISTS hub_running")
        connection.exec_driver_sql("CREATE ROLE hub_running LOGIN PASSWORD 'synthetic'")
    grant(owner.hub.ledger, "hub_running")
    url = sa.make_url(postgres_url).set(username="hub_running", password="synthetic")
    runner = make_line(url.render_as_string(hide_password=False))
    runner.drop(runner.file(runner.shop(2)), name="店铺_2.csv")
    runner.run()
    assert len(runner.counts()) == 2
    assert verify(runner.hub).wrong == {}
    for statement in (
        "UPDATE event SET kind = 'x'",
        "DELETE FROM event",
        "TRUNCATE event_body",
        "UPDATE event_body SET body = ''",
        "DELETE FROM checkpoint",
        "DELETE FROM event_body",
        "ALTER TABLE event DISABLE TRIGGER ALL",
        "DROP TABLE checkpoint",
        "SET session_replication_role = replica",
    ):
        with pytest.raises(CallOperator), writing(runner.hub.ledger) as connection:
            connection.exec_driver_sql(statement)
    with reading(runner.hub.ledger) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(event)) > 4
    runner.hub.ledger.dispose()
    with writing(owner.hub.ledger) as connection:
        connection.exec_driver_sql("DROP OWNED BY hub_running CASCADE")
        connection.exec_driver_sql("DROP ROLE hub_running")


def test_rights_are_of_postgresql_only(tmp_path: Path) -> None:
    with pytest.raises(HubError, match="PostgreSQL"):
        grant(connect.engine(f"sqlite:///{tmp_path / 'ledger.db'}"), "hub_running")
