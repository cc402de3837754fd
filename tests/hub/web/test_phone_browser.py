"""A real browser on the pages: with and without a network, with and without JavaScript."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from corpus.http_service import HOURS, POINTS
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
JUDGED_MS = 60_000
POINT = {
    **{"jtbh": "320830101201-0007", "cjdm": "320830101201", "fsrq": "2026-11-20", "jfxm": "邻里互助", "sl": "2"},
    "xwrzjhm": "320830188001010002",
}
HOUR = {"zyzbh": "320830000001", "fwrq": "2026-11-20", "hdmc": "敬老院探望", "fwsc": "2.5", "zzdw": "马坝镇志愿服务站"}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


class Phone:
    """A phone, and the addresses that it asked for beyond the hub."""

    def __init__(self, browser: Browser, service: Any, *, scripts: bool = True) -> None:
        self.service = service
        size = {"width": 390, "height": 844}
        self.context: BrowserContext = browser.new_context(viewport=size, locale="zh-CN", java_script_enabled=scripts)
        self.elsewhere: list[str] = []
        self.broken: list[str] = []
        self.context.on("request", self._asked)
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.broken.append(str(error)))
        self.page.on("console", lambda told: self.broken.append(told.text) if "Content Security" in told.text else None)
        self.page.on("dialog", lambda dialog: dialog.accept())

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(self.service.url):
            self.elsewhere.append(request.url)

    def open(self, path: str) -> None:
        self.page.goto(f"{self.service.url}{path}")

    def log_in(self, label: str) -> None:
        self.open("/m/")
        self.page.fill("#token", self.service.token(label=label))
        self.page.click("button")
        self.page.wait_for_url(f"{self.service.url}/m/")

    def fill(self, cells: dict[str, str]) -> None:
        for name, value in cells.items():
            field = self.page.locator(f"#f-{name}")
            if field.evaluate("one => one.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        self.page.click("form#form button")

    def kept(self) -> list[dict[str, Any]]:
        """What lies in the phone's own store."""
        found: list[dict[str, Any]] = self.page.evaluate("Queue.all()")
        return found

    def ready_for_offline(self) -> None:
        """The forms have been fetched, and the service worker looks after the pages."""
        there = "async (path) => !!navigator.serviceWorker.controller && !!(await caches.match(path))"
        until = time.monotonic() + 30
        for path in ("/m/offline/home", *(f"/m/offline/form/{dataset}" for dataset in (POINTS, HOURS))):
            while not self.page.evaluate(there, path):
                assert time.monotonic() < until, f"{path} was not kept"
                self.page.wait_for_timeout(50)


@pytest.fixture
def phone(chromium: Browser, working: Any) -> Iterator[Phone]:
    made = Phone(chromium, working)
    yield made
    made.context.close()
    assert made.elsewhere == [], "a page asked another server"
    assert made.broken == []


def test_a_form_is_filled_in_and_the_receipt_is_seen(phone: Phone):
    phone.log_in("WG0201")
    phone.page.click(f"a[href='/m/form/{POINTS}']")
    phone.fill(POINT | {"jlr": "WG0201"})
    phone.page.wait_for_url("**/m/receipt/*")
    phone.page.wait_for_selector(".verdict.good", timeout=JUDGED_MS)
    assert "已接收" in phone.page.inner_text("main") and "回执号" in phone.page.inner_text("main")
    (entry,) = phone.kept()
    assert entry["cells"] is None, "what was sent is not kept on the phone"


def test_without_a_network_an_entry_waits_and_is_sent_once(phone: Phone, working: Any):
    phone.log_in("WG0202")
    phone.ready_for_offline()
    before = set(working.deliveries())
    phone.context.set_offline(True)
    phone.open(f"/m/form/{HOURS}")
    assert phone.page.is_visible("#offline")
    phone.fill(HOUR)
    phone.page.wait_for_url(f"{working.url}/m/")
    phone.page.wait_for_selector("text=待发送")
    assert set(working.deliveries()) == before
    (waiting,) = phone.kept()
    assert waiting["state"] == "waiting" and waiting["cells"]["zyzbh"] == HOUR["zyzbh"]
    phone.open("/m/")
    phone.page.wait_for_selector("text=待发送")
    phone.context.set_offline(False)
    phone.page.wait_for_selector("#entries .good", timeout=JUDGED_MS)
    assert "已接收" in phone.page.inner_text("#entries")
    (batch_no,) = set(working.deliveries()) - before
    (sent,) = phone.kept()
    assert sent["cells"] is None and sent["batch_no"] == batch_no
    phone.page.click("#entries a")
    assert batch_no in phone.page.inner_text("main") and "已接收" in phone.page.inner_text("main")


def test_a_connection_that_breaks_behind_the_request_makes_no_second_delivery(phone: Phone, working: Any):
    phone.log_in("WG0203")
    phone.ready_for_offline()
    before = set(working.deliveries())
    lost: list[int] = []

    def lose(route: Any) -> None:
        lost.append(route.fetch().status)
        route.abort("connectionreset")

    phone.context.route("**/m/send", lose)
    phone.open(f"/m/form/{POINTS}")
    phone.fill(POINT | {"jlr": "WG0203"})
    phone.page.wait_for_selector("text=待发送")
    assert lost and set(lost) == {202}
    phone.context.unroute_all(behavior="wait")  # another try may be on its way, and its route is answered once only
    phone.page.click("#send")
    phone.page.wait_for_selector("#entries .good", timeout=JUDGED_MS)
    assert len(set(working.deliveries()) - before) == 1


def test_what_another_person_filled_in_is_not_sent_under_this_name(phone: Phone, working: Any):
    phone.log_in("WG0204")
    phone.ready_for_offline()
    before = set(working.deliveries())
    phone.context.set_offline(True)
    phone.open(f"/m/form/{HOURS}")
    phone.fill(HOUR)
    phone.page.wait_for_selector("text=待发送")
    phone.context.clear_cookies()
    phone.context.set_offline(False)
    phone.open("/m/login")
    phone.log_in("WG0205")
    phone.page.wait_for_selector("text=这是另一个人填的")
    assert set(working.deliveries()) == before


def test_clear_and_logout_leave_nothing_on_the_phone(phone: Phone, working: Any):
    phone.log_in("WG0206")
    phone.ready_for_offline()
    phone.context.set_offline(True)
    for _ in range(2):
        phone.open(f"/m/form/{HOURS}")
        phone.fill(HOUR)
        phone.page.wait_for_selector("text=待发送")
    assert len(phone.kept()) == 2
    phone.page.locator("#entries button").first.click()
    phone.page.wait_for_function("() => document.querySelectorAll('#entries li').length === 1")
    phone.page.click("#clear")
    phone.page.wait_for_selector("#phone", state="hidden")
    assert phone.kept() == []
    phone.open(f"/m/form/{HOURS}")
    phone.fill(HOUR)
    phone.page.wait_for_selector("text=待发送")
    before = set(working.deliveries())
    phone.context.route("**/m/send", lambda route: route.abort())
    phone.context.set_offline(False)
    phone.page.wait_for_selector("#logout")
    phone.page.click("#logout button")
    phone.page.wait_for_url("**/m/login")
    assert phone.page.evaluate("caches.keys()") in ([], ["hub-forms"])
    assert phone.page.evaluate("async () => !!(await caches.match('/m/offline/home'))") is False
    assert phone.kept() == [] and set(working.deliveries()) == before


def test_without_javascript_everything_works_online(chromium: Browser, working: Any):
    plain = Phone(chromium, working, scripts=False)
    plain.log_in("WG0207")
    plain.page.click(f"a[href='/m/form/{HOURS}']")
    for name, value in HOUR.items():
        plain.page.fill(f"#f-{name}", value)
    plain.page.click("form#form button")
    plain.page.wait_for_url("**/m/receipt/*")
    plain.page.wait_for_selector(".verdict.good", timeout=JUDGED_MS)
    plain.page.click("text=返回")
    assert "已接收" in plain.page.inner_text("main")
    plain.page.click("#logout button")
    plain.page.wait_for_url("**/m/login")
    assert plain.elsewhere == []
    plain.context.close()


def test_a_thumb_finds_everything_and_eyes_can_read_it(phone: Phone):
    phone.log_in("WG0208")
    for path in ("/m/", f"/m/form/{POINTS}", f"/m/form/{HOURS}"):
        phone.open(path)
        small = phone.page.evaluate(
            """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea")]
            .filter((one) => one.offsetParent && !one.classList.contains("skip"))
            .filter((one) => one.getBoundingClientRect().height < 48).map((one) => one.outerHTML)"""
        )
        assert small == [], path
        tiny = phone.page.evaluate(
            """() => [...document.querySelectorAll("body *")]
            .filter((one) => parseFloat(getComputedStyle(one).fontSize) < 16).map((one) => one.outerHTML)"""
        )
        assert tiny == [], path
        assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390, "the page is wider than the phone"
        unlabelled = phone.page.evaluate(
            """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
            .filter((one) => !one.labels.length).length"""
        )
        assert unlabelled == 0
        assert phone.page.evaluate("document.documentElement.lang") == "zh-CN"
        assert re.fullmatch(r".+ · .+信用报送", phone.page.title())
