"""What stands beside the records when it is decided whether they may leave (影响共享的事项), read from the ledger.

It is derived from the current records of the steering datasets each time, never kept: a repair that is corrected or
withdrawn stops standing by itself, and one that came before its record holds from the first moment. A subject's own
objection (``requests``) stands like a dispute.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

import polars as pl

from hub.contract.model import Contract
from hub.contract.steering import Steers
from hub.ledger import ended, frames, requests
from hub.ledger.connect import reading
from hub.outlets import clauses, reasons, sharing
from hub.outlets.sharing import Circumstances
from hub.stages import steered

if TYPE_CHECKING:
    from hub.line.hub import Hub

Against = Mapping[str, pl.Series]


class Standing:
    """All that stands on one day, read once: by dataset what stands against which records, and who consents.

    ``known``: as the ledger knew it at a moment; None: as it is known now.
    """

    def __init__(self, hub: Hub, day: date, known: datetime | None = None) -> None:
        self._hub = hub
        self._known = known
        self._rows: dict[str, pl.DataFrame] = {}
        for contract in hub.contracts.values():
            if contract.steers is None:
                continue
            wanted = steered.columns(contract.steers)
            if contract.steers.reason is None:
                subject = contract.subject
                of_whom = (subject.category, subject.organisation_id, subject.person_id)
                wanted = tuple(dict.fromkeys((*wanted, *(name for name in of_whom if name is not None))))
            if known is None:
                rows = frames.current(hub.ledger, hub.shape(contract), wanted)
            else:
                rows = frames.known_at(hub.ledger, hub.shape(contract), wanted, known)
            if contract.steers.reason is None:
                rows = self._given(contract, contract.steers, rows)
            self._rows[contract.dataset] = steered.holding(rows, contract.steers, day)

    def of(self, contract: Contract, outlet: str) -> Circumstances:
        """What stands for the records of one dataset at one outlet."""
        lawful = sharing.basis(contract, outlet)
        consent = lawful is not None and lawful.consent
        return Circumstances(self._against(contract), self._consenting(contract, outlet) if consent else _nobody())

    def _given(self, contract: Contract, steers: Steers, rows: pl.DataFrame) -> pl.DataFrame:
        """Consents that count: of one subject, by a person who was of age when it was given, and never taken back."""
        gone = ended.withdrawn(self._hub.ledger, contract.dataset, self._known)
        if steers.withdrawn is not None:
            gone |= ended.ids(self._hub.ledger, self._hub.shape(contract), steers.withdrawn, self._known)
        able, person = pl.lit(True), steers.parts.get("person")
        if person is not None:
            able = pl.col(person).is_null() | clauses.of_age(person, steers.since)
        return rows.filter(~pl.col("record_id").is_in(sorted(gone)), clauses.identified(contract.subject), able)

    def _against(self, contract: Contract) -> Against:
        found: dict[str, list[pl.Series]] = {}
        for dataset, rows in self._rows.items():
            steers = self._hub.contracts[dataset].steers
            if steers is None or steers.reason is None or not contract.steered:
                continue
            chosen = rows.filter(pl.col(steers.dataset) == contract.dataset)
            if chosen.height:
                ids = steered.record_ids(chosen, steers, contract, self._hub.record_key)
                found.setdefault(steers.reason, []).append(ids.drop_nulls())
        if objected := self._objected(contract):
            found.setdefault(reasons.DISPUTED, []).append(pl.Series(sorted(objected), dtype=pl.String))
        return {reason: pl.concat(ids).unique() for reason, ids in found.items()}

    def _objected(self, contract: Contract) -> set[str]:
        """Records to which a subject has objected here; of a granted objection, until they are corrected."""
        with reading(self._hub.ledger) as connection:
            found = requests.objected(connection, contract.dataset, self._known)
            granted = {record: since for record, since in found.items() if since is not None}
            same = requests.uncorrected(connection, self._hub.shape(contract), granted)
        return {record for record in found if record not in granted or record in same}

    def _consenting(self, contract: Contract, outlet: str) -> pl.Series:
        found = [_nobody()]
        for dataset, rows in self._rows.items():
            steers = self._hub.contracts[dataset].steers
            if steers is None or steers.reason is not None or steers.outlets is None:
                continue
            covered = steered.names(steers.dataset, contract.dataset) & steered.names(steers.outlets, outlet)
            chosen = rows.filter(covered)
            found += [chosen[column].drop_nulls() for column in steers.parts.values()]
        return pl.concat(found).unique()


def _nobody() -> pl.Series:
    return pl.Series(dtype=pl.String)
