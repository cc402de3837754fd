"""The extent of a sheet, by its raw XML alone."""

from __future__ import annotations

import pytest

from hub.stages.formats.sheet_extent import NotMeasurable, measure


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
