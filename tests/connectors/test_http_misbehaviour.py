"""A court's API that misbehaves: asked again where that helps, and only there; nothing said that should not be."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from corpus.court_api import PATH, CourtApi, row, running

from connectors.faults import Fault, Refused, TooLarge, Unreachable
from connectors.http_access import Fixed
from connectors.http_source import Api, Page, Patience
from connectors.http_wire import Limits, Wire

CANARY = "canary-5e3f"
LIMITS = Limits(connect_seconds=1, read_seconds=0.3, answer_seconds=0.5, answer_bytes=1 << 20)


@contextmanager
def opened(court: CourtApi, pauses: list[float] | None = None, **patience: float) -> Iterator[Api]:
    given = {"tries": 3, "longest_pause": 5.0, "seconds": 20.0} | patience
    noted = pauses if pauses is not None else []
    with Wire(ssl.create_default_context(), LIMITS) as wire:
        access = Fixed("Authorization", f"Bearer {CANARY}")
        yield Api(court.url, wire, access, Patience(**given), sleep=noted.append)  # type: ignore[arg-type]


@pytest.fixture
def court() -> Iterator[CourtApi]:
    with running(CourtApi([row(serial) for serial in range(1, 5)], token=CANARY)) as made:
        yield made


def ask(court: CourtApi, pauses: list[float] | None = None, **patience: float) -> Page:
    with opened(court, pauses, **patience) as api:
        return api.page(PATH, [("page", "1"), ("size", "2"), ("secret", CANARY)])


AGAIN = ["408", "425", "429", "500", "502", "503", "504", "cut", "unframed", "reset", "torn", "drip", "drip:head"]


@pytest.mark.parametrize("trouble", [*AGAIN, "silent:0.5"])
def test_what_may_pass_is_asked_again(court: CourtApi, trouble: str) -> None:
    court.troubles.extend([trouble, trouble])
    assert ask(court).content["data"]["total"] == "4"
    assert len(court.asked) == 3


@pytest.mark.parametrize("trouble", AGAIN)
def test_what_does_not_pass_is_given_up_until_later(court: CourtApi, trouble: str) -> None:
    court.always = trouble
    with pytest.raises(Unreachable):
        ask(court, tries=2)
    assert len(court.asked) == 2


@pytest.mark.parametrize(
    "trouble",
    [
        *("400", "401", "403", "404", "410", "422", "501", "204", "206"),
        *("html", "lying", "short", "redirect:https://evil.example/x", "redirect:/v1/other"),
        *("body:{", "body:[1] 2", "body:" + "[" * 100_000),
    ],
)
def test_what_no_patience_mends_is_refused_at_once(court: CourtApi, trouble: str) -> None:
    court.always = trouble
    with pytest.raises(Refused):
        ask(court)
    assert len(court.asked) == 1


def test_a_court_that_is_not_there_is_unreachable() -> None:
    with running(CourtApi()) as gone:
        pass
    with pytest.raises(Unreachable):
        ask(gone)


def test_a_packed_answer_is_read_and_a_bomb_is_not(court: CourtApi) -> None:
    court.troubles.append("gzip")
    assert ask(court).content["data"]["total"] == "4"
    court.troubles.append("bomb")
    with pytest.raises(TooLarge):
        ask(court)
    court.troubles.append("body:" + "[" + "1," * (1 << 20) + "1]")
    with pytest.raises(TooLarge):
        ask(court)


@pytest.mark.parametrize("trouble", ["drip", "drip:head"])
def test_a_byte_now_and_then_does_not_hold_the_hub_up(court: CourtApi, trouble: str) -> None:
    court.always = trouble
    began = time.monotonic()
    with pytest.raises(Unreachable):
        ask(court, tries=1)
    assert 0.4 < time.monotonic() - began < 3


def test_pauses_grow_and_the_other_side_may_ask_for_longer_ones(court: CourtApi) -> None:
    pauses: list[float] = []
    court.troubles.extend(["503", "503", "429:3", "503"])
    ask(court, pauses, tries=5)
    assert 0.25 <= pauses[0] <= 0.5 <= pauses[1] <= 1.0
    assert pauses[2] >= 3
    assert 2.0 <= pauses[3] <= 4.0


def test_who_asks_for_more_time_than_there_is_is_left_alone(court: CourtApi) -> None:
    pauses: list[float] = []
    court.always = "429:3600"
    with pytest.raises(Unreachable):
        ask(court, pauses)
    assert pauses == [] and len(court.asked) == 1


def test_the_time_for_all_pages_together_is_limited(court: CourtApi) -> None:
    court.always = "drip"
    began = time.monotonic()
    with pytest.raises(Unreachable):
        ask(court, tries=20, seconds=1.2)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("link", ["http://evil.example/v1", "https://localhost/v1", "//evil.example/x", "ftp://x/y"])
def test_the_token_never_goes_to_another_origin(court: CourtApi, link: str) -> None:
    court.troubles.append(f"link:{link}")
    with opened(court) as api:
        page = api.page(PATH, [])
        with pytest.raises(Refused):
            api.page_at(api.joined(None, PATH, str(page.next_link)))
    assert len(court.asked) == 1


def test_a_link_may_be_relative(court: CourtApi) -> None:
    with opened(court) as api:
        page = api.page(PATH, [("limit", "2")])
        assert page.next_link is not None and page.next_link.startswith("/")
        further = api.page_at(api.joined(None, PATH, page.next_link))
    assert [one["id"] for one in further.content["data"]["list"]] == ["3", "4"]


@pytest.mark.parametrize("url", ["http://court.example/api", "ftp://localhost/", "court", "https://me:x@court.example"])
def test_nothing_is_sent_unencrypted_or_with_an_account_in_the_address(url: str) -> None:
    with Wire(ssl.create_default_context(), LIMITS) as wire, pytest.raises(Refused):
        Api(url, wire, Fixed(), Patience())


def test_no_message_and_no_log_holds_the_token_or_the_question(
    court: CourtApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = []
    for trouble in ("500", "404", "cut", "html", "lying", "bomb", "reset", "drip", f"redirect:/{CANARY}", "torn"):
        court.always = trouble
        with pytest.raises(Fault) as raised:
            ask(court, tries=1)
        said.append("".join(map(str, (raised.value, raised.value.args))) + str(raised.getrepr(chain=True)))
    court.always = None
    ask(court)
    told = caplog.text + "".join(line for one in said for line in one.splitlines() if line.startswith("E "))
    for secret in (CANARY, PATH, "localhost"):
        assert secret not in told
