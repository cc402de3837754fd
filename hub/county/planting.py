"""Plant faults into the clean rows of one file, and say of every row what must become of it (埋设)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from hub.contract.model import Column, Contract, Suite
from hub.county.faults import Fault, by_code, first_fitting, plantable
from hub.county.record import Written
from hub.county.source import Cells, Source, Value
from hub.county.style import Style
from hub.county.world import World

SHARE = 0.02  # of the rows of a file that are spoilt; of a small one at least one
_SMALL, _MOST = 6, 60
_TWINS, _BLANKS = 0.004, 0.002


@dataclass(frozen=True, slots=True)
class Planter:
    """How the files of one dataset are spoilt."""

    world: World
    contract: Contract
    faults: tuple[Fault, ...]

    @classmethod
    def of(cls, world: World, contract: Contract, suite: Suite) -> Planter:
        """For a dataset and the rules that it is judged by."""
        return cls(world, contract, plantable(contract, suite))

    def records(
        self, source: Source, style: Style, rows: Sequence[Cells], rng: Random, *, register: bool, clean: bool = False
    ) -> list[Written]:
        """The file's records. ``register``: the register of subjects has been sent before; ``clean``: plant nothing."""
        written = [Written(style.row(self.contract, cells), "accepted") for cells in rows]
        if clean or len(rows) < _SMALL:
            return written
        spare = [place for place, cells in enumerate(rows) if source.spare(self.world, cells)]
        rng.shuffle(spare)
        wanted = min(_MOST, max(1, round(len(rows) * SHARE)), int(len(rows) * self.contract.refuse_above * 0.4))
        faults = by_code(fault for fault in self.faults if register or not fault.needs_register)
        for place in spare[:wanted]:
            found = first_fitting(faults, self.world, rows[place], rng)
            if found is not None:
                fault, cells = found
                written[place] = Written(style.row(self.contract, cells), fault.fate, fault.code, fault.column)
        self._repeat(written, rows, spare[wanted:], style, rng)
        return written

    def _repeat(
        self, written: list[Written], rows: Sequence[Cells], fine: list[int], style: Style, rng: Random
    ) -> None:
        """Some rows twice, one pair that contradicts itself, some blank lines; never behind the last row."""
        copies: list[tuple[int, Written]] = []
        if len(fine) > 20 and (column := self._other()) is not None:
            place = fine.pop()
            value = rows[place].get(column.name)
            if value:
                changed: Mapping[str, Value] = rows[place] | {column.name: f"{value}（另一版本）"}
                written[place] = Written(written[place].row, "rejected", "DUP-CONFLICT")
                copies.append((place, Written(style.row(self.contract, changed), "rejected", "DUP-CONFLICT")))
        for place in fine[: round(len(rows) * _TWINS)]:
            copies.append((place, Written(dict(written[place].row), "duplicate", "DUP-ROW")))
        for _ in range(round(len(rows) * _BLANKS)):
            copies.append((rng.randrange(len(rows) - 1), Written({}, "blank")))
        for place, copy in sorted(copies, key=lambda entry: -entry[0]):
            written.insert(place + 1, copy)

    def _other(self) -> Column | None:
        """A text that is not part of the key, in which two versions of a row can differ."""
        free = (one for one in self.contract.content if one.kernel == "text" and one.required)
        return next((one for one in free if not one.primary_key and one.pattern is None), None)
