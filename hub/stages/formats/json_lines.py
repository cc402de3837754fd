"""JSON Lines: one object on each physical line; a broken line is one broken record and touches no other."""

from __future__ import annotations

from pathlib import Path

from hub.contract.model import Contract, Intake
from hub.findings import Finding
from hub.stages.formats import encoding as enc
from hub.stages.formats import json_object, lines
from hub.stages.formats.artefact import artefact
from hub.stages.formats.attempts import Progress, by_line, candidates, declared, in_turn
from hub.stages.formats.keyed import Keyed
from hub.stages.formats.outcome import Read, Refused


def read(source: Path, contract: Contract, intake: Intake | None, target: Path, chunk_rows: int) -> Read:
    """Read a file of JSON Lines into ``target``; file findings instead of an artefact when it must be refused."""

    agreed = declared(intake)

    def reading(encoding: str, progress: Progress) -> Read:
        with artefact(target, contract, 0, chunk_rows) as out:
            records = Keyed(out, contract, progress, typed=True)
            written, readable = _add_all(records, source, encoding)
            if written and not readable:
                raise Refused(Finding("FIL-FORMAT", detail="没有一行能作为 JSON 对象读出来。"))
            findings = records.finish()
        return Read(progress.rows, findings, "jsonl", encoding=encoding, header_row=0)

    return by_line(source, in_turn(source, lambda: candidates(source, agreed), "jsonl", reading))


def _add_all(records: Keyed, source: Path, encoding: str) -> tuple[int, int]:
    """Append a record for every line; how many of them are not blank, and how many are objects."""
    written = readable = 0
    for block in lines.blocks(enc.transcoded(source, encoding)):
        for row, line in enumerate(block.data.splitlines(), block.first):
            text = line.decode()
            if text.strip(" \t"):
                written += 1
                readable += json_object.add(records, row, text, len(line))
            else:
                records.blank(row)
    return written, readable
