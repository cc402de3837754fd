"""Profiles of the province's XML are read whole, and every mistake in one is told with its line."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.contract import load
from hub.errors import FixConfiguration

SCHEMAS = Path(__file__).resolve().parents[3] / "schemas"
NAMES = {"soap_service": "xinyong_soap", "xml_packages": "xml_packages"}
MakeProvince = Callable[..., Path]


@pytest.fixture
def province(tmp_path: Path) -> MakeProvince:
    """``province(kind, (what, becomes)…)``: the county's schemas with its province of a kind and a changed profile."""

    def make(kind: str, *changes: tuple[str, str], options: str = "") -> Path:
        made = tmp_path / "schemas"
        shutil.copytree(SCHEMAS, made)
        outlets = made / "outlets.yaml"
        before, _, rest = outlets.read_text(encoding="utf-8").partition("    options:\n")
        after = rest[rest.index("  - id: open_feed") :]
        chosen = options or f"    options: {{profile: {NAMES[kind]}}}\n"
        changed = before.replace("kind: front_end_tables", f"kind: {kind}") + chosen + after
        outlets.write_text(changed, encoding="utf-8")
        profile = made / "profiles" / f"{NAMES[kind]}.yaml"
        text = profile.read_text(encoding="utf-8")
        for what, becomes in changes:
            assert text.count(what) >= 1, what
            text = text.replace(what, becomes, 1)
        profile.write_text(text, encoding="utf-8")
        return made

    return make


@pytest.mark.parametrize("kind", NAMES)
def test_the_shipped_profiles_serve_every_dataset_that_goes_to_the_province(kind: str, province: MakeProvince) -> None:
    schemas = province(kind)
    (outlet,) = [one for one in load.outlets(schemas) if one.id == "province"]
    assert outlet.profile is not None and not outlet.profile.verified
    assert load.contracts(schemas, SCHEMAS.parent / "expectations")


MISTAKES = [
    ("soap_service", ("rowsPerCall: 500", "rowsPerCall: 0"), "rowsPerCall must be a whole number"),
    ("soap_service", ("status: unverified", "status: sure"), "status must be one of"),
    ("soap_service", ("id: RECID", "id: 1X"), "does not have the form"),
    ("soap_service", ('"99": again', '"99": often'), "a code means one of"),
    ("soap_service", ('"99": again', '"00": again'), "is the code of what was taken"),
    ("soap_service", ("taken:", "took:"), "unknown key 'took'"),
    ("soap_service", ("delete: deletePermissionXml, ", ""), "delete is missing"),
    ("soap_service", ("query: {element: QUERY, after: AFTER}", ""), "query must be a mapping"),
    ("soap_service", ("kind: soap_service", "kind: xml_packages"), "profile of the kind soap_service"),
    ("xml_packages", ('message: "000002"', 'message: "000001"'), "the same message number"),
    ("xml_packages", ('message: "000002"', 'message: "../x"'), "does not have the form"),
    ("xml_packages", ("packages: packages", "packages: ../x"), "does not have the form"),
    ("xml_packages", ("holdings: .holdings.xml", "holdings: x/y"), "does not have the form"),
    ("xml_packages", ('"10": absent', '"10": again'), "refused or absent"),
    ("xml_packages", ("constants: {BB", "constants: {B B"), "no name of an XML element"),
]


@pytest.mark.parametrize(("kind", "change", "told"), MISTAKES, ids=[f"{one[1][1]}"[:30] or one[2] for one in MISTAKES])
def test_a_mistake_is_told_with_its_file(kind: str, change: tuple[str, str], told: str, province: MakeProvince) -> None:
    with pytest.raises(FixConfiguration, match=told) as error:
        load.outlets(province(kind, change))
    assert any(problem.file.endswith(f"{NAMES[kind]}.yaml") for problem in error.value.problems)


@pytest.mark.parametrize(
    "options", ["    options: {}\n", "    options: {profile: nothing}\n", "    options: {tables: {}}\n"]
)
def test_an_outlet_without_its_profile_is_a_mistake(options: str, province: MakeProvince) -> None:
    with pytest.raises(FixConfiguration):
        load.outlets(province("soap_service", options=options))


def test_a_dataset_that_leaves_and_is_not_in_the_profile_is_a_mistake(province: MakeProvince) -> None:
    schemas = province("xml_packages", ('  court/judgment_defaulter: {message: "000003"}\n', ""))
    with pytest.raises(FixConfiguration, match="does not name court/judgment_defaulter"):
        load.contracts(schemas, SCHEMAS.parent / "expectations")
