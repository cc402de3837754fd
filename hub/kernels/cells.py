"""What all kernels do first and last: trim, tell empty cells, fold width, and put repaired cells back in their place.

| cell | trimmed |
|---|---|
| ``"　盱眙 县 "`` | ``"盱眙 县"`` |
| ``"\\N"``, ``"无"``, ``"— —"``, ``"/"``, ``"null"`` | empty |
| ``"0"``, ``"无锡"`` | as it is |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

# Placeholders seen in real deliveries. "0" is not among them: it is a value in amounts, codes and counts.
PLACEHOLDERS = (
    *(r"\N", "/", "／", "//", "NULL", "null", "Null", "(null)", "(NULL)", "N/A", "n/a", "#N/A"),
    *("无", "(无)", "（无）", "暂无", "空", "(空)", "（空）"),
)
_DASHES = r"^[-‐‑‒–—―－─ \x{3000}]+$"
_JOINTS = r"[\s\-‐‑‒–—―－_]+"
_LONGEST = max(len(word.encode()) for word in PLACEHOLDERS)
# Invisible or order-changing: C0, DEL, C1, soft hyphen, zero width, direction marks, line separators, tags.
INVISIBLE = (
    r"\x{AD}\x{61C}\x{180E}\x{200B}-\x{200F}\x{2028}-\x{202E}\x{2060}-\x{206F}\x{FEFF}\x{FFF9}-\x{FFFB}"
    r"\x{E0001}-\x{E007F}"
)
CONTROL = rf"[\x00-\x1F\x7F-\x{{9F}}{INVISIBLE}]"


def trimmed(cells: pl.Series) -> pl.Series:
    """Cells without blanks at either end (U+3000 and U+00A0 too); null where nothing or only a placeholder is left."""
    bare = (cells if cells.dtype == pl.String else cells.cast(pl.String)).str.strip_chars()
    short = (bare.str.len_bytes() <= _LONGEST).fill_null(False)
    if not short.any():
        return bare
    candidates = bare.filter(short)
    empty = (candidates == "") | candidates.is_in(PLACEHOLDERS) | candidates.str.contains(_DASHES)
    return patched(bare, short, candidates.set(empty, None)) if empty.any() else bare


def folded(cells: pl.Series) -> pl.Series:
    """NFKC: full width becomes half width. For identifiers, dates, amounts and codes; never for names."""
    wide = (cells.str.len_bytes() != cells.str.len_chars()).fill_null(False)  # ASCII cells are folded already
    return patched(cells, wide, cells.filter(wide).str.normalize("NFKC")) if wide.any() else cells


def joined(cells: pl.Series, form: str) -> pl.Series:
    """Half width, upper case, without inner blanks and dashes, where that has the ``form``; else the sender's own text.

    The sender's text is kept when it has not, so that a receipt can show what was written.
    """
    bare = folded(cells).str.to_uppercase().str.replace_all(_JOINTS, "")
    return pl.select(pl.when(bare.str.contains(form)).then(bare).otherwise(cells)).to_series()


def patched(cells: pl.Series, where: pl.Series, repaired: pl.Series) -> pl.Series:
    """``cells`` with the rows in ``where`` replaced by ``repaired``, which has one value per such row."""
    return cells.clone().scatter(where.arg_true(), repaired)


def repaired(cells: pl.Series, fine: pl.Series, repair: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Run ``repair`` over the cells that are neither empty nor ``fine`` already; most columns need none of it."""
    wrong = (~fine).fill_null(False)
    return patched(cells, wrong, repair(cells.filter(wrong))) if wrong.any() else cells


def marked(present: pl.Series, troubles: Mapping[str, pl.Series]) -> pl.Series:
    """One mark per row: null where not ``present``, the first trouble (worst first) that holds, else ""."""
    marks = pl.select(pl.when(present).then(pl.lit(""))).to_series()
    for code, rows in reversed(list(troubles.items())):
        where = (rows & present).fill_null(False)
        if where.any():
            marks = marks.set(where, code)
    return marks


def judged(values: pl.Series, fine: pl.Series, judge: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Marks: null where empty, "" where ``fine``, what ``judge`` says of the others; in most columns there are none."""
    return repaired(marked(values.is_not_null(), {}), fine, lambda _: judge(values.filter((~fine).fill_null(False))))


def same_for_all(cells: pl.Series, value: bool) -> pl.Series:
    """A boolean series as long as ``cells``."""
    return pl.repeat(value, len(cells), dtype=pl.Boolean, eager=True)


def of_type(cells: pl.Series, types: pl.Series | None, letter: str) -> pl.Series:
    """Which cells an XLSX sheet held as this type; none in a text file."""
    return same_for_all(cells, False) if types is None else (types == letter).fill_null(False)
