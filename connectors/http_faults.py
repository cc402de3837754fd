"""HTTP errors as faults: what may go well later, and what only another configuration mends.

httpx quotes addresses, and an address may hold a token in its query; so nothing of its texts is kept.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from connectors.faults import Refused, Unreachable

AGAIN = frozenset((408, 425, 429, 500, 502, 503, 504))
# The other side broke off in the middle of the encryption: that is no question of trust.
_CUT = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


class Busy(Unreachable):
    """The other side says that it may be asked again, perhaps after so many seconds."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


@contextmanager
def http_faults(doing: str) -> Iterator[None]:
    """Turn what httpx raises into Refused or Unreachable. ``doing`` is one of our own words."""
    try:
        yield
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise Refused(f"{doing}: the address cannot be used") from None
    except httpx.TimeoutException:
        raise Unreachable(f"{doing}: it takes too long") from None
    except (httpx.TransportError, httpx.StreamError) as error:
        if _is_distrust(error):
            raise Refused(f"{doing}: no trusted encryption") from None
        raise Unreachable(f"{doing}: it is down, or the connection broke") from None


def _is_distrust(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return not isinstance(error, _CUT)
        error = error.__cause__ or error.__context__
    return False
