"""A small contract whose every clause can be turned, and the real contracts with rows of the synthetic county."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from corpus.small_county import credit_lines, defaulters, licences, penalties
from corpus.small_county.county import place_of

from hub.contract import load
from hub.contract.law import CatalogueItem
from hub.contract.model import Column, Contract, County, Disclosure, Lawful, Subject, Window
from hub.county.agencies import market
from hub.county.identities import citizen_id, person, shop, uscc
from hub.kernels import KERNELS, Options

ROOT = Path(__file__).resolve().parents[3]
TODAY = date(2026, 11, 23)
KEEP = Disclosure("keep")
ITEM = CatalogueItem("book/item", "目录 某项", "open", date(1900, 1, 1), None)
STORED: Mapping[str, Any] = {"text": pl.String(), "date": pl.Date(), "decimal": pl.Decimal(18, 6)}


def _column(name: str, kernel: str = "text", *, to: Mapping[str, Disclosure] | None = None, **more: Any) -> Column:
    facts: dict[str, Any] = {
        "label": name,
        "physical_name": name.upper(),
        "synonyms": (),
        "storage": {"date": "date", "money": "decimal"}.get(kernel, "text"),
        "options": {},
        "codes": (),
        "required": False,
        "primary_key": False,
        "max_length": None,
        "pattern": None,
        "classification": "public",
        "disclosure": {"open_feed": KEEP} if to is None else to,
    }
    return Column(name=name, kernel=kernel, **(facts | more))


@pytest.fixture(scope="session")
def column() -> Callable[..., Column]:
    """Build a column; shown in the open feed unless ``to`` says otherwise."""
    return _column


@pytest.fixture(scope="session")
def small() -> Contract:
    """Organisations in the feed for 12 months or until ``end``, while ``state`` is 1."""
    return Contract(
        dataset="office/paper",
        code="ZJ",
        version="1.0.0",
        title="证件",
        description="",
        owner="office",
        contact="",
        columns=(
            _column("name", classification="internal"),
            _column("kind", "code"),
            _column("org", "uscc"),
            _column("human", "citizen_id", to={}, classification="sensitive"),
            _column("state", "code", to={}),
            _column("start", "date"),
            _column("end", "date"),
            _column("content"),
            _column("remark", to={}, classification="internal"),
            _column("amount", "money"),
        ),
        intakes=(),
        subject=Subject("kind", ("org",), ("trader",), ("person",), None, "org", "human", "name"),
        order_by=None,
        refuse_above=0.5,
        lawful=(
            Lawful("open_feed", "law", (ITEM,), ("organisation",), Window("start", "end", 12), {"state": ("1", "3")}),
        ),
        aggregates=(),
        working_days=None,
        frequency="daily",
        quality=(),
        file="office/paper.odcs.yaml",
        fingerprint="0" * 64,
    )


GOOD: Mapping[str, Any] = {
    "name": "某某公司",
    "kind": "org",
    "org": "913208300000000510",
    "human": None,
    "state": "1",
    "start": date(2026, 11, 1),
    "end": None,
    "content": "预包装食品销售",
    "remark": "内部",
    "amount": None,
}


@pytest.fixture(scope="session")
def rows() -> Callable[..., pl.DataFrame]:
    """Records of the small contract: each a good one with some cells replaced."""

    def make(*changes: Mapping[str, Any]) -> pl.DataFrame:
        kinds = {name: STORED["text"] for name in GOOD} | {
            "start": STORED["date"],
            "end": STORED["date"],
            "amount": STORED["decimal"],
        }
        return pl.DataFrame([dict(GOOD) | dict(change) for change in changes], schema=kinds)

    return make


@pytest.fixture(scope="session")
def county() -> County:
    """The configured county."""
    return load.county(ROOT / "schemas")


@pytest.fixture(scope="session")
def contracts() -> Mapping[str, Contract]:
    """The real contracts, by dataset."""
    return {one.dataset: one for one in load.contracts(ROOT / "schemas", ROOT / "expectations")}


def _typed(contract: Contract, written: Sequence[Mapping[str, str]]) -> pl.DataFrame:
    """What the hub stores of rows written under Chinese headers, by the columns' own kernels."""
    cells = []
    for one in contract.columns:
        raw = pl.Series([row.get(one.label) or None for row in written], dtype=pl.String)
        read = KERNELS[one.kernel].read(raw, Options(settings=one.options, codes=one.codes))
        cells.append(read.values.cast(STORED[one.storage]).alias(one.name))
    keys = [hashlib.sha256(f"{contract.dataset} {number}".encode()).hexdigest()[:32] for number in range(len(written))]
    return pl.DataFrame([pl.Series("record_id", keys), *cells])


@pytest.fixture(scope="session")
def typed() -> Callable[[Contract, Sequence[Mapping[str, str]]], pl.DataFrame]:
    """Rows under Chinese headers as the hub's typed records, with a ``record_id``."""
    return _typed


@dataclasses.dataclass(frozen=True)
class Lived:
    """Current records by dataset, and every word that must not be published because it is somebody's."""

    records: Mapping[str, pl.DataFrame]
    private: frozenset[str]


@pytest.fixture(scope="session")
def lived(county: County, contracts: Mapping[str, Contract]) -> Lived:
    """Some weeks of the synthetic county, as it lies in the ledger."""
    place, rng = place_of(county), Random(7)
    cases = penalties.Cases(place, market(place), penalties.AT_MARKET, "%Y-%m-%d")
    span = range(1, 121)
    written = {
        "market/admin_licence": [licences.licence(place, serial, TODAY, rng, "%Y-%m-%d") for serial in span],
        "market/admin_penalty": [cases.penalty(serial, TODAY - timedelta(days=serial), rng) for serial in span],
        "court/judgment_defaulter": [defaulters.defaulter(place, serial, TODAY, rng) for serial in span],
        "bank/credit_line": [credit_lines.credit_line(place, serial, TODAY, rng) for serial in range(1, 401)],
    }
    serials = range(1, 420)
    private = {word for serial in serials for word in (person(serial), citizen_id(place, serial), shop(place, serial))}
    private |= {uscc(place, serial, "92") for serial in serials}
    return Lived({name: _typed(contracts[name], each) for name, each in written.items()}, frozenset(private))


def _files(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.fixture(scope="session")
def tree() -> Callable[[Path], dict[str, bytes]]:
    """Every file below a folder, by its path in it."""

    def read(folder: Path) -> dict[str, bytes]:
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in _files(folder)}

    return read
