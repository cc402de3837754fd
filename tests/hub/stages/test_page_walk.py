"""Pages of a misbehaving API, one behind the other: every row comes once, or it is told that it may not have."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from corpus import court_api
from corpus.court_api import CourtApi, row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import http_json, http_pages
from hub import failpoints
from hub.contract import load
from hub.contract.model import Contract
from hub.errors import FixConfiguration, TryAgain
from hub.settings import ApiSource
from hub.stages import api as door
from hub.stages import pull_http
from hub.stages.page_walk import Most
from hub.stages.pull import Pulled

SMALL = Path(__file__).parents[1] / "small"
NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
MOST = Most(50, 1 << 20)
AGAIN = ("500", "502", "503", "504", "408", "429:0", "cut", "unframed", "reset", "torn")


class Killed(Exception):
    """As by kill -9, as far as one process can tell."""


@pytest.fixture
def court(monkeypatch: pytest.MonkeyPatch) -> Iterator[CourtApi]:
    monkeypatch.setattr(door, "sleep", lambda seconds: None)
    with court_api.running(CourtApi([row(serial) for serial in range(1, 6)])) as made:
        yield made


def contract(folder: Path, paging: str, pull: str = "{by: all}") -> Contract:
    place = court_api.schemas(SMALL, folder, paging, pull)
    return load.contract("market/shop", place, SMALL / "expectations")


def pull(court: CourtApi, agreed: Contract, folder: Path, now: datetime = NOW, **more: Any) -> Pulled | None:
    asked = agreed.intakes[0].api
    assert asked is not None
    source = ApiSource(**({"url": court.url, "tries": 2, "read_seconds": 1, "page_bytes": 1 << 16} | more))
    folder.mkdir(exist_ok=True)
    with door.opened("county_api", source) as api:
        return pull_http.run(api, agreed, asked, None, pull_http.Place(folder, folder / "pages", MOST, now))


def landed(pulled: Pulled | None) -> list[int]:
    """The rows of the package, by their numbers."""
    assert pulled is not None
    asked = http_pages.about(pulled.file)
    texts = [http_json.parsed(page)[0] for page in http_pages.pages(pulled.file)]
    return [json.loads(one)["id"] for text in texts for one in http_json.items(text, asked["rows"])]


def told(pulled: Pulled | None) -> dict[str, str]:
    assert pulled is not None
    return dict(http_pages.about(pulled.file)["findings"])


@contextmanager
def killed_at(page: int) -> Iterator[None]:
    """Ends when so many pages have been kept."""
    seen = [0]

    def act(name: str) -> None:
        seen[0] += name == "page.before_rename"
        if seen[0] == page:
            raise Killed

    failpoints.arm(act)
    try:
        yield
    except Killed:
        pass
    finally:
        failpoints.arm(None)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(sorted(court_api.PAGINGS)),
    rows=st.integers(1, 9),
    troubles=st.lists(st.sampled_from(("", *AGAIN)), max_size=12),
    kills=st.lists(st.integers(1, 4), max_size=3),
)
def test_whatever_passes_and_however_often_it_ends_every_row_comes_exactly_once(
    court: CourtApi, kind: str, rows: int, troubles: list[str], kills: list[int]
) -> None:
    court.rows = [row(serial) for serial in range(1, rows + 1)]
    court.troubles.clear()
    court.troubles.extend(troubles)
    with tempfile.TemporaryDirectory() as place:
        agreed = contract(Path(place), court_api.PAGINGS[kind])
        for page in kills:
            with killed_at(page), suppress(TryAgain):
                pull(court, agreed, Path(place) / "pull")
        while True:
            try:
                found = pull(court, agreed, Path(place) / "pull")
                break
            except TryAgain:
                assert len(court.troubles) < len(troubles) or not troubles
        assert landed(found) == list(range(1, rows + 1))
        assert told(found) == {}


@pytest.mark.parametrize("kind", sorted(court_api.PAGINGS))
def test_a_pull_that_ended_goes_on_behind_its_last_page_and_makes_the_same_bytes(
    court: CourtApi, tmp_path: Path, kind: str
) -> None:
    agreed = contract(tmp_path, court_api.PAGINGS[kind])
    whole = pull(court, agreed, tmp_path / "whole")
    assert whole is not None
    asked = list(court.asked)
    court.asked.clear()
    with killed_at(3):
        pull(court, agreed, tmp_path / "pull")
    before = len(court.asked)
    found = pull(court, agreed, tmp_path / "pull")
    assert before == 3 and court.asked[before:] == asked[2:]
    assert found is not None and found.file.read_bytes() == whole.file.read_bytes()


def test_pages_of_an_hour_ago_or_of_another_question_or_damaged_are_asked_for_again(
    court: CourtApi, tmp_path: Path
) -> None:
    agreed = contract(tmp_path / "one", court_api.NUMBER)
    other = contract(tmp_path / "other", court_api.NUMBER.replace("size: 2", "size: 3"))
    for again, later in ((agreed, timedelta(hours=1)), (agreed, timedelta(hours=-1)), (other, timedelta(0))):
        with killed_at(3):
            pull(court, agreed, tmp_path / "pull")
        court.asked.clear()
        assert landed(pull(court, again, tmp_path / "pull", NOW + later)) == [1, 2, 3, 4, 5]
        assert court.asked[0]["page"] == "1"
    with killed_at(3):
        pull(court, agreed, tmp_path / "pull", NOW)
    (page,) = (tmp_path / "pull" / "since").glob("000002.[0-9a-f]*")
    page.write_bytes(b"{}")
    court.asked.clear()
    assert landed(pull(court, agreed, tmp_path / "pull")) == [1, 2, 3, 4, 5]
    assert court.asked[0]["page"] == "2"


def test_a_cursor_that_has_run_out_meanwhile_begins_anew(court: CourtApi, tmp_path: Path) -> None:
    agreed = contract(tmp_path, court_api.PAGINGS["cursor"])
    with killed_at(2):
        pull(court, agreed, tmp_path / "pull")
    court.troubles.append("410")
    assert landed(pull(court, agreed, tmp_path / "pull")) == [1, 2, 3, 4, 5]


def test_rows_that_shift_between_pages_are_read_again_from_the_first(court: CourtApi, tmp_path: Path) -> None:
    def remove(asked: int) -> None:
        if asked == 1:
            del court.rows[0]

    court.shown = remove
    found = pull(court, contract(tmp_path, court_api.NUMBER), tmp_path / "pull")
    assert landed(found) == [2, 3, 4, 5] and told(found) == {}


@pytest.mark.parametrize("paging", [court_api.NUMBER, court_api.PAGINGS["offset"]])
def test_rows_that_never_stop_shifting_are_told_and_the_watermark_stays(
    court: CourtApi, tmp_path: Path, paging: str
) -> None:
    def insert(asked: int) -> None:
        if asked < 8:
            court.rows.insert(0, row(100 + asked))

    court.shown = insert
    found = pull(court, contract(tmp_path, paging, court_api.WATERMARK), tmp_path / "pull")
    assert "SRC-SHIFT" in told(found)
    assert found is not None and found.known.watermark is None


def test_pages_of_two_states_are_seen_where_the_api_says_of_which_they_are(court: CourtApi, tmp_path: Path) -> None:
    page, state = court.page, ["1"]

    def versioned(asked: dict[str, str]) -> Any:
        content, more = page(asked)
        if state[0] == "1" and asked["page"] == "2":
            state[0] = "2"
        return content | {"version": state[0]}, more

    court.page = versioned  # type: ignore[method-assign]
    found = pull(court, contract(tmp_path, court_api.NUMBER[:-1] + ", snapshot: /version}"), tmp_path / "pull")
    assert landed(found) == [1, 2, 3, 4, 5] and told(found) == {}
    assert [one["page"] for one in court.asked] == ["1", "2", "1", "2", "3"]


def test_fewer_rows_than_the_api_says_are_told_and_asked_for_again(court: CourtApi, tmp_path: Path) -> None:
    court.total = 7
    found = pull(court, contract(tmp_path, court_api.NUMBER, court_api.WATERMARK), tmp_path / "pull")
    assert told(found) == {"SRC-LOST": "接口说有7行，取到5行。"}
    assert found is not None and found.known.watermark is None


def test_rows_without_a_watermark_are_taken_and_told(court: CourtApi, tmp_path: Path) -> None:
    court.rows[1]["gxsj"], court.rows[2]["gxsj"] = None, "昨天"
    found = pull(court, contract(tmp_path, court_api.NUMBER, court_api.WATERMARK), tmp_path / "pull")
    assert landed(found) == [1, 2, 3, 4, 5]
    assert told(found) == {"SRC-LOST": "有2行没有能比较的gxsj，以后变了取不到。"}
    assert found is not None and found.known.watermark == "2026-11-20T08:05:00"


@pytest.mark.parametrize("changed", [None, "2026-11-20T08:00:00+08:00", "17"])
def test_watermarks_that_cannot_be_compared_are_told(court: CourtApi, tmp_path: Path, changed: str | None) -> None:
    for one in court.rows if changed is None else court.rows[:1]:
        one["gxsj"] = changed
    with pytest.raises(FixConfiguration, match=r"gxsj|watermark"):
        pull(court, contract(tmp_path, court_api.NUMBER, court_api.WATERMARK), tmp_path / "pull")


def test_a_page_that_is_not_full_is_not_taken_for_the_last(court: CourtApi, tmp_path: Path) -> None:
    page = court.page
    court.page = lambda asked: page(asked | {"limit": "1"})  # type: ignore[method-assign]
    found = pull(court, contract(tmp_path, court_api.PAGINGS["offset"]), tmp_path / "pull")
    assert landed(found) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("kind", "trouble", "message"),
    [
        ("cursor", "cursor:MA==", "in a circle"),
        ("cursor", "cursor:*", "more pages than PAGES|the same rows come page after page"),
        ("number", 'body:{"data": {"list": [{"id": 1}], "total": 99}}', "the same rows come page after page"),
        ("number", 'body:{"code": 500, "msg": "x"}', "no list at /data/list"),
        ("number", 'body:{"data": {"list": {"id": 1}}}', "no list at /data/list"),
        ("number", 'body:{"data": {"list": [], "list": []}}', "or more than one"),
        ("number", 'body:{"data": {"list": [{"id": 1}], "total": "viele"}}', "how many rows"),
        ("number", "bomb", "larger than is allowed"),
        ("number", "html", "not JSON"),
        ("number", "redirect:http://evil.example/", "leads elsewhere"),
        ("link", "link:http://evil.example/v1", "not encrypted"),
        ("link", "link:https://evil.example/v1", "at another host"),
    ],
)
def test_what_no_patience_mends_is_told_without_a_word_of_the_page(
    court: CourtApi, tmp_path: Path, kind: str, trouble: str, message: str
) -> None:
    court.always = trouble
    with pytest.raises(FixConfiguration, match=f"api county_api: .*({message})") as raised:
        pull(court, contract(tmp_path, court_api.PAGINGS[kind]), tmp_path / "pull")
    assert "evil" not in str(raised.value) and "viele" not in str(raised.value)
    assert len(court.asked) <= 200


def test_an_endless_supply_of_new_rows_ends_at_the_agreed_number_of_pages(court: CourtApi, tmp_path: Path) -> None:
    def grow(asked: int) -> None:
        court.rows.extend(row(1000 + 2 * asked + more) for more in range(2))

    court.shown = grow
    with pytest.raises(FixConfiguration, match="more pages than PAGES"):
        pull(court, contract(tmp_path, court_api.PAGINGS["cursor"]), tmp_path / "pull")
    assert len(court.asked) == 50


def test_rows_keep_the_text_in_which_they_came() -> None:
    text = ' {"a~/b": {"r": [ {"n": 1.50, "x": "]}\\"é"} , [1, 2] , "s", null ] } , "z": 1} '
    _, content = http_json.parsed(text.encode())
    assert list(http_json.items(text, "/a~0~1b/r")) == ['{"n": 1.50, "x": "]}\\"é"}', "[1, 2]", '"s"', "null"]
    assert http_json.value(content, "/z") == "1" and http_json.value(content, "/a~0~1b/q") is None


def test_the_example_of_the_documentation_is_a_contract(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "sources.md").read_text(encoding="utf-8")
    (example,) = [one.partition("```")[0] for one in page.split("```yaml\n")[1:] if "property: api" in one]
    place = court_api.schemas(SMALL, tmp_path)
    file = place / "market" / "shop.odcs.yaml"
    text = file.read_text(encoding="utf-8")
    server = text[text.index("  - server: market") : text.index(court_api.FILES)]
    file.write_text(text.replace(server, example), encoding="utf-8")
    asked = load.contract("market/shop", place, SMALL / "expectations").intakes[0].api
    assert asked is not None and yaml.safe_load(example)[0]["server"] == "market"
    assert asked.answering is not None and asked.paging["total"]
