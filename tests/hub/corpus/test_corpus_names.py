"""A file may be called anything: its name is shown, and never obeyed."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from corpus.file_names import BEYOND, STORABLE
from corpus.shops import csv, shops

from hub.receipts import console
from hub.receipts.compose import to_bytes
from hub.receipts.names import names

CONTENT = csv(shops(2))
SCHEMA = json.loads(files("hub.receipts").joinpath("receipt.v1.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", STORABLE, ids=range(len(STORABLE)))
def test_a_file_of_any_name_is_judged_by_its_content(checking, tmp_path: Path, name: str):
    (tmp_path / name).write_bytes(CONTENT)
    receipt = checking.file(tmp_path / name)
    assert receipt["verdict"]["code"] == "PRECHECK_ACCEPTED"
    jsonschema.validate(receipt, SCHEMA)
    json.loads(to_bytes(receipt))  # no half characters: UTF-8 throughout
    shown = console.lines(receipt)
    assert not [letter for letter in shown if letter != "\n" and not letter.isprintable()]
    assert len([line for line in shown.splitlines() if line.startswith("文件")]) == 1


@pytest.mark.parametrize("name", [*STORABLE, *BEYOND], ids=range(len(STORABLE) + len(BEYOND)))
def test_the_files_of_a_receipt_stay_where_they_belong_whatever_the_name(name: str):
    receipt: dict[str, Any] = {
        "receipt_no": None,
        "stage": "validation",
        "generated_at": "2026-11-23T10:00:00+08:00",
        "submission": {"sha256": "0" * 64},
        "verdict": {"code": "PARTIAL"},
        "counts": {"rejected": 3},
    }
    for made in names(receipt, name):
        assert Path(made).name == made and made not in (".", "..")
        assert len(made.encode("utf-8")) <= 255
        assert made.isprintable() and not set(made) & set('/\\:*?"<>|')
        assert made[0] not in "-. "


def test_a_name_longer_than_a_file_system_takes_is_told_and_does_not_break(checking, tmp_path: Path):
    from hub.errors import NotFound

    with pytest.raises(NotFound):
        checking.file(tmp_path / ("a" * 300 + ".csv"))
