"""Try the catalogue of causes in its fixed order, and keep those that explain a good part of what failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import polars as pl

from hub.contract.model import Contract
from hub.findings import notice
from hub.receipts.parts import Cause
from hub.receipts.wording import filled as worded
from hub.stages.causes import damage, dates, encoding, layout, lists, money, offset, shift, swap
from hub.stages.causes.attempt import Attempt, Case
from hub.stages.causes.bench import Bench
from hub.stages.causes.grid import split
from hub.stages.causes.sample import MOST
from hub.stages.causes.text import File, written

# The simplest change first: it is told first of those that mend as much. What must be exported again goes last.
OF_ROWS = (
    *(encoding.attempts, shift.attempts, swap.attempts, offset.attempts, dates.attempts, money.attempts),
    *(damage.cut, lists.attempts, damage.by_excel, damage.empty),
)
OF_FILES = (encoding.of_file, layout.delimiters, layout.header, layout.quotes)

MENDABLE = frozenset({"FIL-ENCODING", "FIL-LINES", "HDR-MISSING", "HDR-PLACE", "HDR-SHIFT"})
LEAST = 0.2  # share of the failing rows that a cause must explain
WHOLLY = 0.8  # share that a cause explains beyond doubt: nothing further is tried
TOLD = 3  # causes in a receipt


def of_rows(case: Case, rows: int) -> tuple[Cause, ...]:
    """Causes of a file of ``rows`` rows, of which ``case`` holds a sample; the likeliest first."""
    if not case.failing.height:
        return ()
    found: list[Attempt] = []
    for tried in OF_ROWS:
        found += tried(case)
        if max((one.gained for one in found), default=0) >= WHOLLY * case.failing.height:
            break
    return _told(found, case.failing.height, rows)


def of_file(file: File, rows: int) -> tuple[Cause, ...]:
    """Causes of a text file of ``rows`` lines that was refused."""
    found = [attempt for tried in OF_FILES for attempt in tried(file)]
    found += _of_shift(file) if "HDR-SHIFT" in file.codes and not found else []
    return _told(found, max((one.of for one in found), default=0), rows)


def _of_shift(file: File) -> list[Attempt]:
    """Lines wider or narrower than the header: every line is a row that could not be cut into cells."""
    lines = file.lines
    place = max(range(min(len(lines), 21)), key=lambda line: file.headers(split(lines[line], file.delimiter)))
    header = lines[place]
    body = [line for line in lines[place + 1 :] if line.strip(f"{file.delimiter} \t\u3000")]
    nothing = pl.Series([None] * len(body), dtype=pl.String)
    numbers = pl.Series(range(1, len(body) + 1), dtype=pl.Int64)
    frame = {"record": numbers, "row": numbers, **{column.name: nothing for column in file.contract.columns}}
    marks = pl.Series(["ROW-RAGGED"] * len(body), dtype=pl.String)
    bench = Bench(file.judge, pl.DataFrame(frame | {"row__mark": marks, "row__text": body, "row__types": nothing}))
    case = Case(
        file.contract, bench, lambda: order_of(file.contract, header, file.delimiter, file.reread), file.delimiter
    )
    return list(shift.attempts(case)) if case.order else []


def order_of(
    contract: Contract, header: str, delimiter: str, reread: Callable[[bytes], pl.DataFrame | None]
) -> Sequence[str | None]:
    """Which column stands where below ``header``: the reader itself says it, of a row that holds its own positions."""
    cells = split(header, delimiter)
    rows = reread(("\n".join(written([cells, [str(place) for place in range(len(cells))]])) + "\n").encode())
    if rows is None or rows.is_empty():
        return ()
    places = {rows[column.name][0]: column.name for column in contract.columns}
    return [places.get(str(place)) for place in range(len(cells))]


def _told(attempts: Iterable[Attempt], failing: int, rows: int) -> tuple[Cause, ...]:
    """The best attempt of each code that explains enough, by rows; what comes first in the catalogue, of equals."""
    best: dict[str, Attempt] = {}
    for attempt in attempts:
        if attempt.gained < max(LEAST * failing, 1):
            continue
        if attempt.code not in best or attempt.gained > best[attempt.code].gained:
            best[attempt.code] = attempt
    ranked = sorted(best.values(), key=lambda one: -one.gained)  # sorting is stable
    return tuple(_cause(attempt, rows) for attempt in ranked[:TOLD])


def _cause(attempt: Attempt, rows: int) -> Cause:
    said = ""
    if attempt.would_pass is not None:
        scope = "，抽查的" if rows > MOST else ""
        said = f"{attempt.said}{scope} {attempt.of} 行中 {attempt.would_pass} 行可通过。"
    entry = notice(attempt.code)
    detail = worded(entry.why, detail=said + attempt.note)
    return Cause(attempt.code, entry.title, detail, entry.fix, attempt.would_pass, attempt.of, attempt.columns)
