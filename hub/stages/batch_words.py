"""What a rule on the batch found, in the words of a clerk: numbers against numbers, and what is absent.

| rule | said |
|---|---|
| rows, with history | 本批12行，往常约200行 |
| rows, repeated rows | 本批12行，应至少50行 · 重复行占31.0%，应至多20.0% |
| share of filled cells | 填了41.0%，应至少50.0% |
| a set of values, a series of numbers | 共2个，三河农场、淮化集团 · 共3个，例如（2026）第45至47号 |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.contract.model import Column, Rule
from hub.kernels.masking import mask_by_class
from hub.rules.figures import Figures

SHOWN = 10  # absent values named


def told(
    rule: Rule,
    result: Mapping[str, Any],
    figures: Figures | None,
    facts: Mapping[str, object],
    column: Column | None,
) -> str | None:
    """The detail of a finding; ``result`` is Great Expectations' own, None when there is nothing to say."""
    if figures is not None and figures.absent:
        return _absent(rule, figures, column)
    observed = result.get("observed_value")
    if rule.type == "expect_table_row_count_to_be_between":
        usual = facts.get("recent_rows_median")
        return f"本批{observed}行，" + (f"往常约{usual:g}行" if usual is not None else _bounds(rule, "{:g}行"))
    if rule.type == "expect_table_repeated_row_share_to_be_between":
        return f"重复行占{observed:.1%}，{_bounds(rule, '{:.1%}')}"
    if rule.type == "expect_column_proportion_of_non_null_values_to_be_between":
        return f"填了{observed:.1%}，{_bounds(rule, '{:.1%}')}"
    if isinstance(observed, int | float):
        return f"有{observed:g}个，{_bounds(rule, '{:g}个')}"
    share, mostly = result.get("unexpected_percent_nonmissing", result.get("unexpected_percent")), _mostly(rule)
    return None if share is None else f"{100 - share:.1f}%的行符合，应至少{mostly:.1%}"


def _mostly(rule: Rule) -> float:
    mostly = rule.kwargs.get("mostly", 1)
    return float(mostly) if isinstance(mostly, int | float) else 1.0


def _bounds(rule: Rule, form: str) -> str:
    low, high = rule.kwargs.get("min_value"), rule.kwargs.get("max_value")
    parts = [f"应至少{form.format(low)}"] if low is not None else []
    parts += [f"应至多{form.format(high)}"] if high is not None else []
    return "，".join(parts)


def _absent(rule: Rule, figures: Figures, column: Column | None) -> str:
    count = next(value for value in figures.metrics.values() if isinstance(value, int))
    labels = {code.code: code.label for code in column.codes} if column is not None else {}
    # The text around a number comes from cells.
    shown = [
        labels.get(each) or str(mask_by_class(each, column.classification if column else "sensitive"))
        for each in figures.absent
    ]
    few = rule.type == "expect_column_distinct_values_to_contain_set" and len(shown) <= SHOWN
    return f"共{count}个，{'' if few else '例如'}{'、'.join(shown[:SHOWN])}"
