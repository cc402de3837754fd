"""Amounts that say their own unit, in digits (2,000元) or in capital numerals (贰仟元整), exactly or not at all.

| text | in yuan |
|---|---|
| ``"2000元"``, ``"2,000.00 元"``, ``"人民币2000元整"``, ``"¥2000元"``, ``"0.2万元"``, ``"0.2万"`` | 2000 |
| ``"贰仟元整"``, ``"人民币贰仟圆整"``, ``"两仟元"`` is wrong | 2000, 2000, none |
| ``"壹仟肆佰零玖元伍角"``, ``"陆仟零柒元壹角肆分"``, ``"叁佰贰拾伍元零肆分"`` | 1409.5, 6007.14, 325.04 |
| ``"壹拾万柒仟元"``, ``"壹拾万零柒仟元"``, ``"壹亿零伍佰万元"`` | 107000, 107000, 105000000 |
| ``"壹仟贰元"`` (1002 or 1200), ``"壹万零贰仟元"``, ``"壹仟零零贰元"``, ``"贰仟"`` | none |
| ``"¥2000"`` | 2000 in a column of yuan; else none: it may be written before 万元 too |

Grammar of the capital numerals: 支付结算办法, 正确填写票据和结算凭证的基本规定. One 零 stands for all zeros between
two digits, and must; it may where those zeros end a group of four (壹拾万零柒仟) or the yuan (伍拾元零叁角).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Context, Decimal, Inexact

UNITS: Mapping[str, Decimal] = {"fen": Decimal("0.01"), "yuan": Decimal(1), "wanyuan": Decimal(10_000)}
_WRITTEN: Mapping[str, Decimal] = {
    **{"分": Decimal("0.01"), "角": Decimal("0.1"), "元": Decimal(1), "千元": Decimal(1_000)},
    **{"万": Decimal(10**4), "万元": Decimal(10**4), "百万元": Decimal(10**6), "千万元": Decimal(10**7)},
    **{"亿": Decimal(10**8), "亿元": Decimal(10**8)},
}
_DECIMALS = 6
_EXACT = Context(prec=60, traps=[Inexact])

_CURRENCY = r"(?P<currency>(?:人民币:? ?|RMB ?|CNY ?)?[¥￥]? ?)"
_NUMBER = r"(?P<number>[+\-]?(?:[0-9]{1,3}(?:,[0-9]{3}){1,5}|[0-9]{1,17})(?:\.[0-9]{1,12})?)"
_UNIT = rf"(?: ?(?P<unit>{'|'.join(sorted(_WRITTEN, key=len, reverse=True))})(?P<exactly>(?<=元)整)?)?"
_IN_DIGITS = re.compile(_CURRENCY + _NUMBER + _UNIT)

# Ordinary numerals, and the traditional forms of the capital ones.
_VARIANTS = str.maketrans(
    "〇一二三四五六七八九十百千貳參叄陸萬億圓圆正", "零壹贰叁肆伍陆柒捌玖拾佰仟贰叁叁陆万亿元元整"
)
_VALUES = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
_PLACES = {"拾": 10, "佰": 100, "仟": 1_000}
_D = "[壹贰叁肆伍陆柒捌玖]"
_TENS = f"{_D}拾{_D}?"
_HUNDREDS = f"{_D}佰(?:{_TENS}|零{_D})?"
_THOUSANDS = f"{_D}仟(?:{_HUNDREDS}|零(?:{_TENS}|{_D}))?"
_GROUP = f"(?:{_THOUSANDS}|{_HUNDREDS}|{_TENS}|{_D})"
_WHOLE = re.compile(
    rf"(?:(?P<yi>{_GROUP})亿)?(?:(?P<zero_wan>零?)(?P<wan>{_GROUP})万)?(?:(?P<zero>零?)(?P<one>{_GROUP}))?"
)
_IN_WORDS = re.compile(
    rf"(?:人民币:?)?(?:(?P<whole>[^元]+)元)?(?P<gap>零?)(?:(?P<jiao>{_D})角)?(?:(?P<fen>{_D})分)?(?P<end>整?)"
)


def amount_in(unit: object, text: str) -> str | None:
    """The amount that ``text`` (folded) says, in ``unit`` (fen, yuan, wanyuan), as plain digits.

    None where it says none, or one that needs more than six decimals.
    """
    if not isinstance(unit, str) or unit not in UNITS:
        return None
    yuan = _in_digits(text, unit)
    if yuan is None:
        yuan = _in_words(text.translate(_VARIANTS))
    if yuan is None:
        return None
    amount = _EXACT.divide(yuan, UNITS[unit]).normalize(_EXACT)
    exponent = amount.as_tuple().exponent
    return f"{amount:f}" if isinstance(exponent, int) and exponent >= -_DECIMALS else None


def _in_digits(text: str, unit: str) -> Decimal | None:
    said = _IN_DIGITS.fullmatch(text.replace("圆", "元").replace("正", "整"))
    if said is None or not (said["unit"] or (said["currency"] and unit == "yuan")):
        return None
    return _EXACT.multiply(Decimal(said["number"].replace(",", "")), _WRITTEN[said["unit"] or "元"])


def _in_words(text: str) -> Decimal | None:
    said = _IN_WORDS.fullmatch(text)
    if said is None or not (said["whole"] or said["jiao"] or said["fen"]):
        return None
    whole = 0 if said["whole"] is None else _whole(said["whole"])
    jiao, fen = (_VALUES[said[part] or "零"] for part in ("jiao", "fen"))
    if whole is None or (said["end"] and fen):
        return None
    if said["gap"]:
        fits = said["whole"] is not None and (whole % 10 == 0 if jiao else fen > 0)
    else:
        fits = said["whole"] is None or jiao > 0 or fen == 0
    return Decimal(whole) + Decimal(10 * jiao + fen).scaleb(-2) if fits else None


def _whole(text: str) -> int | None:
    """Whole yuan in capital numerals; the first 壹 before 拾 may be missing."""
    if text == "零":
        return 0
    said = _WHOLE.fullmatch("壹" + text if text.startswith("拾") else text)
    if said is None:
        return None
    total, scale_before, last = 0, 0, 0
    for scale, name, zero in ((10**8, "yi", None), (10**4, "wan", "zero_wan"), (1, "one", "zero")):
        if said[name] is None:
            continue
        group, has_zero = _group(said[name]), bool(zero and said[zero])
        if not scale_before:
            fits = not has_zero
        elif group < 1_000 or scale_before > scale * 10**4:
            fits = has_zero
        else:
            fits = not has_zero or last % 10 == 0
        if not fits:
            return None
        total, scale_before, last = total + group * scale, scale, group
    return total


def _group(text: str) -> int:
    """A group of up to four digits."""
    total = digit = 0
    for character in text:
        if character in _PLACES:
            total, digit = total + digit * _PLACES[character], 0
        else:
            digit = _VALUES[character]
    return total + digit
