"""The suite of a dataset: what follows from the contract, then ``quality[]``, then ``expectations/``.

Kernel marks, filled cells, lengths, patterns, amounts, leaking identity numbers and the natural key are derived here,
so nobody writes them down twice. Everything is a stock Great Expectations rule on the normalised table.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from hub.contract.document import Problems
from hub.contract.leaks import leak_rules
from hub.contract.marks import KNOWN, NEVER_EXCUSED, REPORTED, SEMANTIC_TYPES
from hub.contract.model import Column, Contract, Rule, Suite
from hub.contract.parameters import EARLIEST, KEY
from hub.contract.ruleset import read_expectations
from hub.findings import notice

Json = Mapping[str, object]


def suite(contract: Contract, expectations: Path) -> Suite:
    """All rules of ``contract``; ``FixConfiguration`` when the expectations have mistakes or say something twice."""
    problems = Problems()
    stated = read_expectations(contract.dataset, expectations, {each.name: each for each in contract.columns}, problems)
    rules = (
        *(rule for column in contract.columns for rule in column_rules(column, open_feeds(contract))),
        key_rule(contract),
        *name_rules(contract),
        *late_rules(contract),
        *(Rule(each["type"], each["kwargs"], each["severity"], each["meta"]) for each in contract.quality),  # type: ignore[arg-type]
        *stated,
    )
    seen: dict[str, str] = {}
    for rule in rules:
        source = str(rule.meta["source"])
        words = json.dumps([rule.type, rule.kwargs], ensure_ascii=False, sort_keys=True)
        if words in seen:
            problems.add(source, 1, f"{rule.type} on {rule.meta['column']} is stated by {seen[words]} already")
        seen[words] = source
    problems.refuse(f"the expectations of {contract.dataset} cannot be used")
    return Suite(contract.dataset, rules)


def open_feeds(contract: Contract) -> frozenset[str]:
    """Outlets that show single rows, but never persons: their free text must not name identity numbers."""
    return frozenset(each.outlet for each in contract.lawful if "person" not in each.subjects)


def column_rules(column: Column, public: frozenset[str]) -> Iterator[Rule]:
    """What one column promises by itself."""
    mark = f"{column.name}__mark"
    if column.required:
        # On the mark, because a date that cannot be read is null but not empty.
        yield _rule(
            "expect_column_values_to_not_be_null", "CMP-REQUIRED", column.name, column=mark, row_condition=READABLE
        )
    excuse = _excuse(column)
    for code in SEMANTIC_TYPES[column.kernel].codes:
        condition = excuse if code not in NEVER_EXCUSED else {}
        yield _rule(
            "expect_column_values_to_not_be_in_set", code, column.name, column=mark, value_set=[code], **condition
        )
    # The form of the other kernels says more than a length.
    if column.max_length is not None and (SEMANTIC_TYPES[column.kernel].own_words or excuse):
        yield _rule(
            "expect_column_value_lengths_to_be_between",
            "TXT-LONG",
            column.name,
            column=column.name,
            max_value=column.max_length,
        )
    if column.pattern is not None:
        yield _rule(
            "expect_column_values_to_match_regex", "TXT-PATTERN", column.name, column=column.name, regex=column.pattern
        )
    if column.kernel == "money":
        yield _rule("expect_column_values_to_be_between", "MON-NEGATIVE", column.name, column=column.name, min_value=0)
        if "suspicious_above" in column.options:
            yield _rule(
                "expect_column_values_to_be_between",
                "MON-UNIT",
                column.name,
                column=column.name,
                max_value=column.options["suspicious_above"],
            )
    yield from leak_rules(column, bool(public.intersection(column.disclosure)))
    if column.refers_to is not None:
        yield _known(column.name, "REF-UNKNOWN")


def key_rule(contract: Contract) -> Rule:
    """One record, one row. Rows that lack a required part of the key have another fault and are left out."""
    needed = [column.name for column in contract.columns if column.primary_key and column.required]
    filled = [{"type": "nullity", "column": {"name": f"{name}__mark"}, "is_null": False} for name in needed]
    condition = {"type": "and", "conditions": [READABLE, *filled]} if filled else READABLE
    return _rule("expect_column_values_to_be_unique", "DUP-CONFLICT", None, column="record_id", row_condition=condition)


def name_rules(contract: Contract) -> Iterator[Rule]:
    """One credit code, one name: asked of organisations and sole traders, never of a person, who has no such code."""
    subject = contract.subject
    if subject.organisation_id is not None and subject.name is not None and subject.always != "person":
        mark = {"type": "nullity", "column": {"name": f"{subject.organisation_id}__mark"}, "is_null": False}
        yield _known(subject.name, "CON-NAME-USCC", row_condition=mark)


def late_rules(contract: Contract) -> Iterator[Rule]:
    """A decision is reported within the working days of the contract; what was reported before is not asked again."""
    column = contract.order_by
    if contract.working_days is not None and column is not None:
        known = {"type": "comparison", "column": {"name": f"{column}{KNOWN}"}, "operator": "!=", "parameter": REPORTED}
        yield _rule(
            "expect_column_values_to_be_between",
            "TIM-LATE",
            column,
            column=column,
            min_value={KEY: EARLIEST},
            row_condition=known,
        )


def _known(owner: str, code: str, **condition: object) -> Rule:
    """What the ledger says of a cell is looked up before the rules are judged and stands in a mark of its own."""
    return _rule(
        "expect_column_values_to_not_be_in_set",
        code,
        owner,
        column=f"{owner}{KNOWN}",
        value_set=[code],
        **condition,
    )


# A row that could not be cut into cells is told once, as such, and not again for each cell.
READABLE: Json = {"type": "nullity", "column": {"name": "row__mark"}, "is_null": True}


def _excuse(column: Column) -> dict[str, object]:
    """Row condition under which the form is judged: the column in ``unless`` holds none of its codes."""
    unless = column.options.get("unless")
    if not isinstance(unless, Mapping):
        return {}
    ((other, codes),) = unless.items()
    condition = {"type": "comparison", "column": {"name": other}, "operator": "NOT_IN", "parameter": codes}
    return {"row_condition": condition}


def _rule(kind: str, code: str, owner: str | None, /, **kwargs: object) -> Rule:
    """A derived rule; ``owner`` is the contract column at fault."""
    found = notice(code)
    meta = {"code": code, "column": owner, "dimension": found.dimension, "source": "contract"}
    return Rule(kind, kwargs, found.severity, meta)
