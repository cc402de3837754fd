"""How much faster is the compiled verdict than stock Great Expectations on pandas, on the same rows and rules? And how
much slower than the same rules written by hand in polars, without Great Expectations?

    python benchmarks/rules.py --rows 100000

Prints seconds, the two ratios, and whether all said the same of every rule. Figures move by a third between runs;
ratios of the same run are what counts. The goals: at least 15 times faster than stock, at most 1.3 times the hand-made.
"""

from __future__ import annotations

import argparse
import random
import time
from typing import Any

import polars as pl

from hub.contract.model import Rule, Suite
from hub.rules.compile import compile_suite
from hub.rules.engine import validate
from hub.rules.gx import expectation, gx  # imported before the clock starts: both ways need it
from hub.rules.verdict import judge

CHUNK = 200_000
COLUMNS = 20
MARKS = tuple(f"c{number}__mark" for number in range(10))
CODES = ("ID-EXCEL15", "ID-USCC-FORM", "ID-USCC-CHECK")
MOBILE, CARD = "(?:^|[^0-9])1[3-9][0-9]{9}(?:[^0-9]|$)", "(?:^|[^0-9])62[0-9]{14}(?:[^0-9]|$)"


def table(rows: int) -> pl.DataFrame:
    """Synthetic licences: 18 text columns of which some are empty or out of form, marks, a date, an amount, a key."""
    draw = random.Random(7)
    pools = [[f"{draw.randrange(10**12):012d}甲" if n % 25 else None for n in range(997)] for _ in range(COLUMNS - 2)]
    columns: dict[str, pl.Series] = {"record": pl.Series(range(1, rows + 1), dtype=pl.Int64)}
    for number, pool in enumerate(pools):
        columns[f"c{number}"] = pl.Series((pool * (rows // len(pool) + 1))[number:][:rows], dtype=pl.String)
    frame = pl.DataFrame(columns).with_columns(
        key=pl.format("K{}", pl.col("record") - (pl.col("record") % 500 == 0).cast(pl.Int64)),
        begun=pl.date(2020, 1, 1) + pl.duration(days=pl.col("record") % 1500),
        amount=(pl.col("record") % 10_000).cast(pl.Decimal(18, 6)),
    )
    marks = (
        pl.when(pl.col("record") % 97 == place).then(pl.lit(CODES[place % 3])).otherwise(pl.lit("")).alias(name)
        for place, name in enumerate(MARKS)
    )
    return frame.with_columns(pl.col("begun").cast(pl.Date), *marks)


def suite() -> Suite:
    """65 rules as contracts have them: nulls, lengths, sets, expressions, marks, ranges, a key, a row condition."""
    rules: list[tuple[str, dict[str, object]]] = []
    for number in range(0, 10, 2):
        first, second = f"c{number}", f"c{number + 1}"
        rules += [
            ("column_values_to_not_be_null", {"column": first}),
            ("column_value_lengths_to_be_between", {"column": first, "max_value": 13}),
            ("column_values_to_match_regex", {"column": second, "regex": "^[0-9]{12}"}),
            ("column_values_to_not_be_in_set", {"column": second, "value_set": ["000000000000甲"]}),
        ]
    rules += [
        ("column_values_to_not_be_in_set", {"column": name, "value_set": [code]}) for name in MARKS for code in CODES
    ]
    rules += [
        ("column_values_to_not_match_regex", {"column": f"c{number}", "regex": regex})
        for number in range(10, 15)
        for regex in (MOBILE, CARD)
    ]
    within = {"type": "nullity", "column": {"name": "c1"}, "is_null": False}
    rules += [
        ("column_values_to_be_unique", {"column": "key"}),
        ("column_values_to_be_between", {"column": "amount", "min_value": 0, "max_value": 9_900}),
        ("column_values_to_be_between", {"column": "begun", "min_value": "2020-01-10"}),
        ("column_values_to_not_be_null", {"column": "c2", "row_condition": within}),
        ("table_row_count_to_be_between", {"min_value": 1}),
    ]
    meta = {"code": "TRY", "column": None, "dimension": "", "source": "benchmark"}
    return Suite("benchmark", tuple(Rule(f"expect_{kind}", kwargs, "critical", meta) for kind, kwargs in rules))


def by_hand(frame: pl.DataFrame) -> dict[int, tuple[int, int]]:
    """The same rules as somebody writes them who needs counts and bad rows and nothing else: rows considered, violated.

    In the order of ``suite``; the rows come in the same pieces, and a mask says which rule each bad row breaks.
    """
    col = pl.col
    repeated = frame.select(col("key").is_duplicated() & col("key").is_not_null()).to_series()
    rules: list[tuple[pl.Expr, pl.Expr]] = []
    for number in range(0, 10, 2):
        first, second = col(f"c{number}"), col(f"c{number + 1}")
        rules += [
            (pl.lit(True), first.is_null()),
            (first.is_not_null(), first.str.len_chars() > 13),
            (second.is_not_null(), ~second.str.contains("^[0-9]{12}")),
            (second.is_not_null(), second == "000000000000甲"),
        ]
    rules += [(col(name).is_not_null(), col(name) == code) for name in MARKS for code in CODES]
    rules += [
        (col(f"c{number}").is_not_null(), col(f"c{number}").str.contains(regex))
        for number in range(10, 15)
        for regex in (MOBILE, CARD)
    ]
    rules += [
        (col("key").is_not_null(), col("repeated")),
        (col("amount").is_not_null(), ~col("amount").is_between(0, 9_900)),
        (col("begun").is_not_null(), col("begun") < pl.date(2020, 1, 10)),
        (col("c1").is_not_null(), col("c1").is_not_null() & col("c2").is_null()),
    ]
    totals = [(0, 0)] * len(rules)
    bad = []
    for part in frame.with_columns(repeated.alias("repeated")).iter_slices(CHUNK):
        judged = part.select(
            "record",
            *(considered.alias(f"n{place}") for place, (considered, _) in enumerate(rules)),
            *(violated.fill_null(False).alias(f"v{place}") for place, (_, violated) in enumerate(rules)),
        )
        sums = judged.select(pl.exclude("record").sum()).row(0, named=True)
        totals = [(n + sums[f"n{place}"], v + sums[f"v{place}"]) for place, (n, v) in enumerate(totals)]
        broken = [place for place in range(len(rules)) if sums[f"v{place}"]]
        bad.append(
            judged.filter(pl.any_horizontal(f"v{place}" for place in broken)).select(
                "record",
                low=pl.sum_horizontal(col(f"v{p}").cast(pl.UInt64) * (1 << p) for p in broken if p < 63),
                high=pl.sum_horizontal(col(f"v{p}").cast(pl.UInt64) * (1 << p - 63) for p in broken if p >= 63),
            )
        )
    pl.concat(bad)
    return dict(enumerate(totals))


def figures(results: list[dict[str, Any]]) -> dict[int, tuple[Any, ...]]:
    """What was said of every rule: success and counts."""
    wanted = ("element_count", "unexpected_count", "missing_count", "unexpected_percent", "observed_value")
    return {
        entry["expectation_config"]["meta"]["rule"]: (entry["success"], *(entry["result"].get(key) for key in wanted))
        for entry in results
    }


def stock(of: Suite, frame: pl.DataFrame) -> list[dict[str, Any]]:
    """GX's own pandas engine, BASIC, values left out; the conversion to pandas counts, since it would be needed."""
    pandas = frame.to_arrow(compat_level=pl.CompatLevel.oldest()).to_pandas()
    source = gx.get_context(mode="ephemeral").data_sources.add_pandas("stock").add_dataframe_asset("rows")
    batch = source.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": pandas})
    expectations = [expectation(rule, number) for number, rule in enumerate(of.rules)]
    asked = {"result_format": "BASIC", "exclude_unexpected_values": True}
    result: Any = batch.validate(gx.ExpectationSuite(name=of.name, expectations=expectations), result_format=asked)
    return list(result.to_json_dict()["results"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    frame, of = table(parser.parse_args().rows), suite()

    begun = time.perf_counter()
    hand = by_hand(frame)
    started = time.perf_counter()
    plan = compile_suite(of, frame.schema)
    verdict = judge(plan, lambda columns: (part.select(columns) for part in frame.iter_slices(CHUNK)))
    judged = time.perf_counter()
    ours = figures(validate(of, verdict)["results"])
    answered = time.perf_counter()
    theirs = figures(stock(of, frame))
    ended = time.perf_counter()
    agreed = {place: (verdict.counts[place].considered, verdict.counts[place].violated) for place in hand} == hand

    print(f"{frame.height} rows, {len(of.rules)} rules")
    print(f"polars by hand     {started - begun:8.2f} s")
    print(f"compiled verdict   {judged - started:8.2f} s")
    print(f"GX from it         {answered - judged:8.2f} s")
    print(f"stock GX, pandas   {ended - answered:8.2f} s")
    print(f"stock ÷ ours       {(ended - answered) / (answered - started):8.1f}")
    print(f"verdict ÷ by hand  {(judged - started) / (started - begun):8.2f}")
    print(f"same verdict       {'yes' if ours == theirs and agreed else 'NO'}")


if __name__ == "__main__":
    main()
