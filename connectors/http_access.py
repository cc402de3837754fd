"""How we say who we are to an API: a bearer token, a key in a header, or OAuth 2.0 client credentials (RFC 6749, 4.4).

A certificate of ours (mutual TLS) belongs to the connection and may come with any of these, or alone.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, urlencode

from connectors.faults import Refused
from connectors.http_faults import AGAIN, Busy
from connectors.http_json import parsed, value
from connectors.http_wire import Wire, address

EARLY = 30.0  # seconds before its end at which a token counts as over
SHORTEST = 60.0  # seconds for which one is used whose end is not told


class Access(Protocol):
    """Gives the headers of a request."""

    def headers(self, seconds: float) -> Mapping[str, str]:
        """May take so many seconds to find out."""

    def renewed(self) -> bool:
        """After a 401: whether another token may help. Once, for the next one is told to be wrong as well."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same header every time; none where the certificate says it all."""

    header: str = ""
    text: str = ""

    def headers(self, seconds: float) -> Mapping[str, str]:
        """The header."""
        return {self.header: self.text} if self.header else {}

    def renewed(self) -> bool:
        """There is no other."""
        return False

    def __repr__(self) -> str:
        return f"Fixed({self.header!r})"


class ClientCredentials:
    """A token that is fetched, kept until it ends, and fetched anew once when it is refused."""

    def __init__(
        self,
        wire: Wire,
        token_url: str,
        client: str,
        secret: str,
        scope: str | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wire, self._url, self._clock = wire, address(token_url), clock
        pair = f"{quote(client, safe='')}:{quote(secret, safe='')}"  # RFC 6749, 2.3.1
        self._basic = base64.b64encode(pair.encode()).decode()
        self._form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        self._token: str | None = None
        self._until = 0.0

    def headers(self, seconds: float) -> Mapping[str, str]:
        """With a token that still counts."""
        if self._token is None or self._clock() >= self._until:
            self._token = self._fetched(seconds)
        return {"Authorization": f"Bearer {self._token}"}

    def renewed(self) -> bool:
        """The token is thrown away; the next request fetches another."""
        self._token = None
        return True

    def _fetched(self, seconds: float) -> str:
        headers = {
            "Authorization": f"Basic {self._basic}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        answer = self._wire.send("POST", self._url, headers, urlencode(self._form).encode(), seconds)
        if answer.status in AGAIN:
            raise Busy("token: it cannot be had just now")
        if answer.status != 200:
            raise Refused(f"token: it answers {answer.status}")
        _, content = parsed(answer.body)
        token, kind = value(content, "/access_token"), value(content, "/token_type")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise Refused("token: the answer holds none")
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise Refused("token: it is no bearer token")
        told = value(content, "/expires_in")
        lasts = float(told) if isinstance(told, str) and told.isascii() and told.isdigit() else SHORTEST
        self._until = self._clock() + max(lasts - EARLY, lasts / 2)
        return token
