"""A simulated receiver of XML packages (数据包接收方): reads the folder, applies what is newer, writes receipts, lists.

It stands for the other side in demonstrations and in tests. It works only when it is asked to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path

from hub.contract.profiles import PackageProfile
from hub.outlets import xml_rows


class SimulatedReceiver:
    """``root``: the SFTP folder as its own machine sees it. ``refuses``: the cause why a row is refused, or None."""

    ending = ".xml"

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
        suffix, numbers = self.profile.receipt.suffix, {one.number for one in self.profile.datasets.values()}
        whole = [file for file in sorted(self.packages.glob(f"*{self.ending}")) if self.is_whole(file)]
        mine = [file for file in whole if file.name.split("_")[0] in numbers]
        return [file for file in mine if not (self.receipts / f"{file.stem}{suffix}").exists()]

    def is_whole(self, file: Path) -> bool:
        """Whether a package is no longer being written."""
        return not file.name.startswith(".")

    def rows_in(self, content: bytes) -> list[dict[str, str]]:
        """The rows of a package."""
        return xml_rows.rows_of(xml_rows.read(content), self.profile.envelope.row)

    def write(self, file: Path, names: Iterable[str], rows: list[dict[str, str]], message: str) -> None:
        """Write a receipt or a list; ``names``: all that its rows have."""
        file.write_bytes(xml_rows.write(self.profile.envelope, rows, message))

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
        for row in self.rows_in(file.read_bytes()):
            code, cause = self._done(dataset, row)
            told = {names.id: row[names.id], names.sequence: row[names.sequence]}
            said.append(told | {self.profile.receipt.result: code, self.profile.receipt.cause: cause})
        receipt = self.receipts / f"{file.stem}{self.profile.receipt.suffix}"
        own = (names.id, names.sequence, self.profile.receipt.result, self.profile.receipt.cause)
        self.write(receipt, own, said, number)
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
            self.write(file, (names.id, names.sequence), rows, message.number)
