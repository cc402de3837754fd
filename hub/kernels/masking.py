"""Hide parts of cells (脱敏) before a person or a receiver sees them.

| text | rule | shown |
|---|---|---|
| ``"320830188001010002"`` | left 3, right 2 | ``"320*************02"`` |
| ``"张三"`` | left 1, right 0 | ``"张*"`` |
| ``"张"`` | left 1, right 0 | ``"*"`` |
| ``"13800000000"`` | personal | ``"138******00"`` |
| ``"欧阳某某"`` | personal | ``"欧***"`` |
| anything | sensitive | ``"***"`` |

A text too short for the rule is hidden whole. ``personal`` shows at most the first three and the last two characters,
and of a text of up to seven characters the first only, so no identifier comes through and no name but its first
character. ``sensitive`` hides the length too. Empty stays empty.

``public`` and ``internal`` texts stay, but for a citizen id, a mobile number or a bank card that somebody wrote into
them: a number in the wrong column is still a person's.
"""

from __future__ import annotations

from typing import overload

import polars as pl

# A citizen id or a mobile number inside running text (PIPL; published penalty texts have leaked both). Full-width
# digits and the gaps that people write into numbers count too; only a further digit makes it another number.
_D, _GAP = "[0-9０-９]", "[ 　－-]?"
PERSONAL_NUMBER = (
    rf"(^|[^0-9０-９])(?:[1-9１-９]{_D}{{5}}{_GAP}(?:[1１][89８９]|[2２][0０]){_D}{{2}}{_GAP}[01０１]{_D}[0-3０-３]{_D}{_GAP}"
    rf"{_D}{{3}}[0-9０-９XxＸｘ]|[1１][3-9３-９]{_D}{_GAP}{_D}{{4}}{_GAP}{_D}{{4}})($|[^0-9０-９])"
)

# A bank card of this country: nothing else has 16 to 19 digits and begins with 62.
_BANK_CARD = rf"(^|[^0-9０-９])[6６][2２](?:{_GAP}{_D}){{14,17}}($|[^0-9０-９])"

_STAR = "*"
_HIDDEN = "***"
_SHORT = 7  # characters; names and plate numbers are shorter, identifiers longer


def mask(text: str | None, left: int, right: int) -> str | None:
    """``text`` with all but ``left`` and ``right`` characters starred; ``ValueError`` for a negative number."""
    if left < 0 or right < 0:
        raise ValueError("left and right count characters")
    if text is None:
        return None
    hidden = len(text) - left - right
    if hidden <= 0:
        return _STAR * len(text)
    return text[:left] + _STAR * hidden + text[len(text) - right :]


def mask_series(series: pl.Series, left: int, right: int) -> pl.Series:
    """``mask`` for a whole column of texts."""
    if left < 0 or right < 0:
        raise ValueError("left and right count characters")
    length = series.str.len_chars().cast(pl.Int64)
    hidden = length - left - right
    stars = pl.lit(_STAR * max([0, *length.drop_nulls().top_k(1)]))
    column = pl.DataFrame({"text": series, "length": length, "hidden": hidden})
    shown = (
        pl.when(pl.col("hidden") <= 0)
        .then(stars.str.slice(0, pl.col("length")))
        .otherwise(
            pl.col("text").str.slice(0, left)
            + stars.str.slice(0, pl.col("hidden"))
            + pl.col("text").str.slice(pl.col("length") - right)
        )
    )
    return column.select(pl.when(pl.col("text").is_not_null()).then(shown)).to_series().alias(series.name)


@overload
def mask_by_class(cells: pl.Series, classification: str) -> pl.Series: ...
@overload
def mask_by_class(cells: str | None, classification: str) -> str | None: ...
def mask_by_class(cells: pl.Series | str | None, classification: str) -> pl.Series | str | None:
    """One text or a column of texts as its classification lets a clerk see it; ``ValueError`` for an unknown class."""
    if isinstance(cells, pl.Series):
        return _column_by_class(cells, classification)
    return _column_by_class(pl.Series([cells], dtype=pl.String), classification)[0]  # type: ignore[no-any-return]


def _column_by_class(series: pl.Series, classification: str) -> pl.Series:
    if classification in ("public", "internal"):
        return _without_personal_numbers(series)
    present = series.is_not_null()
    if classification == "sensitive":
        return pl.select(pl.when(present).then(pl.lit(_HIDDEN))).to_series().alias(series.name)
    if classification != "personal":
        raise ValueError(f"unknown classification {classification!r}")
    short = series.str.len_chars() <= _SHORT
    masked = pl.when(short).then(mask_series(series, 1, 0)).otherwise(mask_series(series, 3, 2))
    return pl.select(masked).to_series().alias(series.name)


def _without_personal_numbers(series: pl.Series) -> pl.Series:
    shown = f"${{1}}{_HIDDEN}${{2}}"
    for number in (PERSONAL_NUMBER, _BANK_CARD):
        if series.str.contains(number).any():
            # Twice: of two numbers with one blank between them the first takes the blank.
            series = series.str.replace_all(number, shown).str.replace_all(number, shown)
    return series
