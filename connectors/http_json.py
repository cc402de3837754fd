"""Pages of JSON: a page is parsed whole, values are found by JSON Pointer (RFC 6901), rows keep their own text.

Numbers keep the text they were written in. Nothing here quotes a page: it may hold persons.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from connectors.faults import Refused

_BLANKS = " \t\r\n"


class NotJson(Refused):
    """The text is no JSON; where its length was not told, it may have been cut off."""


# Control characters and NaN inside a row are the row's own trouble: whoever reads it tells.
_WHOLE = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)


def parsed(body: bytes) -> tuple[str, Any]:
    """Text and content of a page, which must be JSON in UTF-8 (RFC 8259); every number is its text."""
    try:
        text = body.decode("utf-8")
        return text, _WHOLE.decode(text)
    except UnicodeDecodeError:
        raise NotJson("the answer is not UTF-8") from None
    except RecursionError:
        raise Refused("the answer is nested too deep") from None
    except ValueError:
        raise NotJson("the answer is not JSON") from None


def content(text: str) -> Any:
    """What one member of a list says, every number as its text."""
    return _WHOLE.decode(text)


def steps(pointer: str) -> list[str]:
    """The names that a pointer goes along; '' is the whole text."""
    if pointer and not pointer.startswith("/"):
        raise Refused("a JSON Pointer is empty or begins with /")
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def value(content: Any, pointer: str) -> Any:
    """What stands at ``pointer`` inside objects; None where nothing does."""
    for step in steps(pointer):
        if not isinstance(content, dict) or step not in content:
            return None
        content = content[step]
    return content


def items(text: str, pointer: str) -> Iterator[str]:
    """The members of the list at ``pointer``, each as it is written in ``text``, which has been ``parsed``."""
    at = _behind(text, 0)
    for step in steps(pointer):
        at = _member(text, at, step, pointer)
    if text[at] != "[":
        raise Refused(f"the answer has no list at {pointer or 'its top'}")
    at = _behind(text, at + 1)
    while text[at] != "]":
        _, end = _WHOLE.raw_decode(text, at)
        yield text[at:end]
        at = _behind(text, end)
        if text[at] == ",":
            at = _behind(text, at + 1)


def _member(text: str, at: int, name: str, pointer: str) -> int:
    """Where the value of a member of the object at ``at`` begins."""
    found: list[int] = []
    if text[at] == "{":
        at = _behind(text, at + 1)
        while text[at] != "}":
            key, end = _WHOLE.raw_decode(text, at)
            at = _behind(text, _behind(text, end) + 1)  # behind the colon
            if key == name:
                found.append(at)
            _, end = _WHOLE.raw_decode(text, at)
            at = _behind(text, end)
            if text[at] == ",":
                at = _behind(text, at + 1)
    if len(found) != 1:  # of two it would not be known which one is meant
        raise Refused(f"the answer has no list at {pointer}, or more than one")
    return found[0]


def _behind(text: str, at: int) -> int:
    """The next place that is no blank."""
    while text[at] in _BLANKS:
        at += 1
    return at
