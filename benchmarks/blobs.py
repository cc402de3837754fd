"""What sealing files costs: landing and reading the same bytes with and without, by turns.

    python benchmarks/blobs.py --megabytes 100 [--times 3]

Landing is hashing, writing, flushing, reading back and hashing again. The fastest of each counts. Read the ratios.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

CIPHERS = ("none", "aes-256-gcm", "sm4-gcm")


class Keys:
    """One key."""

    def __init__(self, cipher: Any) -> None:
        self.cipher = cipher

    def current(self) -> tuple[str, Any] | None:
        """Under which a file is sealed."""
        return None if self.cipher is None else ("0" * 12, self.cipher)

    def opened(self, _: str) -> Any:
        """By which it is opened."""
        return self.cipher


def took(work: Callable[[], Any]) -> float:
    """Seconds."""
    began = time.monotonic()
    work()
    return time.monotonic() - began


def main() -> None:
    """Measure, and print a line for each cipher."""
    from hub.ledger.ciphers import KEY_BYTES, aead
    from hub.store import Store

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--times", type=int, default=3)
    told = parser.parse_args()
    best: dict[tuple[str, str], float] = {}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        source.write_bytes(os.urandom(1 << 20) * told.megabytes)
        for _ in range(told.times):
            for name in CIPHERS:
                keys = Keys(None if name == "none" else aead(name, os.urandom(KEY_BYTES[name])))
                store, landed = Store(f"file://{folder}/{name}", keys), list[str]()
                seconds = {"land": took(lambda: landed.append(store.land(source)))}  # noqa: B023
                seconds["copy out"] = took(lambda: store.copy_out(landed[0], Path(folder) / "copy"))  # noqa: B023
                store.erase(landed[0])
                for what, one in seconds.items():
                    best[name, what] = min(one, best.get((name, what), one))
    for name in CIPHERS:
        parts = [f"{what} {best[name, what]:.3f} s ({best[name, what] / best['none', what]:.2f})" for what in seconds]
        print(f"{name:12} {told.megabytes} MB: {', '.join(parts)}")


if __name__ == "__main__":
    main()
