"""Closing lines below a table (表尾): totals, signatures and notes that are no data, and how they are told apart.

A row is only ever taken for a footer when it could not have been accepted anyway: half of the required cells or more
are empty. So no data is swallowed, whatever a name or a remark may look like.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

LAST = 10  # filled rows at the end of a table among which footers are looked for
_MOST_VALUES = 4  # filled cells beside those that are labels themselves
_TOTAL = r"(?:本[页月季年次批]|全[县市年])?[合总小共累]\s*计(?:数|金额|条数|户数)?"
_UNIT = r"(?:条|行|户|家|笔|件|项|人|页|份|个|元|万元)(?:数据|记录|信息)?"
_FIGURE = r"[\d,.，]+"
_SIGNED = (
    r"(?:填\s*[表报]|制\s*[表单]|审\s*[核批]|复\s*核|经\s*办|报\s*送)\s*(?:人员?|单位|部门|日期|时间)(?:[（(]\s*[签盖]\s*[字章]\s*[)）])?"
    r"|(?:单位|部门|科室)?负\s*责\s*人(?:[（(]\s*[签盖]\s*[字章]\s*[)）])?|联\s*系\s*(?:电话|人|方式)|(?:单位)?盖\s*章"
)
_LABELS = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        rf"({_TOTAL})\s*[:：]?\s*(?:{_FIGURE}\s*(?:{_UNIT})?)?\s*[。.]?",  # 合计  合　计  总计：12.50  共计3条
        rf"(共)\s*{_FIGURE}\s*{_UNIT}\s*[。.]?",  # 共120条
        r"(填\s*[表报]|制\s*[表单]|审\s*[核批]|复\s*核|经\s*办)\s*[:：].*",  # 制表：张三
        rf"({_SIGNED})(?:\s*[:：].*|\s+.*)?",  # 填表人：张三  审核人
        r"(备\s*注|说\s*明|附\s*注|注)\s*[:：].*",  # 注：本表由市监局填报
    )
)


def is_footer(cells: Sequence[str | None], needed: Collection[int]) -> bool:
    """Whether a row below the data is a footer. ``needed``: positions of the required columns (``Header.needed``).

    All of these hold: the first filled cell is the label of a total, a signature, a note or a count; at most four
    other cells are filled that are no labels; not more than half of the required cells are filled.

    >>> is_footer(["合计", None, "12.50"], {0, 1})
    True
    >>> is_footer(["合计", "91320830000000019L", "12.50"], {0, 1})
    False
    >>> is_footer(["合计建材经营部", None, "12.50"], {0, 1})
    False
    """
    filled = [(place, text) for place, cell in enumerate(cells) if cell is not None and (text := cell.strip())]
    if not needed or not filled or label(filled[0][1]) is None:  # with nothing required, any row may be data
        return False
    values = sum(label(text) is None for _, text in filled)
    return values <= _MOST_VALUES and 2 * sum(place in needed for place, _ in filled) <= len(needed)


def label(text: str) -> str | None:
    """The label with which a cell of a footer begins; None for any other text."""
    found = (pattern.fullmatch(text.strip()) for pattern in _LABELS)
    return next((match[1] for match in found if match), None)


def shown(cells: Sequence[str | None]) -> str:
    """A footer as it may be repeated: a total or a count whole, of a signature or a note the label alone.

    >>> shown(["填表人：某某", None, "联系电话：000"])
    '填表人…'
    """
    filled = [text for cell in cells if cell is not None and (text := cell.strip())]
    first = label(filled[0]) or ""
    whole = any(pattern.fullmatch(filled[0]) for pattern in _LABELS[:2])
    if whole and all(re.fullmatch(r"[\d,.，\s元万条行]{1,15}", text) for text in filled[1:]):
        return " ".join(filled)
    return f"{first}…"
