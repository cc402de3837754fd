"""One stray quote at a random place of a large CSV, many times: how often is a row lost without a word?

    python benchmarks/stray_quote.py [--rows 200000] [--trials 1000] [--seed 1]

Every trial puts one more `"` somewhere into the same delivery (in turn with no cell quoted, and with every cell quoted)
and reads it whole. The hub either refuses the file, naming the struck line and counting every line, or every row but
the struck one comes out as it went in; anything else is a lost row. Lines are counted apart from the hub's own code.
Beside it, the same bytes through pyarrow's reader alone.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from hub.contract import load
from hub.contract.model import Contract
from hub.county.licence_volume import licence_rows
from hub.stages import read

ROOT = Path(__file__).resolve().parent.parent
DATASET = "market/admin_licence"


@dataclass(frozen=True)
class Sound:
    """The delivery without the stray quote, and what the hub reads from it."""

    data: bytes
    table: pa.Table


def prepared(rows: int, quoting: int, contract: Contract, folder: Path) -> Sound:
    """One delivery in UTF-8."""
    text = b"".join(licence_rows(rows, seed=1, bad=0.03)).decode("gb18030")
    made = io.StringIO(newline="")
    csv.writer(made, quoting=quoting).writerows(csv.reader(io.StringIO(text, newline="")))  # type: ignore[call-overload]
    source, target = folder / "file.csv", folder / "sound.parquet"
    source.write_bytes(made.getvalue().encode())
    assert not read.run(source, contract, target).refused
    return Sound(made.getvalue().encode(), pq.read_table(target))


def trial(sound: Sound, at: int, contract: Contract, folder: Path) -> str:
    """What becomes of the delivery with a quote before byte ``at``."""
    data = sound.data[:at] + b'"' + sound.data[at:]
    source, target = folder / "file.csv", folder / "read.parquet"
    source.write_bytes(data)
    lines = len(data.splitlines())
    struck = len(data[: at + 1].splitlines())
    outcome = read.run(source, contract, target)
    if outcome.rows + outcome.header_row != lines:
        return "lost a row"
    if outcome.refused:
        named = [(finding.code, finding.row) for finding in outcome.findings] == [("FIL-LINES", struck)]
        return "refused, the struck line named" if named else "refused otherwise"
    table = pq.read_table(target)
    before = struck - 2  # rows above the struck one; the header is line 1
    same = table.num_rows == lines - 1 == sound.table.num_rows and (
        before < 0
        or (
            table.slice(0, before).equals(sound.table.slice(0, before))
            and table.slice(before + 1).equals(sound.table.slice(before + 1))
        )
    )
    if not same:
        return "lost a row"
    marked = before >= 0 and table["row__mark"][before].is_valid
    return "read, the struck row rejected" if marked else "read, the quote stands in its cell"


def alone(data: bytes, at: int, rows: int) -> str:
    """The same bytes through pyarrow's reader."""
    try:
        found = pa.csv.read_csv(pa.BufferReader(data[:at] + b'"' + data[at:])).num_rows
    except pa.ArrowInvalid:
        return "error"
    return "all rows" if found == rows else "lost rows, no error"


def main() -> None:
    """Prepare, strike, count, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--trials", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    contract = load.contract(DATASET, ROOT / "schemas", ROOT / "expectations")
    draw = random.Random(given.seed)
    ours: Counter[str] = Counter()
    peers: Counter[str] = Counter()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        deliveries = [prepared(given.rows, quoting, contract, folder) for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)]
        for number in range(given.trials):
            sound = deliveries[number % 2]
            at = draw.randrange(len(sound.data) + 1)
            while at < len(sound.data) and sound.data[at] & 0xC0 == 0x80:  # never inside a character
                at += 1
            ours[trial(sound, at, contract, folder)] += 1
            peers[alone(sound.data, at, given.rows)] += 1
    print(f"\n{given.trials:,} trials, {given.rows:,} rows, {time.monotonic() - began:.0f} s\n")
    print("|reader|outcome|trials|\n|---|---|---:|")
    for reader, outcomes in (("hub", ours), ("pyarrow alone", peers)):
        for outcome, count in sorted(outcomes.items()):
            print(f"|{reader}|{outcome}|{count:,}|")
    print(f"\nhub: {ours['lost a row']:,} of {given.trials:,} lost a row in silence")


if __name__ == "__main__":
    main()
