"""The headers of two columns stand the wrong way round: each has the other's cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from hub.stages.causes.attempt import Attempt, Case
from hub.stages.causes.bench import Bench, Cells

_LOOK = 100  # failing rows by which pairs are found
_FITS = 0.8  # share of filled cells that a kernel must like in the other column
_TRIED = 8  # pairs that are judged over the first failing rows
_JUDGED = 2  # pairs that are judged over all rows


def attempts(case: Case) -> Iterator[Attempt]:
    """The best pair."""
    failing = case.failing
    if not case.order or failing.rows["row__mark"].is_not_null().all():
        return
    few = failing.first(_LOOK)
    likely = sorted(_pairs(case)[:_TRIED], key=lambda pair: -few.passing(_swapped(few, *pair)))
    for first, second in likely[:_JUDGED]:
        # A wrong header is wrong for every row: those that pass now must pass then, too.
        gained = case.whole.passing(_swapped(case.whole, first, second)) - case.whole.height + failing.height
        said = f"{case.label(first)}和{case.label(second)}两列对调后"
        yield case.told("CAU-SWAP", said, gained, (first, second))


def _swapped(bench: Bench, first: str, second: str) -> Mapping[str, Cells]:
    return {first: bench.cells[second], second: bench.cells[first]}


def _pairs(case: Case) -> list[tuple[str, str]]:
    """Pairs that could be swapped, those first that mend most cells of the first rows."""
    some = case.failing.first(_LOOK)
    gains: dict[tuple[str, str], int] = {}
    broken: Mapping[str | None, int] = dict(some.faults.group_by("column").len().iter_rows())
    known: dict[tuple[str, str], int] = {}

    def disliked(name: str, source: str) -> int:
        if (name, source) not in known:
            known[name, source] = some.disliked(name, some.cells[source])
        return known[name, source]

    names = [column.name for column in case.contract.columns]
    for first, second in combinations(names, 2):
        if not broken.get(first) and not broken.get(second):
            continue
        now = disliked(first, first) + disliked(second, second)
        then = disliked(first, second) + disliked(second, first)
        if not _exchanges(some, first, second):
            continue
        # A free text takes anything: that it fits says nothing.
        told = any(
            case.contract.column(name).kernel != "text" and disliked(name, other) < disliked(name, name)
            for name, other in ((first, second), (second, first))
        )
        kin = _kin(case, first, second)
        if (told and now - then >= _FITS * now) or (kin and then <= now and (broken.get(first) or broken.get(second))):
            gains[first, second] = now - then
    return sorted(gains, key=lambda pair: (-gains[pair], names.index(pair[0]), names.index(pair[1])))


def _kin(case: Case, first: str, second: str) -> bool:
    """Whether one kernel reads both columns: then only rules on several columns can tell them apart."""
    one, other = case.contract.column(first), case.contract.column(second)
    return one.kernel == other.kernel and one.kernel != "text"


def _exchanges(bench: Bench, first: str, second: str) -> bool:
    """Whether wrong cells would be exchanged for others, and not merely put where nobody asks for them."""
    for name, other in ((first, second), (second, first)):
        wrong = int((bench.marks(name) != "").sum())
        if 2 * _filled(bench, other) < wrong:
            return False
    return _filled(bench, first) + _filled(bench, second) > 0


def _filled(bench: Bench, name: str) -> int:
    return bench.height - bench.cells[name].text.null_count()
