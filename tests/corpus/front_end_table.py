"""A department's own front-end table for tests of the line, on any database, and a contract that pulls it."""

from __future__ import annotations

import datetime
import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from hub.county.identities import Place, citizen_id, company, uscc
from hub.line import Hub

PLACE = Place()
TABLE = "t_shop"
MORNING = datetime.datetime(2026, 11, 20, 8, 0)
FILES = """  - server: market
    type: sftp
    location: sftp://hub/market/inbox/
"""
SERVER = """  - server: market
    type: custom
    description: 前置库
    customProperties:
      - {property: source, value: county_market}
      - {property: table, value: t_shop}
      - {property: key, value: [id]}
      - {property: pull, value: PULL}
      - {property: columns, value: {mc: shop_name}}
      - property: writeBack
        value: {status: hub_status, reason: hub_reason, accepted: "1", query: "3", rejected: "2"}
"""
WATERMARK = "{by: watermark, column: gxsj}"
FLAG = '{by: flag, column: tq_flag, waiting: "0", taken: "1"}'


def schemas(small: Path, folder: Path, pull: str = WATERMARK) -> Path:
    """The small county's configuration, in which the department has a database beside its inbox."""
    target = folder / "schemas"
    if target.exists():
        return target
    shutil.copytree(small / "schemas", target)
    contract = target / "market" / "shop.odcs.yaml"
    text = contract.read_text(encoding="utf-8")
    assert FILES in text
    contract.write_text(text.replace(FILES, SERVER.replace("PULL", pull) + FILES), encoding="utf-8")
    return target


@dataclass
class FrontEndTable:
    """The table on the other side. Its clock goes a minute with every row that is written."""

    url: str
    engine: sa.Engine
    minutes: int = 0
    metadata: sa.MetaData = field(default_factory=sa.MetaData)

    def create(self, *more: sa.Column[Any], without: tuple[str, ...] = ()) -> None:
        """Make the table."""
        columns = [
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("shop_name", sa.String(200)),
            sa.Column("dm", sa.String(18)),
            sa.Column("wsh", sa.String(128)),
            sa.Column("sfzh", sa.CHAR(18)),
            sa.Column("rq", sa.Date),
            sa.Column("je", sa.Numeric(18, 2)),
            sa.Column("zt", sa.Integer),
            sa.Column("bz", sa.String(400)),
            sa.Column("gxsj", sa.DateTime),
            sa.Column("tq_flag", sa.String(1)),
            sa.Column("hub_status", sa.String(1)),
            sa.Column("hub_reason", sa.String(120)),
        ]
        chosen = [column for column in columns if column.name not in without]
        sa.Table(TABLE, self.metadata, *chosen, *more)
        self.metadata.create_all(self.engine)

    @property
    def table(self) -> sa.Table:
        """The table as it was made."""
        return self.metadata.tables[TABLE]

    def moment(self) -> datetime.datetime:
        """The next minute."""
        self.minutes += 1
        return MORNING + datetime.timedelta(minutes=self.minutes)

    def add(self, *serials: int, **changed: Any) -> None:
        """Write good rows, or such as ``changed`` says."""
        rows = [
            {
                "id": serial,
                "shop_name": company(PLACE, serial),
                "dm": uscc(PLACE, serial),
                "wsh": f"演市监〔2026〕{serial:04d}号",
                "sfzh": citizen_id(PLACE, serial),
                "rq": datetime.date(2026, 11, 20),
                "je": Decimal("100000.00"),
                "zt": 1,
                "bz": None,
                "gxsj": self.moment(),
                "tq_flag": "0",
            }
            | changed
            for serial in serials
        ]
        with self.engine.begin() as connection:
            connection.execute(sa.insert(self.table), rows)

    def change(self, serial: int, **changed: Any) -> None:
        """The department mends a row; its time moves on and it waits again."""
        values = {"gxsj": self.moment(), "tq_flag": "0"} | changed
        with self.engine.begin() as connection:
            connection.execute(sa.update(self.table).where(self.table.c.id == serial).values(**values))

    def run(self, statement: str) -> None:
        """Anything else."""
        with self.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    @contextmanager
    def account(self, *rights: str) -> Iterator[str]:
        """Address of an account that has these rights on the table, and none else."""
        address, name = sa.make_url(self.url), f"pull_{secrets.token_hex(4)}"
        postgresql = self.engine.dialect.name == "postgresql"
        account = name if postgresql else f"'{name}'@'127.0.0.1'"
        made = f"ROLE {account} LOGIN PASSWORD" if postgresql else f"USER {account} IDENTIFIED BY"
        self.run(f"CREATE {made} 'x'")
        try:
            self.run(f"GRANT {', '.join(rights)} ON {TABLE} TO {account}")
            yield address.set(username=name, password="x").render_as_string(hide_password=False)
        finally:
            if postgresql:
                self.run(f"DROP OWNED BY {account}")
            self.run(f"DROP {'ROLE' if postgresql else 'USER'} {account}")

    def told(self, *names: str) -> dict[int, tuple[Any, ...]]:
        """Columns of every row by its number; status and reason, if none are named."""
        chosen = [self.table.c[name] for name in names or ("hub_status", "hub_reason")]
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(self.table.c.id, *chosen).order_by(self.table.c.id))
            return {row[0]: tuple(row[1:]) for row in rows}

    def drop(self) -> None:
        """Take the table away."""
        self.metadata.drop_all(self.engine)
        self.engine.dispose()


def opened(url: str) -> FrontEndTable:
    """The other side of a database."""
    return FrontEndTable(url, sa.create_engine(url, poolclass=sa.NullPool))


def run(hub: Hub) -> dict[str, int]:
    """Collect and take everything to its end; gives what landed."""
    landed = dict(hub.collect().landed)
    for dataset in hub.waiting():
        hub.run_dataset(dataset)
    return landed


def receipts(hub: Hub) -> list[dict[str, Any]]:
    """What lies in the department's folder, by number."""
    found = [json.loads(file.read_text()) for file in (hub.home / "outbox" / "market").glob("*.json")]
    return sorted(found, key=lambda one: str(one["receipt_no"]))


def rules(receipt: dict[str, Any]) -> dict[str, str]:
    """Why, by the code of the finding."""
    return {one["rule"]: one["why"] for one in receipt["findings"]}
