"""The blank form of a dataset: one header and one made-up example row that would be accepted."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from hub.contract.model import Code, Contract


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """What a clerk has to know of one column."""

    name: str
    label: str  # the header
    required: bool
    kernel: str
    max_length: int | None  # characters
    codes: tuple[Code, ...]
    example: str  # empty where the example row leaves the cell blank
    description: str


def template(contract: Contract) -> list[TemplateColumn]:
    """The columns in contract order. The example row is about an organisation where the dataset allows one."""
    blank = _persons_only(contract)
    return [
        TemplateColumn(
            name=column.name,
            label=column.label,
            required=column.required,
            kernel=column.kernel,
            max_length=column.max_length,
            codes=column.codes,
            example=column.examples[0] if column.examples and column.name not in blank else "",
            description=column.description,
        )
        for column in contract.columns
    ]


def blank_csv(contract: Contract) -> bytes:
    """Header of Chinese names and the example row: CSV, UTF-8 with BOM and CRLF, as Excel and WPS open it."""
    columns = template(contract)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([column.label for column in columns])
    writer.writerow([column.example for column in columns])
    return text.getvalue().encode("utf-8-sig")


def _persons_only(contract: Contract) -> frozenset[str]:
    """Columns that only a person fills: the citizen id, and the type of document that belongs to it."""
    subject = contract.subject
    if subject.person_id is None or subject.category is None:
        return frozenset()
    category = contract.column(subject.category)
    if category.examples and category.examples[0] in subject.persons:
        return frozenset()
    unless = contract.column(subject.person_id).options.get("unless")
    return frozenset((subject.person_id, *(unless if isinstance(unless, dict) else ())))
