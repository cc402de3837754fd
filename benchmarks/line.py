"""The whole path of one large delivery beside its floor and beside stock Great Expectations, in the same run.

    python benchmarks/line.py --rows 1000000 [--ledger postgresql+psycopg://…] [--gx-rows 100000]

Path: a GB18030 CSV of ``market/admin_licence`` in; verdicts, store, receipt and open feed out. Floor: the same bytes
decoded, parsed, written as Parquet and bulk-loaded into the same kind of database, with no checking. Each part runs in
a process of its own, so that its peak memory is its own. Read the ratios: the seconds move with the machine.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATASET = "market/admin_licence"


def hub_part(folder: Path, ledger: str) -> dict[str, float]:
    """The hub: submit the file, publish the feed. Seconds by stage."""
    from hub.ledger import deliveries
    from hub.ledger.connect import reading
    from hub.line import open_hub
    from hub.settings import Settings

    hub = open_hub(
        Settings(home=folder / "state", schemas=ROOT / "schemas", expectations=ROOT / "expectations", ledger_url=ledger)
    )
    _ = (hub.ledger, hub.contracts)
    import great_expectations  # noqa: F401 - a worker has it loaded before the first delivery

    seconds: dict[str, float] = {}
    began = time.monotonic()
    number = hub.submit(folder / "file.csv", "market", DATASET)
    seconds["submit"] = time.monotonic() - began
    with reading(hub.ledger) as connection:
        done = deliveries.stages(connection, number)
        counts = deliveries.show(connection, number)
    for stage in ("read", "normalise", "check", "gate", "accept"):
        seconds[stage] = done[stage]["seconds"]
    seconds["land, hash, receipt"] = seconds.pop("submit") - sum(seconds[one] for one in seconds if one != "submit")
    began = time.monotonic()
    hub.drain("open_feed")
    seconds["feed"] = time.monotonic() - began
    assert counts["rows"] == counts["accepted"] + counts["rejected"] + counts["duplicate"] + counts["blank"]
    return seconds


def floor_part(folder: Path, ledger: str) -> dict[str, float]:
    """Decode, parse, write Parquet, bulk-load: the least that any such program has to do."""
    import codecs
    import io

    import pyarrow as pa
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    seconds: dict[str, float] = {}
    began = time.monotonic()
    reader = codecs.getreader("gb18030")
    with (folder / "file.csv").open("rb") as source:
        header = source.readline().decode("gb18030").strip().split(",")
        source.seek(0)

        class Utf8(io.RawIOBase):
            def __init__(self) -> None:
                self.text, self.rest = reader(source), b""

            def readable(self) -> bool:
                return True

            def readinto(self, target) -> int:  # type: ignore[no-untyped-def]
                while not self.rest:
                    piece = self.text.read(1 << 22)
                    if not piece:
                        return 0
                    self.rest = piece.encode()
                count = min(len(target), len(self.rest))
                target[:count], self.rest = self.rest[:count], self.rest[count:]
                return count

        batches = pc.open_csv(
            io.BufferedReader(Utf8(), 1 << 22),
            read_options=pc.ReadOptions(block_size=16 << 20, use_threads=False),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=True
            ),
        )
        with pq.ParquetWriter(folder / "floor.parquet", batches.schema, compression="lz4") as writer:
            for batch in batches:
                writer.write_batch(batch)
    seconds["decode, parse, Parquet"] = time.monotonic() - began
    began = time.monotonic()
    with pq.ParquetFile(folder / "floor.parquet") as file:
        if ledger.startswith("postgresql"):
            _copy(file, header, ledger)
        else:
            import sqlite3

            import adbc_driver_sqlite.dbapi as adbc

            made = sqlite3.connect(folder / "floor.db")
            made.execute("PRAGMA journal_mode=WAL")  # as the ledger has it; the file remembers
            made.close()
            with adbc.connect(str(folder / "floor.db")) as connection, connection.cursor() as cursor:
                for number, batch in enumerate(file.iter_batches(batch_size=200_000)):
                    cursor.adbc_ingest("floor", batch, mode="append" if number else "create")
                connection.commit()
    seconds["bulk load"] = time.monotonic() - began
    return seconds


def _copy(file, header, ledger) -> None:  # type: ignore[no-untyped-def]
    import polars as pl
    import sqlalchemy as sa

    engine = sa.create_engine(ledger)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS floor_rows")
        connection.exec_driver_sql(f"CREATE TABLE floor_rows ({', '.join(f'c{i} text' for i in range(len(header)))})")
        raw = connection.connection.driver_connection
        with raw.cursor() as cursor, cursor.copy("COPY floor_rows FROM STDIN WITH (FORMAT csv)") as copy:
            for batch in file.iter_batches(batch_size=20_000):
                copy.write(pl.from_arrow(batch).write_csv(include_header=False))


def stock_part(folder: Path, rows: int) -> dict[str, float]:
    """Stock Great Expectations on pandas, the same suite on the normalised rows of the same delivery."""
    import great_expectations as gx
    import pandas as pd

    from hub.contract import derive, load
    from hub.line.course import intake_of
    from hub.rules.applied import applied
    from hub.rules.gx import expectation
    from hub.stages import normalise, read
    from hub.stages.job import Job

    contract = load.contract(DATASET, ROOT / "schemas", ROOT / "expectations")
    suite = applied(derive.suite(contract, ROOT / "expectations"), {}, ()).suite
    part = folder / "part.csv"
    with (folder / "file.csv").open("rb") as source, part.open("wb") as target:
        target.writelines(line for _, line in zip(range(rows + 1), source, strict=False))
    job = Job(1, contract, suite, part, folder, b"benchmark-record-key")
    read.run(part, contract, job.read, intake=intake_of(contract, "market"))
    normalise.run(job)
    frame = pd.read_parquet(job.normalised, dtype_backend="numpy_nullable").astype(object)
    frame = frame.where(frame.notna(), None)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    batch = (
        context.data_sources.add_pandas("stock").add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")
    )
    made = gx.ExpectationSuite(name="stock", expectations=[expectation(one, n) for n, one in enumerate(suite.rules)])
    definition = gx.ValidationDefinition(name="stock", data=batch, suite=context.suites.add(made))
    context.validation_definitions.add(definition)
    began = time.monotonic()
    definition.run(batch_parameters={"dataframe": frame}, result_format="BASIC")
    return {f"stock GX on pandas, {rows} rows": time.monotonic() - began}


def measured(part: str, folder: Path, *words: str) -> tuple[dict[str, float], float]:
    """Run one part in its own process; its seconds and its peak memory in GB."""
    call = [sys.executable, __file__, "--part", part, "--folder", str(folder), *words]
    done = subprocess.run(call, check=True, capture_output=True, text=True, cwd=ROOT)
    answer = json.loads(done.stdout.splitlines()[-1])
    return answer["seconds"], answer["peak_gb"]


def main() -> None:
    """Generate, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--gx-rows", type=int, default=100_000)
    parser.add_argument("--ledger", default="")
    parser.add_argument("--part", choices=("hub", "floor", "stock"))
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.part:
        work = {
            "hub": lambda: hub_part(given.folder, given.ledger),
            "floor": lambda: floor_part(given.folder, given.ledger),
            "stock": lambda: stock_part(given.folder, given.gx_rows),
        }
        seconds = work[given.part]()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
        print(json.dumps({"seconds": seconds, "peak_gb": peak}))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_file(folder / "file.csv", given.rows)
        floor, floor_peak = measured("floor", folder, "--ledger", given.ledger)
        hub, hub_peak = measured("hub", folder, "--ledger", given.ledger)
        gx_rows = min(given.gx_rows, given.rows)
        stock, stock_peak = measured("stock", folder, "--gx-rows", str(gx_rows)) if gx_rows else ({}, 0.0)
    total, least = sum(hub.values()), sum(floor.values())
    print(f"\n{given.rows:,} rows, {'PostgreSQL' if given.ledger else 'SQLite'}\n")
    print("|part|seconds|peak GB|\n|---|---:|---:|")
    for name, seconds in floor.items():
        print(f"|floor: {name}|{seconds:.1f}||")
    print(f"|**floor**|**{least:.1f}**|{floor_peak:.2f}|")
    for name, seconds in hub.items():
        print(f"|hub: {name}|{seconds:.1f}||")
    print(f"|**hub, whole path**|**{total:.1f}**|{hub_peak:.2f}|")
    for name, seconds in stock.items():
        print(f"|{name}|{seconds:.1f}|{stock_peak:.2f}|")
        judged = (hub["check"] + hub["gate"]) / given.rows
        print(f"\nwhole path / floor: {total / least:.2f}")
        print(f"stock GX / our check and gate, per row: {seconds / gx_rows / judged:.1f}")
    if not stock:
        print(f"\nwhole path / floor: {total / least:.2f}")


def write_file(file: Path, rows: int) -> None:
    """The synthetic delivery: 3 % bad rows, always the same bytes."""
    from hub.county.licence_volume import licence_rows

    with file.open("wb") as target:
        target.writelines(licence_rows(rows, seed=1, bad=0.03))


if __name__ == "__main__":
    main()
