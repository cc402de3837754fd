"""What the name of a file says (文件名): which file it follows, and whether it corrects, replaces or withdraws.

A clerk has no other place to say it. Only the last mark counts, behind an underscore: a list of withdrawn licences is
no withdrawal.
"""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import unquote

from hub.kernels.masking import mask_by_class

Mode = Literal["original", "correction", "replacement", "withdrawal"]
MODES: tuple[Mode, ...] = ("original", "correction", "replacement", "withdrawal")
_MARKS: dict[str, Mode] = {"更正": "correction", "替换": "replacement", "撤回": "withdrawal"}
_AGAIN = re.compile(r"(?:[_\- ]*(?:更正|替换|撤回|重报|补报|又|副本|copy)|\s*[（(]\d{1,3}[)）])$", re.IGNORECASE)


_SEALED = re.compile(r"\.(?:age|sm4)$", re.IGNORECASE)


def unsealed(file_name: str) -> str:
    """The name without the ending of a sealed file.

    >>> unsealed("信易贷授信.csv.age"), unsealed("信易贷授信.csv")
    ('信易贷授信.csv', '信易贷授信.csv')
    """
    return _SEALED.sub("", file_name)


def slot_of(file_name: str) -> str:
    """The name by which files follow each other: lower case, without ending and marks of a second try.

    >>> slot_of("行政许可_20261123_更正(2).xlsx")
    '行政许可_20261123'
    """
    stem = re.sub(r"\.[a-z0-9]{1,5}$", "", unsealed(file_name.strip()).lower())
    while (shorter := _AGAIN.sub("", stem)) != stem and shorter:
        stem = shorter
    return stem


def mode_of(file_name: str) -> Mode:
    """What the last mark of a file name says: ``…_更正``, ``…_替换``, ``…_撤回``; else an original.

    >>> mode_of("行政许可_20261123_撤回.csv"), mode_of("撤回的许可.csv")
    ('withdrawal', 'original')
    """
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", unsealed(file_name.strip()))
    stem = re.sub(r"\s*[（(]\d{1,3}[)）]$", "", stem)
    head, mark, word = stem.rpartition("_")
    return _MARKS.get(word, "original") if head and mark else "original"


def to_stored(path: str) -> str:
    """A path of a foreign server as text that a database can hold; undecodable bytes and ``%`` become ``%XX``."""
    return "".join(f"%{ord(c) & 0xFF:02X}" if c == "%" or 0xDC80 <= ord(c) <= 0xDCFF else c for c in path)


def from_stored(path: str) -> str:
    """The path as the server knows it; undoes ``to_stored``."""
    return unquote(path, errors="surrogateescape")


def for_others(file_name: str) -> str:
    """The name for people who are not the sender: without citizen ids and mobile numbers.

    >>> for_others("许可_320830188001010002.csv")
    '许可_***.csv'
    """
    return mask_by_class(file_name, "public") or ""
