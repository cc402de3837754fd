"""One release or the next, never a mix; crashes leave nothing that matters."""

from __future__ import annotations

import errno
import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.contract.model import Contract, County
from hub.outlets import open_feed, sharing

TODAY = date(2026, 11, 23)
DATASETS = ("court/judgment_defaulter", "market/admin_licence")
Tree = Callable[[Path], dict[str, bytes]]
Publish = Callable[..., dict[str, Any]]


@pytest.fixture
def publish(tmp_path: Path, contracts: Mapping[str, Contract], county: County, lived: Any) -> Publish:
    """Publish the first so many records of two datasets into ``tmp_path``."""

    def make(records: int, today: date = TODAY) -> dict[str, Any]:
        contents = tuple(
            open_feed.select(lived.records[name].head(records), contracts[name], today, sharing.NOTHING_STANDS)
            for name in DATASETS
        )
        return open_feed.publish(tmp_path, county, contents, today)

    return make


def _releases(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "releases").iterdir())


class Reader(threading.Thread):
    """Reads whatever ``current`` leads to, again and again, as a client of the web server does."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self.current, self.done = folder / "current", threading.Event()
        self.whole, self.versions, self.troubles = 0, set[str](), list[str]()

    def run(self) -> None:
        """Look until told to stop; what is wrong is kept for the test."""
        while not self.done.is_set():
            try:
                self._look()
            except (OSError, ValueError) as error:
                self.troubles.append(repr(error))

    def _look(self) -> None:
        before = (self.current / "index.json").read_bytes()
        index = json.loads(before)
        read = {
            (said["path"], said["hash"]): (self.current / one["dataset"] / said["path"]).read_bytes()
            for one in index["datasets"]
            for said in one["resources"]
        }
        if (self.current / "index.json").read_bytes() != before:
            return  # a switch between two reads: the client starts over
        self.whole += 1
        self.versions.add(index["version"])
        for (path, hashed), content in read.items():
            if hashed != "sha256:" + hashlib.sha256(content).hexdigest():
                self.troubles.append(f"{path} is of another release")


@pytest.fixture
def reader(tmp_path: Path, publish: Publish) -> Iterator[Reader]:
    publish(5)
    thread = Reader(tmp_path)
    thread.start()
    yield thread
    thread.done.set()
    thread.join(timeout=10)


def test_a_reader_never_misses_a_file_and_never_sees_two_releases_at_once(publish: Publish, reader: Reader):
    versions = {publish(10 + number)["version"] for number in range(50)}
    reader.done.set()
    reader.join(timeout=10)
    assert reader.troubles == []
    assert len(versions) > 20 and len(reader.versions) > 5 and reader.whole > 20


def test_the_same_content_gives_the_same_bytes_and_no_new_release(tmp_path: Path, publish: Publish, tree: Tree):
    first = publish(60)
    before, places = tree(tmp_path), {path: path.lstat() for path in tmp_path.rglob("*")}
    assert publish(60) == first
    assert tree(tmp_path) == before
    for path, was in places.items():
        if path.is_file() or path.is_symlink():
            now = path.lstat()
            assert (now.st_ino, now.st_mtime_ns) == (was.st_ino, was.st_mtime_ns), path


def test_the_next_day_changes_the_index_alone_while_no_window_ends(tmp_path: Path, publish: Publish, tree: Tree):
    first, before = publish(5), tree(tmp_path / "current")
    second, after = publish(5, TODAY + timedelta(days=1)), tree(tmp_path / "current")
    assert second["as_of"] == "2026-11-24" and second["version"] == first["version"]
    assert {path for path in after if after[path] != before[path]} == {"index.json"}


def test_a_window_that_ends_takes_its_records_out_by_the_clock_alone(publish: Publish):
    def shown(today: date) -> dict[str, int]:
        return {one["dataset"]: one["records"] for one in publish(120, today)["datasets"]}

    now, later = shown(TODAY), shown(TODAY.replace(year=TODAY.year + 3))
    assert now["court/judgment_defaulter"] > 0 and later["court/judgment_defaulter"] == 0
    assert later["market/admin_licence"] == now["market/admin_licence"]  # licences run for five years


def test_older_releases_are_removed(tmp_path: Path, publish: Publish):
    for records in (10, 20, 30):
        publish(records)
        assert _releases(tmp_path) == [(tmp_path / "current").resolve().name]


def test_going_back_to_an_earlier_content_gives_its_bytes_again(tmp_path: Path, publish: Publish, tree: Tree):
    publish(20)
    before = tree(tmp_path)
    publish(30)
    publish(20)
    assert tree(tmp_path) == before


def test_what_crashed_runs_left_is_no_obstacle_and_is_not_published(tmp_path: Path, publish: Publish, tree: Tree):
    publish(20)
    whole = tree(tmp_path)
    publish(30)
    (tmp_path / "staging" / "market" / "admin_licence").mkdir(parents=True)
    (tmp_path / "staging" / "market" / "admin_licence" / "half.csv").write_bytes(b"half")
    (tmp_path / ".current").symlink_to("releases/nowhere")
    (tmp_path / "releases" / "0123456789abcdef").mkdir()
    (tmp_path / "releases" / "0123456789abcdef" / "stale.csv").write_bytes(b"stale")
    (tmp_path / "releases" / "stray.txt").write_bytes(b"stray")
    publish(20)
    assert tree(tmp_path) == whole


def test_a_file_in_the_place_of_the_staging_folder_is_no_obstacle(tmp_path: Path, publish: Publish):
    (tmp_path / "staging").write_bytes(b"?")
    publish(20)
    assert (tmp_path / "current" / "index.json").exists() and not (tmp_path / "staging").exists()


def test_a_release_that_was_built_but_not_switched_to_is_switched_to_next_time(tmp_path: Path, publish: Publish):
    publish(20)
    built = (tmp_path / "current").resolve().name
    (tmp_path / "current").unlink()
    publish(20)
    assert (tmp_path / "current").resolve().name == built and _releases(tmp_path) == [built]


def test_a_feed_that_was_copied_without_its_links_is_put_right(tmp_path: Path, publish: Publish, tree: Tree):
    publish(20)
    whole = tree(tmp_path)
    (tmp_path / "current").unlink()
    (tmp_path / "current").mkdir()
    (tmp_path / "current" / "old.csv").write_bytes(b"old")
    publish(20)
    assert tree(tmp_path) == whole and (tmp_path / "current").is_symlink()


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_a_disk_that_fills_up_while_a_table_is_written_leaves_the_old_release_in_place(
    tmp_path: Path, publish: Publish, tree: Tree, monkeypatch: pytest.MonkeyPatch, ending: str
):
    publish(20)
    whole = tree(tmp_path / "current")
    sound = Path.write_bytes

    def half(file: Path, content: bytes) -> int:
        if file.suffix != ending:
            return sound(file, content)
        sound(file, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OSError, match="no space"):
        publish(30)
    assert tree(tmp_path / "current") == whole
    monkeypatch.undo()
    publish(30)
    assert tree(tmp_path / "current") != whole and len(_releases(tmp_path)) == 1
