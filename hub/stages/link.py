"""The link to an SFTP server for the stages: connectors' faults become the hub's errors, sorted by who acts next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from connectors.faults import Failed, Missing, Refused, Unreachable
from connectors.sftp import Session, connect
from hub.errors import CallOperator, FixConfiguration, HubError, TryAgain
from hub.settings import SftpServer


@contextmanager
def session(server: SftpServer) -> Iterator[Session]:
    """An open session; what breaks inside it is ``TryAgain``, what the server forbids is ``CallOperator``.

    ``FixConfiguration`` when the server refuses the login or shows another host key than the pinned one.
    """
    try:
        opened = connect(server.host, server.port, server.user, server.key_file, server.host_key)
    except Unreachable:
        raise TryAgain("the SFTP server does not answer") from None
    except Refused as error:
        raise FixConfiguration(f"the SFTP server refuses: {error}") from None
    try:
        with opened:
            yield opened
    except (Unreachable, Missing) as error:
        raise TryAgain(f"the SFTP server broke off: {error}") from None
    except Refused as error:
        raise error_of(error) from None


def error_of(fault: Refused | Failed) -> HubError:
    """What a fault at one folder or file means to the hub, while the connection goes on."""
    if isinstance(fault, Failed):
        return TryAgain(f"the SFTP server broke off: {fault}")
    return CallOperator(f"the SFTP server refuses: {fault}")
