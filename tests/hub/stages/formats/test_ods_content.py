"""What is measured in an .ods is what the reader lays out, and facts stand where the reader puts their cells."""

from __future__ import annotations

import io
import zipfile

from corpus.open_document import book, cell, row, table
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from hub.stages.formats.ods_content import measure

FORMULA = 'table:formula="of:=1"'
CELLS = st.lists(
    st.tuples(st.sampled_from([None, "甲", 1.5, True, "a>b"]), st.integers(1, 3), st.booleans()), min_size=1, max_size=5
)
ROWS = st.lists(st.tuples(CELLS, st.integers(1, 4)), min_size=1, max_size=6)


def written(rows) -> str:
    made = []
    for cells, times in rows:
        parts = [
            cell(value, f'table:number-columns-repeated="{wide}"' + (f" {FORMULA}" if formula else ""))
            for value, wide, formula in cells
        ]
        made.append(row(*parts, attributes=f'table:number-rows-repeated="{times}"'))
    return table(*made)


def content(sheet: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(book(sheet))) as archive:
        return archive.read("content.xml")


@settings(deadline=None)
@given(ROWS, st.sampled_from([37, 1 << 20]))
def test_the_extent_and_the_places_are_those_of_the_reader(rows, size):
    text = content(written(rows))
    (facts,) = measure(text[at : at + size] for at in range(0, len(text), size))
    flat: list[list[tuple[object, bool]]] = []
    for cells, times in rows:
        flat += [[(value, formula) for value, wide, formula in cells for _ in range(wide)]] * times
    filled = [(r, c) for r, line in enumerate(flat, 1) for c, (value, _) in enumerate(line, 1) if value is not None]
    without = {
        (r, c) for r, line in enumerate(flat, 1) for c, (v, formula) in enumerate(line, 1) if v is None and formula
    }
    assert facts.unvalued == without
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book(written(rows)))).get_sheet_by_index(0)
    if filled:
        last = sheet.end
        assert (last[0] + 1, last[1] + 1) == (max(r for r, _ in filled), max(c for _, c in filled))
    reach = [*filled, *without]
    assert (facts.rows, facts.columns) == (max((r for r, _ in reach), default=0), max((c for _, c in reach), default=0))
