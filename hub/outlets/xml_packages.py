"""Outlet province by XML packages over SFTP (数据包); everything but the form stands in ``mailbox``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

from hub.contract.model import Outlet
from hub.outlets import mailbox, xml_rows
from hub.outlets.receiver import Parcel
from hub.settings import SftpServer


class XmlPackages(mailbox.Mailbox):
    """The province, reached by packages of XML."""

    __slots__ = ()
    ending = ".xml"
    unfit = xml_rows.UNFIT

    def content(self, parcel: Parcel, rows: Sequence[Mapping[str, str]]) -> bytes:
        """See ``Mailbox``."""
        return xml_rows.write(self.profile.envelope, rows, self.profile.datasets[parcel.table].number)

    def rows_in(self, content: bytes) -> list[dict[str, str]] | None:
        """See ``Mailbox``: what is no whole document is still being written."""
        try:
            return xml_rows.rows_of(xml_rows.read(content), self.profile.envelope.row)
        except xml_rows.NotXml:
            return None


@contextmanager
def door(outlet: Outlet, server: SftpServer, day: date) -> Iterator[mailbox.Mailbox]:
    """The province's folders; ``FixConfiguration`` when its server refuses us."""
    with mailbox.opened(XmlPackages, outlet, server, day) as opened:
        yield opened
