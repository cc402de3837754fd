"""How large a share of the rows repeats earlier ones (重复行占比)."""

from __future__ import annotations

from typing import Any, ClassVar

from great_expectations.expectations.expectation import BatchExpectation


class ExpectTableRepeatedRowShareToBeBetween(BatchExpectation):
    """``repeated_rows`` ÷ (rows of the table + ``repeated_rows``) lies within the bounds.

    Rows that repeat an earlier row of the same delivery are counted once and not judged, so the table lacks them.
    """

    repeated_rows: int | dict[str, Any]
    min_value: float | dict[str, Any] | None = None
    max_value: float | dict[str, Any] | None = None
    strict_min: bool = False
    strict_max: bool = False
    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.row_count",)
    domain_keys: ClassVar[tuple[str, ...]] = ()
    success_keys: ClassVar[tuple[str, ...]] = ("repeated_rows", "min_value", "max_value", "strict_min", "strict_max")

    def _validate(self, metrics: Any, runtime_configuration: Any = None, execution_engine: Any = None) -> Any:
        repeated: Any = self._get_success_kwargs()["repeated_rows"]
        rows = metrics["table.row_count"] + repeated
        metrics = {**metrics, "share": repeated / rows if rows else 0}
        return self._validate_metric_value_between("share", metrics, runtime_configuration, execution_engine)
