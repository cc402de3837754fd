"""Conservation between the stages (守恒): no row gets lost, doubled, cut off or out of place on its way to the ledger.

Each stage says by seals what it leaves (``hub.stages.sealing``), and here the next one's input is held against them.
Where a seal would cost too much, some rows are looked at cell by cell. What is wrong names the stage behind which it
went wrong, never a cell; the operator is called, and the delivery is judged again from its landed bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from hub.errors import CallOperator
from hub.stages import sealing
from hub.stages.check import STATES, Checked
from hub.stages.job import Job, chunks
from hub.stages.normalise import LINES, MADE, Normalised
from hub.stages.read import Read

SAMPLE = 64  # rows of a piece, at the same distance from each other, that are looked at cell by cell
NUMBERS = ("record", "row")
APART = ("blank", "duplicate")
TAKEN = ("accepted", "accepted_query")


def broken(stage: str, what: str) -> CallOperator:
    """What is raised: the stage, and which of its promises does not hold."""
    return CallOperator(f"stage {stage}: {what}")


def after_read(job: Job, read: Read) -> None:
    """The artefact is what the reader left, and holds the rows that it counted."""
    if read.seal is None or not job.read.exists() or sealing.of_file(job.read) != read.seal:
        raise broken("read", "its artefact is not what the reader left")


@dataclass(slots=True)
class Followed:
    """Row groups of the reader that came beside its artefact (``hub.stages.following``), as they pass."""

    looked_at: list[pl.DataFrame] = field(default_factory=list)

    def passing(self, groups: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """The groups as they are."""
        for group in groups:
            some = group.take(_spread(pl.int_range(group.num_rows, eager=True), SAMPLE).to_arrow())
            texts = (pl.col(name).cast(pl.String) for name in some.column_names if name not in NUMBERS)
            self.looked_at.append(pl.DataFrame(pl.from_arrow(some)).with_columns(texts))
            yield group


def after_normalise(job: Job, read: Read, normalised: Normalised, followed: Followed) -> None:
    """The artefact is what the stage left, row for row that of the reader."""
    sealed(job, normalised)
    if pq.read_metadata(job.normalised).num_rows != normalised.rows:
        raise broken("normalise", "its artefact does not hold as many rows as came")
    rows = seal = 0
    for piece in chunks(job.read, job.chunk_rows, ["record", *LINES]):
        _consecutive("read", piece, rows)
        rows += piece.height
        seal = sealing.add(seal, sealing.of_rows(piece, LINES))
    if rows != read.rows:
        raise broken("read", "its artefact does not hold as many rows as the reader counted")
    if (rows, seal) != (normalised.rows, normalised.taken):
        raise broken("normalise", "its rows are not those of the reader")
    if followed.looked_at:
        came = pl.concat(followed.looked_at)
        if not came.equals(_rows(job.read, came["record"], came.columns)):
            raise broken("normalise", "a row does not say what the reader read in it")


def sealed(job: Job, normalised: Normalised) -> None:
    """The artefact is still what the stage left."""
    if not job.normalised.exists() or sealing.of_file(job.normalised) != normalised.seal:
        raise broken("normalise", "its artefact is not what the stage left")


def after_check(normalised: Normalised, checked: Checked) -> None:
    """Every row was judged or set apart, and each has one state."""
    records, states = checked.states["record"], checked.states["state"]
    if sealing.of_rows(checked.states, STATES) != checked.seal:
        raise broken("check", "its states are not what the stage left")
    if records.n_unique() != len(records) or not records.is_between(1, normalised.rows).all():
        raise broken("check", "a row has two states, or a state has no row")
    if checked.judged + int(states.is_in(APART).sum()) != normalised.rows:
        raise broken("check", "not every row was judged or set apart")
    if int((states == "blank").sum()) != normalised.blank:
        raise broken("check", "it has other blank rows than the stage before")


@dataclass(frozen=True, slots=True)
class Expected:
    """What the stages before have left for stage accept. ``refused_by``: the code of a delivery refused as a whole."""

    normalised: Normalised
    states: pl.DataFrame
    refused_by: str | None

    def stated(self) -> int:
        """Seal of the states that stage check gave, and that stage accept leaves as they are."""
        left = self.states if self.refused_by is None else self.states.filter(~pl.col("state").is_in(TAKEN))
        return sealing.of_rows(left, STATES)


@dataclass(slots=True)
class Passed:
    """The rows that stage accept hands on, as they pass."""

    rows: int = 0
    states: dict[str, int] = field(default_factory=dict)
    places: int = 0  # sum of the sender's row numbers
    looked_at: list[pl.DataFrame] = field(default_factory=list)
    _made: int = 0  # seals
    _stated: int = 0

    def passing(
        self, frames: Iterable[pl.DataFrame], job: Job, rows: int, expected: Expected | None = None
    ) -> Iterator[pl.DataFrame]:
        """The frames as they are. ``rows`` are to come, as ``expected``; None: the file was not read."""
        for frame in frames:
            self._enter(frame, None if expected is None else expected.refused_by)
            if expected is not None:
                self._compare(job)
            yield frame
        if self.rows != rows:
            raise broken("accept", "it hands on more or fewer rows than were read")
        if expected is not None and self._made != expected.normalised.made:
            raise broken("accept", "its rows are not those of stage normalise")
        if expected is not None and self._stated != expected.stated():
            raise broken("accept", "a row has another state than stage check gave it")

    def _enter(self, frame: pl.DataFrame, refused_by: str | None) -> None:
        _consecutive("accept", frame, self.rows)
        self.rows += frame.height
        for state, count in frame["state"].value_counts().iter_rows():
            self.states[state] = self.states.get(state, 0) + count
        self.places = sealing.add(self.places, int(frame["row"].sum()))
        self._made = sealing.add(self._made, sealing.of_rows(frame, MADE))
        told = frame.filter((pl.col("state") != "accepted") & pl.col("code").ne_missing(refused_by or ""))
        self._stated = sealing.add(self._stated, sealing.of_rows(told, STATES))
        self.looked_at.append(frame.filter(pl.col("record").is_in(_spread(frame["record"], SAMPLE).implode())))

    def _compare(self, job: Job) -> None:
        """Accepted rows hand on the cells that stage normalise made."""
        taken = self.looked_at[-1].filter(pl.col("state").is_in(TAKEN))
        wanted = ["record", *(column.name for column in job.contract.content)]
        if taken.height and not taken.select(wanted).equals(_rows(job.normalised, taken["record"], wanted)):
            raise broken("accept", "a row does not have the cells of stage normalise")


def _consecutive(stage: str, rows: pl.DataFrame, before: int) -> None:
    """Records go on behind the ``before`` that came already, each once."""
    wanted = pl.int_range(before + 1, before + rows.height + 1, eager=True)
    if not rows["record"].equals(wanted, check_names=False):
        raise broken(stage, "its rows are not numbered one after the other")


def _spread(records: pl.Series, number: int) -> pl.Series:
    """About so many of the records, at the same distance from each other, the last among them."""
    return records.reverse().gather_every(max(1, -(-len(records) // number))).sort()


def _rows(path: Path, records: pl.Series, columns: list[str] | None = None) -> pl.DataFrame:
    """These records of an artefact, in its order."""
    whole = pl.scan_parquet(path, glob=False)
    chosen = whole if columns is None else whole.select(columns)
    return chosen.filter(pl.col("record").is_in(records.implode())).collect()
