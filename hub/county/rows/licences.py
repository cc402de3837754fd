"""Administrative licences (行政许可) of the market regulator, as they are decided day by day.

A licence follows from its day and its number of that day, so that overlapping deliveries say the same of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from hub.county.parties import Party, some_party
from hub.county.source import Cells, Source, Span
from hub.county.world import Office, World

_A_MONTH = 1500  # at scale 1
_PERSONS = 0.1  # of the licences
_INVALID = 40  # of so many decisions one ends a licence (注销)


class Kind(NamedTuple):
    """A kind of licence. ``years`` 0: it has no end."""

    certificate: str  # 许可证书名称
    category: str  # 许可类别
    content: str  # 许可内容
    years: int
    letters: str  # its numbers begin with them


_FOR_ALL = (
    Kind("食品经营许可证", "普通", "预包装食品销售；散装食品销售", 5, "JY1"),
    Kind("营业执照", "登记", "设立登记", 0, "YZ"),
    Kind("药品经营许可证", "核准", "中药饮片、中成药、化学药制剂零售", 5, "YP"),
    Kind("食品经营许可证", "普通", "热食类食品制售；冷食类食品制售", 5, "JY2"),
)
_FOR_TRADERS = (
    Kind("小餐饮备案证", "其他", "热食类食品制售", 3, "XC"),
    Kind("食品小作坊登记证", "登记", "熟肉制品加工", 3, "XZ"),
    Kind("食品经营许可证", "普通", "小龙虾等热食类食品制售", 5, "JY2"),
)
_FOR_ORGANISATIONS = (
    Kind("食品生产许可证", "普通", "水产制品；调味品", 5, "SC"),
    Kind("特种设备使用登记证", "登记", "场（厂）内专用机动车辆：叉车1台", 0, "TS"),
    Kind("检验检测机构资质认定证书", "认可", "农产品中农药残留检测", 6, "JC"),
    Kind("医疗器械经营许可证", "普通", "第三类医疗器械经营", 5, "YX"),
    Kind("全国工业产品生产许可证", "核准", "水泥；建筑用钢筋", 5, "XK"),
)
_FOR_PERSONS = (
    Kind("特种设备安全管理和作业人员证", "认可", "叉车司机（N1）", 4, "TZ"),
    Kind("特种设备安全管理和作业人员证", "认可", "工业锅炉司炉（G1）", 4, "TZ"),
)


def sources(world: World) -> Iterator[Source]:
    """The licensing system."""
    yield Source("market/admin_licence", "market", "行政许可", licences)


def licences(world: World, department: str, span: Span) -> Iterator[Cells]:
    """What was decided on the days of the span."""
    a_day = world.amount(_A_MONTH / 30, least=3)
    for offset in range(span.days):
        day = span.first + timedelta(days=offset)
        rng = world.rng("market/admin_licence", department, day)
        before = (day.timetuple().tm_yday - 1) * a_day  # numbers go on through the year
        for number in range(before + 1, before + a_day + 1):
            yield _licence(world, world.office(department), day, number, rng)


def _licence(world: World, office: Office, day: date, number: int, rng: Random) -> Cells:
    party = some_party(world, rng, day, _PERSONS)
    kind = rng.choice(_kinds(party))
    ends = number % _INVALID == 0
    until = day + timedelta(days=365 * kind.years)
    cells: Cells = {
        "xk_xkws": "准予注销行政许可决定书" if ends else "准予行政许可决定书",
        "xk_wsh": f"{office.mark}许〔{day.year}〕{number:05d}号",
        "xk_xklb": kind.category,
        "xk_xkzs": kind.certificate,
        "xk_xkbh": f"{kind.letters}{world.place.division}{day:%y}{number:05d}",
        "xk_nr": kind.content,
        "xk_jdrq": day,
        "xk_yxqz": day,
        "xk_yxqzi": day if ends else until if kind.years else "长期",
        "xk_xkjg": office.name,
        "xk_xkjgdm": office.uscc,
        "xk_zt": "2" if ends else "1",
        "xk_lydw": office.name,
        "xk_lydwdm": office.uscc,
    }
    return party.cells("xk_") | party.head("xk_") | cells


def _kinds(party: Party) -> tuple[Kind, ...]:
    if party.organisation is None:
        return _FOR_PERSONS
    return _FOR_ALL + (_FOR_TRADERS if party.category == "个体工商户" else _FOR_ORGANISATIONS)
