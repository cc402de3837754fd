"""A contract is drafted from a sample: guesses are marked, nothing of a person is copied, nothing is shared."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest
import yaml

from hub.contract import draft, load
from hub.errors import FixConfiguration, NotFound, WrongUsage
from hub.line.drafting import draft_contract
from hub.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
HEADER = [
    "抽检编号",
    "被抽检单位",
    "统一社会信用代码",
    "负责人姓名",
    "负责人证件",
    "抽检日期",
    "检验结论",
    "罚款金额（万元）",
]
PEOPLE = ["320830188001010002", "32083018850104003X", "320829188506300026"]
ROWS = [
    [f"CJ-{n:04}", f"某某县第{n}商店", "91320830000000019L", f"张{chr(0x4E00 + n)}", PEOPLE[n % 3], f"2026-11-{n:02}",
     "不合格" if n % 3 == 0 else "合格", "0.5" if n % 3 == 0 else None]
    for n in range(1, 13)
]  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for name in ("schemas", "expectations"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return Settings(home=tmp_path / "state", schemas=tmp_path / "schemas", expectations=tmp_path / "expectations")


def workbook(place: Path, *rows: list[str | None]) -> Path:
    book = openpyxl.Workbook()
    book.active.append(["某某县食品抽检结果汇总表"])
    for row in (HEADER, *rows):
        book.active.append(row)
    book.save(place / "食品抽检.xlsx")
    return place / "食品抽检.xlsx"


def columns(text: str) -> dict[str, dict[str, object]]:
    return {one["businessName"]: one for one in yaml.safe_load(text)["schema"][0]["properties"]}


def kernel(column: dict[str, object]) -> str:
    (told,) = (one["value"] for one in column["customProperties"] if one["property"] == "kernel")  # type: ignore[attr-defined]
    return str(told["name"])


def test_kinds_gaps_codes_and_the_key_are_told_from_a_workbook(settings: Settings, tmp_path: Path) -> None:
    found = columns(draft_contract(settings, "market/food_inspection", workbook(tmp_path, *ROWS)))
    assert list(found) == HEADER
    kinds = ["text", "organisation_name", "uscc", "person_name", "citizen_id", "date", "code", "money"]
    assert [kernel(one) for one in found.values()] == kinds
    assert [label for label, one in found.items() if one.get("primaryKey")] == ["抽检编号"]
    assert [label for label, one in found.items() if not one.get("required")] == ["罚款金额（万元）"]
    assert [one["value"] for one in found["检验结论"]["enum"]] == ["不合格", "合格"]  # type: ignore[attr-defined]
    assert found["负责人证件"]["classification"] == "sensitive" and found["负责人姓名"]["classification"] == "personal"


def test_every_guess_has_its_reason_and_no_person_is_copied(settings: Settings, tmp_path: Path) -> None:
    text = draft_contract(settings, "market/food_inspection", workbook(tmp_path, *ROWS))
    assert text.count(f"# {draft.GUESS}：") >= len(HEADER)
    assert not [cell for row in ROWS for cell in (row[1], row[3], row[4]) if cell and cell in text]
    assert "lawful:" not in text and "disclosure" not in text.replace("各列的 disclosure", "")


def test_a_draft_does_not_load_until_a_person_has_filled_it_in(settings: Settings, tmp_path: Path) -> None:
    text = draft_contract(settings, "market/food_inspection", workbook(tmp_path, *ROWS))
    file = settings.schemas / "market" / "food_inspection.odcs.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FixConfiguration) as caught:
        load.contract("market/food_inspection", settings.schemas, settings.expectations)
    lines = text.splitlines()
    assert {draft.UNFILLED in lines[one.line - 1] for one in caught.value.problems} == {True}
    assert len(caught.value.problems) == sum(draft.UNFILLED in line for line in lines if not line.startswith("#"))
    file.write_text(text.replace(draft.UNFILLED, "已填"), encoding="utf-8")
    contract = load.contract("market/food_inspection", settings.schemas, settings.expectations)
    assert not contract.lawful and not any(column.disclosure for column in contract.columns)


def test_a_csv_in_the_encoding_of_old_offices_is_read_too(settings: Settings, tmp_path: Path) -> None:
    sample = tmp_path / "食品抽检.csv"
    lines = [",".join(HEADER), *(",".join(cell or "" for cell in row) for row in ROWS)]
    sample.write_bytes("\r\n".join(lines).encode("gb18030"))
    assert kernel(columns(draft_contract(settings, "market/food_inspection", sample))["抽检日期"]) == "date"


def test_names_are_initials_and_none_stands_twice() -> None:
    assert draft.initials("行政许可决定日期") == "xzxkjdrq" and draft.initials("QQ号") == "qqh"
    assert draft.initials("2026年") == "l2026n" and draft.initials("盱眙") == "xx"
    assert draft.names(["日期", "日期", "人情"]) == ["rq", "rq2", "rq3"]


@pytest.mark.parametrize("dataset", ["food", "market/food inspection", "Market/food", "market/"])
def test_what_is_no_address_is_refused(settings: Settings, tmp_path: Path, dataset: str) -> None:
    with pytest.raises(WrongUsage, match="no address"):
        draft_contract(settings, dataset, workbook(tmp_path, *ROWS))


def test_what_cannot_be_drafted_is_told(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        draft_contract(settings, "market/food_inspection", tmp_path / "nothing.xlsx")
    with pytest.raises(WrongUsage, match="its contract already"):
        draft_contract(settings, "market/admin_licence", workbook(tmp_path, *ROWS))
    with pytest.raises(WrongUsage, match="no department"):
        draft_contract(settings, "nobody/food", workbook(tmp_path, *ROWS))
    with pytest.raises(WrongUsage, match="no row"):
        draft_contract(settings, "market/food_inspection", workbook(tmp_path))
    scrap = tmp_path / "scrap.csv"
    scrap.write_bytes(b"\xff\xff\xff")
    with pytest.raises(WrongUsage):
        draft_contract(settings, "market/food_inspection", scrap)
