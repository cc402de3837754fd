"""Regular expressions of a suite: written for Python (that is what Great Expectations runs), run by polars.

Only what means the same in both is let through; what does not is refused with a word on how to write it instead.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from itertools import pairwise

import polars as pl

_CLASSES = "dDwWsSbB"  # these also match full-width digits and letters: nobody means that in an identifier
_SAME = frozenset("nrtfva") | frozenset("xuU") | frozenset("A")  # escapes that Python and Rust read alike
_QUANTIFIERS = ("*", "+", "?", "}")
_GROUPS = ("(?:", "(?P<")


def translate(pattern: str) -> str:
    """The same search in the dialect of polars (Rust regex).

    ``$`` also stands before a final line feed in Python, so it becomes ``\\n?\\z``; ``\\Z`` becomes ``\\z``.
    Raises ``ValueError``, with the reason, for a pattern that is wrong or that the two engines read differently.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # nested classes: refused below, with our own words
            re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    tokens = _tokens(pattern)
    for token, following in pairwise(tokens):
        if token[-1] in _QUANTIFIERS and len(token) == 1 and following == "+":
            raise ValueError("possessive quantifiers are not supported")
        if token == "{" and following == ",":
            raise ValueError("write {0,n} instead of {,n}")
    translated = "".join(
        _end(tokens, place) if token == "$" else r"\z" if token == r"\Z" else token
        for place, token in enumerate(tokens)
    )
    try:
        pl.Series([""]).str.contains(translated, strict=True)
    except pl.exceptions.ComputeError as error:
        raise ValueError("this regular expression is too large or uses what polars does not know") from error
    return translated


def either(patterns: Sequence[str]) -> str | None:
    """One expression, translated, that is found wherever one of ``patterns`` is; None when they cannot be joined."""
    if any("(?P<" in pattern for pattern in patterns):
        return None  # a name stands once in an expression
    try:
        return "|".join(f"(?:{translate(pattern)})" for pattern in dict.fromkeys(patterns))
    except ValueError:
        return None


def _tokens(pattern: str) -> list[str]:
    """Split into escapes, classes, group openings and single characters; refuse what differs between the engines."""
    tokens: list[str] = []
    place = 0
    while place < len(pattern):
        if pattern[place] == "\\":
            tokens.append(_escape(pattern, place))
        elif pattern[place] == "[":
            tokens.append(_class(pattern, place))
        elif pattern.startswith("(?", place):
            opening = next((group for group in _GROUPS if pattern.startswith(group, place)), None)
            if opening is None:
                raise ValueError("look-around, back-references and inline flags are not supported")
            tokens.append(pattern[place : pattern.index(">", place) + 1] if opening == "(?P<" else opening)
        else:
            tokens.append(pattern[place])
        place += len(tokens[-1])
    return tokens


def _escape(pattern: str, place: int) -> str:
    escaped = pattern[place + 1]
    if escaped in _CLASSES:
        raise ValueError(f"\\{escaped} also takes full-width characters: write a class such as [0-9]")
    if escaped.isdigit():
        raise ValueError("back-references and octal escapes are not supported")
    if escaped.isalpha() and escaped not in _SAME and escaped != "Z":
        raise ValueError(f"\\{escaped} is not supported")
    return pattern[place : place + 2]


def _class(pattern: str, place: int) -> str:
    """A whole ``[...]``; Rust has nested classes and set operations, which Python reads as plain characters."""
    at = place + 1
    if pattern.startswith("^", at):
        at += 1
    first = at
    while pattern[at] != "]" or at == first:
        if pattern[at] == "\\":
            at += len(_escape(pattern, at))
            continue
        if pattern[at] == "[" or pattern[at : at + 2] in ("&&", "--", "~~"):
            raise ValueError("escape [ & - ~ inside a class")
        at += 1
    return pattern[place : at + 1]


def _end(tokens: list[str], place: int) -> str:
    """The translation of ``$`` at ``place``; it must end its branch, or the line feed would be taken twice."""
    other_branch, depth = False, 0
    for token in tokens[place + 1 :]:
        if token.startswith("("):
            depth += 1
        elif token == ")" and depth:
            depth -= 1
            continue
        elif token == ")":
            other_branch = False
            continue
        elif token == "|" and not depth:
            other_branch = True
        if not other_branch:
            raise ValueError("$ is only supported at the end of a branch")
    return r"(?:\n?\z)"
