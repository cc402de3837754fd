"""The only list of expectation types that the hub can judge: the arguments that each takes, and what it means.

A new kind of rule is one function in ``of_rows``, ``of_columns`` or ``of_batch``, one line here, and one entry in
``tests/hub/rules/test_generated_suites.py``, by which it is held against stock Great Expectations. Types that Great
Expectations does not have stand in ``own/``.
"""

from __future__ import annotations

from collections.abc import Mapping

from hub.rules import of_batch, of_columns, of_rows
from hub.rules.meaning import MAP, RANGE, TABLE, MeaningOf

_ONE = MAP | {"column"}
_PAIR = MAP | {"column_A", "column_B", "ignore_row_if"}
_LIST = MAP | {"column_list", "ignore_row_if"}
_COLUMN = TABLE | {"column"}

MEANINGS: Mapping[str, tuple[frozenset[str], MeaningOf]] = {
    "expect_column_values_to_not_be_null": (_ONE, of_rows.not_be_null),
    "expect_column_values_to_be_null": (_ONE, of_rows.be_null),
    "expect_column_values_to_be_in_set": (_ONE | {"value_set"}, of_rows.in_set(True)),
    "expect_column_values_to_not_be_in_set": (_ONE | {"value_set"}, of_rows.in_set(False)),
    "expect_column_values_to_match_regex": (_ONE | {"regex"}, of_rows.regex(True)),
    "expect_column_values_to_not_match_regex": (_ONE | {"regex"}, of_rows.regex(False)),
    "expect_column_values_to_be_between": (_ONE | RANGE, of_rows.between),
    "expect_column_value_lengths_to_be_between": (_ONE | RANGE, of_rows.lengths),
    "expect_column_values_to_be_unique": (_ONE, of_rows.unique),
    "expect_column_pair_values_to_be_equal": (_PAIR, of_columns.pair_equal),
    "expect_column_pair_values_a_to_be_greater_than_b": (_PAIR | {"or_equal"}, of_columns.pair_greater),
    "expect_compound_columns_to_be_unique": (_LIST, of_columns.compound_unique),
    "expect_multicolumn_values_to_not_be_all_null": (_LIST, of_columns.not_all_null),
    "expect_multicolumn_total_to_equal_sum_of_parts": (_LIST, of_columns.total_of_parts),
    "expect_table_row_count_to_be_between": (TABLE | RANGE, of_batch.row_count),
    "expect_table_repeated_row_share_to_be_between": (RANGE | {"repeated_rows"}, of_batch.repeated_share),
    "expect_column_proportion_of_non_null_values_to_be_between": (_COLUMN | RANGE, of_batch.filled_share),
    "expect_column_unique_value_count_to_be_between": (_COLUMN | RANGE, of_batch.distinct_count),
    "expect_column_distinct_values_to_contain_set": (_COLUMN | {"value_set"}, of_batch.contain_set),
    "expect_column_sequence_gaps_to_be_between": (_COLUMN | RANGE, of_batch.no_gaps),
}
