"""Blobs by content: landed once, verified always, nothing left behind."""

from __future__ import annotations

import errno
import hashlib
import os
import time
from pathlib import Path

import pytest

from hub import store as module
from hub.errors import NotFound, TryAgain, VerificationFailed
from hub.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(f"file://{tmp_path / 'store'}")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "source"
    file.write_bytes("内容".encode() * 1000)
    return file


def _files(tmp_path: Path) -> list[Path]:
    return [file for file in (tmp_path / "store").rglob("*") if file.is_file()]


def test_the_same_bytes_lie_there_once_under_their_hash(store: Store, source: Path, tmp_path: Path) -> None:
    sha256 = store.land(source)
    assert store.land(source) == sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    (file,) = _files(tmp_path)
    assert file == tmp_path / "store" / sha256[:2] / sha256
    assert file.read_bytes() == source.read_bytes()


def test_a_copy_comes_out_as_it_was_landed(store: Store, source: Path, tmp_path: Path) -> None:
    store.copy_out(store.land(source), tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == source.read_bytes()


def test_a_blob_that_changed_in_the_store_is_never_given_out(store: Store, source: Path, tmp_path: Path) -> None:
    sha256 = store.land(source)
    Path(store.place(sha256)).write_bytes(b"another content")
    with pytest.raises(VerificationFailed):
        store.copy_out(sha256, tmp_path / "copy")
    assert not list(tmp_path.glob("*copy*")) and not list(tmp_path.glob(".copy*"))
    with pytest.raises(VerificationFailed):
        store.land(source)


def test_a_blob_that_is_not_there_is_not_found(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        store.copy_out("0" * 64, tmp_path / "copy")


def test_a_full_disk_leaves_neither_a_blob_nor_a_temporary_file(
    store: Store, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(stream: object, target: object, *_: object) -> None:
        target.write(b"half")  # type: ignore[attr-defined]
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module.shutil, "copyfileobj", full)
        with pytest.raises(TryAgain, match="no space is left"):
            store.land(source)
    assert _files(tmp_path) == []
    assert len(store.land(source)) == 64


def test_the_blob_is_on_the_disk_before_its_name_is(
    store: Store, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = []
    fsync, move = module.os.fsync, store.files.mv
    monkeypatch.setattr(module.os, "fsync", lambda handle: (order.append("fsync"), fsync(handle))[1])
    monkeypatch.setattr(store.files, "mv", lambda *names: (order.append("rename"), move(*names))[1])
    store.land(source)
    assert order == ["fsync", "rename", "fsync", "fsync"], "the bytes, the name, then the folders"


def test_the_folders_are_flushed_for_a_blob_that_an_earlier_run_renamed_and_did_not_flush(
    store: Store, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.land(source)
    flushed: list[Path] = []
    monkeypatch.setattr(module, "sync_folder", flushed.append)
    sha256 = store.land(source)
    assert [Path(store.place(sha256)).parent, Path(store.root)] == flushed


def test_what_killed_runs_left_is_swept_when_nobody_has_written_to_it_for_a_day(store: Store, tmp_path: Path) -> None:
    scraps = tmp_path / "store" / "tmp"
    (scraps / "old").write_bytes(b"half")
    (scraps / "new").write_bytes(b"half")
    moment = time.time() - module.SCRAP_SECONDS - 1
    os.utime(scraps / "old", (moment, moment))
    Store(f"file://{tmp_path / 'store'}")
    assert [file.name for file in scraps.iterdir()] == ["new"]
