"""A simulated bank (银行): takes files that have their marker, applies what is newer, answers by receipts with markers.

It stands for the other side in the demonstration and in tests.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.contract.model import Outlet
from hub.contract.profiles import PackageProfile
from hub.demo.package_receiver import SimulatedReceiver
from hub.outlets import csv_rows

ROUND_SECONDS = 0.3


class SimulatedBank(SimulatedReceiver):
    """A receiver of CSV files."""

    ending = ".csv"

    def is_whole(self, file: Path) -> bool:
        """See ``SimulatedReceiver``: the marker says so."""
        return super().is_whole(file) and self._marker(file).exists()

    def rows_in(self, content: bytes) -> list[dict[str, str]]:
        """See ``SimulatedReceiver``."""
        return csv_rows.read(content)

    def write(self, file: Path, names: Iterable[str], rows: list[dict[str, str]], message: str) -> None:
        """See ``SimulatedReceiver``: the marker comes last."""
        file.write_bytes(csv_rows.write(tuple(names), rows))
        self._marker(file).touch()

    def _marker(self, file: Path) -> Path:
        return file.with_suffix(self.profile.marker)


@contextmanager
def answering(outlets: Iterable[Outlet], root: Path) -> Iterator[list[SimulatedBank]]:
    """A bank behind each outlet of its kind, which answers in the background until the end."""
    profiles = [one.profile for one in outlets if one.kind == "bank_files"]
    banks = [SimulatedBank(one, root) for one in profiles if isinstance(one, PackageProfile)]
    stopped = threading.Event()

    def work() -> None:
        while not stopped.wait(ROUND_SECONDS):
            for bank in banks:
                bank.answer()

    thread = threading.Thread(target=work, name="bank", daemon=True)
    thread.start()
    try:
        yield banks
    finally:
        stopped.set()
        thread.join(timeout=10)
