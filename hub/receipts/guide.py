"""The 填报说明 of a dataset as a text: file names, format, deadline, columns, codes, from the contract alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from hub.contract.model import Column, Contract, Intake
from hub.contract.schedule import Schedule
from hub.contract.template import TemplateColumn, template
from hub.receipts.form import how_to_fill

CODES = 40  # that are listed; more stand in the form's drop-down lists
ANY = "Excel 的 .xlsx 或 CSV（UTF-8 或 GB18030 编码）；从业务系统导出的 JSON、XML、DBF 也收。"
FORMATS = {
    "csv": "CSV",
    "xlsx": "Excel 的 .xlsx",
    "xls": "旧版 Excel 的 .xls",
    "ods": ".ods 表格",
    "json": "JSON",
    "jsonl": "JSON Lines（一行一条）",
    "xml": "XML",
    "fixed": "定长文本",
    "dbf": "DBF",
}


def guide(contract: Contract, intake: Intake, today: date) -> str:
    """The whole text for the department of ``intake``; codes that have ended by ``today`` are left out."""
    lines = [f"{contract.title} 填报说明", f"数据契约 {contract.dataset}，版本 {contract.version}", ""]
    if contract.description.strip():
        lines += [contract.description.strip(), ""]
    lines += ["一、怎么报", *_ways(contract, intake), "", "二、什么时候报", *deadlines(contract), "", "三、怎么认"]
    keys = "、".join(contract.column(name).label for name in contract.key)
    lines += [
        f"业务主键：{keys}。这几项都一样的，系统认作同一条记录；内容改了再报，就是新的版本。",
        *([f"退回的行超过{contract.refuse_above:.0%}的，整个文件退回。"] if contract.refuse_above < 1 else ()),
        "更正、替换、撤回：文件名末尾加 _更正、_替换、_撤回。",
        "",
        "四、各列（列名单独占一行，先后可以变）",
    ]
    for place, column in enumerate(template(contract), start=1):
        lines += ["", *_column(place, column, contract.column(column.name), today)]
    lines += ["", f"联系：{contract.contact or '信用信息中心'}"]
    return "\n".join(lines) + "\n"


def deadlines(contract: Contract) -> list[str]:
    """How often and by when, in plain sentences."""
    said = []
    if contract.schedule is not None:
        said.append(_schedule(contract.schedule))
    elif contract.frequency:
        said.append(f"{contract.frequency.rstrip('。')}。")
    if contract.working_days is not None:
        said.append(f"每一条自决定之日的次日起{contract.working_days}个工作日内报送，超过的记为迟报。")
    return said or ["没有规定期限，有了就报。"]


def _schedule(schedule: Schedule) -> str:
    if schedule.unit == "d":
        due = "工作日当天的当天报" if not schedule.due else f"每个工作日之后{schedule.due}{_unit(schedule)}内报"
    elif schedule.due:
        due = f"每期结束后{schedule.due}{_unit(schedule)}内报，遇放假顺延"
    else:
        due = "每期最后一个工作日前报"
    grace = f"宽限{schedule.grace}个工作日，过后记为漏报。" if schedule.grace else "过后记为漏报。"
    return f"{schedule.words}：{due}；{grace}"


def _unit(schedule: Schedule) -> str:
    return "个工作日" if schedule.due_in == "workingDays" else "天"


def _ways(contract: Contract, intake: Intake) -> Iterator[str]:
    yield f"文件名：{'、'.join(intake.patterns)}（* 代表任意几个字，不分大小写）。"
    yield "格式：" + (ANY if intake.format is None else f"只收{FORMATS.get(intake.format, intake.format)}。")
    if intake.encoding is not None:
        yield f"编码：{intake.encoding.upper()}。"
    if intake.delimiter is not None:
        yield f"分隔符：{'制表符' if intake.delimiter == chr(9) else intake.delimiter}"
    for piece in intake.layout:
        label = contract.column(piece.column).label
        yield f"  第{piece.start}至{piece.start + piece.length - 1}字节：{label}"
    if intake.over.marker is not None:
        yield f"完成标志：每个文件另有一个后缀为 {intake.over.marker.suffix} 的标志文件，最后放入。"
    if intake.over.totals is not None:
        yield f"合计行：文件{'第一' if intake.over.totals.at == 'first' else '最后一'}行写合计。"
    if intake.over.encryption is not None:
        yield f"加密：按约定加密（{intake.over.encryption}）后放入。"
    if intake.over.signature is not None:
        yield f"签名：按约定附上签名文件（{intake.over.signature}）。"
    if contract.unknown_columns == "refuse":
        yield "列名里有认不出的列，整个文件退回。"


def _column(place: int, column: TemplateColumn, whole: Column, today: date) -> Iterator[str]:
    yield f"{place}. {column.label}{'（必填）' if column.required else ''}"
    yield f"   {how_to_fill(whole)}"
    valid = [code for code in column.codes if code.valid_to is None or code.valid_to >= today]
    if len(valid) > CODES:
        yield f"   可填：共{len(valid)}项，见填报模板的下拉列表。"
    elif valid:
        yield "   可填：" + "；".join(
            one.label if one.label == one.code else f"{one.label}（{one.code}）" for one in valid
        )
    if column.example:
        yield f"   示例：{column.example}"
    if whole.synonyms:
        yield f"   列名也可以写：{'、'.join(whole.synonyms)}"
