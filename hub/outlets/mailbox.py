"""Packages over SFTP (数据包信箱): ``<message>_<day>_<number>``, answered by receipts; XML and CSV alike.

A package appears whole and is never overwritten. Its number is the last five digits of its highest outbox sequence,
the next free one when that is taken, so that the same rows make the same package: sent again, it stands there already,
or is a repetition that says nothing new, for every record carries its sequence and what is to be done with it. The
receiver keeps to these: only a higher sequence changes what it holds, also of a record that is gone. Nothing is known
of a record until its receipt came.

Where a marker says that a file is whole, one of ours without its marker was never handed over and goes away again.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

import polars as pl

from connectors.faults import Missing, Refused, TooLarge, Unreachable
from connectors.sftp import Entry, Session, connect
from hub.contract.model import Contract, Outlet
from hub.contract.profile_parts import Message
from hub.contract.profiles import PackageProfile
from hub.errors import CallOperator, FixConfiguration, TryAgain
from hub.failpoints import reached
from hub.outlets import preparing, sharing, xml_rows
from hub.outlets.receiver import Answer, Parcel
from hub.settings import SftpServer

NUMBERS = 100_000
LARGEST = 256 << 20  # bytes of a receipt or a list
NO_CAUSE = "没有说明原因"


@dataclass(frozen=True, slots=True)
class Mailbox(ABC):
    """A receiver, reached by packages. ``day``: today in the county's zone."""

    outlet: Outlet
    profile: PackageProfile
    session: Session
    root: str
    day: date
    read: dict[tuple[str, int, int], Any] = field(default_factory=dict, repr=False)  # what was read in this session
    removes_at_once: ClassVar[bool] = False
    only_sent: ClassVar[bool] = False
    ending: ClassVar[str]  # of a package's name
    unfit: ClassVar[str]  # what is said of a row that the form cannot carry

    @abstractmethod
    def content(self, parcel: Parcel, rows: Sequence[Mapping[str, str]]) -> bytes:
        """One package."""

    @abstractmethod
    def rows_in(self, content: bytes) -> list[dict[str, str]] | None:
        """The rows of a receipt or a list; None when it is still being written."""

    def takes(self, dataset: str) -> bool:
        """Whether the profile names a message for it."""
        return dataset in self.profile.datasets

    def prepare(
        self, contract: Contract, records: pl.DataFrame, today: date, circumstances: sharing.Circumstances
    ) -> Parcel:
        """See ``Receiver``."""
        profile, dataset, note = self.profile, contract.dataset, self._note()

        def around(row: Mapping[str, Any], record_id: str, sequence: int) -> Mapping[str, str]:
            cells = {name: xml_rows.text_of(cell, profile.date_format) for name, cell in row.items()}
            return self._head(record_id, sequence, profile.envelope.put) | cells | note

        names, ours = self._message(dataset).columns, (*self._head("", 0, ""), *note)
        outlet = self.outlet.id
        return preparing.prepare(outlet, dataset, names, contract, records, today, circumstances, around, ours)

    def put(self, parcel: Parcel) -> dict[int, str]:
        """See ``Receiver``: the packages of removals go first."""
        number, size = self._message(parcel.table).number, self.profile.rows
        unfit = {sequence: self.unfit for sequence, row in parcel.rows.items() if not xml_rows.fits(row)}
        gone = [
            (sequence, self._head(record, sequence, self.profile.envelope.delete) | self._note())
            for sequence, (record, _) in sorted(parcel.hidden.items())
        ]
        rows = sorted((sequence, row) for sequence, row in parcel.rows.items() if sequence not in unfit)
        with _answering():
            taken = self._answered(number)
            self._forget_unmarked(number, taken)
            for part in (gone, rows):
                for start in range(0, len(part), size):
                    page = part[start : start + size]
                    content = self.content(parcel, [row for _, row in page])
                    self._write(number, page[-1][0] % NUMBERS, content, taken)
        return unfit

    def answers(self, dataset: str, waiting: Mapping[str, int]) -> list[Answer]:
        """See ``Receiver``: what the receipts of the last days say."""
        number = self._message(dataset).number
        found = {record: Answer(record, sequence, "sent", None) for record, sequence in waiting.items()}
        with _answering():
            for entry in self._receipts(number):
                for answer in self._once(entry, self._verdicts):
                    if waiting.get(answer.record_id) == answer.sequence:
                        found[answer.record_id] = answer  # of several receipts the last holds
            if waiting and self.profile.clear:
                self._clear(number)
        return list(found.values())

    def can_be_asked(self, dataset: str) -> bool:
        """See ``Receiver``: a list of the past does not say what is shown now."""
        return False

    def shown(self, dataset: str, record_ids: Sequence[str]) -> set[str]:
        """See ``Receiver``."""
        return set()

    def sequences(self, dataset: str) -> dict[str, int]:
        """See ``Receiver``: from the receiver's last list, which it writes every month or when it is asked to."""
        newest = self._list(dataset)
        if newest is None:
            raise CallOperator("the receiver has written no list of what it holds: ask it for one")
        with _answering():
            found: dict[str, int] = self._once(newest[1], self._held)
        return found

    def as_of(self, dataset: str) -> date | None:
        """See ``Receiver``."""
        newest = self._list(dataset)
        return newest and newest[0]

    def _message(self, dataset: str) -> Message:
        try:
            return self.profile.datasets[dataset]
        except KeyError:
            raise FixConfiguration(f"the profile of {self.outlet.id} does not name {dataset}") from None

    def _head(self, record_id: str, sequence: int, operation: str) -> dict[str, str]:
        names = self.profile.envelope
        return {names.id: record_id, names.sequence: str(sequence), names.operation: operation}

    def _note(self) -> dict[str, str]:
        return dict((self.profile.note,)) if self.profile.note is not None else {}

    def _write(self, message: str, number: int, content: bytes, taken: set[str]) -> None:
        """Put a package under the first number, from this one on, that is free or stands for the same package."""
        for step in range(NUMBERS):
            stem = f"{message}_{self.day:%Y%m%d}_{(number + step) % NUMBERS:05d}"
            if stem in taken:
                continue
            path = f"{self._folder(self.profile.packages)}/{stem}{self.ending}"
            there = self.session.stat(path)
            if there is not None and (there.size != len(content) or self.session.read(path, len(content)) != content):
                continue
            reached("packages.before_put")
            self.session.put(path, content)
            reached("packages.after_put")
            if self.profile.marker:
                reached("packages.before_marker")
                self.session.put(f"{self._folder(self.profile.packages)}/{self._marker(f'{stem}{self.ending}')}", b"")
            return
        raise CallOperator("every package number of this day is taken")

    def _marker(self, name: str) -> str:
        """The marker of a file: its name with another ending."""
        return name.rpartition(".")[0] + self.profile.marker

    def _ours(self, message: str) -> list[tuple[str, Entry]]:
        """What lies there of our packages, half written ones and markers too, each with the package's stem."""
        forms = "|".join(re.escape(one) for one in (self.ending, self.profile.marker) if one)
        form = rf"\.?({re.escape(message)}_[0-9]{{8}}_[0-9]{{5}})(?:{forms})(?:\.part)?"
        entries = self.session.files(self._folder(self.profile.packages))
        found = [(re.fullmatch(form, entry.name), entry) for entry in entries]
        return [(named[1], entry) for named, entry in found if named is not None]

    def _forget_unmarked(self, message: str, taken: set[str]) -> None:
        """Take away what a run left that was broken off before the marker: it may show what must not be shown now."""
        if not self.profile.marker:
            return
        ours = self._ours(message)
        marked = {stem for stem, entry in ours if entry.name == f"{stem}{self.profile.marker}"}
        for stem, entry in ours:
            if stem not in marked | taken:
                reached("packages.before_forget")
                self.session.remove(entry.path)

    def _clear(self, message: str) -> None:
        """Take away packages whose receipt names records: what the receiver has need not lie there as well."""
        suffix = self.profile.receipt.suffix
        whole = [entry for entry in self._receipts(message) if self._once(entry, self._verdicts)]
        taken = {entry.name.removesuffix(suffix) for entry in whole}
        for stem, entry in self._ours(message):
            if stem in taken:
                reached("packages.before_clear")
                self.session.remove(entry.path)

    def _answered(self, message: str) -> set[str]:
        """Names, without their ending, of the packages that have a receipt."""
        suffix = self.profile.receipt.suffix
        return {entry.name.removesuffix(suffix) for entry in self._receipts(message)}

    def _folder(self, name: str) -> str:
        return f"{self.root.rstrip('/')}/{name}"

    def _named(self, form: str) -> list[tuple[date, Entry]]:
        """Whole files in the receiver's folder whose name has a form, with the day in it; none that is no day."""
        found, entries = [], self.session.files(self._folder(self.profile.receipts))
        names = {entry.name for entry in entries}
        for entry in entries:
            named = re.fullmatch(form, entry.name)
            if named is None or (self.profile.marker and self._marker(entry.name) not in names):
                continue
            try:
                found.append((datetime.strptime(named[1], "%Y%m%d").date(), entry))
            except ValueError:
                continue
        return found

    def _receipts(self, message: str) -> list[Entry]:
        """Receipts of the last days, the oldest first."""
        form = rf"{re.escape(message)}_([0-9]{{8}})_[0-9]{{5}}{re.escape(self.profile.receipt.suffix)}"
        since = self.day - timedelta(days=self.profile.days)
        recent = [entry for day, entry in self._named(form) if day >= since]
        return sorted(recent, key=lambda entry: (entry.modified, entry.name))

    def _list(self, dataset: str) -> tuple[date, Entry] | None:
        """The newest list of what the receiver holds, and its day."""
        if not self.profile.holdings:
            return None
        form = rf"{re.escape(self._message(dataset).number)}_([0-9]{{8}}){re.escape(self.profile.holdings)}"
        with _answering():
            return max(self._named(form), key=lambda one: one[0], default=None)

    def _once(self, entry: Entry, reading: Any) -> Any:
        key = (entry.path, entry.size, entry.modified)
        if key not in self.read:
            try:
                content = self.session.read(entry.path, LARGEST)
            except Missing:
                raise TryAgain("a file of the receiver went away while it was read") from None
            self.read[key] = reading(content)
        return self.read[key]

    def _verdicts(self, content: bytes) -> list[Answer]:
        """What a receipt says. One that is still being written says nothing yet: its records stay pending."""
        names, found = self.profile.envelope, []
        for row in self.rows_in(content) or ():
            sequence = xml_rows.number(row.get(names.sequence))
            meaning = self.profile.codes.meaning(row.get(self.profile.receipt.result, "").strip())
            if sequence is None or meaning is None or not row.get(names.id):
                raise FixConfiguration("a receipt lacks an id or a sequence, or has a result that the profile lacks")
            if meaning == "refused":
                cause = row.get(self.profile.receipt.cause, "").strip() or NO_CAUSE
                found.append(Answer(row[names.id], sequence, "rejected", cause))
            else:
                found.append(Answer(row[names.id], sequence, "acknowledged", None))
        return found

    def _held(self, content: bytes) -> dict[str, int]:
        names, found, rows = self.profile.envelope, dict[str, int](), self.rows_in(content)
        if rows is None:
            raise TryAgain("the receiver's list is not whole")
        for row in rows:
            sequence = xml_rows.number(row.get(names.sequence))
            if sequence is None or not row.get(names.id):
                raise FixConfiguration("the receiver's list lacks an id or a sequence")
            found[row[names.id]] = sequence
        return found


@contextmanager
def opened(kind: type[Mailbox], outlet: Outlet, server: SftpServer, day: date) -> Iterator[Mailbox]:
    """The receiver's folders; ``FixConfiguration`` when its server refuses us."""
    profile = outlet.profile
    if not isinstance(profile, PackageProfile):
        raise FixConfiguration(f"outlets.yaml: {outlet.id} has no profile of packages")
    with (
        _answering(),
        connect(server.host, server.port, server.user, server.key_file, server.host_key) as session,
    ):
        yield kind(outlet, profile, session, server.root, day)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except Unreachable:
        raise TryAgain("the receiver's SFTP server does not answer") from None
    except Missing:
        raise FixConfiguration("the receiver's SFTP server lacks a folder that the profile names") from None
    except (Refused, TooLarge) as error:
        raise FixConfiguration(f"the receiver's SFTP server refuses: {error}") from None
