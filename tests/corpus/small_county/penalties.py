"""Administrative penalties (行政处罚) of the synthetic county, from the market regulator and from urban management."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from corpus.small_county.mess import Spoil, put

from hub.county.agencies import Agency
from hub.county.identities import Place, citizen_id, company, mistyped, odd_inside, person, shop, uscc
from hub.county.record import Row

HEADER = (
    *("行政相对人名称", "行政相对人类别", "统一社会信用代码", "工商注册号", "组织机构代码", "税务登记号"),
    *("事业单位证书号", "社会组织登记证号", "法定代表人", "法定代表人证件类型", "法定代表人证件号码", "证件类型"),
    *("证件号码", "行政处罚决定书文号", "违法行为类型", "违法事实", "处罚依据", "处罚类别", "处罚内容"),
    *("罚款金额（万元）", "没收违法所得、没收非法财物的金额（万元）", "暂扣或吊销证照名称及编号", "处罚决定日期"),
    *("处罚有效期", "公示截止期", "处罚机关", "处罚机关统一社会信用代码", "数据来源单位"),
    *("数据来源单位统一社会信用代码", "备注"),
)


Offence = tuple[str, str, str]  # kind, fact, basis
AT_MARKET: tuple[Offence, ...] = (
    ("销售超过保质期的食品", "检查时货架上有超过保质期的食品。", "《中华人民共和国食品安全法》第一百二十四条"),
    ("未按规定公示年度报告", "当事人未在规定期限公示上一年度报告。", "《企业信息公示暂行条例》第十八条"),
    ("使用不合格的计量器具", "当事人使用的电子秤超过检定周期。", "《中华人民共和国计量法》第二十五条"),
)
ON_STREETS: tuple[Offence, ...] = (
    ("擅自占用城市道路经营", "当事人在店门外摆放桌椅经营。", "《江苏省城市市容和环境卫生管理条例》"),
    ("未采取密闭措施运输渣土", "运输车辆沿途遗撒渣土。", "《城市建筑垃圾管理规定》"),
)


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases of one agency. ``style`` is the strftime form of the dates in its files."""

    place: Place
    agency: Agency
    offences: Sequence[Offence]
    style: str

    def penalty(self, serial: int, decided: date, rng: Random) -> Row:
        """One clean penalty. Of five, four hold a fine, one of them with a warning, one with confiscation."""
        kinds = ("罚款", "罚款", "警告、罚款", "警告", "没收违法所得、罚款")[serial % 5]
        yuan = rng.randrange(500, 90_000, 500)
        offence, fact, basis = self.offences[serial % len(self.offences)]
        row = subject(self.place, serial) | {
            "行政处罚决定书文号": f"{self.agency.mark}罚〔{decided.year}〕{serial:05d}号",
            "违法行为类型": offence,
            "违法事实": fact,
            "处罚依据": basis,
            "处罚类别": kinds,
            "处罚内容": f"罚款人民币{yuan}元。" if "罚款" in kinds else "警告。",
            "处罚决定日期": decided.strftime(self.style),
            "处罚有效期": (decided + timedelta(days=365)).strftime(self.style),
            "公示截止期": (decided + timedelta(days=180)).strftime(self.style),
            "处罚机关": self.agency.name,
            "处罚机关统一社会信用代码": self.agency.code,
            "数据来源单位": self.agency.name,
            "数据来源单位统一社会信用代码": self.agency.code,
        }
        if "罚款" in kinds:
            row["罚款金额（万元）"] = in_wanyuan(yuan)
        if "没收" in kinds:
            row["没收违法所得、没收非法财物的金额（万元）"] = in_wanyuan(yuan // 2)
        return row


def in_wanyuan(yuan: int) -> str:
    """Whole yuan in the unit of the column, exactly: 2000 is 0.2."""
    return f"{yuan // 10_000}.{yuan % 10_000:04d}".rstrip("0").rstrip(".")


def subject(place: Place, serial: int) -> Row:
    """Who is punished: of ten serials two are persons, three are sole traders, the rest companies."""
    if serial % 10 in (0, 5):
        return {
            "行政相对人名称": person(serial),
            "行政相对人类别": "自然人",
            "证件类型": "身份证",
            "证件号码": citizen_id(place, serial),
        }
    trader = serial % 10 in (1, 2, 3)
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


def _masked(row: Row, rng: Random) -> None:
    row["证件号码"] = row["证件号码"][:6] + "********" + row["证件号码"][14:]


def _published_before_decision(row: Row, rng: Random) -> None:
    row["公示截止期"] = "2001/01/01"


def spoils(place: Place, scale: int) -> tuple[Spoil, ...]:
    """The mess of a penalty file, ``scale`` rows of each kind."""
    fine = "罚款金额（万元）"
    return (
        Spoil(scale, _wrong_code, "rejected", "ID-USCC-CHECK", only="统一社会信用代码"),
        Spoil(scale, _masked, "rejected", "ID-SFZ-FORM", only="证件号码"),
        Spoil(scale, put("处罚决定日期", "2026.02.30", "1899-12-31"), "rejected", "DAT-IMPOSSIBLE"),
        Spoil(scale, put(fine, "5,000000", "约2000元", "二千"), "rejected", "MON-FORMAT", only=fine),
        Spoil(scale, put("违法事实", "", "暂无", "\\N"), "rejected", "CMP-REQUIRED"),
        Spoil(scale, put("处罚类别", "口头教育", "罚款、口头教育"), "rejected", "COD-UNKNOWN"),
        Spoil(scale, _published_before_decision, "rejected", "DAT-ORDER"),
        Spoil(scale, put("数据来源单位统一社会信用代码", odd_inside(place)), "accepted_query", "ID-USCC-ORG"),
        Spoil(scale, put(fine, "2,000", "５０００"), "accepted_query", "MON-UNIT", only=fine),
        Spoil(scale, put("工商注册号", "/", "无", "— —"), "accepted", "CHG-NULL"),
    )
