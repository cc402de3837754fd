"""Cells from some column on stand one or more columns too far right or left; or the last ones are missing.

Where the shift begins is found by the kernels: before it they like the cells where they are, behind it they like those
beside them. Among columns of free text the beginning cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import polars as pl

from hub.stages.causes.attempt import Attempt, Case
from hub.stages.causes.bench import Cells
from hub.stages.causes.grid import Grid, grids

_LOOK = 200  # rows by which a beginning is guessed
_FARTHEST = 3  # columns
_FEWEST_MOVED = 3  # filled columns that a shift moves; fewer are some other fault
_BLANK = 0.9  # share of empty cells in a column that counts as empty
_NOISE = 0.05  # share of rows by which two beginnings may differ and still both be likely
_TRIED = 10  # beginnings that are judged


def attempts(case: Case) -> Iterator[Attempt]:
    """For every group of rows of one width, the best place for a shift in each direction."""
    for grid in grids(case):
        steps = [1, -1] if not grid.surplus else [grid.surplus][: abs(grid.surplus) <= _FARTHEST]
        found = [attempt for step in steps for attempt in _of(case, grid, step)]
        yield from sorted(found, key=lambda one: -one.gained)[:1]


@dataclass(frozen=True, slots=True)
class _Shift:
    """Where it begins, how far it went (right: positive), and whether the first cells are pieces of one text."""

    begin: int
    step: int
    joined: bool = False


def _of(case: Case, grid: Grid, step: int) -> Iterator[Attempt]:
    """The shift by ``step`` that mends most, if any can be."""
    few = replace(grid, bench=grid.bench.first(_LOOK), cells=[cells.head(_LOOK) for cells in grid.cells])
    likely = [(_mended(case, few, shift), shift) for shift in _likely(case, few, step)]
    if not likely:
        return
    most = max(mended for mended, _ in likely)
    best = [shift for mended, shift in likely if mended == most]
    # Nothing tells the beginning among texts; a cell that was pushed in is mostly an empty one.
    pushed = next((one for one in reversed(best) if step > 0 and _is_blank(few, one.begin)), None)
    shift = pushed or best[-1]
    mended = _mended(case, grid, shift)
    moved = [name for name in case.order[shift.begin :] if name is not None]
    lost = [name for name in case.order[shift.begin : shift.begin - step] if name is not None]
    if step < 0 and shift.begin - step == len(case.order) and grid.surplus:
        said = f"在每行末尾补上缺少的{case.labels(lost) if lost else '格'}后"
        yield case.told("CAU-CUT", said, mended, tuple(lost))
    elif moved:
        back = "左" if step > 0 else "右"
        width = {1: "一", 2: "两", 3: "三"}[abs(step)]
        near = "前后" if pushed is None and best[0].begin != best[-1].begin else ""
        said = f"从第{shift.begin + 1}列{case.label(moved[0])}{near}起{back}移{width}格后"
        yield case.told("CAU-SHIFT", said, mended, tuple(moved), "缺掉的一格要从原系统补上。" if step < 0 else "")


def _mended(case: Case, grid: Grid, shift: _Shift) -> int:
    """How many rows pass when the shift is undone; of a cell that is lost nothing is asked."""
    lost = [name for name in case.order[shift.begin : shift.begin - shift.step] if name is not None]
    excused = grid.bench.rows.select("record").join(pl.DataFrame({"column": lost}), how="cross") if lost else None
    return grid.bench.passing(_moved(case, grid, shift), readable=bool(grid.surplus), excused=excused)


def _moved(case: Case, grid: Grid, shift: _Shift) -> Mapping[str, Cells]:
    """Every column with the cells that it would have, were the shift undone."""
    changes = {}
    for place, name in enumerate(case.order):
        if name is None or (place < shift.begin and not grid.surplus):
            continue
        changes[name] = grid.at(_source(place, shift.begin, shift.step))
        if shift.joined and place == shift.begin:
            changes[name] = _joined([grid.at(place + more) for more in range(shift.step + 1)])
    return changes


def _source(place: int, begin: int, step: int) -> int | None:
    """Where the cell of the column at ``place`` stands; None where it is lost."""
    if place < begin:
        return place
    return None if step < 0 and place < begin - step else place + step


def _joined(parts: Sequence[Cells]) -> Cells:
    """The pieces of a text that a delimiter within it has cut: joined by it again, empty pieces left out."""
    texts = pl.DataFrame({str(number): part.text for number, part in enumerate(parts)})
    joined = texts.select(pl.concat_str(pl.all(), separator="，", ignore_nulls=True)).to_series()
    return Cells(pl.select(pl.when(joined != "").then(joined)).to_series())


def _likely(case: Case, grid: Grid, step: int) -> list[_Shift]:
    """The beginnings with the fewest cells that the kernels dislike, in the order of the file."""
    order = case.order
    width = len(order)

    def disliked(place: int, source: int | None) -> int:
        name = order[place]
        return 0 if name is None else grid.bench.disliked(name, grid.at(source))

    here = [disliked(place, place) for place in range(width)]
    there = [disliked(place, place + step) for place in range(width)]
    before = [0, *accumulate(here)]
    behind = [*accumulate(reversed(there), initial=0)][::-1]
    gap = max(-step, 0)
    costs = {
        begin: before[begin] + behind[min(begin + gap, width)]
        for begin in range(width)
        if grid.surplus or _can_begin(case, grid, begin, step)
    }
    least = min(costs.values(), default=0)
    if not costs or (not grid.surplus and 2 * least > sum(here)):
        return []
    near = least + _NOISE * grid.bench.height
    begins = sorted(sorted(begin for begin, cost in costs.items() if cost <= near), key=lambda begin: costs[begin])
    found = [_Shift(begin, step) for begin in sorted(begins[:_TRIED])]
    texts = [one for one in found if step > 0 and not _is_blank(grid, one.begin)]
    return [*(replace(one, joined=True) for one in texts), *found]


def _can_begin(case: Case, grid: Grid, begin: int, step: int) -> bool:
    """Whether a shift among rows of the right width moves cells instead of dropping them."""
    moved = [place + step for place in range(begin + max(-step, 0), len(case.order))]
    filled = sum(not _is_blank(grid, place) for place in moved)
    # To the left: what was last has left an empty cell.
    return filled >= _FEWEST_MOVED and (step > 0 or _is_blank(grid, len(case.order) - 1))


def _is_blank(grid: Grid, place: int) -> bool:
    cells = grid.at(place).text
    return cells.null_count() >= _BLANK * len(cells)
