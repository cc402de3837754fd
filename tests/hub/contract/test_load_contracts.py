from __future__ import annotations

import builtins
import io
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.contract.load import contract, contracts, county, dataset_names, outlets
from hub.contract.model import Contract
from hub.errors import NotFound

SCHEMAS = Path(__file__).resolve().parents[3] / "schemas"
DATASETS = tuple(
    sorted(f"{file.parent.name}/{file.name.removesuffix('.odcs.yaml')}" for file in SCHEMAS.rglob("*.odcs.yaml"))
)
Load = Callable[[str], Contract]


def test_every_dataset_loads_and_none_can_be_taken_for_another(schemas: Path, expectations: Path) -> None:
    assert dataset_names(schemas) == DATASETS
    assert tuple(each.dataset for each in contracts(schemas, expectations)) == DATASETS


def test_the_names_of_the_datasets_cost_no_file(schemas: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **named: object) -> None:
        raise AssertionError(f"{args[0]} was opened")

    monkeypatch.setattr(builtins, "open", refuse)
    monkeypatch.setattr(io, "open", refuse)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert dataset_names(schemas) == DATASETS


def test_a_dataset_that_does_not_exist_is_not_found(schemas: Path, expectations: Path) -> None:
    with pytest.raises(NotFound, match="market/wedding"):
        contract("market/wedding", schemas, expectations)


def test_one_contract_opens_no_other_contract(
    schemas: Path, expectations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: (opened.append(path.as_posix()), read(path))[1])
    contract("court/judgment_defaulter", schemas, expectations)
    files = {Path(name).name for name in opened}
    assert {"judgment_defaulter.odcs.yaml", "judgment_defaulter.yaml", "every_batch.yaml"} <= files
    assert {name for name in files if name.endswith(".odcs.yaml")} == {"judgment_defaulter.odcs.yaml"}
    assert not files & {"admin_licence.yaml", "penalty_kind.csv", "towns.csv"}


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_contract_loads_within_fifty_milliseconds(dataset: str, load: Load) -> None:
    load(dataset)  # the first load pays for the import of the ODCS model

    def seconds() -> float:
        begun = time.process_time()  # other processes on the machine do not count
        load(dataset)
        return time.process_time() - begun

    assert min(seconds() for _ in range(5)) < 0.05


def test_contracts_load_without_the_heavy_libraries(schemas: Path, expectations: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from hub.contract import load, derive\n"
        f"c = load.contract('market/admin_licence', Path({str(schemas)!r}), Path({str(expectations)!r}))\n"
        f"derive.suite(c, Path({str(expectations)!r}))\n"
        "print(*({'polars', 'pandas', 'great_expectations', 'airflow', 'sqlalchemy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == ""


def test_a_licence_is_told_apart_by_documents_never_by_name(load: Load) -> None:
    licence = load("market/admin_licence")
    assert set(licence.key) == {"xk_wsh", "xk_xkjgdm", "xk_xdr_shxym", "xk_xdr_zjhm"}
    for dataset in DATASETS:
        assert load(dataset).subject.name not in load(dataset).key


def test_two_departments_send_penalties(load: Load) -> None:
    assert [intake.department for intake in load("market/admin_penalty").intakes] == ["market", "urban"]


def test_single_credit_lines_go_nowhere_and_small_towns_are_suppressed(load: Load) -> None:
    lines = load("bank/credit_line")
    assert lines.lawful == ()
    assert {column.classification for column in lines.columns} == {"sensitive"}
    assert not any(column.disclosure for column in lines.columns)
    assert [aggregate.outlet for aggregate in lines.aggregates] == ["open_feed", "governance"]
    for aggregate in lines.aggregates:
        assert (aggregate.by, aggregate.month_of, aggregate.minimum, aggregate.days) == ("zxqh", "sxrq", 10, 15)


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_open_feed_shows_organisations_and_nothing_of_a_person(dataset: str, load: Load) -> None:
    loaded = load(dataset)
    for lawful in loaded.lawful:
        assert lawful.legal_basis and lawful.items
        assert lawful.outlet != "open_feed" or lawful.subjects == ("organisation",)
    shown = [column for column in loaded.columns if "open_feed" in column.disclosure]
    assert not {column.kernel for column in shown} & {"citizen_id"}
    assert {column.classification for column in shown} <= {"public", "internal"}
    assert not {"xk_frdb", "cf_frdb", "fddbr"} & {column.name for column in shown}


def test_the_province_gets_every_column_of_what_must_be_reported(load: Load) -> None:
    for dataset in ("market/admin_licence", "market/admin_penalty", "court/judgment_defaulter"):
        loaded = load(dataset)
        assert {column.disclosure["province"].how for column in loaded.columns} == {"keep"}
        (lawful,) = (each for each in loaded.lawful if each.outlet == "province")
        assert lawful.subjects == ("organisation", "sole_trader", "person")


def test_penalties_close_by_gravity_and_slight_ones_are_not_opened(load: Load) -> None:
    penalty = load("market/admin_penalty")
    (lawful,) = (each for each in penalty.lawful if each.outlet == "open_feed")
    assert lawful.window is not None
    assert (lawful.window.start, lawful.window.end, lawful.window.months) == ("cf_jdrq", "cf_gsjzq", None)
    assert lawful.window.severity is not None and lawful.window.severity.column == "cf_cflb"
    rule = lawful.window.severity.rule
    gravity = {
        kinds: rule.severest(kinds)
        for kinds in ("警告、通报批评", "警告、罚款", "罚款、吊销许可证件", "罚款、搬家", "", None)
    }
    assert list(gravity.values()) == ["minor", "general", "serious", None, None, None]
    older, newer = rule.regimes
    assert {**newer.months}.keys() == {**older.months}.keys() == {"general", "serious"}
    assert [newer.months[each].most for each in ("general", "serious")] == [12, 36]


def test_amounts_say_their_unit(load: Load) -> None:
    assert load("market/admin_penalty").column("cf_nr_fk").options["unit"] == "wanyuan"
    assert load("bank/credit_line").column("sxje").options["unit"] == "yuan"


def test_divisions_are_known_with_the_county_before_them_and_villages_belong_to_their_town(load: Load) -> None:
    town = load("bank/credit_line").column("zxqh")
    assert town.options["prefixes"] == ["盱眙县"]
    assert len(town.codes) == 15
    (maba,) = (code for code in town.codes if code.label == "马坝镇")
    assert maba.code == "320830101"
    assert all(synonym.startswith("320830101") for synonym in maba.synonyms if synonym.isdigit())


def test_the_county_has_its_departments_and_its_fifteen_towns(schemas: Path) -> None:
    home = county(schemas)
    assert (home.division, home.name) == ("320830", "盱眙县")
    assert home.department("market").code == "SCJG"
    assert sum(department.kind == "town" for department in home.departments) == 15
    assert not any(set("OI") & set(department.code) for department in home.departments)


def test_the_province_has_a_table_for_each_dataset_that_it_takes(schemas: Path, load: Load) -> None:
    (province,) = (outlet for outlet in outlets(schemas) if outlet.id == "province")
    tables = province.options["tables"]
    assert isinstance(tables, dict)
    assert tables["market/admin_licence"] == "L_XUYI_XZXK"
    assert set(tables) == {each for each in DATASETS if any(one.outlet == "province" for one in load(each).lawful)}


def test_the_fingerprint_follows_contract_code_lists_and_expectations(copy) -> None:  # type: ignore[no-untyped-def]
    first = copy.load("market/admin_licence").fingerprint
    assert copy.load("market/admin_licence").fingerprint == first
    seen = {first}
    for file, before, after in (
        ("schemas/market/admin_licence.odcs.yaml", "version: 1.0.0", "version: 1.0.1"),
        ("schemas/codes/licence_kind.csv", "普通许可", "普通类许可"),
        ("expectations/market/admin_licence.yaml", "自然人不填法定代表人。", "自然人没有法定代表人。"),
        ("expectations/every_batch.yaml", "至少有一行", "应有一行"),
    ):
        copy.change(file, before, after)
        seen.add(copy.load("market/admin_licence").fingerprint)
    assert len(seen) == 5
    copy.change("schemas/codes/penalty_kind.csv", "罚金", "罚钱")
    assert copy.load("market/admin_licence").fingerprint in seen
