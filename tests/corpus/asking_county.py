"""The small county as subjects see it: three shops, shown to the public and to the province, and a calendar."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from corpus import steered_county
from corpus.shops import HEADER, cells, shop

from hub.demo.province import SimulatedProvince
from hub.line import Hub

ROOT = Path(__file__).resolve().parents[2]
SMALL = ROOT / "tests" / "hub" / "small"
DATASET = "market/shop"


class County:
    """Three shops, seen by the public and by the province."""

    def __init__(self, make_hub: Callable[..., Hub], clock: Any, folder: Path, url: str = "") -> None:
        self.clock, self.folder = clock, folder
        schemas = steered_county.made(SMALL, folder)
        shutil.copytree(ROOT / "schemas" / "calendar", schemas / "calendar")
        self.hub = make_hub(url, schemas=schemas, province_url=f"sqlite:///{folder / 'province.db'}")
        self.sides = {}
        for outlet in ("province", "bank"):
            contracts = self.hub.contracts.values()
            side = SimulatedProvince(self.hub.settings.province_url, self.hub.outlet(outlet), contracts, 0, 0)
            side.create()
            self.sides[outlet] = side
        self.submit(*(shop(serial) for serial in (1, 2, 3)))
        self.cycle()

    def submit(self, *rows: dict[str, str], mode: str = "") -> None:
        self.clock.sleep(5)
        file = self.folder / f"店铺_{self.clock().timestamp():.0f}{mode}.csv"
        lines = [",".join(HEADER), *(",".join(cells(row)) for row in rows)]
        file.write_text("\r\n".join([*lines, ""]), encoding="utf-8")
        self.hub.submit(file, "market", DATASET)

    def cycle(self) -> None:
        self.clock.sleep(5)
        for outlet in self.hub.outlets():
            self.hub.drain(outlet)
        for side in self.sides.values():
            side.answer()
        self.hub.drain("province")

    def public(self) -> set[int]:
        file = self.hub.home / "feed" / "current" / DATASET / "shop.jsonl"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return {self._serial(json.loads(line)["wsh"]) for line in lines}

    def at_province(self) -> set[int]:
        (table,) = self.sides["province"].tables
        with self.sides["province"].engine.connect() as connection:
            return {self._serial(row.WSH) for row in connection.execute(sa.select(table.c.WSH))}

    def seen(self) -> set[int]:
        assert self.public() == self.at_province()
        return self.public()

    def record(self, serial: int) -> str:
        name = self.hub.shape(self.hub.contract(DATASET)).name
        with self.hub.ledger.connect() as connection:
            query = sa.text(f'SELECT record_id FROM "{name}" WHERE wsh = :number LIMIT 1')
            return str(connection.execute(query, {"number": shop(serial)["wsh"]}).scalar_one())

    @staticmethod
    def _serial(number: str) -> int:
        return int(number.removesuffix("号")[-4:])
