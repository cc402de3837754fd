"""Names and document numbers on their way through a delivery: one thing in two spellings is one record."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from hub.contract import derive
from hub.contract.model import Contract
from hub.county.identities import Place, uscc
from hub.stages import check, normalise, read
from hub.stages.job import Job

KERNELS = {"wsh": "document_number", "mc": "organisation_name"}
HEADER = ["名称", "统一社会信用代码", "文书号", "负责人身份证号", "登记日期", "注册资本（元）", "状态", "备注"]


@pytest.fixture
def job(small: Contract, tmp_path: Path) -> Callable[..., Job]:
    """``job((name, number), ...)``: a CSV of the small dataset with one row each, read."""

    def make(*rows: tuple[str, str]) -> Job:
        columns = tuple(
            replace(each, kernel=KERNELS[each.name]) if each.name in KERNELS else each for each in small.columns
        )
        contract = replace(small, columns=columns)
        text = io.StringIO()
        table = [[name, uscc(Place(), 1), number, "", "2026-11-20", "100", "1", ""] for name, number in rows]
        csv.writer(text).writerows([HEADER, *table])
        (tmp_path / "source").write_text(text.getvalue(), encoding="utf-8")
        suite = derive.suite(contract, Path(__file__).parents[1] / "small" / "expectations")
        made = Job(1, contract, suite, tmp_path / "source", tmp_path, b"one key")
        assert not read.run(made.source, contract, made.read, chunk_rows=made.chunk_rows).refused
        return made

    return make


def test_a_row_that_comes_twice_in_two_spellings_is_a_twin(job: Callable[..., Job]) -> None:
    one = job(
        ("盱眙某某（江苏）有限公司", "盱市监许〔2026〕12号"),
        ("盱眙某某(江苏)有限公司", "盱市监许(２０２６) 12 号"),
        ("盱眙某某(江苏)有限公司", "盱市监许〔2026〕012号"),
    )
    told = normalise.run(one)
    frame = pl.read_parquet(one.normalised)
    first, second, third = frame["record_id"]
    assert first == second != third  # a zero in front may be another series
    assert frame["content_hash"][0] == frame["content_hash"][1]
    assert {(change.code, change.column): change.count for change in told.changes} == {
        ("CHG-DOCUMENT", "wsh"): 1,
        ("CHG-NAME", "mc"): 2,
    }


def test_what_the_sender_wrote_is_told_beside_what_it_became(job: Callable[..., Job]) -> None:
    told = normalise.run(job(("盱眙某某有限公司", "盱市监许[2026]12号")))
    (change,) = told.changes
    assert change.examples == ((2, "盱市监许[2026]12号", "盱市监许〔2026〕12号"),)


def test_a_broken_number_and_a_short_name_are_stored_and_asked_about(job: Callable[..., Job]) -> None:
    one = job(("某某店", "盱市监许〔2026〕12号"), ("盱眙某某有限公司", "盱市监许〔2026 13号"), ("=盱眙某某店", "14"))
    normalise.run(one)
    states = check.run(one).states
    assert states.select("record", "state", "code").rows() == [
        (1, "accepted_query", "NAM-SHORT"),
        (2, "accepted_query", "DOC-FORMAT"),
        (3, "rejected", "TXT-FORMULA"),
    ]
