"""What a cycle of the outlets costs, by the number of changes and by the size of the store, in the same run.

    python benchmarks/publish.py --records 1000000 [--times 5] [--changes 0 1000 100000]

Licences of organisations, all of them public. Of the changes 80 % are new records, 19 % say something else of records
anywhere in the store, 1 % are withdrawals. A cycle decides, publishes, tells the departments (stage 4) and closes its
entries: of the open feed, and of the province's front-end tables (SQLite). The accepting transaction is not in it.
Read the ratios: of the large store to the small one, and of a cycle to deciding and writing everything.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from ledger import CHUNK, DATASET, Store, rows_of

from hub.county.identities import Place, uscc
from hub.demo.province import SimulatedProvince
from hub.line.hub import Hub

CODE = uscc(Place(), 1)
SOUND = {
    "xk_xdr_lb": "法人及非法人组织",
    "xk_xdr_shxym": CODE,
    "xk_xklb": "普通",
    "xk_frdb": "赵某甲",
    "xk_nr": "食品销售",
    "xk_zt": "1",
    "xk_xkjg": "某某县市场监督管理局",
    "xk_xkjgdm": CODE,
    "xk_lydw": "某某县市场监督管理局",
    "xk_lydwdm": CODE,
}
NO_DOCUMENTS = ("xk_xdr_zjhm", "xk_xdr_zjlx", "xk_fr_zjhm", "xk_fr_zjlx", "bz")


def licences(contract: Any, numbers: pl.Series, mark: str = "0", operation: str = "O") -> Iterator[pl.DataFrame]:
    """Licences by their numbers, as accept hands rows on; another ``mark`` is another content."""
    today = date.today()
    for start in range(0, len(numbers), CHUNK):
        part = numbers[start : start + CHUNK]
        (frame,) = rows_of(contract, 0, len(part))
        keys = part.hash(seed=1).cast(pl.String).str.zfill(20)  # spread over all ids, as keyed hashes are
        record = pl.Series([f"{int(key):016x}{number:016x}" for key, number in zip(keys, part, strict=True)])
        yield frame.with_columns(
            pl.col("record") + start,
            pl.col("row") + start,
            record.alias("record_id"),
            (record.str.head(31) + mark).alias("content_hash"),
            pl.lit(operation).alias("operation"),
            *(pl.lit(text).alias(name) for name, text in SOUND.items()),
            *(pl.lit(None, pl.String).alias(name) for name in NO_DOCUMENTS),
            pl.format("许〔2026〕{}号", record.str.tail(8)).alias("xk_wsh"),
            pl.lit(today - timedelta(days=9)).alias("xk_jdrq"),
            pl.lit(today - timedelta(days=9)).alias("xk_yxqz"),
            pl.lit(today + timedelta(days=900)).alias("xk_yxqzi"),
        )


def change(store: Store, held: int, changes: int, mark: str) -> int:
    """Accept so many changes; gives how many records the store has had by then."""
    new, gone = changes * 80 // 100, changes // 100
    step = max(held // max(changes - new, 1), 1)
    others = pl.int_range(0, held, step, eager=True).head(changes - new)
    fresh = pl.int_range(held, held + new, eager=True)
    for numbers, sign, operation in ((fresh, "0", "O"), (others[gone:], mark, "O"), (others[:gone], "0", "W")):
        if len(numbers):
            store.accept(licences(store.contract, numbers, sign, operation), len(numbers))
    return held + new


def cycles(hub: Hub, province: SimulatedProvince) -> dict[str, float]:
    """Seconds of a cycle of each outlet; the province's own work is not counted."""
    began = time.monotonic()
    hub.drain("open_feed")
    seconds = {"open_feed": time.monotonic() - began}
    began = time.monotonic()
    hub.drain("province")
    sent = time.monotonic() - began
    (table,) = (one for one in province.tables if one.name == hub.outlet("province").options["tables"][DATASET])  # type: ignore[index]
    with province.engine.begin() as connection:
        connection.execute(table.update().values({province.names.synced: province.names.done}))
    began = time.monotonic()
    hub.drain("province")
    return seconds | {"province": sent + time.monotonic() - began}


def measure(folder: Path, records: int, numbers: list[int]) -> dict[str, float]:
    """Fill a store, publish it, then a cycle for every number of changes."""
    store = Store(folder, "", province_url=f"sqlite:///{folder}/province.db")
    for start in range(0, records, 1_000_000):
        chosen = pl.int_range(start, min(start + 1_000_000, records), eager=True)
        store.accept(licences(store.contract, chosen), len(chosen))
    _settled(store)
    began = time.monotonic()
    store.hub.drain("open_feed")
    seconds, held = {"open_feed: everything": time.monotonic() - began}, records
    province = SimulatedProvince(store.hub.settings.province_url, store.hub.outlet("province"), [store.contract])
    province.create()
    store.hub.drain("province")  # its sweep of the day
    for place, changes in enumerate(numbers):
        held = change(store, held, changes, "abcdef"[place])
        for outlet, took in cycles(store.hub, province).items():
            seconds[f"{outlet}: {changes:,} changes"] = took
    return seconds


def _settled(store: Store) -> None:
    """What the province has of the store is not what is measured."""
    from hub.ledger import outbox
    from hub.ledger.connect import writing

    with writing(store.hub.ledger) as connection:
        last = outbox.last_sequence(connection, "province", DATASET)
        outbox.mark_all(connection, "province", DATASET, last, store.hub.now())


def main() -> None:
    """Measure each store in a process of its own and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=5, help="how many times larger the large store is")
    parser.add_argument("--changes", type=int, nargs="+", default=[0, 1_000, 100_000])
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.folder:
        print(json.dumps(measure(told.folder, told.records, told.changes)))
        return
    found = []
    for records in (told.records, told.records * told.times):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, __file__, "--folder", folder, "--records", str(records), "--changes"]
            command += [str(number) for number in told.changes]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            found.append(json.loads(done.stdout))
    small, large = found
    print(f"| cycle | s, {told.records:,} | s, {told.records * told.times:,} | large ÷ small | of everything, large |")
    print("|---|---:|---:|---:|---:|")
    for name in small:
        share = large[name] / large["open_feed: everything"]
        print(f"| {name} | {small[name]:.2f} | {large[name]:.2f} | {large[name] / small[name]:.2f} | {share:.3f} |")


if __name__ == "__main__":
    main()
