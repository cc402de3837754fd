"""What was released of aggregates is remembered as it was, on both databases."""

from __future__ import annotations

from typing import Any

import polars as pl

from hub.ledger import released
from hub.ledger.connect import reading, writing
from hub.outlets.aggregates import MEMORY

DATASET = "bank/credit_line"


def _rows(*versions: tuple[str, int, bool, int]) -> pl.DataFrame:
    rows = [
        (
            "town",
            "2026-10",
            cell,
            version,
            shown,
            count,
            '{"je": "12.500000"}',
            '{"je": "2"}',
            "ab" * 32,
            "0" * 24,
        )
        for cell, version, shown, count in versions
    ]
    return pl.DataFrame(rows, schema=dict(MEMORY), orient="row")


def test_versions_are_added_and_none_is_changed(make_hub: Any, ledger_url: str) -> None:
    hub = make_hub(ledger_url)
    first = _rows(("001", 1, True, 12), ("", 1, True, 40))
    second = _rows(("001", 1, True, 12), ("", 1, True, 40), ("001", 2, False, 0))
    with writing(hub.ledger, "released") as connection:
        assert released.remembered(connection, DATASET, MEMORY) is None
        assert released.remember(connection, DATASET, None, first) == 2
    with writing(hub.ledger, "released") as connection:
        before = released.remembered(connection, DATASET, MEMORY)
        assert before is not None and before.sort("cell").equals(first.sort("cell"))
        assert released.remember(connection, DATASET, before, second) == 1
    with reading(hub.ledger) as connection:
        after = released.remembered(connection, DATASET, MEMORY)
        assert after is not None and after.sort("cell", "version").equals(second.sort("cell", "version"))
        assert released.remembered(connection, "bank/other", MEMORY) is None
