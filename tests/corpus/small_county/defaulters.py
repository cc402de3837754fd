"""Court defaulters (失信被执行人) of the synthetic county."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from corpus.small_county.mess import Spoil, put

from hub.county.agencies import court
from hub.county.identities import Place, birthday, citizen_id, company, is_male, mistyped, person, uscc
from hub.county.record import Row

HEADER = (
    *(
        "被执行人名称",
        "被执行人类别",
        "统一社会信用代码",
        "组织机构代码",
        "身份证号码",
        "性别",
        "出生日期",
        "法定代表人",
    ),
    *("案号", "立案时间", "法院代码", "执行法院", "执行依据文号", "作出执行依据单位", "生效法律文书确定的义务"),
    *("被执行人的履行情况", "已履行部分", "未履行部分", "失信被执行人行为具体情形", "发布日期", "退出日期", "失信编号"),
)
_CONDUCT = ("有履行能力而拒不履行生效法律文书确定义务", "违反财产报告制度", "以其他方法妨碍、抗拒执行")
_BRACKETS = (("（", "）"), ("(", ")"), ("〔", "〕"))


def defaulter(place: Place, serial: int, today: date, rng: Random) -> Row:
    """One clean entry: half persons, half companies. Every twelfth has left the list, every twentieth has paid."""
    filed = today - timedelta(days=rng.randint(60, 600))
    published = filed + timedelta(days=rng.randint(20, 50))
    opening, closing = _BRACKETS[serial % len(_BRACKETS)]
    owed = rng.randrange(10_000, 900_000, 1_000)
    paid = serial % 20 == 0
    authority = court(place)
    row = {
        "案号": f"{opening}{filed.year}{closing}{authority.mark}执{serial}号",
        "立案时间": filed.isoformat(),
        "法院代码": place.division,
        "执行法院": authority.name,
        "执行依据文号": f"（{filed.year - 1}）{authority.mark}民初{serial + 1000}号",
        "作出执行依据单位": authority.name,
        "生效法律文书确定的义务": f"支付货款{owed}元及利息。",
        "被执行人的履行情况": "全部履行" if paid else ("全部未履行", "部分未履行")[serial % 2],
        "未履行部分": "" if paid else f"{owed}元",
        "失信被执行人行为具体情形": _CONDUCT[serial % len(_CONDUCT)],
        "发布日期": published.isoformat(),
        "退出日期": (published + timedelta(days=9)).isoformat() if serial % 12 == 0 else "",
        "失信编号": f"{700_000_000 + serial}",
    }
    return row | (_company(place, serial) if serial % 4 < 2 else _person(place, serial))


def _company(place: Place, serial: int) -> Row:
    return {
        "被执行人名称": company(place, serial),
        "被执行人类别": "法人及非法人组织",
        "统一社会信用代码": uscc(place, serial),
        "法定代表人": person(serial + 7),
    }


def _person(place: Place, serial: int) -> Row:
    return {
        "被执行人名称": person(serial),
        "被执行人类别": "自然人",
        "身份证号码": citizen_id(place, serial),
        "性别": "男" if is_male(serial) else "女",
        "出生日期": birthday(serial).isoformat(),
    }


def _wrong_code(row: Row, rng: Random) -> None:
    row["统一社会信用代码"] = mistyped(row["统一社会信用代码"], rng)


def _wrong_id(row: Row, rng: Random) -> None:
    row["身份证号码"] = mistyped(row["身份证号码"], rng)


def spoils(scale: int) -> tuple[Spoil, ...]:
    """The mess of the court's file, ``scale`` rows of each kind."""
    return (
        Spoil(scale, _wrong_code, "rejected", "ID-USCC-CHECK", only="统一社会信用代码"),
        Spoil(scale, _wrong_id, "rejected", "ID-SFZ-CHECK", only="身份证号码"),
        Spoil(scale, put("案号", "执99号", "执行案件"), "rejected", "CAS-FORMAT"),
        Spoil(scale, put("立案时间", "2025-02-29", "20250231"), "rejected", "DAT-IMPOSSIBLE"),
        Spoil(scale, put("执行依据文号", "", "无"), "rejected", "CMP-REQUIRED"),
        Spoil(scale, put("被执行人的履行情况", "不详"), "rejected", "COD-UNKNOWN"),
        Spoil(scale, put("退出日期", "2001-01-01"), "rejected", "DAT-ORDER"),
    )
