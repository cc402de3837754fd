"""How much faster is the compiled verdict than stock Great Expectations on pandas, on the same rows and rules?

    python benchmarks/rules.py --rows 100000

Prints seconds, the ratio, and whether both said the same of every rule. Figures move by a third between runs; ratios
of the same run are what counts.
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


def table(rows: int) -> pl.DataFrame:
    """Synthetic licences: 18 text columns of which some are empty or out of form, a date, an amount, a key."""
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
    return frame.with_columns(pl.col("begun").cast(pl.Date))


def suite() -> Suite:
    """25 rules: null, length, set, expression, range, uniqueness, one with a row condition."""
    rules: list[tuple[str, dict[str, object]]] = []
    for number in range(0, 10, 2):
        first, second = f"c{number}", f"c{number + 1}"
        rules += [
            ("column_values_to_not_be_null", {"column": first}),
            ("column_value_lengths_to_be_between", {"column": first, "max_value": 13}),
            ("column_values_to_match_regex", {"column": second, "regex": "^[0-9]{12}"}),
            ("column_values_to_not_be_in_set", {"column": second, "value_set": ["000000000000甲"]}),
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
    plan = compile_suite(of, frame.schema)
    verdict = judge(plan, lambda columns: (part.select(columns) for part in frame.iter_slices(CHUNK)))
    judged = time.perf_counter()
    ours = figures(validate(of, verdict)["results"])
    answered = time.perf_counter()
    theirs = figures(stock(of, frame))
    ended = time.perf_counter()

    print(f"{frame.height} rows, {len(of.rules)} rules")
    print(f"compiled verdict   {judged - begun:8.2f} s")
    print(f"GX from it         {answered - judged:8.2f} s")
    print(f"stock GX, pandas   {ended - answered:8.2f} s")
    print(f"ratio              {(ended - answered) / (answered - begun):8.1f}")
    print(f"same verdict       {'yes' if ours == theirs else 'NO'}")


if __name__ == "__main__":
    main()
