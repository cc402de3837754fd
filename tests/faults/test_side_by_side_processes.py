"""Two and three processes on the same delivery: it counts once, has one receipt, leaves once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from faults import tiny_county
from faults.kills import differences
from faults.lives import FULL, Lives

from hub.demo.province import SimulatedProvince
from hub.line import applying

TRIALS = 20 if FULL else 3
KEY = "a key for tests, long enough"


@pytest.fixture(params=["lives", "lives_on_postgresql"])
def either(request: pytest.FixtureRequest) -> Iterator[Lives]:
    yield request.getfixturevalue(request.param)


def _one_delivery(lives: Lives) -> Any:
    """A county in whose inboxes lies one file, and whose province has its tables."""
    county = lives.county(filled=False, record_key=KEY, checkpoint_key=KEY)
    tiny_county.drop(county.root, "market", "店铺_1.csv", tiny_county.ORIGINAL)
    with county.hub() as hub:
        applying.apply(hub)
        outlet = hub.outlet("province")
        SimulatedProvince(hub.settings.province_url, outlet, hub.contracts.values()).create()
    return county


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("many", [2, 3])
def test_processes_that_work_on_the_same_delivery_do_its_work_once(either: Lives, many: int) -> None:
    alone = _one_delivery(either)
    assert either.live(alone, task="race") == (0, "")
    expected = alone.ending()
    for _ in range(TRIALS):
        county = _one_delivery(either)
        assert either.crowd(county, many, task="race") == [(0, "")] * many
        assert differences(expected, county.ending()) == []
