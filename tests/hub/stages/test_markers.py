"""Markers of banks: which file they speak of, and what they say of it."""

from __future__ import annotations

import pytest

from connectors.sftp import Entry
from hub.contract.handing_over import Amount, HandingOver, Marker
from hub.contract.model import Contract, Intake
from hub.stages.markers import companions, marker_of, read, ways_of
from hub.stages.sender_manifest import Said

EMPTY = Marker(".flg", "empty", {})
SHA = "ab" * 32


def entries(*names: str) -> dict[str, Entry]:
    return {f"/bank/inbox/{name}": Entry(f"/bank/inbox/{name}", name, 1, 1) for name in names}


@pytest.mark.parametrize(
    ("name", "beside", "marker"),
    [
        ("d.txt", ["d.txt.flg"], "d.txt.flg"),
        ("d.txt", ["d.flg"], "d.flg"),
        ("d.txt", ["d.txt.flg", "d.flg"], "d.txt.flg"),
        ("d.txt", ["d.txt.FLG"], "d.txt.FLG"),
        ("d.txt.age", ["d.flg"], "d.flg"),
        ("d_2026.11.txt", ["d_2026.11.flg"], "d_2026.11.flg"),
        ("d.txt", ["e.flg"], None),
        ("d.txt", ["d.flg", "d.csv"], None),
        ("d.txt", ["d.flg", "d.txt.sig", "d.txt.ok"], "d.flg"),
    ],
)
def test_a_marker_belongs_to_one_file(name: str, beside: list[str], marker: str | None) -> None:
    found = marker_of(f"/bank/inbox/{name}", EMPTY, entries(name, *beside))
    assert (found and found.name) == marker


AMOUNT = Amount("je", 0, 100)
FIELDS = {"file": "0", "size": "1", "rows": "2", "sum": "3", "sha256": "4"}
NAMED = {"file": "FILENAME", "size": "SIZE", "rows": "COUNT", "sum": "AMOUNT", "sha256": "HASH"}
SAID = Said("信易贷.txt", 1200, {"sha256": SHA}, 12, sum="3456.70")


@pytest.mark.parametrize(
    ("marker", "content"),
    [
        (Marker(".flg", "columns", FIELDS, "|", AMOUNT), f"信易贷.txt|1200|12|3,456.70|{SHA}\r\n"),
        (Marker(".flg", "columns", FIELDS, ",", AMOUNT), f"信易贷.txt,1200,00012,3456.70,{SHA.upper()}"),
        (Marker(".flg", "lines", FIELDS, "|", AMOUNT), f"信易贷.txt\n1200\n12\n3456.70\n{SHA}\nmore\n"),
        (Marker(".flg", "pairs", NAMED, "|", AMOUNT),
         f"FILENAME=信易贷.txt\nSIZE = 1200\n\nCOUNT=12\nAMOUNT=3456.70\nHASH={SHA}\nBANK=x"),
        (Marker(".flg", "json", NAMED, "|", AMOUNT),
         f'{{"FILENAME": "信易贷.txt", "SIZE": 1200, "COUNT": "12", "AMOUNT": 3456.70, "HASH": "{SHA}", "X": [1]}}'),
    ],
    ids=["columns", "commas", "lines", "pairs", "json"],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig"])
def test_a_marker_says_what_was_agreed(marker: Marker, content: str, encoding: str) -> None:
    assert read(content.encode(encoding), marker) == SAID


@pytest.mark.parametrize(
    "content",
    [
        b"", b"a.txt|1", b"a.txt|one|1|1|" + SHA.encode(), b"a.txt|1|1|1|short", b"a.txt|1|1|1.2.3|" + SHA.encode(),
        b"a.txt|1|1|1|" + SHA.encode() + b"\na.txt|1|1|1|" + SHA.encode(), b"\xff\xff", b"a|1|1|1|" + b"z" * 64,
    ],
)  # fmt: skip
def test_a_marker_that_lacks_something_or_is_not_understood_says_nothing(content: bytes) -> None:
    assert read(content, Marker(".flg", "columns", FIELDS, "|", AMOUNT)) is None


@pytest.mark.parametrize(
    "content", [b"[]", b"{", b"[" * 100_000, b'{"COUNT": true}', b'{"COUNT": null}', b'{"COUNT": 1.5}']
)
def test_json_that_does_not_say_it_plainly_says_nothing(content: bytes) -> None:
    assert read(content, Marker(".flg", "json", {"rows": "COUNT"})) is None


def test_an_empty_marker_has_nothing_in_it() -> None:
    assert read(b" \r\n", EMPTY) == Said()
    assert read(b"12", EMPTY) is None


def test_implied_decimals_of_a_sum_are_read_exactly() -> None:
    marker = Marker(".flg", "lines", {"sum": "0"}, "|", Amount("je", 2, 100))
    assert read(b"00000012345", marker) == Said(sum="123.45")
    assert read(b"123.45", marker) is None


def test_what_belongs_to_a_file_goes_to_the_archive_under_its_ending() -> None:
    over = HandingOver(marker=EMPTY)
    assert list(companions("/i/d.txt", over)) == [
        ("/i/d.txt.ok", ".ok"),
        ("/i/d.txt.sig", ".sig"),
        ("/i/d.txt.flg", ".flg"),
        ("/i/d.flg", ".flg"),
    ]
    assert [place for place, _ in companions("/i/d.txt", HandingOver())] == ["/i/d.txt.ok", "/i/d.txt.sig"]


def test_a_name_has_an_agreement_where_one_way_in_takes_it(contract: Contract) -> None:
    from dataclasses import replace

    over = HandingOver(marker=EMPTY)
    way = ways_of([replace(contract, intakes=(Intake("bank", ("授信*",), over=over), Intake("market", ("授信*",))))])
    assert way("bank", "授信_1.TXT") == over
    assert way("market", "授信_1.txt") == way("bank", "别的.txt") == HandingOver()
