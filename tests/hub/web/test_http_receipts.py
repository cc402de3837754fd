"""Who may look: the department that sent, and nobody else; a token that holds, and no other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from corpus.http_service import POINTS, TOWN, point

from hub.ledger import tokens as token_table
from hub.ledger.connect import reading
from hub.line import tokens


def test_another_department_finds_nothing_of_it(service: Any, judged: Any):
    with service.client() as client, service.client("town_320830102") as stranger, service.client("market") as market:
        batch_no = service.post(client, point(601)).json()["batch_no"]
        judged(service, client, batch_no)
        place = f"/api/deliveries/{batch_no}"
        receipt = client.get(f"{place}/receipts").json()["receipts"][-1]
        for path in (place, f"{place}/receipts", receipt["receipt"], receipt["workbook"]):
            assert client.get(path).status_code == 200
            for other in (stranger, market):
                answer = other.get(path)
                assert answer.status_code == 404, "403 would say that there is such a delivery"
                assert answer.json() == stranger.get("/api/deliveries/nothing").json()


def test_a_receipt_belongs_to_its_delivery(service: Any, judged: Any):
    with service.client() as client:
        one, other = (service.post(client, point(serial)).json()["batch_no"] for serial in (602, 603))
        judged(service, client, one)
        number = client.get(f"/api/deliveries/{one}/receipts").json()["receipts"][-1]["receipt_no"]
        assert client.get(f"/api/deliveries/{one}/receipts/{number}").status_code == 200
        assert client.get(f"/api/deliveries/{other}/receipts/{number}").status_code == 404
        assert client.get(f"/api/deliveries/{other}/receipts/{number}.xlsx").status_code == 404


def test_a_token_of_one_dataset_sees_no_other(service: Any):
    with service.client() as client, service.client(TOWN, "civic/volunteer_hours") as narrow:
        batch_no = service.post(client, point(604)).json()["batch_no"]
        assert narrow.get(f"/api/deliveries/{batch_no}").status_code == 404


def test_what_came_another_way_is_not_shown_here(service: Any, tmp_path: Any):
    from hub.line import intake

    file = tmp_path / "信用积分_手工.csv"
    file.write_bytes(("\r\n".join([",".join(point(605)), ",".join(point(605).values())]) + "\r\n").encode())
    intake.submit(service.hub, file, TOWN, POINTS)
    with service.client() as client:
        assert client.get(f"/api/deliveries/{service.deliveries()[-1]}").status_code == 404


@pytest.mark.parametrize(
    "given", [None, "Bearer", "Bearer hub_wrong", "Basic aHViOmh1Yg==", "Bearer hub_" + "x" * 5000, "Bearer \xff"]
)
def test_without_a_token_that_holds_nobody_enters(service: Any, given: str | None):
    headers = {"Authorization": given.encode("latin-1")} if given else {}
    for method, path in (("GET", "/api/deliveries/x"), ("POST", "/api/deliveries")):
        answer = httpx.request(method, f"{service.url}{path}", headers=headers)
        assert answer.status_code == 401 and answer.json()["title"] == "Unauthorized"
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_revoked_or_expired_token_opens_nothing(service: Any, monkeypatch: pytest.MonkeyPatch):
    number, secret = tokens.issue(service.hub, TOWN, (), "", 1)
    headers = {"Authorization": f"Bearer {secret}"}
    path = f"{service.url}/api/deliveries/x"
    assert httpx.get(path, headers=headers).status_code == 404
    assert tokens.revoke(service.hub, number) and not tokens.revoke(service.hub, number)
    assert httpx.get(path, headers=headers).status_code == 401
    _, short = tokens.issue(service.hub, TOWN, (), "", 1)
    now = service.hub.now()
    monkeypatch.setattr(service.hub, "now", lambda: now + timedelta(days=2))
    assert httpx.get(path, headers={"Authorization": f"Bearer {short}"}).status_code == 401


def test_the_ledger_knows_a_token_by_its_hash_alone(service: Any):
    number, secret = tokens.issue(service.hub, TOWN, (POINTS,), "WG0102", 10)
    with reading(service.hub.ledger) as connection:
        found = token_table.by_id(connection, number)
    assert found is not None and (found.department, found.datasets, found.label) == (TOWN, (POINTS,), "WG0102")
    for file in service.hub.home.rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes(), file
