"""The workbook of a receipt comes back: mended rows are corrections, answers close questions, nothing counts twice."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from hub.ledger import quarantine, returns
from hub.ledger.connect import reading
from hub.ledger.tables import tombstone
from hub.line.prechecking import precheck

SMALL = Path(__file__).parents[1] / "small"
PROMISE = """  - {property: latency, value: 7, unit: workingDays, element: shop.rq}
"""
LATE = "2026-11-02"  # asked about: more than seven working days before the day of receipt


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    """The small schemas with a promise of 7 working days, so that late rows are taken with a question."""
    folder = tmp_path / "schemas"
    shutil.copytree(SMALL / "schemas", folder)
    shutil.copytree(Path("schemas") / "calendar", folder / "calendar")
    contract = folder / "market" / "shop.odcs.yaml"
    text = contract.read_text(encoding="utf-8").replace("slaProperties:\n", f"slaProperties:\n{PROMISE}")
    contract.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def asking(make_line: Callable[..., Any], schemas: Path, ledger_url: str) -> Any:
    return make_line(ledger_url, schemas=schemas)


def send(line: Any, content: bytes, name: str) -> dict[str, Any]:
    """Drop a file and take it to its end; its receipt of stage 2."""
    before = {one["receipt_no"] for one in line.receipts()}
    line.drop(content, name=name)
    line.run()
    (made,) = [one for one in line.receipts() if one["receipt_no"] not in before and one["stage"] == "validation"]
    return made


def book_of(line: Any, receipt: dict[str, Any]) -> Any:
    (name,) = [name for name in line.outbox() if f"__{receipt['receipt_no']}__" in name]
    return openpyxl.load_workbook(io.BytesIO(line.outbox()[name]))


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def fill(sheet: Any, row: int, **cells: str) -> None:
    """Write into the row that was number ``row`` in the sender's file, by header."""
    heads = [cell.value for cell in sheet[1]]
    line = next(each for each in sheet.iter_rows(min_row=2) if each[0].value == str(row))
    for name, value in cells.items():
        line[heads.index(name)].value = value


def first(line: Any) -> dict[str, Any]:
    """Rows: 2 good, 3 rejected for its amount, 4 rejected for its missing number, 5, 6 and 7 asked about."""
    rows = [line.shop(1), line.shop(2, je="一百万"), line.shop(3, wsh=""), *(line.shop(n, rq=LATE) for n in (4, 5, 6))]
    return send(line, line.file(*rows), "店铺.csv")


def open_rows(line: Any) -> int:
    with reading(line.hub.ledger) as connection:
        return sum(one["rows"] for one in quarantine.open_rows(connection))


def test_the_workbook_has_all_its_sheets_in_order(asking: Any) -> None:
    book = book_of(asking, first(asking))
    assert book.sheetnames == ["回执", "待更正", "代码表", "请核实", "已接收", "规则说明", "_meta"] or [
        name for name in book.sheetnames if name != "代码表"
    ] == ["回执", "待更正", "请核实", "已接收", "规则说明", "_meta"]
    assert book["_meta"].sheet_state == "veryHidden"
    assert [cell.value for cell in book["请核实"]["A"]] == ["原行号", "5", "6", "7"]
    assert [cell.value for cell in book["请核实"][1]][1:4] == ["核实的问题", "核实结果", "说明"]
    assert [cell.value for cell in book["已接收"]["A"]][1:] == ["原行号", "2", "5", "6", "7"]
    assert "20010002" not in str([[cell.value for cell in row] for row in book["_meta"].iter_rows()])


def test_a_receipt_that_asks_says_until_when(asking: Any) -> None:
    assert first(asking)["next"]["respond_by"] == "2026-12-07"  # ten working days after Monday, 23 November


def test_mended_rows_close_the_batch_keep_their_time_and_are_corrections(asking: Any) -> None:
    before = first(asking)
    book = book_of(asking, before)
    fill(book["待更正"], 3, **{"注册资本（元）": "1000000"})
    fill(book["待更正"], 4, 文书号="演市监〔2026〕0003号")  # its natural key could not be told before
    asking.clock.sleep(timedelta(days=28).total_seconds())  # too late by far, had it not come in time at first
    told = send(asking, saved(book), "改好了.xlsx")  # the name says nothing
    assert told["submission"]["mode"] == "C" and told["verdict"]["code"] == "ACCEPTED"
    assert (told["counts"]["rows"], told["counts"]["accepted"], told["counts"]["inserted"]) == (2, 2, 2)
    assert told["timeliness"] == {"on_time": 2, "late": 0}
    assert told["returned"]["receipt"] == before["receipt_no"] and "第一次收到的时间" in told["returned"]["text"]
    assert told["resend"]["mended"] == 2
    assert open_rows(asking) == 0
    assert len(asking.versions()) == 6 and asking.violations() == []


def test_a_row_that_is_still_wrong_is_told_by_its_place_and_by_its_first_row(asking: Any) -> None:
    book = book_of(asking, first(asking))
    fill(book["待更正"], 3, **{"注册资本（元）": "1000000"})
    told = send(asking, saved(book), "店铺.xlsx")
    assert told["verdict"]["code"] == "PARTIAL"  # half of its rows are bad, and no share refuses the others
    (row,) = [row for found in told["findings"] if found["class"] == "V" for row in found["rows"]]
    assert (row["sheet"], row["row"], row["original_row"]) == ("待更正", 3, 4)
    assert open_rows(asking) == 1
    again = book_of(asking, told)
    fill(again["待更正"], 3, 文书号="演市监〔2026〕0003号")
    asking.clock.sleep(timedelta(days=28).total_seconds())
    last = send(asking, saved(again), "店铺 再改.xlsx")
    assert last["verdict"]["code"] == "ACCEPTED" and last["timeliness"] == {"on_time": 1, "late": 0}
    assert open_rows(asking) == 0 and asking.violations() == []


def test_answers_confirm_correct_and_withdraw(asking: Any) -> None:
    book = book_of(asking, first(asking))
    del book["待更正"]
    fill(book["请核实"], 5, 核实结果="无误", 说明="确是补报")
    fill(book["请核实"], 6, 核实结果="更正", 登记日期="2026-11-19")
    fill(book["请核实"], 7, 核实结果="撤回", 说明="登记错了当事人")
    told = send(asking, saved(book), "店铺_核实.xlsx")
    assert (told["counts"]["rows"], told["counts"]["updated"]) == (1, 1)
    assert {name: told["returned"][name] for name in ("confirmed", "corrected", "withdrawn", "asked_again")} == {
        "confirmed": 1,
        "corrected": 1,
        "withdrawn": 1,
        "asked_again": 0,
    }
    with reading(asking.hub.ledger) as connection:
        assert returns.open_queries(connection, 1) == 0
        kept = [(one["record"], one["answer"], one["said"]) for one in returns.answers(connection, 1)]
    assert kept == [(4, "confirmed", "确是补报"), (5, "corrected", None), (6, "withdrawn", "登记错了当事人")]
    assert asking.rows(sa.select(tombstone.c.reason, tombstone.c.delivery_id)) == [("登记错了当事人", 2)]
    assert len([one for one in asking.versions() if one["known_to"] is None and one["valid_to"] is None]) == 3
    assert asking.violations() == []


def test_answers_alone_are_a_delivery_without_rows(asking: Any) -> None:
    book = book_of(asking, first(asking))
    del book["待更正"]
    fill(book["请核实"], 5, 核实结果="无误")
    told = send(asking, saved(book), "店铺.xlsx")
    assert (told["verdict"]["code"], told["counts"]["rows"], told["returned"]["confirmed"]) == ("ACCEPTED", 0, 1)
    with reading(asking.hub.ledger) as connection:
        assert returns.open_queries(connection, 1) == 2  # what nobody has answered stays open
    assert asking.violations() == []


@pytest.mark.parametrize(
    ("cells", "rule"),
    [({"核实结果": "大概对"}, "RET-UNCLEAR"), ({"核实结果": "撤回"}, "RET-REASON")],
    ids=["not offered", "no reason"],
)
def test_an_answer_that_cannot_be_taken_is_asked_for_again(asking: Any, cells: dict[str, str], rule: str) -> None:
    book = book_of(asking, first(asking))
    del book["待更正"]
    fill(book["请核实"], 5, **cells)
    told = send(asking, saved(book), "店铺.xlsx")
    assert [found["rule"] for found in told["findings"]] == [rule]
    assert told["returned"]["asked_again"] == 1 and asking.rows(sa.select(tombstone.c.id)) == []
    with reading(asking.hub.ledger) as connection:
        assert returns.open_queries(connection, 1) == 3


def test_a_questioned_row_that_comes_corrected_under_another_key_leaves_its_record(asking: Any) -> None:
    book = book_of(asking, first(asking))
    del book["待更正"]
    fill(book["请核实"], 5, 核实结果="更正", 文书号="演市监〔2026〕9999号", 登记日期="2026-11-19")
    send(asking, saved(book), "店铺.xlsx")
    current = [one["wsh"] for one in asking.versions() if one["known_to"] is None and one["valid_to"] is None]
    assert "演市监〔2026〕9999号" in current and "演市监〔2026〕0004号" not in current
    assert asking.violations() == []


def _one_letter_of_meta(book: Any) -> None:
    cell = book["_meta"]["B3"]
    cell.value = cell.value[:-1] + ("1" if cell.value[-1] != "1" else "2")


def _another_row_in_meta(book: Any) -> None:
    sheet = book["_meta"]
    line = next(row for row in sheet.iter_rows() if row[0].value == "待更正")
    line[1].value = "2"


@pytest.mark.parametrize("edit", [_one_letter_of_meta, _another_row_in_meta])
def test_a_workbook_whose_meta_was_edited_is_an_ordinary_file_and_says_so(asking: Any, edit: Any) -> None:
    book = book_of(asking, first(asking))
    edit(book)
    fill(book["待更正"], 3, **{"注册资本（元）": "1000000"})
    fill(book["请核实"], 7, 核实结果="撤回", 说明="不该理会")
    told = send(asking, saved(book), "店铺_x.xlsx")
    assert "RET-UNKNOWN" in {found["rule"] for found in told["findings"]}
    assert told["submission"]["mode"] == "O" and "returned" not in told
    assert asking.rows(sa.select(tombstone.c.id)) == [] and asking.violations() == []


def test_the_same_workbook_twice_changes_nothing(asking: Any) -> None:
    book = book_of(asking, first(asking))
    fill(book["待更正"], 3, **{"注册资本（元）": "1000000"})
    fill(book["请核实"], 5, 核实结果="无误")
    content = saved(book)
    send(asking, content, "店铺_甲.xlsx")
    before = asking.versions()
    told = send(asking, content, "店铺_乙.xlsx")
    assert told["verdict"]["code"] == "DUPLICATE" and asking.versions() == before
    book["回执"]["A40"].value = "存过"
    told = send(asking, saved(book), "店铺_丙.xlsx")
    assert told["counts"]["unchanged"] == 1 and asking.versions() == before and asking.violations() == []


def test_a_trial_of_the_workbook_gives_its_verdict_and_keeps_nothing(
    asking: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = book_of(asking, first(asking))
    fill(book["待更正"], 3, **{"注册资本（元）": "1000000"})
    fill(book["请核实"], 5, 核实结果="无误")
    file = tmp_path / "店铺_交回.xlsx"
    file.write_bytes(saved(book))
    monkeypatch.setattr("hub.line.prechecking.open_hub", lambda: asking.hub)
    facts = asking.facts()
    trial = precheck(file, "market/shop", "market")
    assert asking.facts() == facts
    told = send(asking, file.read_bytes(), file.name)
    assert trial["verdict"]["code"] == f"PRECHECK_{told['verdict']['code']}"
    assert trial["returned"] == told["returned"]
    same = ("rows", "accepted", "of_which_query", "rejected", "duplicate", "blank")
    assert [trial["counts"][name] for name in same] == [told["counts"][name] for name in same]


def test_by_hand_it_comes_back_too(asking: Any, tmp_path: Path) -> None:
    book = book_of(asking, first(asking))
    fill(book["待更正"], 3, **{"注册资本（元）": "1000000"})
    file = tmp_path / "手工.xlsx"
    file.write_bytes(saved(book))
    asking.hub.submit(file, "market", "market/shop")
    (put,) = (asking.hub.home / "outbox" / "market").glob("*.json")
    assert json.loads(put.read_text(encoding="utf-8"))["returned"]["mended"] == 2
    assert asking.violations() == []
