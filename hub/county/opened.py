"""A generated county from the folder of contracts: what the command line, the demonstration and benchmarks ask for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from hub.contract import load
from hub.contract.derive import suite
from hub.contract.model import Code
from hub.county.generate import Generator, Sent
from hub.county.world import World, build
from hub.errors import WrongUsage

_LARGEST = 2  # there are not more ids of people who cannot live
_LISTS_VILLAGES = "region"  # the kernel of columns that name a town or village


def world(schemas: Path, expectations: Path, *, seed: int, scale: float, until: date) -> World:
    """The county of ``schemas``; ``WrongUsage`` when no contract has a list of villages."""
    if not 0 < scale <= _LARGEST:
        raise WrongUsage(f"the scale of a county lies between 0 and {_LARGEST}")
    found: tuple[Code, ...] = ()
    for contract in load.contracts(schemas, expectations):
        for column in contract.columns:
            if column.kernel == _LISTS_VILLAGES and len(column.codes) > len(found):
                found = column.codes
    if not any(len(code.code) == 12 for code in found):
        raise WrongUsage("no contract lists the county's villages, and people have to live somewhere")
    book = load.points(schemas)
    return build(load.county(schemas), found, seed=seed, scale=scale, until=until, rule_book=book)


def files(county: World, schemas: Path, expectations: Path, since: date) -> Iterator[Sent]:
    """Everything that is sent from the first collection on ``since`` on."""
    contracts = {one.dataset: one for one in load.contracts(schemas, expectations)}
    suites = {name: suite(one, expectations) for name, one in contracts.items()}
    return Generator.of(county, contracts, suites).files(load.calendar(schemas), since)
