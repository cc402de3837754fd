"""The message catalogue: every text in both languages, plain, with the same fields; read as it was written."""

from __future__ import annotations

import gettext
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from babel.messages.pofile import read_po

from hub import findings
from hub.findings import catalogue
from hub.messages import LANGUAGES, MissingMessage, text

HUB = Path(findings.__file__).parent
FIELD = re.compile(r"\{(\w+)\}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# What a clerk meets on the screen; no other Latin word belongs into a Chinese text.
NAMES = {"Excel", "xlsx", "part", "sig", "age"}
LONGEST = 40  # Chinese characters in a sentence


def written(language: str) -> dict[tuple[str, str], str]:
    """The texts of a language, by context and key, as they stand in its file."""
    with (HUB / "locale" / language / "LC_MESSAGES" / "hub.po").open("rb") as file:
        return {(str(one.context), str(one.id)): str(one.string) for one in read_po(file) if one.id}


TEXTS = {language: written(language) for language in LANGUAGES}
KEYS = sorted(set().union(*TEXTS.values()))


def test_no_text_is_missing_or_empty_in_either_language():
    codes = {(context, code) for code in catalogue() for context in ("title", "why", "fix")}
    for language in LANGUAGES:
        assert sorted((codes | set(KEYS)) - {key for key, said in TEXTS[language].items() if said.strip()}) == []


def test_no_text_is_left_of_a_code_that_is_gone():
    told = {key for context, key in KEYS if context in ("title", "why", "fix")}
    assert told == set(catalogue())


def test_both_languages_have_the_same_fields():
    chinese, english = (TEXTS[language] for language in LANGUAGES)
    assert [key for key in KEYS if set(FIELD.findall(chinese[key])) != set(FIELD.findall(english[key]))] == []


def test_what_is_read_is_what_is_written():
    for language in LANGUAGES:
        with (HUB / "locale" / language / "LC_MESSAGES" / "hub.mo").open("rb") as file:
            compiled = gettext.GNUTranslations(file)
        stale = [key for key, said in TEXTS[language].items() if compiled.pgettext(*key) != said]
        assert stale == [], "stale: run scripts/compile_messages.py"


def test_a_chinese_sentence_is_short():
    for key, said in TEXTS["zh_CN"].items():
        for sentence in re.split("[。；？！]", FIELD.sub("", said)):
            assert len(CHINESE.findall(sentence)) <= LONGEST, (key, sentence)


def test_chinese_texts_hold_no_foreign_word_and_none_that_accuses():
    for key, said in TEXTS["zh_CN"].items():
        words = set(re.findall(r"[A-Za-z][A-Za-z0-9-]*", FIELD.sub("", said))) - NAMES
        assert not {word for word in words if re.search("[a-z]", word)}, (key, words)
        assert not re.search("非法|异常", said), key


def test_english_texts_hold_chinese_only_where_they_quote():
    quoted = re.compile(r"“[^”]*”|（2026）苏0830执123号|·|元|万元|无误|更正|撤回")
    for key, said in TEXTS["en"].items():
        assert not CHINESE.search(quoted.sub("", said)), (key, said)


def test_a_text_that_nobody_has_written_is_named_with_the_file_to_mend():
    with pytest.raises(MissingMessage, match=r"NO-SUCH has no text 'why' in en: .*hub/locale/en/LC_MESSAGES/hub\.po"):
        text("why", "NO-SUCH", "en")


def test_texts_in_the_file_of_facts_are_sent_to_their_place(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(findings.yaml, "safe_load", lambda _: {"NEW-CODE": {"class": "V", "title": "新"}})
    with pytest.raises(MissingMessage, match=r"NEW-CODE belong into hub/locale: run scripts/compile_messages\.py"):
        catalogue.__wrapped__()


def test_the_script_moves_the_texts_of_a_new_code_and_asks_for_its_english(tmp_path: Path):
    script = tmp_path / "scripts" / "compile_messages.py"
    script.parent.mkdir()
    shutil.copyfile(HUB.parent / "scripts" / script.name, script)
    shutil.copytree(HUB / "locale", tmp_path / "hub" / "locale")
    facts = tmp_path / "hub" / "findings.yaml"
    before = (HUB / "findings.yaml").read_text(encoding="utf-8")
    new = "NEW-CODE:\n  class: V\n  dimension: 准确性\n  acts: sender\n"
    texts = "  title: 新的\n  why: '“甲”不对。'\n  fix: 请改。\n  en: New\n"
    facts.write_text(before + new + texts, encoding="utf-8")
    ran = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("NEW-CODE: moved; write its English why and fix into hub/locale/en/")
    after = facts.read_text(encoding="utf-8")
    assert yaml.safe_load(after)["NEW-CODE"] == {"class": "V", "dimension": "准确性", "acts": "sender"}
    assert after.startswith(before)
    with (tmp_path / "hub" / "locale" / "zh_CN" / "LC_MESSAGES" / "hub.mo").open("rb") as file:
        assert gettext.GNUTranslations(file).pgettext("why", "NEW-CODE") == "“甲”不对。"
    assert subprocess.run([sys.executable, script], capture_output=True, text=True, check=True).stdout == ""
