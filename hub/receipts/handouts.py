"""What lies in a department's ``templates`` folder (下发材料): forms, 填报说明, and ``README_请先读我.txt``.

The same contracts, county and day give the same bytes, so that whoever compares them knows whether a folder is current.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from fnmatch import fnmatchcase

from hub.contract.model import Contract, County, Department, Intake
from hub.receipts.form import form
from hub.receipts.guide import deadlines, guide
from hub.receipts.reminder import as_file

README = "README_请先读我.txt"
FORM, GUIDE = "填报模板.xlsx", "填报说明.txt"
FORMS_FOR = (None, "xlsx")  # formats in which a workbook may come back
FOLDERS = (
    ("inbox", "放要报送的文件。放入以后不能再改，只能改名或删除后重放"),
    ("precheck", "试报：先看看有没有问题，不入库"),
    ("outbox", "取回执和提醒，只能下载"),
    ("templates", "填报模板和填报说明，只能下载"),
    ("archive", "已处理的文件，按月存放，只能下载"),
)


def handouts(
    county: County, department: Department, contracts: Iterable[Contract], today: date, forms: dict[str, bytes]
) -> dict[str, bytes]:
    """Content by file name, the README last; nothing for a department that sends no files.

    ``forms`` keeps workbooks by dataset, so that those of many departments are made once.
    """
    made: dict[str, bytes] = {}
    told: list[str] = []
    for contract, intake in by_file(department, contracts):
        stem = stem_of(contract, intake)
        named = []
        if intake.format in FORMS_FOR:
            if contract.dataset not in forms:
                forms[contract.dataset] = form(contract, today)
            made[f"{stem}_{FORM}"] = forms[contract.dataset]
            named.append(f"{stem}_{FORM}")
        made[f"{stem}_{GUIDE}"] = as_file(guide(contract, intake, today))
        named.append(f"{stem}_{GUIDE}")
        told += ["", f"{contract.title}（版本 {contract.version}）", f"  文件名：{'、'.join(intake.patterns)}"]
        told += [f"  期限：{one}" for one in deadlines(contract)]
        told += [f"  材料：{'、'.join(named)}", f"  联系：{contract.contact or '信用信息中心'}"]
    if told:
        made[README] = as_file(_readme(county, department, told))
    return made


def by_file(department: Department, contracts: Iterable[Contract]) -> list[tuple[Contract, Intake]]:
    """The datasets that a department sends as files, in order of their titles; of several ways in the first."""
    found: dict[str, tuple[Contract, Intake]] = {}
    for contract in contracts:
        for intake in contract.intakes:
            if intake.department == department.id and intake.patterns:
                found.setdefault(contract.dataset, (contract, intake))
    return sorted(found.values(), key=lambda each: (each[0].title, each[0].dataset))


def stem_of(contract: Contract, intake: Intake) -> str:
    """How its files begin: a form that is filled in and sent back under its name is known by it."""
    plain = re.sub(r"[^\w（）()]+", "", contract.title)[:40]
    begins = [plain, *(pattern.split("*")[0].rstrip("_") for pattern in intake.patterns)]
    fitting = (
        stem
        for stem in begins
        if re.fullmatch(r"[\w（）()]+", stem)
        and any(fnmatchcase(f"{stem}_{FORM}".lower(), pattern.lower()) for pattern in intake.patterns)
    )
    return next(fitting, plain)


def _readme(county: County, department: Department, told: list[str]) -> str:
    folders: Mapping[str, str] = dict(FOLDERS)
    lines = [
        "请先读我",
        "",
        f"{department.name}：",
        f"这里是{county.name}公共信用信息交换枢纽给贵单位的文件夹，别的单位看不到。",
        "",
        "一、文件夹",
        *(f"  {name}　{use}。" for name, use in folders.items()),
        "",
        "二、怎么报",
        "  1. 打开本文件夹里的填报模板，照填报说明填好，存盘。",
        "  2. 把文件放进 inbox。文件很大时先加后缀 .part，传完再改回原名。",
        "  3. 过几分钟到 outbox 取回执，打开其中的 .xlsx。退回的行改好后，只报这些行。",
        "  传到一半断了的，请先删掉没传完的那个，再重新传。",
        "  WinSCP 提示不能设置时间或权限的，文件已经传好；在传输设置里去掉“保留时间戳”就不再提示。",
        "",
        "三、报什么",
        *told,
        "",
        "本文件和模板由系统随数据契约更新，请每次用最新的。",
    ]
    return "\n".join(lines) + "\n"
