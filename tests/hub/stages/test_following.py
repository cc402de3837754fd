"""Row groups reach the next stage while the file is read: in order, each once, never of a void attempt."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest

from hub.stages.following import AHEAD, Announcer, Restarted, followed, groups, stop


def group(number: int) -> pa.Table:
    return pa.table({"record": pa.array([number], pa.int64()), "bz": pa.array([f"第{number}组"])})


def test_every_group_comes_once_and_in_order_and_the_reader_never_runs_far_ahead(tmp_path: Path) -> None:
    most = 0
    with followed(tmp_path) as folder:
        announcer = Announcer(folder)

        def read() -> None:
            announcer.begin()
            for number in range(20):
                announcer.put(group(number))

        reader = threading.Thread(target=read)
        reader.start()
        found = []
        for frame in groups(folder, lambda: not reader.is_alive()):
            time.sleep(0.002)
            most = max(most, len(list(folder.glob("*.arrow"))))
            found += frame.to_pylist()
        reader.join()
    assert found == [{"record": number, "bz": f"第{number}组"} for number in range(20)]
    assert most <= AHEAD
    assert list(tmp_path.iterdir()) == []


def test_a_second_attempt_at_the_file_makes_the_first_one_void(tmp_path: Path) -> None:
    with followed(tmp_path) as folder:
        announcer = Announcer(folder)
        announcer.begin()
        announcer.put(group(1))
        following = groups(folder, lambda: False)
        assert next(following).to_pylist() == [{"record": 1, "bz": "第1组"}]
        announcer.begin()
        announcer.put(group(1))
        with pytest.raises(Restarted):
            next(following)


def test_a_reader_whom_nobody_follows_any_more_does_not_wait(tmp_path: Path) -> None:
    with followed(tmp_path) as folder:
        announcer = Announcer(folder)
        announcer.begin()
        stop(folder)
        for number in range(3 * AHEAD):
            announcer.put(group(number))
        assert list(folder.glob("*.arrow")) == []


def test_what_a_killed_run_left_behind_is_not_followed(tmp_path: Path) -> None:
    with followed(tmp_path) as folder:
        Announcer(folder).begin()
        (folder / "001-000001.arrow").write_bytes(b"left")
        with followed(tmp_path) as again:
            assert list(again.iterdir()) == []
            again.joinpath("kept").touch()
        folder.mkdir()
