"""All files of the corpus. Other tests take what they need: ``from corpus.catalogue import CASES``."""

from __future__ import annotations

from corpus import archives, dbase, encodings, other_sheets, real_mess, sheets, stray_quotes, text_layouts, trees
from corpus.case import Case

GROUPS: dict[str, tuple[Case, ...]] = {
    "encodings": encodings.CASES,
    "text_layouts": text_layouts.CASES,
    "stray_quotes": stray_quotes.CASES,
    "sheets": sheets.CASES,
    "other_sheets": other_sheets.CASES,
    "archives": archives.CASES,
    "trees": trees.CASES,
    "dbase": dbase.CASES,
    "real_mess": real_mess.CASES,
}
CASES: tuple[Case, ...] = tuple(case for group in GROUPS.values() for case in group)


def by_name(name: str) -> Case:
    """One file; ``StopIteration`` when there is none."""
    return next(case for case in CASES if case.name == name)
