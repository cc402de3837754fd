"""Which kind of text it is: markup, JSON, JSON Lines, or a table of lines.

A header of a CSV may begin with almost anything, so a text is taken for something else only where its beginning
cannot be one: ``{"``, ``[{``, ``<?xml``, ``<ROWDATA><ROW>``.
"""

from __future__ import annotations

import json
import re

from hub.contract.model import Format
from hub.findings import Finding
from hub.stages.formats.encoding import BOM
from hub.stages.formats.outcome import Refused

_PROLOGUE = re.compile(rb"\s*(?:<\?xml[^>]{0,200}\?>)?(?:\s+|<!--.{0,4000}?-->)*", re.DOTALL)
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|table|meta|head|body)\b", re.IGNORECASE)
_MARKUP = re.compile(rb"<(?:[!?]|[^\s<>/=,\"'!?]{1,200}(?:\s[^<>]{0,2000})?/?>\s*(?:<|$))")
_OBJECT = re.compile(rb"\{\s*(?:[\"}]|$)")
_ARRAY = re.compile(rb"\[\s*(?:[\[{\]\"]|$)")
_EXCEL_2003 = b"urn:schemas-microsoft-com:office:spreadsheet"


def tell(head: bytes, agreed: Format | None) -> Format:
    """``xml``, ``json``, ``jsonl`` or ``csv`` by the first bytes of a text; FIL-FORMAT for a web page.

    ``agreed``: between JSON and JSON Lines, and for JSON Lines whose first line is damaged, the agreement decides.
    """
    text = head.removeprefix(BOM)
    start = text[len(_PROLOGUE.match(text)[0]) :]  # type: ignore[index]  # the pattern matches nothing, too
    if _PAGE.match(start):
        raise Refused(Finding("FIL-FORMAT", detail="收到的是网页，只是扩展名像表格。"))
    if _EXCEL_2003 in text[:4096]:
        raise Refused(Finding("FIL-FORMAT", detail="收到的是 Excel 2003 的 XML 表格。"))
    if text.lstrip().startswith(b"<?xml") or _MARKUP.match(start):
        return "xml"
    if _ARRAY.match(start):
        return "json"
    if _OBJECT.match(start):
        return _one_or_many(start, agreed)
    if agreed == "jsonl" and any(line.lstrip().startswith(b"{") for line in start.splitlines()):
        return "jsonl"
    return "csv"


def _one_or_many(text: bytes, agreed: Format | None) -> Format:
    """Whether what begins with ``{`` is one document, or an object on each line.

    A line cut off by the end of ``text`` counts for nothing.
    """
    lines = [line.strip() for line in text.splitlines()[:100]]
    lines = [line for line in lines if line]
    alone = [_is_object(line) for line in lines]
    if len(lines) > 1 and alone[0] and alone[1]:
        return "jsonl"
    if agreed in ("json", "jsonl"):
        return agreed
    if len(lines) == 1 and alone[0]:  # one record, or an envelope with its list
        return "json" if re.search(rb"\[\s*[\]{]", lines[0]) else "jsonl"
    if lines[0].endswith((b"[", b"{")):  # goes on below
        return "json"
    return "jsonl" if len(lines) > 1 and (alone[0] or sum(alone) * 2 >= len(lines) - 1) else "json"


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line.decode("utf-8", "replace"), parse_int=str, parse_float=str), dict)
    except (ValueError, RecursionError):
        return False
