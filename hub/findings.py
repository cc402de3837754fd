"""Trouble in data, as values: code, class, dimension, who acts, and the words for it in Chinese and English.

Codes and texts live in ``findings.yaml`` beside this file, the one message catalogue. Classes (from the field's
receipt systems): S refuses the file, V rejects the row, Q accepts the row and asks, M asks about the batch,
D marks duplicates, C records a change that the hub made by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

Class = Literal["S", "V", "Q", "M", "D", "C"]


@dataclass(frozen=True, slots=True)
class Notice:
    """What the catalogue says of a code. ``why`` and ``fix`` may hold the fields {value} {name} {row} {detail}."""

    code: str
    cls: Class
    dimension: str  # 规范性 完整性 准确性 一致性 时效性 唯一性
    acts: Literal["sender", "operator", "nobody"]
    basis: str
    title: str
    why: str
    fix: str
    title_en: str
    example: Mapping[str, str]  # for the fields of ``why``, as a sender would see them; synthetic

    @property
    def severity(self) -> Literal["critical", "warning", "info"]:
        """Great Expectations' word for the class."""
        return {"S": "critical", "V": "critical", "Q": "warning", "M": "warning"}.get(self.cls, "info")  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Finding:
    """One trouble in one delivery. File findings have no record. ``value`` is already masked by classification."""

    code: str
    record: int | None = None  # data record, from 1
    row: int | None = None  # as the sender sees it: physical line, or row of the sheet
    column: str | None = None
    value: str | None = None
    detail: str | None = None


@cache
def catalogue() -> Mapping[str, Notice]:
    """Every code with its texts, by code."""
    raw = yaml.safe_load(files("hub").joinpath("findings.yaml").read_text(encoding="utf-8"))
    return {
        code: Notice(
            code=code,
            cls=entry["class"],
            dimension=entry["dimension"],
            acts=entry["acts"],
            basis=entry.get("basis", ""),
            title=entry["title"],
            why=entry["why"],
            fix=entry["fix"],
            title_en=entry["en"],
            example=entry.get("example", {}),
        )
        for code, entry in raw.items()
    }


def notice(code: str) -> Notice:
    """The catalogue's entry for ``code``; ``KeyError`` for a code that nobody declared."""
    return catalogue()[code]
