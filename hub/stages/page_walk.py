"""All pages of one question to an API, one behind the other, and what shows that they do not belong together (错页).

Rows that come or go while pages are read move others from page to page: one is seen twice, another never. Where the API
says how many there are, or of which state a page is, or a row is seen twice, all pages are read once more; where that
does not help, what was seen is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors import http_json, http_paging
from connectors.faults import Refused
from connectors.http_paging import Ask, Paging
from connectors.http_source import Api
from hub.contract.pull_http import ApiPull
from hub.stages.page_folder import Kept, PageFolder
from hub.stages.watermark import Level, level

ATTEMPTS = 3
IDLE = 3  # pages in a row with rows, and none of them new
LONGEST = 60  # characters of a foreign text in a message


class _Torn(Exception):
    """The pages are not of one state: they are read from the first one again."""


@dataclass(frozen=True, slots=True)
class Most:
    """What one pull may bring."""

    pages: int
    size: int  # bytes of all pages


@dataclass(slots=True)
class Sight:
    """What has been seen on the pages, row by row."""

    asked: ApiPull
    torn: bool = False  # told, not read again
    kept: list[Kept] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)  # of each page
    count: int = 0  # rows that have come, those that came twice included
    size: int = 0  # bytes
    levels: dict[bytes, Level | None] = field(default_factory=dict)  # by hash of a row as it is written
    names: dict[str, None] = field(default_factory=dict)  # that rows have
    top: tuple[Level, str] | None = None  # the highest watermark, and how it is written
    without: int = 0  # rows that have no watermark
    repeated: int = 0
    idle: int = 0  # pages since one brought something new
    marks: list[str] = field(default_factory=list)  # what does not fit together

    def seal(self, low: Level | None = None) -> str:
        """Hash of all rows, in whatever order, or of those that are not below ``low``."""
        chosen = [row for row, at in self.levels.items() if low is None or at is None or at >= low]
        return hashlib.sha256(b"".join(sorted(chosen))).hexdigest()

    def add(self, kept: Kept, text: str) -> None:
        """The next page. ``Refused`` when pages bring nothing new, as a last one does that is given again and again."""
        first = self.kept[0] if self.kept else kept
        if kept.total != first.total:
            self._mark(f"总行数由{first.total}变为{kept.total}。")
        if kept.snapshot != first.snapshot:
            self._mark("各页的数据版本不同。")
        before, count, again = len(self.levels), 0, 0
        here: set[bytes] = set()
        for row in http_json.items(text, self.asked.rows):
            count += 1
            digest = hashlib.sha256(row.encode("utf-8", "surrogatepass")).digest()[:16]
            again += digest in self.levels and digest not in here
            here.add(digest)
            if digest not in self.levels:
                self.levels[digest] = self._level(row)
        if again:
            self.repeated += again
            self._mark(f"有{self.repeated}行在不同页里重复出现，只算一次。", f"有{self.repeated - again}行在不同页里")
        self.idle = self.idle + 1 if count and len(self.levels) == before else 0
        if self.idle >= IDLE:
            raise Refused("the same rows come page after page: give total, more or another way of paging")
        self.kept.append(kept)
        self.rows.append(count)
        self.count += count
        self.size += kept.size

    def _mark(self, told: str, instead: str | None = None) -> None:
        if not self.torn:
            raise _Torn
        self.marks = [one for one in self.marks if instead is None or not one.startswith(instead)]
        if told not in self.marks:
            self.marks.append(told)

    def _level(self, row: str) -> Level | None:
        content = http_json.content(row)
        if not isinstance(content, dict):
            return None
        self.names.update(dict.fromkeys(content))
        if self.asked.column is None:
            return None
        text = content.get(self.asked.column)
        found = level(text)
        if found is None:
            self.without += 1
        elif self.top is None or _above(found, self.top[0]):
            self.top = found, str(text)
        return found


def _above(one: Level, other: Level) -> bool:
    if one[0] != other[0]:
        raise Refused(
            "the watermark is a number in some rows and a moment in others, or a moment with and without zone"
        )
    return one > other


def walk(api: Api, asked: ApiPull, parameters: Sequence[tuple[str, str]], folder: PageFolder, most: Most) -> Sight:
    """See all pages; those that lie in the folder from an earlier run are not asked for again."""
    for attempt in range(1, ATTEMPTS + 1):
        sight = Sight(asked, torn=attempt == ATTEMPTS)
        try:
            _pages(api, asked, parameters, folder, most, sight)
            return sight
        except _Torn:
            folder.begin()
    raise AssertionError("the last attempt is never torn")


def _pages(
    api: Api,
    asked: ApiPull,
    parameters: Sequence[tuple[str, str]],
    folder: PageFolder,
    most: Most,
    sight: Sight,
) -> None:
    paging = Paging(**asked.paging)
    ask: Ask | None = http_paging.first(paging, parameters)
    seen = {ask}
    for kept in folder.kept():
        sight.add(kept, http_json.parsed(kept.file.read_bytes())[0])
        ask = kept.next
        seen.add(ask)
    resumed = len(sight.kept)
    while ask is not None:
        if len(sight.kept) >= most.pages:
            raise Refused("there are more pages than PAGES allows for one pull")
        try:
            page = http_paging.fetch(api, asked.path, paging, ask)
        except Refused:
            if not resumed or sight.torn or len(sight.kept) > resumed:
                raise
            raise _Torn from None  # what led on from the earlier run counts no more
        count = sum(1 for _ in http_json.items(page.text, asked.rows))
        ask = http_paging.following(paging, api, asked.path, ask, page, count, sight.count + count, parameters)
        if ask in seen and ask is not None:
            raise Refused("the pages go in a circle")
        seen.add(ask)
        kept = folder.keep(
            len(sight.kept) + 1,
            page.body,
            ask,
            http_paging.total(paging, page),
            http_paging.snapshot(paging, page),
            _as_of(asked, page.content),
        )
        sight.add(kept, page.text)
        if sight.size > most.size:
            raise Refused("more is new than HUB_MAX_FILE_BYTES lets in at once")


def _as_of(asked: ApiPull, content: Mapping[str, Any]) -> str | None:
    if asked.as_of is None:
        return None
    told = http_json.value(content, asked.as_of)
    if level(told) is None:
        raise Refused("the page does not say its own moment, as was agreed")
    return str(told)
