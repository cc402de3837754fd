"""XML: read by stream, with the declaration believed only where the bytes agree with it."""

from __future__ import annotations

import re
from pathlib import Path

from hub.contract.model import Contract, Intake
from hub.errors import FixConfiguration
from hub.findings import Finding
from hub.stages.formats import encoding as enc
from hub.stages.formats.artefact import artefact
from hub.stages.formats.attempts import EITHER, Progress, candidates, declared, in_turn, is_utf8
from hub.stages.formats.keyed import Keyed
from hub.stages.formats.outcome import Read, Refused
from hub.stages.formats.xml_rows import Rows

_DECLARATION = re.compile(rb"\s*<\?xml[^>]*?\sencoding\s*=\s*[\"']([^\"'<>]{1,40})[\"']")
_HEAD = 1024


def read(source: Path, contract: Contract, intake: Intake | None, target: Path, chunk_rows: int) -> Read:
    """Read an XML file into ``target``; file findings instead of an artefact when it must be refused."""

    agreed = declared(intake)

    def reading(encoding: str, progress: Progress) -> Read:
        with artefact(target, contract, 0, chunk_rows) as out:
            records = Keyed(out, contract, progress, typed=False)
            rows = Rows(records)
            for chunk in enc.transcoded(source, encoding):
                rows.feed(chunk)
            rows.close()
            findings = records.finish()
        return Read(progress.rows, findings, "xml", encoding=encoding, header_row=0)

    return in_turn(source, lambda: _encodings(source, agreed), "xml", reading)


def _encodings(source: Path, agreed: str | None) -> tuple[str, ...]:
    """The encodings to try; ``Refused`` with FIL-ENCODING when the declaration contradicts bytes or agreement."""
    said = _said(source)
    if said is None:
        return candidates(source, agreed)
    if said not in EITHER and said != agreed:
        raise _contradiction(said, "系统只认 UTF-8 和 GB18030（GBK）")
    if agreed not in (None, said):
        raise _contradiction(said, f"约定的编码是 {agreed}")
    if enc.has_bom(source) and said != "utf-8":
        raise _contradiction(said, "文件却带有 UTF-8 标记")
    if said == "gb18030" and agreed is None and is_utf8(source):
        raise _contradiction(said, "内容却是 UTF-8")
    return (said,)


def _said(source: Path) -> str | None:
    """The encoding in the declaration, by the name that the decoders know; None without one."""
    with source.open("rb") as file:
        found = _DECLARATION.match(file.read(_HEAD).removeprefix(enc.BOM))
    if found is None:
        return None
    name = found[1].decode("ascii", "replace")
    try:
        return enc.canonical(name)
    except FixConfiguration:  # here it is the sender's word, not the contract's
        return name[:20]


def _contradiction(said: str, but: str) -> Refused:
    shown = said if said.isascii() and said.isprintable() else "?"
    return Refused(Finding("FIL-ENCODING", row=1, detail=f"XML 声明的编码是 {shown}，{but}。"))
