from __future__ import annotations

from random import Random

import numpy as np
import polars as pl
import pytest
import stdnum.cn.ric
import stdnum.cn.uscc

from hub.county.identities import (
    Place,
    birthday,
    citizen_id,
    company,
    is_male,
    mistyped,
    person,
    shop,
    uscc,
    uscc_column,
)
from hub.kernels import KERNELS, Options

PLACE = Place("320830", "盱眙县")
SERIALS = [0, 1, 2, 3649, 3650, 12_345, 1_824_999]


@pytest.mark.parametrize("serial", SERIALS)
@pytest.mark.parametrize("kind", ["91", "92", "11"])
def test_organisation_codes_pass_both_checks(serial: int, kind: str) -> None:
    assert stdnum.cn.uscc.is_valid(uscc(PLACE, serial, kind))
    assert KERNELS["uscc"].read(pl.Series([uscc(PLACE, serial, kind)]), Options()).marks.to_list() == [""]


def test_codes_by_the_column_are_codes_one_by_one() -> None:
    serials = np.arange(0, 9_999_999, 9_973, dtype=np.int64)
    assert uscc_column(PLACE, serials).to_list() == [uscc(PLACE, int(serial)) for serial in serials]


@pytest.mark.parametrize("serial", SERIALS)
def test_citizen_ids_are_of_people_born_in_the_1880s(serial: int) -> None:
    number = citizen_id(PLACE, serial)
    assert stdnum.cn.ric.get_birth_date(number) == birthday(serial)
    assert stdnum.cn.ric.calc_check_digit(number) == number[-1]
    assert 1880 <= birthday(serial).year <= 1889
    assert is_male(serial) == (int(number[16]) % 2 == 1)
    assert KERNELS["citizen_id"].read(pl.Series([number]), Options()).marks.to_list() == [""]


def test_another_serial_is_another_subject() -> None:
    assert len({citizen_id(PLACE, serial) for serial in range(20_000)}) == 20_000
    assert len({company(PLACE, serial) for serial in range(5_000)}) == 5_000
    assert len({shop(PLACE, serial) for serial in range(5_000)}) == 5_000


def test_names_are_read_as_they_are() -> None:
    names = [name for serial in range(500) for name in (company(PLACE, serial), shop(PLACE, serial), person(serial))]
    reading = KERNELS["text"].read(pl.Series(names), Options())
    assert reading.values.to_list() == names
    assert set(reading.marks) == {""}


@pytest.mark.parametrize("serial", range(50))
def test_a_mistyped_identifier_is_always_noticed(serial: int) -> None:
    rng = Random(serial)
    wrong = [mistyped(uscc(PLACE, serial), rng), mistyped(citizen_id(PLACE, serial), rng)]
    assert KERNELS["uscc"].read(pl.Series(wrong[:1]), Options()).marks.to_list() == ["ID-USCC-CHECK"]
    assert KERNELS["citizen_id"].read(pl.Series(wrong[1:]), Options()).marks.to_list() == ["ID-SFZ-CHECK"]
