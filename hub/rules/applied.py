"""The suite as it applies to one delivery: parameters become numbers, what cannot be asked yet is left out and named.

Done before rules are compiled and before Great Expectations sees them, so both judge the same rules.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from hub.contract.marks import KNOWN
from hub.contract.model import Rule, Suite
from hub.contract.parameters import parameters, read_parameter
from hub.rules.conditions import columns_of


@dataclass(frozen=True, slots=True)
class Applied:
    """The suite that is judged, and the rules that are not, each with what is missing (a fact, or a column)."""

    suite: Suite
    left_out: tuple[tuple[Rule, str], ...]

    def told(self) -> list[str]:
        """The rules left out, for the record of the stage: ``MAC-VOLUME: recent_rows_median``."""
        return [f"{rule.meta['code']}: {missing}" for rule, missing in self.left_out]


def applied(suite: Suite, facts: Mapping[str, object], columns: Collection[str]) -> Applied:
    """Put ``facts`` in place of parameters; ``columns`` are those of the table that is judged.

    A rule needs every fact that it names, and the columns that come from the ledger (``…__known``).
    """
    kept: list[Rule] = []
    left_out: list[tuple[Rule, str]] = []
    for rule in suite.rules:
        read = {key: read_parameter(text) for key, text in parameters(rule.kwargs)}
        missing = [each.name for each in read.values() if each.name not in facts]
        missing += [
            value
            for value in rule.kwargs.values()
            if isinstance(value, str) and value.endswith(KNOWN) and value not in columns
        ]
        missing += [
            name
            for name in columns_of(rule.kwargs.get("row_condition"))
            if name.endswith(KNOWN) and name not in columns
        ]
        if missing:
            left_out.append((rule, missing[0]))
        elif read:
            values = {key: parameter.value(facts[parameter.name]) for key, parameter in read.items()}
            kept.append(replace(rule, kwargs={**rule.kwargs, **values}))
        else:
            kept.append(rule)
    return Applied(Suite(suite.name, tuple(kept)), tuple(left_out))
