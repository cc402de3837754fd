"""Make hub.mo of hub.po in every language, and take texts that still stand in findings.yaml into the catalogue.

    .venv/bin/python scripts/compile_messages.py

A new code may be written into findings.yaml with title, why, fix and en; this moves them into the catalogues. The
English why and fix are then empty and have to be written: a test looks for them.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

HUB = Path(__file__).resolve().parent.parent / "hub"
FINDINGS = HUB / "findings.yaml"
LANGUAGES = ("zh_CN", "en")
OLD_FORM = {"zh_CN": {"title": "title", "why": "why", "fix": "fix"}, "en": {"title": "en"}}  # language: context: key


def catalogue(language: str) -> Path:
    """The texts of a language."""
    return HUB / "locale" / language / "LC_MESSAGES" / "hub.po"


def entry(context: str, key: str, text: str) -> str:
    """One message as it stands in a catalogue."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'\nmsgctxt "{context}"\nmsgid "{key}"\nmsgstr "{quoted}"\n'


def move() -> list[str]:
    """Move what is in the old form; gives the codes."""
    codes = yaml.safe_load(FINDINGS.read_text(encoding="utf-8"))
    moved = [code for code, facts in codes.items() if "title" in facts]
    for language in LANGUAGES:
        said = ""
        for code in moved:
            for context in ("title", "why", "fix"):
                said += entry(context, code, str(codes[code].get(OLD_FORM[language].get(context, ""), "")))
        with catalogue(language).open("a", encoding="utf-8") as out:
            out.write(said)
    if moved:
        lines = FINDINGS.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if not re.match(r"  (title|why|fix|en):", line)]
        FINDINGS.write_text("\n".join(kept) + "\n", encoding="utf-8")
    return moved


def compile_all() -> None:
    """hub.mo of every language."""
    for language in LANGUAGES:
        file = catalogue(language)
        with file.open("rb") as source, file.with_suffix(".mo").open("wb") as target:
            write_mo(target, read_po(source, locale=language))


if __name__ == "__main__":
    for code in move():
        print(f"{code}: moved; write its English why and fix into {catalogue('en').relative_to(HUB.parent)}")
    compile_all()
