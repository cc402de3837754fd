"""What Great Expectations asks, answered from a verdict. Nothing is computed here, and nothing is guessed.

Keys are made by GX itself from the very expectations that it is about to validate, so a question is either known word
by word or it is refused (``LookupError``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from hub.rules.conditions import spelled
from hub.rules.figures import Counts, Figures
from hub.rules.verdict import Verdict

_LATER = ("condition", "map", "aggregate_fn", "unexpected_index_query")  # steps of GX that have no value here
_IGNORED = ("batch_id", "table", "condition_parser", "result_format")
_NULLS = "column_values.nonnull"
_LENGTHS = "column_values.value_length"


class Answers:
    """The answers to one validation: by metric name, domain and arguments."""

    def __init__(self, verdict: Verdict, expectations: Iterable[Any], columns: Iterable[str]) -> None:
        """``expectations``: GX objects in the order of the verdict's rules; ``columns``: names of the table."""
        self._columns = list(columns)
        self._known: dict[tuple[str, str, str], object] = {}
        self._steps: set[str] = {f"{_LENGTHS}.map"}
        for number, (expectation, counts) in enumerate(zip(expectations, verdict.counts, strict=True)):
            self._learn(expectation, counts, verdict.figures.get(number))

    def __deepcopy__(self, memo: object) -> Answers:
        """Pandas copies the attributes of a frame at every turn; answers never change."""
        return self

    def answer(self, metric: Any) -> object:
        """The value of one ``MetricConfiguration``; ``LookupError`` when the verdict does not hold it."""
        name = metric.metric_name
        if name == "table.columns":
            return self._columns
        if name == "table.column_types":
            return [{"name": column, "type": "unknown"} for column in self._columns]
        if name in self._steps:
            return None
        return self._known[_key(name, metric.metric_domain_kwargs, metric.metric_value_kwargs)]

    def _learn(self, expectation: Any, counts: Counts, figures: Figures | None) -> None:
        from great_expectations.expectations.registry import get_metric_kwargs

        configuration = expectation.configuration

        def learn(metric: str, value: object) -> None:
            asked = get_metric_kwargs(metric, configuration=configuration, runtime_configuration={})
            self._known[_key(metric, asked["metric_domain_kwargs"], asked["metric_value_kwargs"])] = value

        learn("table.row_count", counts.inside)
        for metric, value in figures.metrics.items() if figures is not None else ():
            learn(metric, value)
        map_metric = getattr(expectation, "map_metric", None)
        if map_metric is None:
            return
        self._steps.update(f"{map_metric}.{step}" for step in _LATER)
        learn(f"{map_metric}.unexpected_count", counts.violated)
        learn(f"{map_metric}.unexpected_values", [])  # so that no identifier ever enters GX
        if not hasattr(expectation, "column"):
            learn(f"{map_metric}.filtered_row_count", counts.considered)
            return
        self._steps.update(f"{_NULLS}.{step}" for step in _LATER)
        if map_metric == "column_values.null":  # violated are those that are not null
            learn(f"{_NULLS}.unexpected_count", counts.inside - counts.violated)
        elif map_metric != _NULLS:
            learn(f"{_NULLS}.unexpected_count", counts.missing)


def _key(name: str, domain: Mapping[str, object], arguments: Mapping[str, object]) -> tuple[str, str, str]:
    kept = {key: value for key, value in domain.items() if key not in (*_IGNORED, "row_condition")}
    return name, _spelled({**kept, "row_condition": spelled(domain.get("row_condition"))}), _spelled(arguments)


def _spelled(given: Mapping[str, object]) -> str:
    kept = {key: value for key, value in given.items() if key not in _IGNORED and value is not None}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, default=str)
