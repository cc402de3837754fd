"""Which columns of a front-end table are which columns of the contract, and what became of their types (字段变化)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.database_source import Snapshot
from hub.contract.model import Column, Contract
from hub.contract.pull import Pull
from hub.errors import FixConfiguration


@dataclass(slots=True)
class Plan:
    """What is asked of the table. Columns are named as the table spells them, ``columns`` and ``types`` by ours."""

    column: str  # watermark or flag
    key: tuple[str, ...]
    order: tuple[str, ...]  # tells rows apart, and sorts them
    columns: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    findings: list[tuple[str, str]] = field(default_factory=list)
    unread: bool = False  # a column that every row needs cannot be read

    @property
    def names(self) -> tuple[str, ...]:
        """Every column that is read, each once."""
        return tuple(dict.fromkeys((*self.order, self.column, *self.columns.values())))


def plan(snapshot: Snapshot, contract: Contract, pull: Pull, before: Mapping[str, str] | None) -> Plan:
    """``before``: the types at the last pull. ``FixConfiguration`` for key, watermark or flag that cannot be used."""
    key = tuple(_must(snapshot, contract, name) for name in pull.key)
    column = _must(snapshot, contract, pull.column)
    kind = snapshot.kind(column)
    if any(snapshot.kind(name) is None for name in (*key, column)):
        raise FixConfiguration(f"{contract.dataset}: key, watermark and flag must be texts, numbers or moments")
    if pull.by == "watermark" and not _grows(snapshot, column, kind):
        raise FixConfiguration(f"{contract.dataset}: a watermark is a whole number, a decimal or a moment, not a text")
    if pull.write_back is not None:
        for answer in filter(None, (pull.write_back.status, pull.write_back.reason)):
            _must(snapshot, contract, answer)
    if not snapshot.has_key(key):
        raise FixConfiguration(f"{contract.dataset}: no unique key of the table says that the key tells its rows apart")
    made = Plan(column, key, key if pull.by == "flag" else tuple(dict.fromkeys((column, *key))))
    told, unread = [], []
    for one in contract.columns:
        name = _find(snapshot, pull, one)
        if name is not None:
            made.types[one.name] = snapshot.type_of(name)
        if name is not None and snapshot.kind(name) is not None:
            made.columns[one.name] = name
        elif one.required:
            unread.append(f"“{one.label}”{'不见了' if name is None else f'的类型是{made.types[one.name]}'}")
        told += _change(one, made.types.get(one.name), None if before is None else before.get(one.name))
    if told:
        made.findings.append(("SRC-TYPES", "；".join(told) + "。"))
    if unread:
        made.unread = True
        made.findings.append(("SRC-UNREAD", "；".join(unread) + "。"))
    return made


def _must(snapshot: Snapshot, contract: Contract, name: str) -> str:
    found = snapshot.find(name)
    if found is None:
        raise FixConfiguration(f"{contract.dataset}: the table has no column {name}")
    return found


def _grows(snapshot: Snapshot, name: str, kind: str | None) -> bool:
    floating = snapshot.is_floating(name)
    return (kind == "number" and not floating) or kind == "moment"


def _find(snapshot: Snapshot, pull: Pull, column: Column) -> str | None:
    if column.name in pull.columns:
        return snapshot.find(pull.columns[column.name])
    return next(filter(None, map(snapshot.find, (column.name, column.physical_name, column.label))), None)


def _change(column: Column, now: str | None, before: str | None) -> list[str]:
    if before is None or now == before:
        return []
    return [f"“{column.label}”{'不见了' if now is None else f'由{before}改为{now}'}"]
