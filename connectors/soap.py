"""Calls of a SOAP service whose WSDL is a file or an address. It goes to one host, or nowhere.

Encrypted, except on this machine itself; no redirect, no proxy, no document type, no entity, and a schema that the
WSDL imports comes from the same host or the same folder. What is sent may hold a token and rows, so that neither it
nor an answer gets into a log or an error.
"""

from __future__ import annotations

import ipaddress
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import requests
import zeep
from lxml.etree import LxmlError
from urllib3.exceptions import HTTPError
from zeep import exceptions as broken
from zeep.transports import Transport

from connectors.faults import Fault, Refused, Unreachable

BUSY = (408, 425, 429)
LARGEST = 64 << 20  # bytes of one answer
PIECE = 1 << 16
OURS = ("client", "sender")  # who is at fault, in the words of SOAP 1.1 and 1.2

# Zeep writes every message into its log at the level DEBUG.
logging.getLogger("zeep").setLevel(logging.WARNING)


class Service:
    """A service that takes texts and answers with one text; use it in a ``with`` and from one thread.

    ``wsdl``: a file or an address. ``address``: of the service, else that of the WSDL. ``seconds`` bound each answer.
    Every method raises ``Unreachable`` or ``Refused``.
    """

    def __init__(self, wsdl: str, address: str = "", seconds: float = 30.0) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        door = _Door(self._session, _hosts(wsdl, address), _folder(wsdl), seconds)
        try:
            with _faults("read the WSDL"):
                careful = zeep.Settings(forbid_dtd=True, force_https=False)
                client = zeep.Client(wsdl, transport=door, settings=careful)  # type: ignore[no-untyped-call]
                self._service = _service(client, address)
        except Fault:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection. Never fails."""
        self._session.close()

    def has(self, operation: str) -> bool:
        """Whether the WSDL has an operation of this name."""
        try:
            self._service[operation]
        except AttributeError:
            return False
        return True

    def call(self, operation: str, parameters: Mapping[str, str]) -> str:
        """One call, and the text that it answers."""
        if not self.has(operation):
            raise Refused("call: the WSDL has no operation of the configured name")
        with _faults("call"):
            answer = self._service[operation](**parameters)
        if not isinstance(answer, str):
            raise Refused("call: the operation answers with no text")
        return answer


class _Door(Transport):
    """Zeep's way out: to the known hosts and the WSDL's own folder."""

    def __init__(self, session: requests.Session, hosts: frozenset[str], folder: Path | None, seconds: float) -> None:
        super().__init__(None, seconds, seconds, session)  # type: ignore[no-untyped-call]
        self._hosts, self._folder, self._seconds = hosts, folder, seconds

    def load(self, url: str) -> bytes:
        """A WSDL or a schema."""
        if urlsplit(url).scheme in ("http", "https"):
            self._may_go(url)
            if not self._hosts:
                raise Refused("read the WSDL: a file that names no host of its own leads to another host")
            answer = self._read(self.session.get(url, timeout=self.load_timeout, stream=True, allow_redirects=False))
            if answer.status_code != 200:
                raise Refused("read the WSDL: it is not there")
            return bytes(answer.content)
        file = Path(url).resolve()
        if self._folder is None or not file.is_relative_to(self._folder):
            raise Refused("read the WSDL: it names a file of another folder")
        try:
            return file.read_bytes()
        except OSError:
            raise Refused("read the WSDL: the file is not there") from None

    def post(self, address: str, message: bytes, headers: Mapping[str, str]) -> requests.Response:
        """One call, which nobody writes down."""
        self._may_go(address)
        sent = self.session.post(
            address, data=message, headers=headers, timeout=self.operation_timeout, stream=True, allow_redirects=False
        )
        return self._read(sent)

    def get(self, address: str, params: Any, headers: Any) -> requests.Response:
        """Rows never stand in an address."""
        raise Refused("call: the WSDL asks for a call by GET")

    def _may_go(self, url: str) -> None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or not host:
            raise Refused("the address is none of http or https")
        if parts.scheme == "http" and not _is_loopback(host):
            raise Refused("the address is not encrypted: it must begin with https")
        if self._hosts and host not in self._hosts:
            raise Refused("the WSDL leads to another host than the configured one")

    def _read(self, answer: requests.Response) -> requests.Response:
        """The whole answer, bounded; a status that is no answer of the service is a fault."""
        with answer:
            status = answer.status_code
            if status in (*BUSY, 502, 503, 504):
                raise Unreachable("call")
            if status != 200 and status != 500:  # 500 may carry a fault of the service, which says more
                raise Refused(f"it answers {status}") if status < 500 else Unreachable("call")
            content, until = bytearray(), time.monotonic() + self._seconds
            while piece := answer.raw.read1(PIECE, decode_content=True):
                content += piece
                if len(content) > LARGEST:
                    raise Refused("call: the answer is too long")
                if time.monotonic() > until:  # one byte now and then would keep us for ever
                    raise Unreachable("call")
            answer._content = bytes(content)
        return answer


def _service(client: zeep.Client, address: str) -> Any:
    if not address:
        return client.service
    name = client.service._binding.name
    return client.create_service(name, address)  # type: ignore[no-untyped-call]


def _hosts(*urls: str) -> frozenset[str]:
    return frozenset(host for url in urls if (parts := urlsplit(url)).scheme and (host := parts.hostname))


def _folder(wsdl: str) -> Path | None:
    return None if urlsplit(wsdl).scheme in ("http", "https") else Path(wsdl).resolve().parent


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _faults(doing: str) -> Iterator[None]:
    """Turn what zeep and requests raise into a fault; their texts repeat what was sent."""
    try:
        yield
    except requests.exceptions.SSLError:
        raise Refused(f"{doing}: no trusted encryption") from None
    except requests.exceptions.InvalidURL:
        raise Refused(f"{doing}: the address is none") from None
    except (requests.exceptions.RequestException, HTTPError):
        raise Unreachable(doing) from None
    except broken.Fault as error:
        if str(error.code).rpartition(":")[2].partition(".")[0].casefold() in OURS:
            raise Refused(f"{doing}: the service says that the call is wrong") from None
        raise Unreachable(doing) from None
    except broken.TransportError:
        raise Unreachable(doing) from None
    except (broken.DTDForbidden, broken.EntitiesForbidden):
        raise Refused(f"{doing}: a document type or an entity stands in the XML") from None
    except (broken.Error, LxmlError, TypeError, ValueError):
        raise Refused(f"{doing}: the WSDL and the configured names or the answer do not fit together") from None
