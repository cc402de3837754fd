"""What changes the county's own lists: divisions (行政区划变更) and catalogues of credit information (目录版本).

Both follow a calendar of their own, so that the stock and every later span tell the same of a change or an edition.
Villages that are gone are invented, with numbers that the list of regions never had; those that came are of the list.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from hub.county.source import Cells, Source, Span
from hub.county.world import Village, World

_SINCE = 2021  # the first year of both calendars
_KINDS = ("合并", "改设", "更名", "设立", "撤销", "合并")
_MONTHS = (2, 5, 8, 11)  # in which divisions are changed, at scale 1 two at a time
_APPROVED, _IN_FORCE = 5, 20  # days of those months
_AT_ONCE = 2
_INVENTED = range(900, 1_000)  # last digits of villages that no list has
_LEVELS = (  # level; in which of three years there is an edition; month; its name; about how many items
    ("全国", (2,), 3, "全国公共信用信息基础目录", 40),
    ("省", (0, 2), 4, "全省公共信用信息补充目录", 60),
    ("市", (0, 1, 2), 5, "全市公共信用信息应用目录", 90),
    ("县", (0, 1, 2), 6, "公共信用信息归集目录", 120),
)
_CYCLE, _VALID = 3, 5  # years; the day from which an edition holds


def sources(world: World) -> Iterator[Source]:
    """The systems of the two who keep the lists."""
    yield Source("government/region_change", "government", "行政区划变更", region_changes)
    yield Source("credit/catalogue_edition", "credit", "目录版本", catalogue_editions)


def region_changes(world: World, department: str, span: Span) -> Iterator[Cells]:
    """One division and what became of it, in the spans in which a change comes into force."""
    serial = 0
    for year in range(_SINCE, span.last.year + 1):
        for month in _MONTHS:
            in_force = date(year, month, _IN_FORCE)
            for number in range(1, world.amount(_AT_ONCE, least=1) + 1):
                serial += 1
                if _told(in_force, span):
                    yield _change(world, serial, date(year, month, _APPROVED), in_force, number)


def _told(day: date, span: Span) -> bool:
    """The stock has all that stands by its last day."""
    return day <= span.last and (span.stock or day >= span.first)


def _change(world: World, serial: int, approved: date, in_force: date, number: int) -> Cells:
    government = world.office("government")
    kind, village = _KINDS[serial % len(_KINDS)], world.villages[serial * 17 % len(world.villages)]
    approval = f"{world.place.name[0]}政复〔{approved.year}〕{approved.month}{number:02d}号"
    return {
        "bgbh": f"QHBG-{in_force:%Y%m}-{number:04d}",
        "bglx": kind,
        **({} if kind == "设立" else _gone(village, kind, serial)),
        **({} if kind == "撤销" else {"xqhdm": village.code, "xqhmc": village.name}),
        "pzrq": approved,
        "sxrq": in_force,
        "pzwh": approval,
        "pzjg": government.name.removesuffix("办公室"),
    }


def _gone(village: Village, kind: str, serial: int) -> Cells:
    """The division before: who has another name alone keeps the number."""
    invented = f"{village.town}{_INVENTED[serial % len(_INVENTED)]}"
    return {"yqhdm": village.code if kind == "更名" else invented, "yqhmc": f"演示{serial}号村委会"}


def catalogue_editions(world: World, department: str, span: Span) -> Iterator[Cells]:
    """One edition of one level, in the spans in which it comes into force."""
    for level, years, month, name, items in _LEVELS:
        before = None
        for year in range(_SINCE, span.last.year + 1):
            if year % _CYCLE not in years:
                continue
            issued, in_force = date(year, month, 1), date(year, month, _VALID)
            number = f"{world.place.name[0] if level == '县' else level[0]}信目〔{year}〕{month}号"
            if _told(in_force, span):
                yield {
                    "mlcj": level,
                    "wh": number,
                    "bbmc": f"{world.place.name if level == '县' else ''}{name}（{year}年版）",
                    "yfrq": issued,
                    "sxrq": in_force,
                    "btdwh": before,
                    "sxs": items + (year - _SINCE) * 3,
                    "ywdz": _address(level, year),
                }
            before = number


def _address(level: str, year: int) -> str | None:
    """Where the official text stands; the county's own is not on the net."""
    places = {"全国": "www.example.cn", "省": "province.example.cn", "市": "city.example.cn"}
    return f"https://{places[level]}/catalogue/{year}.html" if level in places else None
