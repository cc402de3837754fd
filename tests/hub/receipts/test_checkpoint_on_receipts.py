"""The checkpoint that a receipt takes along: in the JSON as a signed note, elsewhere as one short line."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import jsonschema
import openpyxl
import pytest

from hub.receipts.compose import to_bytes
from hub.receipts.console import lines
from hub.receipts.workbook import workbook

Make = Callable[..., dict[str, Any]]
ROOT = "5a" * 32
LINE = f"第 1,234 条，校验值 {ROOT}"


@pytest.fixture
def carrying(made: Make) -> dict[str, Any]:
    note = "credit-hub/320830\n1234\nWlpa\n\n— credit-hub/320830 AAAA\n"
    return made() | {"checkpoint": {"size": 1234, "root": ROOT, "note": note}}


def test_the_json_face_holds_the_whole_note(carrying: dict[str, Any], made: Make):
    schema = json.loads(files("hub.receipts").joinpath("receipt.v1.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    for receipt in (carrying, made(), made() | {"checkpoint": None}):
        validator.validate(json.loads(to_bytes(receipt)))
    for wrong in ({"size": 0}, {"root": "5a"}, {"more": 1}):
        assert not validator.is_valid(carrying | {"checkpoint": carrying["checkpoint"] | wrong})


def test_the_other_faces_show_size_and_root(carrying: dict[str, Any], made: Make, contract: Any):
    assert lines(carrying).endswith(f"\n存证检查点：{LINE}\n")
    assert "存证" not in lines(made()) + lines(made() | {"checkpoint": None})
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(carrying, contract, None)))["回执"]
    told = {str(row[0].value): row[1].value for row in sheet.iter_rows(max_col=2)}
    assert told["存证检查点"] == LINE
