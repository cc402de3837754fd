"""A simulated receiver of XML packages (数据包接收方): reads the folder, applies what is newer, writes receipts, lists.

It stands for the other side in demonstrations and in tests. It works only when it is asked to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from hub.contract.profiles import PackageProfile
from hub.outlets import xml_rows


class SimulatedReceiver:
    """``root``: the SFTP folder as its own machine sees it. ``refuses``: the cause why a row is refused, or None."""

    def __init__(
        self,
        profile: PackageProfile,
        root: Path,
        refuses: Callable[[Mapping[str, str]], str | None] = lambda row: None,
    ) -> None:
        self.profile, self.refuses = profile, refuses
        self.packages, self.receipts = root / profile.packages, root / profile.receipts
        self.packages.mkdir(parents=True, exist_ok=True)
        self.receipts.mkdir(parents=True, exist_ok=True)
        self.held: dict[str, dict[str, dict[str, str]]] = {dataset: {} for dataset in profile.datasets}
        self.applied: list[tuple[str, int]] = []  # record and sequence of each change
        self._last: dict[tuple[str, str], int] = {}

    def waiting(self) -> list[Path]:
        """Packages that have no receipt yet, by name."""
        suffix = self.profile.receipt.suffix
        whole = [file for file in sorted(self.packages.glob("*.xml")) if not file.name.startswith(".")]
        return [file for file in whole if not (self.receipts / f"{file.stem}{suffix}").exists()]

    def answer(self) -> int:
        """Take every package that waits and write its receipt; gives how many."""
        found = self.waiting()
        for file in found:
            self.take(file)
        return len(found)

    def take(self, file: Path) -> Path:
        """Take one package, and write its receipt, which it gives."""
        number = file.name.split("_")[0]
        dataset = next(name for name, one in self.profile.datasets.items() if one.number == number)
        names, said = self.profile.envelope, []
        for row in xml_rows.rows_of(xml_rows.read(file.read_bytes()), names.row):
            code, cause = self._done(dataset, row)
            told = {names.id: row[names.id], names.sequence: row[names.sequence]}
            said.append(told | {self.profile.receipt.result: code, self.profile.receipt.cause: cause})
        receipt = self.receipts / f"{file.stem}{self.profile.receipt.suffix}"
        receipt.write_bytes(xml_rows.write(names, said, number))
        return receipt

    def _done(self, dataset: str, row: Mapping[str, str]) -> tuple[str, str]:
        names, held, taken = self.profile.envelope, self.held[dataset], self.profile.codes.taken
        record, sequence = row[names.id], int(row[names.sequence])
        delete = row[names.operation] == names.delete
        if not delete and (cause := self.refuses(row)) is not None:
            return "01", cause
        if sequence <= self._last.get((dataset, record), -1):
            return taken, ""
        self._last[dataset, record] = sequence
        self.applied.append((record, sequence))
        if not delete:
            held[record] = dict(row)
        elif held.pop(record, None) is None:
            return "10", ""
        return taken, ""

    def write_list(self, day: date) -> None:
        """Write for every dataset what is held, as of a day."""
        names = self.profile.envelope
        for dataset, message in self.profile.datasets.items():
            rows = [{name: row[name] for name in (names.id, names.sequence)} for row in self.held[dataset].values()]
            file = self.receipts / f"{message.number}_{day:%Y%m%d}{self.profile.holdings}"
            file.write_bytes(xml_rows.write(names, rows, message.number))
