"""How the commands speak: JSON for programs, plain aligned text for people."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
Lang = Annotated[
    Literal["zh_CN", "en"] | None,
    typer.Option("--lang", help="Language of the texts: zh_CN or en; else HUB_LANG, then LC_MESSAGES."),
]
ZONE = ZoneInfo("Asia/Shanghai")


def plain(value: Any) -> Any:
    """Moments in the county's zone with their offset; everything else as JSON takes it."""
    if isinstance(value, datetime):
        return value.astimezone(ZONE).isoformat(timespec="seconds")
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def print_json(value: Any) -> None:
    """One JSON document, readable, Chinese as it is."""
    typer.echo(json.dumps(plain(value), ensure_ascii=False, indent=1))


def print_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[tuple[str, str]]) -> None:
    """A table with a header; ``columns`` are (key, heading). Full-width characters count as two."""
    table = [[heading for _, heading in columns]]
    table += [["" if plain(row.get(key)) is None else str(plain(row.get(key))) for key, _ in columns] for row in rows]
    widths = [max(width(line[place]) for line in table) for place in range(len(columns))]
    for line in table:
        typer.echo("  ".join(cell + " " * (widths[place] - width(cell)) for place, cell in enumerate(line)).rstrip())


def print_facts(facts: Mapping[str, Any], indent: int = 0) -> None:
    """A tree of facts, one a line; what is not known is left out."""
    for key, value in plain(facts).items():
        _fact(str(key), value, indent)


def _fact(key: str, value: Any, indent: int) -> None:
    lead = "  " * indent
    if value is None:
        return
    if isinstance(value, dict) and value:
        typer.echo(f"{lead}{key}:")
        print_facts(value, indent + 1)
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        typer.echo(f"{lead}{key}:")
        for one in value:
            typer.echo(f"{lead}  - " + inline(one))
    elif isinstance(value, list) and value:
        typer.echo(f"{lead}{key}: {', '.join(map(str, value))}")
    else:
        typer.echo(f"{lead}{key}: {'none' if value in ({}, []) else _word(value)}")


def inline(facts: Mapping[str, Any]) -> str:
    """Facts on one line, what is not known left out."""
    return ", ".join(f"{name}={_word(plain(part))}" for name, part in facts.items() if part is not None)


def _word(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def width(text: str) -> int:
    """Columns that a text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def talk(text: str) -> None:
    """Something for the person at the terminal, not for a pipe."""
    typer.echo(text, err=True)
