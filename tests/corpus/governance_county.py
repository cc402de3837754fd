"""The small county with a governance platform: it gets events of one dataset, or the sums of it by month and state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus import other_sides

from hub.demo.governance import SimulatedGovernance
from hub.settings import ApiSource

DATASET = other_sides.DATASET
SUMS = """  - {property: legalBasis, value: 测试用}
  - property: aggregates
    value:
      - outlet: province
        name: shops_by_state
        label: 按状态按月汇总
        monthOf: rq
        by: zt
        sums: [je]
        minimum: 10
        legalBasis: 测试用
"""
OTHER = "datasets:\n  market/other: {name: OTHER}\ntables:\n  market/shop: {name: SHOPS}\n"


@contextmanager
def of_sums(folder: Path) -> Iterator[tuple[Path, SimulatedGovernance, ApiSource]]:
    """Configuration, platform and settings of a county that sends sums only."""

    def tables(profile: str) -> str:
        return profile.partition("datasets:\n")[0] + OTHER

    with other_sides.side("event_service", folder, tables) as (schemas, side):
        contract = schemas / "market" / "shop.odcs.yaml"
        text = contract.read_text(encoding="utf-8").partition("  - property: lawful\n")[0]
        shut = re.sub(r"\n +- \{property: disclosure.*", "", text)
        contract.write_text(shut + SUMS, encoding="utf-8")
        yield schemas, side.service, side.settings()["governance"]
