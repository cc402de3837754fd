"""The peers of ``read_judge.py``: the same file read, normalised and judged by 25 rules in each of them.

Runs in ``.venv-peers`` and imports nothing of the hub. Where a peer has no reader or no normaliser of its own, it gets
polars, which is the fastest that its user would reach for; check digits are computed by numpy for all of them.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path
from typing import Any

REQUIRED = (
    *("行政相对人名称", "行政相对人类别", "行政许可决定文书名称", "行政许可决定文书号", "许可类别", "许可内容"),
    *("许可决定日期", "有效期自", "有效期至", "许可机关", "许可机关统一社会信用代码", "当前状态", "数据来源单位"),
    "数据来源单位统一社会信用代码",
)  # 14 rules
SETS = {
    "行政相对人类别": ["法人及非法人组织", "自然人", "个体工商户"],
    "许可类别": ["普通", "特许", "认可", "核准", "登记", "其他"],
    "当前状态": ["1", "2"],
}  # 3 rules
USCC = "^[1-9ANY][0-9A-HJ-NPQRTUWXY]{17}$"
CODES = ("统一社会信用代码", "许可机关统一社会信用代码", "数据来源单位统一社会信用代码")  # 3 rules of form
LENGTHS = {"许可内容": 4000, "行政相对人名称": 200}  # 2 rules
UNIQUE = "行政许可决定文书号"  # 1 rule; 1 more for the check digit, 1 for the order of two dates
DATES = ("许可决定日期", "有效期自", "有效期至")


def check_digits(codes: Any) -> Any:
    """Which of these texts (a polars Series) have the right last character, by numpy; others count as right."""
    import numpy as np
    import polars as pl

    alphabet = np.frombuffer(b"0123456789ABCDEFGHJKLMNPQRTUWXY", np.uint8)
    value = np.zeros(256, np.int32)
    value[alphabet] = np.arange(31)
    formed = codes.str.contains(USCC).fill_null(False)
    texts = codes.filter(formed).to_list()
    matrix = value[np.frombuffer("".join(texts).encode(), np.uint8).reshape(-1, 18)]
    weights = np.array([pow(3, place, 31) for place in range(17)], np.int32)
    right = np.ones(len(codes), np.bool_)
    right[formed.to_numpy()] = (31 - matrix[:, :17] @ weights % 31) % 31 == matrix[:, 17]
    return pl.Series(right)


def normalised(file: Path) -> Any:
    """The file decoded, parsed, trimmed, with typed dates; empty cells null."""
    import io

    import polars as pl

    text = file.read_bytes().decode("gb18030").encode()
    frame = pl.read_csv(io.BytesIO(text), infer_schema=False)
    texts = [pl.col(name).str.strip_chars().replace("", None) for name in frame.columns if name not in DATES]
    dates = [pl.col(name).str.replace_all("/", "-").str.to_date("%Y-%m-%d", strict=False) for name in DATES]
    return frame.with_columns(*texts, *dates)


def pandera_part(file: Path) -> dict[str, float]:
    """pandera on polars, lazily, so that all failures are told."""
    import pandera.polars as pa
    import polars as pl

    def right(data: Any) -> Any:
        return data.lazyframe.select(pl.col(data.key).map_batches(check_digits, return_dtype=pl.Boolean))

    def in_order(data: Any) -> Any:
        return data.lazyframe.select(pl.col("有效期至") >= pl.col("有效期自"))

    began = time.monotonic()
    frame = normalised(file)
    columns = {}
    for name in frame.columns:
        checks = [pa.Check.isin(SETS[name])] if name in SETS else []
        checks += [pa.Check.str_matches(USCC)] if name in CODES else []
        checks += [pa.Check(right)] if name == CODES[0] else []
        checks += [pa.Check.str_length(max_value=LENGTHS[name])] if name in LENGTHS else []
        kind = pl.Date if name in DATES else pl.String
        columns[name] = pa.Column(kind, checks, nullable=name not in REQUIRED, unique=name == UNIQUE)
    schema = pa.DataFrameSchema(columns, checks=[pa.Check(in_order)])
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        print(len(errors.failure_cases))
    return {"all": time.monotonic() - began}


def pointblank_part(file: Path) -> dict[str, float]:
    """pointblank on polars."""
    import pointblank as pb
    import polars as pl

    began = time.monotonic()
    frame = normalised(file)
    frame = frame.with_columns(check_digits(frame[CODES[0]]).alias("right"))
    plan = pb.Validate(frame).col_vals_not_null(list(REQUIRED))
    for name, values in SETS.items():
        plan = (
            plan.col_vals_in_set(name, values, na_pass=True) if _takes_na(plan) else plan.col_vals_in_set(name, values)
        )
    for name in CODES:
        plan = plan.col_vals_regex(name, USCC, na_pass=True)
    plan = plan.col_vals_expr(pl.col("right"))
    for name, most in LENGTHS.items():
        plan = plan.col_vals_expr(pl.col(name).str.len_chars() <= most)
    plan = plan.col_vals_expr(pl.col("有效期至") >= pl.col("有效期自")).rows_distinct([UNIQUE])
    done = plan.interrogate(collect_extracts=False)
    print(sum(done.n_failed().values()))
    return {"all": time.monotonic() - began}


def _takes_na(plan: Any) -> bool:
    import inspect

    return "na_pass" in inspect.signature(plan.col_vals_in_set).parameters


def frictionless_part(file: Path) -> dict[str, float]:
    """frictionless: its own reader, types and constraints; check digits and the order of dates by checks of a row."""
    import polars as pl
    from frictionless import Check, Checklist, Detector, Resource, Schema, errors, fields

    class RowRules(Check):
        type = "row-rules"
        Errors = [errors.RowConstraintError]  # noqa: RUF012 -- as frictionless asks for it

        def validate_row(self, row: Any) -> Any:
            code, first, last = row[CODES[0]], row["有效期自"], row["有效期至"]
            if code and not check_digits(pl.Series([code]))[0]:
                yield errors.RowConstraintError.from_row(row, note="check digit")
            if first and last and last < first:
                yield errors.RowConstraintError.from_row(row, note="order")

    began = time.monotonic()
    with file.open("rb") as source:
        names = source.readline().decode("gb18030").strip().split(",")
    described = []
    for name in names:
        limits: dict[str, Any] = {"required": name in REQUIRED, "unique": name == UNIQUE}
        limits |= {"enum": SETS[name]} if name in SETS else {}
        limits |= {"pattern": USCC} if name in CODES else {}
        limits |= {"maxLength": LENGTHS[name]} if name in LENGTHS else {}
        kind = fields.DateField if name in DATES else fields.StringField
        described.append(kind(name=name, constraints=limits, **({"format": "%Y/%m/%d"} if name in DATES else {})))
    resource = Resource(
        path=file.name,
        basepath=str(file.parent),
        encoding="gb18030",
        schema=Schema(fields=described),
        detector=Detector(),
    )
    report = resource.validate(Checklist(checks=[RowRules()]), limit_errors=1_000_000)
    print(len(report.flatten(["rowNumber"])))
    return {"all": time.monotonic() - began}


def main() -> None:
    """Run one peer on ``part.csv`` in the folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--part", choices=("pandera", "pointblank", "frictionless"), required=True)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    parts = {"pandera": pandera_part, "pointblank": pointblank_part, "frictionless": frictionless_part}
    seconds = parts[given.part](given.folder / "part.csv")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    print(json.dumps({"seconds": seconds, "peak_gb": peak}))


if __name__ == "__main__":
    main()
