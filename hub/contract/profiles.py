"""Profiles of a receiver's XML (接口约定): element names, operations, message numbers and codes, from ``profiles/``.

What a province calls things differs from place to place and is not public: it is filled in here, without code. What
was not seen in an official text says so (``status: unverified``), and ``hub doctor`` lists it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from hub.contract.document import Place, Problems, read_yaml

Meaning = Literal["refused", "again", "configuration", "absent"]
_STATUS = ("verified", "unverified")
_ELEMENT = re.compile(r"^[^\W\d][\w.-]*$")  # an XML name without a prefix; Chinese names are in use
_OPERATION = re.compile(r"^[A-Za-z_][A-Za-z0-9_.-]*$")
_MESSAGE = re.compile(r"^[A-Za-z0-9]{1,32}$")  # stands in file names
_SUFFIX = re.compile(r"^\.[a-z0-9.]+$")
_FOLDER = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
_HEAD = ("name", "kind", "status", "source", "envelope", "dateFormat", "taken", "codes", "datasets")
MOST_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Envelope:
    """Element names of what we send. ``operation``, ``put``, ``delete``: of packages only, else empty."""

    root: str
    row: str
    id: str
    sequence: str
    header: str  # element of the header; empty: there is none
    constants: Mapping[str, str]  # what stands in the header, always the same
    message: str  # element of the header for the message number; empty: there is none
    operation: str
    put: str  # its value for a row
    delete: str  # its value for a record that must go


@dataclass(frozen=True, slots=True)
class Codes:
    """What the codes of an answer mean (返回码). ``absent``: what was to go is not there, which is as good."""

    taken: str
    meanings: Mapping[str, Meaning]

    def meaning(self, code: str) -> Meaning | Literal["taken"] | None:
        """None for a code that nobody has entered."""
        return "taken" if code == self.taken else self.meanings.get(code)


@dataclass(frozen=True, slots=True)
class SoapReply:
    """Element names of the answer of a service; ``first_line``: the number of its first row."""

    code: str
    line: str
    message: str
    first_line: int


@dataclass(frozen=True, slots=True)
class Operations:
    """Operations of a service for one dataset; ``query`` None: it cannot be asked what it holds."""

    put: str
    delete: str
    query: str | None
    columns: Mapping[str, str]  # only those whose name is another than the contract's physical one


@dataclass(frozen=True, slots=True)
class SoapProfile:
    """A SOAP service of the 信用中国 kind."""

    name: str
    verified: bool
    envelope: Envelope
    date_format: str
    codes: Codes
    rows: int  # of one call
    token: str  # parameter of the token; empty: there is none
    xml: str  # parameter of the rows
    asked: str  # element around the ids of a question; ``after`` in it: ids that come after this one
    after: str
    reply: SoapReply
    datasets: Mapping[str, Operations]


@dataclass(frozen=True, slots=True)
class Message:
    """A dataset in packages: its message number."""

    number: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Receipts:
    """Receipts of packages: suffix of the file and element names; the row, id and sequence are called as we do."""

    suffix: str
    result: str
    cause: str


@dataclass(frozen=True, slots=True)
class PackageProfile:
    """XML packages over SFTP. ``holdings``: suffix of the receiver's monthly list; empty: it writes none."""

    name: str
    verified: bool
    envelope: Envelope
    date_format: str
    codes: Codes
    rows: int  # of one package
    packages: str  # folder that we write to
    receipts: str  # folder that we read
    receipt: Receipts
    days: int  # for which receipts are looked at
    holdings: str
    datasets: Mapping[str, Message]


Profile = SoapProfile | PackageProfile


def read_profile(schemas: Path, name: str, kind: str, problems: Problems) -> Profile | None:
    """The profile of an outlet of a kind; None, and a mistake, when there is none."""
    root = read_yaml(schemas / "profiles" / f"{name}.yaml", problems)
    if root is None:
        return None
    if root.text("kind") != kind:
        root.child("kind").wrong(f"this outlet needs a profile of the kind {kind}")
        return None
    return _soap(root) if kind == "soap_service" else _packages(root)


def _soap(root: Place) -> SoapProfile:
    root.mapping((*_HEAD, "rowsPerCall", "parameters", "query", "reply"))
    parameters, reply, query = root.child("parameters"), root.child("reply"), root.child("query")
    parameters.mapping(("token", "xml"))
    reply.mapping(("code", "line", "message", "firstLine"))
    first = _whole(reply, "firstLine", 0, 1_000)
    datasets: dict[str, Operations] = {}
    for dataset, place in _datasets(root):
        place.mapping(("put", "delete", "query", "columns"))
        asked = _formed(place, "query", _OPERATION) if place.child("query").given else None
        put, delete = (_formed(place, key, _OPERATION) for key in ("put", "delete"))
        datasets[dataset] = Operations(put, delete, asked, _columns(place))
    if any(one.query is not None for one in datasets.values()):
        query.mapping(("element", "after"))
    return SoapProfile(
        name=root.text("name"),
        verified=_verified(root),
        envelope=_envelope(root.child("envelope"), with_operation=False),
        date_format=root.text("dateFormat"),
        codes=_codes(root),
        rows=_whole(root, "rowsPerCall", 1, MOST_ROWS),
        token=parameters.text("token", ""),
        xml=parameters.text("xml"),
        asked=_formed(query, "element", _ELEMENT) if query.given else "",
        after=_formed(query, "after", _ELEMENT) if query.given else "",
        reply=SoapReply(
            code=_formed(reply, "code", _ELEMENT),
            line=_formed(reply, "line", _ELEMENT),
            message=_formed(reply, "message", _ELEMENT),
            first_line=first,
        ),
        datasets=datasets,
    )


def _packages(root: Place) -> PackageProfile:
    root.mapping((*_HEAD, "rowsPerPackage", "folders", "receipt", "receiptDays", "holdings"))
    folders, receipt = root.child("folders"), root.child("receipt")
    folders.mapping(("packages", "receipts"))
    receipt.mapping(("suffix", "result", "cause"))
    datasets: dict[str, Message] = {}
    for dataset, place in _datasets(root):
        place.mapping(("message", "columns"))
        datasets[dataset] = Message(_formed(place, "message", _MESSAGE), _columns(place))
    codes = _codes(root)
    for code, meaning in codes.meanings.items():
        if meaning not in ("refused", "absent"):
            root.child("codes", code).wrong("in a receipt a code means refused or absent")
    numbers = [one.number for one in datasets.values()]
    if len(numbers) != len(set(numbers)):
        root.child("datasets").wrong("two datasets have the same message number")
    return PackageProfile(
        name=root.text("name"),
        verified=_verified(root),
        envelope=_envelope(root.child("envelope"), with_operation=True),
        date_format=root.text("dateFormat"),
        codes=codes,
        rows=_whole(root, "rowsPerPackage", 1, MOST_ROWS),
        packages=_formed(folders, "packages", _FOLDER),
        receipts=_formed(folders, "receipts", _FOLDER),
        receipt=Receipts(
            _formed(receipt, "suffix", _SUFFIX), *(_formed(receipt, key, _ELEMENT) for key in ("result", "cause"))
        ),
        days=_whole(root, "receiptDays", 1, 3650),
        holdings=_formed(root, "holdings", _SUFFIX) if root.child("holdings").given else "",
        datasets=datasets,
    )


def _envelope(place: Place, *, with_operation: bool) -> Envelope:
    names = ("root", "row", "id", "sequence")
    place.mapping((*names, "header", *(("operation", "put", "delete") if with_operation else ())))
    header = place.child("header")
    if header.given:
        header.mapping(("element", "message", "constants"))
    constants = header.child("constants")
    for key in constants.keys:
        if not _ELEMENT.fullmatch(key):
            constants.child(key).wrong(f"{key!r} is no name of an XML element")
    return Envelope(
        root=_formed(place, "root", _ELEMENT),
        row=_formed(place, "row", _ELEMENT),
        id=_formed(place, "id", _ELEMENT),
        sequence=_formed(place, "sequence", _ELEMENT),
        header=_formed(header, "element", _ELEMENT) if header.given else "",
        constants={key: constants.text(key) for key in constants.keys},
        message=_formed(header, "message", _ELEMENT) if header.child("message").given else "",
        operation=_formed(place, "operation", _ELEMENT) if with_operation else "",
        put=place.text("put") if with_operation else "",
        delete=place.text("delete") if with_operation else "",
    )


def _codes(root: Place) -> Codes:
    codes, taken = root.child("codes"), root.text("taken")
    codes.mapping(codes.keys)
    meanings = {key: codes.text(key) for key in codes.keys}
    for key, meaning in meanings.items():
        if meaning not in get_args(Meaning):
            codes.child(key).wrong(f"a code means one of {', '.join(get_args(Meaning))}")
    if taken in meanings:
        codes.child(taken).wrong(f"{taken} is the code of what was taken")
    return Codes(taken, meanings)  # type: ignore[arg-type]


def _datasets(root: Place) -> list[tuple[str, Place]]:
    datasets = root.child("datasets")
    datasets.mapping(datasets.keys)
    if not datasets.keys:
        root.wrong("datasets: a profile names at least one")
    return [(dataset, datasets.child(dataset)) for dataset in datasets.keys]


def _columns(place: Place) -> Mapping[str, str]:
    columns = place.child("columns")
    if columns.given:
        columns.mapping(columns.keys)
    return {name: _formed(columns, name, _ELEMENT) for name in columns.keys}


def _verified(root: Place) -> bool:
    root.text("source")
    status = root.text("status")
    if status not in _STATUS:
        root.wrong(f"status must be one of {', '.join(_STATUS)}")
    return status == "verified"


def _formed(place: Place, key: str, form: re.Pattern[str]) -> str:
    value = place.text(key)
    if value and not form.fullmatch(value):
        place.child(key).wrong(f"{key} {value!r} does not have the form of such a name")
    return value


def _whole(place: Place, key: str, least: int, most: int) -> int:
    number = place.number(key)
    if number is None or int(number) != number or not least <= number <= most:
        place.wrong(f"{key} must be a whole number from {least} to {most}")
        return least or 1
    return int(number)
