"""What every receiver of single records can be asked (接收方), whatever way leads to it.

The guarantees are the same on all ways: records go under their id and the outbox sequence, so that sending again
changes nothing and an older version never overtakes a newer one; what must not be seen is taken away first and looked
for again where the receiver can be asked; what was not answered is pending, never sent-ok.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Protocol

import polars as pl

from hub.contract.model import Contract
from hub.outlets.sharing import Circumstances


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver says of one record."""

    record_id: str
    sequence: int
    state: Literal["acknowledged", "rejected", "sent"]
    cause: str | None


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes out together: rows by sequence, and records that must not (or no longer) be seen, by sequence.

    ``table``: how the receiver calls the dataset. A row has the receiver's own names; ``header`` is all that a row can
    have, in order.
    """

    table: str
    rows: Mapping[int, Mapping[str, Any]]
    hidden: Mapping[int, tuple[str, str]]  # record id, why
    header: tuple[str, ...] = ()


class Receiver(Protocol):
    """One receiver, reached. Raises ``TryAgain`` when it does not answer, ``FixConfiguration`` when it refuses us."""

    @property
    def removes_at_once(self) -> bool:
        """Whether a record is gone when ``put`` is back; else an answer to the removal's sequence says so later."""

    @property
    def only_sent(self) -> bool:
        """Whether it hears of records that may have left for it, and of no others, not even that they must go."""

    def takes(self, dataset: str) -> bool:
        """Whether it takes a dataset at all."""

    def prepare(self, contract: Contract, records: pl.DataFrame, today: date, circumstances: Circumstances) -> Parcel:
        """Decide what of ``records`` may leave and make it ready.

        ``records``: ``record_id``, ``outbox_sequence`` and the contract's columns.
        """

    def put(self, parcel: Parcel) -> dict[int, str]:
        """Take away what must not be seen, write the rows; by sequence what could not go, and why.

        What the receiver judges for itself comes by ``answers``. ``TryAgain`` also when a removed record is still
        there.
        """

    def answers(self, dataset: str, waiting: Mapping[str, int]) -> list[Answer]:
        """What it says by now of records that wait, with their sequences; a row without a verdict is still ``sent``.

        A record of which nothing is said is lost: nobody knows what became of it, and it has to go again.
        """

    def can_be_asked(self, dataset: str) -> bool:
        """Whether ``shown`` says what it holds at this moment."""

    def shown(self, dataset: str, record_ids: Sequence[str]) -> set[str]:
        """Those of the records that it holds now; none when it cannot be asked."""

    def sequences(self, dataset: str) -> dict[str, int]:
        """Every record that it holds, with the sequence of its row; ``CallOperator`` when nothing can tell."""

    def as_of(self, dataset: str) -> date | None:
        """Until the beginning of which day ``sequences`` tells; None: until now."""
