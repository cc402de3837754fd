"""Bank credit lines (信易贷授信) of the synthetic county: big towns every month, small ones too few to be shown."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from corpus.small_county.mess import Spoil, put

from hub.county.identities import Place, citizen_id, company, mistyped, person, uscc
from hub.county.record import Row

HEADER = (
    *(
        "授信编号",
        "客户名称",
        "客户类别",
        "统一社会信用代码",
        "身份证号码",
        "所在镇街",
        "信贷产品名称",
        "授信金额（元）",
    ),
    *("用信余额（元）", "授信起始日期", "授信到期日期", "授信状态", "信用信息查询授权书编号"),
)
SUMMARY_HEADER = (
    *("统计月份", "所在镇街", "信贷产品名称", "户数", "笔数"),
    *("授信金额合计（元）", "用信余额合计（元）"),
)
_SHARES = (22, 16, 14, 12, 6, 4, 3, 2, 1)  # of 80 lines, by town
_PRODUCTS = ("整村授信", "惠农快贷", "小微易贷")


def credit_line(place: Place, serial: int, today: date, rng: Random) -> Row:
    """One clean line, begun in the last three months that have ended. Of four customers one is a company."""
    last_day = today.replace(day=1) - timedelta(days=1)
    begun = last_day - timedelta(days=rng.randint(0, 85))
    granted = rng.randrange(50_000, 500_000, 10_000)
    row = {
        "授信编号": f"SX{begun.year}{serial:08d}",
        "所在镇街": _town(place, serial),
        "信贷产品名称": _PRODUCTS[serial % len(_PRODUCTS)],
        "授信金额（元）": f"{granted:,.2f}" if serial % 5 == 0 else str(granted),
        "用信余额（元）": str(granted // 4),
        "授信起始日期": begun.strftime("%Y%m%d"),
        "授信到期日期": begun.replace(year=begun.year + 3, day=min(begun.day, 28)).strftime("%Y%m%d"),
        "授信状态": "正常",
        "信用信息查询授权书编号": f"SQ{begun.year}{serial:08d}",
    }
    if serial % 4 == 0:
        return row | {"客户名称": company(place, serial), "客户类别": "企业", "统一社会信用代码": uscc(place, serial)}
    return row | {"客户名称": person(serial), "客户类别": "个人", "身份证号码": citizen_id(place, serial)}


def summary(place: Place, today: date) -> list[Row]:
    """What the bank reports of the last month that has ended: a line for each town and product, nobody in it."""
    month = today.replace(day=1) - timedelta(days=1)
    return [
        {
            "统计月份": f"{month:%Y-%m}",
            "所在镇街": name,
            "信贷产品名称": product,
            "户数": str(households := 10 + 7 * town + 3 * number),
            "笔数": str(households + town),
            "授信金额合计（元）": str(households * 60_000),
            "用信余额合计（元）": str(households * 41_000),
        }
        for town, (_, name) in enumerate(place.towns)
        for number, product in enumerate(_PRODUCTS)
    ]


def _town(place: Place, serial: int) -> str:
    """A town as banks write it: name, 9 or 12 digits, by turns."""
    lines = [town for town, share in enumerate(_SHARES[: len(place.towns)]) for _ in range(share)]
    town = lines[serial % len(lines)]
    code, name = place.towns[town]
    return (name, code, f"{code}000")[town % 3]


def _wrong_id(row: Row, rng: Random) -> None:
    row["身份证号码"] = mistyped(row["身份证号码"], rng)


def spoils(scale: int) -> tuple[Spoil, ...]:
    """The mess of the bank's file, ``scale`` rows of each kind."""
    return (
        Spoil(scale, _wrong_id, "rejected", "ID-SFZ-CHECK", only="身份证号码"),
        Spoil(scale, put("所在镇街", "不在册镇", "999999999"), "rejected", "REG-UNKNOWN"),
        Spoil(scale, put("信用信息查询授权书编号", "", "无"), "rejected", "CMP-REQUIRED"),
        Spoil(scale, put("授信金额（元）", "约20万元", "1.5E+5"), "rejected", "MON-FORMAT"),
        Spoil(scale, put("授信到期日期", "20010101"), "rejected", "DAT-ORDER"),
    )
