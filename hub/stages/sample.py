"""What a sample (样本) tells of a new dataset: headers, kinds, gaps, keys. A guess for each, and the reason for it.

A sample is a workbook or a CSV file with one header row. Its cells are judged by the kernels, as deliveries will be.
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl
from python_calamine import CalamineWorkbook

from hub.contract.draft import DraftColumn
from hub.contract.model import Column, Contract
from hub.errors import WrongUsage
from hub.kernels import KERNELS, Options
from hub.stages.formats.cells import row_texts
from hub.stages.formats.encoding import Undecodable, transcoded
from hub.stages.formats.outcome import Refused
from hub.stages.formats.recognise import recognise

ROWS, HEADER_WITHIN = 2_000, 20  # rows of a sample that are looked at; where its header may stand
SOUND = 0.95  # share of the cells that a kernel has to take
FEW_CODES, LONGEST_CODE = 12, 20  # different values of a column of codes; characters of one
# Kernels that a value alone can tell, the most particular first: each has a check digit or a fixed shape.
BY_VALUE = ("uscc", "citizen_id", "bank_card", "phone", "org_code", "date")
BY_HEADER = (
    (("金额", "款额", "额度", "价格", "费用"), "money"),
    (("案号",), "case_number"),
    (("文书号", "文号", "证号", "许可编号"), "document_number"),
    (("单位", "机关", "企业", "公司", "机构", "部门", "法人名称"), "organisation_name"),
    (("姓名", "代表人", "负责人", "联系人", "承诺人"), "person_name"),
)
UNITS = {"万元": "wanyuan", "元": "yuan", "分": "fen"}  # 万元 before 元
# What a column of another contract may lend to one of the same name; the rest belongs to that contract.
LENT = ("unit", "multiline", "half_width", "open_end")
SENSITIVE, PERSONAL = ("citizen_id", "bank_card", "phone"), ("person_name",)
PERSON_WORDS = ("姓名", "身份证", "住址", "地址", "电话", "手机", "家庭", "病", "出生")


def guessed(sample: Path, contracts: Sequence[Contract]) -> tuple[list[DraftColumn], int]:
    """The columns of a sample as they are guessed, and how many rows it has.

    ``contracts``: what they say of a header of the same name counts first. ``WrongUsage`` for a file without a table.
    """
    header, rows = _table(sample)
    if not rows:
        raise WrongUsage("the sample has a header and no row under it")
    known = _known(contracts)
    columns = [_column(label, [row[place] for row in rows], known) for place, label in header]
    return _keyed(columns, [[row[place] for row in rows] for place, _ in header]), len(rows)


def _known(contracts: Sequence[Contract]) -> Mapping[str, tuple[str, Column]]:
    """What the contracts that are there say behind a header, and which of them."""
    found: dict[str, tuple[str, Column]] = {}
    for contract in contracts:
        for column in contract.columns:
            for label in (column.label, *column.synonyms):
                found.setdefault(label, (contract.dataset, column))
    return found


def _table(sample: Path) -> tuple[list[tuple[int, str]], list[list[str]]]:
    """Headers with their places, and the rows below as texts, blank rows left out."""
    lines = list(_lines(sample))
    best = max(range(min(HEADER_WITHIN, len(lines))), key=lambda n: (_width(lines[n]), -n), default=None)
    if best is None or not _width(lines[best]):
        raise WrongUsage("the sample holds no table")
    header = [(place, label.strip()) for place, label in enumerate(lines[best]) if label.strip()]
    width = header[-1][0] + 1
    rows = [[*row, *[""] * (width - len(row))] for row in lines[best + 1 :] if any(cell.strip() for cell in row)]
    return header, rows[:ROWS]


def _width(line: Sequence[str]) -> int:
    """Different cells of a line that may be headers: texts that do not begin with a digit."""
    return len({cell.strip() for cell in line if cell.strip() and not cell.strip()[0].isdigit()})


def _lines(sample: Path) -> Iterator[list[str]]:
    try:
        kind = recognise(sample)
    except Refused as refusal:
        raise WrongUsage(f"the sample cannot be read ({refusal.findings[0].code})") from None
    if kind in ("xlsx", "xls", "ods"):
        book = CalamineWorkbook.from_path(str(sample))
        sheets = [book.get_sheet_by_index(number) for number in range(len(book.sheet_names))]
        fullest = max(sheets, key=lambda sheet: sheet.total_height * sheet.total_width)
        yield from ([cell or "" for cell in row_texts(row)] for row in fullest.to_python())
    elif kind == "csv":
        text = _text(sample)
        delimiter = max(",\t;|", key=text.partition("\n")[0].count)
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    else:
        raise WrongUsage("a sample is a workbook or a CSV file")


def _text(sample: Path) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return b"".join(transcoded(sample, encoding)).decode("utf-8").removeprefix("\ufeff")
        except Undecodable:
            continue
    raise WrongUsage("the sample is neither UTF-8 nor GB18030")


def _column(label: str, cells: Sequence[str], known: Mapping[str, tuple[str, Column]]) -> DraftColumn:
    values = pl.Series([cell.strip() or None for cell in cells], dtype=pl.String)
    filled = values.drop_nulls()
    required = not values.is_null().any()
    kernel, options, why = _kernel(label, filled, known)
    codes: tuple[str, ...] = ()
    if kernel == "text" and (codes := _codes(filled)):
        kernel, why = "code", f"{filled.len()} 行只有 {len(codes)} 种值，当作代码"
    told = "每行都填" if required else f"{values.null_count()} 行没有填"
    longest = filled.str.len_chars().max()
    stored = KERNELS[kernel].storage
    return DraftColumn(
        label=label,
        kernel=kernel,
        options=options,
        why=f"{why}；{told}",
        required=required,
        classification=_classification(label, kernel, known),
        longest=_rounded(int(str(longest or 0))) if stored == "text" else None,
        codes=codes,
    )


def _kernel(
    label: str, filled: pl.Series, known: Mapping[str, tuple[str, Column]]
) -> tuple[str, Mapping[str, object], str]:
    """Kernel, its options, and why: by the header where a contract knows it, by the values, by words in the header."""
    if label in known:
        dataset, column = known[label]
        if column.kernel not in ("code", "region") and not {"unless", "codes"} & column.options.keys():
            lent = {name: column.options[name] for name in LENT if name in column.options}
            if (share := _share(column.kernel, filled, lent)) >= SOUND:
                return column.kernel, lent, f"与 {dataset} 的“{label}”相同，{share:.0%} 的值合格"
    for name in BY_VALUE:
        if filled.len() and (share := _share(name, filled, {})) >= SOUND:
            return name, {}, f"{share:.0%} 的值是{_WORDS[name]}"
    for words, name in BY_HEADER:
        if any(word in label for word in words):
            options = {"unit": _unit(label)} if name == "money" else {}
            if filled.len() and _share(name, filled, options) >= SOUND:
                unit = f"，单位按 {options['unit']}" if options else ""
                return name, options, f"列名含“{next(word for word in words if word in label)}”{unit}"
    return "text", {}, "没有更具体的线索"


_WORDS = {
    "uscc": "统一社会信用代码",
    "citizen_id": "身份证号码",
    "bank_card": "银行卡号",
    "phone": "电话号码",
    "org_code": "组织机构代码",
    "date": "日期",
}


def _share(kernel: str, filled: pl.Series, options: Mapping[str, object]) -> float:
    if filled.is_empty():
        return 0.0
    marks = KERNELS[kernel].read(filled, Options(settings=options)).marks
    return float((marks == "").sum()) / filled.len()


def _unit(label: str) -> str:
    return next((unit for word, unit in UNITS.items() if word in label), "yuan")


def _codes(filled: pl.Series) -> tuple[str, ...]:
    different = filled.unique().sort()
    few = different.len() <= FEW_CODES and different.len() * 3 <= filled.len()
    if not few or int(str(different.str.len_chars().max() or 0)) > LONGEST_CODE:
        return ()
    return tuple(different.to_list())


def _classification(label: str, kernel: str, known: Mapping[str, tuple[str, Column]]) -> str:
    """What a contract that knows the header says, or the stricter of kernel and header; else internal."""
    found = ["internal"]
    if label in known:
        found.append(known[label][1].classification)
    if kernel in SENSITIVE or "身份证" in label:
        found.append("sensitive")
    if kernel in PERSONAL or any(word in label for word in PERSON_WORDS):
        found.append("personal")
    order = ("public", "internal", "personal", "sensitive")
    return max(found, key=order.index)


def _rounded(longest: int) -> int:
    """The length that a column of texts may have: generous, for a sample seldom holds the longest."""
    return next(size for size in (50, 100, 200, 500, 2000, 4000, 1 << 20) if longest * 1.5 <= size)


def _keyed(columns: Sequence[DraftColumn], cells: Sequence[Sequence[str]]) -> list[DraftColumn]:
    """The first column that is filled and different in every row is the key; a number before anything else."""
    unique = [
        place
        for place, column in enumerate(columns)
        if column.required
        and column.kernel not in ("date", "money", "quantity")
        and len(set(cells[place])) == len(cells[place])
    ]
    numbered = [place for place in unique if "号" in columns[place].label or "编码" in columns[place].label]
    chosen = (numbered or unique or [0])[0]
    why = "每行都不同，当作主键" if unique else "没有一列是每行都不同的，主键须由人定"
    return [
        dataclasses.replace(column, key=True, required=True, why=f"{column.why}；{why}") if place == chosen else column
        for place, column in enumerate(columns)
    ]
