"""A content hash can be verified for one row, by whoever is shown its salt, and guessed by nobody."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from hub.contract import derive
from hub.contract.model import Contract
from hub.county.identities import Place, company, uscc
from hub.stages import normalise, read
from hub.stages.identity import Commitment, commitments
from hub.stages.job import Job

HEADER = ["名称", "统一社会信用代码", "文书号", "负责人身份证号", "登记日期", "注册资本（元）", "状态", "备注"]
KEY = b"one key"


def row(serial: int, **changed: str) -> list[str]:
    cells = {"mc": company(Place(), serial), "dm": uscc(Place(), serial), "wsh": f"文{serial}", "sfzh": ""}
    return list((cells | {"rq": "2026-11-20", "je": "100", "zt": "1", "bz": ""} | changed).values())


@pytest.fixture
def normalised(small: Contract, tmp_path: Path) -> Callable[..., Job]:
    """``normalised(rows)``: a CSV of the small dataset on its way to the check."""

    def make(*rows: list[str], key: bytes = KEY) -> Job:
        text = io.StringIO()
        csv.writer(text).writerows([HEADER, *rows])
        (tmp_path / "source").write_text(text.getvalue(), encoding="utf-8")
        suite = derive.suite(small, Path(__file__).parents[1] / "small" / "expectations")
        job = Job(1, small, suite, tmp_path / "source", tmp_path, key)
        assert not read.run(job.source, small, job.read).refused
        normalise.run(job)
        return job

    return make


def told(job: Job, key: bytes = KEY) -> list[Commitment]:
    return commitments(job.contract, key, pl.read_parquet(job.read), pl.read_parquet(job.normalised))


# A row that is right, one with an unreadable date, one too wide, a blank one, one without its key.
ROWS = (
    row(1),
    row(2, rq="昨天", je="1，000.5"),
    [*row(3), "多", "余"],
    [""] * len(HEADER),
    row(5, wsh=""),
    row(6, bz="暂无"),
)


def test_salt_and_text_of_every_row_give_the_hash_that_was_stored(normalised: Callable[..., Job]) -> None:
    job = normalised(*ROWS)
    frame = pl.read_parquet(job.normalised)
    found = told(job)
    assert [one.record_id for one in found] == frame["record_id"].to_list()
    assert [one.content_hash for one in found] == frame["content_hash"].to_list()
    for one in found:
        assert hashlib.sha256(bytes.fromhex(one.salt) + one.text.encode()).hexdigest()[:32] == one.content_hash
        assert len(one.salt) == 32


def test_one_row_can_be_told_without_the_others(normalised: Callable[..., Job]) -> None:
    job = normalised(*ROWS)
    for record, whole in enumerate(told(job), 1):
        of_it = pl.col("record") == record
        raw, typed = pl.scan_parquet(job.read).filter(of_it), pl.scan_parquet(job.normalised).filter(of_it)
        assert commitments(job.contract, KEY, raw.collect(), typed.collect()) == [whole]


def test_a_salt_belongs_to_one_record_and_stays_when_its_content_changes(normalised: Callable[..., Job]) -> None:
    first, second = told(normalised(row(1), row(2)))
    (changed,) = told(normalised(row(1, je="200")))
    assert first.salt != second.salt
    assert (changed.record_id, changed.salt) == (first.record_id, first.salt)
    assert changed.content_hash != first.content_hash
    assert first.salt not in (first.record_id, first.content_hash)


def test_another_key_gives_other_ids_salts_and_hashes(normalised: Callable[..., Job]) -> None:
    (ours,), (theirs,) = told(normalised(row(1))), told(normalised(row(1), key=b"another key"), b"another key")
    assert ours.text == theirs.text
    assert ours.record_id != theirs.record_id and ours.salt != theirs.salt
    assert ours.content_hash != theirs.content_hash


def test_rows_without_a_key_have_the_salt_of_their_dataset(normalised: Callable[..., Job]) -> None:
    job = normalised(row(1, wsh=""), row(2, dm=""), [*row(3), "多"])
    dataset = hashlib.blake2b(job.contract.dataset.encode(), key=hashlib.sha256(KEY).digest(), digest_size=32)
    assert {(one.record_id, one.salt) for one in told(job)} == {(None, dataset.digest()[16:].hex())}


def test_id_and_salt_are_the_halves_of_one_keyed_hash(normalised: Callable[..., Job]) -> None:
    job = normalised(row(1))
    (one,) = told(job)
    values = pl.read_parquet(job.normalised).row(0, named=True)
    text = "\x1f".join((job.contract.dataset, *(str(values[name]) for name in job.contract.key)))
    whole = hashlib.blake2b(text.encode(), key=hashlib.sha256(KEY).digest(), digest_size=32).hexdigest()
    assert (one.record_id, one.salt) == (whole[:32], whole[32:])


def test_many_rows_are_hashed_as_one_is(normalised: Callable[..., Job], monkeypatch: pytest.MonkeyPatch) -> None:
    before = pl.read_parquet(normalised(*ROWS).normalised)
    monkeypatch.setattr("hub.stages.identity._ROWS", 2)
    assert pl.read_parquet(normalised(*ROWS).normalised).equals(before)
