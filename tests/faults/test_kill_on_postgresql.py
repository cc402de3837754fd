"""kill -9 at the fail points of the line, twice in a row, the ledger on PostgreSQL: as if nothing had happened."""

from __future__ import annotations

import pytest
from faults.kills import killed_at_random
from faults.lives import Lives


@pytest.mark.timeout(3600)
def test_a_county_that_is_killed_twice_at_any_point_ends_as_one_that_never_was(lives_on_postgresql: Lives) -> None:
    wrong = killed_at_random(lives_on_postgresql)
    assert not wrong, "\n".join(wrong)
