"""Reading and normalising side by side give the same artefacts as one after the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.contract import derive, load
from hub.line.course import Course, read_and_normalise
from hub.stages import normalise, read
from hub.stages.job import Job

PROJECT = Path(__file__).resolve().parents[3]
CHUNK = 500  # rows
ROWS = 2_600


@pytest.fixture
def job(tmp_path: Path) -> Job:
    contract = load.contract("market/admin_licence", PROJECT / "schemas", PROJECT / "expectations")
    suite = derive.suite(contract, PROJECT / "expectations")
    return Job(1, contract, suite, tmp_path / "source", tmp_path, b"a key for tests", chunk_rows=CHUNK)


def licences(encoding: str, ascii_rows: int = 0) -> bytes:
    from hub.county.licence_volume import licence_rows

    lines = b"".join(licence_rows(ROWS, seed=3)).decode("gb18030").splitlines(keepends=True)
    plain = ["A," * 27 + "A\r\n"] * ascii_rows
    return "".join([lines[0], *plain, *lines[1:]]).encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_artefacts_are_the_same_bytes(encoding: str, job: Job) -> None:
    job.source.write_bytes(licences(encoding))
    course = Course()
    found, normalised = read_and_normalise(course, job, None)
    assert normalised is not None and normalised.rows == found.rows == ROWS
    side_by_side = (job.read.read_bytes(), job.normalised.read_bytes(), normalised)
    assert set(course.outcomes) == {"read", "normalise"}
    assert read.run(job.source, job.contract, job.read, chunk_rows=CHUNK) == found
    assert (job.read.read_bytes(), normalise.run(job)) == (side_by_side[0], side_by_side[2])
    assert job.normalised.read_bytes() == side_by_side[1]


def test_a_file_whose_encoding_shows_late_is_normalised_from_the_attempt_that_counts(job: Job) -> None:
    _, *rest = licences("gb18030").splitlines(keepends=True)
    names = [column.name for column in job.contract.columns]
    plain = (",".join("A" for _ in names) + "\r\n").encode() * 200_000  # more than one block of the reader
    job.source.write_bytes((",".join(names) + "\r\n").encode() + plain + b"".join(rest))
    found, normalised = read_and_normalise(Course(), job, None)
    assert found.encoding == "gb18030"
    assert normalised is not None and normalised.rows == found.rows == 200_000 + ROWS


def test_a_file_that_is_refused_at_its_end_leaves_nothing_normalised(job: Job) -> None:
    job.source.write_bytes(licences("utf-8") + b'"open')
    course: Any = Course()
    found, normalised = read_and_normalise(course, job, None)
    assert found.refused and normalised is None
    assert not job.normalised.exists() and not job.read.exists()
