"""A worker that is stopped past its lease, and goes on when another has done its work: it changes nothing any more."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from faults.lives import County, Lives, differences

from hub.ledger.connect import reading
from hub.ledger.tables import event

LEASE = 0.3  # seconds
# Outside transactions: a sleeper in one keeps the ledger's lock, and others wait for it.
POINTS = [
    ("store.before_rename", 2),
    ("delivery.after_commit", 2),
    ("accept.after_commit", 1),
    ("receipt.before_put", 5),
    ("archive.before_move", 2),
    ("claim.after_commit", 1),
    ("province.before_push", 2),
    ("province.after_push", 1),
    ("sent.after_commit", 1),
    ("feed.before_release", 2),
    ("announce.after_commit", 2),
]


def _events(county: County) -> int:
    with county.hub() as hub, reading(hub.ledger) as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(event)) or 0


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("point", "nth"), POINTS, ids=lambda word: str(word))
def test_a_sleeper_that_was_overtaken_changes_nothing(lives: Lives, point: str, nth: int) -> None:
    county = lives.county(lease_seconds=LEASE)
    with lives.sleeping(county, point, nth) as wake:
        for _ in range(20):
            ended = lives.live(county)
            if not ended[1].startswith(("Locked", "TryAgain")):
                break
        assert ended == (0, "")
        before, told = county.ending(), _events(county)
        status, error = wake()
    assert (status, error) == (0, "") or error.startswith(("Locked", "TryAgain", "CallOperator: stage")), error
    assert differences(before, county.ending()) == []
    assert _events(county) == told
    # And nothing is left to do for anybody.
    assert lives.live(county) == (0, "")
    after: dict[str, Any] = county.ending()
    assert differences(before, after) == []
