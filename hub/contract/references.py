"""Columns whose values must stand in another dataset (引用): ODCS ``relationships`` of a property.

    relationships:
      - type: foreignKey
        to: ../court/judgment_defaulter.odcs.yaml#/schema/judgment_defaulter/properties/ah

The standard's own way of naming a property of another file; the file is looked for from the folder of the contract.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from hub.contract.document import Place, Problems, read_yaml
from hub.contract.model import Column, Reference

_TO = re.compile(r"\.\./([a-z0-9_]+)/([a-z0-9_]+)\.odcs\.yaml#/schema/([a-z0-9_]+)/properties/([a-z0-9_]+)")


def read_reference(relationships: Place) -> Reference | None:
    """Where the values of a column must stand; None when nothing is written."""
    found = None
    for number, place in enumerate(relationships.items()):
        place.mapping(("type", "to"))
        if number:
            place.wrong("a column has one relationship at most")
        if place.text("type", "foreignKey") != "foreignKey":
            place.child("type").wrong("the type of a relationship must be foreignKey")
        target = place.text("to")
        form = _TO.fullmatch(target)
        if form is not None and form[2] == form[3]:
            found = Reference(f"{form[1]}/{form[2]}", form[4])
        elif target:
            form_of_it = "../<department>/<dataset>.odcs.yaml#/schema/<dataset>/properties/<column>"
            place.child("to").wrong(f"to must be {form_of_it}")
    return found


def check_references(columns: Mapping[str, tuple[Column, Place]], schemas: Path, problems: Problems) -> None:
    """Note every relationship whose other end is not there, or whose values are no texts."""
    for column, place in columns.values():
        if column.refers_to is None:
            continue
        to = place.child("relationships", 0, "to")
        if column.storage != "text":
            to.wrong(f"{column.name} holds no text and cannot refer to another dataset")
        path = schemas / f"{column.refers_to.dataset}.odcs.yaml"
        if not path.is_file():
            to.wrong(f"there is no dataset {column.refers_to.dataset}")
            continue
        other = read_yaml(path, problems)
        listed = other.child("schema", 0, "properties").items() if other is not None else ()
        target = next((each for each in listed if each.child("name").value == column.refers_to.column), None)
        if target is None:
            to.wrong(f"{column.refers_to.dataset} has no column {column.refers_to.column}")
        elif target.child("logicalType").value != "string":
            to.wrong(f"column {column.refers_to.column} of {column.refers_to.dataset} holds no text")
