"""Numbers of persons inside running text (个人号码泄露): identity numbers, mobile numbers, bank cards.

| text | found |
|---|---|
| ``"对张某（320830188001010002）罚款"`` | identity number |
| ``"联系电话１３８-0000-0000"``, ``"+8613800000000"`` | mobile number |
| ``"退至6222 0200 0000 0000 000"`` | bank card |
| ``"苏盱市监罚〔2026〕13800000000号"``, ``"第13800000000号"``, ``"13800000000.00"``, ``"13800000000 元"`` | nothing |
| ``"91320830000000019L"``, ``"JY13208300000000123"`` | nothing |

In a text that an open feed shows, such a number rejects the row (``…-ON-PUBLIC``). In free text that stays with
authorities (违法事实, 备注) it asks (``…-IN-TEXT``): the number may belong there, mostly it does not.

Identity numbers are searched for in every public text. Eleven digits that begin with 13 are a mobile number in a
sentence, but may be any number in a short cell of numbers; so mobile numbers and cards are searched for in cells
that take sentences: those of more than 128 characters, or of several lines. Cards are those of UnionPay (62) and the
old ones of 9558 with 16, 17 or 19 digits; 18 digits are left to the identity number.

What else tells a person in a public sentence (plates, landlines, passports, mail addresses, names behind a label,
identity numbers of 15 digits: ``hub.contract.traces``) asks: it would be held back when it is to leave.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hub.contract.marks import SEMANTIC_TYPES
from hub.contract.model import Column, Rule
from hub.contract.traces import ASKED
from hub.findings import notice

SENTENCES_FROM = 129  # characters; shorter cells hold numbers and titles

# Letters and further digits beside a number make it another number. People write gaps and full-width digits.
_D, _GAP = "[0-9０-９]", "[ 　－-]?"
_BEFORE, _AFTER = "(?:^|[^0-9A-Za-z０-９])", "(?:[^0-9A-Za-z０-９]|$)"
# Nor does a mobile number stand in an amount, or in the number of a document.
_NOT_IN_NUMBER = "(?:^|[^0-9A-Za-z０-９.．第〕¥￥])"
_NO_AMOUNT = "(?:[ 　]*(?:[^0-9A-Za-z０-９ 　元万亿.．]|[.．][^0-9０-９]|[.．]?$))"

IDENTITY_NUMBER = (
    rf"{_BEFORE}[1-9１-９]{_D}{{5}}{_GAP}(?:[1１][89８９]|[2２][0０]){_D}{{2}}{_GAP}"
    rf"(?:[0０][1-9１-９]|[1１][0-2０-２]){_GAP}(?:[0０][1-9１-９]|[12１２]{_D}|[3３][01０１]){_GAP}"
    rf"{_D}{{3}}[0-9０-９XxＸｘ]{_AFTER}"
)
MOBILE_NUMBER = (
    rf"{_NOT_IN_NUMBER}(?:[+＋]?[8８][6６][ -]?)?[1１][3-9３-９]{_D}{_GAP}{_D}{{4}}{_GAP}{_D}{{4}}{_NO_AMOUNT}"
)
BANK_CARD = (
    rf"{_NOT_IN_NUMBER}(?:[6６][2２]{_D}{{2}}{_GAP}{_D}{{2}}{_GAP}{_D}{{2}}{_GAP}{_D}{{4}}{_GAP}{_D}{{4}}"
    rf"(?:{_GAP}{_D}{{3}}|{_GAP}{_D})?|[9９][5５][5５][8８](?:{_GAP}{_D}{{4}}){{3}}{_GAP}{_D}{{3}}){_NO_AMOUNT}"
)
_NUMBERS: Mapping[str, str] = {"ID": IDENTITY_NUMBER, "PHN": MOBILE_NUMBER, "CRD": BANK_CARD}

# What a finding with one of these codes is about must not be quoted.
_TRACES = "TXT-PERSON"
LEAKS = frozenset((_TRACES, *(f"{number}-{where}" for number in _NUMBERS for where in ("ON-PUBLIC", "IN-TEXT"))))


def leak_rules(column: Column, public: bool) -> Iterator[Rule]:
    """The searches that one column needs; ``public``: an open feed shows it."""
    if not SEMANTIC_TYPES[column.kernel].own_words:
        return
    several_lines = column.options.get("multiline") is True
    sentences = several_lines or column.max_length is None or column.max_length >= SENTENCES_FROM
    if column.kernel == "document_number" or not (public or several_lines):
        sentences = False
    for number, regex in _NUMBERS.items():
        if sentences or (public and number == "ID"):
            yield _search(column, f"{number}-{'ON-PUBLIC' if public else 'IN-TEXT'}", regex)
    if sentences and public:
        yield _search(column, _TRACES, ASKED)


def _search(column: Column, code: str, regex: str) -> Rule:
    found = notice(code)
    return Rule(
        "expect_column_values_to_not_match_regex",
        {"column": column.name, "regex": regex},
        found.severity,
        {"code": code, "column": column.name, "dimension": found.dimension, "source": "contract"},
    )
