"""The texts that people read in receipts (回执上的文字): one gettext catalogue, in Chinese and in English.

    text("why", "DAT-FORMAT")                    # 第{row}行“{name}”（{value}）不是可以识别的日期。
    text("label", "PARTIAL", "en")               # Accepted in part

A message is found by its context and its key, which never change; its text, in
``locale/<language>/LC_MESSAGES/hub.po``, may. ``scripts/compile_messages.py`` makes ``hub.mo`` of it, which is what is
read here. Fields stand in braces.
"""

from __future__ import annotations

import gettext
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

Language = Literal["zh_CN", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
CHINESE: Language = "zh_CN"  # of everything that is stored; other languages are a matter of showing


class MissingMessage(LookupError):
    """A text that the catalogue lacks: a mistake of ours, told with the file to mend."""


class _Nothing(gettext.NullTranslations):
    """Asked when a catalogue has no answer; gettext itself would give the key back as if it were the text."""

    def __init__(self, language: Language) -> None:
        super().__init__()
        self.language = language

    def pgettext(self, context: str, message: str) -> str:
        raise MissingMessage(
            f"{message} has no text {context!r} in {self.language}: write it into "
            f"hub/locale/{self.language}/LC_MESSAGES/hub.po and run scripts/compile_messages.py"
        )


@cache
def _catalogue(language: Language) -> gettext.GNUTranslations:
    with files("hub").joinpath("locale", language, "LC_MESSAGES", "hub.mo").open("rb") as compiled:
        found = gettext.GNUTranslations(compiled)
    found.add_fallback(_Nothing(language))
    return found


def text(context: str, key: str, language: Language = CHINESE) -> str:
    """One message, fields not filled in; ``MissingMessage`` when the language has none."""
    return _catalogue(language).pgettext(context, key)
