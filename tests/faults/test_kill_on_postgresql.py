"""kill -9 at the fail points of the line, twice in a row, the ledger on PostgreSQL: as if nothing had happened."""

from __future__ import annotations

import pytest
from faults.lives import PICKS, Lives, killed_twice, picked, reaches


@pytest.mark.timeout(3600)
def test_a_county_that_is_killed_twice_at_any_point_ends_as_one_that_never_was(lives_on_postgresql: Lives) -> None:
    lives = lives_on_postgresql
    county, trace = lives.undisturbed()
    expected = county.ending()
    seed, points = picked(reaches(trace), PICKS // 2)
    print(f"FAULT_SEED={seed}: {len(points)} of {len(trace)} points")
    wrong = [each for point, nth in points for each in killed_twice(lives, expected, point, nth)]
    assert not wrong, "\n".join([f"FAULT_SEED={seed}", *wrong])
