"""Outlet to a bank by CSV files over SFTP (银行数据文件): a reference for it, never a verdict.

What goes is a matter of consent (``sharing``); every row says in a column of its own that it is no ground for a
decision. Each file is followed by an empty marker, and counts from then on; the bank's receipts and lists do the same.
The bank hears of the records that were sent to it and of no others: that somebody is known here is nobody's business.
Only the way is encrypted, by SSH with a pinned host key; the files are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

from hub.contract.model import Outlet
from hub.errors import FixConfiguration
from hub.outlets import csv_rows, mailbox
from hub.outlets.receiver import Parcel
from hub.settings import SftpServer


class BankFiles(mailbox.Mailbox):
    """A bank, reached by files of CSV."""

    __slots__ = ()
    only_sent = True
    ending = ".csv"
    unfit = "有的字符不能写进数据文件"

    def content(self, parcel: Parcel, rows: Sequence[Mapping[str, str]]) -> bytes:
        """See ``Mailbox``: a file of removals has the same header."""
        names, note = self.profile.envelope, self._note()
        ours = (names.id, names.sequence, names.operation)
        columns = [name for name in parcel.header if name not in ours and name not in note]
        return csv_rows.write((*ours, *columns, *note), rows)

    def rows_in(self, content: bytes) -> list[dict[str, str]] | None:
        """See ``Mailbox``: with its marker a file is whole, so what cannot be read never will be."""
        try:
            return csv_rows.read(content)
        except csv_rows.NotCsv as error:
            raise FixConfiguration(f"a file of the bank's cannot be read: {error}") from None


@contextmanager
def door(outlet: Outlet, server: SftpServer, day: date) -> Iterator[mailbox.Mailbox]:
    """The bank's folders; ``FixConfiguration`` when its server refuses us."""
    with mailbox.opened(BankFiles, outlet, server, day) as opened:
        yield opened
