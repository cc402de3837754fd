"""A simulated provincial service (信用中国类): WSDL and calls on loopback, all-or-nothing, the failing line named.

It stands for the other side in demonstrations and in tests, and can be made to misbehave: ``moods`` are taken one by a
call. What it holds stands in ``held``, by dataset and record.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from lxml import etree

from hub.contract.profiles import SoapProfile
from hub.outlets import xml_rows

Mood = Literal[
    "well", "fails", "cut before", "cut after", "late", "no line", "wrong line", "later", "unknown code", "half"
]
SPACE = "urn:simulated-province"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
LATE_SECONDS = 1.0


class SimulatedService:
    """``refuses``: the cause why a row is refused, or None. Usable in a ``with``; ``wsdl`` is its address then."""

    def __init__(
        self, profile: SoapProfile, token: str, refuses: Callable[[Mapping[str, str]], str | None] = lambda row: None
    ) -> None:
        self.profile, self.token, self.refuses = profile, token, refuses
        self.held: dict[str, dict[str, dict[str, str]]] = {dataset: {} for dataset in profile.datasets}
        self.moods: deque[Mood] = deque()
        self.calls: list[tuple[str, int]] = []  # operation and rows of each call
        self.applied: list[tuple[str, int]] = []  # record and sequence of each change
        self._last: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> SimulatedService:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(200, service.description(f"http://127.0.0.1:{service.port}/"))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                mood: Mood = service.moods.popleft() if service.moods else "well"
                if mood in ("fails", "cut before"):
                    self._answer(500, b"") if mood == "fails" else self._cut()
                    return
                answer = service.answer(body, mood)
                if mood == "late":
                    threading.Event().wait(LATE_SECONDS)
                if mood == "cut after":
                    self._cut()
                    return
                self._answer(200, answer)

            def _cut(self) -> None:
                self.close_connection = True

            def _answer(self, status: int, content: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "text/xml; charset=utf-8")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return int(self._server.server_address[1])

    @property
    def wsdl(self) -> str:
        """Address of the WSDL."""
        return f"http://127.0.0.1:{self.port}/?wsdl"

    def answer(self, body: bytes, mood: Mood) -> bytes:
        """The answer to one call; applies it whole or not at all."""
        call = etree.fromstring(body).find(f"{{{SOAP}}}Body")[0]
        words = {etree.QName(one).localname: one.text or "" for one in call}
        operation = etree.QName(call).localname
        with self._lock:
            if words.get(self.profile.token) != self.token:
                said = self._reply("90")
            else:
                said = self._done(operation, xml_rows.read(words[self.profile.xml].encode()), mood)
        if mood == "half":
            said = said[: len(said) // 2]
        envelope = etree.Element(f"{{{SOAP}}}Envelope")
        result = etree.SubElement(etree.SubElement(envelope, f"{{{SOAP}}}Body"), f"{{{SPACE}}}{operation}Response")
        etree.SubElement(result, f"{{{SPACE}}}return").text = said
        return bytes(etree.tostring(envelope, encoding="UTF-8", xml_declaration=True))

    def _done(self, operation: str, asked: Any, mood: Mood) -> str:
        for dataset, names in self.profile.datasets.items():
            if operation == names.query:
                return self._found(dataset, asked)
            if operation in (names.put, names.delete):
                rows = xml_rows.rows_of(asked, self.profile.envelope.row)
                self.calls.append((operation, len(rows)))
                if mood in ("later", "unknown code"):
                    return self._reply("99" if mood == "later" else "77")
                return self._changed(dataset, rows, operation == names.delete, mood)
        return self._reply("91")

    def _changed(self, dataset: str, rows: list[dict[str, str]], delete: bool, mood: Mood) -> str:
        names, held = self.profile.envelope, self.held[dataset]
        for place, row in enumerate(rows):
            absent = delete and row[names.id] not in held
            if absent or (not delete and (cause := self.refuses(row)) is not None):
                line: int | None = place + self.profile.reply.first_line
                if mood == "wrong line":
                    line = (place + 1) % len(rows) + self.profile.reply.first_line
                return self._reply(
                    "10" if absent else "01", None if mood == "no line" else line, None if absent else cause
                )
        for row in rows:
            record, sequence = row[names.id], int(row[names.sequence])
            if sequence <= self._last.get((dataset, record), -1):
                continue
            self._last[dataset, record] = sequence
            self.applied.append((record, sequence))
            if delete:
                held.pop(record, None)
            else:
                held[record] = row
        return self._reply(self.profile.codes.taken)

    def _reply(self, code: str, line: int | None = None, message: str | None = None) -> str:
        root, names = etree.Element("RESULT"), self.profile.reply
        etree.SubElement(root, names.code).text = code
        etree.SubElement(root, names.line).text = "" if line is None else str(line)
        etree.SubElement(root, names.message).text = message
        return str(etree.tostring(root, encoding="unicode"))

    def _found(self, dataset: str, asked: Any) -> str:
        names, held = self.profile.envelope, self.held[dataset]
        after = asked.findtext(self.profile.after)
        if after is None:
            chosen = [one.text for one in asked.iter(names.id) if one.text in held]
        else:
            chosen = sorted(record for record in held if record > after)[: self.profile.rows]
        rows = [{name: held[record][name] for name in (names.id, names.sequence)} for record in chosen]
        return xml_rows.write(names, rows).decode().partition("?>")[2]

    def description(self, address: str) -> bytes:
        """The WSDL: document/literal, wrapped, texts in and a text out."""
        named = {one for each in self.profile.datasets.values() for one in (each.put, each.delete, each.query) if one}
        text = '<s:element name="{}" type="s:string" minOccurs="0"/>'
        inputs = "".join(text.format(one) for one in (self.profile.token, self.profile.xml) if one)
        kinds = "".join(
            f'<s:element name="{name}"><s:complexType><s:sequence>{inner}</s:sequence></s:complexType></s:element>'
            for one in sorted(named)
            for name, inner in ((one, inputs), (f"{one}Response", text.format("return")))
        )
        messages = "".join(
            f'<message name="{name}"><part name="parameters" element="t:{name}"/></message>'
            for one in sorted(named)
            for name in (one, f"{one}Response")
        )
        operations = "".join(
            f'<operation name="{one}"><input message="t:{one}"/><output message="t:{one}Response"/></operation>'
            for one in sorted(named)
        )
        literal = '<soap:body use="literal"/>'
        bound = "".join(
            f'<operation name="{one}"><soap:operation soapAction=""/><input>{literal}</input>'
            f"<output>{literal}</output></operation>"
            for one in sorted(named)
        )
        return (
            '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" '
            f'xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:t="{SPACE}" targetNamespace="{SPACE}" name="Credit">'
            f'<types><s:schema targetNamespace="{SPACE}" elementFormDefault="qualified">{kinds}</s:schema></types>'
            f'{messages}<portType name="Port">{operations}</portType><binding name="Binding" type="t:Port">'
            f'<soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>{bound}</binding>'
            f'<service name="Credit"><port name="Port" binding="t:Binding"><soap:address location="{address}"/></port>'
            "</service></definitions>"
        ).encode()
