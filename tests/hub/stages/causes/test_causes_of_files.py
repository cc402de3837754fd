"""One planted cause in a text file that is refused as a whole: exactly that cause is told first."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.contract.model import Intake
from hub.findings import catalogue
from hub.stages.causes import explain
from hub.stages.causes.bench import Judge
from hub.stages.causes.text import File
from hub.stages.formats.outcome import Read

ROWS = 60


def test_gb18030_where_utf_8_is_agreed(county, written):
    content = written(county.table(ROWS)).decode().encode("gb18030")
    cause = county.first(content, Intake("market", ("*",), encoding="utf-8"))
    assert cause.code == "CAU-ENCODING" and cause.would_pass == cause.of == ROWS
    assert cause.detail.endswith(f"按 GB18030 解码后 {ROWS} 行中 {ROWS} 行可通过。")


@pytest.mark.parametrize("other", [None, "gb18030"])
def test_utf_16_and_utf_8_where_something_else_is_agreed(county, written, other):
    content = written(county.table(ROWS))
    intake = Intake("market", ("*",), encoding=other) if other else None
    cause = county.first(content if other else content.decode().encode("utf-16"), intake)
    assert cause.code == "CAU-ENCODING" and cause.would_pass == cause.of == ROWS


@pytest.mark.parametrize("way", [("utf-8", "latin-1"), ("gb18030", "latin-1"), ("utf-8", "gb18030")], ids="-as-".join)
def test_text_that_somebody_read_wrongly_and_saved(county, written, way):
    meant, taken = way
    garbled = written(county.table(ROWS)).decode().encode(meant).decode(taken, "replace").encode()
    cause = county.first(garbled)
    assert cause.code == "CAU-ENCODING" and cause.would_pass >= 0.9 * cause.of


def test_text_that_is_gone(county, written):
    lost = written(county.table(ROWS)).decode().encode("gb18030").decode("utf-8", "replace")
    cause = county.first(lost.encode().decode("gb18030", "replace").encode())
    assert cause.code == "CAU-LOST" and cause.would_pass is None


def test_a_few_damaged_bytes(county, written):
    content = written(county.table(ROWS)).decode().encode("gb18030")
    middle = content.index(b"\r\n", len(content) // 2)
    cause = county.first(content[:middle] + b"\xff\xff\xff" + content[middle:])
    assert cause.code == "CAU-DAMAGED" and (cause.would_pass, cause.of) == (ROWS - 1, ROWS)


@pytest.mark.parametrize("sign", ["，", "^", "~", "#"])
def test_another_delimiter(county, written, sign):
    table = county.table(ROWS)
    content = written(table, sign) if sign.isascii() else "\r\n".join(sign.join(row) for row in table).encode()
    cause = county.first(content)
    assert cause.code == "CAU-DELIMITER" and cause.would_pass == cause.of == ROWS


def test_rows_with_another_delimiter_than_the_header(county, written):
    header, *rows = county.table(ROWS)
    cause = county.first(written([header]) + written(rows, ";"))
    assert cause.code == "CAU-DELIMITER" and "数据行按英文分号分列后" in cause.detail


@pytest.mark.parametrize("above", [25, 200])
def test_a_header_far_below_the_first_line(county, written, above):
    cause = county.first("填报说明\r\n".encode() * above + written(county.table(ROWS)))
    assert cause.code == "CAU-HEADER" and cause.would_pass == cause.of == ROWS
    assert f"把第 {above + 1} 行当作表头后" in cause.detail


@pytest.mark.parametrize("line", [3, 30])
def test_a_header_that_was_sorted_among_the_rows(county, written, line):
    header, *rows = county.table(ROWS)
    cause = county.first(written([*rows[:line], header, *rows[line:]]))
    assert cause.code == "CAU-HEADER" and cause.would_pass == cause.of == ROWS
    assert f"把第 {line + 1} 行的表头移到最上面后" in cause.detail


def test_no_header_at_all(county, written):
    cause = county.first(written(county.table(ROWS)[1:]))
    assert cause.code == "CAU-HEADER" and "补上模板的表头" in cause.detail and cause.would_pass == cause.of == ROWS


def test_line_breaks_in_cells(county, written):
    table = county.with_column(county.table(ROWS), county.text, lambda cell: f"{cell}\n另起一行")
    cause = county.first(written(table))
    assert cause.code == "CAU-BREAKS" and cause.would_pass == cause.of == ROWS


def test_a_quote_that_nobody_closed(county, written):
    lines = written(county.table(ROWS)).split(b"\r\n")
    lines[17] = b'"' + lines[17]
    cause = county.first(b"\r\n".join(lines))
    assert cause.code == "CAU-QUOTES" and cause.would_pass == cause.of == ROWS


@pytest.mark.parametrize("place", [2, 9, 18, -6])
def test_every_line_lacks_a_cell(county, written, place):
    table = county.table(ROWS)
    cause = county.first(written([table[0], *([*row[:place], *row[place + 1 :]] for row in table[1:])]))
    assert cause.code == "CAU-SHIFT" and cause.would_pass == cause.of == ROWS


@pytest.mark.parametrize("cells", [1, 2])
def test_the_last_cells_of_every_line_are_cut_off(county, written, cells):
    table = county.table(ROWS)
    cause = county.first(written([table[0], *(row[:-cells] for row in table[1:])]))
    assert cause.code == "CAU-CUT" and cause.would_pass == cause.of == ROWS


def test_a_large_file_without_header_is_judged_on_a_sample(penalty, written):
    cause = penalty.first(written(penalty.table(6_000)[1:]))
    assert cause.code == "CAU-HEADER" and 3_900 < cause.would_pass <= cause.of <= 4_000


def test_a_missing_column_has_no_cause_that_a_change_would_mend(county, written):
    place = county.header.index(county.text)
    assert county.causes(written([*row[:place], *row[place + 1 :]] for row in county.table(ROWS))) == ()


def test_no_sentence_of_a_cause_is_long_and_none_holds_a_cell(county, written):
    table = county.table(ROWS)
    cells = {cell for row in table[1:] for cell in row if len(cell) > 6}
    for content in (written(table[1:]), written([table[0], *(row[:-2] for row in table[1:])])):
        for cause in county.causes(content):
            assert cause.title == catalogue()[cause.code].title
            said = cause.detail + cause.fix
            assert all(len(re.findall(r"[\u4e00-\u9fff]", part)) <= 40 for part in re.split("[。；]", said))
            assert not any(cell in said for cell in cells)


@settings(deadline=None, max_examples=60)
@given(
    raw=st.lists(st.binary(max_size=60) | st.sampled_from(["行政相对人名称,许可类别".encode(), b'"a', b"\r\x00,"])),
    codes=st.sets(st.sampled_from(sorted(explain.MENDABLE)), min_size=1),
    encoding=st.sampled_from([None, "utf-8", "gb18030"]),
)
def test_no_content_breaks_the_trial(raw, codes, encoding):
    contract = SimpleNamespace(
        columns=(SimpleNamespace(label="行政相对人名称", physical_name="A", name="a", synonyms=()),)
    )
    head = b"\n".join(raw)
    file = File(contract, Judge(contract, None), frozenset(codes), encoding, None, head, raw, lambda content: None)  # type: ignore[arg-type]
    found = explain.of_file(file, len(raw))
    assert {cause.code for cause in found} <= {"CAU-LOST"}
    assert Read(0).findings == ()
