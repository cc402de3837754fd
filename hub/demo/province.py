"""A simulated province: front-end tables in its own database, answers written back on the rows, late and sometimes no.

It stands for the other side in the demonstration and in tests. It refuses what a real province refuses (a field that
is too long, a name it cannot match) by a rule on the row, so that the same row always gets the same answer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from hub.contract.model import Contract, Outlet
from hub.outlets.province import Names, table_of

CAUSE = "行政相对人名称与登记信息不一致"


class SimulatedProvince:
    """Creates the tables of an outlet and answers rows that have waited for ``delay`` seconds.

    ``refuse_every``: one row in so many is refused, chosen by its key; 0 refuses none.
    """

    def __init__(
        self, url: str, outlet: Outlet, contracts: Iterable[Contract], delay: float = 2.0, refuse_every: int = 97
    ) -> None:
        self.engine = sa.create_engine(url, hide_parameters=True)
        self.outlet, self.names = outlet.id, Names.of(outlet)
        self.delay, self.refuse_every = delay, refuse_every
        self.tables = [
            self._table(name, contract)
            for contract in contracts
            if (name := table_of(outlet, contract.dataset)) is not None
        ]
        self._seen: dict[tuple[str, str, int], float] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="province", daemon=True)

    def _table(self, name: str, contract: Contract) -> sa.Table:
        names = self.names
        columns = [
            sa.Column(column.physical_name, sa.Numeric(18, 6) if column.storage == "decimal" else sa.Text())
            for column in contract.columns
            if self.outlet in column.disclosure
        ]
        return sa.Table(
            name,
            sa.MetaData(),
            sa.Column(names.key, sa.String(32), primary_key=True),
            sa.Column(names.sequence, sa.BigInteger, nullable=False),
            *columns,
            sa.Column(names.check, sa.String(2)),
            sa.Column(names.cause, sa.Text()),
            sa.Column(names.synced, sa.String(2)),
            sa.Column(names.synced_at, sa.String(19)),
        )

    def create(self) -> None:
        """Make the tables that are not there yet."""
        for table in self.tables:
            table.metadata.create_all(self.engine)

    def start(self) -> None:
        """Answer in the background until ``stop``."""
        self.create()
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        self.engine.dispose()

    def _work(self) -> None:
        while not self._stopped.wait(0.3):
            try:
                self.answer()
            except OperationalError:
                continue  # the hub holds the lock; the next round answers

    def answer(self) -> int:
        """One round: write a verdict on every row that has waited long enough; gives how many."""
        names, answered = self.names, 0
        for table in self.tables:
            query = sa.select(table.c[names.key], table.c[names.sequence]).where(
                table.c[names.check].is_(None), table.c[names.synced].is_(None)
            )
            with self.engine.begin() as connection:
                due = [
                    (key, sequence)
                    for key, sequence in connection.execute(query).all()
                    if self._waited(table.name, key, sequence) >= self.delay
                ]
                for key, sequence in due:
                    connection.execute(
                        table.update()
                        .where(table.c[names.key] == key, table.c[names.sequence] == sequence)
                        .values(self._verdict(key))
                    )
            answered += len(due)
        return answered

    def _waited(self, table: str, key: str, sequence: int) -> float:
        now = time.monotonic()
        return now - self._seen.setdefault((table, key, sequence), now)

    def _verdict(self, key: str) -> Mapping[str, str]:
        names = self.names
        if self.refuse_every and int(key[:8], 16) % self.refuse_every == 0:
            return {names.check: names.failed, names.cause: CAUSE}
        moment = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")
        return {names.check: "1", names.synced: names.done, names.synced_at: moment}
