"""Identifiers and names of a county that does not exist: every check digit is right, nobody real can have them.

Organisation codes count up from zero behind the county's division. Citizen ids are of people born in the 1880s. Names
are put together from neutral syllables and say that they are made up. The arithmetic is written here once more, from
the standards' texts (GB 32100, GB 11714, GB 11643), so that it checks the kernels' and does not repeat their faults.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

import numpy as np
import numpy.typing as npt
import polars as pl

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_INNER_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SYLLABLES = (
    "青禾",
    "云岭",
    "长湖",
    "明泽",
    "润田",
    "安和",
    "同兴",
    "新柳",
    "广济",
    "丰谷",
    "永清",
    "嘉木",
    "正源",
    "白石",
)
_TRADES = ("商贸", "食品", "建材", "农业", "物流", "餐饮管理", "机械", "环保科技")
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张"
_ORDINALS = "甲乙丙丁戊己庚辛壬癸"
_FIRST_BIRTHDAY = date(1880, 1, 1)
_DAYS = 3650  # birthdays in use, ten years


@dataclass(frozen=True, slots=True)
class Place:
    """Where the subjects live: GB/T 2260 division (6 digits), name of the county, its towns (9 digits, name)."""

    division: str = "320999"
    name: str = "演示县"
    towns: tuple[tuple[str, str], ...] = ()

    @property
    def short(self) -> str:
        """The name as companies carry it, without 县."""
        return self.name[:-1]


def org_code(serial: int) -> str:
    """Nine-character organisation code (组织机构代码): eight digits and their check character."""
    body = f"{serial:08d}"
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(body, _INNER_WEIGHTS, strict=True)) % 11
    return body + {10: "X", 11: "0"}.get(rest, str(rest))


def with_check(body: str) -> str:
    """A unified social credit code from its first 17 characters."""
    total = sum(_ALPHABET.index(character) * pow(3, index, 31) for index, character in enumerate(body))
    return body + _ALPHABET[(31 - total % 31) % 31]


def uscc(place: Place, serial: int, kind: str = "91") -> str:
    """Unified social credit code of one of the county's subjects; ``kind``: registry and type (91, 92 个体)."""
    return with_check(kind + place.division + org_code(serial))


def uscc_column(place: Place, serials: npt.NDArray[np.int64], kind: str = "91") -> pl.Series:
    """``uscc`` of many serials at once."""
    digits = serials[:, None] // 10 ** np.arange(7, -1, -1) % 10
    rest = 11 - digits @ np.array(_INNER_WEIGHTS) % 11
    inner = np.select([rest == 10, rest == 11], [_ALPHABET.index("X"), 0], rest)
    head = np.array([_ALPHABET.index(character) for character in kind + place.division])
    weights = np.array([pow(3, index, 31) for index in range(17)])
    total = head @ weights[:8] + digits @ weights[8:16] + inner * weights[16]
    letters = pl.Series(list(_ALPHABET))
    body = pl.Series(serials).cast(pl.String).str.zfill(8)
    return kind + place.division + body + letters.gather(inner) + letters.gather((31 - total % 31) % 31)


def citizen_id(place: Place, serial: int) -> str:
    """Citizen id of a person born in the 1880s; another serial is another person (up to 1,825,000)."""
    return with_id_check(f"{place.division}{birthday(serial):%Y%m%d}{serial // _DAYS * 2 + serial % 2:03d}")


def with_id_check(body: str) -> str:
    """A citizen id from its first 17 digits, whatever they say."""
    total = sum(int(digit) * weight for digit, weight in zip(body, _ID_WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def birthday(serial: int) -> date:
    """Birth date in ``citizen_id(serial)``."""
    return _FIRST_BIRTHDAY + timedelta(days=serial % _DAYS)


def is_male(serial: int) -> bool:
    """Sex in ``citizen_id(serial)``: an odd sequence number is male."""
    return serial % 2 == 1


def company(place: Place, serial: int) -> str:
    """Full name of a company; the brackets are full width, as registered names have them."""
    first = _SYLLABLES[serial % len(_SYLLABLES)]
    trade = _TRADES[serial // len(_SYLLABLES) % len(_TRADES)]
    return f"{place.short}{first}{trade}（演示{serial}）有限公司"


def shop(place: Place, serial: int) -> str:
    """Name of a sole trader's shop (个体工商户)."""
    return f"{place.name}{_SYLLABLES[serial % len(_SYLLABLES)]}演示{serial}号小吃店"


def person(serial: int) -> str:
    """Name of a person: surname, 某, ordinals."""
    tens, ones = divmod(serial // len(_SURNAMES) % 100, 10)
    return f"{_SURNAMES[serial % len(_SURNAMES)]}某{_ORDINALS[tens]}{_ORDINALS[ones]}"


def odd_inside(place: Place) -> str:
    """A code whose outer check character is right and whose organisation code is not."""
    right = org_code(1)
    return with_check("11" + place.division + right[:8] + ("1" if right[8] != "1" else "2"))


def mistyped(identifier: str, rng: Random) -> str:
    """The identifier with one of its last digits typed wrong, so that its check character no longer fits."""
    while True:
        index = rng.choice([index for index in range(10, 17) if identifier[index].isdigit()])
        digit = str((int(identifier[index]) + rng.randint(1, 9)) % 10)
        wrong = identifier[:index] + digit + identifier[index + 1 :]
        if not wrong.endswith("000"):  # that would look like a number that Excel has rounded
            return wrong
