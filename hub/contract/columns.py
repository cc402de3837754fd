"""The columns of an ODCS file: ``schema[0].properties[]`` to ``model.Column``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import get_args

from hub.contract.custom import custom
from hub.contract.document import Place
from hub.contract.marks import EPOCHS, PERIODS, SEMANTIC_TYPES, UNITS
from hub.contract.model import Classification, Code, Column, Disclosure, Storage
from hub.contract.references import read_reference

TECHNICAL = ("record", "row", "row__mark", "row__text", "row__types", "blank", "record_id", "content_hash", "twin")

_USED = (
    *("name", "businessName", "physicalName", "physicalType", "description", "synonyms", "customProperties"),
    *("logicalType", "logicalTypeOptions", "required", "primaryKey", "primaryKeyPosition", "classification"),
    *("examples", "enum", "relationships"),
)
_DESCRIPTIVE = ("id", "tags", "authoritativeDefinitions")
_LOGICAL: Mapping[Storage, tuple[str, ...]] = {"text": ("string",), "date": ("date",), "decimal": ("number",)}
_NAME = re.compile(r"^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$")
_PHYSICAL = re.compile(r"^[A-Z][A-Z0-9_]*$")
_CREDIT_CODE = re.compile(r"^[1-9ANY][0-9A-HJ-NPQRTUWXY]{17}$")

# To what a cell may be coarsened, and the kernel that it needs.
GENERAL = {"month": "date", "year": "date", "town": "region", "county": "region"}

CodeLists = Callable[[str, Place], tuple[Code, ...]]


def read_columns(
    properties: Place, code_lists: CodeLists, prefixes: tuple[str, ...]
) -> dict[str, tuple[Column, Place]]:
    """Every column by name, with the place where it stands. ``prefixes`` are what senders write before a division."""
    columns: dict[str, tuple[Column, Place]] = {}
    positions: dict[int, str] = {}
    headers: dict[str, str] = {}
    for place in properties.items():
        column = _column(place, code_lists, prefixes)
        if column.name in columns:
            place.wrong(f"column {column.name} stands twice")
            continue
        columns[column.name] = (column, place)
        _headers(column, place, headers)
        _position(column, place, positions)
    if list(positions) != list(range(1, len(positions) + 1)):
        # Record ids are made of the key in the order of the columns.
        properties.wrong("primaryKeyPosition must count 1, 2, 3 in the order of the columns")
    if not positions:
        properties.wrong("no column has primaryKey: true, so records cannot be told apart")
    for column, place in columns.values():
        _unless(column, place, columns)
    return columns


def _column(place: Place, code_lists: CodeLists, prefixes: tuple[str, ...]) -> Column:
    for key in place.keys:
        if key not in (*_USED, *_DESCRIPTIVE):
            place.child(key).wrong(f"the hub does not judge {key!r} of a column; state it otherwise or leave it out")
    name, label, physical = place.text("name"), place.text("businessName"), place.text("physicalName")
    if name and (not _NAME.fullmatch(name) or name in TECHNICAL):
        place.child("name").wrong(f"{name!r} must be a lower-case name that the hub does not use itself")
    if physical and not _PHYSICAL.fullmatch(physical):
        place.child("physicalName").wrong(f"{physical!r} must be an upper-case name")
    own = custom(place, ("kernel", "disclosure"))
    kernel, storage, options, codes = _kernel(own.get("kernel"), place, code_lists, prefixes)
    max_length, pattern = _limits(place, storage)
    classification = place.text("classification")
    if classification and classification not in get_args(Classification):
        known = ", ".join(get_args(Classification))
        place.child("classification").wrong(f"unknown classification {classification!r}; known are {known}")
    return Column(
        name=name,
        label=label,
        physical_name=physical,
        synonyms=tuple(each.text("synonym") for each in place.child("synonyms").items()),
        kernel=kernel,
        storage=storage,
        options=options,
        codes=codes,
        required=place.flag("required"),
        primary_key=place.flag("primaryKey"),
        max_length=max_length,
        pattern=pattern,
        classification=classification or "sensitive",  # type: ignore[arg-type]
        disclosure=_disclosure(own.get("disclosure")),
        examples=place.texts("examples"),
        description=place.text("description", ""),
        refers_to=read_reference(place.child("relationships")),
    )


def _kernel(
    place: Place | None, column: Place, code_lists: CodeLists, prefixes: tuple[str, ...]
) -> tuple[str, Storage, dict[str, object], tuple[Code, ...]]:
    """Kernel, storage, options without the code list, code list."""
    if place is None:
        column.wrong("the custom property kernel is missing: it names the semantic type")
        return "text", "text", {}, ()
    name = place.text("name")
    kind = SEMANTIC_TYPES.get(name)
    if kind is None:
        if name:
            place.wrong(f"unknown kernel {name!r}; known are {', '.join(SEMANTIC_TYPES)}")
        return "text", "text", {}, ()
    place.mapping(("name", *kind.options, *(("codes",) if kind.code_list else ())))
    options = {key: place.child(key).value for key in place.keys if key in kind.options}
    for key, value in options.items():
        if not isinstance(value, kind.options[key]) or (isinstance(value, bool) and bool not in kind.options[key]):
            place.child(key).wrong(f"option {key} of kernel {name} has the wrong type")
    if name == "money" and options.get("unit") not in UNITS:
        place.wrong(f"money needs a unit: {', '.join(UNITS)}")
    if name == "period" and options.get("of", PERIODS[0]) not in PERIODS:
        place.child("of").wrong(f"of must be one of {', '.join(PERIODS)}")
    if name == "date" and options.get("epoch", EPOCHS[0]) not in EPOCHS:
        place.child("epoch").wrong(f"epoch must be one of {', '.join(EPOCHS)}")
    if name == "uscc":
        _allowed(place, options, code_lists)
    if (place.number("suspicious_above", 1) or 0) <= 0:
        place.child("suspicious_above").wrong("suspicious_above must be above 0")
    logical = column.text("logicalType")
    if logical and logical not in _LOGICAL[kind.storage]:
        column.child("logicalType").wrong(f"kernel {name} needs logicalType {_LOGICAL[kind.storage][0]}")
    if name == "region":
        options.setdefault("prefixes", list(prefixes))
    return name, kind.storage, options, _codes(place, column, code_lists) if kind.code_list else ()


def _allowed(place: Place, options: dict[str, object], code_lists: CodeLists) -> None:
    """Genuine credit codes whose check character is wrong: those of the list in ``allow_list`` join ``allow``."""
    if "allow_list" in options:
        name = place.text("allow_list")
        listed = [code.code for code in code_lists(name, place.child("allow_list"))] if name else []
        del options["allow_list"]
        options["allow"] = [*place.texts("allow"), *listed]
    given = options.get("allow")
    for code in given if isinstance(given, list) else ():
        if not _CREDIT_CODE.fullmatch(str(code)):
            place.wrong(f"{code!r} in allow or allow_list has not the form of a unified social credit code")


def _codes(place: Place, column: Place, code_lists: CodeLists) -> tuple[Code, ...]:
    if place.child("codes").given:
        name = place.text("codes")
        return code_lists(name, place.child("codes")) if name else ()
    listed = tuple(Code(each.text("value"), each.text("label")) for each in column.child("enum").items())
    if not listed:
        place.wrong("a column of codes needs codes (a list in schemas/codes) or enum")
    return listed


def _limits(place: Place, storage: Storage) -> tuple[int | None, str | None]:
    """Greatest length and pattern. Patterns must be understood alike by every engine that judges them."""
    limits = place.child("logicalTypeOptions")
    if not limits.given:
        return None, None
    limits.mapping(("maxLength", "pattern") if storage == "text" else ())
    length = limits.number("maxLength")
    if length is not None and (length < 1 or length != int(length)):
        limits.child("maxLength").wrong("maxLength must be a whole number from 1")
    pattern = limits.optional("pattern")
    if pattern is not None:
        trouble = pattern_trouble(pattern)
        if trouble:
            limits.child("pattern").wrong(trouble)
    return (int(length) if length is not None else None), pattern


def pattern_trouble(pattern: str) -> str | None:
    """What keeps a regular expression from meaning the same in pandas and polars; None when nothing does."""
    try:
        re.compile(pattern)
    except re.error as error:
        return f"not a regular expression: {error}"
    if re.search(r"\(\?(?:[=!]|<[=!])", pattern):
        return "look-around is not possible in a pattern"
    if re.search(r"\\[1-9]|\(\?P=", pattern):
        return "back-references are not possible in a pattern"
    if r"\d" in pattern or r"\w" in pattern:
        return r"write [0-9] or [0-9A-Za-z]: \d and \w take full-width characters too"
    return None


def _disclosure(place: Place | None) -> dict[str, Disclosure]:
    if place is None:
        return {}
    if not isinstance(place.value, dict):
        place.wrong("disclosure must map each outlet to keep, pseudonym, withhold, a mask or a generalise")
        return {}
    found = {}
    for outlet in place.keys:
        how = place.child(outlet)
        mask = how.child("mask").value
        if how.value in ("keep", "pseudonym", "withhold"):
            found[outlet] = Disclosure(how.value)
        elif (
            how.keys == ("mask",)
            and isinstance(mask, list)
            and [type(number) for number in mask] == [int, int]
            and min(mask) >= 0
        ):
            found[outlet] = Disclosure("mask", *mask)
        elif how.keys == ("generalise",) and how.child("generalise").value in GENERAL:
            found[outlet] = Disclosure("generalise", to=how.text("generalise"))
        else:
            how.wrong(
                f"disclosure to {outlet} must be keep, pseudonym, withhold, {{mask: [left, right]}} or "
                f"{{generalise: {' | '.join(GENERAL)}}}"
            )
    return found


def _headers(column: Column, place: Place, headers: dict[str, str]) -> None:
    """No header may mean two columns."""
    for header in (column.name, column.label, column.physical_name, *column.synonyms):
        plain = "".join(unicodedata.normalize("NFKC", header).casefold().split())
        owner = headers.setdefault(plain, column.name)
        if owner != column.name:
            place.wrong(f"header {header!r} of {column.name} means {owner} already")


def _position(column: Column, place: Place, positions: dict[int, str]) -> None:
    position = place.number("primaryKeyPosition")
    if column.primary_key != (position is not None):
        place.wrong("primaryKey and primaryKeyPosition belong together")
    elif position is not None:
        if int(position) in positions:
            place.child("primaryKeyPosition").wrong(f"{positions[int(position)]} has position {int(position)} already")
        positions[int(position)] = column.name


def _unless(column: Column, place: Place, columns: Mapping[str, tuple[Column, Place]]) -> None:
    """``unless`` names one column of codes and those of its codes under which the form is not judged."""
    unless = column.options.get("unless")
    if not isinstance(unless, dict):
        return
    if len(unless) != 1:
        place.wrong("unless names exactly one column")
    for other, values in unless.items():
        known = [code.code for code in columns[other][0].codes] if other in columns else []
        if not isinstance(values, list) or not values or not all(value in known for value in values):
            place.wrong(f"unless must name a column of codes and some of its codes, not {other}: {values}")
