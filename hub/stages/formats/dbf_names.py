"""Which field of a DBF file is which column: by a name of the contract, or by its first ten bytes where that is all.

A field name has room for ten bytes, so 统一社会信用代码 stands there as 统一社会信, XK_XDR_SHXYM as XK_XDR_SHX.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.contract.model import Contract
from hub.findings import Finding
from hub.stages.formats import headers, keyed
from hub.stages.formats.dbf_cells import READERS
from hub.stages.formats.dbf_header import MEMO, Field
from hub.stages.formats.outcome import Refused

_ROOM = 10  # bytes
_SYSTEM = "0"  # a field of Visual FoxPro's own


def match(fields: Sequence[Field], contract: Contract, encoding: str) -> headers.Header:
    """Where each column stands among ``fields``; ``Refused`` as by ``headers.match``, and FIL-FORMAT for a memo."""
    cut = _cut(contract)
    spellings = headers.known(contract)
    names: list[str] = []
    for field in fields:
        name = _name(field.name, encoding)
        if headers.fold(name) not in spellings and len(field.name) >= _ROOM - 1:
            name = cut.get(headers.fold(name)) or name
        names.append("" if field.type == _SYSTEM else name)
    found = keyed.match(names, contract)
    _refuse_unreadable(fields, found.places, contract)
    return found


def _name(raw: bytes, encoding: str) -> str:
    """A name that was cut within a character loses the half."""
    return raw.decode(encoding, "ignore" if len(raw) == _ROOM else "replace")


def _cut(contract: Contract) -> Mapping[str, str | None]:
    """What is left of each long spelling -> a name of its column, None where two columns share it."""
    found: dict[str, str | None] = {}
    for column in contract.columns:
        for spelling in (column.name, column.physical_name, column.label, *column.synonyms):
            raw = spelling.encode("gb18030")
            if len(raw) > _ROOM:
                short = headers.fold(raw[:_ROOM].decode("gb18030", "ignore"))
                found[short] = column.name if found.get(short, column.name) == column.name else None
    return found


def _refuse_unreadable(fields: Sequence[Field], places: Mapping[str, int], contract: Contract) -> None:
    memos, others = [], []
    for column in contract.columns:
        if (place := places.get(column.name)) is None:
            continue
        field = fields[place]
        if field.type in MEMO:
            memos.append(column.label)
        elif field.type not in READERS or READERS[field.type][2] not in (None, field.length):
            others.append(column.label)
    if memos:
        detail = f"这些列是备注型，内容不在 DBF 文件里：{'、'.join(memos)}。"
        raise Refused(Finding("FIL-FORMAT", detail=detail))
    if others:
        raise Refused(Finding("FIL-FORMAT", detail=f"这些列的字段类型不支持：{'、'.join(others)}。"))
