"""The same table in every format gives the same cells; and whatever happens to the bytes, reading ends in a result."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from xml.sax.saxutils import escape

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.contract.model import Intake, Slice

NAMES = ["xk_xdr_mc", "xk_xdr_shxym", "xk_jdrq", "xk_je", "bz"]
ROWS = [
    ["盱眙甲有限公司", "91320830000000019L", "2026-01-05", "12.50", "一<&>\"'"],
    ["乙", "92320830MA00000158", "", "", ""],
    ["", "", "", "", ""],
    ["丙（个体）", "007", "2026-01-06", "3", "完"],
]
WIDTHS = [30, 18, 10, 8, 12]
LAYOUT = tuple(
    Slice(name, 1 + sum(WIDTHS[:place]), width) for place, (name, width) in enumerate(zip(NAMES, WIDTHS, strict=True))
)
FIXED = Intake("market", ("*",), "fixed", layout=LAYOUT)


def as_csv() -> bytes:
    memory = io.StringIO()
    csv.writer(memory).writerows([NAMES, *ROWS])
    return memory.getvalue().encode()


def as_xlsx() -> bytes:
    memory = io.BytesIO()
    with xlsxwriter.Workbook(memory, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([NAMES, *ROWS]):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, cell)
    return memory.getvalue()


def objects() -> list[dict[str, str | None]]:
    return [dict(zip(NAMES, row, strict=True)) if any(row) else {} for row in ROWS]


def as_xml() -> bytes:
    rows = ("".join(f"<{name}>{escape(cell)}</{name}>" for name, cell in one.items()) for one in objects())
    return f"<ROWDATA>{''.join(f'<ROW>{row}</ROW>' for row in rows)}</ROWDATA>".encode()


def as_fixed() -> bytes:
    lines = (
        b"".join(cell.encode("gb18030").ljust(width) for cell, width in zip(row, WIDTHS, strict=True)) for row in ROWS
    )
    return b"\r\n".join(lines)


def as_zip(content: bytes) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", content)
    return memory.getvalue()


@pytest.fixture
def files(make_dbf) -> dict[str, tuple[bytes, Intake | None]]:
    fields = [(name, "C", width) for name, width in zip(NAMES, WIDTHS, strict=True)]
    return {
        "csv": (as_csv(), None),
        "xlsx": (as_xlsx(), None),
        "json": (json.dumps(objects()).encode(), None),
        "json gb18030": (json.dumps({"data": objects()}, ensure_ascii=False, indent=1).encode("gb18030"), None),
        "jsonl": ("\n".join(json.dumps(one, ensure_ascii=False) for one in objects()).encode(), None),
        "xml": (as_xml(), None),
        "fixed": (as_fixed(), FIXED),
        "dbf": (make_dbf(fields, ROWS), None),
        "zip": (as_zip(as_xml()), None),
    }


def test_the_same_table_gives_the_same_cells_in_every_format(read, files):
    for name, (content, intake) in files.items():
        outcome, table = read(content, intake=intake)
        assert (outcome.rows, outcome.findings) == (4, ()), name
        cells = [[cell or None for cell in row] for row in ROWS]
        assert [list(row) for row in table.select(NAMES).rows()] == cells, name
        assert table["record"].to_list() == [1, 2, 3, 4], name
        assert table["row__mark"].null_count() == 4, name


PIECES = st.sampled_from(
    [b'"', b"{", b"}", b"[", b"]", b",", b"<", b"/>", b"&", b"\\", b"\n", b"\r", b"\0", b"\xff", b"*", b""]
)
EDITS = st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0, 1, 2, 40, 1 << 20]), PIECES), min_size=1, max_size=4)


@pytest.mark.parametrize("name", ["json", "json gb18030", "jsonl", "xml", "fixed", "dbf", "zip"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
def test_whatever_happens_to_the_bytes_reading_ends_in_a_result(read, files, name, edits):
    content, intake = files[name]
    for where, cut, piece in edits:
        at = round(where * len(content))
        content = content[:at] + piece + content[at + cut :]
    outcome, table = read(content, intake=intake)
    assert outcome.refused or outcome.rows == table.height
    assert outcome.rows <= len(content)
