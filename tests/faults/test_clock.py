"""A clock that stands three days back or a year ahead: nothing is lost, counted twice or shown again."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from faults import tiny_county
from faults.kills import KILLED
from faults.lives import FULL, County, Lives, violations

from hub.ledger import deliveries
from hub.ledger.connect import reading
from hub.ledger.sightings import look
from hub.ledger.tables import event

MOMENTS = {"three days back": timedelta(days=-3), "a year ahead": timedelta(days=365)}

POINTS = ["claim.after_commit", "accept.after_commit", "feed.before_switch"]


def _verdicts(county: County) -> list[tuple[str, str, int]]:
    """File, verdict and accepted rows of every delivery, each of which has been answered once for its verdict."""
    with county.hub() as hub, reading(hub.ledger) as connection:
        assert violations(hub) == []
        listed = deliveries.listed(connection)
        for one in listed:
            stages = [receipt["stage"] for receipt in deliveries.receipts(connection, one["id"])]
            held = sa.select(sa.func.count()).where(event.c.delivery_id == one["id"], event.c.kind == "held")
            assert one["state"] == "answered"
            assert stages.count("validation") == 1 + connection.scalar(held), "once, and once more after a decision"
        assert county.left() == []
        return sorted((one["file_name"], one["verdict"], one["accepted"]) for one in listed)


@pytest.mark.parametrize("moved", MOMENTS)
@pytest.mark.parametrize("point", POINTS if FULL else POINTS[:1])
def test_a_clock_that_jumps_between_two_runs_changes_no_verdict(lives: Lives, moved: str, point: str) -> None:
    expected = _verdicts(lives.undisturbed()[0])
    county = lives.county()
    then = tiny_county.NOW + MOMENTS[moved]
    assert lives.live(county, point=point) == (KILLED, "")
    assert lives.live(county, now=then.isoformat()) == (0, "")
    assert _verdicts(county) == expected
    assert lives.live(county) == (0, ""), "and back"
    assert _verdicts(county) == expected


@pytest.mark.parametrize("offset", ["-3d", "+365d"])
def test_a_whole_process_with_a_wrong_clock_works_as_any_other(lives: Lives, offset: str) -> None:
    faketime = shutil.which("faketime")
    assert faketime is not None, "Debian's package: faketime"
    expected = _verdicts(lives.undisturbed()[0])
    county = lives.county()
    process = lives.start(faketime, "-f", offset)
    try:
        assert lives.live(county, process, now=None) == (0, "")
    finally:
        process.kill()
        process.communicate()
    assert _verdicts(county) == expected
    (receipt, *_) = (json.loads(file.read_text()) for file in county.root.glob("market/outbox/*.json"))
    apart = datetime.fromisoformat(receipt["generated_at"]) - datetime.now(UTC)
    assert abs(apart - timedelta(days=int(offset[:-1]))) < timedelta(hours=1), "its clock was not wrong"


def test_a_file_that_stood_still_under_a_clock_that_was_set_back_need_not_wait_for_that_day(lives: Lives) -> None:
    with lives.county(filled=False).hub() as hub, hub.ledger.begin() as connection:
        seen = [("/market/inbox/店铺.csv", 7, 1)]
        assert look(connection, "county", seen, tiny_county.NOW) == {seen[0][0]: 0.0}
        back = tiny_county.NOW - timedelta(days=3)
        assert look(connection, "county", seen, back) == {seen[0][0]: 0.0}
        assert look(connection, "county", seen, back + timedelta(seconds=5)) == {seen[0][0]: 5.0}


def test_a_feed_is_never_published_again_for_a_day_before_the_one_that_it_shows(lives: Lives) -> None:
    county, _ = lives.undisturbed()
    index = county.home / "feed" / "current" / "index.json"
    before = index.read_bytes()
    with county.hub() as hub:
        hub.now = lambda: tiny_county.NOW - timedelta(days=3)  # type: ignore[method-assign]
        assert hub.due("open_feed") == 0
        hub.drain("open_feed")
    assert index.read_bytes() == before
