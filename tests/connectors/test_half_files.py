"""The torture list for half files: whatever a writer does, and whenever the hub looks, no part of a file is taken.

A wrong pick-up is a copy that is no version which the writer meant to hand over. The writers work on the server's disk,
step by step; the hub looks between the steps and while it copies, on a clock that is not the writers'.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from corpus.half_files import EPOCH, LONG, MAKING, put, while_copying
from corpus.polling import Poller

from connectors.faults import Refused
from connectors.sftp import Session
from hub.stages.collect import Wait, look

if TYPE_CHECKING:
    from conftest import Site

CSV = b"name,code\r\n" + b"".join(b"a,%06d\r\n" % row for row in range(50_000))


def rename_another_over(place: Path) -> None:
    put(place.with_name("other.part"), CSV[:100_001] + b"\n", EPOCH + 9).replace(place)


def grow(place: Path) -> None:
    with place.open("ab") as file:
        file.write(b"b,1\r\n")


def shrink(place: Path) -> None:
    os.truncate(place, 300_000)


def write_anew(place: Path) -> None:
    put(place, CSV[: len(CSV) // 2], EPOCH + 5)


def same_size(place: Path) -> None:
    put(place, CSV.replace(b"a,", b"b,"), EPOCH + 5)


@pytest.mark.parametrize("act", [rename_another_over, grow, shrink, write_anew, same_size, Path.unlink, os.unlink])
def test_a_file_that_changes_while_it_is_copied_is_not_taken_as_it_was(
    act: Callable[[Path], object], poller: Poller, inbox: Path
) -> None:
    place = put(inbox / "a.csv", CSV)
    poller.round()
    with while_copying(lambda: act(place)) as done:
        poller.round()
    assert done and poller.taken == {}
    poller.rounds()
    left = [place.read_bytes()] if place.exists() else []
    whole = [one for one in left if one.endswith(b"\n") and len(one) % 1024]
    assert poller.taken.get("a.csv", []) == whole, "what lies there in the end"


@pytest.mark.parametrize("kind", sorted(MAKING))
def test_a_writer_that_pauses_for_longer_than_a_file_has_to_stand_still_is_waited_for(
    kind: str, poller: Poller, inbox: Path
) -> None:
    content = MAKING[kind](5_000)
    place = inbox / f"a.{kind}"
    for end in (1, 100, 4_096, len(content) // 2, len(content) - 2):
        put(place, content[:end])
        poller.rounds(3, LONG)
    assert poller.taken == {}
    put(place, content)
    poller.rounds()
    assert poller.taken == {place.name: [content]}


def test_lines_that_keep_coming_are_waited_for(poller: Poller, inbox: Path) -> None:
    for lines in range(1, 8):
        put(inbox / "a.csv", b"a,1\n" * lines, EPOCH + lines)
        poller.round(1.0)
    assert poller.taken == {}
    poller.rounds(2, 1.0)
    assert poller.taken == {"a.csv": [b"a,1\n" * 7]}


@pytest.mark.parametrize("kind", sorted(MAKING))
def test_what_never_gets_its_end_is_taken_when_patience_ends_so_that_its_sender_hears_of_it(
    kind: str, make: Callable[..., Poller], inbox: Path
) -> None:
    poller = make(patience=30.0)
    half = MAKING[kind](5_000)[:-30]
    put(inbox / f"a.{kind}", half)
    poller.rounds(9)
    assert poller.taken == {}
    poller.rounds(3)
    assert poller.taken == {f"a.{kind}": [half]}


def test_lines_that_stop_between_two_packets_wait_until_patience_ends(make: Callable[..., Poller], inbox: Path) -> None:
    poller = make(patience=30.0)
    lines = b"%062d\r\n" % 0 * 512
    put(inbox / "a.csv", lines)
    poller.rounds(5)
    assert poller.taken == {}
    poller.rounds(7)
    assert poller.taken == {"a.csv": [lines]}


NAMES = ["行政许可 (1).csv", "名" * 83 + ".csv", "%41.csv", "a;b'\"$(c).csv", "-r.csv", "A.CSV", "a.part.csv", "ok.csv"]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_taken_as_it_is(name: str, poller: Poller, inbox: Path) -> None:
    assert len(name.encode()) <= 255
    put(inbox / name, b"a\n")
    poller.rounds()
    assert poller.taken == {name: [b"a\n"]}


def test_a_name_in_gbk_bytes_and_the_same_name_in_utf_8_are_two_files(poller: Poller, inbox: Path) -> None:
    name = "许可.csv"
    put(inbox / name, b"in utf-8\n")
    with open(os.fsencode(inbox) + b"/" + name.encode("gbk"), "wb") as file:
        file.write(b"in gbk\n")
    with open(os.fsencode(inbox) + b"/" + name.encode("gbk") + b".ok", "wb") as file:
        file.write(b'{"size": 7, "rows": 5}')
    poller.rounds()
    assert sorted(poller.taken[name]) == [b"in gbk\n", b"in utf-8\n"]


def test_hidden_files_folders_links_and_pipes_are_left_alone(poller: Poller, inbox: Path, tmp_path: Path) -> None:
    secret = put(tmp_path / "secret.csv", b"not yours\n")
    put(inbox / ".hidden.csv", b"a\n")
    put(inbox / ".in.a.csv.", b"a\n")
    (inbox / "folder.csv").mkdir()
    put(inbox / "folder.csv" / "inner.csv", b"a\n")
    (inbox / "link.csv").symlink_to(secret)
    os.mkfifo(inbox / "pipe.csv")
    poller.rounds(3, LONG)
    assert poller.taken == {}


def test_a_link_in_the_place_of_a_file_that_was_seen_is_not_followed(
    poller: Poller, inbox: Path, tmp_path: Path
) -> None:
    secret = put(tmp_path / "secret.csv", CSV)
    place = put(inbox / "a.csv", CSV)
    poller.round()

    def swap() -> None:
        place.unlink()
        place.symlink_to(secret)

    with while_copying(swap):
        poller.round()
    poller.rounds()
    assert poller.taken == {}


def test_an_empty_file_waits_for_patience_and_one_with_a_marker_does_not(
    make: Callable[..., Poller], inbox: Path
) -> None:
    poller = make(patience=30.0)
    put(inbox / "a.csv", b"")
    put(inbox / "b.csv", b"")
    put(inbox / "b.csv.ok", b"", EPOCH + 1)
    poller.rounds(3)
    assert poller.taken == {"b.csv": [b""]}
    poller.rounds(9)
    assert poller.taken == {"a.csv": [b""], "b.csv": [b""]}


def test_a_file_that_may_not_be_read_keeps_no_other_waiting(
    poller: Poller, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(inbox / "a.csv", b"a\n")
    put(inbox / "b.csv", b"b\n")
    fetch = Session.fetch

    def fetch_some(self: Session, path: str, *args: Any, **kwargs: Any) -> int:
        if path.endswith("a.csv"):
            raise Refused("fetch: the server does not allow it (status 3)")
        return fetch(self, path, *args, **kwargs)

    monkeypatch.setattr(Session, "fetch", fetch_some)
    poller.rounds()
    assert (poller.taken, poller.waits) == ({"b.csv": [b"b\n"]}, {"a.csv": Wait.UNREADABLE})


def test_an_inbox_that_is_none_keeps_no_other_waiting(site: Site, session: Session, inbox: Path) -> None:
    put(inbox / "a.csv", b"a\n")
    (site.folder / "court").mkdir()
    (site.folder / "bank").mkdir()
    put(site.folder / "bank" / "inbox", b"a file where a folder belongs")
    looked = look(session, site.remote, ["bank", "court", "market", "nobody"])
    assert [(one.department, one.entry.name) for one in looked.files] == [("market", "a.csv")]
    assert list(looked.unreadable) in ([], ["bank"]), "some servers say that there is no such folder"


def test_three_hundred_inboxes_are_looked_at_in_one_pass(site: Site, session: Session) -> None:
    names = [f"department_{number:03}" for number in range(300)]
    for name in names:
        (site.folder / name / "inbox").mkdir(parents=True)
    for name in names[::7]:
        for number in range(3):
            put(site.folder / name / "inbox" / f"{number}.csv", b"a\n")
    looked = look(session, site.remote, names)
    expected = [(name, f"{number}.csv") for name in names[::7] for number in range(3)]
    assert [(one.department, one.entry.name) for one in looked.files] == expected
