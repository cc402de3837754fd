"""An API among the ways in of a contract."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus import court_api, front_end_table

from hub.contract import load
from hub.contract.model import Contract
from hub.contract.pull_http import Answering
from hub.errors import FixConfiguration

SMALL = Path(__file__).parents[1] / "small"


def contract(folder: Path, before: str = "", after: str = "", paging: str = court_api.NUMBER) -> Contract:
    schemas = court_api.schemas(SMALL, folder, paging, more=court_api.ANSWER)
    file = schemas / "market" / "shop.odcs.yaml"
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    return load.contract("market/shop", schemas, SMALL / "expectations")


def test_a_department_may_have_files_and_an_api(tmp_path: Path) -> None:
    api, files = contract(tmp_path).intakes
    assert files.api is None and files.patterns
    asked = api.api
    assert asked is not None and api.format == "pages" and api.pull is None
    assert (asked.api, asked.path, asked.rows) == ("county_api", "/v1/shops", "/data/list")
    assert (asked.by, asked.column, asked.parameter, asked.overlap) == ("watermark", "gxsj", "updated_since", 600)
    assert dict(asked.columns) == {"mc": "shop_name"} and asked.answering == Answering("/v1/receipts", "PUT")
    assert (asked.paging["by"], asked.paging["size"], asked.paging["first"]) == ("number", 2, 1)


def test_a_department_may_have_files_a_database_and_an_api(tmp_path: Path) -> None:
    ways = contract(
        tmp_path, court_api.FILES, front_end_table.SERVER.replace("PULL", front_end_table.FLAG) + court_api.FILES
    ).intakes
    assert [(way.api is not None, way.pull is not None, bool(way.patterns)) for way in ways] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("    type: custom", "    type: kafka", "type of an API must be one of"),
        ("    type: custom", "    type: custom\n    host: 10.1.2.3", "the address of an API comes from the settings"),
        ("value: county_api", "value: County-Api", "small letters, digits and single underscores"),
        ("      - {property: rows, value: /data/list}\n", "", "rows of an API are missing"),
        ("value: /v1/shops", "value: https://x/v1", "a path is like"),
        ("value: /v1/shops", "value: /v1/../admin", "a path is like"),
        ("value: /v1/shops", "value: '/v1?token=1'", "a path is like"),
        ("value: /data/list", "value: data.list", "a JSON Pointer"),
        ("value: {mc: shop_name}", "value: {xx: shop_name}", "unknown key 'xx'"),
        ("value: {mc: shop_name}", "value: {mc: a, bz: a}", "cannot be one of the API"),
        ("by: number", "by: guess", "by must be one of none, number"),
        ("parameter: page, ", "", "parameter belongs to paging"),
        ("by: number", "by: cursor", "next is missing"),
        ("by: number", "by: number, next: /n", "next belongs to paging by cursor or link"),
        ("size: 2,", "", "sizeParameter and size belong together"),
        ("size: 2,", "size: 1.5,", "whole numbers from 0"),
        ("parameter: page", "parameter: 'a&b'", "the name of a parameter"),
        ("parameter: page", "parameter: size", "used twice"),
        ("by: watermark", "by: guess", "by must be watermark or all"),
        ("by: watermark", "by: all", "column belongs to a watermark"),
        ("column: gxsj, ", "", "column belongs to a watermark"),
        ("overlap: 600", "overlap: -1", "overlap must not be below 0"),
        ("overlap: 600", "onlyGrows: true", "onlyGrows belongs to all"),
        ("method: put", "method: delete", "method must be post or put"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, before: str, after: str, message: str) -> None:
    with pytest.raises(FixConfiguration, match=message):
        contract(tmp_path, before, after)


def test_an_api_may_not_stand_twice_for_a_department(tmp_path: Path) -> None:
    again = court_api.SERVER.replace("PAGING", "{by: none}").replace("PULL", "{by: all}")
    with pytest.raises(FixConfiguration, match="stands twice"):
        contract(tmp_path, court_api.FILES, again + court_api.FILES)
