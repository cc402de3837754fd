"""Administrative licences (行政许可) of the synthetic county, as the market regulator would export them."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from corpus.small_county.mess import Spoil, put

from hub.county import licence_volume
from hub.county.agencies import market
from hub.county.identities import Place, citizen_id, company, mistyped, odd_inside, person, shop, uscc
from hub.county.record import Row

HEADER = licence_volume.HEADER


def licence(place: Place, serial: int, today: date, rng: Random, style: str) -> Row:
    """One clean licence, decided on one of the last six days. ``style`` is the strftime form of its dates."""
    decided = today - timedelta(days=rng.randint(1, 6))
    ends = decided.replace(year=decided.year + 5, day=min(decided.day, 28))
    bureau = market(place)
    title, kind, content = licence_volume.KINDS[serial % len(licence_volume.KINDS)]
    return subject(place, serial) | {
        "行政许可决定文书名称": "准予行政许可决定书",
        "行政许可决定文书号": f"{bureau.mark}许〔{decided.year}〕{serial:06d}号",
        "许可类别": kind,
        "许可证书名称": title,
        "许可编号": f"JY1{place.division}{serial:09d}",
        "许可内容": content,
        "许可决定日期": decided.strftime(style),
        "有效期自": decided.strftime(style),
        "有效期至": "长期" if kind == "登记" else ends.strftime(style),
        "许可机关": bureau.name,
        "许可机关统一社会信用代码": bureau.code,
        "当前状态": "1",
        "数据来源单位": bureau.name,
        "数据来源单位统一社会信用代码": bureau.code,
    }


def subject(place: Place, serial: int) -> Row:
    """Who gets the licence: of ten serials one is a person, two are sole traders, the rest companies."""
    if serial % 10 == 0:
        return {
            "行政相对人名称": person(serial),
            "行政相对人类别": "自然人",
            "证件类型": "身份证",
            "证件号码": citizen_id(place, serial),
        }
    trader = serial % 10 in (1, 2)
    return {
        "行政相对人名称": shop(place, serial) if trader else company(place, serial),
        "行政相对人类别": "个体工商户" if trader else "法人及非法人组织",
        "统一社会信用代码": uscc(place, serial, "92" if trader else "91"),
        "法定代表人": person(serial + 7),
        "法定代表人证件类型": "身份证",
        "法定代表人证件号码": citizen_id(place, serial + 7),
    }


def _wrong_code(row: Row, rng: Random) -> None:
    row["统一社会信用代码"] = mistyped(row["统一社会信用代码"], rng)


def _wrong_representative(row: Row, rng: Random) -> None:
    row["法定代表人证件号码"] = mistyped(row["法定代表人证件号码"], rng)


def _ends_too_early(row: Row, rng: Random) -> None:
    row["有效期至"] = "2001-01-01"


def spoils(place: Place, scale: int) -> tuple[Spoil, ...]:
    """The mess of a licence file, ``scale`` rows of each kind."""
    return (
        Spoil(scale, _wrong_code, "rejected", "ID-USCC-CHECK", only="统一社会信用代码"),
        Spoil(scale, _wrong_representative, "rejected", "ID-SFZ-CHECK", only="法定代表人证件号码"),
        Spoil(scale, put("许可决定日期", "2026-02-30", "2026/13/01", "1900-01-01"), "rejected", "DAT-IMPOSSIBLE"),
        Spoil(scale, put("有效期自", "45983", "46000"), "rejected", "DAT-SERIAL"),
        Spoil(scale, put("许可内容", "", "无", "　"), "rejected", "CMP-REQUIRED"),
        Spoil(scale, put("许可类别", "临时", "试行"), "rejected", "COD-UNKNOWN"),
        Spoil(scale, put("许可证书名称", "=HYPERLINK(1)", "@证书"), "rejected", "TXT-FORMULA"),
        Spoil(scale, _ends_too_early, "rejected", "DAT-ORDER"),
        Spoil(scale, put("数据来源单位统一社会信用代码", odd_inside(place)), "accepted_query", "ID-USCC-ORG"),
        Spoil(scale, put("备注", "补录　", " 经现场核查 ", "—"), "accepted", "CHG-TEXT"),
    )
