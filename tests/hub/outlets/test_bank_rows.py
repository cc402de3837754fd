"""Rows as CSV for a bank are read as they were written, and what is no whole table is told apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.outlets import csv_rows, xml_rows

CELLS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
HEADER = ("RECID", "甲", "乙")


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=5))
def test_whatever_fits_is_read_as_it_was_written(cells: list[tuple[str, str, str]]) -> None:
    rows = [dict(zip(HEADER, one, strict=True)) for one in cells]
    fitting = [row for row in rows if xml_rows.fits(row)]
    assert csv_rows.read(csv_rows.write(HEADER, fitting)) == fitting


def test_a_cell_that_a_row_lacks_is_empty_and_one_that_the_header_lacks_is_an_error() -> None:
    assert csv_rows.read(csv_rows.write(HEADER, [{"RECID": "1"}])) == [{"RECID": "1", "甲": "", "乙": ""}]
    with pytest.raises(ValueError, match="丙"):
        csv_rows.write(HEADER, [{"RECID": "1", "丙": "x"}])


def test_a_table_says_its_encoding_and_ends_its_lines() -> None:
    content = csv_rows.write(HEADER, [{"RECID": "1", "甲": "a,b", "乙": 'c"d'}])
    assert content == '\ufeffRECID,甲,乙\r\n1,"a,b","c""d"\r\n'.encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        "RECID,SJXH\r\n1,2\r\n".encode("utf-16"),
        "编号\r\n".encode("gb18030"),
        b"A,A\r\n1,2\r\n",
        b"A,B\r\n1\r\n",
        b"A,B\r\n1,2,3\r\n",
        b'A,B\r\n1,"2\r\n',
    ],
    ids=["empty", "utf-16", "gb18030", "a name twice", "too few cells", "too many cells", "an open quote"],
)
def test_what_is_no_whole_table_is_none(content: bytes) -> None:
    with pytest.raises(csv_rows.NotCsv):
        csv_rows.read(content)
