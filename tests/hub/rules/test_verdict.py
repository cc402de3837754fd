"""The verdict itself: masks, violations, severities, uniqueness across frames."""

from __future__ import annotations

import polars as pl
import pytest

from hub.rules import repeats
from hub.rules.compile import BITS


def test_rules_beyond_one_word_of_the_mask_keep_their_numbers(rule, judged):
    frame = pl.DataFrame({"record": [5, 7, 9], "a": ["x", None, "y"]})
    rules = [rule("column_values_to_not_be_in_set", column="a", value_set=["x" if n % 2 else "y"]) for n in range(130)]
    verdict = judged(rules, frame, rows=2)
    assert verdict.bad.columns == ["record", *(f"mask_{word}" for word in range(129 // BITS + 1))]
    violations = verdict.violations()
    assert violations.schema == {"record": pl.Int64, "rule": pl.Int32}
    assert violations.rows() == [(5, n) for n in range(1, 130, 2)] + [(9, n) for n in range(0, 130, 2)]


def test_only_bad_rows_are_kept_and_told_apart_by_severity(rule, judged):
    frame = pl.DataFrame({"record": [1, 2, 3, 4], "a": ["x", "y", "z", "w"]})
    rules = [
        rule("column_values_to_not_be_in_set", "critical", column="a", value_set=["x"]),
        rule("column_values_to_not_be_in_set", "warning", column="a", value_set=["x", "y"]),
        rule("column_values_to_not_be_in_set", "info", column="a", value_set=["z"]),
    ]
    said = judged(rules, frame).by_severity()
    assert said.rows() == [(1, True, True), (2, False, True), (3, False, False)]


def test_a_delivery_without_bad_rows_has_no_violations(rule, judged):
    verdict = judged([rule("column_values_to_not_be_null", column="a")], pl.DataFrame({"record": [1], "a": ["x"]}))
    assert verdict.bad.is_empty() and verdict.violations().is_empty() and verdict.by_severity().is_empty()
    assert verdict.violations().schema == {"record": pl.Int64, "rule": pl.Int32}


def test_a_key_that_repeats_in_another_frame_is_found_in_both(rule, judged):
    frame = pl.DataFrame({"record": range(1, 101), "a": [str(n % 99) for n in range(100)]})
    verdict = judged([rule("column_values_to_be_unique", column="a")], frame, rows=7)
    assert verdict.records(0).to_list() == [1, 100]


def test_a_row_outside_the_condition_does_not_make_another_one_a_repeat(rule, judged):
    frame = pl.DataFrame({"record": [1, 2, 3], "a": ["x", "x", "x"], "b": ["in", "out", "in"]})
    condition = {"type": "comparison", "column": {"name": "b"}, "operator": "==", "parameter": "out"}
    verdict = judged([rule("column_values_to_be_unique", column="a", row_condition=condition)], frame)
    assert verdict.bad.is_empty()


def test_keys_whose_hashes_collide_accuse_nobody(rule, judged, monkeypatch):
    keys = repeats._keys

    def collide(frame, compiled):
        return keys(frame, compiled).with_columns(pl.lit(1, dtype=pl.UInt64).alias(repeats._HASH))

    monkeypatch.setattr(repeats, "_keys", collide)
    frame = pl.DataFrame({"record": [1, 2, 3, 4], "a": ["x", "y", "z", "y"]})
    verdict = judged([rule("column_values_to_be_unique", column="a")], frame, rows=2)
    assert verdict.records(0).to_list() == [2, 4]


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_counts_add_up_over_frames_of_any_size(rule, judged, rows):
    frame = pl.DataFrame({"record": range(rows), "a": [None] * rows}, schema={"record": pl.Int64, "a": pl.String})
    verdict = judged([rule("column_values_to_not_be_null", column="a")], frame, rows=2)
    assert (verdict.row_count, verdict.counts[0].violated) == (rows, rows)


@pytest.mark.parametrize("letter", ["a", "é", "县", "𠮷"])
@pytest.mark.parametrize("strict", [False, True])
def test_a_length_is_one_of_characters_however_many_bytes_they_take(rule, judged, letter, strict):
    frame = pl.DataFrame({"record": range(7), "a": [None, *(letter * length for length in range(6))]})
    for most in range(6):
        limit = rule("column_value_lengths_to_be_between", column="a", max_value=most, strict_max=strict)
        long = [length + 1 for length in range(6) if length > most or (strict and length == most)]
        assert judged([limit], frame).records(0).to_list() == long
