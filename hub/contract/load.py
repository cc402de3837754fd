"""Contracts, departments and outlets from ``schemas/``. The only way in; ``schemas/`` is opened by no other package.

    for dataset in dataset_names(schemas):        # file names only, for Airflow's parser
        contract(dataset, schemas, expectations)  # one contract, its code lists, its expectations

A configuration with mistakes raises ``FixConfiguration`` with all of them, each with file and line.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from hub.contract.calendar import Calendar
from hub.contract.calendar_files import read_calendar
from hub.contract.checks import Purpose, read_purposes
from hub.contract.document import Problems, read_yaml
from hub.contract.law import Law, read_law
from hub.contract.model import Contract, County, Outlet
from hub.contract.odcs import read_contract
from hub.contract.points import Edition, read_points
from hub.contract.registers import read_county, read_outlets
from hub.contract.requests import Terms, read_terms
from hub.errors import NotFound

SUFFIX = ".odcs.yaml"


def dataset_names(schemas: Path) -> tuple[str, ...]:
    """Addresses ``<department>/<dataset>`` of all contracts, sorted; opens no file."""
    return tuple(
        sorted(path.relative_to(schemas).as_posix().removesuffix(SUFFIX) for path in schemas.glob(f"*/*{SUFFIX}"))
    )


def title(dataset: str, schemas: Path) -> str:
    """Chinese name of a dataset, without judging its contract: for lists that are made anew all the time."""
    problems = Problems()
    root = read_yaml(schemas / f"{dataset}{SUFFIX}", problems)
    found = root.text("name") if root is not None else ""
    problems.refuse(f"the contract of {dataset} cannot be used")
    return found


def county(schemas: Path) -> County:
    """The county and its departments."""
    problems = Problems()
    found = read_county(schemas, problems)
    problems.refuse("departments.yaml cannot be used")
    return found


def outlets(schemas: Path) -> tuple[Outlet, ...]:
    """The outlets."""
    problems = Problems()
    found = read_outlets(schemas, problems)
    problems.refuse("outlets.yaml cannot be used")
    return found


def calendar(schemas: Path) -> Calendar:
    """The working-day calendar; ``FixConfiguration`` when there is none."""
    problems = Problems()
    found = read_calendar(schemas, problems)
    problems.refuse("the calendar cannot be used")
    assert found is not None  # a calendar that could not be read has left a problem
    return found


def law(schemas: Path) -> Law:
    """The dated law: catalogues and rules of publication."""
    problems = Problems()
    found = read_law(schemas, problems)
    problems.refuse("the law cannot be used")
    return found


def request_terms(schemas: Path) -> Terms:
    """How long an answer to a subject may take, by kind of request."""
    problems = Problems()
    found = read_terms(schemas, problems)
    problems.refuse("law/requests.yaml cannot be used")
    return found


def purposes(schemas: Path) -> dict[str, Purpose]:
    """What credit checks may be made for, by code."""
    problems = Problems()
    found = read_purposes(schemas, problems)
    problems.refuse("checks/purposes.yaml cannot be used")
    return found


def points(schemas: Path) -> tuple[Edition, ...]:
    """The editions of the rule book of household points, in order of time; none where no points are given."""
    problems = Problems()
    found = read_points(schemas, problems)
    problems.refuse("the rule book of points cannot be used")
    return found


def contract(dataset: str, schemas: Path, expectations: Path) -> Contract:
    """The contract of one dataset; ``NotFound`` when there is none."""
    problems = Problems()
    found = _checked(dataset, schemas, expectations, problems)
    problems.refuse(f"the contract of {dataset} cannot be used")
    assert found is not None  # a contract that could not be read has left a problem
    return found


def contracts(schemas: Path, expectations: Path) -> tuple[Contract, ...]:
    """Every contract, by address; besides, that no two of them can be taken for each other.

    They are read once for each state of the files: a process that is forked from one that has read them (Airflow's
    tasks are) need not read them again.
    """
    return _contracts(schemas, expectations, _state(schemas), _state(expectations))


def _state(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What tells that no file below a folder has changed: names, times in nanoseconds and sizes."""
    stats = ((file, file.stat()) for file in sorted(folder.rglob("*")))
    return tuple((str(file), told.st_mtime_ns, told.st_size) for file, told in stats)


@lru_cache(maxsize=2)
def _contracts(schemas: Path, expectations: Path, *_: object) -> tuple[Contract, ...]:
    problems = Problems()
    found = [_checked(dataset, schemas, expectations, problems) for dataset in dataset_names(schemas)]
    read = tuple(each for each in found if each is not None)
    _told_apart(read, schemas, problems)
    problems.refuse("the contracts cannot be used")
    return read


def _checked(dataset: str, schemas: Path, expectations: Path, problems: Problems) -> Contract | None:
    if dataset not in dataset_names(schemas):
        raise NotFound(f"there is no dataset {dataset}")
    return read_contract(
        dataset, schemas, expectations, read_county(schemas, problems), read_outlets(schemas, problems), problems
    )


def _told_apart(read: tuple[Contract, ...], schemas: Path, problems: Problems) -> None:
    codes: dict[str, str] = {}
    patterns: dict[tuple[str, str], str] = {}
    for each in read:
        file = str(schemas / each.file)
        if codes.setdefault(each.code, each.dataset) != each.dataset:
            problems.add(file, 1, f"code {each.code} belongs to {codes[each.code]} already")
        for intake in each.intakes:
            for pattern in intake.patterns:
                owner = patterns.setdefault((intake.department, pattern.casefold()), each.dataset)
                if owner != each.dataset:
                    problems.add(file, 1, f"files {pattern} of {intake.department} belong to {owner} already")
