"""The extent of a sheet and what is hidden in it, by its raw XML alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.stages.formats.sheet_extent import NotMeasurable, measure
from hub.stages.formats.sheet_facts import letters


def pieces(text: bytes, size: int):
    return (text[at : at + size] for at in range(0, len(text), size))


USUAL = (
    b'<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="AB1"><v>7</v></c></row>'
    b'<row r="900"><c r="B900" s="1"/><c r="C90" t="e"><f>NA()</f><v>#N/A</v></c><c r="XFD1048576"/></row></sheetData>'
)


@pytest.mark.parametrize("size", [7, 33, 1 << 20])
@pytest.mark.parametrize(
    "spelling",
    [
        lambda text: text,
        lambda text: text.replace(b"<c ", b"<x:c ").replace(b"</c>", b"</x:c>"),
        lambda text: text.replace(b'"', b"'"),
        lambda text: text.replace(b"<c r=", b"<c  spc='1'\n r = "),
        lambda text: text.replace(b"><", b">\n  <"),
    ],
    ids=["usual", "prefixed", "single quotes", "loose", "indented"],
)
def test_filled_cells_and_errors_are_found_in_any_spelling_and_any_cut(spelling, size):
    extent = measure(pieces(spelling(USUAL), size))
    assert extent.errors == {(90, 3): "#N/A"}
    # Indented, an empty cell cannot be told from a filled one cheaply: the extent may only be too large.
    assert (extent.rows, extent.columns) in {(90, 28), (1_048_576, 16_384)}


def test_the_largest_reference_is_read_whole():
    extent = measure(iter([b'<row><c r="XFD1048576"><v>1</v></c></row>']))
    assert (extent.rows, extent.columns) == (1_048_576, 16_384)


@pytest.mark.parametrize("cell", [b"<c><v>1</v></c>", b'<c t="n"><v>1</v></c>', b'<c r="a1"><v>1</v></c>'])
def test_a_cell_without_a_plain_reference_makes_the_sheet_unmeasurable(cell):
    with pytest.raises(NotMeasurable):
        measure(iter([b"<row>" + cell + b"</row>"]))


def test_a_sheet_without_cells_has_no_extent():
    assert measure(iter([b"<worksheet><sheetData/></worksheet>"])).rows == 0


FACTS = (
    b'<cols><col min="2" max="3" hidden="1" width="9"/><col min="5" max="5" width="9"/></cols><sheetData>'
    b'<row r="2" hidden="1"><c r="A2"><f>B2</f><v></v></c><c r="B2" t="str"><f>C2</f><v></v></c></row>'
    b'<row r="3" spans="1:2" hidden="true"><c r="A3"><f t="shared" si="0"/></c><c r="B3"><f>A1/2</f><v>1</v></c></row>'
    b'<row r="7" hidden="0"><c r="A7"><f>A1&gt;B1</f></c></row></sheetData>'
    b'<mergeCells count="2"><mergeCell ref="A3:B4"/><mergeCell ref="AB10:AC12"/></mergeCells>'
)


@pytest.mark.parametrize("size", [5, 64, 1 << 20])
@pytest.mark.parametrize(
    "spelling",
    [
        lambda text: text,
        lambda text: text.replace(b"</", b"</x:").replace(b"<", b"<x:").replace(b"<x:/x:", b"</x:"),
        lambda text: text.replace(b'"', b"'"),
    ],
    ids=["usual", "prefixed", "single quotes"],
)
def test_hidden_merged_and_uncalculated_cells_are_found_in_any_spelling_and_any_cut(spelling, size):
    facts = measure(pieces(spelling(FACTS), size))
    assert facts.hidden_columns == ((2, 3),)
    assert facts.hidden_rows == ((2, 3),)
    assert sorted(facts.unvalued) == [(2, 1), (3, 1), (7, 1)]
    assert [str(area) for area in facts.merged] == ["A3:B4", "AB10:AC12"]


def test_a_text_that_looks_like_a_cell_or_a_formula_changes_nothing():
    text = b'<row r="1"><c r="A1" t="inlineStr"><is><t>x:c r="ZZ9" hidden="1" :f &lt;f></t></is></c></row>'
    facts = measure(iter([text]))
    assert (facts.rows, facts.columns, facts.unvalued, facts.hidden_rows) == (1, 1, set(), ())


@pytest.mark.parametrize("text", [b"<!DOCTYPE a>", b'<!ENTITY a "b">', "<row>".encode("utf-16")])
def test_declarations_and_other_encodings_make_a_sheet_unmeasurable(text):
    for around in (b"<c r='A1'><v>1</v></c>", b'<c r="A1"><v>1</v></c>'):
        with pytest.raises(NotMeasurable):
            measure(iter([text + around]))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 1_048_576), st.integers(1, 16_384)), min_size=1, max_size=30))
def test_the_extent_is_that_of_the_farthest_cells(places):
    text = b"".join(f'<c r="{letters(column)}{row}"><v>1</v></c>'.encode() for row, column in places)
    for written in (text, text.replace(b'"', b"'")):
        facts = measure(iter([written]))
        assert (facts.rows, facts.columns) == (max(row for row, _ in places), max(column for _, column in places))
