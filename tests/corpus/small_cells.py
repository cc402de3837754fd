"""Aggregates of a small month, lived again and again, and somebody who adds and subtracts whatever is shown of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl

from hub.contract.model import Aggregate, Code, Column, Contract
from hub.outlets.aggregates import release, table

K = 3
OCTOBER, NOVEMBER = date(2026, 10, 5), date(2026, 11, 2)
BY_TOWN = Aggregate("open_feed", "by_town", "按镇街", "begun", "town", ("granted",), K, "law")
BY_KIND = Aggregate("governance", "by_kind", "按类别", "begun", "kind", ("granted",), K, "law")
TOWNS, KINDS = ("001", "002", "003"), ("a", "b")
Record = tuple[str, str, str, str]  # id, town, kind, amount
MONEY = pl.Decimal(18, 6)


def contract(small: Contract, column: Callable[..., Column], *rules: Aggregate) -> Contract:
    """A dataset of towns and kinds with these aggregates."""
    towns, kinds = (tuple(Code(code, f"名{code}") for code in codes) for codes in (TOWNS, KINDS))
    named = (column("town", "region", codes=towns), column("kind", "code", codes=kinds))
    columns = (*named, column("begun", "date"), column("granted", "money"))
    return dataclasses.replace(small, columns=columns, aggregates=rules)


def frame(records: Iterable[Record], day: date = OCTOBER) -> pl.DataFrame:
    rows = [(name, town or None, kind or None, day, Decimal(amount)) for name, town, kind, amount in records]
    text = pl.String
    schema = {"record_id": text, "town": text, "kind": text, "begun": pl.Date, "granted": MONEY}
    return pl.DataFrame(rows, schema, orient="row")


def some(town: str, count: int, lead: str = "", kind: str = "a", amount: str = "1") -> list[Record]:
    return [(f"{lead}{town}{kind}{number}", town, kind, amount) for number in range(count)]


def counts(memory: pl.DataFrame, contract: Contract, rule: Aggregate = BY_TOWN) -> dict[str, int]:
    return dict(table(memory, contract, rule).select(rule.by, "count").iter_rows())


def months(contract: Contract, *history: Sequence[Record]) -> list[pl.DataFrame]:
    """What is remembered after each of several releases, one after the other."""
    found: list[pl.DataFrame] = []
    for records in history:
        found.append(release(frame(records), contract, NOVEMBER, found[-1] if found else None))
    return found


def told(contract: Contract, history: Sequence[Sequence[Record]]) -> list[frozenset[str]]:
    """Every set of records of which some release told a figure."""
    known, before = list[frozenset[str]](), None
    for records in history:
        after = release(frame(records), contract, NOVEMBER, before)
        old = set() if before is None else set(before.select("by", "cell", "version").iter_rows())
        for row in after.iter_rows(named=True):
            if row["shown"] and (row["by"], row["cell"], row["version"]) not in old:
                place = 1 if row["by"] == "town" else 2
                which = frozenset(record[0] for record in records if record[place] == row["cell"])
                assert len(which) == row["count"]
                known.append(which)
        before = after
    return known


def singled_out(known: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """Groups of fewer than K records of which the figure follows from the known ones, by adding and subtracting."""
    everybody = sorted(frozenset[str]().union(*known))
    alike: dict[tuple[bool, ...], set[str]] = {}
    for record in everybody:
        alike.setdefault(tuple(record in group for group in known), set()).add(record)
    atoms = list(alike.values())
    if not atoms:
        return []
    matrix = np.array([[float(min(atom) in group) for atom in atoms] for group in known])
    rank = np.linalg.matrix_rank(matrix)
    few = [place for place, atom in enumerate(atoms) if len(atom) < K]
    found = []
    for size in range(1, K):
        for chosen in combinations(few, size):
            group = frozenset(record for place in chosen for record in atoms[place])
            wanted = np.array([float(place in chosen) for place in range(len(atoms))])
            if len(group) < K and np.linalg.matrix_rank(np.vstack([matrix, wanted])) == rank:
                found.append(group)
    return found


def lived(first: Mapping[tuple[str, str], int], later: Sequence[Sequence[Any]]) -> list[list[Record]]:
    """What stood in the ledger at each release: late rows, withdrawals, corrections of the town."""
    serial = 0
    history: list[list[Record]] = [[]]
    for (town, kind), count in sorted(first.items()):
        for _ in range(count):
            serial += 1
            history[0].append((f"r{serial}", town, kind, "1"))
    for round_ in later:
        now = list(history[-1])
        for what, (town, kind), count in round_:
            mine = [one for one in now if one[1:3] == (town, kind)][:count]
            if what == "more":
                now += [(f"r{serial + number}", town, kind, "1") for number in range(1, count + 1)]
                serial += count
            else:
                now = [one for one in now if one not in mine]
            if what == "move":
                other = TOWNS[(TOWNS.index(town) + 1) % 3] if town else TOWNS[0]
                now += [(name, other, kind, amount) for name, _, _, amount in mine]
        history.append(now)
    return history
