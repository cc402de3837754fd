"""One request and its answer over HTTP, with a limit on everything: time, size, what a compressed answer unpacks to.

No redirect, no proxy, no cookie, nothing without encryption but on this machine itself. Encryption is always verified.
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx

from connectors.faults import Refused, TooLarge, Unreachable
from connectors.http_faults import http_faults

LOOPBACK = ("127.0.0.1", "::1", "localhost")
_PORTS = {"http": 80, "https": 443}
# They write addresses with their queries, and headers with their tokens.
for name in ("httpx", "httpcore"):
    logging.getLogger(name).setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes."""

    connect_seconds: float = 10.0
    read_seconds: float = 30.0  # until the next bytes
    answer_seconds: float = 120.0  # for one answer as a whole
    answer_bytes: int = 16 << 20  # of one answer, unpacked


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``told_length``: the answer said how long it is, so it is known to be whole."""

    status: int
    headers: httpx.Headers
    body: bytes
    told_length: bool
    next_link: str | None  # RFC 8288, rel=next
    certificate: Mapping[str, Any] | None  # of the other side


def origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """Scheme, host and port: what a token may be sent to."""
    return url.scheme, url.host, url.port or _PORTS.get(url.scheme)


def address(text: str) -> httpx.URL:
    """An address; ``Refused`` where a secret would go over the wire unencrypted, or stands in the address itself."""
    with http_faults("address"):
        url = httpx.URL(text)
    if url.scheme not in _PORTS or not url.host:
        raise Refused("the address is none of http or https")
    if url.scheme == "http" and url.host not in LOOPBACK:
        raise Refused("the address is not encrypted: https is needed")
    if url.userinfo or url.fragment:
        raise Refused("an account or a fragment has no place in the address")
    return url


def trust(ca_file: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """Whom we trust, the system's authorities or only those of ``ca_file``, and our own certificate for mutual TLS."""
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        if certificate is not None:
            # Never ask for a password at a terminal that nobody sits at.
            context.load_cert_chain(certificate, key, password=lambda: "")
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        raise Refused("the files of certificates and keys cannot be read, or do not belong together") from None
    return context


class Wire:
    """The connection to one origin."""

    def __init__(self, context: ssl.SSLContext, limits: Limits) -> None:
        self._limits = limits
        timeout = httpx.Timeout(limits.read_seconds, connect=limits.connect_seconds)
        pool = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        self._client = httpx.Client(verify=context, timeout=timeout, trust_env=False, limits=pool)
        self._stream: Any = None  # of the connection that is open

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def send(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], content: bytes | None, seconds: float
    ) -> Answer:
        """Ask, and take the whole answer, within ``seconds`` and the limits, whatever its status is."""
        given = {"Accept-Encoding": "gzip", "User-Agent": "credit-hub", **headers}
        self._client.cookies.clear()
        with http_faults("ask"), self._within(seconds):
            stream = self._client.stream(
                method, url, headers=given, content=content, extensions={"trace": self._opened}
            )
            with stream as response:
                body = self._body(response)
                network = response.extensions["network_stream"]
                secured = network.get_extra_info("ssl_object")
                told = "content-length" in response.headers or "transfer-encoding" in response.headers
                certificate = secured.getpeercert() if secured is not None else None
                return Answer(response.status_code, response.headers, body, told, _next(response), certificate)

    def _opened(self, event: str, facts: Mapping[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._stream = facts["return_value"]

    @contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        """Cut the connection when the time is over: a side that sends a byte now and then never runs into a timeout."""
        timer = threading.Timer(min(seconds, self._limits.answer_seconds), self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        stream = self._stream
        if stream is not None:
            with suppress(OSError):  # it was closed meanwhile, which is what is wanted
                socket.socket.shutdown(stream.get_extra_info("socket"), socket.SHUT_RDWR)

    def _body(self, response: httpx.Response) -> bytes:
        packing = response.headers.get("content-encoding", "identity").strip().lower()
        if packing not in ("identity", "gzip", "x-gzip", ""):
            raise Refused("the answer is packed in a way that was not asked for")
        most = self._limits.answer_bytes
        unpack = zlib.decompressobj(wbits=31) if "gzip" in packing else None
        parts: list[bytes] = []
        size = 0
        try:
            for raw in response.iter_raw(1 << 16):
                # One byte more than is allowed is enough to know, however much the rest would unpack to.
                part = raw if unpack is None else unpack.decompress(raw, most - size + 1)
                size += len(part)
                if size > most:
                    raise TooLarge("the answer is larger than is allowed")
                parts.append(part)
        except zlib.error:
            raise Unreachable("the answer is damaged") from None
        if unpack is not None and size and (not unpack.eof or unpack.unused_data):
            raise Unreachable("the answer is not whole")
        return b"".join(parts)


def _next(response: httpx.Response) -> str | None:
    for link in response.links.values():
        if "next" in link.get("rel", "").lower().split():
            return link.get("url")
    return None
