"""One ODCS 3.x file to one ``model.Contract``, with every mistake noted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from hub.contract import calendar_files, retention
from hub.contract.checks import PURPOSES, read_answers
from hub.contract.columns import read_columns
from hub.contract.custom import custom, yes
from hub.contract.document import Place, Problems, parse_yaml
from hub.contract.draft import unfilled
from hub.contract.intakes import read_intakes
from hub.contract.law import CATALOGUE, PUBLICATION, read_law
from hub.contract.model import Code, Column, Contract, County, Lawful, Outlet
from hub.contract.privacy import check_disclosure
from hub.contract.references import check_references
from hub.contract.registers import CODE_FORM, read_codes
from hub.contract.ruleset import files_of, read_expectations, read_quality
from hub.contract.service import read_service
from hub.contract.steering import datasets_of, read_steered, read_steers
from hub.contract.subject_register import read_subject_register
from hub.contract.terms import read_aggregates, read_lawful, read_subject

REMOVE_ABOVE = 0.2
_PROPERTIES = (
    "code",
    "refuseAbove",
    "subject",
    "orderBy",
    "lawful",
    "aggregates",
    "unknownColumns",
    "removeAbove",
    "operation",
    "incentiveOnly",
    "steers",
    "steeredBy",
    "answers",
    "legalBasis",
    "subjectRegister",
    "publicContacts",
)


def read_contract(
    dataset: str, schemas: Path, expectations: Path, county: County, outlets: tuple[Outlet, ...], problems: Problems
) -> Contract | None:
    """The contract of ``dataset``; None when the file is no YAML. Look at ``problems`` before you use it."""
    path = schemas / f"{dataset}.odcs.yaml"
    content = path.read_bytes()
    root = parse_yaml(content, str(path), problems)
    if root is None or not isinstance(root.value, dict):
        if root is not None:
            root.wrong("the file must be a mapping")
        return None
    _standard(root)
    unfilled(content, str(path), problems)
    parts = [content]  # what the contract was read from, for the fingerprint
    reachable = {outlet.id: outlet for outlet in outlets}

    def code_list(name: str, place: Place) -> tuple[Code, ...]:
        file = schemas / "codes" / f"{name}.csv"
        if not file.is_file():
            place.wrong(f"unknown code list {name!r}; there is no codes/{name}.csv")
            return ()
        parts.append(file.read_bytes())
        return read_codes(file, problems)

    table = root.child("schema", 0)
    if not isinstance(root.child("schema").value, list) or len(root.child("schema").value) != 1:  # type: ignore[arg-type]
        root.child("schema").wrong("a contract has exactly one schema")
    found = read_columns(table.child("properties"), code_list, (county.name,))
    columns = {name: column for name, (column, _) in found.items()}
    own = custom(root, _PROPERTIES)
    subject = read_subject(own.get("subject"), root, columns)
    law = read_law(schemas, problems)
    incentive_only = yes(own.get("incentiveOnly"))
    lawful = read_lawful(own.get("lawful"), dataset, columns, reachable, law, incentive_only)
    if lawful:  # what may leave follows from the law, too
        parts += [file.read_bytes() for file in (schemas / CATALOGUE, schemas / PUBLICATION) if file.is_file()]
    answers = read_answers(own.get("answers"), columns, reachable, schemas, problems)
    if answers is not None and (schemas / PURPOSES).is_file():
        parts.append((schemas / PURPOSES).read_bytes())
    aggregates = read_aggregates(own.get("aggregates"), dataset, columns, reachable, lawful, incentive_only)
    check_disclosure(found, lawful, aggregates, subject, reachable, root)
    check_references(found, schemas, problems)
    quality = read_quality(table, columns)
    read_expectations(dataset, expectations, columns, problems)
    parts += [file.read_bytes() for file in files_of(dataset, expectations) if file.is_file()]
    owner = _identity(root, dataset, county)
    order_by = _order_by(own["orderBy"], columns) if "orderBy" in own else None
    service = read_service(root, order_by, columns, table)
    if service.working_days is not None:  # what is late follows from the calendar, too
        parts += [file.read_bytes() for file in calendar_files.files(schemas)]
    return Contract(
        dataset=dataset,
        code=_code(own.get("code"), root),
        version=root.text("version"),
        title=root.text("name"),
        description=root.child("description").text("purpose"),
        owner=owner,
        contact=root.child("support", 0).text("channel"),
        columns=tuple(columns.values()),
        intakes=read_intakes(root.child("servers"), county, columns),
        subject=subject,
        order_by=order_by,
        operation=_operation(own["operation"], columns) if "operation" in own else None,
        refuse_above=_share("refuseAbove", own.get("refuseAbove"), root),
        remove_above=_share("removeAbove", own["removeAbove"], root) if "removeAbove" in own else REMOVE_ABOVE,
        lawful=lawful,
        aggregates=aggregates,
        working_days=service.working_days,
        frequency=service.frequency,
        quality=tuple(
            {"type": rule.type, "kwargs": rule.kwargs, "severity": rule.severity, "meta": rule.meta} for rule in quality
        ),
        file=path.relative_to(schemas).as_posix(),
        fingerprint=_fingerprint(parts),
        unknown_columns=_unknown_columns(own.get("unknownColumns")),  # type: ignore[arg-type]
        retention=retention.read_retention(root.child("slaProperties")),
        schedule=service.schedule,
        incentive_only=incentive_only,
        steers=read_steers(own.get("steers"), columns, datasets_of(schemas)),
        steered=read_steered(own.get("steeredBy"), columns),
        answers=answers,
        public_contacts=_contacts(own.get("publicContacts")),
        legal_basis=_legal_basis(own.get("legalBasis"), lawful, root),
        register=read_subject_register(own.get("subjectRegister"), columns),
    )


def _fingerprint(parts: list[bytes]) -> str:
    """SHA-256 over the SHA-256 of each part, so that no two lists of parts run together."""
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _standard(root: Place) -> None:
    """What ODCS itself asks for, by the pydantic model of its own package; then the keys that the model passes over."""
    from open_data_contract_standard.model import OpenDataContractStandard
    from pydantic import ValidationError

    try:
        model = OpenDataContractStandard.model_validate(root.value)
    except ValidationError as error:
        for trouble in error.errors():
            place = root
            for step in trouble["loc"]:
                if not place.child(step).given:
                    break  # a branch of a union is no step of the file
                place = place.child(step)
            place.wrong(f"ODCS: {trouble['msg']}")
        return
    _passed_over(root, model.model_dump(by_alias=True, exclude_unset=True))
    for key in ("apiVersion", "kind", "id", "version"):
        root.text(key)
    if root.child("kind").value != "DataContract":
        root.child("kind").wrong("kind must be DataContract")
    if not str(root.child("apiVersion").value).startswith("v3."):
        root.child("apiVersion").wrong("the hub reads ODCS v3")


def _passed_over(place: Place, known: object) -> None:
    """Keys that the model has no field for: it drops them in silence, the hub does not."""
    if isinstance(place.value, dict) and isinstance(known, Mapping):
        for key in place.keys:
            if key not in known:
                place.child(key).wrong(f"ODCS has no {key!r} here")
            else:
                _passed_over(place.child(key), known[key])
    elif isinstance(place.value, list) and isinstance(known, list):
        for number, part in enumerate(known):
            _passed_over(place.child(number), part)


def _identity(root: Place, dataset: str, county: County) -> str:
    """The owner. ``id`` is the address of the file, ``domain`` its folder, which is a department."""
    owner, name = dataset.split("/")
    if root.child("id").value != dataset:
        root.child("id").wrong(f"id must be {dataset}, as the file is named")
    if root.child("domain").value != owner:
        root.child("domain").wrong(f"domain must be {owner}, as the folder is named")
    elif owner not in {department.id for department in county.departments}:
        root.child("domain").wrong(f"departments.yaml has no department {owner!r}")
    if root.child("schema", 0, "name").value != name:
        root.child("schema", 0, "name").wrong(f"the schema's name must be {name}, as the file is named")
    return owner


def _code(place: Place | None, root: Place) -> str:
    if place is None:
        root.wrong("the custom property code is missing: it stands in receipt numbers")
        return ""
    if not isinstance(place.value, str) or not CODE_FORM.fullmatch(place.value):
        place.wrong("code must be 2 to 8 capital letters or digits without O and I")
    return str(place.value)


def _legal_basis(place: Place | None, lawful: tuple[Lawful, ...], root: Place) -> str:
    """On what ground the dataset is collected (归集依据); what may be shared may be collected, on the same ground."""
    if place is None:
        grounds = [each.legal_basis for each in lawful if each.legal_basis]
        if not grounds:
            root.wrong("the custom property legalBasis is missing: on what ground the dataset is collected")
        return grounds[0] if grounds else ""
    if not isinstance(place.value, str) or not place.value.strip():
        place.wrong("legalBasis must be a text: the law or document, and whether it was verified")
        return ""
    return place.value


def _contacts(place: Place | None) -> tuple[str, ...]:
    """Telephone numbers and addresses of authorities (机关公开的电话和邮箱), as they stand in the texts."""
    found = place.members() if place is not None else ()
    for one in found:
        if place is not None and len(one) < 7:
            place.wrong(f"publicContacts: {one!r} is too short for a telephone number or an address")
    return found


def _share(name: str, place: Place | None, root: Place) -> float:
    value = place.value if place is not None else None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 1:
        (place or root).wrong(f"{name} must be a share above 0 and up to 1")
        return 0.5
    return float(value)


def _unknown_columns(place: Place | None) -> str:
    if place is None:
        return "ignore"
    if place.value not in ("refuse", "ignore"):
        place.wrong("unknownColumns must be refuse or ignore")
    return str(place.value)


def _order_by(place: Place, columns: Mapping[str, Column]) -> str | None:
    if not isinstance(place.value, str) or place.value not in columns:
        place.wrong(f"orderBy: there is no column {place.value!r}")
    elif columns[place.value].storage != "date":
        place.wrong(f"orderBy: {place.value} is not a date")
    return str(place.value)


def _operation(place: Place, columns: Mapping[str, Column]) -> str | None:
    """A column of codes: O a record, C a correction of it, W its withdrawal. It belongs to no record and no key."""
    if not isinstance(place.value, str) or place.value not in columns:
        place.wrong(f"operation: there is no column {place.value!r}")
        return None
    column = columns[place.value]
    if not {code.code for code in column.codes} <= {"O", "C", "W"} or not column.codes:
        place.wrong(f"operation: the codes of {column.name} must be O, C and W")
    if column.primary_key or column.disclosure:
        place.wrong(f"operation: {column.name} is neither key nor content; nothing may disclose it")
    return column.name
