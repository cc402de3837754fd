from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.kernels.masking import mask, mask_by_class, mask_series

texts = st.one_of(st.none(), st.text(max_size=40))


@pytest.mark.parametrize(
    ("text", "left", "right", "shown"),
    [
        ("320830188001010002", 3, 2, "320*************02"),
        ("张三", 1, 0, "张*"),
        ("张", 1, 0, "*"),
        ("", 1, 1, ""),
        (None, 1, 1, None),
    ],
)
def test_all_but_the_ends_is_starred(text: str | None, left: int, right: int, shown: str | None) -> None:
    assert mask(text, left, right) == shown


@settings(max_examples=150, deadline=None)
@given(st.lists(texts, max_size=10), st.integers(0, 5), st.integers(0, 5))
def test_a_column_is_masked_like_its_cells(column: list[str | None], left: int, right: int) -> None:
    series = pl.Series("c", column, dtype=pl.String)
    assert mask_series(series, left, right).to_list() == [mask(text, left, right) for text in column]


@settings(max_examples=150, deadline=None)
@given(st.text("0123456789X", min_size=8, max_size=30))
def test_personal_shows_at_most_three_and_two_characters_of_an_identifier(number: str) -> None:
    shown = mask_by_class(number, "personal")
    assert shown is not None
    assert shown.replace("*", "") == number[:3] + number[-2:]


@settings(max_examples=150, deadline=None)
@given(st.text("张王李赵·阿", min_size=1, max_size=7))
def test_personal_shows_the_first_character_of_a_name_at_most(name: str) -> None:
    shown = mask_by_class(name, "personal")
    assert shown is not None
    assert shown.replace("*", "") in ("", name[0])


def test_sensitive_hides_the_length_too_and_empty_stays_empty() -> None:
    assert mask_by_class(pl.Series("c", ["1", "320830188001010002", None]), "sensitive").to_list() == [
        "***",
        "***",
        None,
    ]


@pytest.mark.parametrize("classification", ["public", "internal"])
def test_public_and_internal_stay_as_they_are(classification: str) -> None:
    assert mask_by_class("盱眙某某公司", classification) == "盱眙某某公司"
    assert mask_by_class(None, classification) is None


def test_an_unknown_class_or_a_negative_width_is_refused() -> None:
    with pytest.raises(ValueError, match="classification"):
        mask_by_class("甲", "secret")
    with pytest.raises(ValueError, match="characters"):
        mask("甲", -1, 0)
    with pytest.raises(ValueError, match="characters"):
        mask_series(pl.Series(["甲"]), 0, -1)


@pytest.mark.parametrize("classification", ["public", "internal"])
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("320830188001010002", "***"),
        ("电话13800000000，证号320830 18800101 0002", "电话***，证号***"),
        ("13800000000 13900000000", "*** ***"),
        ("913208300000000510", "913208300000000510"),
        ("盱市监许〔2026〕000017号", "盱市监许〔2026〕000017号"),
    ],
)
def test_a_persons_number_in_a_public_text_is_hidden_and_the_rest_stays(classification, text, shown) -> None:
    assert mask_by_class(text, classification) == shown
