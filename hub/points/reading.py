"""Records of the two datasets to the frame that the computation takes (事件和评议合成一张表)."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from hub.points.events import EVENTS

EVENT_COLUMNS: Mapping[str, str] = {
    "event": "sjbh",
    "household": "jtbh",
    "named": "syjtbh",
    "village": "cjdm",
    "rule": "jfxm",
    "number": "zdxm",
    "day": "fsrq",
    "quantity": "sl",
    "actor": "xwrzjhm",
    "adult": "fzrzjhm",
    "evidence": "pzbh",
    "about": "xjsjbh",
}
REVIEW_COLUMNS: Mapping[str, str] = {
    "review": "pybh",
    "event": "sjbh",
    "village": "cjdm",
    "reviewed": "pyrq",
    "result": "pyjg",
    "awarded": "pyfs",
    "noticed": "gsks",
    "notice_until": "gsjs",
    "objection": "gsyy",
}
_PASSED = {"通过": True, "不通过": False}  # 补充材料: there is no decision yet
_OPEN = "有异议"


def events_of(records: pl.DataFrame, reviews: pl.DataFrame, disputed: pl.Series, annulled: pl.Series) -> pl.DataFrame:
    """The frame of ``EVENTS``. Of an event's reviews by its own village the latest counts, then the higher number.

    ``records`` and ``reviews`` have ``record_id``, the contracts' columns and, where withdrawn ones are among them,
    ``withdrawn``. ``disputed`` and ``annulled`` are record ids of events.
    """
    gone = pl.col("withdrawn") if "withdrawn" in records.columns else pl.lit(False)
    events = records.select(
        "record_id", gone.alias("withdrawn"), **{name: pl.col(column) for name, column in EVENT_COLUMNS.items()}
    )
    if "withdrawn" in reviews.columns:
        reviews = reviews.filter(~pl.col("withdrawn"))
    decided = (
        reviews.select(**{name: pl.col(column) for name, column in REVIEW_COLUMNS.items()})
        .sort("event", "village", "reviewed", "review")
        .unique(["event", "village"], keep="last", maintain_order=True)
        .with_columns(passed=pl.col("result").replace_strict(_PASSED, default=None, return_dtype=pl.Boolean))
    )
    found = events.join(decided, on=["event", "village"], how="left").with_columns(
        appealed=pl.col("record_id").is_in(disputed.implode()) | (pl.col("objection") == _OPEN).fill_null(False),
        annulled=pl.col("record_id").is_in(annulled.implode()),
    )
    return found.select(pl.col(name).cast(kind) for name, kind in EVENTS.items())
