"""One JSON object as a record: numbers keep their text, doubled keys and values with parts are seen.

| JSON | cell | type |
|---|---|---|
| ``"甲"`` | ``甲`` | s |
| ``1.50``, ``320830188001010002`` | as it is written | n |
| ``true``, ``false`` | ``TRUE``, ``FALSE`` | b |
| ``null``, ``""`` | empty | - |
| ``{"a": 1}``, ``[1, 2]`` | breaks the record, in a column of ours | |
| ``NaN``, ``Infinity`` | break the record: they are no JSON | |
"""

from __future__ import annotations

import json
from collections.abc import Callable

from hub.stages.formats.keyed import Keyed, NumberText

_BLANKS = " \t\r\n"


_NO_NUMBER = object()  # NaN, Infinity or -Infinity stands where a value should


# Control characters in a text are left to the kernels, as those of a CSV are.
_DECODER = json.JSONDecoder(
    parse_int=NumberText,
    parse_float=NumberText,
    parse_constant=lambda word: _NO_NUMBER,
    object_pairs_hook=tuple,
    strict=False,
)


def add(records: Keyed, row: int, text: str, size: int) -> bool:
    """Append the record that ``text`` is; whether it is a JSON object, sound or not."""
    pairs, reason = _read(text.strip(_BLANKS))
    if pairs is None:
        records.broken(row, reason, text, size)
        return False
    if reason:
        for name, _ in pairs:
            records.meet(name)
        records.broken(row, reason, text, size)
    else:
        records.add(row, pairs, lambda: text, size)
    return True


def _read(text: str) -> tuple[tuple[tuple[str, object], ...] | None, str]:
    """Names and values, None when ``text`` is no object; and what is wrong."""
    try:
        pairs, end = _DECODER.raw_decode(text)
        if end != len(text):
            return None, "一条数据之后还有别的内容"
        if not isinstance(pairs, tuple):
            return None, "不是 JSON 对象"
        if any(word in text for word in ("NaN", "Infinity")) and _holds(pairs, lambda value: value is _NO_NUMBER):
            return pairs, "数字写成了 NaN 或 Infinity"
        if any(escape in text for escape in ("\\ud", "\\uD")) and _holds(pairs, _has_half):
            return pairs, "含有只写了一半的字符"
    except RecursionError:
        return None, "嵌套的层数太多"
    except ValueError:
        return None, "不是完整的 JSON 对象"
    return pairs, ""


def _holds(value: object, what: Callable[[object], bool]) -> bool:
    return what(value) or (isinstance(value, list | tuple) and any(_holds(part, what) for part in value))


def _has_half(value: object) -> bool:
    """Half of a surrogate pair: no encoding can hold it."""
    return isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value)
