"""kill -9 between the pages of an API, before its package is entered and before it is told: as if nothing happened."""

from __future__ import annotations

from faults.kills import killed_twice
from faults.lives import Lives


def test_a_county_that_is_killed_while_it_pulls_or_answers_ends_as_one_that_never_was(lives: Lives) -> None:
    county, trace = lives.undisturbed(keeping=False)
    expected = county.ending()
    assert len(expected["told"]) == 2, "the receipt, and what the province said later"
    points = [("page.before_rename", 1), ("page.before_rename", 2), ("api.before_answer", 1)]
    last = trace.index("page.before_rename") + 1
    assert trace[last] == "page.before_rename" and trace[last + 1] == "store.before_rename"
    points += [(point, trace[:last].count(point) + 1) for point in ("store.before_rename", "delivery.before_commit")]
    wrong = [each for point, nth in points for each in killed_twice(lives, expected, point, nth, keeping=False)]
    assert not wrong, "\n".join(wrong)


def test_pages_that_were_kept_are_not_asked_for_again(lives: Lives) -> None:
    county = lives.county(keeping=False)
    lives.api.asked.clear()
    assert lives.live(county, point="page.before_rename", nth=2)[0] == -9
    assert lives.live(county) == (0, "")
    first, second, again, *_ = (one.get("cursor") for one in lives.api.asked)
    assert first is None and second is not None and again == second
