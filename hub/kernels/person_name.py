"""Names of persons (姓名). No character is exchanged for one that looks like it: names are identified by them.

| cell | value | mark |
|---|---|---|
| ``"张三"``, ``"㛃䶮"``, ``"𬍛某"`` | unchanged | "" |
| ``"张 三"``, ``"欧阳　锋"`` | ``"张三"``, ``"欧阳锋"`` | "" |
| ``"买买提•艾力"``, ``"买买提.艾力"``, ``"买买提 ・ 艾力"`` | ``"买买提·艾力"`` | "" |
| ``"John  A. Smith"`` | ``"John A. Smith"`` | "" |
| ``"买买提··艾力"``, ``"John•Smith"``, ``"张三 李四"`` | unchanged | NAM-DOT |
| ``"张三1"``, ``"张三（12）"``, ``"张*"``, ``"张三、李四"``, ``"张"`` | unchanged | NAM-FORM |
| ``"盱眙某某有限公司"`` | unchanged | NAM-ORG |
| a character of the private use area | unchanged | TXT-PUA |

Two to 50 characters. The dot of minority and foreign names is U+00B7 between Chinese characters. A blank goes only
where a name of two or three characters was spread to fill its cell: in a longer one it may part two persons.
"""

from __future__ import annotations

import polars as pl

from hub.kernels import text
from hub.kernels.cells import judged, marked, repaired, trimmed
from hub.kernels.private_use import PRIVATE, standardised
from hub.kernels.reading import Kernel, Options, Reading

LONGEST = 50
DOT = "·"
# At the end of a name they mean an organisation.
_ORGANISATIONS = (
    *("公司", "厂", "店", "合作社", "联合社", "联社", "商行", "经营部", "经销部", "门市部", "服务部", "营业部"),
    *("工作室", "事务所", "研究所", "诊所", "中心", "超市", "商场", "饭店", "酒店", "宾馆", "餐厅", "药房", "银行"),
    *("医院", "卫生院", "卫生室", "学校", "小学", "中学", "大学", "学院", "幼儿园", "协会", "商会", "基金会"),
    *("委员会", "村委会", "居委会", "农场", "养殖场", "加工坊", "作坊", "网吧", "会所", "集团", "分行", "支行"),
)
_LAST = "".join(sorted({word[-1] for word in _ORGANISATIONS}))
_SURE = rf"^\p{{Han}}{{1,3}}[\p{{Han}}--[{_LAST}]]$"
_DOTS = rf"[{DOT}•・‧．。.∙⋅･﹒●]"
_DOTTED = rf"^\p{{Han}}+(?:\p{{Zs}}*{_DOTS}\p{{Zs}}*\p{{Han}}+)+$"
_SPREAD = r"^(\p{Han})\p{Zs}*(\p{Han})\p{Zs}*(\p{Han}?)$"
_LETTER = rf"[\p{{L}}\p{{M}}\p{{Han}}{PRIVATE}]"
# Letters, parted by dots, blanks, hyphens and apostrophes; perhaps another name in brackets.
_FORM = (
    rf"^{_LETTER}+(?:[ {DOT}•・‧．。.∙⋅･﹒●'’\-]{{1,3}}{_LETTER}+)*\.?"
    rf"(?: ?[(（]{_LETTER}+(?:[ {DOT}.'’\-]{{1,2}}{_LETTER}+)*\.?[)）])?$"
)
_ODD_DOT = rf"[•・‧．。∙⋅･﹒●]|[{DOT}.'’\-]{{2}}|[{DOT}'’\-] | [{DOT}.'’\-]|\p{{Han}}[ .]\p{{Han}}"


def _canonical(cells: pl.Series) -> pl.Series:
    spread = cells.str.replace(_SPREAD, "${1}${2}${3}").str.replace_all(r"\p{Zs}+", " ")
    dotted = spread.str.replace_all(rf" ?{_DOTS} ?", DOT)
    return trimmed(pl.select(pl.when(spread.str.contains(_DOTTED)).then(dotted).otherwise(spread)).to_series())


def _judge(names: pl.Series) -> pl.Series:
    length = names.str.len_chars()
    troubles = {
        **text.troubles(names),
        "NAM-FORM": ~names.str.contains(_FORM) | (length < 2) | (length > LONGEST),
        "NAM-ORG": names.str.contains(rf"(?:{'|'.join(_ORGANISATIONS)})$"),
        "NAM-DOT": names.str.contains(_ODD_DOT),
    }
    return marked(names.is_not_null(), troubles)


def read(cells: pl.Series, options: Options) -> Reading:
    """Read a column of names of persons."""
    bare, replaced, _ = standardised(trimmed(cells))
    fine = bare.str.contains(_SURE)
    values = repaired(bare, fine, _canonical)
    marks = judged(values, fine if values is bare else values.str.contains(_SURE), _judge)
    return Reading(values, marks, {"CHG-PUA": replaced} if replaced.any() else {})


KERNEL = Kernel("person_name", read, "text", (*text.CODES, "NAM-FORM", "NAM-ORG", "NAM-DOT"), "CHG-NAME", ("CHG-PUA",))
