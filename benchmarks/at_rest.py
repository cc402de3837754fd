"""What sealing costs: accepting and reading the same rows with and without, in the same run.

    python benchmarks/at_rest.py --rows 300000 [--ledger postgresql+psycopg://…] [--times 3]

Rows of ``market/admin_licence`` (28 columns, three of them sealed, one searched by pseudonym) go through the accepting
transaction; then every current version is read, once without the sealed columns and once with them. Each is done by
turns; the fastest of each counts. The first lines seal and open cells alone, with both ciphers. Read the ratios.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from ledger import DATASET, Store, rows_of  # noqa: E402

CIPHERS = ("none", "aes-256-gcm", "sm4-gcm")


def took(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what came out."""
    began = time.monotonic()
    made = work()
    return time.monotonic() - began, made


def cells(number: int) -> None:
    """Sealing and opening alone, in microseconds a cell."""
    from hub.ledger.cells import open_cells, pseudonyms, seal
    from hub.ledger.ciphers import KEY_BYTES, aead

    ids = pl.Series([f"{one:032x}" for one in range(number)])
    plain = pl.Series([f"11010118800101{one % 10000:04d}" for one in range(number)])
    for name in KEY_BYTES:
        cipher = aead(name, secrets.token_bytes(KEY_BYTES[name]))
        there, sealed = took(lambda cipher=cipher: seal(plain, ids, "a/b\x1fc", "0" * 12, cipher))  # type: ignore[misc]
        back, opened = took(lambda c=cipher, s=sealed: open_cells(s, ids, "a/b\x1fc", {"0" * 12: c}))  # type: ignore[misc]
        assert opened.to_list() == plain.to_list()
        print(f"{name:<12} seal {there / number * 1e6:.2f} µs a cell, open {back / number * 1e6:.2f} µs")
    hashed, _ = took(lambda: pseudonyms(plain, b"k" * 32))
    print(f"{'pseudonym':<12} {hashed / number * 1e6:.2f} µs a cell")


def once(cipher: str, rows: int, ledger: str) -> dict[str, float]:
    """Seconds of each step of one hub."""
    from hub.ledger import frames

    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder), ledger, cipher=cipher)
        shape = store.hub.shape(store.contract)
        open_columns = [name for name, _ in shape.columns if name not in shape.sealed]
        frames_in = list(rows_of(store.contract, 0, rows))
        found = {"accept": store.accept(iter(frames_in), rows)}
        found["read without"], read = took(lambda: frames.current(store.hub.ledger, shape, open_columns))
        assert read.height == rows
        found["read with"], read = took(lambda: frames.current(store.hub.ledger, shape, [n for n, _ in shape.columns]))
        assert read.height == rows and not read[shape.sealed[0]].drop_nulls().str.starts_with("1:").any()
        store.hub.ledger.dispose()
        if ledger:
            _empty(ledger)
        return found


def _empty(ledger: str) -> None:
    import sqlalchemy as sa

    engine = sa.create_engine(ledger)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()


def main() -> None:
    """Print seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--ledger", default="")
    given = parser.parse_args()
    cells(given.rows)
    best: dict[str, dict[str, float]] = {}
    for _ in range(given.times):
        for cipher in CIPHERS:
            found = once(cipher, given.rows, given.ledger)
            before = best.get(cipher, found)
            best[cipher] = {step: min(seconds, before[step]) for step, seconds in found.items()}
    print(f"\n{given.rows} rows of {DATASET}, {given.ledger.partition(':')[0] or 'sqlite'}")
    for cipher, found in best.items():
        told = (f"{step} {took_:.2f} s ({took_ / best['none'][step]:.2f})" for step, took_ in found.items())
        print(f"{cipher:<12} {', '.join(told)}")


if __name__ == "__main__":
    main()
