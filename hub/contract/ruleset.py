"""Rules that people write, in Great Expectations' words: ``expectations/*.yaml`` and ``quality[]`` of a contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from hub.contract.columns import TECHNICAL, pattern_trouble
from hub.contract.custom import custom
from hub.contract.document import Place, Problems, read_yaml
from hub.contract.model import Column, Rule
from hub.contract.parameters import FACTS, code_facts, parameters, read_parameter
from hub.findings import catalogue

Severity = Literal["critical", "warning", "info"]

EVERY_BATCH = "every_batch.yaml"
_DIMENSIONS = {
    "conformity": "规范性",
    "completeness": "完整性",
    "accuracy": "准确性",
    "consistency": "一致性",
    "timeliness": "时效性",
    "uniqueness": "唯一性",
}
_NAMES = ("column", "column_A", "column_B")
_LISTS = ("column_list", "column_set")
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "IN", "NOT_IN")
_QUALITY = (
    *("id", "name", "description", "dimension", "severity"),
    *("type", "engine", "implementation", "customProperties"),
)


def files_of(dataset: str, expectations: Path) -> tuple[Path, ...]:
    """The files with the rules of a dataset, in order; the dataset's own file may be missing."""
    own = expectations / f"{dataset}.yaml"
    return (expectations / EVERY_BATCH, *((own,) if own.is_file() else ()))


def read_expectations(
    dataset: str, expectations: Path, columns: Mapping[str, Column], problems: Problems
) -> tuple[Rule, ...]:
    """The rules of ``every_batch.yaml`` and of the dataset's own file, in that order."""
    rules: list[Rule] = []
    for path in files_of(dataset, expectations):
        root = read_yaml(path, problems)
        source = f"expectations/{path.relative_to(expectations).as_posix()}"
        for place in root.items() if root is not None else ():
            place.mapping(("type", "kwargs", "severity", "meta"))
            meta = place.child("meta")
            meta.mapping(("code", "column", "notes"))
            rules.append(_rule(place, place, meta, columns, source, meta.optional("notes")))
    return tuple(rules)


def read_quality(table: Place, columns: Mapping[str, Column]) -> tuple[Rule, ...]:
    """The rules of ``schema[0].quality[]``."""
    rules = []
    for place in table.child("quality").items():
        place.mapping(_QUALITY)
        if (place.child("type").value, place.child("engine").value) != ("custom", "greatExpectations"):
            place.wrong("quality must have type: custom and engine: greatExpectations")
        own = custom(place, ("code", "column"))
        told = {key: each.value for key, each in own.items()}
        implementation = place.child("implementation")
        implementation.mapping(("type", "kwargs"))
        meta = Place(place.file, told, place.path, {place.path: place.line}, place.problems)
        rule = _rule(implementation, place, meta, columns, "contract", place.optional("description"))
        dimension = place.optional("dimension")
        if dimension is not None and _DIMENSIONS.get(dimension) != rule.meta["dimension"] and rule.meta["dimension"]:
            place.child("dimension").wrong(f"the catalogue gives {rule.meta['code']} the dimension {_english(rule)}")
        rules.append(rule)
    return tuple(rules)


def _english(rule: Rule) -> str:
    return next((word for word, chinese in _DIMENSIONS.items() if chinese == rule.meta["dimension"]), "")


def _rule(
    place: Place, stated: Place, meta: Place, columns: Mapping[str, Column], source: str, notes: str | None
) -> Rule:
    """One rule, checked: ``place`` holds type and kwargs, ``stated`` the severity, ``meta`` the deciding code."""
    kind, code = place.text("type"), meta.text("code")
    if kind and not kind.startswith("expect_"):
        place.child("type").wrong(f"{kind!r} is no expectation; their names begin with expect_")
    kwargs = place.child("kwargs")
    if not isinstance(kwargs.value, dict):
        place.wrong("kwargs must be a mapping")
    for name, where in _columns_named(kwargs):
        if _owner(name, columns) is None and name not in TECHNICAL:
            where.wrong(f"unknown column {name!r}")
    _parameters(kwargs, columns)
    regex = kwargs.optional("regex") if "regex" in kwargs.keys else None
    trouble = pattern_trouble(regex) if regex else None
    if trouble:
        kwargs.child("regex").wrong(trouble)
    _condition(kwargs.child("row_condition"), columns)
    notice = catalogue().get(code)
    if code and notice is None:
        meta.child("code").wrong(f"unknown finding code {code!r}; findings.yaml has no such entry")
    severity = _severity(stated, meta, kind)
    told = meta.optional("column")
    if told is not None and told not in columns:
        meta.child("column").wrong(f"unknown column {told!r}")
    first = next((_owner(name, columns) for name, _ in _columns_named(kwargs)), None)
    found = {
        "code": code,
        "column": told or first,
        "dimension": notice.dimension if notice is not None else "",
        "source": source,
        **({"notes": notes} if notes else {}),
    }
    return Rule(kind, kwargs.value if isinstance(kwargs.value, dict) else {}, severity, found)


def _severity(stated: Place, meta: Place, kind: str) -> Severity:
    """Severity of a rule. The code decides it; of a batch the suite says whether a failure asks or holds."""
    code, severity = str(meta.child("code").value), stated.optional("severity")
    notice = catalogue().get(code)
    if notice is None:
        return "critical"
    if notice.cls in ("D", "C"):
        meta.child("code").wrong(f"{code} is no judgement on data; rules have codes of the classes S, V, Q and M")
    elif notice.cls == "S" and not kind.startswith("expect_table_"):
        # What a delivery is refused for as a whole is its structure, or too many bad rows; nothing else.
        meta.child("code").wrong(f"{code} refuses the whole delivery; only a rule on the table may do so")
    if notice.cls == "M" and severity == "critical":
        return "critical"
    if severity is not None and severity != notice.severity:
        stated.child("severity").wrong(f"the catalogue gives {code} the severity {notice.severity}, not {severity}")
    return notice.severity


def _parameters(kwargs: Place, columns: Mapping[str, Column]) -> None:
    """Arguments that are numbers of the hub's own: the form is one that we read, the fact one that we know."""
    known = (*FACTS, *code_facts(columns.values()))
    for key, text in parameters(kwargs.value if isinstance(kwargs.value, dict) else {}):
        try:
            name = read_parameter(text).name
        except ValueError as error:
            kwargs.child(key).wrong(str(error))
            continue
        if name not in known:
            kwargs.child(key).wrong(f"unknown fact {name!r}; known are {', '.join(known)}")


def _owner(name: str, columns: Mapping[str, Column]) -> str | None:
    """The contract column whose value or mark a column of the normalised table is."""
    bare = name.removesuffix("__mark")
    return bare if bare in columns else None


def _columns_named(kwargs: Place) -> Iterator[tuple[str, Place]]:
    for key in _NAMES:
        if kwargs.child(key).given:
            yield kwargs.text(key), kwargs.child(key)
    for key in _LISTS:
        for place in kwargs.child(key).items():
            yield str(place.value), place


def _condition(place: Place, columns: Mapping[str, Column]) -> None:
    """A row condition in GX 1.24's written form; text conditions differ between GX's engines and are refused."""
    if not place.given:
        return
    kind = place.child("type").value
    if kind in ("and", "or"):
        place.mapping(("type", "conditions"))
        if not isinstance(place.child("conditions").value, list):
            place.wrong("conditions must be a list")
        for part in place.child("conditions").items():
            if part.child("type").value in ("and", "or"):
                part.wrong("conditions must not be nested")
            else:
                _condition(part, columns)
        return
    if kind not in ("comparison", "nullity"):
        place.wrong("row_condition must have the type comparison, nullity, and, or")
        return
    place.mapping(("type", "column", *(("operator", "parameter") if kind == "comparison" else ("is_null",))))
    name = place.child("column").text("name")
    owner = _owner(name, columns)
    if name and owner is None and name not in TECHNICAL:
        place.child("column", "name").wrong(f"unknown column {name!r}")
    if kind == "nullity":
        if not isinstance(place.child("is_null").value, bool):
            place.wrong("is_null must be true or false")
        return
    if owner == name and owner is not None and columns[owner].storage == "date":
        place.wrong("GX compares dates in a row condition as text; use a rule on two columns")
    _comparison(place, columns[owner] if owner == name and owner is not None else None)


def _comparison(place: Place, column: Column | None) -> None:
    operator, parameter = place.child("operator").value, place.child("parameter")
    if operator not in _COMPARISONS:
        place.wrong(f"operator must be one of {' '.join(_COMPARISONS)}")
    listed = operator in ("IN", "NOT_IN")
    if not parameter.given or isinstance(parameter.value, list) != listed:
        place.wrong(f"parameter of {operator} must be {'a list' if listed else 'one value'}")
        return
    known = {code.code for code in column.codes} if column is not None else set()
    several = column is not None and column.options.get("multiple") is True  # codes joined by 、
    values = parameter.value if isinstance(parameter.value, list) else [parameter.value]
    for value in values:
        # A condition on a code that is on no list would never hold, and the rule would never judge.
        parts = str(value).split("、") if several and value not in known else [value]
        if known and not known.issuperset(parts) and operator in ("==", "!=", "IN", "NOT_IN"):
            place.wrong(f"{value!r} is no code of {column.name if column else ''}")
