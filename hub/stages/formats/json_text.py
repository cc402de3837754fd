"""JSON: a list of objects, each of them one record on the line where it begins.

Brackets are found first, by array; then each object is parsed alone. So a broken object takes no other with it, and
where the brackets themselves cannot be trusted the file is refused and the line named.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np

from hub.contract.model import Contract, Intake
from hub.findings import Finding
from hub.stages.formats import encoding as enc
from hub.stages.formats import json_envelope, json_object, json_scan
from hub.stages.formats.artefact import artefact
from hub.stages.formats.attempts import Progress, candidates, declared, in_turn
from hub.stages.formats.keyed import Keyed
from hub.stages.formats.lines import LONGEST
from hub.stages.formats.outcome import Read, Refused

_BLANKS = b" \t\r\n"
_DEEPEST = 100  # brackets within a record


def read(source: Path, contract: Contract, intake: Intake | None, target: Path, chunk_rows: int) -> Read:
    """Read a JSON file into ``target``; file findings instead of an artefact when it must be refused."""

    agreed = declared(intake)

    def reading(encoding: str, progress: Progress) -> Read:
        with artefact(target, contract, 0, chunk_rows) as out:
            records = Keyed(out, contract, progress, typed=True)
            _List(enc.transcoded(source, encoding), records).read()
            findings = records.finish()
        return Read(progress.rows, findings, "json", encoding=encoding, header_row=0)

    return in_turn(source, lambda: candidates(source, agreed), "json", reading)


class _List:
    """The list of records in a stream of text, and what stands around it."""

    def __init__(self, chunks: Iterator[bytes], records: Keyed) -> None:
        self._chunks, self._records = chunks, records
        self._line = 1  # on which the text that waits begins
        self._first = True  # no record yet

    def read(self) -> None:
        """Append every record; ``Refused`` when the text is no list of them."""
        head, text = self._open()
        tail: bytes | None = None
        for chunk in self._chunks_behind(text):
            text, tail = self._take(chunk)
            if tail is not None:
                break
        else:
            self._refuse_end(text)
        assert tail is not None  # refused above
        line = self._line
        for chunk in chain([b""], self._chunks):
            tail += chunk
            if len(tail) > json_envelope.LONGEST:
                raise Refused(Finding("FIL-FORMAT", row=line, detail=f"第{line}行的数据列表结束以后还有很多内容。"))
        json_envelope.check(head, tail, line)

    def _open(self) -> tuple[bytes, bytes]:
        """The text up to the bracket that opens the list, and what has been read behind it."""
        text = b""
        for chunk in self._chunks:
            text += chunk
            if len(text) >= json_envelope.LONGEST:
                break
        start = json_envelope.find(text)
        if start is None:
            if len(text) < json_envelope.LONGEST:
                raise json_envelope.refuse(text)
            raise Refused(Finding("FIL-FORMAT", detail=json_envelope.SHAPE))
        self._line += len(json_scan.line_ends(np.frombuffer(text[:start], np.uint8)))
        return text[:start], text[start:]

    def _chunks_behind(self, text: bytes) -> Iterator[bytes]:
        """What waits together with the next chunk, again and again; ``_waiting`` is what ``_take`` left."""
        self._waiting = b""
        yield text
        for chunk in self._chunks:
            yield self._waiting + chunk

    def _take(self, text: bytes) -> tuple[bytes, bytes | None]:
        """Append the records that are whole; the text that is left, and the text behind the list if it has ended."""
        found = json_scan.scan(text)
        deep = np.flatnonzero(found.depth > _DEEPEST)
        if len(deep) and (found.broken is None or found.brackets[deep[0]] < found.broken):
            raise self._too_deep(int(found.ends.searchsorted(found.brackets[deep[0]])))
        outside = np.flatnonzero(found.depth < 0)
        stop = int(outside[0]) if len(outside) else len(found.depth)
        brackets, depth = found.brackets[:stop], found.depth[:stop]
        ends = brackets[depth == 0]
        inside = np.concatenate(([0], depth[:-1])) if stop else depth
        starts = brackets[inside == 0]
        lines = self._line + np.searchsorted(found.ends, starts)
        done = 0
        for start, end, line in zip(starts.tolist(), (ends + 1).tolist(), lines.tolist(), strict=False):
            self._check_gap(text[done:start], line)
            if found.broken is not None and found.broken < end:
                break
            self._add(text[start:end], line)
            done = end
        if found.broken is not None and (not len(outside) or found.broken < found.brackets[stop]):
            row = self._line + int(np.searchsorted(found.ends, found.broken))
            raise Refused(Finding("FIL-LINES", row=row, detail=f"第{row}行的双引号不成对。"))
        if len(outside):
            at = int(found.brackets[stop])
            self._line += int(np.searchsorted(found.ends, at))
            self._check_end(text[done:at], text[at : at + 1])
            return b"", text[at:]
        self._line += int(np.searchsorted(found.ends, done))
        self._waiting = text[done:]
        if len(self._waiting) > LONGEST:
            raise self._unending() if b"}" in self._waiting else self._too_long()
        return self._waiting, None

    def _add(self, raw: bytes, line: int) -> None:
        readable = json_object.add(self._records, line, raw.decode(), len(raw))
        if not readable and (raw.count(b"{") > 1 or raw.count(b"}") > 1):
            # A missing quote and another one further on may have joined several objects into this one.
            detail = f"从第{line}行开始的一条数据写法有误，可能连着后面的数据。"
            raise Refused(Finding("FIL-LINES", row=line, detail=detail))

    def _check_gap(self, gap: bytes, line: int) -> None:
        """Between two records stands one comma, before the first of them nothing."""
        if gap.strip(_BLANKS) != (b"" if self._first else b","):
            raise Refused(Finding("FIL-LINES", row=line, detail=f"第{line}行的数据前面不是一个逗号。"))
        self._first = False

    def _check_end(self, gap: bytes, bracket: bytes) -> None:
        if gap.strip(_BLANKS) or bracket != b"]":
            line = self._line
            raise Refused(Finding("FIL-LINES", row=line, detail=f"第{line}行的数据列表没有正常结束。"))

    def _refuse_end(self, text: bytes) -> None:
        """The text ended within the list, and ``text`` is left."""
        if b"}" in text:
            raise self._unending()
        raise Refused(Finding("FIL-PARTIAL", detail="JSON 的数据列表没有结束。"))

    def _too_deep(self, lines: int) -> Refused:
        line = self._line + lines
        return Refused(Finding("FIL-FORMAT", row=line, detail=f"第{line}行的内容嵌套超过 {_DEEPEST} 层。"))

    def _too_long(self) -> Refused:
        line = self._line
        detail = f"从第{line}行开始的一条数据超过 {LONGEST >> 20} MB。"
        return Refused(Finding("FIL-TOOBIG", row=line, detail=detail))

    def _unending(self) -> Refused:
        line = self._line
        return Refused(Finding("FIL-LINES", row=line, detail=f"从第{line}行开始的一条数据没有结束。"))
