"""What the name of a file says of the delivery."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.stages.file_names import mode_of, slot_of


@pytest.mark.parametrize(
    ("name", "mode", "slot"),
    [
        ("行政许可_20261123.xlsx", "original", "行政许可_20261123"),
        ("行政许可_20261123_更正.xlsx", "correction", "行政许可_20261123"),
        ("行政许可_20261123_更正(2).XLSX", "correction", "行政许可_20261123"),
        ("行政许可_20261123（3）.csv", "original", "行政许可_20261123"),
        ("行政许可_20261123_替换.csv", "replacement", "行政许可_20261123"),
        ("行政许可_20261123_重报_更正.csv", "correction", "行政许可_20261123"),
        ("行政许可_20261123_撤回.csv", "withdrawal", "行政许可_20261123"),
        ("行政许可撤回.csv", "original", "行政许可"),
        ("撤回.csv", "original", "撤回"),
        ("撤回的许可_20261123.csv", "original", "撤回的许可_20261123"),
        ("_撤回.csv", "original", "_撤回"),
        ("Licence.CSV", "original", "licence"),
    ],
)
def test_the_last_mark_of_a_name_says_the_mode_and_the_rest_is_its_slot(name: str, mode: str, slot: str) -> None:
    assert (mode_of(name), slot_of(name)) == (mode, slot)


@given(st.text(max_size=60))
def test_any_name_has_a_mode_and_a_slot_of_its_own_that_marks_do_not_change(name: str) -> None:
    assert mode_of(name) in ("original", "correction", "replacement", "withdrawal")
    assert slot_of(name) == slot_of(name.upper()) or name.upper().lower() != name.lower()


@given(
    st.from_regex("[许可a-n0-9]([许可a-n0-9_-]*[许可a-n0-9])?", fullmatch=True),
    st.sampled_from(["更正", "替换", "撤回", "重报"]),
)
def test_a_mark_leads_to_the_same_slot_as_the_name_without_it(name: str, mark: str) -> None:
    assert slot_of(f"{name}_{mark}.csv") == slot_of(f"{name}.csv") == name
