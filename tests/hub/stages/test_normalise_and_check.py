"""What the hub changes by itself is counted and shown, identity is the key's, and every row gets one state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from hub.contract import derive
from hub.contract.model import Contract
from hub.county.identities import Place, citizen_id, company, odd_inside, uscc
from hub.stages import accept, check, gate, normalise, read, show
from hub.stages.job import Job, chunks

HEADER = "名称,统一社会信用代码,文书号,负责人身份证号,登记日期,注册资本（元）,状态,备注"
PLACE = Place()


def row(serial: int, **changed: str) -> str:
    cells = {
        "mc": company(PLACE, serial),
        "dm": uscc(PLACE, serial),
        "wsh": f"文{serial}",
        "sfzh": "",
        "rq": "2026-11-20",
    }
    return ",".join((cells | {"je": "100", "zt": "1", "bz": ""} | changed).values())


@dataclass
class Normal:
    job: Job
    outcome: normalise.Normalised
    frame: pl.DataFrame

    def changes(self) -> dict[tuple[str, str], int]:
        return {(one.code, one.column): one.count for one in self.outcome.changes}


@pytest.fixture
def normal(small: Contract, tmp_path: Path) -> Callable[..., Normal]:
    """``normal(*lines)``: a CSV of the small dataset, read and normalised."""
    made: list[int] = []

    def make(*lines: str, **changed: Any) -> Normal:
        folder = tmp_path / str(len(made))
        made.append(1)
        folder.mkdir()
        (folder / "source").write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
        suite = derive.suite(small, Path(__file__).parents[1] / "small" / "expectations")
        job = replace(Job(1, small, suite, folder / "source", folder, b"one key"), **changed)
        outcome = read.run(job.source, small, job.read, chunk_rows=job.chunk_rows)
        assert not outcome.refused
        return Normal(job, normalise.run(job), pl.read_parquet(job.normalised))

    return make


def test_every_change_is_counted_by_code_and_column_and_shown_masked(normal: Callable[..., Normal]) -> None:
    one = normal(
        row(1, rq="2026/11/2", je="1，000.5", bz="暂无"),
        row(2, rq="20261103", sfzh=citizen_id(PLACE, 2).lower(), bz=" 备注 "),
        row(3, rq="2026年11月4日"),
        row(4),
    )
    assert one.changes()["CHG-DATE", "rq"] == 3
    assert one.changes()["CHG-MONEY", "je"] == 1
    assert one.changes()["CHG-NULL", "bz"] == 1
    assert one.changes()["CHG-TEXT", "bz"] == 1
    (dates,) = [change for change in one.outcome.changes if change.column == "rq"]
    assert dates.examples[0] == (2, "2026/11/2", "2026-11-02")
    assert dates.name == "登记日期"
    assert len(dates.examples) == 3


def test_a_standard_character_in_place_of_a_private_one_is_a_change_of_its_own(normal: Callable[..., Normal]) -> None:
    one = normal(row(1, bz=" 张\ue81e "), row(2, bz=" 张三 "), row(3, bz="张\ue81e\ue000"), row(4, bz="张\ue000"))
    assert one.changes() == {("CHG-PUA", "bz"): 2, ("CHG-TEXT", "bz"): 1}
    assert one.frame["bz"].to_list() == ["张\u9fb4", "张三", "张\u9fb4\ue000", "张\ue000"]
    states = check.run(one.job).states
    assert states.filter(state="accepted_query").select("record", "code").rows() == [(3, "TXT-PUA"), (4, "TXT-PUA")]


def test_an_amount_is_converted_before_it_is_found_suspicious(normal: Callable[..., Normal], small: Contract) -> None:
    asked = {"unit": "yuan", "suspicious_above": 10_000}
    columns = tuple(replace(each, options=asked) if each.name == "je" else each for each in small.columns)
    contract = replace(small, columns=columns)
    suite = derive.suite(contract, Path(__file__).parents[1] / "small" / "expectations")
    one = normal(row(1, je="0.5万元"), row(2, je="1.5万元"), row(3, je="壹万伍仟元整"), contract=contract, suite=suite)
    assert one.changes() == {("CHG-MONEY", "je"): 3}
    assert [str(amount) for amount in one.frame["je"]] == ["5000.000000", "15000.000000", "15000.000000"]
    states = check.run(one.job).states
    assert states.select("record", "state", "code").rows() == [
        (2, "accepted_query", "MON-UNIT"),
        (3, "accepted_query", "MON-UNIT"),
    ]


def test_a_sensitive_cell_that_was_changed_is_shown_as_stars(normal: Callable[..., Normal]) -> None:
    identifier = citizen_id(PLACE, 2)
    one = normal(row(2, sfzh=f" {identifier[:6]} {identifier[6:]}"))
    assert one.changes() == {("CHG-ID", "sfzh"): 1}
    shown = str(one.outcome.changes)
    assert identifier not in shown and identifier[6:] not in shown


def test_nothing_is_told_of_a_cell_that_is_as_it_should_be(normal: Callable[..., Normal]) -> None:
    assert normal(row(1), row(2)).outcome.changes == ()


def test_counts_and_examples_do_not_depend_on_the_size_of_the_pieces(normal: Callable[..., Normal]) -> None:
    lines = [row(number, rq=f"2026/11/{number}") for number in range(1, 8)]
    whole, pieces = normal(*lines), normal(*lines, chunk_rows=2)
    assert whole.outcome == pieces.outcome
    assert whole.frame.equals(pieces.frame)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"rq": "2026/1/5"}, {"rq": "2026-01-05"}),
        ({"je": "1000"}, {"je": "1，000.00"}),
        ({"bz": "无"}, {"bz": ""}),
        ({"zt": "有效"}, {"zt": "1"}),
        ({"dm": uscc(PLACE, 1).lower()}, {}),
    ],
    ids=["date", "money", "placeholder", "code", "credit code"],
)
def test_another_spelling_has_the_same_content(
    normal: Callable[..., Normal], before: dict[str, str], after: dict[str, str]
) -> None:
    one = normal(row(1, **before), row(1, **after)).frame
    assert one["content_hash"].n_unique() == 1
    assert one["record_id"].n_unique() == 1


@pytest.mark.parametrize("column", ["rq", "je"])
def test_cells_that_cannot_be_read_count_with_what_was_written(normal: Callable[..., Normal], column: str) -> None:
    one = normal(row(1, **{column: "甲"}), row(1, **{column: "乙"}), row(1, **{column: ""})).frame
    assert one["content_hash"].n_unique() == 3


def test_a_question_about_a_cell_does_not_make_its_spelling_content(normal: Callable[..., Normal]) -> None:
    code = odd_inside(PLACE)  # the organisation code inside does not fit
    one = normal(row(1, dm=code), row(1, dm=code.lower())).frame
    assert one["dm__mark"].to_list()[0] not in ("", None)
    assert one["content_hash"].n_unique() == 1


def test_record_ids_are_the_same_in_every_file_and_follow_the_key_alone(normal: Callable[..., Normal]) -> None:
    first, second = normal(row(1), row(2)).frame, normal(row(2, mc="别名", je="5"), row(1)).frame
    assert first["record_id"].to_list() == second["record_id"].to_list()[::-1]
    assert first["record_id"].str.len_chars().to_list() == [32, 32]


def test_record_ids_and_contents_cannot_be_told_without_the_secret_key(normal: Callable[..., Normal]) -> None:
    ours, theirs = normal(row(1)).frame, normal(row(1), record_key=b"another key").frame
    assert ours["record_id"].to_list() != theirs["record_id"].to_list()
    assert ours["content_hash"].to_list() != theirs["content_hash"].to_list()


def test_a_row_without_its_key_has_no_record_id(normal: Callable[..., Normal]) -> None:
    assert normal(row(1, wsh=""), row(2, dm="")).frame["record_id"].to_list() == [None, None]


def test_the_same_file_gives_the_same_bytes_twice(normal: Callable[..., Normal]) -> None:
    one = normal(row(1), row(2, rq="昨天"))
    before = one.job.normalised.read_bytes()
    normalise.run(one.job)
    assert one.job.normalised.read_bytes() == before
    assert not list(one.job.folder.glob(".*"))


def test_twins_and_blank_rows_are_set_apart_and_the_rest_is_judged(normal: Callable[..., Normal]) -> None:
    one = normal(row(1), ",,,,,,,", row(1, rq="2026/11/20"), row(2, je="百万"), ",无,,,,,,", row(3, dm=""), row(1))
    checked = check.run(one.job)
    assert checked.judged == 3
    assert checked.states.rows() == [
        (2, "blank", None),
        (3, "duplicate", "DUP-ROW"),
        (4, "rejected", "MON-FORMAT"),
        (5, "blank", None),
        (6, "rejected", "CMP-REQUIRED"),
        (7, "duplicate", "DUP-ROW"),
    ]
    assert {(f.code, f.row) for f in checked.findings} >= {("MON-FORMAT", 5), ("CMP-REQUIRED", 7)}


def test_rows_whose_contents_only_look_alike_are_no_twins(
    normal: Callable[..., Normal], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = normal(row(1), row(2), row(1), ",,,,,,,", row(3), ",,,,,,,", chunk_rows=2)
    told = check.run(one.job).states.rows()
    monkeypatch.setattr(check, "twice", lambda hashes: pl.concat(hashes).unique())
    assert check.run(one.job).states.rows() == told == [(3, "duplicate", "DUP-ROW"), *BLANKS]


BLANKS = [(4, "blank", None), (6, "blank", None)]


def test_two_rows_of_one_key_with_different_content_are_both_rejected(normal: Callable[..., Normal]) -> None:
    checked = check.run(normal(row(1), row(1, je="5"), row(2)).job)
    assert checked.states.select("record", "state", "code").rows() == [
        (1, "rejected", "DUP-CONFLICT"),
        (2, "rejected", "DUP-CONFLICT"),
    ]


def test_accepted_rows_alone_keep_their_values(normal: Callable[..., Normal]) -> None:
    one = normal(row(1), row(2, je="百万"))
    frame = pl.concat(accept.run(one.job, check.run(one.job).states, None))
    assert frame["state"].to_list() == ["accepted", "rejected"]
    assert frame["mc"].to_list() == [company(PLACE, 1), None]
    assert frame["record_id"].null_count() == 0, "whether a rejected row comes again is told by its record"
    refused = pl.concat(accept.run(one.job, check.run(one.job).states, "GATE-SHARE"))
    assert refused["code"].to_list() == ["GATE-SHARE", "MON-FORMAT"]
    assert refused["mc"].null_count() == 2


@pytest.mark.parametrize(
    ("bad", "decision", "codes"),
    [(0, "accept", []), (2, "accept", []), (3, "refuse", ["GATE-SHARE"])],
)
def test_the_gate_refuses_when_more_than_the_agreed_share_is_rejected(
    normal: Callable[..., Normal], bad: int, decision: str, codes: list[str]
) -> None:
    lines = [row(number, je="百万" if number <= bad else "1") for number in range(1, 5)]
    one = normal(*lines)
    checked = check.run(one.job)
    gated = gate.run(one.job, checked.verdict, bad)
    assert (gated.decision, [finding.code for finding in gated.findings]) == (decision, codes)


def test_a_delivery_without_a_row_to_judge_is_refused(normal: Callable[..., Normal]) -> None:
    one = normal(",,,,,,,", ",无,,,,,,")
    gated = gate.run(one.job, check.run(one.job).verdict, 0)
    assert (gated.decision, [finding.code for finding in gated.findings]) == ("refuse", ["MAC-ROWS"])


def test_one_row_is_shown_with_its_changes_and_masked(normal: Callable[..., Normal]) -> None:
    one = normal(row(1, rq="2026/1/5", sfzh=citizen_id(PLACE, 1)), row(2))
    shown = show.row(one.job, 2)
    assert shown is not None
    assert shown["changes"] == [{"column": "登记日期", "before": "2026/1/5", "after": "2026-01-05"}]
    assert citizen_id(PLACE, 1) not in str(shown)
    assert show.row(one.job, 9) is None
    assert sum(chunk.height for chunk in chunks(one.job.read, 1)) == 2
