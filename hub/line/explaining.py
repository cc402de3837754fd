"""What a bad delivery has in common (找共同原因): after the judging, for files that went wrong as a whole.

Healthy deliveries cost nothing. The others cost a bounded trial: a sample of the rows, a catalogue of changes, each
judged on the sample alone. Nothing is stored but what the receipt says.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from hub.receipts.parts import Cause
from hub.stages import confined
from hub.stages.causes import explain, sample
from hub.stages.causes.attempt import Case
from hub.stages.causes.bench import Bench, Judge, counts
from hub.stages.causes.text import File
from hub.stages.check import Checked
from hub.stages.job import Job, chunks
from hub.stages.read import Read

FEWEST = 10  # failing rows; fewer are mended one by one
SHARE = 0.05  # of the judged rows
_PIECE = 50_000


def of_rows(job: Job, read: Read, checked: Checked) -> tuple[Cause, ...]:
    """The likeliest causes of what is wrong with the rows, best first; none when there is little in common."""
    if not _much(checked):
        return ()
    states = checked.states
    apart = states.filter(pl.col("state").is_in(["blank", "duplicate"]))["record"]
    rows = sample.of_rows(chunks(job.read, _PIECE), read.rows)
    rows = rows.filter(~pl.col("record").is_in(apart.implode()))

    form = [column.name for column in job.contract.columns]  # as it is handed out

    def order() -> Sequence[str | None]:
        if read.format != "csv" or read.delimiter is None:
            return form
        lines = sample.head_of(job.source).splitlines()
        header = lines[read.header_row - 1] if len(lines) >= read.header_row else b""
        text = header.removeprefix(b"\xef\xbb\xbf").decode(read.encoding or "utf-8", "replace")
        # Of a packed file the header cannot be seen here: then the form's order is supposed, too.
        return explain.order_of(job.contract, text, read.delimiter, _Rereader(job)) or form

    bench = Bench(Judge(job.contract, job.suite), rows)
    return explain.of_rows(Case(job.contract, bench, order, read.delimiter), read.rows)


def of_file(job: Job, read: Read) -> tuple[Cause, ...]:
    """The likeliest causes for which a text file as a whole was refused; none for a file that was read."""
    codes = frozenset(finding.code for finding in read.findings)
    if read.format not in (None, "csv") or not codes & explain.MENDABLE:
        return ()
    around = next((one.row for one in read.findings if one.code == "FIL-LINES"), None)
    file = File(
        contract=job.contract,
        judge=Judge(job.contract, job.suite),
        codes=codes,
        encoding=read.encoding,
        agreed_delimiter=read.delimiter,
        head=sample.head_of(job.source),
        raw=sample.of_lines(job.source, around),
        reread=_Rereader(job),
    )
    return explain.of_file(file, read.rows)


def _much(checked: Checked) -> bool:
    """Whether so many rows are rejected, or have amounts in question, that one cause is likely."""
    rejected = int((checked.states["state"] == "rejected").sum())
    asked = max((count for code, _, count in checked.rule_counts if counts(code, False)), default=0)
    failing = max(rejected, asked)
    return failing >= FEWEST and failing > SHARE * checked.judged


class _Rereader:
    """The reader's own door for a changed sample: UTF-8 with commas in, rows as read out."""

    def __init__(self, job: Job) -> None:
        folder = job.folder / "causes"
        # What the sender agreed to does not hold for lines that the hub has written itself.
        self.job = replace(job, contract=replace(job.contract, intakes=()), source=folder / "source", folder=folder)

    def __call__(self, content: bytes) -> pl.DataFrame | None:
        job = self.job
        job.folder.mkdir(exist_ok=True)
        try:
            job.source.write_bytes(content)
            outcome = confined.run(job.source, job.contract, job.read, limits=job.limits)
            return None if outcome.refused else pl.read_parquet(job.read)
        finally:
            shutil.rmtree(job.folder)
