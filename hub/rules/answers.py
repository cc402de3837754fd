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

_IGNORED = ("batch_id", "table", "condition_parser", "result_format")
_NULLS = "column_values.nonnull"


class Answers:
    """The answers to one validation: by metric name, domain and arguments."""

    def __init__(self, verdict: Verdict, expectations: Iterable[Any]) -> None:
        """``expectations``: GX objects in the order of the verdict's rules."""
        self._known: dict[tuple[str, str, str], object] = {}
        for number, (expectation, counts) in enumerate(zip(expectations, verdict.counts, strict=True)):
            self._learn(expectation, counts, verdict.figures.get(number))

    def __deepcopy__(self, memo: object) -> Answers:
        """Pandas copies the attributes of a frame at every turn; answers never change."""
        return self

    def answer(self, metric: Any) -> object:
        """The value of one ``MetricConfiguration``; ``LookupError`` when the verdict does not hold it."""
        return self._known[_key(metric.metric_name, metric.metric_domain_kwargs, metric.metric_value_kwargs)]

    @property
    def metrics(self) -> frozenset[str]:
        """Names of the metrics that have answers."""
        return frozenset(name for name, _, _ in self._known)

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
        learn(f"{map_metric}.unexpected_count", counts.violated)
        learn(f"{map_metric}.unexpected_values", [])  # so that no identifier ever enters GX
        if not hasattr(expectation, "column"):
            learn(f"{map_metric}.filtered_row_count", counts.considered)
            return
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
