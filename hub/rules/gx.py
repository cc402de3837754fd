"""Great Expectations with our own source of metrics. Importing this module imports GX (seconds, 266 MB): do it late.

Written against great-expectations 1.24.1, whose metric names are half internal: the lock pins it exactly.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable
from functools import cache
from threading import Lock
from typing import Any, Literal

import hub.rules.engine  # first of all: it switches the analytics of GX off

# isort: split
import great_expectations as gx
import pandas as pd
from great_expectations.compatibility.pydantic import ValidationError
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.datasource.fluent.pandas_datasource import PandasDatasource
from great_expectations.exceptions.exceptions import MetricResolutionError
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.registry import get_expectation_impl

import hub.rules.own  # noqa: F401 -- registers our own expectations
from hub.contract.model import Rule
from hub.errors import FixConfiguration
from hub.rules.answers import Answers
from hub.rules.expectations import answers_for_itself

_ONE_AT_A_TIME = Lock()  # an execution engine of GX has one active batch


class VerdictExecutionEngine(PandasExecutionEngine):
    """Answers every metric from the verdict. Based on pandas because GX finds metric providers along the base classes;
    none of them runs.
    """

    def resolve_metrics(
        self,
        metrics_to_resolve: Iterable[Any],
        metrics: Any = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> dict[Any, Any]:
        """Values by metric id. ``MetricResolutionError`` fails only the rules that asked what nobody knows; any other
        exception would lose all results.
        """
        batch: Any = self.batch_manager.active_batch_data
        answers: Answers = batch.dataframe.attrs["answers"]
        known: dict[Any, Any] = {}
        unknown = []
        for metric in metrics_to_resolve:
            try:
                known[metric.id] = answers.answer(metric)
            except LookupError:
                unknown.append(metric)
        if unknown:
            names = ", ".join(sorted({metric.metric_name for metric in unknown}))
            raise MetricResolutionError(message=f"the verdict has no answer for {names}", failed_metrics=tuple(unknown))
        return known


class HubDatasource(PandasDatasource):
    """A data source of GX whose batches are verdicts; its ``type`` registers ``add_hub_verdict``."""

    type: Literal["hub_verdict"] = "hub_verdict"  # type: ignore[assignment]  # GX registers by this

    @property
    def execution_engine_type(self) -> builtins.type[VerdictExecutionEngine]:
        """Which engine GX asks."""
        return VerdictExecutionEngine


def expectation(rule: Rule, number: int, implementation: Callable[[str], Any] = get_expectation_impl) -> Any:
    """The GX expectation of ``rule``; its meta holds ``rule``, the place in the suite, by which results are matched.

    ``implementation`` gives the class of a type: GX's own, or the one of ``hub.rules.expectations``, which is quicker.
    Raises ``FixConfiguration`` when GX does not take the arguments.
    """
    try:
        return implementation(rule.type)(**rule.kwargs, severity=rule.severity, meta={**rule.meta, "rule": number})
    except ValidationError as error:
        raise FixConfiguration(f"rule {number} {rule.type}: {error}") from error


def run(name: str, expectations: list[Any], answers: Answers) -> dict[str, Any]:
    """Let GX validate ``expectations`` against ``answers``: its native result as JSON, format BASIC."""
    frame = pd.DataFrame()
    frame.attrs["answers"] = answers
    with _ONE_AT_A_TIME:
        for metric in answers.metrics:
            answers_for_itself(metric, VerdictExecutionEngine)
        batch = _batches().get_batch(batch_parameters={"dataframe": frame})
        suite = gx.ExpectationSuite(name=name, expectations=expectations)
        result: Any = batch.validate(suite, result_format="BASIC")
    return dict(result.to_json_dict())


@cache
def _batches() -> BatchDefinition[Any]:
    """One ephemeral context for each process: nothing on disk, no progress bars."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source: HubDatasource = context.data_sources.add_hub_verdict("hub")
    return source.add_dataframe_asset("delivery").add_batch_definition_whole_dataframe("verdict")
