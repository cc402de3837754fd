"""Wherever a run ends, the next one finishes it: same counts, one receipt, the same bytes, nothing left behind."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import reduce
from typing import Any

import pytest
import sqlalchemy as sa

from hub.ledger.tables import receipt


class Killed(BaseException):
    """Stands for the end of the process: no handler of errors may see it."""


def _target(path: str) -> tuple[Any, str]:
    module, _, rest = path.partition(":")
    *holders, name = rest.split(".")
    return reduce(getattr, holders, importlib.import_module(module)), name


def kill_at(monkeypatch: pytest.MonkeyPatch, path: str, when: str, nth: int = 1) -> Callable[[], bool]:
    """Kill ``before`` or ``after`` the nth call of a function; gives whether it came to that."""
    holder, name = _target(path)
    original, calls = getattr(holder, name), []

    def deadly(*args: Any, **kwargs: Any) -> Any:
        calls.append(name)
        if len(calls) == nth and when == "before":
            raise Killed
        result = original(*args, **kwargs)
        if len(calls) == nth:
            raise Killed
        return result

    monkeypatch.setattr(holder, name, deadly)
    return lambda: len(calls) >= nth


BEFORE_THE_COMMIT = [
    ("hub.store:Store.land", "after"),
    ("hub.ledger.deliveries:open_delivery", "after"),
    ("hub.store:Store.copy_out", "after"),
    ("hub.stages.confined:run", "after"),
    ("hub.stages.normalise:run", "after"),
    ("hub.line.facts:gather", "after"),
    ("hub.stages.check:run", "after"),
    ("hub.ledger.records:ensure", "after"),
    ("hub.ledger.deliveries:enter_fates", "after"),
    ("hub.ledger.merging:merge", "after"),
    ("hub.ledger.outbox:enqueue", "after"),
    ("hub.ledger.deliveries:issue_receipt", "after"),
]
AFTER_THE_COMMIT = [
    ("hub.line.answering:answer", "before"),
    ("connectors.sftp:Session.put", "after", 1),
    ("connectors.sftp:Session.put", "after", 2),
    ("connectors.sftp:Session.put", "after", 3),
    ("hub.ledger.deliveries:receipt_put", "after"),
    ("hub.stages.archive:clear", "before"),
    ("hub.stages.archive:clear", "after"),
    ("hub.ledger.deliveries:update", "after"),
    ("shutil:rmtree", "before"),
]
IN_THE_LEDGER = [point for point in BEFORE_THE_COMMIT + AFTER_THE_COMMIT if "ledger" in point[0]]


def _crash_and_rerun(line: Any, point: tuple[Any, ...], committed: bool) -> None:
    good, bad = line.shop(1), line.shop(2, je="百万")
    line.drop(line.file(good, bad, good, line.shop(3)))
    with pytest.MonkeyPatch.context() as patch:
        came = kill_at(patch, *point)
        with pytest.raises(Killed):
            line.run()
        assert came()
    line.restart()
    bodies = line.rows(sa.select(receipt.c.receipt_no, receipt.c.body))
    assert bool(bodies) == committed
    line.run()

    assert line.counts() == [("PARTIAL", 4, 2, 0, 1, 1, 0)]
    assert line.violations() == []
    after = line.rows(sa.select(receipt.c.receipt_no, receipt.c.body))
    assert len(after) == 1
    assert not bodies or bodies == after, "what was written once is never written anew"
    number, body = after[0]
    assert line.outbox()[f"{number}.json"] == body.encode()
    assert len(line.outbox()) == 3
    assert line.inbox() == []
    assert len(line.archived()) == 1
    home = line.hub.home
    assert not list((home / "incoming").iterdir()), "no copy is left where files come in"
    assert not list((home / "store" / "tmp").iterdir())
    assert not list((home / "work").glob("*/*")), "no row is left in the work folder"


@pytest.mark.parametrize("point", BEFORE_THE_COMMIT, ids=lambda point: f"{point[1]} {point[0].split(':')[1]}")
def test_a_run_that_ends_before_the_commit_is_done_again_as_if_it_had_never_been(line: Any, point: Any) -> None:
    _crash_and_rerun(line, point, committed=False)


@pytest.mark.parametrize(
    "point", AFTER_THE_COMMIT, ids=lambda point: " ".join([point[1], point[0].split(":")[1], *map(str, point[2:])])
)
def test_a_run_that_ends_after_the_commit_is_only_finished(line: Any, point: Any) -> None:
    _crash_and_rerun(line, point, committed=True)


@pytest.mark.parametrize("point", IN_THE_LEDGER, ids=lambda point: point[0].split(":")[1])
def test_postgresql_takes_back_what_was_not_committed(
    make_line: Callable[..., Any], postgres_url: str, point: Any
) -> None:
    _crash_and_rerun(make_line(postgres_url), point, committed=point in AFTER_THE_COMMIT)


def test_a_receipt_of_a_delivery_by_hand_is_put_by_the_next_run_when_the_first_ended_too_early(
    line: Any, tmp_path: Any
) -> None:
    file = tmp_path / "店铺.csv"
    file.write_bytes(line.file(line.shop(1)))
    with pytest.MonkeyPatch.context() as patch:
        kill_at(patch, "hub.line.answering:answer", "before")
        with pytest.raises(Killed):
            line.hub.submit(file, "market", "market/shop")
    line.restart()
    line.run()
    assert len(list((line.hub.home / "outbox" / "market").iterdir())) == 3
