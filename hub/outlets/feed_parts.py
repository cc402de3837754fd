"""A published table in parts (分片), cut by the beginning of the record id, so that few files change with few records.

How many parts there are depends on the number of records alone, and a record's part on its id alone: the same records
give the same files, however they came to be there. A small table is one part and one file of each format.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from hub.errors import CallOperator

WHOLE = 16_384  # records: up to here a table is one part
PART = 512  # records that a part has at most on average
FORMATS = ("csv", "jsonl")
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)  # none here, or no more of this file
_PREFIX = 8  # hex digits of an id that tell its part
_PART_COLUMN = "part of the feed"  # no column of a contract is called so
_ID, _ID_IN_JSON = 32, slice(7, 39)  # characters of an id; where it stands in a line: {"id":"…"
Lines = dict[bytes, bytes]  # what is written of a record, by its id


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its number, its records, the SHA-256 over its ids, and of each format bytes and SHA-256."""

    number: int
    records: int
    state: str
    files: Mapping[str, tuple[int, str]]


def bits(records: int) -> int:
    """A table of so many records has two to the power of this parts."""
    return 0 if records <= WHOLE else (-(-records // PART) - 1).bit_length()


def path(name: str, number: int, width: int, kind: str) -> str:
    """Where a part lies in the folder of its dataset: ``licence.csv``, of several ``licence/01f.csv``."""
    return f"{name}/{number:0{-(-width // 4)}x}.{kind}" if width else f"{name}.{kind}"


def as_text(table: pl.DataFrame) -> pl.DataFrame:
    """Every cell as it is published: ISO dates, plain decimals, which no reader rounds."""
    return table.select(pl.all().cast(pl.String))


def write(place: Path, name: str, table: pl.DataFrame) -> list[Part]:
    """Write a whole table, sorted by ``id``, in all formats."""
    width = bits(table.height)
    cut = _by_part(table, width)
    empty = table.clear()
    return _write(place, name, width, {number: cut.get(number, empty) for number in range(1 << width)})


def update(
    place: Path, name: str, old: Path, parts: Sequence[Part], decided: pl.Series, shown: pl.DataFrame
) -> list[Part] | None:
    """The table in ``old`` with the records ``decided`` anew, of which those in ``shown`` stay or come.

    Parts that do not change are taken over as they are. None when the table has to be cut anew or when what lies in
    ``old`` is not what ``parts`` says.
    """
    width = bits(sum(part.records for part in parts))
    if len(parts) != 1 << width or not _is_there(old, name, width, parts):
        return None
    (place / path(name, 0, width, "csv")).parent.mkdir(parents=True, exist_ok=True)
    fresh = _records(_serialised(shown))
    if fresh is None:
        return None
    gone = _by_number(decided, width)
    changed: dict[int, Part] = {}
    for number, ids in sorted(gone.items()):
        part = _spliced(place, name, old, parts[number], width, ids, fresh)
        if part is None:
            return None
        changed[number] = part
    after = [changed.get(part.number, part) for part in parts]
    if bits(sum(part.records for part in after)) != width:
        return None
    take_over(place, name, old, [part for part in parts if part.number not in changed], width)
    return after


def take_over(place: Path, name: str, old: Path, parts: Sequence[Part], width: int) -> None:
    """Let the files of unchanged parts lie in a new folder, too."""
    (place / path(name, 0, width, "csv")).parent.mkdir(parents=True, exist_ok=True)
    for part in parts:
        for kind in FORMATS:
            link(old / path(name, part.number, width, kind), place / path(name, part.number, width, kind))


def link(source: Path, target: Path) -> None:
    """The same file under a second name; a copy where the file system has no such names."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:  # a disk that fails is no file system without links
            raise
        shutil.copyfile(source, target)


def state(parts: Sequence[Part]) -> str:
    """SHA-256 over the sorted ids of a table; of several parts over the parts' own, in their order."""
    if len(parts) == 1:
        return parts[0].state
    return hashlib.sha256("\n".join(part.state for part in parts).encode()).hexdigest()


def listing(parts: Sequence[Part], name: str, kind: str) -> list[dict[str, Any]]:
    """What the public reads of the parts: path, bytes, hash, records, and the hash over the ids."""
    width = (len(parts) - 1).bit_length()
    return [
        {
            "path": path(name, part.number, width, kind),
            "bytes": part.files[kind][0],
            "hash": f"sha256:{part.files[kind][1]}",
            "records": part.records,
            "state_hash": part.state,
        }
        for part in parts
    ]


def listed(lists: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Part]:
    """The parts that the lists of all formats tell."""
    found = []
    for number, one in enumerate(zip(*(lists[kind] for kind in FORMATS), strict=True)):
        files = {kind: (each["bytes"], each["hash"].partition(":")[2]) for kind, each in zip(FORMATS, one, strict=True)}
        found.append(Part(number, one[0]["records"], one[0]["state_hash"], files))
    return found


def number_of(record_id: str, width: int) -> int:
    """The part in which a record lies."""
    return int(record_id[:_PREFIX], 16) >> (4 * _PREFIX - width)


def _by_number(ids: pl.Series, width: int) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for record_id in ids.to_list():
        found.setdefault(number_of(record_id, width), []).append(record_id)
    return found


def _by_part(table: pl.DataFrame, width: int) -> dict[int, pl.DataFrame]:
    if not width:
        return {0: table}
    start = pl.col("id").str.slice(0, _PREFIX).str.to_integer(base=16, dtype=pl.Int64)
    cut = table.with_columns((start // (1 << (4 * _PREFIX - width))).alias(_PART_COLUMN))
    parts = cut.partition_by(_PART_COLUMN, as_dict=True, include_key=False, maintain_order=True)
    return {int(str(number)): rows for (number,), rows in parts.items()}


def _write(place: Path, name: str, width: int, tables: Mapping[int, pl.DataFrame]) -> list[Part]:
    (place / path(name, 0, width, "csv")).parent.mkdir(parents=True, exist_ok=True)

    def one(number: int) -> Part:
        table = tables[number]
        return _put(place, name, number, width, [one.encode() for one in table["id"]], _serialised(table, header=True))

    with ThreadPoolExecutor(max_workers=2) as hands:
        return list(hands.map(one, sorted(tables)))  # a full disk is told here


def _serialised(table: pl.DataFrame, header: bool = False) -> dict[str, bytes]:
    csv, lines = io.BytesIO(), io.BytesIO()
    table.write_csv(csv, include_bom=header, include_header=header, line_terminator="\r\n")
    table.write_ndjson(lines)
    return {"csv": csv.getvalue(), "jsonl": lines.getvalue()}


def _json_lines(content: bytes) -> Lines:
    """The records of a part as JSON lines, by id, in their order."""
    return {line[_ID_IN_JSON]: line for line in content.splitlines(keepends=True)}


def _csv_lines(content: bytes, ids: Lines) -> Lines | None:
    """The same of a CSV part without its header; None when a line of some text looks like the beginning of a record."""
    lines: Lines = {}
    current = b""
    for piece in content.split(b"\r\n")[:-1]:
        key = piece[:_ID]
        if key in ids and piece[_ID : _ID + 1] == b",":
            if key in lines:
                return None
            current, lines[key] = key, piece + b"\r\n"
        elif current:
            lines[current] += piece + b"\r\n"
        else:
            return None
    return lines


def _records(contents: Mapping[str, bytes]) -> dict[str, Lines] | None:
    """The records of a part or of some rows in both formats, without the header."""
    told = _json_lines(contents["jsonl"])
    rows = _csv_lines(contents["csv"], told)
    return None if rows is None or list(rows) != list(told) else {"csv": rows, "jsonl": told}


def _spliced(
    place: Path, name: str, old: Path, part: Part, width: int, decided: Sequence[str], fresh: Mapping[str, Lines]
) -> Part | None:
    """One part with some of its records taken out and written anew; None when its files do not hold its records."""
    contents = {kind: (old / path(name, part.number, width, kind)).read_bytes() for kind in FORMATS}
    head, _, contents["csv"] = contents["csv"].partition(b"\r\n")  # no name of a column has a line break
    records = _records(contents)
    if records is None or (len(records["csv"]), digest_of_ids(records["csv"])) != (part.records, part.state):
        return None
    keys = [one.encode() for one in decided]
    for kind, lines in records.items():
        for key in keys:
            lines.pop(key, None)
            if key in fresh[kind]:
                lines[key] = fresh[kind][key]
        contents[kind] = b"".join(lines[key] for key in sorted(lines))
    contents["csv"] = head + b"\r\n" + contents["csv"]
    return _put(place, name, part.number, width, sorted(records["csv"]), contents)


def _put(place: Path, name: str, number: int, width: int, ids: Sequence[bytes], contents: Mapping[str, bytes]) -> Part:
    files = {}
    for kind, least in (("csv", len(ids) + 1), ("jsonl", len(ids))):
        file = place / path(name, number, width, kind)
        file.write_bytes(contents[kind])
        if contents[kind].count(b"\n") < least or file.stat().st_size != len(contents[kind]):
            raise CallOperator(f"{file.name}: the published file holds fewer lines than records")
        files[kind] = (len(contents[kind]), hashlib.sha256(contents[kind]).hexdigest())
    return Part(number, len(ids), digest_of_ids(ids), files)


def digest_of_ids(ids: Iterable[bytes]) -> str:
    """SHA-256 over sorted ids, one a line."""
    return hashlib.sha256(b"\n".join(ids)).hexdigest()


def _is_there(old: Path, name: str, width: int, parts: Sequence[Part]) -> bool:
    """Whether every file has the length that it had. Its bytes are compared with the first release of a day."""
    try:
        return all(
            (old / path(name, part.number, width, kind)).stat().st_size == part.files[kind][0]
            for part in parts
            for kind in FORMATS
        )
    except FileNotFoundError:
        return False


def read_list(file: Path) -> list[dict[str, Any]]:
    """A list of parts as it was written."""
    found: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return found
