"""The pages that a run writes for the auditors."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest


class _Links(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.hrefs: list[str] = []
        self.ids: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hrefs += [value for name, value in attrs if name == "href" and value]
        self.ids |= {value for name, value in attrs if name == "id" and value}


@pytest.fixture
def pages(county: Any) -> dict[Path, str]:
    return {path: path.read_text(encoding="utf-8") for path in (county.hub.home / "reports").rglob("*.html")}


def test_there_is_a_page_for_every_delivery_and_dataset_and_an_index(county: Any, pages: dict[Path, str]):
    names = {path.relative_to(county.hub.home / "reports").as_posix() for path in pages}
    assert {"index.html", "market/admin_licence/index.html", "bank/credit_line/index.html"} <= names
    assert len(names) == 5 + 3 and not any(name.startswith("court") for name in names)
    index = pages[county.hub.home / "reports" / "index.html"]
    assert "盱眙县" in index and "行政许可" in index and "信易贷授信" in index


def test_nothing_is_fetched_from_anywhere(pages: dict[Path, str]):
    for path, page in pages.items():
        fetching = r"https?:|(?<![\w+/])//[a-z]|url\(|@import|<script|<link|<img|<iframe|javascript:"
        assert not re.search(fetching, page), path


def test_every_link_leads_to_a_page_or_a_place_that_is_there(pages: dict[Path, str]):
    reached = set()
    for path, page in pages.items():
        parsed = _Links(page)
        for href in parsed.hrefs:
            file, _, place = href.partition("#")
            target = (path.parent / file).resolve() if file else path.resolve()
            assert target.is_file(), f"{path.name}: {href}"
            if place:
                assert place in _Links(target.read_text(encoding="utf-8")).ids, f"{path.name}: {href}"
            reached.add(target)
    assert {path.resolve() for path in pages} <= reached


def test_no_identifier_of_a_person_stands_on_a_page(county: Any, pages: dict[Path, str]):
    from corpus.small_county.county import place_of

    from hub.county.identities import citizen_id

    place = place_of(county.hub.county)
    numbers = [citizen_id(place, serial) for serial in range(1, 100)]
    assert any(number in county.files["行政许可.csv"].read_bytes().decode("gb18030") for number in numbers)
    assert not [number for number in numbers for page in pages.values() if number in page]


def test_the_same_ledger_rewrites_no_page(county: Any, pages: dict[Path, str]):
    before = {path: path.stat().st_mtime_ns for path in pages}
    assert county.hub.report() == {"pages_written": 0}
    assert {path: path.stat().st_mtime_ns for path in pages} == before


def test_a_page_that_was_lost_or_changed_is_written_again_with_the_same_bytes(county: Any, pages: dict[Path, str]):
    lost, changed = sorted(pages)[:2]
    lost.unlink()
    changed.write_text("?", encoding="utf-8")
    assert county.hub.report() == {"pages_written": 2}
    assert {path: path.read_text(encoding="utf-8") for path in pages} == pages
