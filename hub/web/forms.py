"""Forms made from contracts (表单): one field a column, as a thumb wants it. What a field holds, the line judges."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from hub.contract.model import Code, Column, Contract, Department

ZONE = ZoneInfo("Asia/Shanghai")
LONG_TEXT = 100  # characters from which a field has several lines
DIVISION = 9  # digits of a town
Kind = Literal["text", "lines", "date", "number", "choice"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field: ``number`` is what its value begins with, where the form makes it up itself."""

    name: str
    label: str
    kind: Kind
    required: bool
    hint: str
    example: str
    max_length: int | None
    input_mode: str
    choices: tuple[tuple[str, str], ...] = ()  # value and text
    personal: bool = False
    numbering: str = ""


def fields(contract: Contract, department: Department, day: date) -> tuple[Field, ...]:
    """The fields of a dataset in the order of its columns."""
    return tuple(_field(column, contract, department, day) for column in contract.columns)


def numbered(contract: Contract) -> str | None:
    """The column whose value the form makes up: the natural key, where it is one required column of text."""
    key = [contract.column(name) for name in contract.key]
    alone = len(key) == 1 and key[0].kernel == "text" and key[0].required
    return key[0].name if alone else None


def new_number(contract: Contract, now: datetime) -> str:
    """A number that nobody else makes up: code, moment, chance."""
    return f"{contract.code}-{now.astimezone(ZONE):%Y%m%d%H%M%S}-{secrets.token_hex(3).upper()}"


def row_of(contract: Contract, given: Mapping[str, str]) -> dict[str, str]:
    """What was filled in, by the columns' Chinese names; what is empty is left out."""
    cells = {column.label: given.get(column.name, "").strip() for column in contract.columns}
    return {label: cell for label, cell in cells.items() if cell}


def missing(contract: Contract, given: Mapping[str, str]) -> list[str]:
    """Names of the columns that are required and were left empty."""
    return [one.label for one in contract.columns if one.required and not given.get(one.name, "").strip()]


def _field(column: Column, contract: Contract, department: Department, day: date) -> Field:
    kind, mode = _kind(column)
    return Field(
        name=column.name,
        label=column.label,
        kind=kind,
        required=column.required,
        hint=column.description,
        example=column.examples[0] if column.examples and kind in ("text", "lines", "number") else "",
        max_length=column.max_length,
        input_mode=mode,
        choices=_choices(column, department, day) if kind == "choice" else (),
        personal=column.classification in ("personal", "sensitive"),
        numbering=contract.code if column.name == numbered(contract) else "",
    )


def _kind(column: Column) -> tuple[Kind, str]:
    if column.codes and column.options.get("multiple") is not True and column.kernel in ("code", "region"):
        return "choice", ""
    if column.storage == "date" and not column.options.get("open_end"):
        return "date", ""
    if column.storage == "decimal":
        return "number", "decimal"
    if column.options.get("multiline") is True or (column.max_length or 0) > LONG_TEXT * 2:
        return "lines", "text"
    return "text", "tel" if column.kernel == "phone" else "text"


def _choices(column: Column, department: Department, day: date) -> tuple[tuple[str, str], ...]:
    """The codes in force; of divisions those of the sender's own town, where its id says which town it is."""
    codes: Sequence[Code] = [one for one in column.codes if _in_force(one, day)]
    town = department.id.rpartition("_")[2] if department.kind == "town" else ""
    if column.kernel == "region" and town:
        below = [one for one in codes if one.code.startswith(town) and len(one.code) > DIVISION]
        codes = below or [one for one in codes if one.code.startswith(town)] or codes
    return tuple((one.code, one.label) for one in codes)


def _in_force(code: Code, day: date) -> bool:
    return (code.valid_from is None or code.valid_from <= day) and (code.valid_to is None or day <= code.valid_to)
