from __future__ import annotations

from datetime import date

import pytest

from hub.errors import FixConfiguration
from hub.receipts.number import ALPHABET, batch_no, receipt_no, valid

BATCH = "320830-SCJG-XZXK-20261123-007"


def test_a_number_says_division_sender_dataset_day_and_stage():
    assert batch_no("320830", "SCJG", "XZXK", date(2026, 11, 23), 7) == BATCH
    number = receipt_no(BATCH, 2)
    assert number.startswith("R-320830-SCJG-XZXK-20261123-007-2-") and valid(number)


def test_every_wrong_character_is_found():
    number = receipt_no(BATCH, 2)
    for place, right in enumerate(number):
        if right == "-":
            continue
        for wrong in ALPHABET:
            assert wrong == right or not valid(number[:place] + wrong + number[place + 1 :])


def test_neighbours_that_changed_places_are_found():
    number = receipt_no("320830-SCJG-XZXK-20261203-147", 2)
    for place in range(len(number) - 1):
        left, right = number[place], number[place + 1]
        if left != right and "-" not in (left, right):
            assert not valid(number[:place] + right + left + number[place + 2 :])


@pytest.mark.parametrize("code", ["SCIG", "SCOG", "scjg", "S", "SC-G", "市监"])
def test_a_code_that_cannot_be_read_out_is_a_mistake_of_configuration(code: str):
    with pytest.raises(FixConfiguration):
        batch_no("320830", code, "XZXK", date(2026, 11, 23), 1)


def test_a_second_answer_of_the_same_stage_has_another_number():
    numbers = {receipt_no(BATCH, 3), receipt_no(BATCH, 3, 2), receipt_no(BATCH, 3, 3)}
    assert len(numbers) == 3 and all(valid(number) for number in numbers)


def test_the_thousandth_delivery_of_a_day_still_has_a_number():
    assert valid(receipt_no(batch_no("320830", "SCJG", "XZXK", date(2026, 11, 23), 1000), 2))


@pytest.mark.parametrize(
    "text", ["", "R-", "R-320830-SCJG-XZXK-20261123-007-2", "x" * 40, "R-320830-SCJG-XZXK-20261123-007-2-O"]
)
def test_other_texts_are_not_numbers(text: str):
    assert not valid(text)
