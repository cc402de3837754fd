"""The sheets 回执 (what happened and what to do) and 规则说明 (the rules that were hit)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xlsxwriter.workbook import Workbook

from hub.receipts.wording import CLASSES, base, checkpoint, quoted

# Icon and colours (text, fill) by verdict; the word stands beside, so colour is never the only sign.
LOOKS = {
    "ACCEPTED": ("✔", "#1E5631", "#E2F0D9"),
    "ACCEPTED_QUERY": ("？", "#7F4F00", "#FFF2CC"),
    "PARTIAL": ("▲", "#7F4F00", "#FFF2CC"),
    "REJECTED": ("✘", "#9C0006", "#FBE0DD"),
    "DUPLICATE": ("＝", "#1F3864", "#DDEBF7"),
    "PENDING": ("…", "#1F3864", "#DDEBF7"),
    "PUBLICATION": ("◎", "#1F3864", "#DDEBF7"),
}
WIDTHS = (18, 30, 16, 16, 16, 24)  # characters, columns A to F of 回执


def write_summary(
    book: Workbook, font: Mapping[str, Any], receipt: Mapping[str, Any], *, cut: Sequence[tuple[str, str, int, int]]
) -> None:
    """Add 回执. ``cut``: sheets that do not list all their rows: name, what the rows are, listed, total."""
    sheet = book.add_worksheet("回执")
    icon, ink, fill = LOOKS[base(receipt["verdict"]["code"])]
    cell = {**font, "border": 1, "border_color": "#BFBFBF", "text_wrap": True, "num_format": "@", "indent": 1}
    title = book.add_format({**font, "font_size": 18, "bold": True, "font_color": ink, "bg_color": fill, "indent": 1})
    verdict = book.add_format(
        {**font, "font_size": 12, "font_color": ink, "bg_color": fill, "text_wrap": True, "indent": 1}
    )
    part = book.add_format({**font, "bold": True, "font_size": 13, "font_color": "#1F3864", "bottom": 2})
    name = book.add_format({**cell, "bold": True, "bg_color": "#F2F2F2"})
    value = book.add_format(cell)
    figure = book.add_format({**cell, "align": "right", "bold": True})
    step = book.add_format({**font, "text_wrap": True, "font_size": 12, "indent": 1})
    line = 0
    for place, width in enumerate(WIDTHS):
        sheet.set_column(place, place, width)

    def whole(text: str, format: Any, height: float = 20) -> None:
        nonlocal line
        sheet.merge_range(line, 0, line, 5, "", format)
        sheet.write_string(line, 0, text, format)
        sheet.set_row(line, height)
        line += 1

    def table(rows: list[list[str]], heads: list[str]) -> None:
        nonlocal line
        for place, head in enumerate(heads):
            sheet.write_string(line, place, head, name)
        sheet.set_row(line, 20)
        line += 1
        for row in rows:
            for place, text in enumerate(row):
                sheet.write_string(line, place, text, value)
            sheet.set_row(line, _height(list(zip(row, WIDTHS, strict=True))))
            line += 1

    number = receipt["receipt_no"] or "试报，没有回执号"
    text = receipt["verdict"]["text"]
    whole(f"{icon} {text.partition('：')[0]}", title, 36)
    whole(text, verdict, 24)
    line += 1
    causes = receipt.get("causes", ())  # receipts of before have none
    if causes:
        whole("可能的原因（只是试算，系统没有改动数据）", part)
        for cause in causes:
            said = f"{cause['title']}：{cause['detail']}{cause['fix']}"
            whole(said, step, max(22, _height([(said, int(sum(WIDTHS) / 1.1))])))  # in letters of 12 points
        line += 1
    whole("下一步", part)
    for place, sentence in enumerate(receipt["next"]["steps"], start=1):
        whole(f"{place}. {sentence}", step, 22)
    line += 1
    whole("行数", part)
    for row in _counts(receipt):
        sheet.write_string(line, 0, row[0], name)
        sheet.write_string(line, 1, row[1], figure)
        sheet.merge_range(line, 2, line, 5, "", value)
        sheet.write_string(line, 2, row[2], value)
        sheet.set_row(line, 20)
        line += 1
    for comparison in ("resend", "returned"):
        if receipt.get(comparison):
            said = receipt[comparison]["text"]
            whole(said, step, max(22, _height([(said, int(sum(WIDTHS) / 1.1))])))
    for name_of, kind, listed, total in cut:
        warning = f"▲ “{name_of}”只列出前 {listed:,} 行，共{kind} {total:,} 行。上面的行数是完整的。"
        whole(warning, book.add_format({**font, "bold": True, "font_color": "#9C0006"}), 22)
    line += 1
    if receipt["findings"]:
        whole("发现的问题（按涉及行数排列）", part)
        table(
            [
                [
                    found["name"] or ("整个文件" if found["class"] in "SM" else "整行"),
                    found["title"],
                    _extent(found),
                    _first(found),
                    CLASSES[found["class"]],
                    found["rule"],
                ]
                for found in receipt["findings"]
            ],
            ["列", "问题", "行数", "首次出现", "处理", "规则编号"],
        )
        line += 1
    if receipt["corrections"]:
        whole("系统统一了写法（不用处理，请知悉）", part)
        table(
            [
                [change["name"] or "", change["title"], f"{change['count']:,}", *_example(change), change["code"]]
                for change in receipt["corrections"]
            ],
            ["列", "说明", "次数", "原来", "现在", "规则编号"],
        )
        line += 1
    whole("这份文件", part)
    for head, said in [("回执号", number), *_file(receipt)]:
        sheet.write_string(line, 0, head, name)
        sheet.merge_range(line, 1, line, 5, "", value)
        sheet.write_string(line, 1, said, value)
        sheet.set_row(line, _height([(said, sum(WIDTHS[1:]))]))
        line += 1
    sheet.hide_gridlines(2)
    sheet.set_paper(9)
    sheet.set_margins(left=0.5, right=0.5)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{number}&R第 &P 页，共 &N 页")


def _height(cells: list[tuple[str, int]]) -> float:
    """Height in points of a row that wraps: (text, width of its column) of each cell."""
    wide = [sum(2 if ord(letter) > 0x2E7F or letter in "“”" else 1.15 for letter in text) for text, _ in cells]
    return 4 + 17 * max(-(-size // max(1, width - 3)) or 1 for size, (_, width) in zip(wide, cells, strict=True))


def _counts(receipt: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(name, figure, remark); the sum is shown so that anybody can check it."""
    counts = receipt["counts"]
    if counts["rows"] is None:
        return [("收到", "没有统计", "文件没有逐行读取。")]
    stored = counts["inserted"] is not None
    said = (
        [f"新增 {counts['inserted']:,}，更新 {counts['updated']:,}，没有变化 {counts['unchanged']:,}"] if stored else []
    )
    said += [f"其中请核实 {counts['of_which_query']:,}"] if counts["of_which_query"] else []
    sum_of = " + ".join(f"{counts[part]:,}" for part in ("accepted", "rejected", "duplicate", "blank"))
    rows = [
        ("收到", f"{counts['rows']:,}", f"{counts['rows']:,} = {sum_of}（接收 + 退回 + 重复 + 空白）"),
        ("接收", f"{counts['accepted']:,}", "；".join(said)),
        ("退回", f"{counts['rejected']:,}", "没有入库，请更正后重新报送" if counts["rejected"] else ""),
        ("重复", f"{counts['duplicate']:,}", "和前面的行完全相同，只计一次" if counts["duplicate"] else ""),
        ("空白", f"{counts['blank']:,}", "整行没有内容，不计入" if counts["blank"] else ""),
    ]
    if counts["refused_by_province"]:
        rows.append(("省平台退回", f"{counts['refused_by_province']:,}", "本县已接收，省平台没有接收"))
    if told := receipt.get("publication"):
        reasons = "；".join(f"{one['reason']} {one['count']:,}" for one in told["reasons"])
        rows.append(("已公示", f"{told['published']:,}", f"公示日期 {told['as_of']}"))
        rows.append(("不公示", f"{told['withheld']:,}", reasons))
        rows.append(("已撤下", f"{told['withdrawn']:,}", ""))
    if receipt["timeliness"]:
        times = receipt["timeliness"]
        rows.append(("按时", f"{times['on_time']:,}", f"超过时限 {times['late']:,}"))
    return rows


def _extent(found: Mapping[str, Any]) -> str:
    """Rows affected; findings about the whole file count none."""
    return f"{found['count']:,}" if found["count"] else "整个文件"


def _first(found: Mapping[str, Any]) -> str:
    rows = [row["row"] for row in found["rows"] if row["row"] is not None]
    return f"第 {rows[0]} 行" if rows else ""


def _example(change: Mapping[str, Any]) -> tuple[str, str]:
    if not change["examples"]:
        return "", ""
    first = change["examples"][0]
    return f"第 {first['row']} 行：{quoted(first['before'] or '')}", quoted(first["after"] or "") or "（空白）"


def _file(receipt: Mapping[str, Any]) -> list[tuple[str, str]]:
    sent, contract = receipt["submission"], receipt["contract"]
    facts = [
        ("批次号", receipt["batch_no"] or ""),
        ("补充的回执", receipt["amends"] or ""),
        ("数据集", f"{contract['title']}（规则版本 {contract['version']}）" if contract else ""),
        ("文件名", sent["file_name"]),
        ("工作表", sent["sheet"] or ""),
        ("大小", f"{sent['size']:,} 字节"),
        ("文件指纹", f"SHA-256 {sent['sha256']}"),
        ("收到时间", sent["received_at"][:19].replace("T", " ")),
        ("回执时间", receipt["generated_at"][:19].replace("T", " ")),
        ("联系", receipt["next"]["contact"]),
        ("存证检查点", checkpoint(receipt)),
    ]
    return [(head, said) for head, said in facts if said]


def write_rules(book: Workbook, font: Mapping[str, Any], receipt: Mapping[str, Any]) -> None:
    """Add 规则说明: each rule that was hit, once per column."""
    sheet = book.add_worksheet("规则说明")
    cell = {
        **font,
        "border": 1,
        "border_color": "#BFBFBF",
        "text_wrap": True,
        "valign": "top",
        "align": "left",
        "num_format": "@",
        "indent": 1,
    }
    head = book.add_format({**cell, "bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF"})
    value = book.add_format(cell)
    heads = [("规则编号", 17), ("标题", 22), ("列", 18), ("涉及行数", 10), ("原因（以首次出现为例）", 38)]
    heads += [("怎么改", 34), ("依据", 17), ("处理", 14), ("质量维度", 10)]
    for place, (text, width) in enumerate(heads):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, text, head)
    for line, found in enumerate(receipt["findings"], start=1):
        row = [found["rule"], found["title"], found["name"] or "", _extent(found), found["why"], found["fix"]]
        row += [found["basis"], CLASSES[found["class"]], found["dimension"]]
        for place, text in enumerate(row):
            sheet.write_string(line, place, text, value)
        sheet.set_row(line, _height([(text, width) for text, (_, width) in zip(row, heads, strict=True)]))
    if not receipt["findings"]:
        sheet.write_string(1, 0, "没有发现问题。", value)
    sheet.set_row(0, 24)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)
