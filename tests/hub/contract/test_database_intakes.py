"""A database among the ways in of a contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from corpus import front_end_table

from hub.contract import load
from hub.contract.model import Contract
from hub.errors import FixConfiguration

SMALL = Path(__file__).parents[1] / "small"


def contract(folder: Path, before: str = "", after: str = "", pull: str = front_end_table.WATERMARK) -> Contract:
    schemas = front_end_table.schemas(SMALL, folder, pull)
    file = schemas / "market" / "shop.odcs.yaml"
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    return load.contract("market/shop", schemas, SMALL / "expectations")


def test_a_department_may_have_files_and_a_database(tmp_path: Path) -> None:
    database, files = contract(tmp_path).intakes
    assert files.pull is None and files.patterns
    pull = database.pull
    assert pull is not None and (pull.source, pull.table, pull.key) == ("county_market", "t_shop", ("id",))
    assert (pull.by, pull.column, pull.only_grows, pull.overlap) == ("watermark", "gxsj", True, 0.0)
    assert dict(pull.columns) == {"mc": "shop_name"}
    assert pull.write_back is not None and (pull.write_back.query, pull.write_back.rejected) == ("3", "2")


def test_a_flag_says_what_waits_and_its_table_may_shrink(tmp_path: Path) -> None:
    pull = contract(tmp_path, pull=front_end_table.FLAG).intakes[0].pull
    assert pull is not None and (pull.by, pull.waiting, pull.taken, pull.only_grows) == ("flag", "0", "1", False)


FLAGGED: dict[str, Any] = {"pull": front_end_table.FLAG}


@pytest.mark.parametrize(
    ("before", "after", "message", "more"),
    [
        ("    type: custom", "    type: kafka", "type of a database must be one of", {}),
        (
            "    type: custom",
            "    type: mysql\n    host: 10.1.2.3",
            "the address of a source comes from the settings",
            {},
        ),
        ("value: county_market", "value: County-Market", "small letters, digits and single underscores", {}),
        ("      - {property: table, value: t_shop}\n", "", "table of a database are missing", {}),
        ("value: [id]", "value: []", "the columns that tell the rows of the table apart", {}),
        ("by: watermark", "by: guess", "by must be watermark or flag", {}),
        ("column: gxsj", "column: gxsj, waiting: '0'", "waiting belongs to a flag", {}),
        ("column: gxsj", "column: gxsj, overlap: -1", "overlap must not be below 0", {}),
        ("column: gxsj", "column: gxsj, since: 1", "unknown key 'since'", {}),
        (', taken: "1"', "", "taken belongs to a flag, and a flag needs it", FLAGGED),
        ('taken: "1"', 'taken: "0"', "waiting and taken must differ", FLAGGED),
        ("column: tq_flag", "column: tq_flag, overlap: 5", "overlap belongs to a watermark", FLAGGED),
        ("{mc: shop_name}", "{mcc: shop_name}", "unknown key 'mcc'", {}),
        ('rejected: "2"', 'rejected: "1"', "accepted and rejected must differ", {}),
        ("status: hub_status", "status: gxsj", "neither key nor watermark nor flag", {}),
        ("reason: hub_reason", "reason: hub_status", "must be two columns", {}),
    ],
)
def test_a_mistake_is_told_when_the_contract_is_loaded(
    tmp_path: Path, before: str, after: str, message: str, more: dict[str, Any]
) -> None:
    with pytest.raises(FixConfiguration, match=message):
        contract(tmp_path, before, after, **more)


def test_no_file_may_be_declared_to_be_an_extract(tmp_path: Path) -> None:
    with pytest.raises(FixConfiguration, match="format must be one of csv"):
        contract(tmp_path, "    location: sftp", "    format: extract\n    location: sftp")
