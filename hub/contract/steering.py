"""Datasets that steer the sharing of others (影响共享的事项): repair, dispute, annulment, shielding, consent.

A steering row names a record of another dataset by that record's own natural key: ``steers.record`` says which of its
columns hold the parts, ``steeredBy`` of the other contract says which key column is which part. Nothing is found by a
name, and the row holds whether it comes before the record or after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from hub.contract.document import Place

if TYPE_CHECKING:
    from hub.contract.model import Column

Reason = Literal["annulled", "shielded", "repaired", "disputed"]  # 撤销变更、屏蔽、修复、异议
# 统一社会信用代码、证件号码、文书号、机关代码、家庭编号
PARTS = ("organisation", "person", "document", "organ", "household")
_SUBJECTS = ("organisation", "person", "household")


@dataclass(frozen=True, slots=True)
class Steers:
    """What a row of a steering dataset does. ``reason`` None: the subject consents to sharing.

    It holds from the day in ``since`` until the day before the one in ``until``, or without end. A consent of which any
    version has something in ``withdrawn`` holds no more, whatever comes later under its number.
    """

    reason: Reason | None
    dataset: str  # column with the address of the steered dataset; of a consent one or several, joined by 、
    parts: Mapping[str, str]  # part of the natural key -> column
    since: str  # date column
    until: str | None  # date column
    outlets: str | None = None  # of a consent: column with the outlets it covers, joined by 、
    withdrawn: str | None = None  # of a consent: date column, filled when the subject takes it back


def read_steers(place: Place | None, columns: Mapping[str, Column], datasets: tuple[str, ...]) -> Steers | None:
    """The property ``steers``; None where a dataset steers nothing."""
    if place is None:
        return None
    place.mapping(("reason", "dataset", "record", "since", "until", "outlets", "withdrawn"))
    reason = place.text("reason")
    if reason not in (*get_args(Reason), "consent"):
        place.child("reason").wrong(f"reason must be one of {', '.join(get_args(Reason))}, consent")
    record = place.child("record")
    record.mapping(PARTS)
    parts = {part: record.text(part) for part in PARTS if record.child(part).given}
    consent = reason == "consent"
    if consent and not set(parts) <= set(_SUBJECTS):
        record.wrong(f"a consent is a subject's: record names {', '.join(_SUBJECTS)} only")
    if "household" in parts and "person" not in parts:
        record.wrong("for a household a person of full age consents: record names the person, too")
    if not parts:
        record.wrong("record names no column")
    named = {f"record.{part}": column for part, column in parts.items()}
    for key in ("since", "until", "dataset", "outlets", "withdrawn"):
        if place.child(key).given:
            named[key] = place.text(key)
    for key, name in named.items():
        if name not in columns:
            place.wrong(f"steers: {key} names no column {name!r}")
        elif key in ("since", "until", "withdrawn") and columns[name].storage != "date":
            place.wrong(f"steers: {key} must be a column of dates")
    for key in ("since", "dataset"):
        place.text(key)
    if consent != place.child("outlets").given:
        place.wrong("steers: outlets belongs to a consent, and a consent needs it")
    if place.child("withdrawn").given and not consent:
        place.wrong("steers: only a consent is withdrawn")
    target = columns.get(named.get("dataset", ""))
    for code in target.codes if target is not None else ():
        if code.code not in datasets:
            place.wrong(f"steers: {code.code!r} is no dataset")
    if named.get("since") in columns and not columns[named["since"]].required:
        place.wrong("steers: the column since must be required, or nobody knows from when it holds")
    return Steers(
        None if consent else reason,  # type: ignore[arg-type]
        named.get("dataset", ""),
        parts,
        named.get("since", ""),
        named.get("until"),
        named.get("outlets"),
        named.get("withdrawn"),
    )


def read_steered(place: Place | None, columns: Mapping[str, Column]) -> dict[str, str]:
    """The property ``steeredBy``: every key column and the part of the natural key that it is."""
    if place is None:
        return {}
    place.mapping(place.keys)
    found = {name: place.text(name) for name in place.keys}
    key = {column.name for column in columns.values() if column.primary_key}
    if found.keys() != key:
        place.wrong(f"steeredBy names exactly the key columns: {', '.join(sorted(key))}")
    if len(set(found.values())) != len(found) or not set(found.values()) <= set(PARTS):
        place.wrong(f"steeredBy gives each key column another part of {', '.join(PARTS)}")
    return found


def datasets_of(schemas: Path) -> tuple[str, ...]:
    """Addresses of all datasets, told by the names of their files."""
    names = (file.relative_to(schemas).as_posix() for file in schemas.glob("*/*.odcs.yaml"))
    return tuple(sorted(name.removesuffix(".odcs.yaml") for name in names))
