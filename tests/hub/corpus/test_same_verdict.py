"""The same rows as CSV, XLSX, JSON and XML: one verdict, one receipt but for where a row stands in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from corpus import other_sheets, sheets, trees
from corpus.real_mess import KINDS, repeated_rows, shop_rows
from corpus.shops import Row, csv, shop

from hub.receipts.compose import to_bytes

FORMATS: Mapping[str, Callable[[list[Row]], bytes]] = {
    "csv": csv,
    "xlsx": sheets.sheet,
    "xls": other_sheets.as_xls,
    "ods": other_sheets.as_ods,
    "json": trees.as_json,
    "jsonl": trees.as_json_lines,
    "xml": trees.as_xml,
}
# A workbook cannot hold what XML cannot, and a cell of a text file ends at its line.
BATCHES = {name: [row for row, *_ in shop_rows(mess)] for name, mess in KINDS.items()}
BATCHES |= {
    "重复": [row for row, *_ in repeated_rows()],
    "空行": [shop(1), dict.fromkeys(shop(1), ""), shop(2), dict.fromkeys(shop(2), " "), shop(3)],
    "多数退回": [shop(1), *(shop(n, zt="9") for n in range(2, 9))],
    "全好": [shop(n) for n in range(1, 9)],
    "转义": [shop(1, bz="甲&乙<丙>丁'戊"), shop(2, bz="\\甲\\u4e00"), shop(3, bz="&amp;&#x31;"), shop(4, bz="a]]>b")],
}
# Where a row stands, how the file is called, how large it is, which format it has. Nothing else may differ.
OF_THE_FILE = ("file_name", "size", "sha256", "sheet", "header_row", "encoding")


BEFORE = {"csv": 1, "xlsx": 1, "xls": 1, "ods": 1, "json": 1, "jsonl": 0, "xml": 2}  # lines above the first record


def normalised(receipt: dict[str, Any], kind: str) -> bytes:
    """The bytes of a receipt without the facts of the file; rows are named by their record instead."""
    receipt = _renumbered(receipt, BEFORE[kind])
    receipt["submission"] = dict.fromkeys(OF_THE_FILE) | _without(receipt["submission"], OF_THE_FILE)
    receipt["package_id"] = None  # made from the hash
    receipt["next"] = {**receipt["next"], "template": None}  # made from the file name
    return to_bytes(receipt)


def _without(facts: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    assert set(names) <= set(facts)
    return {name: value for name, value in facts.items() if name not in names}


def _renumbered(receipt: dict[str, Any], by: int) -> dict[str, Any]:
    """Every number of a row, in fields and in sentences, becomes the number of the record."""
    named = [row for found in receipt["findings"] for row in found["rows"] if row["record"] is not None]
    assert [row for row in named if row["row"] - row["record"] != by] == []
    findings = [
        {
            **found,
            **{
                name: re.sub(r"第(\d+)行", lambda match: f"第{int(match[1]) - by}行", found[name])
                for name in ("why", "fix")
            },
            "rows": [{**row, "row": row["record"]} for row in found["rows"]],
        }
        for found in receipt["findings"]
    ]
    corrections = [
        {**change, "examples": [{**example, "row": example["row"] - by} for example in change["examples"]]}
        for change in receipt["corrections"]
    ]
    steps = [re.sub(r"第(\d+)行", lambda match: f"第{int(match[1]) - by}行", step) for step in receipt["next"]["steps"]]
    return {**receipt, "findings": findings, "corrections": corrections, "next": {**receipt["next"], "steps": steps}}


@pytest.fixture(scope="module")
def answers(checking, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], dict[str, Any]]:
    """``answers(batch, format)``: the receipt of the batch in the format; each is judged once."""
    folder: Path = tmp_path_factory.mktemp("same")
    known: dict[tuple[str, str], dict[str, Any]] = {}

    def answer(batch: str, kind: str) -> dict[str, Any]:
        if (batch, kind) not in known:
            file = folder / f"店铺_{batch}.{kind}"
            file.write_bytes(FORMATS[kind](BATCHES[batch]))
            known[batch, kind] = checking.file(file)
        return known[batch, kind]

    return answer


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind != "csv"])
@pytest.mark.parametrize("batch", BATCHES)
def test_the_same_rows_have_the_same_receipt_in_every_format(stopped_clock, answers, batch: str, kind: str):
    one, other = answers(batch, "csv"), answers(batch, kind)
    assert other["verdict"] == one["verdict"]
    assert other["counts"] == one["counts"]
    assert normalised(other, kind).decode().splitlines() == normalised(one, "csv").decode().splitlines()


@pytest.mark.parametrize("kind", FORMATS)
def test_a_code_that_excel_rounded_is_told_the_same_way_in_every_format(checking, tmp_path: Path, kind: str):
    rows = [shop(1), shop(2, dm="913209990000000000"), shop(3)]
    file = tmp_path / f"店铺.{kind}"
    file.write_bytes(FORMATS[kind](rows))
    assert [found["rule"] for found in checking.file(file)["findings"]] == ["ID-EXCEL15"]
