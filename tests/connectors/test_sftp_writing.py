"""Putting, moving and making folders, the same at both servers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from connectors.faults import Missing, Refused
from connectors.sftp import Session

if TYPE_CHECKING:
    from conftest import Site


def test_a_file_is_put_and_nothing_else_is_left(site: Site, session: Session) -> None:
    session.put(f"{site.remote}/回执.json", b"{}")
    assert (site.folder / "回执.json").read_bytes() == b"{}"
    assert os.listdir(site.folder) == ["回执.json"]


def test_putting_the_same_again_is_done_already(site: Site, session: Session) -> None:
    session.put(f"{site.remote}/a.json", b"{}")
    before = (site.folder / "a.json").stat()
    session.put(f"{site.remote}/a.json", b"{}")
    after = (site.folder / "a.json").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("other", [b"[]", b"", b"{} longer"])
def test_another_content_under_the_same_name_is_refused(site: Site, session: Session, other: bytes) -> None:
    session.put(f"{site.remote}/a.json", b"{}")
    with pytest.raises(Refused):
        session.put(f"{site.remote}/a.json", other)
    assert (site.folder / "a.json").read_bytes() == b"{}"


def test_a_marker_may_be_empty_and_put_twice(site: Site, session: Session) -> None:
    for _ in range(2):
        session.put(f"{site.remote}/a.ok", b"")
    assert (site.folder / "a.ok").read_bytes() == b""


def test_twenty_megabytes_are_put_intact(site: Site, session: Session) -> None:
    content = os.urandom(20 * 1024 * 1024 + 7)
    session.put(f"{site.remote}/big.bin", content)
    assert (site.folder / "big.bin").read_bytes() == content


def test_the_rest_of_a_broken_put_is_replaced(site: Site, session: Session) -> None:
    (site.folder / ".a.json.part").write_bytes(b"the half of something longer")
    session.put(f"{site.remote}/a.json", b"{}")
    assert os.listdir(site.folder) == ["a.json"]
    assert (site.folder / "a.json").read_bytes() == b"{}"


def test_a_planted_link_is_not_written_through(site: Site, session: Session, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"untouched")
    (site.folder / ".a.json.part").symlink_to(victim)
    session.put(f"{site.remote}/a.json", b"{}")
    assert victim.read_bytes() == b"untouched"
    assert not (site.folder / "a.json").is_symlink()


def test_putting_into_a_missing_folder_is_told(site: Site, session: Session) -> None:
    with pytest.raises(Missing):
        session.put(f"{site.remote}/nothing/a.json", b"{}")


def test_a_move_makes_the_folder_and_may_be_repeated(site: Site, session: Session) -> None:
    (site.folder / "a.csv").write_bytes(b"1")
    for _ in range(2):
        session.move(f"{site.remote}/a.csv", f"{site.remote}/archive/2026-11/a.csv")
    assert (site.folder / "archive" / "2026-11" / "a.csv").read_bytes() == b"1"
    assert not (site.folder / "a.csv").exists()


def test_a_move_onto_another_file_is_refused(site: Site, session: Session) -> None:
    (site.folder / "a.csv").write_bytes(b"new")
    (site.folder / "b.csv").write_bytes(b"old")
    with pytest.raises(Refused):
        session.move(f"{site.remote}/a.csv", f"{site.remote}/b.csv")
    assert (site.folder / "b.csv").read_bytes() == b"old"


def test_a_move_of_nothing_is_told(site: Site, session: Session) -> None:
    with pytest.raises(Missing):
        session.move(f"{site.remote}/a.csv", f"{site.remote}/b.csv")


def test_a_folder_may_be_made_twice(site: Site, session: Session) -> None:
    for _ in range(2):
        session.make_folder(f"{site.remote}/one/two/")
    assert (site.folder / "one" / "two").is_dir()


def test_a_folder_is_not_made_where_a_file_stands(site: Site, session: Session) -> None:
    (site.folder / "one").touch()
    with pytest.raises(Refused):
        session.make_folder(f"{site.remote}/one")


@pytest.mark.parametrize("before", [None, b"old", b"{}", b""])
def test_a_file_is_replaced_whole_and_nothing_else_is_left(site: Site, session: Session, before: bytes | None) -> None:
    if before is not None:
        (site.folder / "a.txt").write_bytes(before)
    (site.folder / ".a.txt.part").write_bytes(b"the rest of a broken one")
    session.replace(f"{site.remote}/a.txt", b"{}")
    assert os.listdir(site.folder) == ["a.txt"]
    assert (site.folder / "a.txt").read_bytes() == b"{}"


def test_a_link_or_a_folder_is_not_replaced(site: Site, session: Session, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"kept")
    (site.folder / "link").symlink_to(victim)
    (site.folder / "folder").mkdir()
    for name in ("link", "folder"):
        with pytest.raises(Refused):
            session.replace(f"{site.remote}/{name}", b"new")
    assert victim.read_bytes() == b"kept" and (site.folder / "link").is_symlink()
