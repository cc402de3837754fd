"""What stands beside the records when it is decided whether they may leave (影响共享的事项), read from the ledger.

It is derived from the current records of the steering datasets each time, never kept: a repair that is corrected or
withdrawn stops standing by itself, and one that came before its record holds from the first moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

import polars as pl

from hub.contract.model import Contract
from hub.ledger import frames
from hub.outlets import sharing
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
        self._rows: dict[str, pl.DataFrame] = {}
        for contract in hub.contracts.values():
            if contract.steers is None:
                continue
            wanted = steered.columns(contract.steers)
            if known is None:
                rows = frames.current(hub.ledger, hub.shape(contract), wanted)
            else:
                rows = frames.known_at(hub.ledger, hub.shape(contract), wanted, known)
            self._rows[contract.dataset] = steered.holding(rows, contract.steers, day)

    def of(self, contract: Contract, outlet: str) -> Circumstances:
        """What stands for the records of one dataset at one outlet."""
        lawful = sharing.basis(contract, outlet)
        consent = lawful is not None and lawful.consent
        return Circumstances(self._against(contract), self._consenting(contract, outlet) if consent else _nobody())

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
        return {reason: pl.concat(ids).unique() for reason, ids in found.items()}

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
