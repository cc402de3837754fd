"""The pages for a phone, as a browser without JavaScript has them, and what guards them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from corpus.http_service import HOURS, OTHER_TOWN, POINTS, TOWN

HTML = {"Accept": "text/html"}
POLICY = "default-src 'self'"


@pytest.fixture
def phone(service: Any) -> Iterator[httpx.Client]:
    """A phone that is logged in."""
    with _phone(service) as client:
        yield client


@contextmanager
def _phone(service: Any, department: str = TOWN, label: str = "WG0101") -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, headers=HTML, timeout=30) as client:
        answer = client.post("/m/login", data={"token": service.token(department, label=label)})
        assert answer.status_code == 303 and answer.headers["location"] == "/m/"
        yield client


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


def _filled(page: str, **changed: str) -> dict[str, str]:
    cells = {
        "csrf": _hidden(page, "csrf"),
        "key": _hidden(page, "key"),
        "sjbh": re.findall(r'name="sjbh"[^>]* value="([^"]+)"', page)[0],
        "jtbh": "320830101201-0007",
        "cjdm": "320830101201",
        "fsrq": "2026-11-20",
        "jfxm": "邻里互助",
        "sl": "2",
        "xwrzjhm": "320830188001010002",
        "jlr": "WG0101",
    }
    return cells | changed


def test_a_form_has_what_the_contract_says(service: Any, phone: httpx.Client):
    page = phone.get(f"/m/form/{POINTS}").text
    contract = service.hub.contract(POINTS)
    for column in contract.columns:
        assert f'<label for="f-{column.name}">{column.label}' in page
        assert column.description in page
    assert page.count(">必填</span>") == sum(column.required for column in contract.columns)
    assert 'lang="zh-CN"' in page and '<input type="date"' in page and 'inputmode="decimal"' in page
    options = re.findall(r'<option value="([^"]+)">([^<]+)</option>', page)
    assert ("320830101201", "双马村委会") in options and ("邻里互助", "帮助邻里、照料孤寡老人") in options
    villages = [code for code, _ in options if code.startswith("3208")]
    assert villages and all(code.startswith(TOWN.removeprefix("town_")) for code in villages), "another town's village"


def test_what_is_filled_in_becomes_a_delivery_with_a_receipt(service: Any, phone: httpx.Client):
    page = phone.get(f"/m/form/{POINTS}").text
    sent = phone.post(f"/m/form/{POINTS}", data=_filled(page, sl="5000"))
    assert sent.status_code == 303
    waiting = phone.get(sent.headers["location"]).text
    assert "正在核对" in waiting and 'http-equiv="refresh"' in waiting
    service.hub.run_dataset(POINTS)
    told = phone.get(sent.headers["location"]).text
    assert (
        "已退回" in told
        and "数量超出允许的范围" in told
        and "怎样改" in told
        and "第1行" in told
        and "再报一条" in told
        and 'http-equiv="refresh"' not in told
    )
    assert sent.headers["location"] in phone.get("/m/").text


def test_a_form_that_is_sent_twice_is_one_delivery(service: Any, phone: httpx.Client):
    page = phone.get(f"/m/form/{POINTS}").text
    before = len(service.deliveries())
    places = {phone.post(f"/m/form/{POINTS}", data=_filled(page)).headers["location"] for _ in range(2)}
    assert len(places) == 1 and len(service.deliveries()) == before + 1


def test_a_form_with_gaps_comes_back_with_what_was_filled_in(service: Any, phone: httpx.Client):
    page = phone.get(f"/m/form/{POINTS}").text
    before = len(service.deliveries())
    back = phone.post(f"/m/form/{POINTS}", data=_filled(page, jlr=" ", sl=""))
    assert back.status_code == 422 and "还没有填：数量、记录人编号" in back.text
    assert 'value="320830101201-0007"' in back.text and '<option value="320830101201" selected>' in back.text
    assert _hidden(back.text, "key") == _hidden(page, "key") and len(service.deliveries()) == before


def test_cells_are_shown_as_text_whatever_they_hold(service: Any, phone: httpx.Client):
    page = phone.get(f"/m/form/{POINTS}").text
    evil = '"><script>alert(1)</script>'
    back = phone.post(f"/m/form/{POINTS}", data=_filled(page, jtbh=evil, smqk="</textarea>" + evil, jlr=""))
    assert back.status_code == 422 and "<script>alert" not in back.text
    sent = phone.post(f"/m/form/{POINTS}", data=_filled(page, jtbh=evil, key=str(uuid.uuid4())))
    service.hub.run_dataset(POINTS)
    assert "<script>alert" not in phone.get(sent.headers["location"]).text


def test_every_answer_binds_the_browser_to_this_origin(service: Any, phone: httpx.Client):
    for path in ("/m/login", "/m/", f"/m/form/{POINTS}", "/m/sw.js", "/m/static/page.js", "/m/no", "/api/deliveries"):
        headers = phone.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith(POLICY) and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
    for path in ("/m/login", "/m/", f"/m/form/{HOURS}"):
        page = phone.get(path).text
        assert not re.search(r"<script(?![^>]* src=\"/m/)|<style|\son\w+=|\sstyle=|https?://", page)


def test_the_cookie_holds_no_token_and_no_script_can_read_it(service: Any):
    secret = service.token()
    plain = httpx.post(f"{service.url}/m/login", data={"token": secret})
    cookie = plain.headers["set-cookie"]
    assert secret not in cookie and secret[4:] not in cookie
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Path=/m/" in cookie and "Secure" not in cookie
    behind = httpx.post(f"{service.url}/m/login", data={"token": secret}, headers={"X-Forwarded-Proto": "https"})
    assert "Secure" in behind.headers["set-cookie"]


@pytest.mark.parametrize("forged", ["", "1.99999999999.", "1.99999999999." + "0" * 64, "x", ".", "1.é.x"])
def test_a_forged_cookie_opens_nothing(service: Any, forged: str):
    answer = httpx.get(
        f"{service.url}/m/", headers=[(b"accept", b"text/html"), (b"cookie", f"hub_m={forged}".encode())]
    )
    assert answer.status_code == 303 and answer.headers["location"] == "/m/login"


def test_a_revoked_token_ends_the_login(service: Any):
    from hub.line import tokens

    number, secret = tokens.issue(service.hub, TOWN, (), "", 1)
    with httpx.Client(base_url=service.url, headers=HTML) as client:
        client.post("/m/login", data={"token": secret})
        assert client.get("/m/").status_code == 200
        tokens.revoke(service.hub, number)
        assert client.get("/m/").status_code == 303 and client.get("/m/session").status_code == 401


def test_a_wrong_token_is_told_so_and_sets_no_cookie(service: Any):
    answer = httpx.post(f"{service.url}/m/login", data={"token": "hub_no"}, headers=HTML)
    assert answer.status_code == 401 and "令牌不对" in answer.text and "set-cookie" not in answer.headers


def test_another_site_cannot_send_with_this_login(service: Any, phone: httpx.Client):
    page = phone.get(f"/m/form/{POINTS}").text
    before = len(service.deliveries())
    good = _filled(page)
    wrong = [
        phone.post(f"/m/form/{POINTS}", data=good | {"csrf": "0" * 64}),
        phone.post(f"/m/form/{POINTS}", data=good | {"csrf": ""}),
        phone.post(f"/m/form/{POINTS}", data=good, headers={"Sec-Fetch-Site": "cross-site"}),
        phone.post(f"/m/form/{POINTS}", data=good, headers={"Origin": "https://elsewhere.example"}),
        phone.post("/m/send", json={"dataset": POINTS, "key": str(uuid.uuid4()), "cells": {"sl": "1"}}),
        phone.post("/m/logout", data={}),
        httpx.post(f"{service.url}/m/login", data={"token": service.token()}, headers={"Sec-Fetch-Site": "cross-site"}),
    ]
    assert [one.status_code for one in wrong] == [403] * 7
    with _phone(service, label="WG0102") as other:
        assert other.post(f"/m/form/{POINTS}", data=good).status_code == 403, "a form belongs to its login"
    assert len(service.deliveries()) == before


def test_a_grid_worker_sees_only_what_came_by_the_own_token(service: Any, phone: httpx.Client):
    sent = phone.post(f"/m/form/{POINTS}", data=_filled(phone.get(f"/m/form/{POINTS}").text)).headers["location"]
    with _phone(service, label="WG0102") as colleague, _phone(service, OTHER_TOWN) as stranger:
        for other in (colleague, stranger):
            assert other.get(sent).status_code == 404
            assert other.get(sent.replace("/receipt/", "/state/")).status_code == 404
            assert sent not in other.get("/m/").text
    assert phone.get(sent).status_code == 200


def test_what_is_kept_for_offline_use_is_nobodys(phone: httpx.Client):
    csrf = _hidden(phone.get("/m/").text, "csrf")
    for path in ("/m/offline/home", f"/m/offline/form/{POINTS}", f"/m/offline/form/{HOURS}"):
        page = phone.get(path).text
        assert csrf not in page and "WG0101" not in re.sub(r"例：\w+", "", page) and 'data-who=""' in page


def test_who_leaves_leaves_nothing(phone: httpx.Client):
    left = phone.post("/m/logout", data={"csrf": _hidden(phone.get("/m/").text, "csrf")})
    assert left.status_code == 303 and "storage" in left.headers["clear-site-data"]
    assert phone.get("/m/").headers["location"] == "/m/login"


def test_troubles_are_pages_for_people_and_problems_for_programs(service: Any, phone: httpx.Client):
    page = phone.get("/m/receipt/nothing")
    assert page.status_code == 404 and page.headers["content-type"].startswith("text/html") and "没有成功" in page.text
    problem = phone.get("/m/state/nothing", headers={"Accept": "application/json"})
    assert problem.status_code == 404 and problem.headers["content-type"] == "application/problem+json"
    assert phone.get("/m/form/bank/credit_line").status_code == 404
    assert phone.get("/m/static/../app.py").status_code == 404
