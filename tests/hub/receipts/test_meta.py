from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.receipts import meta
from hub.receipts.meta import BATCH, MEND, QUERY, Key, Meta

SIGNING = meta.key_of(b"a key for tests, long enough")
ID = "0123456789abcdef0123456789abcdef"
KEYS = st.one_of(
    st.builds(
        Key,
        st.sampled_from([MEND, QUERY]),
        st.integers(1, 10**6).map(str),
        st.integers(1, 10**6),
        st.sampled_from([None, ID]),
    ),
    st.builds(
        Key, st.just(BATCH), st.just("整批1"), st.none(), st.none(), st.sampled_from(["MAC-VOLUME", "HDR-UNKNOWN"])
    ),
)
WHOLE = Meta(
    "R-1", "B-1", "market/shop", "1.0.0", "f" * 16, "market", (Key(MEND, "3", 2, ID), Key(QUERY, "4", 3, None))
)


@given(st.lists(KEYS, max_size=8).map(tuple))
def test_what_the_hub_wrote_is_read_again_word_for_word(keys: tuple[Key, ...]) -> None:
    written = replace(WHOLE, keys=keys)
    assert meta.read(meta.lines(written, SIGNING), SIGNING) == written


def test_blank_cells_at_the_end_of_a_line_may_be_dropped_or_added() -> None:
    said = [(*line, "", "")[:4] for line in meta.lines(WHOLE, SIGNING)]
    assert meta.read(said, SIGNING) == WHOLE
    assert meta.read([tuple(cell for cell in line if cell) for line in said], SIGNING) == WHOLE


@given(st.data())
def test_whoever_changes_a_cell_is_found_out(data: st.DataObject) -> None:
    said = [list(line) for line in meta.lines(WHOLE, SIGNING)]
    line = data.draw(st.sampled_from([line for line in said if any(line)]))
    place = data.draw(st.sampled_from([place for place, cell in enumerate(line) if cell]))
    line[place] = data.draw(st.text(max_size=8).filter(lambda text: text.rstrip("\t") != line[place]))
    assert meta.read([tuple(each) for each in said], SIGNING) is None


def test_whoever_takes_away_adds_or_moves_a_line_is_found_out() -> None:
    said = meta.lines(WHOLE, SIGNING)
    for changed in (
        said[:-1],
        said[:7] + said[8:],
        [*said[:7], said[8], said[7], said[9]],
        [*said[:9], said[8], said[9]],
    ):
        assert meta.read(changed, SIGNING) is None


def test_another_hub_s_workbook_is_not_ours() -> None:
    assert meta.read(meta.lines(WHOLE, meta.key_of(b"the key of another county hub")), SIGNING) is None


def test_without_a_key_the_form_is_looked_at() -> None:
    said = meta.lines(WHOLE, SIGNING)
    assert meta.read(said, None) == WHOLE
    assert meta.read(said[1:], None) is None and meta.read([], None) is None


@pytest.mark.parametrize("line", [(MEND, "3", "zwei", ID), ("别的", "3", "2", ID), (MEND,)])
def test_a_line_that_nobody_could_have_written_spoils_it(line: tuple[str, ...]) -> None:
    said = meta.lines(WHOLE, SIGNING)
    assert meta.read([*said[:-1], line, said[-1]], None) is None
