"""Trying the encodings of a text one after the other, and what is said when none fits. For formats without a header."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from hub.contract.model import Format, Intake
from hub.findings import Finding
from hub.stages.formats import encoding as enc
from hub.stages.formats.outcome import Read, Refused

EITHER = ("utf-8", "gb18030")


class Progress:
    """How many records have been read: of a file that is refused later, the count up to there."""

    def __init__(self) -> None:
        self.rows = 0


Reading = Callable[[str, Progress], Read]  # reads the whole file in the encoding given


def declared(intake: Intake | None) -> str | None:
    """The encoding that the contract declares, by the name that the decoders know."""
    return enc.canonical(intake.encoding) if intake and intake.encoding else None


def candidates(source: Path, agreed: str | None, otherwise: Sequence[str] = EITHER) -> tuple[str, ...]:
    """The encodings to try, best first: byte order mark, then the agreement, then ``otherwise``."""
    if not enc.has_bom(source):
        return (agreed,) if agreed else tuple(otherwise)
    if agreed not in (None, "utf-8"):
        raise Refused(Finding("FIL-ENCODING", row=1, detail=f"约定的编码是 {agreed}，文件却带有 UTF-8 标记。"))
    return ("utf-8",)


def is_utf8(source: Path) -> bool:
    """Whether the whole file is UTF-8 and not plain ASCII: then no other encoding was meant."""
    plain = True
    try:
        for chunk in enc.transcoded(source, "utf-8"):
            plain = plain and chunk.isascii()
    except enc.Undecodable:
        return False
    return not plain


def in_turn(source: Path, encodings: Callable[[], Sequence[str]], format: Format, reading: Reading) -> Read:
    """The outcome of the first encoding that decodes the whole file; FIL-ENCODING with the place when none does.

    A file that is refused for another reason is refused at once, with the records that were counted up to there.
    ``encodings`` may refuse it, too.
    """
    try:
        tried = encodings()
    except Refused as refusal:
        return Read(0, refusal.findings, format, header_row=0)
    failures: list[enc.Undecodable] = []
    rows = 0
    for encoding in tried:
        progress = Progress()
        try:
            return reading(encoding, progress)
        except Refused as refusal:
            empty = any(finding.code == "FIL-EMPTY" for finding in refusal.findings)
            return Read(0 if empty else progress.rows, refusal.findings, format, encoding=encoding, header_row=0)
        except enc.Undecodable as failure:
            failures.append(failure)
            rows = max(rows, progress.rows)
            if failure.certain:
                break
    worst = max(failures, key=lambda failure: failure.offset)  # the encoding that explains most of the file
    line = enc.line_at(source, worst.offset)
    detail = f"按 {worst.encoding.upper()} 读到第{line}行（第{worst.offset}字节，从 0 数起）时出错。"
    return Read(rows, (Finding("FIL-ENCODING", row=line, detail=detail),), format, header_row=0)


def by_line(source: Path, outcome: Read, head: int = 0) -> Read:
    """The outcome of a format in which each line is a record: of a refused file, too, the lines are known.

    ``head``: so many lines before the data are no records.
    """
    if not outcome.refused or any(finding.code == "FIL-EMPTY" for finding in outcome.findings):
        return outcome
    return replace(outcome, rows=max(enc.physical_lines(source) - head, 0), header_row=head)
