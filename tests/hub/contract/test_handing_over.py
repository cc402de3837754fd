"""Marker, totals line, encryption and signature among the properties of a way in."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus import bank_files as bank

from hub.contract import load
from hub.contract.handing_over import Amount, HandingOver, Marker, Part, Totals
from hub.contract.model import Contract
from hub.errors import FixConfiguration

SMALL = Path(__file__).parents[1] / "small"
FIXED = bank.FIXED + bank.layout() + bank.TOTALS + bank.MARKER


def contract(folder: Path, server: str) -> Contract:
    return load.contract("market/shop", bank.schemas(folder, server), SMALL / "expectations")


def test_a_fixed_file_with_totals_and_a_marker_is_read_as_it_is_written(tmp_path: Path) -> None:
    (intake,) = contract(tmp_path, FIXED).intakes
    assert intake.over == HandingOver(
        Marker(
            ".flg",
            "columns",
            {"file": "0", "size": "1", "rows": "2", "sum": "3", "md5": "4"},
            "|",
            Amount("je", 0, 100),
        ),
        Totals("last", ("T",), Part(1, 1), Part(2, 8), Part(10, 18), Amount("je", 2, 100)),
    )
    assert [one.decimals for one in intake.layout if one.column == "je"] == [2]


def test_a_delimited_file_counts_in_cells_and_a_marker_may_be_its_suffix_alone(tmp_path: Path) -> None:
    (intake,) = contract(tmp_path, bank.DELIMITED).intakes
    assert intake.over.marker == Marker(".flg", "empty", {})
    assert intake.over.totals == Totals(
        "last", ("合计", "TOTAL"), Part(1), Part(2), Part(3), Amount("je", 0, 1_000_000)
    )


def test_encryption_and_signature_may_be_said_not_to_be_there(tmp_path: Path) -> None:
    said = bank.PLAIN + "      - {property: encryption, value: sm4}\n      - {property: signature, value: none}\n"
    (intake,) = contract(tmp_path, said).intakes
    assert intake.over == HandingOver(encryption="sm4")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("suffix: .flg", "suffix: flg", "suffix of a marker"),
        ("suffix: .flg", "suffix: .ok", "suffix of a marker"),
        ("suffix: .flg", "suffix: .sig", "suffix of a marker"),
        ("content: columns", "content: words", "content must be one of"),
        ("content: columns", "content: empty", "an empty marker has no fields"),
        ("content: columns, fields: [file, size, rows, sum, md5], column: je", "content: lines", "needs them"),
        ("[file, size, rows, sum, md5]", "[file, file]", "stands twice"),
        ("[file, size, rows, sum, md5]", "[colour]", "none of"),
        ("[file, size, rows, sum, md5]", "[file]", "belongs to a sum"),
        ("md5], column: je", "md5], column: mc", "no column of money"),
        ("md5], column: je", "md5]", "column is missing"),
        ("content: columns", "content: pairs", "must be a mapping"),
        ("content: columns,", "content: lines, delimiter: x,", "belongs to the content columns"),
        ("          words: [T]\n", "", "words is missing"),
        ("          words: [T]\n", "          words: [T]\n          at: middle\n", "at must be"),
        ("word: {start: 1, length: 1}", "word: 1", "must be a mapping"),
        ("count: {start: 2, length: 8}", "count: {start: 0, length: 8}", "from 1"),
        ("          column: je\n", "          column: rq\n", "no column of money"),
        ("          decimals: 2\n", "          decimals: 9\n", "decimals must be"),
        ("          decimals: 2\n", "          unit: dollar\n", "unit must be one of"),
        ("          sum: {start: 10, length: 18}\n", "", "belongs to a sum"),
        ("length: 15, decimals: 2", "length: 15, decimals: 7", "up to 6"),
        ("column: mc, start: 2, length: 60", "column: mc, start: 2, length: 60, decimals: 1", "is no number"),
        (
            "      - property: marker\n",
            "      - {property: encryption, value: zip}\n      - property: marker\n",
            "age, sm4",
        ),
        (
            "      - property: marker\n",
            "      - {property: signature, value: rsa}\n      - property: marker\n",
            "ed25519",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, before: str, after: str, message: str) -> None:
    assert before in FIXED
    with pytest.raises(FixConfiguration) as refusal:
        contract(tmp_path, FIXED.replace(before, after, 1))
    assert any(message in one.message and one.line > 1 for one in refusal.value.problems), refusal.value.problems


@pytest.mark.parametrize("form", ["", "    format: xlsx\n", "    format: csv\n"])
def test_totals_belong_to_lines_whose_form_was_agreed(tmp_path: Path, form: str) -> None:
    server = form + bank.DELIMITED.partition('delimiter: "|"\n')[2]
    with pytest.raises(FixConfiguration, match="totals need format"):
        contract(tmp_path, server)
