"""Administrative penalties (行政处罚) of the market regulator and of urban management, as they are decided day by day.

A case follows from its office, its day and its number of that day. Others speak of cases (credit repair, disputes,
lists of serious dishonesty): ``cases`` tells which ones are never reported wrongly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from hub.county.parties import Party, some_party
from hub.county.source import Cells, Source, Span, Value
from hub.county.world import Office, World

_A_MONTH = {"market": 250, "urban": 180}  # at scale 1
_PERSONS = {"market": 0.15, "urban": 0.35}  # share of the cases
_YEAR = timedelta(days=365)


class Offence(NamedTuple):
    """What somebody did: 违法行为类型, 违法事实, 处罚依据, and which licence may be taken for it."""

    kind: str
    fact: str
    basis: str
    licence: str


_OFFENCES: Mapping[str, tuple[Offence, ...]] = {
    "market": (
        Offence(
            "销售超过保质期的食品",
            "检查时货架上有超过保质期的食品。",
            "《中华人民共和国食品安全法》第一百二十四条",
            "食品经营许可证",
        ),
        Offence(
            "使用不合格的计量器具",
            "当事人使用的电子秤超过检定周期。",
            "《中华人民共和国计量法》第二十五条",
            "计量标准考核证书",
        ),
        Offence(
            "发布虚假广告",
            "当事人在店内张贴的宣传页与商品实际情况不符。",
            "《中华人民共和国广告法》第五十五条",
            "广告发布登记证",
        ),
        Offence(
            "使用未经检验的特种设备",
            "当事人使用的叉车未经定期检验。",
            "《中华人民共和国特种设备安全法》第八十四条",
            "特种设备使用登记证",
        ),
        Offence(
            "销售侵犯注册商标专用权的商品",
            "当事人销售的白酒经鉴定为侵权商品。",
            "《中华人民共和国商标法》第六十条",
            "食品经营许可证",
        ),
        Offence(
            "未按规定明码标价",
            "当事人销售的小龙虾未标明价格。",
            "《中华人民共和国价格法》第四十二条",
            "食品经营许可证",
        ),
        Offence(
            "从不具备资格的企业购进药品",
            "当事人不能提供购进药品的合法票据。",
            "《中华人民共和国药品管理法》第一百二十九条",
            "药品经营许可证",
        ),
    ),
    "urban": (
        Offence(
            "擅自占用城市道路经营",
            "当事人在店门外摆放桌椅经营。",
            "《江苏省城市市容和环境卫生管理条例》",
            "临时占用城市道路许可证",
        ),
        Offence(
            "未采取密闭措施运输渣土",
            "运输车辆沿途遗撒渣土。",
            "《城市建筑垃圾管理规定》",
            "城市建筑垃圾处置核准证",
        ),
        Offence(
            "擅自设置户外广告",
            "当事人未经批准在楼顶设置广告牌。",
            "《江苏省城市市容和环境卫生管理条例》",
            "户外广告设置许可证",
        ),
        Offence(
            "未按规定排放油烟",
            "当事人的油烟净化设施没有运行。",
            "《中华人民共和国大气污染防治法》第一百一十八条",
            "城镇污水排入排水管网许可证",
        ),
    ),
}
# By the last digit of the case number. Minor ones are never published, serious ones for three years.
_KINDS = (
    "罚款",
    "警告",
    "罚款、没收违法所得",
    "罚款",
    "警告、罚款",
    "罚款",
    "通报批评",
    "罚款、没收非法财物",
    "吊销许可证件",
    "罚款、责令停产停业",
)
_MINOR, _SERIOUS = ("警告", "通报批评"), ("吊销许可证件", "限制从业")


@dataclass(frozen=True, slots=True)
class Case:
    """A penalty. ``party.organisation`` or ``party.person`` is who was punished; ``kinds`` are the 处罚类别."""

    serial: int  # within the year, of the office
    document: str  # 行政处罚决定书文号
    day: date  # 处罚决定日期
    office: Office
    party: Party
    offence: Offence
    kinds: str
    yuan: int  # of the fine, if there is one

    @property
    def serious(self) -> bool:
        """Whether it may bring somebody onto a list of serious dishonesty."""
        return self.kinds in _SERIOUS

    @property
    def shown_until(self) -> date | None:
        """公示截止期; none where nothing is published."""
        if self.kinds in _MINOR:
            return None
        return self.day + (3 * _YEAR if self.serious else _YEAR)

    @property
    def steady(self) -> bool:
        """Whether others may refer to it: it is always reported rightly."""
        return self.serial % 2 == 0


def sources(world: World) -> Iterator[Source]:
    """The systems of both offices."""
    for department in _A_MONTH:
        yield Source("market/admin_penalty", department, "行政处罚", penalties, spare)


def spare(world: World, cells: Mapping[str, Value]) -> bool:
    """Whether nobody refers to the case."""
    return int(str(cells["cf_wsh"]).rpartition("〕")[2].removesuffix("号")) % 2 == 1


def cases(world: World, department: str, span: Span) -> Iterator[Case]:
    """The cases of the span that others may refer to, of ``market`` or ``urban``; every second one."""
    return (case for case in _decided(world, department, span) if case.steady)


def penalties(world: World, department: str, span: Span) -> Iterator[Cells]:
    """What was decided on the days of the span."""
    for case in _decided(world, department, span):
        yield case.party.cells("cf_") | case.party.head("cf_") | _row(world, case)


def _decided(world: World, department: str, span: Span) -> Iterator[Case]:
    a_day = world.amount(_A_MONTH[department] / 30, least=2)
    for offset in range(span.days):
        day = span.first + timedelta(days=offset)
        rng = world.rng("market/admin_penalty", department, day)
        before = (day.timetuple().tm_yday - 1) * a_day  # numbers go on through the year
        for serial in range(before + 1, before + a_day + 1):
            yield _case(world, department, day, serial, rng)


def _case(world: World, department: str, day: date, serial: int, rng: Random) -> Case:
    office, offences = world.office(department), _OFFENCES[department]
    party = some_party(world, rng, day, _PERSONS[department])
    kinds = _KINDS[serial % len(_KINDS)]
    if kinds == "吊销许可证件" and party.person:
        kinds = "限制从业"  # a person has no licence to lose here
    yuan = rng.randrange(200, 5_000, 100) if party.person else rng.randrange(500, 90_000, 500)
    document = f"{office.mark}罚〔{day.year}〕{serial:05d}号"
    return Case(serial, document, day, office, party, offences[serial % len(offences)], kinds, yuan)


def _row(world: World, case: Case) -> Cells:
    fined, taken = "罚款" in case.kinds, "没收" in case.kinds
    licence = f"{case.offence.licence}（{case.day.year - 2}年核发）" if case.kinds == "吊销许可证件" else None
    return {
        "cf_wsh": case.document,
        "cf_wfxw": case.offence.kind,
        "cf_sy": case.offence.fact,
        "cf_yj": case.offence.basis,
        "cf_cflb": case.kinds,
        "cf_nr": _content(case, licence),
        "cf_nr_fk": _in_wanyuan(case.yuan) if fined else None,
        "cf_nr_wfff": _in_wanyuan(case.yuan // 2) if taken else None,
        "cf_nr_zkdx": licence,
        "cf_jdrq": case.day,
        "cf_yxq": case.shown_until or case.day + timedelta(days=90),
        "cf_gsjzq": case.shown_until,
        "cf_cfjg": case.office.name,
        "cf_cfjgdm": case.office.uscc,
        "cf_sjly": case.office.name,
        "cf_sjlydm": case.office.uscc,
    }


def _content(case: Case, licence: str | None) -> str:
    said = []
    for kind in case.kinds.split("、"):
        match kind:
            case "罚款":
                said.append(f"罚款人民币{case.yuan}元")
            case "没收违法所得" | "没收非法财物":
                said.append(f"{kind}，折合人民币{case.yuan // 2}元")
            case "吊销许可证件":
                said.append(f"吊销{licence}")
            case "限制从业":
                said.append("三年内不得从事同类经营活动")
            case _:
                said.append(kind)
    return "；".join(said) + "。"


def _in_wanyuan(yuan: int) -> Decimal:
    return Decimal(yuan) / 10_000
