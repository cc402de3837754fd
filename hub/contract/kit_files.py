"""The files of ``schemas/`` and ``expectations/`` that a few datasets need, for a kit that takes them along."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from hub.contract import calendar_files, ruleset
from hub.contract.archive import EXPECTATIONS, SCHEMAS
from hub.contract.load import SUFFIX
from hub.contract.model import Contract


def of_department(contracts: Iterable[Contract], department: str | None) -> tuple[Contract, ...]:
    """The contracts that a department delivers files for; all that come as files where none is named."""
    return tuple(
        contract
        for contract in contracts
        if any(way.pull is None and department in (None, way.department) for way in contract.intakes)
    )


def files_of(
    chosen: Iterable[Contract], contracts: Mapping[str, Contract], schemas: Path, expectations: Path
) -> dict[str, bytes]:
    """Path below ``schemas/`` or ``expectations/`` and content: contracts, those they refer to, lists, calendar, rules.

    The same bytes, so that the contracts have the same fingerprint as in the hub.
    """
    wanted = {contract.dataset: contract for contract in chosen}
    for contract in tuple(wanted.values()):
        for column in contract.columns:
            if column.refers_to is not None:
                wanted[column.refers_to.dataset] = contracts[column.refers_to.dataset]
        if contract.steers is not None:  # what it steers is looked up when it is loaded
            wanted |= {code.code: contracts[code.code] for code in contract.column(contract.steers.dataset).codes}
    found = {f"{SCHEMAS}/{path.relative_to(schemas).as_posix()}": path for path in _shared(schemas)}
    for dataset in wanted:
        found[f"{SCHEMAS}/{dataset}{SUFFIX}"] = schemas / f"{dataset}{SUFFIX}"
        for path in ruleset.files_of(dataset, expectations):
            if path.is_file():
                found[f"{EXPECTATIONS}/{path.relative_to(expectations).as_posix()}"] = path
    return {name: found[name].read_bytes() for name in sorted(found)}


def _shared(schemas: Path) -> Iterator[Path]:
    yield from schemas.glob("*.yaml")  # departments and outlets
    for part in ("codes/*.csv", "law/*.yaml", "profiles/*.yaml", "checks/*.yaml"):
        yield from schemas.glob(part)
    yield from calendar_files.files(schemas)
