"""The accepting transaction beside a raw bulk load of the same rows, in the same run.

    python benchmarks/ledger.py --rows 1000000 [--ledger postgresql+psycopg://…] [--store 5000000]

Rows of ``market/admin_licence`` (28 columns) as the stage accept hands them on. The hub enters fates, versions, outbox
entries for every outlet, the quarantine and the evidence of the fates; the floor loads the same columns into one table
without an index: ADBC into SQLite with the same durability, COPY into PostgreSQL. Read the ratios.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

ROOT = Path(__file__).resolve().parent.parent
DATASET, CHUNK = "market/admin_licence", 200_000


def rows_of(contract: Any, start: int, end: int, changed: int = 0, stride: int = 1) -> Iterator[pl.DataFrame]:
    """Rows ``start`` to ``end`` of an endless list; every ``changed``-th has other content. As accept hands them on."""
    for first in range(start, end, CHUNK):
        numbers = range(first, min(first + CHUNK, end))
        keys = [hashlib.blake2b(b"%d" % (number * stride), digest_size=16).hexdigest() for number in numbers]
        other = [bool(changed) and number % changed == 0 for number in numbers]
        marks = [f"{key[16:]}{'f' * 16 if now else '0' * 16}" for key, now in zip(keys, other, strict=True)]
        frame = pl.DataFrame(
            {
                "record": [number - start + 1 for number in numbers],
                "row": [number - start + 2 for number in numbers],
                "record_id": keys,
                "content_hash": marks,
            }
        ).with_columns(
            pl.lit("accepted").alias("state"), pl.lit(None, pl.String).alias("code"), pl.lit("O").alias("operation")
        )
        kinds: dict[str, Any] = {
            "date": pl.lit(date(2026, 11, 1)),
            "decimal": pl.lit(Decimal("100000.5")).cast(pl.Decimal(18, 6)),
            "text": pl.lit("某某商贸有限公司 ") + pl.col("record_id").str.head(6),
        }
        yield frame.with_columns(
            *(
                (kinds[column.storage] if place % 3 or column.storage != "text" else pl.lit(None, pl.String)).alias(
                    column.name
                )
                for place, column in enumerate(contract.columns)
            )
        )


class Store:
    """A hub whose ledger is filled through the accepting transaction alone."""

    def __init__(self, folder: Path, ledger: str, **settings: Any) -> None:
        from hub.line import open_hub
        from hub.line.course import make_job
        from hub.settings import Settings

        places = {"home": folder / "state", "schemas": ROOT / "schemas", "expectations": ROOT / "expectations"}
        self.hub = open_hub(Settings(**places, ledger_url=ledger, **settings))
        self.contract = self.hub.contract(DATASET)
        self.number, self.make_job = 0, make_job

    def accept(self, frames: Iterator[pl.DataFrame], rows: int) -> float:
        """Seconds of one accepting transaction; making the rows is not counted."""
        from hub.ledger import data_keys, deliveries, evidence, fates, sealed, staging
        from hub.ledger.connect import writing
        from hub.line import accepting, conserving
        from hub.stages.job import ahead

        self.number += 1
        hub, made = self.hub, list(frames)
        arrival = deliveries.Arrival(
            department="market", dataset=DATASET, channel="hand", server=None, path=None, file_name="file.csv",
            size=rows, modified=None, sha256=f"{self.number:064d}", received_at=hub.now(), day="2026-11-23",
        )  # fmt: skip
        with writing(hub.ledger) as connection:
            delivery_id = deliveries.open_delivery(connection, arrival, "B", None)
            delivery = deliveries.show(connection, delivery_id)
        job = self.make_job(hub, delivery, self.contract)
        began = time.monotonic()
        tree = fates.Tree()
        passed = conserving.Passed()
        shape, vault = hub.shape(self.contract), data_keys.vault_of(hub.ledger)
        key = data_keys.current(hub.ledger, DATASET, f"{hub.now():%Y-%m}", hub.now())
        rows_in = ahead(sealed.frames(shape, tree.passing(passed.passing(made, job, rows)), key, vault))
        with staging.staged(hub.ledger, shape, rows_in, job.folder) as (on, staged):
            now = hub.now()
            entered = accepting.enter(hub, on, staged, delivery, job, rows, passed, now, refused=False)
            root = fates.bind(on, delivery_id, tree)
            evidence.append(on, "judged", now, delivery_id, fates_root=root, counts=entered.counts)
            evidence.seal(on, now)
        return time.monotonic() - began


def floor(folder: Path, ledger: str, contract: Any, rows: int) -> float:
    """Seconds of a raw bulk load of the same rows into one table."""
    from hub.ledger.staging import as_text

    frames = [as_text(frame) for frame in rows_of(contract, 0, rows)]
    if not ledger:
        import adbc_driver_sqlite.dbapi as adbc

        began = time.monotonic()
        file = str(folder / "floor.db")
        with adbc.connect(file, autocommit=True) as connection, connection.cursor() as cursor:
            for pragma in ("journal_mode=WAL", "synchronous=FULL"):
                cursor.execute(f"PRAGMA {pragma}").fetchall()
        with adbc.connect(file) as connection, connection.cursor() as cursor:
            for place, frame in enumerate(frames):
                table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
                cursor.adbc_ingest("floor", table, mode="append" if place else "create")  # type: ignore[arg-type]
            connection.commit()
        return time.monotonic() - began
    import psycopg

    kinds = ", ".join(f'"{name}" {"bigint" if name in ("record", "row") else "text"}' for name in frames[0].columns)
    with psycopg.connect(ledger.replace("+psycopg", "")) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS floor_rows")
        began = time.monotonic()
        cursor.execute(f"CREATE TABLE floor_rows ({kinds})")  # type: ignore[arg-type]
        with cursor.copy("COPY floor_rows FROM STDIN WITH (FORMAT csv)") as copy:
            for frame in frames:
                for part in frame.iter_slices(20_000):
                    copy.write(part.write_csv(include_header=False))
        connection.commit()
        took = time.monotonic() - began
        cursor.execute("DROP TABLE floor_rows")
    return took


def measure(part: str, folder: Path, ledger: str, rows: int, held: int) -> dict[str, float]:
    """One part in this process."""
    store = Store(folder, ledger)
    if part == "floor":
        return {"floor": floor(folder, ledger, store.contract, rows)}
    if part == "store":
        for start in range(0, held, rows):
            store.accept(rows_of(store.contract, start, min(start + rows, held)), min(rows, held - start))
        step = max(held // 1000, 1)
        few = pl.concat(list(rows_of(store.contract, 0, 1000, 1, stride=step))).with_columns(
            pl.lit("f" * 32).alias("content_hash")
        )
        return {f"1,000 changes among {held:,}": store.accept(iter([few]), 1000)}
    seconds = {"all new": store.accept(rows_of(store.contract, 0, rows), rows)}
    seconds["all unchanged"] = store.accept(rows_of(store.contract, 0, rows), rows)
    seconds["1 % changed"] = store.accept(rows_of(store.contract, 0, rows, 100), rows)
    return seconds


def main() -> None:
    """Run every part in a process of its own and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--store", type=int, default=0, help="records held while 1,000 change; 0 leaves it out")
    parser.add_argument("--ledger", default="", help="an empty PostgreSQL database; default SQLite")
    parser.add_argument("--part", choices=("floor", "accept", "store"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.part:
        print(json.dumps(measure(told.part, told.folder, told.ledger, told.rows, told.store)))
        return
    seconds: dict[str, float] = {}
    for part in ("floor", "accept", *(("store",) if told.store else ())):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, __file__, "--part", part, "--folder", folder, "--rows", str(told.rows)]
            command += ["--store", str(told.store), "--ledger", told.ledger]
            done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
            seconds |= json.loads(done.stdout)
    print(f"| part | seconds | rows a second | times the floor |\n|---|---:|---:|---:|  ({told.rows:,} rows)")
    for name, took in seconds.items():
        rows = told.rows if "among" not in name else 1000
        print(f"| {name} | {took:.2f} | {rows / took:,.0f} | {took / seconds['floor']:.2f} |")


if __name__ == "__main__":
    main()
