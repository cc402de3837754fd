"""Double quotes where none belong. A parser alone loses rows over them without a word."""

from __future__ import annotations

from corpus.case import Case, all_rows
from corpus.shops import csv, line, secrets, shop, shops
from corpus.text_layouts import partial, refused

ROWS = shops(6)
MANY = shops(1000)


def _with(rows: list, changes: dict[int, str]) -> list:
    """``rows`` with some replaced by raw lines, by row number."""
    return [changes.get(number, row) for number, row in enumerate(rows, 2)]


def _opened(row) -> str:
    return line(row).replace(",", ',"', 1)


CASES = (
    refused("引号_一个.csv", csv(_with(MANY, {612: _opened(MANY[610])})), "FIL-LINES", 1000, 612),
    refused("引号_一个_小文件.csv", csv(_with(ROWS, {4: _opened(ROWS[2])})), "FIL-LINES", 6, 4),
    refused("引号_末行.csv", csv(_with(ROWS, {7: _opened(ROWS[5])})), "FIL-LINES", 6, 7),
    refused(  # it closes 490 lines later, and the columns fit: every parser takes it for one long cell
        "引号_两个相距很远.csv",
        csv(_with(MANY, {12: '"' + line(MANY[10]), 502: line(MANY[500]).replace(",", '",', 1)}), "gb18030"),
        "FIL-LINES",
        1000,
        12,
    ),
    refused("引号_格内换行.csv", csv([ROWS[0], line(ROWS[1]) + '"甲\r\n乙"', *ROWS[2:]]), "FIL-LINES", 7, 3),
    refused(
        "引号_表头.csv", csv(ROWS, header=('"名称', "统一社会信用代码", "文书号", "负责人身份证号")), "FIL-LINES", 6, 1
    ),
    Case(
        "引号_在文字里.csv",
        csv([shop(1, mc='甲5"管业（演示1）有限公司'), *ROWS[1:]]),
        "ACCEPTED",
        all_rows("accepted", 6),
        secrets=secrets(ROWS),
    ),
    Case(
        "引号_成对转义.csv",
        csv([shop(1, bz='"所谓""样板""店"'), *ROWS[1:]]),
        "ACCEPTED",
        all_rows("accepted", 6),
        secrets=secrets(ROWS),
    ),
    partial(  # eight cells, but other ones than the sender had
        "引号_碰巧成对.csv",
        csv(_with(ROWS, {5: '"甲,"乙,丙",' + line(ROWS[3]).split(",", 2)[2]})),
        {5: "rejected"},
        "ROW-RAGGED",
    ),
    partial(
        "引号_收得太早.csv",
        csv(_with(ROWS, {3: '"甲"乙' + "," + line(ROWS[1]).partition(",")[2]})),
        {3: "rejected"},
        "ROW-RAGGED",
    ),
)
