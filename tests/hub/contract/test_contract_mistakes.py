from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.contract.load import contracts, county, outlets
from hub.errors import FixConfiguration

LICENCE = "schemas/market/admin_licence.odcs.yaml"
OWN = "expectations/market/admin_licence.yaml"


def test_five_mistakes_are_told_at_once_each_with_its_file_and_line(copy: Any) -> None:
    lines = [
        (LICENCE, copy.change(LICENCE, "{name: uscc, allow", "{name: passport, allow"), "unknown kernel 'passport'"),
        (
            LICENCE,
            copy.change(LICENCE, "codes: licence_kind", "codes: licence_sort"),
            "unknown code list 'licence_sort'",
        ),
        (LICENCE, copy.change(LICENCE, "value: xk_jdrq", "value: xk_jdsj"), "there is no column 'xk_jdsj'"),
        (LICENCE, copy.change(LICENCE, "value: 0.5", "value: 50"), "refuseAbove must be a share"),
        (OWN, copy.change(OWN, "column: xk_frdb__mark", "column: xk_farendb__mark"), "unknown column"),
    ]
    # The latency counts from the column in orderBy.
    copy.change(LICENCE, "element: admin_licence.xk_jdrq", "element: admin_licence.xk_jdsj")
    # Without its kernel the first code column is no code column.
    copy.change(LICENCE, "organisationId: xk_xdr_shxym", "organisationId: xk_xkjgdm")
    found = copy.problems("market/admin_licence")
    told = {(problem.file, problem.line, problem.message) for problem in found}
    for file, line, message in lines:
        path = str(copy.schemas.parent / file)
        assert any(name == path and at == line and message in text for name, at, text in told), (line, message, told)
    assert len(found) == 5


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("id: market/admin_licence", "id: market/licence", "id must be market/admin_licence"),
        ("apiVersion: v3.2.0", "apiVersion: v2.2.0", "reads ODCS v3"),
        ("kind: DataContract", "kind: Contract", "kind must be DataContract"),
        ("domain: market", "domain: court", "domain must be market"),
        ("version: 1.0.0", "version: 1.0", "ODCS: Input should be a valid string"),
        ("status: active", "statuss: active", "ODCS: Extra inputs are not permitted"),
        ("  - server: market", "  - server: police", "not 'police'"),
        ("      - property: files", "      - property: names", "unknown custom property 'names'"),
        ("        required: true", "        requried: true", "ODCS has no 'requried' here"),
        ("        required: true", "        unique: true", "does not judge 'unique'"),
        ("        required: true", "        required: 有", "ODCS: Input should be a valid boolean"),
        ("maxLength: 200", "minLength: 200", "unknown key 'minLength'"),
        ("classification: internal", "classification: secret", "unknown classification 'secret'"),
        ("physicalName: XK_XDR_MC", "physicalName: xk_xdr_mc", "must be an upper-case name"),
        ("- name: xk_xdr_mc", "- name: record_id", "that the hub does not use itself"),
        ("{synonym: 相对人名称}", "{synonym: 许可编号}", "'许可编号' of xk_xkbh means xk_xdr_mc already"),
        ("{synonym: 相对人名称}", "{synonym: ＸＫ＿ＮＲ}", "means xk_xdr_mc already"),
        ("maxLength: 200}", 'maxLength: 200, patern: "^[0-9]{8}"}', "unknown key 'patern'"),
        ("maxLength: 200}", r'maxLength: 200, pattern: "^(?=[0-9])[0-9A-Za-z]{8}"}', "look-around"),
        ("maxLength: 200}", r'maxLength: 200, pattern: "^\\d{8}"}', "write [0-9]"),
        ("{name: text}", "{name: text, multi: true}", "unknown key 'multi'"),
        ("multiline: true", "multiline: 1", "option multiline of kernel text has the wrong type"),
        ("logicalType: date", "logicalType: string", "kernel date needs logicalType date"),
        ("unless: {xk_fr_zjlx: [护照号", "unless: {xk_fr_zjlx: [军官证", "unless must name a column of codes"),
        ("primaryKeyPosition: 2", "primaryKeyPosition: 5", "primaryKeyPosition must count 1, 2, 3"),
        ("        primaryKeyPosition: 2\n", "", "belong together"),
        ("property: code, value: XZXK", "property: code, value: XIAO", "without O and I"),
        ("property: code, value: XZXK", "property: colour, value: XZXK", "unknown custom property 'colour'"),
        ("      category: xk_xdr_lb\n", "", "subject needs either category or always"),
        ("      category: xk_xdr_lb", "      category: xk_lb", "there is no column 'xk_lb'"),
        ("      soleTraders: [个体工商户]\n", "", "'个体工商户' of xk_xdr_lb is neither"),
        ("      personId: xk_xdr_zjhm\n", "", "people are never told apart by name"),
        ("      personId: xk_xdr_zjhm", "      personId: xk_xdr_mc", "must have the kernel citizen_id"),
        ("      - outlet: province", "      - outlet: bureau", "unknown outlet 'bureau'"),
        ("        subjects: [organisation]", "        subjects: [organisation, person]", "organisations only"),
        ("start: xk_jdrq", "start: xk_nr", "must have the kernel date"),
        (", end: xk_yxqzi}", "}", "would never close"),
        ('xk_zt: ["1"]', 'xk_zt: ["7"]', "'7' is no code of xk_zt"),
        ("value: 1\n    unit: d", "value: 常常", "frequency must be one of"),
        ("value: 1\n    unit: d", "value: 2\n    unit: d", "frequency must be one of 1 d, 1 w"),
        ("value: 1\n    unit: d", "value: 每日", "due needs a frequency of value and unit"),
        ("property: grace", "property: gracious", "needs the slaProperties due and grace"),
        ("value: 0\n    unit: workingDays", "value: 0\n    unit: h", "due must be a whole number"),
        ("property: orderBy, value: xk_jdrq", "property: orderBy, value: xk_jd", "there is no column 'xk_jd'"),
        ("unit: workingDays", "unit: d", "whole number of workingDays"),
        ("property: latency", "property: speed", "unknown slaProperty 'speed'"),
        ("{property: code, value: DAT-ORDER}", "{property: code, value: DAT-REVERSED}", "unknown finding code"),
        ("dimension: consistency", "dimension: accuracy", "gives DAT-ORDER the dimension consistency"),
        ("severity: critical", "severity: warning", "gives DAT-ORDER the severity critical"),
        ("engine: greatExpectations", "engine: soda", "engine: greatExpectations"),
        ("column_A: xk_yxqzi", "column_A: xk_yxq", "unknown column 'xk_yxq'"),
    ],
)
def test_a_mistake_in_a_contract_is_told_where_it_stands(copy: Any, before: str, after: str, message: str) -> None:
    copy.change(LICENCE, before, after)
    found = copy.problems("market/admin_licence")
    assert any(message in problem.message for problem in found), found
    assert all(problem.line > 1 for problem in found if "is missing" not in problem.message), found


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("xk_xdr_zjhm", "holds citizen ids, which never go to open_feed"),
        ("xk_frdb", "is personal and may go to open_feed masked only"),
    ],
)
def test_what_belongs_to_a_person_never_goes_to_the_open_feed(copy: Any, column: str, message: str) -> None:
    path = copy.schemas / "market/admin_licence.odcs.yaml"
    head, name, rest = path.read_text(encoding="utf-8").partition(f"      - name: {column}\n")
    path.write_text(head + name + rest.replace("{province: keep}", "{province: keep, open_feed: keep}", 1), "utf-8")
    (problem,) = copy.problems("market/admin_licence")
    assert message in problem.message
    assert problem.line == head.count("\n") + 1


def test_a_masked_name_may_go_to_the_open_feed_but_a_sensitive_cell_may_not(copy: Any) -> None:
    path = copy.schemas / "market/admin_licence.odcs.yaml"
    head, name, rest = path.read_text(encoding="utf-8").partition("      - name: xk_frdb\n")
    masked = rest.replace("{province: keep}", "{province: keep, open_feed: {mask: [1, 0]}}", 1)
    path.write_text(head + name + masked, "utf-8")
    disclosure = copy.load("market/admin_licence").column("xk_frdb").disclosure["open_feed"]
    assert (disclosure.how, disclosure.left, disclosure.right) == ("mask", 1, 0)
    path.write_text(head + name + masked.replace("classification: personal", "classification: sensitive", 1), "utf-8")
    (problem,) = copy.problems("market/admin_licence")
    assert "is sensitive and never goes to open_feed" in problem.message


def test_no_column_leaves_through_an_outlet_without_a_lawful_entry(copy: Any) -> None:
    kernel = "          - {property: kernel, value: {name: text}}\n"
    disclosure = "          - {property: disclosure, value: {province: keep}}\n"
    line = copy.change("schemas/bank/credit_line.odcs.yaml", kernel, kernel + disclosure)
    (problem,) = copy.problems("bank/credit_line")
    assert problem.message == "sxbh is disclosed to province, but lawful has no entry for province"
    assert problem.line < line


def test_groups_below_ten_are_refused(copy: Any) -> None:
    line = copy.change("schemas/bank/credit_line.odcs.yaml", "minimum: 10", "minimum: 3")
    (problem,) = copy.problems("bank/credit_line")
    assert (problem.line, problem.message) == (line, "minimum must be a whole number from 10")


def test_a_condition_that_lost_its_values_opens_nothing(copy: Any) -> None:
    line = copy.change(LICENCE, 'when: {xk_zt: ["1"]}', "when: {xk_zt: }")
    assert (line, "when: xk_zt needs a list of values") in {
        (problem.line, problem.message) for problem in copy.problems("market/admin_licence")
    }


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path to every value of a YAML file."""
    yield path
    for step, part in value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ()):
        yield from places(part, (*path, step))


@pytest.mark.parametrize(
    "file",
    ["schemas/bank/credit_line.odcs.yaml", "schemas/departments.yaml", "expectations/bank/credit_line.yaml"],
)
def test_a_file_with_the_wrong_kind_of_value_anywhere_is_refused_or_read_but_never_crashes(
    copy: Any, file: str
) -> None:
    path = copy.schemas.parent / file
    whole = yaml.safe_load(path.read_text(encoding="utf-8"))
    refused = 0
    for number, steps in enumerate(places(whole)):
        if number % 9 or not steps:
            continue
        broken = json.loads(json.dumps(whole, default=str))
        around = broken
        for step in steps[:-1]:
            around = around[step]
        around[steps[-1]] = [["x"], {"a": ["b"]}] if number % 2 else {"a": ["b"]}
        path.write_text(json.dumps(broken, ensure_ascii=False, indent=1), encoding="utf-8")
        with contextlib.suppress(FixConfiguration):
            copy.load("bank/credit_line")
            refused -= 1
        refused += 1
    assert refused > 5


def test_a_file_that_is_no_yaml_is_told_with_its_line(copy: Any) -> None:
    line = copy.change(LICENCE, "    type: sftp", "    type: [sftp")
    (problem,) = copy.problems("market/admin_licence")
    assert problem.message.startswith("not YAML")
    assert problem.line >= line


def test_a_key_that_stands_twice_is_told(copy: Any) -> None:
    line = copy.change(LICENCE, "status: active\n", "status: active\nstatus: draft\n")
    (problem,) = copy.problems("market/admin_licence")
    assert (problem.line, problem.message) == (line + 1, "status stands twice")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("expect_column_values_to_not_be_null", "values_not_null", "their names begin with expect_"),
        ("severity: critical", "severity: warning", "the catalogue gives CMP-NEEDED the severity critical"),
        ("code: CMP-NEEDED", "code: CMP-WISHED", "unknown finding code 'CMP-WISHED'"),
        ("  kwargs:\n", "  arguments:\n", "unknown key 'arguments'"),
        ('operator: "IN"', 'operator: "AMONG"', "operator must be one of"),
        ("parameter: [法人及非法人组织, 个体工商户]", "parameter: [企业]", "'企业' is no code of xk_xdr_lb"),
        ("parameter: [法人及非法人组织, 个体工商户]", "parameter: 自然人", "parameter of IN must be a list"),
        ("{name: xk_xdr_lb}", "{name: xk_jdrq}", "compares dates in a row condition as text"),
        ("{name: xk_xdr_lb}", "{name: lb}", "unknown column 'lb'"),
        ("row_condition: {type: comparison", "row_condition: {type: guess", "row_condition must have the type"),
        ('regex: "^92"', 'regex: "^(?!92)"', "look-around"),
    ],
)
def test_a_mistake_in_an_expectation_is_told_where_it_stands(copy: Any, before: str, after: str, message: str) -> None:
    line = copy.change(OWN, before, after)
    found = copy.problems("market/admin_licence")
    assert any(message in problem.message and abs(problem.line - line) <= 1 for problem in found), (line, found)
    assert {Path(problem.file).name for problem in found} == {"admin_licence.yaml"}


def test_a_rule_that_follows_from_the_contract_must_not_be_written_down_again(copy: Any) -> None:
    from hub.contract.derive import suite

    path = copy.expectations / "market/admin_licence.yaml"
    again = (
        "- type: expect_column_value_lengths_to_be_between\n"
        "  kwargs: {column: xk_xdr_mc, max_value: 200}\n"
        "  meta: {code: TXT-LONG}\n"
    )
    path.write_text(path.read_text(encoding="utf-8") + again, encoding="utf-8")
    with pytest.raises(FixConfiguration, match="on xk_xdr_mc is stated by contract already"):
        suite(copy.load("market/admin_licence"), copy.expectations)


def test_mistakes_of_all_contracts_are_told_together(copy: Any) -> None:
    copy.change(LICENCE, "value: 0.5", "value: 50")
    copy.change("schemas/bank/credit_line.odcs.yaml", "minimum: 10", "minimum: 3")
    with pytest.raises(FixConfiguration) as refusal:
        contracts(copy.schemas, copy.expectations)
    assert {Path(problem.file).name for problem in refusal.value.problems} == {
        "admin_licence.odcs.yaml",
        "credit_line.odcs.yaml",
    }


def test_two_contracts_must_not_share_a_code_or_a_file_name(copy: Any) -> None:
    copy.change(LICENCE, "property: code, value: XZXK", "property: code, value: XZCF")
    copy.change(LICENCE, "[行政许可*", "[行政处罚*")
    with pytest.raises(FixConfiguration) as refusal:
        contracts(copy.schemas, copy.expectations)
    messages = [problem.message for problem in refusal.value.problems]
    assert messages == [
        "code XZCF belongs to market/admin_licence already",
        "files 行政处罚* of market belong to market/admin_licence already",
    ]


def test_a_department_with_a_code_that_is_misheard_is_refused(copy: Any) -> None:
    line = copy.change("schemas/departments.yaml", "code: SCJG", "code: SCOJ")
    other = copy.change("schemas/departments.yaml", "code: FY", "code: NSH")
    with pytest.raises(FixConfiguration) as refusal:
        county(copy.schemas)
    told = [(problem.line, problem.message) for problem in refusal.value.problems]
    assert (line, "code 'SCOJ' must be 2 to 8 capital letters or digits without O and I") in told
    assert any(at > other and "stands twice" in message for at, message in told)


def test_an_outlet_of_an_unknown_kind_is_refused(copy: Any) -> None:
    line = copy.change("schemas/outlets.yaml", "kind: open_feed", "kind: newspaper")
    with pytest.raises(FixConfiguration) as refusal:
        outlets(copy.schemas)
    (problem,) = refusal.value.problems
    assert problem.line == line and "unknown kind 'newspaper'" in problem.message


def test_a_code_list_with_a_broken_line_is_told(copy: Any) -> None:
    path = copy.schemas / "codes/licence_kind.csv"
    path.write_text(path.read_text(encoding="utf-8") + "普通,又一个,,2026年,\n", encoding="utf-8")
    lines = len(path.read_text(encoding="utf-8").splitlines())
    found = copy.problems("market/admin_licence")
    assert [(Path(problem.file).name, problem.line, problem.message) for problem in found] == [
        ("licence_kind.csv", lines, "code '普通' stands twice"),
        ("licence_kind.csv", lines, "'2026年' is no date like 2026-11-23"),
    ]
