"""A county whose province is reached by any of the three ways."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hub.errors import HubError
from hub.ledger.tables import outbox

ENDLESS = 20  # rounds, more than any fault takes


class County:
    """A line, and the other side of its province."""

    def __init__(self, line: Any, side: Any) -> None:
        self.line, self.side = line, side

    def send(self, *lines: str) -> None:
        self.line.clock.sleep(5)
        self.line.drop(self.line.file(*lines))
        self.line.run()

    def drain(self) -> dict[str, int]:
        return dict(self.line.hub.drain("province"))

    def settle(self) -> int:
        """Drain and answer until nothing is due; gives how many runs failed."""
        failed = 0
        for _ in range(ENDLESS):
            try:
                self.drain()
            except HubError:
                failed += 1
            self.side.answer()
            if self.line.hub.due("province") == 0:
                return failed
        raise AssertionError(f"still due: {self.states()}")

    def states(self) -> list[str]:
        query = sa.select(outbox.c.state).where(outbox.c.outlet == "province").order_by(outbox.c.sequence)
        return [state for (state,) in self.line.rows(query)]

    def name(self, number: int) -> str:
        return str(self.line.shop(number).partition(",")[0])

    def amounts(self) -> dict[str, str]:
        return {name: row["JE"].partition(".")[0] for name, row in self.side.held().items()}

    def record(self, number: int) -> str:
        wanted = self.line.shop(number).split(",")[1]
        return str(next(one["record_id"] for one in self.line.versions() if one["dm"] == wanted))
