"""Amounts in another unit than the column's: 元 where 万元 is agreed, or with the unit written behind the number."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import polars as pl

from hub.stages.causes.attempt import Attempt, Case
from hub.stages.causes.bench import Cells

_FEN = {"fen": 1, "yuan": 100, "wanyuan": 1_000_000}  # 分 in each unit
_WORDS = {"yuan": "元", "wanyuan": "万元", "fen": "分"}  # the likeliest first
_NUMBER = r"^\s*([0-9０-９]{1,3}(?:[,，][0-9０-９]{3})+|[0-9０-９]+)((?:[.．][0-9０-９]+)?)\s*(万元|元|圆|分)?整?\s*$"
_SPELLED = {"万元": "wanyuan", "元": "yuan", "圆": "yuan", "分": "fen"}
_MUCH = 0.2  # share of a column's filled cells that must be in trouble


def attempts(case: Case) -> Iterator[Attempt]:
    """The unit that mends most, the columns in trouble together."""
    names = [
        column.name for column in case.contract.columns if column.kernel == "money" and _troubled(case, column.name)
    ]
    if not names:
        return
    found = [_as_written(case, names), *(_from(case, names, unit) for unit in _WORDS)]
    yield from sorted((one for one in found if one is not None), key=lambda one: -one.gained)[:1]


def _troubled(case: Case, name: str) -> bool:
    faults = case.whole.faults
    bad = faults.filter((pl.col("column") == name) & pl.col("code").str.starts_with("MON-"))["record"].n_unique()
    filled = case.whole.height - case.whole.cells[name].text.null_count()
    return bad > 0 and bad >= _MUCH * filled


def _unit(case: Case, name: str) -> str:
    return str(case.contract.column(name).options.get("unit"))


def _from(case: Case, names: list[str], unit: str) -> Attempt | None:
    """The plain numbers of the failing rows, taken as amounts in ``unit``."""
    changes = {}
    for name in names:
        own = _unit(case, name)
        if own in _FEN and own != unit:
            changes[name] = _converted(case.failing.cells[name], unit, own, spelled=False)
    if not changes:
        return None
    own = _WORDS[_unit(case, next(iter(changes)))]
    said = f"{case.labels(list(changes))}的数字按“{_WORDS[unit]}”换算成“{own}”后"
    return case.tried("CAU-UNIT", said, changes)


def _as_written(case: Case, names: list[str]) -> Attempt | None:
    """Amounts with their unit behind them, converted by what is written."""
    changes = {}
    for name in names:
        cells = case.failing.cells[name]
        if _unit(case, name) in _FEN and cells.text.str.contains("[元圆分]").any():
            changes[name] = _converted(cells, None, _unit(case, name), spelled=True)
    if not changes:
        return None
    return case.tried("CAU-UNIT", f"{case.labels(list(changes))}去掉单位文字、换算以后", changes)


def _converted(cells: Cells, unit: str | None, own: str, *, spelled: bool) -> Cells:
    """Exact arithmetic on each distinct amount; what is no amount stays as it is."""
    distinct = cells.text.drop_nulls().unique()
    groups = distinct.str.extract_groups(_NUMBER)
    results: dict[str, str] = {}
    for text, parts in zip(distinct, groups, strict=True):
        whole, fraction, word = parts["1"], parts["2"], parts["3"]
        if whole is None or (word is not None) is not spelled:
            continue
        source = _FEN[_SPELLED[word] if word else str(unit)]
        plain = f"{whole}{fraction or ''}".translate(_NARROW)
        results[text] = f"{Decimal(plain) * source / _FEN[own]:f}"
    if not results:
        return cells
    fits = cells.text.is_in(list(results)).fill_null(False)
    return cells.where(fits, cells.text.replace_strict(results, default=None, return_dtype=pl.String))


_NARROW = str.maketrans("０１２３４５６７８９．", "0123456789.", ",，")
