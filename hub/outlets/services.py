"""What the read API for credit-service bodies answers (信用服务市场的答复): pure, from records that a code found.

``sharing.py`` alone decides which of them may be seen. What may not is not told in any way, not even that it is there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from hub.contract.model import Column, Contract, Outlet
from hub.kernels import KERNELS, Options
from hub.outlets import clauses, sharing
from hub.outlets.sharing import Circumstances

TYPES = {"text": "string", "date": "date", "decimal": "decimal"}
WRONG = ("ID-USCC-FORM", "ID-USCC-CHECK")
_SUBJECT = "__subject"


@dataclass(frozen=True, slots=True)
class Fact:
    """One record that may be seen: its cells as the outlet shows them, and whose it is."""

    dataset: str
    record_id: str
    version: int
    subject: str
    fields: Mapping[str, str | None]
    digest: str  # of what is shown: another one means that something changed


def given(contract: Contract, outlet: str) -> bool:
    """Whether a contract discloses anything to the outlet."""
    return sharing.basis(contract, outlet) is not None and bool(sharing.columns(contract, outlet))


def is_code(code: str, contracts: Iterable[Contract]) -> bool:
    """Whether a text is a unified social credit code as it is written, or one that a contract lets pass as it is."""
    cells = pl.Series([code])
    for contract in contracts:
        if (name := contract.subject.organisation_id) is not None:
            reading = KERNELS["uscc"].read(cells, Options(settings=contract.column(name).options))
            if reading.values[0] == code and reading.marks[0] not in WRONG:
                return True
    return False


def wanted(contract: Contract, outlet: str) -> list[str]:
    """The columns that ``facts`` needs."""
    return list(sharing.needed(contract, outlet))


def facts(
    records: pl.DataFrame, contract: Contract, outlet: str, today: date, circumstances: Circumstances, key: bytes
) -> list[Fact]:
    """What may be seen of the records of one dataset; ``records`` has what ``wanted`` names. ``key``: of pseudonyms."""
    seen = records.filter(sharing.decide(records, contract, outlet, today, circumstances).is_null())
    seen = seen.with_columns(clauses.subject_id(contract.subject).alias(_SUBJECT))
    shown = sharing.show(seen, contract, outlet, key)
    found = []
    for row, cells in zip(seen.select("record_id", "version", _SUBJECT).iter_rows(), shown.to_dicts(), strict=True):
        fields = {name: _text(cell) for name, cell in cells.items()}
        record_id, version, subject = row
        found.append(Fact(contract.dataset, record_id, version, subject, fields, _digest(contract.dataset, fields)))
    return found


def described(contract: Contract, outlet: Outlet, publisher: str) -> dict[str, Any]:
    """A dataset as a body may know it: on what basis it is given, of whom, for how long, and its fields."""
    lawful = sharing.basis(contract, outlet.id)
    assert lawful is not None  # of a dataset that is given
    return {
        "dataset": contract.dataset,
        "title": contract.title,
        "publisher": publisher,
        "contract_version": contract.version,
        "frequency": contract.frequency,
        "legal_basis": lawful.legal_basis,
        "catalogue_items": [item.name for item in lawful.items],
        "subjects": list(lawful.subjects),
        "fields": [_field(column, outlet.id) for column in sharing.columns(contract, outlet.id)],
    }


def _field(column: Column, outlet: str) -> dict[str, str]:
    how = column.disclosure[outlet].how
    kind = TYPES[column.storage] if how == "keep" else "string"
    return {"name": column.name, "title": column.label, "type": kind, "treatment": how}


def _digest(dataset: str, fields: Mapping[str, str | None]) -> str:
    written = json.dumps([dataset, sorted(fields.items())], ensure_ascii=False)
    return hashlib.blake2b(written.encode(), digest_size=16).hexdigest()


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else str(value)
