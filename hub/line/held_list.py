"""A list of what a receiver holds, brought by a person (对账清单), for a receiver that cannot be asked."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from hub.contract.model import Contract
from hub.errors import NotFound, WrongUsage
from hub.outlets.receiver import Answer, Parcel, Receiver
from hub.outlets.sharing import Circumstances

HEADER = ["dataset", "record_id", "sequence"]


class Held:
    """A receiver whose holdings are told by a list; everything else is asked of itself."""

    def __init__(self, receiver: Receiver, held: Mapping[str, Mapping[str, int]]) -> None:
        self._receiver, self._held = receiver, held

    @property
    def removes_at_once(self) -> bool:
        """See ``Receiver``."""
        return self._receiver.removes_at_once

    @property
    def only_sent(self) -> bool:
        """See ``Receiver``."""
        return self._receiver.only_sent

    def takes(self, dataset: str) -> bool:
        """See ``Receiver``."""
        return self._receiver.takes(dataset)

    def prepare(self, contract: Contract, records: pl.DataFrame, today: date, circumstances: Circumstances) -> Parcel:
        """See ``Receiver``."""
        return self._receiver.prepare(contract, records, today, circumstances)

    def put(self, parcel: Parcel) -> dict[int, str]:
        """See ``Receiver``."""
        return self._receiver.put(parcel)

    def answers(self, dataset: str, waiting: Mapping[str, int]) -> list[Answer]:
        """See ``Receiver``."""
        return self._receiver.answers(dataset, waiting)

    def can_be_asked(self, dataset: str) -> bool:
        """See ``Receiver``."""
        return self._receiver.can_be_asked(dataset)

    def shown(self, dataset: str, record_ids: Sequence[str]) -> set[str]:
        """See ``Receiver``."""
        return self._receiver.shown(dataset, record_ids)

    def sequences(self, dataset: str) -> dict[str, int]:
        """What the list says; nothing of a dataset that is not in it."""
        return dict(self._held.get(dataset, {}))

    def as_of(self, dataset: str) -> date | None:
        """The person stands for its being of this moment."""
        return None


def read_list(file: Path, datasets: Sequence[str]) -> dict[str, dict[str, int]]:
    """A UTF-8 CSV ``dataset,record_id,sequence``; ``WrongUsage`` with the line that is none."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFound("there is no such list") from None
    except UnicodeDecodeError:
        raise WrongUsage("the list is not UTF-8") from None
    lines = csv.reader(io.StringIO(text))
    if next(lines, None) != HEADER:
        raise WrongUsage(f"the list must begin with {','.join(HEADER)}")
    found: dict[str, dict[str, int]] = {dataset: {} for dataset in datasets}
    for cells in lines:
        formed = len(cells) == len(HEADER) and re.fullmatch("[0-9a-f]{32}", cells[1])
        if not formed or not re.fullmatch("[0-9]{1,18}", cells[2]) or cells[0] not in found:
            raise WrongUsage(f"line {lines.line_num} of the list is no dataset, record id and sequence")
        if cells[1] in found[cells[0]]:
            raise WrongUsage(f"line {lines.line_num} of the list names a record for the second time")
        found[cells[0]][cells[1]] = int(cells[2])
    return found
