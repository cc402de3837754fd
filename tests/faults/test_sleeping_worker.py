"""A worker that is stopped past its lease, and goes on when another has done its work: it changes nothing any more."""

from __future__ import annotations

import time
from typing import Any

import pytest
import sqlalchemy as sa
from faults.kills import differences
from faults.lives import FULL, County, Lives

from hub.ledger.connect import reading
from hub.ledger.tables import event

LEASE = 0.25  # seconds
PATIENCE = 60  # leases: who overtook a sleeper waits for one before it takes the same lock again
# Outside transactions: a sleeper in one keeps the ledger's lock, and others wait for it.
POINTS: list[Any] = [
    ("receipt.before_put", 5),
    ("feed.before_release", 2),
]
MORE: list[Any] = [
    ("store.before_rename", 2),
    ("delivery.after_commit", 2),
    ("accept.after_commit", 1),
    ("archive.before_move", 2),
    ("sent.after_commit", 1),
]


def _events(county: County) -> int:
    with county.hub() as hub, reading(hub.ledger) as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(event)) or 0


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("point", "nth"), [*POINTS, *(MORE if FULL else [])], ids=str)
def test_a_sleeper_that_was_overtaken_changes_nothing(lives: Lives, point: str, nth: int) -> None:
    county = lives.county(lease_seconds=LEASE, keeping=False)
    with lives.sleeping(county, point, nth) as wake:
        assert lives.live(county, patience=PATIENCE) == (0, "")
        before, told = county.ending(), _events(county)
        status, error = wake()
    assert (status, error) == (0, "") or error.startswith(("Locked", "TryAgain", "CallOperator: stage")), error
    assert differences(before, county.ending()) == []
    assert _events(county) == told
    # And nothing is left to do for anybody.
    assert lives.live(county) == (0, "")
    after: dict[str, Any] = county.ending()
    assert differences(before, after) == []


PUSHING: list[Any] = [("province.before_push", 2), ("claim.after_commit", 1)]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("point", "nth"), [*PUSHING, *([("province.after_push", 1)] if FULL else [])], ids=str)
def test_what_a_sleeper_shows_after_it_was_overtaken_is_put_right_by_the_next_run(
    lives: Lives, point: str, nth: int
) -> None:
    county = lives.county(lease_seconds=LEASE, keeping=False)
    with lives.sleeping(county, point, nth) as wake:
        assert lives.live(county, patience=PATIENCE) == (0, "")
        before = county.ending()
        _, error = wake()
    assert error.startswith("Locked"), error
    assert lives.live(county) == (0, "")
    assert differences({"province": before["province"]}, county.ending()) == []


@pytest.mark.timeout(600)
def test_while_a_sleeper_is_about_to_switch_the_feed_nobody_else_does(lives: Lives) -> None:
    expected = lives.undisturbed(keeping=False)[0].ending()
    county = lives.county(lease_seconds=LEASE, keeping=False)
    with lives.sleeping(county, "feed.before_switch", 2) as wake:
        current = (county.home / "feed" / "current").resolve()
        time.sleep(2 * LEASE)
        status, error = lives.live(county)
        assert status == 1 and error.startswith("Locked"), error
        assert (county.home / "feed" / "current").resolve() == current
        status, error = wake()
        assert status == 0 or error.startswith("Locked"), error
    assert lives.live(county, patience=PATIENCE) == (0, "")
    assert differences({"feed": expected["feed"], "releases": 1}, county.ending()) == []
