"""Cells as they go wrong in real systems and real hands, by the code that they must get (错误的写法).

``WRONG[code]`` makes one from the right value; the codes are those of ``hub/findings.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from random import Random

from hub.county.identities import Place, mistyped, org_code, uscc, with_check, with_id_check
from hub.county.source import Value

Wrong = Callable[[Value, Place, Random], Value]

_ODD_DIVISION = "990830"  # no such division
_STRANGERS = 80_000_000  # serials of organisations that nobody registered
# What a clerk types into a text though it does not belong there; {id} stands for the id of nobody.
LEAKS = ("，联系电话13800000000", "，身份证号{id}", "，退至6222020000000000000", "，联系人：张某某，车牌苏H12345")


def one_of(*cells: str) -> Wrong:
    """Any of ``cells``, whatever the value was."""
    return lambda value, place, rng: rng.choice(cells)


def stranger(place: Place, rng: Random, kind: str = "91") -> str:
    """A sound credit code that nobody has."""
    return uscc(place, _STRANGERS + rng.randrange(1_000_000), kind)


def _mistyped(value: Value, place: Place, rng: Random) -> Value:
    return mistyped(str(value), rng)


def _masked(value: Value, place: Place, rng: Random) -> Value:
    return f"{str(value)[:6]}********{str(value)[14:]}"


def _odd_inside(value: Value, place: Place, rng: Random) -> Value:
    """The outer check character is right, the organisation code inside is not."""
    right = org_code(_STRANGERS + rng.randrange(1_000_000))
    return with_check("91" + place.division + right[:8] + ("1" if right[8] != "1" else "2"))


def _odd_region(value: Value, place: Place, rng: Random) -> Value:
    return uscc(Place(_ODD_DIVISION), rng.randrange(1, 90_000_000), str(value)[:2])


def _short(value: Value, place: Place, rng: Random) -> Value:
    return f"{rng.choice('甲乙丙丁')}店"


def _between(mark: str) -> Wrong:
    """``mark`` in the middle of the text, as a faulty export leaves it."""

    def change(value: Value, place: Place, rng: Random) -> Value:
        text = str(value)
        middle = max(1, len(text) // 2)
        return f"{text[:middle]}{mark}{text[middle:]}"

    return change


def _in_words(value: Value, place: Place, rng: Random) -> Value:
    return rng.choice(("约{}", "{}左右", "{}+")).format(value if isinstance(value, (int, Decimal)) else 20)


def _half(value: Value, place: Place, rng: Random) -> Value:
    return f"{value}.5"


WRONG: Mapping[str, Wrong] = {
    "ID-EXCEL15": one_of("9.13208E+17", "3.20831E+17"),
    "ID-USCC-FORM": lambda value, place, rng: str(value)[:-1],
    "ID-USCC-CHECK": _mistyped,
    "ID-USCC-ORG": _odd_inside,
    "ID-USCC-REGION": _odd_region,
    "ID-SFZ-FORM": _masked,
    "ID-SFZ-CHECK": lambda value, place, rng: f"{str(value)[:-1]}{'1' if str(value)[-1] != '1' else '2'}",
    "ID-SFZ-DATE": lambda value, place, rng: with_id_check(f"{place.division}19000229{rng.randrange(100):03d}"),
    "ID-ORG-FORM": one_of("00000000"),
    "ID-ORG-CHECK": one_of("00000001X"),
    "ID-REG-FORM": lambda value, place, rng: place.division,
    "ID-REG-CHECK": lambda value, place, rng: f"{str(value)[:-1]}{(int(str(value)[-1]) + 1) % 10}",
    "NAM-FORM": one_of("张三1", "李四/王五"),
    "NAM-ORG": one_of("演示县某某有限公司"),
    "NAM-SHORT": _short,
    "TXT-CONTROL": _between("\u200b"),
    "TXT-REPLACEMENT": _between("???"),
    "TXT-FORMULA": one_of("=HYPERLINK(1)", "=1+1", "@SUM(1)"),
    "TXT-PUA": _between("\ue000"),
    "DOC-FORMAT": one_of("〔2026 12号", "2026）第12号"),
    "CAS-FORMAT": lambda value, place, rng: re.sub("[（）]|[0-9]{4}(?=）)", "", str(value)),
    "DAT-FORMAT": one_of("待定", "明天", "26.1.5"),
    "DAT-IMPOSSIBLE": one_of("2026-02-30", "2026/13/01", "2025年2月29日"),
    "DAT-SERIAL": one_of("45983", "46000"),
    "DAT-EPOCH": one_of("1672876800123"),
    "MON-FORMAT": _in_words,
    "QTY-FORM": _in_words,
    "QTY-WHOLE": _half,
    "COD-UNKNOWN": one_of("其它情况", "见附件", "99"),
    "REG-UNKNOWN": one_of("不在册村", "999999999"),
    "PER-FORMAT": one_of("11月", "2026年"),
    "PER-IMPOSSIBLE": one_of("2026-13"),
}
# Their form depends on the kind of period.
PERIODS: Mapping[str, Mapping[str, str]] = {
    "PER-FORMAT": {"month": "11月", "quarter": "三季度", "half": "上半年", "year": "去年"},
    "PER-IMPOSSIBLE": {"month": "2026-13", "quarter": "2026Q5", "half": "2026H3", "year": "1026"},
}
