"""Write a county's deliveries, day by day, with the answer key (生成合成县).

    for file in files(world, contracts, suites, calendar, since): ...     # Sent, one after another
    write(folder, files(...))                                             # as <day>/<round>/<department>/<file>

Within a round the files of one department come in the order of their names: what mends or repeats another file has the
other's name and more. The same county, seed, scale and days give the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from hub.contract.calendar import Calendar
from hub.contract.model import Contract, Suite
from hub.county import answers, mishaps
from hub.county.answers import Answer, PlantedFault
from hub.county.mishaps import RightFile
from hub.county.plan import Sending, sendings
from hub.county.planting import Planter
from hub.county.record import FATES, Written
from hub.county.source import Source, Span
from hub.county.style import Style, style_of
from hub.county.systems import systems
from hub.county.world import World

_ODD_FIRST = 6  # of so many first files one has a companion that went wrong
_ODD, _AGAIN, _CORRECTED = 0.03, 0.03, 0.06  # of the later files
_LATE_SPAN = (60, 40)  # days before the first collection, of decisions that were forgotten
_CORRECTIONS, _NUMBERS = 3, 40  # rows in a file of corrections, and in a sheet whose codes became numbers


@dataclass(frozen=True, slots=True)
class Sent:
    """One file with its answer; ``content`` is None when it never came."""

    answer: Answer
    faults: tuple[PlantedFault, ...]
    content: bytes | None


@dataclass(frozen=True)
class Generator:
    """What is needed to write any file of the county."""

    world: World
    contracts: Mapping[str, Contract]
    planters: Mapping[str, Planter]

    @classmethod
    def of(cls, world: World, contracts: Mapping[str, Contract], suites: Mapping[str, Suite]) -> Generator:
        """For a county and the rules by which its deliveries are judged."""
        return cls(world, contracts, {name: Planter.of(world, one, suites[name]) for name, one in contracts.items()})

    def files(self, calendar: Calendar, since: date) -> Iterator[Sent]:
        """All files from the first collection on ``since`` to the county's last day, in the order of sending."""
        for number, sending in enumerate(sendings(self.world, systems(self.world), self.contracts, calendar, since)):
            if sending.habit == "missing":
                yield Sent(_answer(sending, "", []), (), None)
            elif records := self._records(sending):
                yield self._sent(sending, "", records)
                yield from self._afterwards(sending, number, records)

    def _records(self, sending: Sending) -> list[Written]:
        source = sending.source
        rows = list(source.rows(self.world, source.department, sending.span))
        rng = self._rng(sending)
        register = sending.round > 0 or sending.habit != "first"
        planter = self.planters[source.dataset]
        return planter.records(source, style_of(source.department), rows, rng, register=register)

    def _rng(self, sending: Sending, *more: object) -> Random:
        return self.world.rng("file", sending.source.dataset, sending.source.department, sending.span.first, *more)

    def _sent(
        self, sending: Sending, suffix: str, records: Sequence[Written], habit: str = "", numeric: Sequence[str] = ()
    ) -> Sent:
        """The file with these records."""
        style = style_of(sending.source.department)
        content = style.file(self.contracts[sending.source.dataset], records, numeric=numeric)
        name = _name(sending, suffix, style.ending)
        answer = _answer(sending, name, records, habit=habit)
        return Sent(answer, _faults(sending.source, name, style, records), content)

    def _afterwards(self, sending: Sending, number: int, records: Sequence[Written]) -> Iterator[Sent]:
        """What follows a file on the same day: corrections, the same again, a file that went wrong."""
        rng = self._rng(sending, "afterwards")
        first = sending.habit == "first"
        contract, style = self.contracts[sending.source.dataset], style_of(sending.source.department)
        fine = [record.row for record in records if record.fate == "accepted" and not record.code]
        if number % 6 == 1 if first else rng.random() < _CORRECTED:
            mended = mishaps.corrected(contract, style, fine[:_CORRECTIONS])
            if mended:
                yield self._sent(sending, "_更正", mended, "correction")
        if first and number % 4 == 2:
            column, numbers = mishaps.numbers_for_codes(contract, style, fine[:_NUMBERS])
            if numbers:
                yield self._sent(sending, "_数字格式", numbers, "numbers_for_codes", (column,))
        if number % 9 == 5 if first else rng.random() < _AGAIN:
            yield self._again(sending, records)
        if number % _ODD_FIRST == 3 if first else rng.random() < _ODD:
            yield self._odd(sending, number, records)
        if first and contract.working_days is not None:
            yield from self._forgotten(sending)

    def _again(self, sending: Sending, records: Sequence[Written]) -> Sent:
        """The very same bytes under another name."""
        same = self._sent(sending, "_再报", records, "again")
        counts = {"accepted": 0, "accepted_query": 0, "rejected": 0, "blank": 0, "duplicate": len(records)}
        answer = Answer(**{name: getattr(same.answer, name) for name in Answer.__slots__} | counts)
        return Sent(answer, (), same.content)

    def _odd(self, sending: Sending, number: int, records: Sequence[Written]) -> Sent:
        """A file that is refused as a whole; what it should have held has come in another."""
        right = RightFile(self.contracts[sending.source.dataset], style_of(sending.source.department), records)
        found = mishaps.of_kind(right, number // _ODD_FIRST, once=sending.habit != "first")
        name = _name(sending, "_有误", found.ending)
        answer = _answer(sending, name, [], habit=found.habit, refused=found.refused)
        return Sent(answer, (), found.content)

    def _forgotten(self, sending: Sending) -> Iterator[Sent]:
        """Decisions that should have been reported weeks ago: every row that is taken is asked about."""
        long, short = (sending.day - timedelta(days=days) for days in _LATE_SPAN)
        source = sending.source
        rows = list(source.rows(self.world, source.department, Span(long, short)))
        column = self.contracts[source.dataset].order_by or ""
        style, contract = style_of(source.department), self.contracts[source.dataset]
        late = [Written(style.row(contract, cells), "accepted_query", "TIM-LATE", column) for cells in rows]
        if late:
            yield self._sent(sending, "_补报", late, "forgotten")


def _name(sending: Sending, suffix: str, ending: str) -> str:
    return f"{sending.source.name}_{sending.day:%Y%m%d}_{sending.span.last:%m%d}{suffix}.{ending}"


def _answer(
    sending: Sending,
    name: str,
    records: Sequence[Written],
    *,
    habit: str = "",
    refused: str = "",
) -> Answer:
    fates = Counter(record.fate for record in records)
    source = sending.source
    counts = {fate: fates[fate] for fate in FATES}
    return Answer(
        sending.day,
        sending.round,
        source.department,
        source.dataset,
        name,
        habit or sending.habit,
        len(records),
        **counts,
        refused=refused,
    )


def _faults(source: Source, name: str, style: Style, records: Sequence[Written]) -> tuple[PlantedFault, ...]:
    return tuple(
        PlantedFault(source.department, name, style.first_row + place, record.column, record.code, record.fate)
        for place, record in enumerate(records)
        if record.code
    )


def write(folder: Path, sent: Iterable[Sent]) -> tuple[int, int]:
    """Write files and answer key below ``folder``; gives how many files and rows."""
    keys: list[Answer] = []
    faults: list[PlantedFault] = []
    for one in sent:
        keys.append(one.answer)
        faults.extend(one.faults)
        if one.content is not None:
            place = folder / one.answer.day.isoformat() / str(one.answer.round) / one.answer.department
            place.mkdir(parents=True, exist_ok=True)
            (place / one.answer.file).write_bytes(one.content)
    answers.write(folder, keys, faults)
    return sum(1 for one in keys if one.file), sum(one.rows for one in keys)


def rounds(folder: Path) -> list[list[Path]]:
    """The written files, round after round in the order of sending; the folder of each file is its department's id."""
    places = sorted(folder.glob("????-??-??/*"), key=lambda place: (place.parent.name, int(place.name)))
    return [sorted(place.glob("*/*")) for place in places]
