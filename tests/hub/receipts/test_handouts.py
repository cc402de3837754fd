"""What is laid into a department's templates folder says what the contract says, in words for clerks."""

from __future__ import annotations

import dataclasses
import io
import re
from datetime import date

import openpyxl
import pytest

from hub.contract import load
from hub.contract.model import Code, Contract, Department, Slice
from hub.contract.schedule import Schedule
from hub.receipts.guide import CODES, guide
from hub.receipts.handouts import FOLDERS, README, by_file, handouts, stem_of
from hub.settings import settings
from hub.stages.collect import dataset_of

TODAY = date(2026, 11, 23)
SCHEMAS, EXPECTATIONS = settings().schemas, settings().expectations
COUNTY = load.county(SCHEMAS)
CONTRACTS = load.contracts(SCHEMAS, EXPECTATIONS)
SENDING = [
    (department, contract, intake)
    for department in COUNTY.departments
    for contract, intake in by_file(department, CONTRACTS)
]
IDS = [f"{department.id}-{contract.dataset}" for department, contract, _ in SENDING]


def handed(department: Department) -> dict[str, bytes]:
    return handouts(COUNTY, department, CONTRACTS, TODAY, {})


def licence() -> Contract:
    return next(one for one in CONTRACTS if one.dataset == "market/admin_licence")


@pytest.mark.parametrize("department", COUNTY.departments, ids=lambda one: one.id)
def test_a_department_gets_a_form_and_an_explanation_for_each_dataset_that_it_sends(department: Department) -> None:
    files = handed(department)
    sends = by_file(department, CONTRACTS)
    if not sends:
        assert files == {}
        return
    *others, last = files
    assert last == README, "whoever sees it sees the others"
    forms = [name for name in others if name.endswith("_填报模板.xlsx")]
    guides = [name for name in others if name.endswith("_填报说明.txt")]
    assert len(guides) == len(sends) and sorted(forms + guides) == sorted(others)
    readme = files[README].decode("utf-8-sig")
    assert department.name in readme and COUNTY.name in readme
    assert all(name in readme for name in others)
    assert all(f"  {folder}　" in readme for folder, _ in FOLDERS)
    assert all("。；" not in line and len(line) < 200 for line in readme.splitlines())


@pytest.mark.parametrize(("department", "contract", "intake"), SENDING, ids=IDS)
def test_a_form_that_is_sent_back_under_its_own_name_is_known_by_it(department, contract, intake) -> None:
    if intake.format in (None, "xlsx"):
        name = f"{stem_of(contract, intake)}_填报模板.xlsx"
        assert dataset_of(name, department.id, CONTRACTS) == contract.dataset


@pytest.mark.parametrize(("department", "contract", "intake"), SENDING, ids=IDS)
def test_an_explanation_names_every_column_and_whether_it_must_be_filled(department, contract, intake) -> None:
    text = guide(contract, intake, TODAY)
    for place, column in enumerate(contract.columns, start=1):
        assert f"\n{place}. {column.label}{'（必填）' if column.required else ''}\n" in text
    assert all(pattern in text for pattern in intake.patterns)
    assert all(contract.column(key).label in text for key in contract.key)
    assert "None" not in text and "。。" not in text
    assert not re.search(r"[{}]", text)


def test_the_same_contracts_and_day_give_the_same_bytes_and_a_changed_contract_others() -> None:
    department = COUNTY.department("market")
    first = handed(department)
    assert handed(department) == first
    changed = [
        dataclasses.replace(one, version="9.9.9") if one.dataset == "market/admin_licence" else one for one in CONTRACTS
    ]
    later = handouts(COUNTY, department, changed, TODAY, {})
    assert {name for name in first if later[name] != first[name]} == {"行政许可_填报说明.txt", README}


def test_texts_open_in_the_old_editor_of_windows() -> None:
    for name, content in handed(COUNTY.department("court")).items():
        if name.endswith(".txt"):
            assert content.startswith(b"\xef\xbb\xbf")
            assert content.count(b"\n") == content.count(b"\r\n") > 10


def test_the_form_is_a_workbook_with_nothing_below_its_header() -> None:
    content = handed(COUNTY.department("market"))["行政许可_填报模板.xlsx"]
    sheet = openpyxl.load_workbook(io.BytesIO(content))["填报"]
    assert [cell.value for cell in sheet[1]] == [column.label for column in licence().columns]
    assert sheet.max_row == 1


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (Schedule(1, "d", 0, "workingDays", 1), "每日：工作日当天的当天报；宽限1个工作日，过后记为漏报。"),
        (Schedule(1, "m", 10, "d", 2), "每月：每期结束后10天内报，遇放假顺延；宽限2个工作日，过后记为漏报。"),
        (Schedule(1, "w", 0, "workingDays", 0), "每周：每期最后一个工作日前报；过后记为漏报。"),
        (Schedule(3, "m", 5, "workingDays", 0), "每季度：每期结束后5个工作日内报，遇放假顺延；过后记为漏报。"),
        (None, "不定期。"),
    ],
)
def test_deadlines_are_told_as_they_are_counted(schedule: Schedule | None, said: str) -> None:
    contract = dataclasses.replace(licence(), schedule=schedule, frequency="不定期", working_days=7)
    text = guide(contract, contract.intakes[0], TODAY)
    assert f"\n{said}\n每一条自决定之日的次日起7个工作日内报送，超过的记为迟报。\n" in text


def test_codes_are_listed_unless_they_have_ended_or_are_too_many() -> None:
    whole = licence()
    (column,) = [one for one in whole.columns if one.label == "当前状态"]
    codes = (Code("1", "有效"), Code("2", "旧", valid_to=date(2026, 1, 1)), Code("正常", "正常"))

    def told(*listed: Code) -> str:
        replaced = dataclasses.replace(column, codes=listed)
        columns = tuple(replaced if one is column else one for one in whole.columns)
        return guide(dataclasses.replace(whole, columns=columns), whole.intakes[0], TODAY)

    assert "   可填：有效（1）；正常\n" in told(*codes)
    assert f"   可填：共{CODES + 1}项，见" in told(*(Code(str(n), f"名{n}") for n in range(CODES + 1)))


def test_a_department_that_agreed_on_lines_of_fixed_width_is_told_where_each_column_stands_and_gets_no_form() -> None:
    whole, department = licence(), COUNTY.department("market")
    layout = (Slice("xk_xdr_mc", 1, 200), Slice("xk_wsh", 201, 64))
    intake = dataclasses.replace(whole.intakes[0], format="fixed", encoding="gb18030", layout=layout)
    contract = dataclasses.replace(whole, intakes=(intake,))
    files = handouts(COUNTY, department, [contract], TODAY, {})
    assert sorted(files) == [README, "行政许可_填报说明.txt"]
    text = files["行政许可_填报说明.txt"].decode("utf-8-sig")
    assert "第1至200字节：行政相对人名称" in text and "第201至264字节" in text and "GB18030" in text
