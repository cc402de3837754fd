"""Trouble in data, as values: code, class, dimension, who acts, and the words for it in Chinese and English.

Facts of a code live in ``findings.yaml`` beside this file, its texts in the message catalogue (``hub.messages``) under
the contexts ``title``, ``why`` and ``fix``. Classes (from the field's receipt systems): S refuses the file, V rejects
the row, Q accepts the row and asks, M asks about the batch, D marks duplicates, C records a change that the hub made by
itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from hub.messages import CHINESE, Language, MissingMessage, text

Class = Literal["S", "V", "Q", "M", "D", "C"]

# A file that was not opened was not judged: with another key here, or another signature beside it, it may be.
UNOPENED = ("SEA-KEY", "SIG-MISSING", "SIG-WRONG")


@dataclass(frozen=True, slots=True)
class Texts:
    """The words for a code. ``why`` and ``fix`` may hold the fields {value} {name} {row} {detail}."""

    title: str
    why: str
    fix: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What the catalogue says of a code; ``title``, ``why`` and ``fix`` are the Chinese texts."""

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
    """Every code with its texts, by code; ``MissingMessage`` when one has no text."""
    raw = yaml.safe_load(files("hub").joinpath("findings.yaml").read_text(encoding="utf-8"))
    if unmoved := [code for code, entry in raw.items() if "title" in entry]:
        raise MissingMessage(
            f"findings.yaml: texts of {', '.join(unmoved)} belong into hub/locale: run scripts/compile_messages.py, "
            "which moves them, then write their English why and fix"
        )
    return {code: _notice(code, entry) for code, entry in raw.items()}


def _notice(code: str, entry: Mapping[str, Any]) -> Notice:
    chinese = texts(code)
    return Notice(
        code=code,
        cls=entry["class"],
        dimension=entry["dimension"],
        acts=entry["acts"],
        basis=entry.get("basis", ""),
        title=chinese.title,
        why=chinese.why,
        fix=chinese.fix,
        title_en=text("title", code, "en"),
        example=entry.get("example", {}),
    )


def notice(code: str) -> Notice:
    """The catalogue's entry for ``code``; ``KeyError`` for a code that nobody declared."""
    return catalogue()[code]


@cache
def texts(code: str, language: Language = CHINESE) -> Texts:
    """The words for a code in a language; ``MissingMessage`` when there are none."""
    return Texts(*(text(context, code, language) for context in ("title", "why", "fix")))
