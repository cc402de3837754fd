"""Licences by the million, for benchmarks: one wide file, made by whole columns instead of row by row."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.county.agencies import market
from hub.county.identities import Place, citizen_id, uscc_column

HEADER = (
    *("行政相对人名称", "行政相对人类别", "统一社会信用代码", "工商注册号", "组织机构代码", "税务登记号"),
    *("事业单位证书号", "社会组织登记证号", "法定代表人", "法定代表人证件类型", "法定代表人证件号码", "证件类型"),
    *("证件号码", "行政许可决定文书名称", "行政许可决定文书号", "许可类别", "许可证书名称", "许可编号", "许可内容"),
    *("许可决定日期", "有效期自", "有效期至", "许可机关", "许可机关统一社会信用代码", "当前状态", "数据来源单位"),
    *("数据来源单位统一社会信用代码", "备注"),
)
KINDS = (
    ("食品经营许可证", "普通", "预包装食品销售；散装食品销售"),
    ("小餐饮备案证", "其他", "热食类食品制售"),
    ("药品经营许可证", "核准", "中药饮片、中成药、化学药制剂零售"),
    ("营业执照", "登记", "企业设立登记"),
    ("特种设备使用登记证", "登记", "叉车1台"),
)

_CHUNK = 50_000  # rows
_PERSONS = 5_000  # different legal representatives
_FIRST_DAY = np.datetime64("2026-01-01")


def bad_rows(rows: int, seed: int, bad: float) -> npt.NDArray[np.bool_]:
    """Which rows of ``licence_rows`` must be rejected, by position: exactly the nearest whole number to the share."""
    flags = np.zeros(rows, dtype=np.bool_)
    flags[np.random.default_rng(seed).choice(rows, size=round(rows * bad), replace=False)] = True
    return flags


def licence_rows(
    rows: int,
    seed: int = 1,
    bad: float = 0.03,
    place: Place | None = None,
    first_day: np.datetime64 = _FIRST_DAY,
    days: int = 300,
) -> Iterator[bytes]:
    """A GB18030 CSV file of ``rows`` licences, in pieces; the first piece begins with the header.

    ``bad`` is the share of rows that must be rejected: by turns a wrong check character, an impossible date, an empty
    required cell, an unknown kind. Keys are unique; the same arguments give the same bytes. ``place``:
    where the licences are given, by default a county that does not exist. Decided on one of ``days`` days from
    ``first_day``.
    """
    flags = bad_rows(rows, seed, bad)
    rng = np.random.default_rng(seed + 1)
    place = place or Place()
    yield (",".join(HEADER) + "\r\n").encode("gb18030")
    for first in range(0, rows, _CHUNK):
        serials = np.arange(first, min(first + _CHUNK, rows), dtype=np.int64)
        decided = first_day + rng.integers(0, days, len(serials))
        yield _piece(place, serials, flags[serials], decided, rng)


def _piece(
    place: Place,
    serials: npt.NDArray[np.int64],
    bad: npt.NDArray[np.bool_],
    days: npt.NDArray[np.datetime64],
    rng: np.random.Generator,
) -> bytes:
    frame = pl.DataFrame(
        {
            "serial": serials,
            "code": uscc_column(place, serials % 10_000_000),
            "day": days.astype("datetime64[D]"),
            "kind": rng.integers(0, len(KINDS), len(serials)),
            "representative": rng.integers(0, _PERSONS, len(serials)),
            "fault": np.where(bad, serials % 4, 4),
        }
    )
    persons = {serial: citizen_id(place, serial) for serial in range(_PERSONS)}
    bureau = market(place)
    number = pl.col("serial").cast(pl.String)
    fault = pl.col("fault")
    last = pl.col("code").str.slice(17)
    day = pl.col("day").dt.strftime("%Y/%m/%d")
    cells = {
        "行政相对人名称": pl.concat_str(pl.lit(f"{place.short}青禾商贸（演示"), number, pl.lit("）有限公司")),
        "行政相对人类别": pl.lit("法人及非法人组织"),
        "统一社会信用代码": pl.when(fault == 0)
        .then(pl.col("code").str.head(17) + pl.when(last == "0").then(pl.lit("1")).otherwise(pl.lit("0")))
        .otherwise(pl.col("code")),
        "法定代表人": pl.concat_str(pl.lit("赵某甲"), (pl.col("serial") % 10).cast(pl.String)),
        "法定代表人证件类型": pl.lit("身份证"),
        "法定代表人证件号码": pl.col("representative").replace_strict(persons),
        "行政许可决定文书名称": pl.lit("准予行政许可决定书"),
        "行政许可决定文书号": pl.concat_str(pl.lit(f"{bureau.mark}许〔2026〕"), number.str.zfill(8), pl.lit("号")),
        "许可类别": pl.when(fault == 3).then(pl.lit("临时")).otherwise(_of_kind(1)),
        "许可证书名称": _of_kind(0),
        "许可编号": pl.concat_str(pl.lit(f"JY1{place.division}"), number.str.zfill(9)),
        "许可内容": pl.when(fault != 2).then(_of_kind(2)),
        "许可决定日期": pl.when(fault == 1).then(pl.lit("2026/02/30")).otherwise(day),
        "有效期自": day,
        "有效期至": pl.col("day").dt.offset_by("5y").dt.strftime("%Y/%m/%d"),
        "许可机关": pl.lit(bureau.name),
        "许可机关统一社会信用代码": pl.lit(bureau.code),
        "当前状态": pl.lit("1"),
        "数据来源单位": pl.lit(bureau.name),
        "数据来源单位统一社会信用代码": pl.lit(bureau.code),
    }
    table = frame.select(cells.get(name, pl.lit(None, dtype=pl.String)).alias(name) for name in HEADER)
    stream = io.BytesIO()
    table.write_csv(stream, include_header=False, line_terminator="\r\n")
    return stream.getvalue().decode("utf-8").encode("gb18030")


def _of_kind(part: int) -> pl.Expr:
    return pl.col("kind").replace_strict(
        {place: kind[part] for place, kind in enumerate(KINDS)}, return_dtype=pl.String
    )
