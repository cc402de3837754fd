"""Expectations of Great Expectations that say what they are once, and metrics of which each answers for itself.

One validation asks every expectation a hundred times for its configuration, which GX makes anew each time and of which
it then makes a new expectation; and it plans for every metric the steps by which pandas would compute it. A rule does
not change while it is judged, and the verdict computes nothing, so neither is needed. What stock GX does with a rule
and with the counts is left as it is: it decides, and the result is its own.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from great_expectations.compatibility.pydantic import PrivateAttr
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metrics.metric_provider import MetricProvider
from great_expectations.expectations.registry import get_expectation_impl, get_metric_kwargs, register_metric


class Configuration(ExpectationConfiguration):
    """A configuration that knows the expectation it was made of; a copy of it, which GX then changes, does not."""

    expectation: Any = None
    kind: type[Any]

    @classmethod
    def of(cls, expectation: Any, made: ExpectationConfiguration) -> Configuration:
        """The same as ``made``, which GX made of ``expectation``."""
        known = cls.__new__(cls)
        known.__dict__ = {**made.__dict__, "expectation": expectation, "kind": type(expectation)}
        return known

    def to_domain_obj(self) -> Any:
        """The expectation; of a copy, a new one of the same class."""
        return super().to_domain_obj() if self.expectation is None else self.expectation

    def _get_expectation_impl(self) -> type[Any]:
        return self.kind

    def __deepcopy__(self, memo: object) -> Configuration:
        copied = type(self).__new__(type(self))
        copied.__dict__ = {**self.__dict__, "_kwargs": dict(self._kwargs), "expectation": None}
        return copied


@cache
def implementation(kind: str) -> Any:
    """The class of an expectation type: GX's own but for ``configuration``. GX's registry does not know of it."""
    stock: Any = get_expectation_impl(kind)

    def configuration(self: Any) -> Configuration:
        if self._configuration is None:
            self._configuration = Configuration.of(self, stock.configuration.fget(self))
        made: Configuration = self._configuration
        return made

    members = {
        "__module__": __name__,
        "configuration": property(configuration),
        "_configuration": PrivateAttr(default=None),
        "is_abstract": classmethod(lambda cls: True),  # such classes are not registered
        "_register_renderer_functions": classmethod(lambda cls: None),
    }
    return type(stock)(stock.__name__, (stock,), members)


class Alone(MetricProvider):
    """A metric that needs no other."""

    @classmethod
    def _get_evaluation_dependencies(cls, *asked: object, **named: object) -> dict[str, Any]:
        return {}


@cache
def answers_for_itself(metric: str, engine: type[Any]) -> None:
    """Tell GX that ``engine`` has ``metric`` as it is, without the steps by which pandas would come to it."""
    registered: Any = get_metric_kwargs(metric)
    domain, value = registered["metric_domain_keys"], registered["metric_value_keys"]
    register_metric(metric, domain, value, engine, Alone, None)
