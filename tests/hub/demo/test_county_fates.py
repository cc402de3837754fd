"""Every row of the county meets the fate that was planted, in the real stages."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from corpus.small_county.county import FATES, TODAY, Drop, deliveries

from hub.contract.calendar import earliest_on_time
from hub.contract.derive import suite
from hub.contract.load import calendar, contract, county
from hub.contract.parameters import EARLIEST
from hub.line.timeliness import unknown_rows
from hub.stages import check, normalise, read
from hub.stages.job import Job

SCHEMAS, EXPECTATIONS = Path("schemas"), Path("expectations")
DROPS = deliveries(county(SCHEMAS))


@pytest.mark.parametrize("drop", DROPS, ids=lambda drop: drop.file_name)
def test_the_stages_give_each_row_its_planted_fate(drop: Drop, tmp_path: Path) -> None:
    agreed = contract(drop.dataset, SCHEMAS, EXPECTATIONS)
    source = tmp_path / "delivery"
    source.write_bytes(drop.content)
    facts = {}
    if agreed.working_days is not None:
        facts[EARLIEST] = earliest_on_time(calendar(SCHEMAS), TODAY, agreed.working_days).isoformat()
    job = Job(1, agreed, suite(agreed, EXPECTATIONS), source, tmp_path, b"a key for tests", facts=facts)
    outcome = read.run(source, agreed, job.read)
    refusals = [finding.code for finding in outcome.findings]
    assert refusals == ([drop.refused] if drop.refused else [])
    if drop.refused is None:
        rows = normalise.run(job).rows
        fates = Counter(check.run(unknown_rows(job)).states["state"].to_list())
        fates["accepted"] = rows - sum(fates.values())
        assert {"rows": rows, **{fate: fates[fate] for fate in FATES}} == drop.planted
