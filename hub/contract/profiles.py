"""Profiles of a receiver (接口约定): names of elements or columns, operations, message numbers, codes; ``profiles/``.

What a province or a bank calls things differs from place to place and is not public: it is filled in here, without
code. What was not seen in an official text says so (``status: unverified``), and ``hub doctor`` lists it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hub.contract.document import Place, Problems, read_yaml
from hub.contract.event_profile import EventProfile, read_events
from hub.contract.profile_parts import (
    ELEMENT,
    FOLDER,
    HEAD,
    MESSAGE,
    MOST_ROWS,
    SUFFIX,
    Codes,
    Message,
    Receipts,
    formed,
    read_codes,
    read_columns,
    read_datasets,
    verified,
    whole,
)

_OPERATION = re.compile(r"^[A-Za-z_][A-Za-z0-9_.-]*$")
_PACKAGES = ("envelope", "rowsPerPackage", "folders", "receipt", "receiptDays", "holdings")


@dataclass(frozen=True, slots=True)
class Envelope:
    """Names of what we send. Of packages only: ``operation``, ``put``, ``delete``; of XML only: ``root``, ``row``."""

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
class PackageProfile:
    """Packages over SFTP, of XML or of CSV. ``holdings``: suffix of the receiver's monthly list; empty: it writes none.

    ``marker``: suffix of the empty file that says that a file is whole; empty: a file is whole when it is there.
    ``note``: a column, and what stands in it in every row. ``clear``: whether what was answered is taken away.
    """

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
    marker: str = ""
    note: tuple[str, str] | None = None
    clear: bool = False


Profile = SoapProfile | PackageProfile | EventProfile


def read_profile(schemas: Path, name: str, kind: str, problems: Problems) -> Profile | None:
    """The profile of an outlet of a kind; None, and a mistake, when there is none."""
    root = read_yaml(schemas / "profiles" / f"{name}.yaml", problems)
    if root is None:
        return None
    if root.text("kind") != kind:
        root.child("kind").wrong(f"this outlet needs a profile of the kind {kind}")
        return None
    if kind == "soap_service":
        return _soap(root)
    if kind == "event_service":
        return read_events(root)
    return _packages(root) if kind == "xml_packages" else _files(root)


def _soap(root: Place) -> SoapProfile:
    root.mapping((*HEAD, "envelope", "rowsPerCall", "parameters", "query", "reply"))
    parameters, reply, query = root.child("parameters"), root.child("reply"), root.child("query")
    parameters.mapping(("token", "xml"))
    reply.mapping(("code", "line", "message", "firstLine"))
    first = whole(reply, "firstLine", 0, 1_000)
    datasets: dict[str, Operations] = {}
    for dataset, place in read_datasets(root):
        place.mapping(("put", "delete", "query", "columns"))
        asked = formed(place, "query", _OPERATION) if place.child("query").given else None
        put, delete = (formed(place, key, _OPERATION) for key in ("put", "delete"))
        datasets[dataset] = Operations(put, delete, asked, read_columns(place))
    if any(one.query is not None for one in datasets.values()):
        query.mapping(("element", "after"))
    return SoapProfile(
        name=root.text("name"),
        verified=verified(root),
        envelope=_envelope(root.child("envelope"), with_operation=False),
        date_format=root.text("dateFormat"),
        codes=read_codes(root),
        rows=whole(root, "rowsPerCall", 1, MOST_ROWS),
        token=parameters.text("token", ""),
        xml=parameters.text("xml"),
        asked=formed(query, "element", ELEMENT) if query.given else "",
        after=formed(query, "after", ELEMENT) if query.given else "",
        reply=SoapReply(
            code=formed(reply, "code", ELEMENT),
            line=formed(reply, "line", ELEMENT),
            message=formed(reply, "message", ELEMENT),
            first_line=first,
        ),
        datasets=datasets,
    )


def _packages(root: Place) -> PackageProfile:
    root.mapping((*HEAD, *_PACKAGES, "clear"))
    made = _made_of(root, _envelope(root.child("envelope"), with_operation=True))
    return replace(made, clear=root.flag("clear"))


def _files(root: Place) -> PackageProfile:
    """CSV with a marker behind each file. Every row carries a note: what it says is no verdict."""
    root.mapping((*HEAD, *_PACKAGES, "marker", "note", "clear"))
    place, note = root.child("envelope"), root.child("note")
    place.mapping(("id", "sequence", "operation", "put", "delete"))
    note.mapping(("column", "text"))
    envelope = Envelope(
        root="",
        row="",
        id=formed(place, "id", ELEMENT),
        sequence=formed(place, "sequence", ELEMENT),
        header="",
        constants={},
        message="",
        operation=formed(place, "operation", ELEMENT),
        put=place.text("put"),
        delete=place.text("delete"),
    )
    return replace(
        _made_of(root, envelope),
        marker=formed(root, "marker", SUFFIX),
        note=(formed(note, "column", ELEMENT), note.text("text")),
        clear=root.flag("clear"),
    )


def _made_of(root: Place, envelope: Envelope) -> PackageProfile:
    """What packages of both kinds say."""
    folders, receipt = root.child("folders"), root.child("receipt")
    folders.mapping(("packages", "receipts"))
    receipt.mapping(("suffix", "result", "cause"))
    datasets: dict[str, Message] = {}
    for dataset, place in read_datasets(root):
        place.mapping(("message", "columns"))
        datasets[dataset] = Message(formed(place, "message", MESSAGE), read_columns(place))
    codes = read_codes(root)
    for code, meaning in codes.meanings.items():
        if meaning not in ("refused", "absent"):
            root.child("codes", code).wrong("in a receipt a code means refused or absent")
    numbers = [one.number for one in datasets.values()]
    if len(numbers) != len(set(numbers)):
        root.child("datasets").wrong("two datasets have the same message number")
    return PackageProfile(
        name=root.text("name"),
        verified=verified(root),
        envelope=envelope,
        date_format=root.text("dateFormat"),
        codes=codes,
        rows=whole(root, "rowsPerPackage", 1, MOST_ROWS),
        packages=formed(folders, "packages", FOLDER),
        receipts=formed(folders, "receipts", FOLDER),
        receipt=Receipts(
            formed(receipt, "suffix", SUFFIX), *(formed(receipt, key, ELEMENT) for key in ("result", "cause"))
        ),
        days=whole(root, "receiptDays", 1, 3650),
        holdings=formed(root, "holdings", SUFFIX) if root.child("holdings").given else "",
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
        if not ELEMENT.fullmatch(key):
            constants.child(key).wrong(f"{key!r} is no name of an XML element")
    return Envelope(
        root=formed(place, "root", ELEMENT),
        row=formed(place, "row", ELEMENT),
        id=formed(place, "id", ELEMENT),
        sequence=formed(place, "sequence", ELEMENT),
        header=formed(header, "element", ELEMENT) if header.given else "",
        constants={key: constants.text(key) for key in constants.keys},
        message=formed(header, "message", ELEMENT) if header.child("message").given else "",
        operation=formed(place, "operation", ELEMENT) if with_operation else "",
        put=place.text("put") if with_operation else "",
        delete=place.text("delete") if with_operation else "",
    )
