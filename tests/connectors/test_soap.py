"""Calls of a SOAP service: to one host, bounded in time, and nothing of what is sent in a log or an error."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.faults import Refused, Unreachable
from connectors.soap import Service
from hub.contract.document import Problems
from hub.contract.profiles import SoapProfile, read_profile
from hub.demo.province_service import SimulatedService

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
SECRET = "a-token-that-nobody-may-see"
PUT = "importPermissionXml"
ROWS = "<ROWDATA><ROW><RECID>1</RECID><SJXH>1</SJXH></ROW></ROWDATA>"


@pytest.fixture(scope="module")
def profile() -> SoapProfile:
    read = read_profile(SCHEMAS, "xinyong_soap", "soap_service", Problems())
    assert isinstance(read, SoapProfile)
    return read


@pytest.fixture
def simulated(profile: SoapProfile) -> Iterator[SimulatedService]:
    with SimulatedService(profile, SECRET) as service:
        yield service


def _call(service: Service) -> str:
    return service.call(PUT, {"token": SECRET, "xml": ROWS})


def test_a_call_brings_the_text_that_the_service_answers(simulated: SimulatedService) -> None:
    with Service(simulated.wsdl) as service:
        assert "<code>00</code>" in _call(service)
        assert service.has(PUT) and not service.has("nothing")
    assert simulated.applied == [("1", 1)]


def test_a_wsdl_of_a_file_leads_to_the_given_address(simulated: SimulatedService, tmp_path: Path) -> None:
    file = tmp_path / "credit.wsdl"
    file.write_bytes(simulated.description("https://province.invalid/service"))
    with Service(str(file), f"http://127.0.0.1:{simulated.port}/") as service:
        assert "<code>00</code>" in _call(service)


@pytest.mark.parametrize(
    "address", ["http://province.invalid/service", "https://other.invalid/", "file:///etc/hostname", "ftp://127.0.0.1/"]
)
def test_rows_go_to_the_configured_host_and_encrypted_or_nowhere(
    simulated: SimulatedService, tmp_path: Path, address: str
) -> None:
    simulated.description = lambda _: SimulatedService.description(simulated, address)  # type: ignore[method-assign]
    with Service(simulated.wsdl) as service, pytest.raises(Refused):
        _call(service)
    file = tmp_path / "credit.wsdl"
    file.write_bytes(SimulatedService.description(simulated, "http://province.invalid/service"))
    with Service(str(file)) as service, pytest.raises(Refused, match="not encrypted"):
        _call(service)


@pytest.mark.parametrize("where", ["", "http://127.0.0.1/"])
@pytest.mark.parametrize(
    "imported", ["http://169.254.1.1/s.xsd", "https://other.invalid/s.xsd", "../outside.xsd", "/etc/hostname"]
)
def test_a_schema_of_elsewhere_is_not_fetched(
    simulated: SimulatedService, tmp_path: Path, imported: str, where: str
) -> None:
    (tmp_path / "outside.xsd").write_text('<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema"/>')
    (tmp_path / "in").mkdir()
    file = tmp_path / "in" / "credit.wsdl"
    there = f'elementFormDefault="qualified"><s:import namespace="urn:x" schemaLocation="{imported}"/>'.encode()
    file.write_bytes(simulated.description("http://127.0.0.1/").replace(b'elementFormDefault="qualified">', there))
    with pytest.raises(Refused, match=r"another (folder|host)|not encrypted"), Service(str(file), where):
        pass


def test_a_document_type_or_an_entity_is_refused(tmp_path: Path, simulated: SimulatedService) -> None:
    (tmp_path / "secret").write_text("a secret")
    file = tmp_path / "credit.wsdl"
    bad = b'<!DOCTYPE definitions [<!ENTITY x SYSTEM "secret">]>'
    file.write_bytes(bad + simulated.description("http://127.0.0.1/"))
    with pytest.raises(Refused, match="document type"), Service(str(file)):
        pass


@pytest.mark.parametrize("wsdl", ["http://127.0.0.1:1/?wsdl", "/nowhere/credit.wsdl", "http://province.invalid/?wsdl"])
def test_what_cannot_be_read_is_told_by_who_acts_next(wsdl: str) -> None:
    fault = Unreachable if ":1/" in wsdl else Refused
    with pytest.raises(fault), Service(wsdl):
        pass


def test_what_is_no_wsdl_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"<a/>", b"no xml"):
        (tmp_path / "credit.wsdl").write_bytes(content)
        with pytest.raises(Refused), Service(str(tmp_path / "credit.wsdl")):
            pass


def test_an_operation_or_a_parameter_that_is_not_there_is_for_the_engineer(simulated: SimulatedService) -> None:
    with Service(simulated.wsdl) as service:
        with pytest.raises(Refused):
            service.call("nothing", {})
        with pytest.raises(Refused):
            service.call(PUT, {"pass": SECRET})


@pytest.mark.parametrize("mood", ["fails", "cut before", "cut after", "late"])
def test_a_service_that_fails_is_called_again_later(
    simulated: SimulatedService, mood: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"), Service(simulated.wsdl, seconds=0.3) as service:
        simulated.moods.append(mood)
        with pytest.raises(Unreachable) as told:
            _call(service)
        assert "<code>00</code>" in _call(service)
    assert SECRET not in caplog.text + str(told.value) and "RECID" not in caplog.text


def _answering(answer: bytes) -> tuple[int, threading.Thread]:
    """A server that answers one connection with these bytes."""
    listening = socket.create_server(("127.0.0.1", 0))

    def work() -> None:
        with listening, listening.accept()[0] as connection:
            connection.recv(1 << 20)
            connection.sendall(answer)
            time.sleep(0.05)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return int(listening.getsockname()[1]), thread


def test_an_answer_that_drips_does_not_keep_us(simulated: SimulatedService, tmp_path: Path) -> None:
    file = tmp_path / "credit.wsdl"
    file.write_bytes(simulated.description("http://127.0.0.1/"))
    listening = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        with listening, listening.accept()[0] as connection:
            connection.recv(1 << 20)
            with contextlib.suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                for _ in range(100):
                    connection.sendall(b"<")
                    time.sleep(0.05)

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    began = time.monotonic()
    where = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    with Service(str(file), where, 0.4) as service, pytest.raises(Unreachable):
        _call(service)
    assert time.monotonic() - began < 3
    thread.join(timeout=5)


def _fault(code: str) -> bytes:
    body = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
        f"<faultcode>{code}</faultcode><faultstring>{SECRET}</faultstring></s:Fault></s:Body></s:Envelope>"
    ).encode()
    return b"HTTP/1.1 500 No\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", Refused),
        (b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", Refused),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", Unreachable),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n<half", Unreachable),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", Unreachable),
        (_fault("s:Client"), Refused),
        (_fault("s:Server"), Unreachable),
        (b"\x16\x03\x01 no http at all\r\n\r\n", Unreachable),
    ],
)
def test_every_answer_has_somebody_who_acts_next(
    simulated: SimulatedService, tmp_path: Path, answer: bytes, fault: type[Exception]
) -> None:
    file = tmp_path / "credit.wsdl"
    file.write_bytes(simulated.description("http://127.0.0.1/"))
    port, thread = _answering(answer)
    with Service(str(file), f"http://127.0.0.1:{port}/", 2.0) as service, pytest.raises(fault) as told:
        _call(service)
    thread.join(timeout=5)
    assert SECRET not in str(told.value)
