"""Releases of a folder that others read: built aside, switched to in one step, older ones discarded.

``folder/current`` is a symbolic link to one of ``folder/releases``. Whoever switches holds a lock on the folder while
it does, and asks whether it still may: a process that slept and was overtaken neither shows an older release again nor
takes away a newer one.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.errors import HubError, Locked, TryAgain
from hub.failpoints import reached
from hub.store import sync_folder

PATIENCE, AGAIN = 5.0, 0.05  # seconds: for a switch, which takes a moment; between two tries
AT_ONCE = 500  # files of a release that are flushed one by one


@contextmanager
def building(folder: Path) -> Iterator[Path]:
    """A new folder to build a release in; what other runs left half built goes."""
    staging = folder / "staging"
    remove(staging)
    place = staging / uuid.uuid4().hex
    place.mkdir(parents=True)
    try:
        yield place
    except FileNotFoundError:
        if place.exists():
            raise
        raise TryAgain("another run has taken over this folder") from None


def show(folder: Path, staging: Path, name: str, announce: Callable[[], None]) -> None:
    """Make what was built the release ``name``, unless it is there, and let readers see it and no other.

    ``announce`` is called before any reader sees a new release; what it raises keeps it from being shown.
    """
    release = folder / "releases" / name
    if not release.exists():
        release.parent.mkdir(exist_ok=True)
        _sync_tree(staging)
        reached("feed.before_release")
        staging.rename(release)
    sync_folder(release.parent)  # also when it was there: whoever renamed it may have ended before this
    remove(staging.parent)
    with _alone(folder):
        remove(folder / "discarded")
        if not _is_current(folder, name):
            try:
                announce()
            except HubError:
                _discard(folder, release)
                raise
            _switch(folder, name)
        # An older release would keep public what has been withdrawn since.
        for old in release.parent.iterdir():
            if old.name != name:
                _discard(folder, old)
        remove(folder / "discarded")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        until = time.monotonic() + PATIENCE
        while not _locked(handle):
            if time.monotonic() >= until:
                raise Locked("somebody is switching this folder")
            time.sleep(AGAIN)
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_current(folder: Path, name: str) -> bool:
    current = folder / "current"
    return current.is_symlink() and os.readlink(current) == os.path.join("releases", name)


def _switch(folder: Path, name: str) -> None:
    current = folder / "current"
    fresh = folder / ".current"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(os.path.join("releases", name))
    if not current.is_symlink() and current.exists():  # a copy of a feed that was made without its links
        reached("feed.before_copy_goes")
        current.rename(folder / "discarded")
    reached("feed.before_switch")
    fresh.replace(current)
    sync_folder(folder)


def _discard(folder: Path, release: Path) -> None:
    """In one step: what is left of a release that was half removed must never be taken for the release."""
    discarded = folder / "discarded"
    remove(discarded)
    reached("feed.before_discard")
    release.rename(discarded)
    remove(discarded)


def remove(path: Path) -> None:
    """Take a file or a folder with all that is in it away; one that is not there is no error."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sync_tree(folder: Path) -> None:
    found = sorted(folder.rglob("*"), reverse=True)
    if len(found) > AT_ONCE:
        os.sync()  # of so many files one by one takes longer than of all that the machine has not written yet
        return
    for path in found:
        if path.is_dir():
            sync_folder(path)
        else:
            with path.open("rb") as file:
                os.fsync(file.fileno())
    sync_folder(folder)
