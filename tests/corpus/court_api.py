"""A court's API for tests: a real HTTP server on loopback, with or without TLS, that does wrong what it is told to."""

from __future__ import annotations

import base64
import gzip
import json
import re
import shutil
import socket
import ssl
import struct
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from hub.county.identities import Place, citizen_id, company, uscc

PLACE = Place()
PATH = "/v1/shops"
BOMB = gzip.compress(b"0" * (16 << 20), 1)
FILES = """  - server: market
    type: sftp
    location: sftp://hub/market/inbox/
"""
SERVER = """  - server: market
    type: custom
    description: 接口
    customProperties:
      - {property: api, value: county_api}
      - {property: path, value: /v1/shops}
      - {property: rows, value: /data/list}
      - {property: columns, value: {mc: shop_name}}
      - {property: paging, value: PAGING}
      - {property: pull, value: PULL}
"""
ANSWER = "      - {property: answer, value: {path: /v1/receipts, method: put}}\n"
NUMBER = "{by: number, parameter: page, sizeParameter: size, size: 2, total: /data/total}"
PAGINGS = {
    "number": NUMBER,
    "offset": "{by: offset, parameter: offset, sizeParameter: limit, size: 2}",
    "cursor": "{by: cursor, parameter: cursor, next: /data/next, sizeParameter: limit, size: 2}",
    "link": "{by: link, sizeParameter: limit, size: 2}",
}
WATERMARK = "{by: watermark, column: gxsj, parameter: updated_since, overlap: 600}"


def schemas(small: Path, folder: Path, paging: str = NUMBER, pull: str = WATERMARK, more: str = "") -> Path:
    """The small county's configuration, in which the department has an API beside its inbox."""
    target = folder / "schemas"
    if target.exists():
        return target
    shutil.copytree(small / "schemas", target)
    contract = target / "market" / "shop.odcs.yaml"
    text = contract.read_text(encoding="utf-8")
    assert FILES in text
    server = SERVER.replace("PAGING", paging).replace("PULL", pull) + more
    contract.write_text(text.replace(FILES, server + FILES), encoding="utf-8")
    return target


def row(serial: int, **changed: Any) -> dict[str, Any]:
    """One good row, as the API gives it; its time is the serial's minute."""
    return {
        "id": serial,
        "shop_name": company(PLACE, serial),
        "dm": uscc(PLACE, serial),
        "wsh": f"演市监〔2026〕{serial:04d}号",
        "sfzh": citizen_id(PLACE, serial),
        "rq": "2026-11-20",
        "je": 100000.00,
        "zt": 1,
        "bz": None,
        "gxsj": f"2026-11-20T{8 + serial // 60:02d}:{serial % 60:02d}:00",
    } | changed


@dataclass
class CourtApi:
    """What the other side has, what it asks for, and what it has seen."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    token: str | None = None
    troubles: deque[str] = field(default_factory=deque)  # one for each request for a page
    always: str | None = None  # the same for each
    shown: Callable[[int], None] | None = None  # called with the number of pages shown so far
    asked: list[dict[str, str]] = field(default_factory=list)  # parameters of every request for a page
    headers: list[Mapping[str, str]] = field(default_factory=list)
    receipts: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)  # path and key of every receipt
    receipt_troubles: deque[int] = field(default_factory=deque)
    tokens: list[str] = field(default_factory=list)  # what it has given out
    inclusive: bool = True
    total: int | None = None  # where it tells another one
    port: int = 0
    scheme: str = "http"

    @property
    def url(self) -> str:
        """Its address."""
        return f"{self.scheme}://localhost:{self.port}"

    def chosen(self, since: str | None) -> list[dict[str, Any]]:
        """Rows from a moment on."""
        if since is None:
            return self.rows
        return [one for one in self.rows if (one["gxsj"] >= since if self.inclusive else one["gxsj"] > since)]

    def page(self, asked: dict[str, str]) -> tuple[dict[str, Any], str | None]:
        """Content of the page, and the query of the next one."""
        rows = self.chosen(asked.get("updated_since"))
        size = int(asked.get("size") or asked.get("limit") or 1000)
        if "page" in asked:
            start = (int(asked["page"]) - 1) * size
        elif "cursor" in asked:
            start = int(base64.b64decode(asked["cursor"]))
        else:
            start = int(asked.get("offset", 0))
        more = start + size < len(rows)
        following = base64.b64encode(str(start + size).encode()).decode() if more else None
        total = len(rows) if self.total is None else self.total
        data = {"list": rows[start : start + size], "total": total, "next": following}
        return {"code": 0, "data": data}, urlencode(asked | {"offset": str(start + size)}) if more else None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: CourtApi

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        asked = {key: values[-1] for key, values in parse_qs(address.query).items()}
        self.api.asked.append(asked)
        self.api.headers.append(dict(self.headers))
        if self.api.token is not None and self.headers.get("Authorization") != f"Bearer {self.api.token}":
            self._give(401, b"{}")
            return
        trouble = self.api.always or (self.api.troubles.popleft() if self.api.troubles else "")
        content, more = self.api.page(asked)
        body = json.dumps(content, ensure_ascii=False).encode()
        headers = {"Link": f'<{PATH}?{more}>; rel="next"'} if more and "limit" in asked else {}
        kind, _, detail = trouble.partition(":")
        if kind.isdigit():
            self._give(int(kind), b"{}", {"Retry-After": detail} if detail else {})
        elif kind:
            getattr(self, f"_{kind}")(body, headers, detail)
        else:
            self._give(200, body, headers)
        if self.api.shown is not None:
            self.api.shown(len(self.api.asked))

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if urlsplit(self.path).path == "/oauth/token":
            self.api.tokens.append(f"token-{len(self.api.tokens) + 1}")
            self.api.token = self.api.tokens[-1]
            told = {"access_token": self.api.token, "token_type": "Bearer", "expires_in": 3600}
            self._give(200, json.dumps(told).encode())
            return
        self.api.told.append((urlsplit(self.path).path, self.headers["Idempotency-Key"]))
        self.api.receipts.append((self.command, self.headers["Idempotency-Key"], json.loads(body)))
        self._give(self.api.receipt_troubles.popleft() if self.api.receipt_troubles else 200, b"{}")

    do_POST = do_PUT

    def _give(
        self, status: int, body: bytes, headers: Mapping[str, str] | None = None, kind: str = "application/json"
    ) -> None:
        self.send_response(status)
        for name, text in ({"Content-Type": kind, "Content-Length": str(len(body))} | dict(headers or {})).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def _cut(self, body: bytes, headers: Mapping[str, str], detail: str) -> None:
        """Half of what was promised, then the end."""
        self._give(200, body[: len(body) // 2], {**headers, "Content-Length": str(len(body))})
        self.close_connection = True

    def _unframed(self, body: bytes, headers: Mapping[str, str], detail: str) -> None:
        """Half of it, and nobody said how much it would be."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.close_connection = True

    def _short(self, body: bytes, headers: Mapping[str, str], detail: str) -> None:
        """More than was promised."""
        self._give(200, body, {**headers, "Content-Length": str(len(body) - 10)})
        self.close_connection = True

    def _reset(self, body: bytes, headers: Mapping[str, str], detail: str) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def _drip(self, body: bytes, headers: Mapping[str, str], detail: str) -> None:
        """A byte now and then, in the head or in the body."""
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\nX-Slow: "
        self.wfile.write(head if detail == "head" else head + b"\r\n\r\n")
        try:
            for _ in range(100):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            self.close_connection = True

    def _silent(self, body: bytes, headers: Mapping[str, str], detail: str) -> None:
        time.sleep(float(detail))
        self.close_connection = True

    def _html(self, body: bytes, headers: Mapping[str, str], detail: str) -> None:
        self._give(200, b"<html><form>login</form></html>", kind="text/html; charset=utf-8")

    def _lying(self, body: bytes, headers: Mapping[str, str], detail: str) -> None:
        """A login page that calls itself JSON."""
        self._give(200, b"<html><form>login</form></html>")

    def _redirect(self, body: bytes, headers: Mapping[str, str], detail: str) -> None:
        self._give(302, b"", {"Location": detail})

    def _link(self, body: bytes, headers: Mapping[str, str], detail: str) -> None:
        self._give(200, body, {"Link": f'<{detail}>; rel="next"'})

    def _gzip(self, body: bytes, headers: Mapping[str, str], detail: str) -> None:
        self._give(200, gzip.compress(body), {**headers, "Content-Encoding": "gzip"})

    def _torn(self, body: bytes, headers: Mapping[str, str], detail: str) -> None:
        """Packed, and the end of it is missing."""
        self._give(200, gzip.compress(body)[:-12], {**headers, "Content-Encoding": "gzip"})

    def _bomb(self, body: bytes, headers: Mapping[str, str], detail: str) -> None:
        self._give(200, BOMB, {"Content-Encoding": "gzip"})

    def _body(self, body: bytes, headers: Mapping[str, str], detail: str) -> None:
        """Another content."""
        self._give(200, detail.encode(), headers)

    def _cursor(self, body: bytes, headers: Mapping[str, str], detail: str) -> None:
        """Another cursor; ``*`` is a new one every time."""
        told = detail.replace("*", base64.b64encode(b"0" * len(self.api.asked)).decode())
        self._give(200, re.sub(rb'"next": (?:null|"[^"]*")', f'"next": "{told}"'.encode(), body), headers)


@contextmanager
def running(api: CourtApi, context: ssl.SSLContext | None = None) -> Iterator[CourtApi]:
    """The API answers as long as this lasts."""
    handler = type("Handler", (_Handler,), {"api": api})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        api.scheme = "https"
    api.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
