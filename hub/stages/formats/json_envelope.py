"""What stands around the list of records in a JSON file: ``[`` … ``]``, or ``{"data": {"rows": [`` … ``]}}``.

The list is one of objects, at the top or at most two keys below it, and the only one there.
"""

from __future__ import annotations

import json
import re

from hub.findings import Finding
from hub.stages.formats import json_scan
from hub.stages.formats.outcome import Refused

LONGEST = 1 << 20  # bytes before the list, and behind it
_DEEPEST = 2  # keys that lead to the list
SHAPE = "JSON 的最外层应是数据列表，或只含一个数据列表的对象。"
_BLANKS = b" \t\r\n"


def find(text: bytes) -> int | None:
    """Offset behind the bracket that opens the list; None when ``text`` holds no list of objects."""
    found = json_scan.scan(text)
    above: list[int] = []  # brackets that are open
    for at in found.brackets.tolist():
        bracket = text[at]
        if bracket in b"}]":
            if above:
                above.pop()
            continue
        if bracket == ord("[") and len(above) <= _DEEPEST and ord("[") not in above and _holds_objects(text, at + 1):
            return int(at) + 1
        above.append(bracket)
    return None


def _holds_objects(text: bytes, start: int) -> bool:
    rest = text[start : start + 4096].lstrip(_BLANKS)
    return rest.startswith(b"{")


def check(head: bytes, tail: bytes, line: int) -> None:
    """``Refused`` unless ``head`` and ``tail`` (from the closing bracket, on ``line``) are JSON with no second list."""
    if _is_open(head + tail):
        raise Refused(Finding("FIL-PARTIAL", detail="JSON 的结尾缺少引号或括号。"))
    if any(_lists(_parsed(head.decode(), tail.decode(), line), 0)):
        raise Refused(Finding("FIL-FORMAT", detail="文件里不止一个数据列表。"))


def refuse(text: bytes) -> Refused:
    """Why a whole file of ``text`` without a list of objects is refused."""
    if _is_open(text):
        return Refused(Finding("FIL-PARTIAL", detail="JSON 的结尾缺少引号或括号。"))
    try:
        content = _parsed(text.decode(), "", 1)
    except Refused as refusal:
        return refusal
    if content == [] or (isinstance(content, dict) and _has_empty_list(content, _DEEPEST)):
        return Refused(Finding("FIL-EMPTY"))
    return Refused(Finding("FIL-FORMAT", detail=SHAPE))


def _is_open(text: bytes) -> bool:
    found = json_scan.scan(text)
    return found.open or (len(found.depth) > 0 and int(found.depth[-1]) > 0)


def _parsed(head: str, tail: str, line: int) -> object:
    try:
        return json.loads(head + tail, parse_int=str, parse_float=str, strict=False)
    except RecursionError:
        raise Refused(Finding("FIL-FORMAT", detail=SHAPE)) from None
    except json.JSONDecodeError as error:
        behind = error.pos - len(head)
        row = line + _breaks(tail[:behind]) if behind >= 0 else 1 + _breaks(head[: error.pos])
        raise Refused(Finding("FIL-FORMAT", row=row, detail=f"第{row}行附近不符合 JSON 的写法。")) from None


def _breaks(text: str) -> int:
    return len(re.findall(r"\r\n?|\n", text))


def _lists(value: object, depth: int) -> list[bool]:
    """True for every list of objects that could have been the one."""
    if isinstance(value, list):
        return [any(isinstance(one, dict) for one in value)]
    if isinstance(value, dict) and depth < _DEEPEST:
        return [found for one in value.values() for found in _lists(one, depth + 1)]
    return []


def _has_empty_list(value: dict[str, object], depth: int) -> bool:
    return depth > 0 and any(
        one == [] or (isinstance(one, dict) and _has_empty_list(one, depth - 1)) for one in value.values()
    )
