"""How the lines of a text file are put together: delimiters, quotes, line ends, titles, footers, headers, sizes."""

from __future__ import annotations

from pathlib import Path

from corpus.case import Case, all_rows
from corpus.shops import FIELDS, HEADER, Row, csv, line, lines, secrets, shop, shops, text

ROWS = shops(6)
SECRETS = secrets(ROWS)
GOOD = all_rows("accepted", 6)
DELIMITERS = {"逗号": ",", "制表符": "\t", "分号": ";", "竖线": "|"}
ENDS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}


def healthy(name: str, content: bytes, fates: dict[int, str] | None = None, verdict: str = "ACCEPTED", **more) -> Case:
    """A file of which no row is refused."""
    return Case(name, content, verdict, GOOD if fates is None else fates, secrets=SECRETS, **more)


def partial(name: str, content: bytes, bad: dict[int, str], code: str, good: int = 6, **more) -> Case:
    """A file of ``good`` rows beginning on row 2, of which those in ``bad`` are told with ``code``."""
    fates = all_rows("accepted", good) | bad
    rows = tuple(sorted(row for row, fate in bad.items() if fate != "blank"))
    return Case(name, content, "PARTIAL", fates, (code,), {code: rows}, secrets=SECRETS, **more)


def refused(name: str, content, code: str, rows: int | None, row: int | None = None) -> Case:
    """A file that is refused as a whole; ``row``: the line that is named."""
    fates = None if rows is None else all_rows("rejected", rows)
    return Case(name, content, "REJECTED", fates, (code,), {} if row is None else {code: (row,)}, secrets=SECRETS)


def _delimited() -> list[Case]:
    return [
        healthy(f"分隔_{name}{'_引号' if quoted else ''}.csv", csv(ROWS, delimiter=delimiter, quoted=quoted))
        for name, delimiter in DELIMITERS.items()
        for quoted in (False, True)
    ]


def _cells_that_hold_delimiters() -> list[Case]:
    rows = [shop(n, bz="甲,乙;丙|丁") for n in range(1, 7)]
    return [
        healthy(f"分隔_文字里有_{name}.csv", csv(rows, delimiter=mark, quoted=True))
        for name, mark in DELIMITERS.items()
    ]


def _ended() -> list[Case]:
    made = [
        healthy(f"换行_{name}{'' if last else '_末行无换行'}.csv", text(lines(ROWS), end, last).encode(encoding))
        for name, end in ENDS.items()
        for last, encoding in ((True, "utf-8"), (False, "gb18030"))
    ]
    mixed = "".join(
        part + end for part, end in zip(lines(ROWS), ["\r\n", "\n", "\r", "\r\n", "\r", "\n", ""], strict=True)
    )
    # What str.splitlines takes for line breaks is none in a file: the row is refused for it, the next ones keep theirs.
    strange = [shop(2, mc="甲\u2028乙"), shop(3, mc="甲\x85乙"), shop(4, mc="甲\x0b乙"), shop(5, mc="甲\x1c乙\x0c")]
    told = dict.fromkeys((3, 4, 5, 6), "rejected")
    more = shops(6, 7)
    return [
        *made,
        healthy("换行_混用.csv", mixed.encode()),
        partial("换行_像换行的字符.csv", csv([ROWS[0], *strange, ROWS[5], *more]), told, "TXT-CONTROL", 12),
    ]


def _blanks() -> list[Case]:
    within = [*ROWS[:2], "", "   ", ",,,,,,,", "\u3000,,,,,,,", *ROWS[2:]]
    fates = all_rows("accepted", 10) | dict.fromkeys((4, 5, 6, 7), "blank")
    return [
        healthy("空行_中间.csv", csv(within), fates),
        healthy("空行_末尾.csv", csv([*ROWS, "", "", ""]), GOOD | dict.fromkeys((8, 9, 10), "blank")),
        healthy("空行_表头后.csv", csv(["", *ROWS]), {2: "blank"} | all_rows("accepted", 6, 3)),
    ]


def _trailing() -> list[Case]:
    every = [part + "," for part in lines(ROWS)]
    head, *data = lines(ROWS)
    without_header, only_header = [head, *every[1:]], [every[0], *data]
    one = [head, *data[:2], every[3], *data[3:]]
    return [
        healthy("尾随_每行.csv", text(every).encode()),
        partial("尾随_一行.csv", text(one).encode(), {4: "rejected"}, "ROW-RAGGED"),
        # The same on every line, with the first column filled: no cell can have moved.
        healthy("尾随_除表头外.csv", text(without_header).encode()),
        healthy("尾随_只有表头.csv", text(only_header).encode()),
        refused("尾随_有内容.csv", text([head, *(part + "多余" for part in every[1:])]).encode(), "HDR-SHIFT", 6, 1),
        refused("尾随_或是开头.csv", text([head, *("," + part for part in data)]).encode(), "HDR-SHIFT", 6, 1),
    ]


def _titled() -> list[Case]:
    head, *data = lines(ROWS)
    three = ["演示县店铺登记汇总表,,,,,,,", "报送单位：演示县市场监督管理局　2026年11月", "", head, *data]
    below = all_rows("accepted", 6, 5)
    wrong = [*three[:4], *lines([*ROWS[:3], shop(4, zt="9"), *ROWS[4:]])[1:]]
    return [
        healthy("标题_一行.csv", text(["演示县店铺登记汇总表", head, *data]).encode(), all_rows("accepted", 6, 3)),
        healthy("标题_三行.csv", text(three).encode("gb18030"), below),
        Case(
            "标题_行号.csv",
            text(wrong).encode(),
            "PARTIAL",
            below | {8: "rejected"},
            ("COD-UNKNOWN",),
            {"COD-UNKNOWN": (8,)},
            secrets=SECRETS,
        ),
    ]


def _footed() -> list[Case]:
    total, subtotal = "合计,,,,,600000,,", "小计,,,,,300000,,"
    signed = "制表人：甲某　审核人：乙某　2026年11月20日"
    named = [shop(1, mc="合计商贸（演示1）有限公司"), *ROWS[1:]]
    return [
        healthy("表尾_合计.csv", csv([*ROWS, total]), GOOD | {8: "blank"}),
        healthy("表尾_合计与签字.csv", csv([*ROWS, "", total, signed]), GOOD | dict.fromkeys((8, 9, 10), "blank")),
        healthy("表尾_像合计的名称.csv", csv(named), GOOD),
        # A total amid the rows closes nothing: it is a row that says too little.
        partial("表尾_小计在中间.csv", csv([*ROWS[:3], subtotal, *shops(20, 4)]), {5: "rejected"}, "CMP-REQUIRED", 24),
    ]


def _headed() -> list[Case]:
    order = (7, 3, 0, 5, 1, 6, 2, 4)
    data = [[row[name] for name in FIELDS] for row in ROWS]
    shuffled = [",".join(cells[place] for place in order) for cells in [list(HEADER), *data]]
    spelled = [",".join(("ＭＣ", " dm ", "WSH", "“负责人身份证号”", "rq", "JE", "Zt", "bz")), *lines(ROWS)[1:]]
    more = [",".join((*HEADER, "经办人", "联系电话")), *(f"{part},甲某,025-00000000" for part in lines(ROWS)[1:])]
    doubled = [",".join((*HEADER, "登记日期")), *(f"{part},2026-11-21" for part in lines(ROWS)[1:])]
    without = [",".join(cells[:1] + cells[2:]) for cells in [list(HEADER), *data]]
    foreign = ["姓名,年龄,住址", "甲某,30,某路", "乙某,31,某路"]
    return [
        healthy("表头_换序.csv", text(shuffled).encode()),
        healthy("表头_别名.csv", text(spelled).encode("utf-8-sig")),
        healthy("表头_多两列.csv", text(more).encode(), verdict="ACCEPTED_QUERY", codes=("HDR-UNKNOWN",)),
        refused("表头_重复列.csv", text(doubled).encode(), "HDR-DUP", 6, 1),
        refused("表头_缺必填列.csv", text(without).encode(), "HDR-MISSING", 6, 1),
        # Without a header nobody knows which line would be it: all lines, or all but one, are data.
        Case("表头_没有.csv", text(lines(ROWS)[1:]).encode(), "REJECTED", None, ("HDR-MISSING",), secrets=SECRETS),
        Case("表头_别的表.csv", text(foreign).encode(), "REJECTED", None, ("HDR-MISSING",)),
        partial(
            "表头_中间又一次.csv", csv([*ROWS[:3], ",".join(HEADER), *ROWS[3:]]), {5: "rejected"}, "ID-USCC-FORM", 7
        ),
    ]


def _empty() -> list[Case]:
    head = ",".join(HEADER).encode()
    contents = {
        "零字节": b"",
        "只有BOM": b"\xef\xbb\xbf",
        "只有换行": b"\r\n\r\n\r\n",
        "只有表头": head + b"\r\n",
        "只有表头_无换行": head,
        "只有标题和表头": "演示县店铺登记汇总表\r\n".encode() + head + b"\r\n",
    }
    return [Case(f"空_{name}.csv", content, "REJECTED", None, ("FIL-EMPTY",)) for name, content in contents.items()]


def ragged(rows: list[Row]) -> Case:
    """Rows with too few and too many cells among good ones."""
    short, long = ",".join(line(rows[1]).split(",")[:5]), line(rows[3]) + ",多,余"
    content = csv([rows[0], short, rows[2], long, *rows[4:]])
    return partial("错列_长短.csv", content, {3: "rejected", 5: "rejected"}, "ROW-RAGGED")


def one_line(size: int, fill: bytes = b"x"):
    """Writes a good header and one line of ``size`` bytes without an end; NUL makes the file sparse."""

    def write(path: Path) -> None:
        with path.open("wb") as file:
            file.write(",".join(HEADER).encode() + b"\n")
            if fill == b"\0":
                file.truncate(file.tell() + size)
                return
            piece = fill * (1 << 20)
            for _ in range(size >> 20):
                file.write(piece)

    return write


def _sized(size: int = 200 << 20) -> list[Case]:
    wide = ",".join((*HEADER, *(f"列{n}" for n in range(20_000))))
    row = ",".join([line(ROWS[0]), *["0"] * 20_000])
    tail = csv(ROWS) + bytes(4096)  # an upload that was cut off after its room had been set aside
    return [
        refused("巨大_一行.csv", one_line(size), "FIL-TOOBIG", 1, 2),
        refused("巨大_一行_空洞.csv", one_line(size, b"\0"), "FIL-TOOBIG", 1, 2),
        refused("巨大_两万列.csv", text([wide, row]).encode(), "FIL-TOOBIG", 1, 1),
        partial("巨大_一行两万格.csv", csv([*ROWS[:3], row, *ROWS[3:]]), {5: "rejected"}, "ROW-RAGGED", 7),
        partial("空字节_单元格.csv", csv([ROWS[0], shop(2, mc="甲\0乙"), *ROWS[2:]]), {3: "rejected"}, "TXT-CONTROL"),
        refused("空字节_表头.csv", b"\0" + csv(ROWS), "FIL-FORMAT", None),
        Case("空字节_末尾.csv", tail, "PARTIAL", GOOD | {8: "rejected"}, secrets=SECRETS),
    ]


CASES = (
    *_delimited(),
    *_cells_that_hold_delimiters(),
    *_ended(),
    *_blanks(),
    *_trailing(),
    *_titled(),
    *_footed(),
    *_headed(),
    *_empty(),
    *_sized(),
    ragged(ROWS),
)
