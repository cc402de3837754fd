"""A delivery is posted: rows as JSON, or a file. The same request again is the same delivery."""

from __future__ import annotations

import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from corpus.http_service import POINTS, ROOT, TOWN, point, settings

from hub.ledger import deliveries
from hub.ledger.connect import reading
from hub.line import open_hub, tokens, verifying
from hub.line.posting import KeyTaken, Post, receiving, take_in

CSV = "事件编号,家庭编号,村（居）,发生日期,积分项目,数量,行为人身份证号码,记录人编号\r\n"


def csv(*serials: int) -> bytes:
    """A file of household points."""
    rows = (",".join(point(serial).values()) for serial in serials)
    return (CSV + "".join(f"{row}\r\n" for row in rows)).encode()


def test_rows_are_answered_with_202_and_the_address_of_the_receipt(service: Any, judged: Any):
    with service.client() as client:
        answer = service.post(client, point(501), point(502, 数量="5000"))
        told = answer.json()
        assert answer.status_code == 202 and told["status"] == "landed"
        assert answer.headers["location"] == told["delivery"] == f"/api/deliveries/{told['batch_no']}"
        assert client.get(told["delivery"]).json()["verdict"] is None
        found = judged(service, client, told["batch_no"])
        assert found["state"] == "answered" and found["verdict"] == "PARTIAL"
        assert (found["counts"]["rows"], found["counts"]["accepted"], found["counts"]["rejected"]) == (2, 1, 1)
        receipts = client.get(told["receipts"]).json()["receipts"]
        receipt = client.get(receipts[-1]["receipt"]).json()
        assert receipt["submission"]["channel"] == "http"
        assert [one["rule"] for one in receipt["findings"]] == ["QTY-RANGE"]
        workbook = client.get(receipts[-1]["workbook"])
        assert workbook.status_code == 200 and workbook.content.startswith(b"PK")


def test_the_bytes_that_were_sent_are_the_evidence(service: Any):
    body = json.dumps({"rows": [point(510)], "dataset": POINTS}, ensure_ascii=False, indent=3).encode()
    with service.client() as client:
        headers = {"Idempotency-Key": "bytes-1", "Content-Type": "application/json; charset=utf-8"}
        batch_no = client.post("/api/deliveries", content=body, headers=headers).json()["batch_no"]
        sha256 = client.get(f"/api/deliveries/{batch_no}").json()["sha256"]
    service.hub.store.pour(sha256, blob := io.BytesIO())
    assert blob.getvalue() == body


def test_a_file_goes_the_same_way_and_its_name_says_how_it_is_meant(service: Any, judged: Any):
    with service.client() as client:

        def send(name: str, content: bytes, **fields: str) -> httpx.Response:
            files = {"file": (name, content, "text/csv")}
            return client.post("/api/deliveries", data={"dataset": POINTS} | fields, files=files)

        first = judged(service, client, send("信用积分_甲.csv", csv(520, 521)).json()["batch_no"])
        assert (
            first["verdict"] == "ACCEPTED" and first["file_name"] == "信用积分_甲.csv" and first["mode"] == "original"
        )
        back = judged(service, client, send("信用积分_乙_撤回.csv", csv(520)).json()["batch_no"])
        assert back["mode"] == "withdrawal" and back["counts"]["accepted"] == 1
        told = send("甲.csv", csv(522), mode="correction", reason="改分")
        assert client.get(told.json()["delivery"]).json()["mode"] == "correction"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\桌面\\积分.csv", "积分.csv"),
        ("a\nb.csv", "a_b.csv"),
        ("长" * 400 + ".csv", None),
    ],
    ids=["folders", "drive", "line-break", "long"],
)
def test_a_name_of_a_file_is_only_a_name(service: Any, name: str, kept: str | None):
    with service.client() as client:
        boundary = "x" * 20
        escaped = name.replace("\\", "\\\\").replace("\n", "\x01")
        body = (
            (
                f'--{boundary}\r\nContent-Disposition: form-data; name="dataset"\r\n\r\n{POINTS}\r\n'
                f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{escaped}"\r\n\r\n'
            ).encode()
            + csv(530 + len(name))
            + f"\r\n--{boundary}--\r\n".encode()
        )
        answer = client.post(
            "/api/deliveries", content=body, headers={"Content-Type": f"multipart/form-data; boundary={boundary}"}
        )
        assert answer.status_code == 202, answer.text
        found = client.get(answer.json()["delivery"]).json()["file_name"]
        assert len(found) <= 200 and found.endswith(kept or ".csv") and "/" not in found and "\\" not in found


def test_the_same_request_again_is_the_same_delivery(service: Any):
    with service.client() as client:
        first = service.post(client, point(540), key="again-1")
        before = service.deliveries()
        again = service.post(client, point(540), key="again-1")
        assert (again.status_code, again.json()) == (202, first.json())
        assert service.deliveries() == before


def test_the_same_key_with_other_content_is_refused(service: Any):
    with service.client() as client:
        service.post(client, point(541), key="other-1")
        before = service.deliveries()
        for other in (
            service.post(client, point(542), key="other-1"),
            service.post(client, point(541), key="other-1", mode="withdrawal"),
            service.post(client, point(541), key="other-1", reason="改"),
        ):
            assert other.status_code == 409 and "幂等键" in other.json()["detail"]
        assert service.deliveries() == before


def test_a_key_belongs_to_its_department(service: Any):
    with service.client() as client, service.client("town_320830102") as neighbour:
        one, other = service.post(client, point(543), key="mine"), service.post(neighbour, point(544), key="mine")
        assert one.status_code == other.status_code == 202 and one.json() != other.json()


def test_two_requests_at_once_with_one_key_open_one_delivery(ledger_url: str, tmp_path: Path):
    hub = open_hub(settings(tmp_path / "home", ledger_url=ledger_url))
    number, _ = tokens.issue(hub, TOWN, (), "", 1)
    token = tokens.of_number(hub, number)
    assert token is not None
    at_once = threading.Barrier(8)

    def send(content: bytes) -> str:
        with receiving(hub) as file:
            file.write(content)
            at_once.wait()
            try:
                return take_in(hub, file, Post(token, "one", POINTS, "积分.json"))
            except KeyTaken:
                return "refused"

    with ThreadPoolExecutor(8) as hands:
        same = set(hands.map(send, [b'{"rows": [{"a": 1}]}'] * 8))
        later = list(hands.map(send, [b'{"rows": [{"a": 1}]}', b'{"rows": [{"b": 2}]}'] * 4))
    assert len(same) == 1 and later == [*same, "refused"] * 4
    with reading(hub.ledger) as connection:
        assert len(deliveries.listed(connection)) == 1
    assert list(verifying.ordered(verifying.verify(hub))) == []
    hub.ledger.dispose()


def test_a_key_that_two_requests_fight_for_goes_to_one_of_them(ledger_url: str, tmp_path: Path):
    hub = open_hub(settings(tmp_path / "home", ledger_url=ledger_url))
    number, _ = tokens.issue(hub, TOWN, (), "", 1)
    token = tokens.of_number(hub, number)
    assert token is not None
    at_once = threading.Barrier(4)

    def send(serial: int) -> str:
        with receiving(hub) as file:
            file.write(json.dumps({"rows": [{"a": serial}]}).encode())
            at_once.wait()
            try:
                return take_in(hub, file, Post(token, "fight", POINTS, "积分.json"))
            except KeyTaken:
                return "refused"

    with ThreadPoolExecutor(4) as hands:
        ended = sorted(hands.map(send, range(4)))
    assert ended[1:] == ["refused"] * 3 and ended[0] != "refused"
    hub.ledger.dispose()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "JSON"),
        (b"[1]", "对象"),
        (b'{"dataset": "household/point_event", "rows": []}', "rows"),
        (b'{"dataset": "household/point_event", "rows": [1]}', "rows"),
        (b'{"dataset": "household/point_event", "rows": [{"a": 1}], "more": 1}', "别的键"),
        (b'{"dataset": "household/point_event", "rows": [{"a": 1}], "mode": "delete"}', "mode"),
        (b'{"dataset": "household/point_event", "dataset": "x", "rows": [{"a": 1}]}', "重复的键"),
        (b'{"dataset": "household/point_event", "rows": [{"a": 1}]', "JSON"),
        (b"[" * 100_000, "JSON"),
        ('{"dataset": "积分"}'.encode("gb18030"), "UTF-8"),
    ],
    ids=["nothing", "list", "no-rows", "no-objects", "unknown-key", "mode", "doubled", "cut", "deep", "gb18030"],
)
def test_what_is_no_delivery_is_told_so_in_chinese(service: Any, body: bytes, why: str):
    with service.client() as client:
        before = service.deliveries()
        headers = {"Idempotency-Key": "bad-1", "Content-Type": "application/json"}
        answer = client.post("/api/deliveries", content=body, headers=headers)
        problem = answer.json()
        assert answer.status_code == 422 and answer.headers["content-type"] == "application/problem+json"
        assert problem["status"] == 422 and problem["title"] == "Unprocessable content" and why in problem["detail"]
        assert service.deliveries() == before


def test_what_the_request_lacks_is_told_by_its_status(service: Any):
    rows = {"dataset": POINTS, "rows": [point(550)]}
    key = {"Idempotency-Key": "status-1"}
    with service.client() as client:
        assert client.post("/api/deliveries", json=rows).status_code == 422
        assert client.post("/api/deliveries", json=rows, headers={"Idempotency-Key": "a b"}).status_code == 422
        assert (
            client.post("/api/deliveries", content=b"x", headers=key | {"Content-Type": "text/csv"}).status_code == 415
        )
        assert (
            client.post("/api/deliveries", json=rows | {"dataset": "bank/credit_line"}, headers=key).status_code == 403
        )
        assert client.post("/api/deliveries", json=rows | {"dataset": "no/such"}, headers=key).status_code == 403
        assert client.get("/api/deliveries").status_code == 405
        assert client.get("/api/nothing").status_code == 404
        form = {"data": {"dataset": POINTS}}
        assert client.post("/api/deliveries", files={"other": b"x"}, **form).status_code == 422
        assert (
            client.post(
                "/api/deliveries", files=[("file", ("a.csv", b"x")), ("file", ("b.csv", b"x"))], **form
            ).status_code
            == 422
        )
        assert client.post("/api/deliveries", files={"file": ("a.csv", b"x")}).status_code == 422
        begun = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nabc'
        media = {"Content-Type": "multipart/form-data; boundary=x"}
        cut = client.post("/api/deliveries", content=begun, headers=media)
        assert cut.status_code == 422 and "没有传完整" in cut.json()["detail"]


def test_a_token_sends_only_what_it_was_made_for(service: Any):
    with service.client(TOWN, "civic/volunteer_hours") as client:
        assert service.post(client, point(560)).status_code == 403


def test_no_town_can_send_into_an_outlet_but_an_incentive_by_consent(service: Any):
    for dataset in ("household/point_event", "civic/volunteer_hours"):
        contract = service.hub.contract(dataset)
        assert all(lawful.use == "incentive" and lawful.consent for lawful in contract.lawful)
        assert contract.aggregates == ()
        allowed = {lawful.outlet for lawful in contract.lawful}
        assert all(set(column.disclosure) <= allowed for column in contract.columns)
    assert (ROOT / "schemas" / "codes" / "point_rule.csv").is_file()
