"""What a file of withdrawals (撤回) must hold: the natural key, and nothing else that a record once had to fulfil.

A withdrawal is never refused for old faults of quality: somebody asks that a record be no longer seen.
"""

from __future__ import annotations

from dataclasses import replace

from hub.contract.model import Contract, Suite

KEY_RULE = "DUP-CONFLICT"


def rules_of(mode: str, contract: Contract, suite: Suite) -> tuple[Contract, Suite]:
    """What a delivery of a mode is read and judged by: less for a withdrawal, all for any other."""
    return (_of_keys(contract), _suite_of_keys(contract, suite)) if mode == "withdrawal" else (contract, suite)


def _of_keys(contract: Contract) -> Contract:
    """The same contract, with no column required but those of the natural key."""
    columns = (replace(one, required=one.required and one.primary_key) for one in contract.columns)
    return replace(contract, columns=tuple(columns), refuse_above=1.0)


def _suite_of_keys(contract: Contract, suite: Suite) -> Suite:
    """The rules that speak of the natural key alone."""
    keys = set(contract.key)
    return Suite(
        suite.name,
        tuple(one for one in suite.rules if one.meta.get("column") in keys or one.meta["code"] == KEY_RULE),
    )
