"""What is told of the sheet that was read: merged cells, hidden rows and columns, values from other files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from hub.contract.model import Contract
from hub.findings import Finding
from hub.stages.formats.headers import Header
from hub.stages.formats.sheet_facts import Area, Facts, Span, letters

_MOST = 10  # places named in one finding


def findings_of(
    contract: Contract, header: Header, facts: Facts, last: int, closing: Collection[int]
) -> tuple[Finding, ...]:
    """SHT-MERGED, SHT-HIDDEN, SHT-FORMULA and SHT-EXTERNAL where they concern what was read: the columns of the
    contract in the rows from below the header to ``last``, less the footers."""
    labels = {header.places[each.name] + 1: each.label for each in contract.columns if each.name in header.places}
    rows = (header.row + 1, last)
    merged = [area for area in facts.merged if _matters(area, labels, rows, closing)]
    spans = [(max(a, rows[0]), min(b, rows[1])) for a, b in facts.hidden_rows if b >= rows[0] and a <= rows[1]]
    columns = [number for number in sorted(labels) if any(a <= number <= b for a, b in facts.hidden_columns)]
    hidden = _hidden(spans, [f"{letters(number)}列“{labels[number]}”" for number in columns])
    found = []
    if merged:
        found.append(Finding("SHT-MERGED", row=merged[0].top, detail=_list([str(area) for area in merged], "处")))
    if hidden:
        found.append(Finding("SHT-HIDDEN", row=spans[0][0] if spans else None, detail=hidden))
    empty = sorted((r, c) for r, c in facts.doubtful if c in labels and rows[0] <= r <= last and r not in closing)
    if empty:
        cells = [f"{letters(column)}{row}" for row, column in empty]
        found.append(Finding("SHT-FORMULA", row=empty[0][0], detail=_list(cells, "格")))
    if facts.external:
        found.append(Finding("SHT-EXTERNAL"))
    return tuple(found)


def _matters(area: Area, columns: Iterable[int], rows: Span, closing: Collection[int]) -> bool:
    """Whether a merged area hides cells of the data: not in a title, a header or a footer alone."""
    top, bottom = max(area.top, rows[0]), min(area.bottom, rows[1])
    if top > bottom or all(row in closing for row in range(top, min(bottom, top + len(closing)) + 1)):
        return False
    return any(area.left <= column <= area.right for column in columns)


def _hidden(spans: Sequence[Span], columns: Sequence[str]) -> str:
    parts = []
    if spans:
        named = [f"第{a}行" if a == b else f"第{a}至{b}行" for a, b in spans[:_MOST]]
        count = sum(b - a + 1 for a, b in spans)
        more = "等" if len(spans) > _MOST else ""
        parts.append("、".join(named) + more + (f"，共{count}行" if count > 1 else ""))
    if columns:
        parts.append(_list(columns, "列"))
    return "；".join(parts)


def _list(names: Sequence[str], unit: str) -> str:
    return "、".join(names[:_MOST]) + (f"等{len(names)}{unit}" if len(names) > _MOST else "")
