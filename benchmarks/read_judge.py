"""Reading and judging: decode, parse, normalise, verdict and Parquet, beside a floor and beside peers in the same run.

    python benchmarks/read_judge.py --rows 1000000 [--peer-rows 100000] [--repeat 1]

The file is a GB18030 CSV of 20 columns with 3 % bad rows. Every part runs in a process of its own, so that its peak
memory is its own; what it starts counts too. The peers need the environment ``.venv-peers`` (``benchmarks/README.md``);
they judge 25 rules, the hub judges all that follow from its contract. Read the ratios: seconds move with the machine.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".venv-peers" / "bin" / "python"
DATASET = "market/admin_licence"
DROPPED = (
    *("xk_xdr_gszc", "xk_xdr_zzjg", "xk_xdr_swdj", "xk_xdr_sydw", "xk_xdr_shzz"),
    *("xk_fr_zjlx", "xk_fr_zjhm", "bz"),
)  # 28 columns less these are 20


def contract_and_suite() -> tuple[Any, Any]:
    """The licence of 20 columns and all rules that speak of them."""
    from hub.contract import derive, load
    from hub.contract.model import Suite
    from hub.rules.applied import applied

    whole = load.contract(DATASET, ROOT / "schemas", ROOT / "expectations")
    contract = dataclasses.replace(whole, columns=tuple(one for one in whole.columns if one.name not in DROPPED))
    suite = applied(derive.suite(whole, ROOT / "expectations"), {}, ()).suite  # without a ledger, as a precheck
    rules = tuple(
        rule
        for rule in suite.rules
        if not any(name in json.dumps([rule.kwargs, rule.meta], default=str) for name in DROPPED)
    )
    return contract, Suite(suite.name, rules)


def hub_part(folder: Path) -> dict[str, float]:
    """The hub: every row's verdict, and Great Expectations' result."""
    import great_expectations  # noqa: F401 - a worker has it loaded before the first delivery

    from hub.line.course import Course, read_and_normalise
    from hub.stages import check, confined, gate
    from hub.stages.job import Job

    contract, suite = contract_and_suite()
    job = Job(1, contract, suite, folder / "file.csv", folder, b"benchmark-record-key")
    nothing = folder / "nothing.csv"
    nothing.write_bytes(b"")
    confined.run(nothing, contract, job.read)  # the parser process of a worker is there before the first delivery
    seconds: dict[str, float] = {}
    with timed(seconds, "read and normalise"):
        found, _ = read_and_normalise(Course(), job, None)
        assert not found.refused
    with timed(seconds, "check"):
        checked = check.run(job)
    rejected = int((checked.states["state"] == "rejected").sum())
    with timed(seconds, "gate"):
        gate.run(job, checked.verdict, rejected)
    print(f"hub: {len(suite.rules)} rules, {rejected} rows rejected", file=sys.stderr)
    return seconds


def floor_part(folder: Path) -> dict[str, float]:
    """Transcode (one block ahead), parse as text, write as Parquet: the fastest way that the libraries offer."""
    import codecs
    import io
    from concurrent.futures import ThreadPoolExecutor

    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    def pieces() -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder("gb18030")("strict")
        with (folder / "file.csv").open("rb") as source, ThreadPoolExecutor(1) as ahead:

            def piece() -> bytes:
                raw = source.read(4 << 20)
                return decoder.decode(raw, final=not raw).encode()

            coming = ahead.submit(piece)
            while made := coming.result():
                coming = ahead.submit(piece)
                yield made

    class Utf8(io.RawIOBase):
        def __init__(self) -> None:
            self.stream, self.rest = pieces(), memoryview(b"")

        def readable(self) -> bool:
            return True

        def readinto(self, target: Any) -> int:
            if not self.rest:
                self.rest = memoryview(next(self.stream, b""))
            count = min(len(target), len(self.rest))
            target[:count], self.rest = self.rest[:count], self.rest[count:]
            return count

    seconds: dict[str, float] = {}
    with timed(seconds, "transcode, parse, Parquet"):
        source = io.BufferedReader(Utf8(), 4 << 20)
        with (folder / "file.csv").open("rb") as first:
            names = first.readline().decode("gb18030").strip().split(",")
        batches = pa.csv.open_csv(
            source,
            read_options=pa.csv.ReadOptions(block_size=16 << 20),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True
            ),
        )
        with pq.ParquetWriter(folder / "floor.parquet", batches.schema, compression="lz4", use_dictionary=False) as out:
            for batch in batches:
                out.write_batch(batch)
    return seconds


def rules_part(folder: Path) -> dict[str, float]:
    """The same suite on the same normalised rows: stock Great Expectations on pandas, and our check with the gate."""
    import great_expectations as gx
    import polars as pl

    from hub.rules.gx import expectation
    from hub.stages import check, gate, normalise, read
    from hub.stages.job import Job

    contract, suite = contract_and_suite()
    job = Job(1, contract, suite, folder / "part.csv", folder, b"benchmark-record-key")
    read.run(job.source, contract, job.read)
    normalise.run(job)
    seconds: dict[str, float] = {}
    with timed(seconds, "our check and gate"):
        checked = check.run(job)
        gate.run(job, checked.verdict, 0)
    judged = pl.read_parquet(job.normalised).filter(~pl.col("blank"))
    frame = judged.to_pandas(use_pyarrow_extension_array=False).astype(object)
    for name, kind in judged.schema.items():
        if kind == pl.Date:
            frame[name] = judged[name].to_list()
    frame = frame.where(frame.notna(), None)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_pandas("stock").add_dataframe_asset("rows")
    batch = source.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": frame})
    made = gx.ExpectationSuite(name="stock", expectations=[expectation(one, n) for n, one in enumerate(suite.rules)])
    with timed(seconds, "stock GX on pandas"):
        batch.validate(made, result_format="BASIC")
    return seconds


class timed:
    """Seconds of a block, under its name."""

    def __init__(self, seconds: dict[str, float], name: str) -> None:
        self.seconds, self.name = seconds, name

    def __enter__(self) -> None:
        self.began = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self.seconds[self.name] = time.monotonic() - self.began


def write_file(file: Path, rows: int) -> None:
    """The synthetic delivery with the columns of the benchmark: 3 % bad rows, always the same bytes."""
    import io

    import polars as pl

    from hub.county.licence_volume import licence_rows

    contract, _ = contract_and_suite()
    kept = [column.label for column in contract.columns]
    header: list[str] = []
    with file.open("wb") as target:
        for number, piece in enumerate(licence_rows(rows, seed=1, bad=0.03)):
            if number == 0:
                header = piece.decode("gb18030").strip().split(",")
                target.write((",".join(kept) + "\r\n").encode("gb18030"))
                continue
            frame = pl.read_csv(
                io.BytesIO(piece.decode("gb18030").encode()), has_header=False, new_columns=header, infer_schema=False
            )
            target.write(frame.select(kept).write_csv(include_header=False).encode("gb18030"))


def measured(part: str, folder: Path, python: Path | str = sys.executable, script: str = __file__) -> tuple[Any, float]:
    """Run one part in a process of its own; its answer and its peak memory in GB."""
    done = subprocess.run(
        [str(python), script, "--part", part, "--folder", str(folder)], check=True, stdout=subprocess.PIPE, text=True
    )
    answer = json.loads(done.stdout.splitlines()[-1])
    return answer["seconds"], answer["peak_gb"]


def peak_gb() -> float:
    """Peak memory of this process and of the largest that it started."""
    used = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used) / (1 << 20)


def main() -> None:
    """Generate, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--peer-rows", type=int, default=100_000)
    parser.add_argument("--part", choices=("hub", "floor", "rules"))
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.part:
        seconds = {"hub": hub_part, "floor": floor_part, "rules": rules_part}[given.part](given.folder)
        print(json.dumps({"seconds": seconds, "peak_gb": peak_gb()}))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_file(folder / "file.csv", given.rows)
        floor, floor_peak = measured("floor", folder)
        hub, hub_peak = measured("hub", folder)
        total, least = sum(hub.values()), sum(floor.values())
        print(f"\n{given.rows:,} rows x 20 columns\n\n|part|seconds|peak GB|\n|---|---:|---:|")
        print(f"|**floor: transcode, parse, Parquet**|**{least:.1f}**|{floor_peak:.2f}|")
        for part, seconds in hub.items():
            print(f"|hub: {part}|{seconds:.1f}||")
        print(f"|**hub: read and judge**|**{total:.1f}**|{hub_peak:.2f}|")
        print(f"\nhub / floor: {total / least:.2f}\n", flush=True)
        peer_rows = min(given.peer_rows, given.rows)
        if peer_rows:
            _beside_peers(folder, peer_rows, total / given.rows)


def _beside_peers(folder: Path, rows: int, ours: float) -> None:
    """Peers on the first rows of the file; ``ours``: seconds a row of the whole path."""
    with (folder / "file.csv").open("rb") as source, (folder / "part.csv").open("wb") as target:
        target.writelines(line for _, line in zip(range(rows + 1), source, strict=False))
    (folder / "part").mkdir()
    (folder / "part.csv").rename(folder / "part" / "part.csv")
    print(f"first {rows:,} rows\n\n|part|seconds|rows a second|times slower than the hub|\n|---|---:|---:|---:|")
    seconds, _ = measured("rules", folder / "part")
    for name, took in seconds.items():
        print(
            f"|{name}, rules alone|{took:.2f}|{rows / took:,.0f}|{took / seconds['our check and gate']:.1f}|",
            flush=True,
        )
    if not PEERS.exists():
        print("\nno environment .venv-peers: the peers were left out")
        return
    for peer in ("pandera", "pointblank", "frictionless"):
        found, _ = measured(peer, folder / "part", PEERS, str(Path(__file__).with_name("peers.py")))
        took = sum(found.values())
        print(f"|{peer}, read, normalise and judge|{took:.1f}|{rows / took:,.0f}|{took / rows / ours:.1f}|", flush=True)


if __name__ == "__main__":
    main()
