"""Listing and fetching, the same at both servers."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from connectors.faults import Missing, Refused, TooLarge, Unreachable
from connectors.sftp import Session

if TYPE_CHECKING:
    from conftest import Site

MEBIBYTE = 1024 * 1024


def test_files_are_listed_sorted_without_folders_and_links(site: Site, session: Session) -> None:
    (site.folder / "b.csv").write_bytes(b"22")
    (site.folder / "a 行政许可.csv").write_bytes(b"1")
    (site.folder / "folder").mkdir()
    (site.folder / "link.csv").symlink_to(site.folder / "b.csv")
    os.utime(site.folder / "b.csv", (1_700_000_000, 1_700_000_000))
    files = session.files(site.remote)
    assert [(entry.name, entry.size) for entry in files] == [("a 行政许可.csv", 1), ("b.csv", 2)]
    assert files[1].modified == 1_700_000_000


def test_folders_are_listed_without_files_and_links(site: Site, session: Session) -> None:
    for name in ("market", "court"):
        (site.folder / name).mkdir()
    (site.folder / "file").touch()
    (site.folder / "link").symlink_to(site.folder / "court")
    assert session.folders(site.remote) == ["court", "market"]


def test_a_thousand_files_are_all_listed(site: Site, session: Session) -> None:
    for number in range(1000):
        (site.folder / f"{number:04}.csv").touch()
    assert [entry.name for entry in session.files(site.remote)] == [f"{number:04}.csv" for number in range(1000)]


def test_a_missing_folder_is_told(site: Site, session: Session) -> None:
    with pytest.raises(Missing):
        session.files(f"{site.remote}/nothing")


def test_a_missing_file_has_no_stat_and_cannot_be_read(site: Site, session: Session) -> None:
    assert session.stat(f"{site.remote}/nothing.csv") is None
    with pytest.raises(Missing):
        session.read(f"{site.remote}/nothing.csv", 10)


def test_a_name_in_gbk_bytes_is_shown_in_chinese_and_can_be_opened_and_moved(site: Site, session: Session) -> None:
    raw = os.fsencode(site.folder) + b"/" + "行政处罚.csv".encode("gbk")
    with open(raw, "wb") as file:
        file.write(b"content")
    (entry,) = session.files(site.remote)
    assert entry.name == "行政处罚.csv"
    assert session.stat(entry.path) == entry
    assert session.read(entry.path, 100) == b"content"
    session.move(entry.path, f"{site.remote}/archive/{entry.name}")
    assert (site.folder / "archive" / "行政处罚.csv").read_bytes() == b"content"


def test_a_name_in_no_known_encoding_is_shown_with_escapes(site: Site, session: Session) -> None:
    with open(os.fsencode(site.folder) + b"/a\xff\xff\n.csv", "wb") as file:
        file.write(b"content")
    (entry,) = session.files(site.remote)
    assert entry.name.isprintable()
    assert entry.name.endswith(".csv")
    assert session.read(entry.path, 100) == b"content"


def test_twenty_megabytes_arrive_intact(site: Site, session: Session) -> None:
    content = os.urandom(20 * MEBIBYTE + 7)
    (site.folder / "big.csv").write_bytes(content)
    target = io.BytesIO()
    assert session.fetch(f"{site.remote}/big.csv", target, limit=len(content)) == len(content)
    assert target.getvalue() == content


def test_an_empty_file_is_fetched_as_empty(site: Site, session: Session) -> None:
    (site.folder / "empty.csv").touch()
    assert session.read(f"{site.remote}/empty.csv", 0) == b""


def test_a_file_beyond_the_limit_is_not_begun(site: Site, session: Session) -> None:
    (site.folder / "big.csv").write_bytes(b"12345")
    target = io.BytesIO()
    with pytest.raises(TooLarge):
        session.fetch(f"{site.remote}/big.csv", target, limit=4)
    assert target.getvalue() == b""


def test_a_link_is_not_followed(site: Site, session: Session, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (site.folder / "link.csv").symlink_to(tmp_path / "secret")
    assert session.stat(f"{site.remote}/link.csv") is None
    with pytest.raises(Refused):
        session.read(f"{site.remote}/link.csv", 100)


def test_a_growing_file_shows_in_its_stat(site: Site, session: Session) -> None:
    path = f"{site.remote}/growing.csv"
    (site.folder / "growing.csv").write_bytes(b"first half")
    before = session.stat(path)
    assert session.read(path, 100) == b"first half"
    with (site.folder / "growing.csv").open("ab") as file:
        file.write(b", second half")
    assert session.stat(path) != before


class Cutting(io.BytesIO):
    """A target that cuts the source short as soon as the first bytes arrive."""

    def __init__(self, source: Path) -> None:
        super().__init__()
        self.source = source

    def write(self, content: object, /) -> int:
        os.truncate(self.source, 100)
        return super().write(content)  # type: ignore[arg-type]


def test_a_file_cut_short_while_it_is_fetched_ends_without_hanging(site: Site) -> None:
    source = site.folder / "cut.csv"
    source.write_bytes(bytes(20 * MEBIBYTE))
    with site.connect(timeout=5) as session:
        path = f"{site.remote}/cut.csv"
        before = session.stat(path)
        # Either fewer bytes come, or all were under way already; the stat tells in both cases.
        assert session.fetch(path, Cutting(source), limit=30 * MEBIBYTE) <= 20 * MEBIBYTE
        assert session.stat(path) != before
        assert session.read(path, 100) == bytes(100)


def test_a_full_disk_on_our_side_is_not_blamed_on_the_server(site: Site, session: Session) -> None:
    (site.folder / "a.csv").write_bytes(b"content")
    with open("/dev/full", "wb", buffering=0) as full, pytest.raises(OSError, match="No space left"):
        session.fetch(f"{site.remote}/a.csv", full, limit=100)


def test_a_server_that_goes_away_is_unreachable(site: Site, session: Session) -> None:
    assert session.files(site.remote) == []
    site.stop()
    with pytest.raises(Unreachable):
        session.files(site.remote)
