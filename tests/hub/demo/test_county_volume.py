"""Licences by the million, looked at by the thousand."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from hub.contract.load import contract
from hub.county.licence_volume import bad_rows, licence_rows
from hub.kernels import KERNELS, Options

ROWS, SEED, BAD = 2_000, 3, 0.03


@pytest.fixture(scope="module")
def lines() -> list[list[str]]:
    content = b"".join(licence_rows(ROWS, SEED, BAD))
    return list(csv.reader(io.StringIO(content.decode("gb18030"), newline="")))


def test_the_rows_that_kernels_refuse_are_those_that_were_meant_to_be_bad(lines: list[list[str]]) -> None:
    refused = np.zeros(ROWS, dtype=np.bool_)
    for column in contract("market/admin_licence", Path("schemas"), Path("expectations")).columns:
        place = lines[0].index(column.label)
        cells = pl.Series([line[place] or None for line in lines[1:]], dtype=pl.String)
        marks = KERNELS[column.kernel].read(cells, Options(column.options, column.codes)).marks
        refused |= (marks.fill_null("" if not column.required else "CMP-REQUIRED") != "").to_numpy()
    assert (refused == bad_rows(ROWS, SEED, BAD)).all()
    assert refused.sum() == ROWS * BAD


def test_document_numbers_are_unique(lines: list[list[str]]) -> None:
    place = lines[0].index("行政许可决定文书号")
    assert len({line[place] for line in lines[1:]}) == ROWS


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert list(licence_rows(500, 1, 0.1)) == list(licence_rows(500, 1, 0.1))
    assert list(licence_rows(500, 2, 0.1)) != list(licence_rows(500, 1, 0.1))


@pytest.mark.parametrize("rows", [0, 1, 50_001])
def test_any_number_of_rows_can_be_had(rows: int) -> None:
    assert sum(piece.count(b"\r\n") for piece in licence_rows(rows)) == rows + 1
