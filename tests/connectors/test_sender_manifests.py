"""When a marker or a manifest is believed, the same at both servers; one that does not fit is never overruled."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import new as hashed
from hashlib import sha256
from pathlib import Path

import pytest
from corpus.half_files import EPOCH, LONG, MAKING, manifest, put
from corpus.polling import Poller

from hub.stages.collect import Wait


def test_a_marker_that_came_before_its_file_vouches_for_nothing(poller: Poller, inbox: Path) -> None:
    content = MAKING["xlsx"](2_000)
    put(inbox / "a.xlsx.ok", b"")
    poller.rounds()
    assert (poller.taken, poller.waits) == ({}, {"a.xlsx.ok": Wait.ALONE})
    put(inbox / "a.xlsx", content[:5_000], EPOCH + 1)
    poller.rounds()
    assert poller.taken == {}
    put(inbox / "a.xlsx", content, EPOCH + 2)
    poller.rounds()
    assert poller.taken == {"a.xlsx": [content]}


def test_a_marker_of_the_file_that_had_the_name_before_vouches_for_nothing(poller: Poller, inbox: Path) -> None:
    first, second = MAKING["json"](100), MAKING["json"](3_000)
    put(inbox / "a.json", first)
    put(inbox / "a.json.ok", b"", EPOCH)
    poller.round(0)
    assert poller.taken == {"a.json": [first]}, "it is of the same second, and the file ends as it should"
    put(inbox / "a.json", second[:2_000], EPOCH)
    poller.rounds()
    put(inbox / "a.json", second[:9_000], EPOCH + 60)
    poller.rounds()
    assert poller.taken == {"a.json": [first]}


def test_a_marker_of_another_file_vouches_for_nothing(poller: Poller, inbox: Path) -> None:
    put(inbox / "a.csv", b"half a line")
    put(inbox / "b.csv.ok", b"", EPOCH + 1)
    put(inbox / "a.csv.ok.part", b"", EPOCH + 1)
    put(inbox / "ok", b"", EPOCH + 1)
    poller.rounds(3)
    assert (poller.taken, poller.waits["b.csv.ok"]) == ({}, Wait.ALONE)


BODY = b"a,b\n1,2\n3,4"
FITTING = {
    "name": manifest(name="许可.csv", size=len(BODY)),
    "sha256": manifest(sha256=sha256(BODY).hexdigest().upper()),
    "sm3": manifest(sm3=hashed("sm3", BODY).hexdigest()),
    "texts for numbers": manifest(size=str(len(BODY)), rows="2"),
    "gb18030": '{"name": "许可.csv", "size": 11}'.encode("gb18030"),
    "byte order mark": b"\xef\xbb\xbf" + manifest(size=len(BODY)),
    "more than we know": manifest(size=len(BODY), period="2026-11", sequence=7),
    "empty": b"",
}
UNFIT = {
    "another name": manifest(name="a.csv", sha256=sha256(BODY).hexdigest()),
    "another size": manifest(size=len(BODY) + 1),
    "another sha256": manifest(sha256="0" * 64),
    "another sm3": manifest(sha256=sha256(BODY).hexdigest(), sm3="0" * 64),
    "half a hash": manifest(sha256=sha256(BODY).hexdigest()[:20]),
    "a hash that is a number": manifest(sha256=7),
    "rows below zero": manifest(rows=-1),
    "rows that are words": manifest(rows="two"),
    "rows that are true": manifest(rows=True),
    "far too many rows": manifest(rows=10**30),
    "an unknown mode": manifest(mode="delete"),
    "half a manifest": manifest(size=len(BODY))[:-1],
    "a list": b"[]",
    "very deep": b"[" * 60_000,
    "no text": b"\xff\xff{}",
}


@pytest.mark.parametrize("content", FITTING.values(), ids=FITTING)
def test_a_manifest_that_fits_is_enough(content: bytes, poller: Poller, inbox: Path) -> None:
    put(inbox / "许可.csv", BODY)
    put(inbox / "许可.csv.ok", content, EPOCH + 1)
    poller.round(0)
    assert poller.taken == {"许可.csv": [BODY]}


@pytest.mark.parametrize("content", UNFIT.values(), ids=UNFIT)
def test_a_manifest_that_does_not_fit_is_never_overruled(
    content: bytes, make: Callable[..., Poller], inbox: Path
) -> None:
    poller = make(patience=30.0)
    put(inbox / "许可.csv", BODY + b"\n" if b"size" not in content else BODY)
    put(inbox / "许可.csv.ok", content, EPOCH + 1)
    poller.rounds(5, LONG)
    assert (poller.taken, poller.waits) == ({}, {"许可.csv": Wait.MANIFEST})


def test_the_declared_rows_come_with_the_file(poller: Poller, inbox: Path) -> None:
    put(inbox / "a.csv", b"a\n1\n")
    put(inbox / "a.csv.ok", manifest(rows=1), EPOCH + 1)
    poller.round(0)
    assert poller.rows == {"a.csv": 1}
