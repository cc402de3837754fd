"""One JSON text to one address, by HTTP POST. No redirect and no proxy: it goes where it was told to, or nowhere."""

from __future__ import annotations

import http.client
import ssl
from urllib.parse import urlsplit

from connectors.faults import Refused, Unreachable

BUSY = (408, 425, 429)


def post(url: str, body: bytes, key: str, seconds: float) -> None:
    """Post ``body``. ``Unreachable`` when it may be taken later, ``Refused`` for any other answer but success.

    The address may hold a secret, and so may the answer: neither gets into an error.
    """
    address = urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise Refused("the address is none of http or https")
    path = (address.path or "/") + (f"?{address.query}" if address.query else "")
    headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": key}
    connection = _opened(address.scheme, address.hostname, address.port, seconds)
    try:
        connection.request("POST", path, body, headers)
        status = connection.getresponse().status
    except ssl.SSLError:
        raise Refused("no trusted encryption") from None
    except (http.client.HTTPException, OSError):
        raise Unreachable("post") from None
    finally:
        connection.close()
    if status >= 500 or status in BUSY:
        raise Unreachable("post")
    if not 200 <= status < 300:
        raise Refused(f"it answers {status}")


def _opened(scheme: str, host: str, port: int | None, seconds: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=seconds, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=seconds)
