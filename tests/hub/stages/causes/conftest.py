"""Clean files of the synthetic county as tables of text, ways to spoil them, and the causes that the hub then tells."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random

import pytest
from corpus.small_county import licences, penalties
from corpus.small_county.county import place_of
from corpus.small_county.mess import plant

from hub.contract import derive, load
from hub.contract.model import Contract, Intake, Suite
from hub.county.agencies import market
from hub.county.record import Row, Written
from hub.county.sheets import csv_bytes, xlsx_bytes
from hub.line import explaining
from hub.receipts.parts import Cause
from hub.stages import check, normalise, read
from hub.stages.job import Job

ROOT = Path(__file__).resolve().parents[4]
SCHEMAS, EXPECTATIONS = ROOT / "schemas", ROOT / "expectations"
TODAY = date(2026, 11, 24)  # the days before it are beyond 12: a month they cannot be

Table = list[list[str]]  # the header, then rows


@cache
def _dataset(dataset: str) -> tuple[Contract, Suite]:
    contract = load.contract(dataset, SCHEMAS, EXPECTATIONS)
    return contract, derive.suite(contract, EXPECTATIONS)


class County:
    """Makes files of one dataset and asks for their causes."""

    def __init__(self, dataset: str, folder: Path) -> None:
        self.is_licence = dataset.endswith("licence")
        self.module = licences if self.is_licence else penalties
        self.contract, self.suite = _dataset(dataset)
        self.place = place_of(load.county(SCHEMAS))
        self.header = self.module.HEADER
        self.decided = "许可决定日期" if self.is_licence else "处罚决定日期"
        self.coded = "许可类别" if self.is_licence else "处罚类别"
        self.text = "许可内容" if self.is_licence else "违法事实"
        self.folder = folder

    def rows(self, count: int, style: str = "%Y-%m-%d") -> list[Row]:
        rng = Random(5)
        serials = range(1, count + 1)
        if self.is_licence:
            return [licences.licence(self.place, serial, TODAY, rng, style) for serial in serials]
        cases = penalties.Cases(self.place, market(self.place), penalties.AT_MARKET, style)
        return [cases.penalty(serial, TODAY - timedelta(days=rng.randint(1, 6)), rng) for serial in serials]

    def table(self, count: int, style: str = "%Y-%m-%d") -> Table:
        return [list(self.header), *([row.get(name, "") for name in self.header] for row in self.rows(count, style))]

    def messy(self, count: int, each: int) -> bytes:
        """A file with ``each`` rows of every kind of mess that the demo knows."""
        records = plant(self.rows(count), self.module.spoils(self.place, each), Random(3), twins=2, blanks=2)
        return csv_bytes(self.header, records, "utf-8")

    def with_column(self, table: Table, name: str, change: Callable[[str], str]) -> Table:
        place = table[0].index(name)
        return [table[0], *([*row[:place], change(row[place]), *row[place + 1 :]] for row in table[1:])]

    def swapped(self, table: Table, first: str, second: str) -> Table:
        names = {first: second, second: first}
        return [[names.get(name, name) for name in table[0]], *table[1:]]

    def job(self, content: bytes) -> Job:
        job = Job(0, self.contract, self.suite, self.folder / "source", self.folder, b"key")
        job.source.write_bytes(content)
        return job

    def causes(self, content: bytes, intake: Intake | None = None) -> tuple[Cause, ...]:
        """What the hub says of a file."""
        job = self.job(content)
        outcome = read.run(job.source, self.contract, job.read, intake=intake)
        if outcome.refused:
            return explaining.of_file(job, outcome)
        normalise.run(job)
        return explaining.of_rows(job, outcome, check.run(job))

    def first(self, content: bytes, intake: Intake | None = None) -> Cause:
        """The first cause."""
        found = self.causes(content, intake)
        assert found, "no cause was found"
        return found[0]


@pytest.fixture(params=["market/admin_licence", "market/admin_penalty"], ids=["licence", "penalty"])
def county(request: pytest.FixtureRequest, tmp_path: Path) -> County:
    return County(request.param, tmp_path)


@pytest.fixture
def penalty(tmp_path: Path) -> County:
    return County("market/admin_penalty", tmp_path)


@pytest.fixture
def written() -> Callable[..., bytes]:
    """``written(table, sign)``: a CSV in UTF-8."""

    def write(table: Sequence[Sequence[str]], sign: str = ",") -> bytes:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=sign, lineterminator="\r\n").writerows(table)
        return out.getvalue().encode()

    return write


@pytest.fixture
def sheet() -> Callable[[Table], bytes]:
    """``sheet(table)``: a workbook, every cell as text."""

    def write(table: Table) -> bytes:
        records = [Written(dict(zip(table[0], row, strict=True)), "accepted") for row in table[1:]]
        return xlsx_bytes(table[0], records)

    return write
