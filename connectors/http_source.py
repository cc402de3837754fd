"""A foreign API that gives JSON pages: asked again where that may help, and only there.

The token goes to the origin of the configured address and nowhere else: an address that the other side names must be of
that origin, and a redirect is not followed. Exceptions tell what was done, never where, nor what was answered.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx
import tenacity

from connectors.faults import Refused, TooLarge, Unreachable
from connectors.http_access import Access
from connectors.http_faults import AGAIN, Busy, http_faults
from connectors.http_json import NotJson, parsed
from connectors.http_wire import Answer, Wire, address, origin

_JSON = re.compile(r"(?:application|text)/(?:[\w.+-]+\+)?json", re.ASCII)
FIRST_PAUSE = 0.5  # seconds
Parameters = Sequence[tuple[str, str]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How often one page is asked for, how long to wait at most in between, how long all pages may take together."""

    tries: int = 5
    longest_pause: float = 60.0
    seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its bytes as they came (unpacked), its text and content, and what stood in its head."""

    body: bytes
    text: str
    content: Any
    next_link: str | None  # by its Link header, as it is written there
    snapshot: str | None  # value of the header that was asked for
    date: datetime | None  # the other side's clock
    certificate_ends: datetime | None


class Api:
    """One API. ``Refused`` or ``TooLarge``: another configuration is needed; ``Unreachable``: later."""

    def __init__(
        self,
        url: str,
        wire: Wire,
        access: Access,
        patience: Patience,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base = address(url)
        if self._base.query:
            raise Refused("the address has a query: parameters stand in the contract")
        self._wire, self._access, self._patience = wire, access, patience
        self._sleep, self._clock = sleep, clock
        self._until = clock() + patience.seconds

    def page(self, path: str, parameters: Parameters, snapshot_header: str | None = None) -> Page:
        """The page at a path below the address."""
        with http_faults("address"):
            url = self._below(path)
            asked = url.copy_merge_params(list(parameters)) if parameters else url
        return self._again(lambda: self._page(asked, snapshot_header))

    def page_at(self, url: str, snapshot_header: str | None = None) -> Page:
        """The page at an address that the API has named."""
        asked = address(url)
        if origin(asked) != origin(self._base):
            raise Refused("the next page is said to be at another host: the token does not go there")
        return self._again(lambda: self._page(asked, snapshot_header))

    def joined(self, page_url: str | None, path: str, link: str) -> str:
        """A link on the page at ``page_url``, or at ``path``, as an absolute address."""
        with http_faults("address"):
            return str((address(page_url) if page_url else self._below(path)).join(link))

    def tell(self, method: str, path: str, content: bytes, key: str) -> None:
        """Send JSON that may be sent twice: the other side knows it by ``key``. Any 2xx is a yes, and 409 is, too."""
        with http_faults("address"):
            url = self._below(path)
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": key}

        def told() -> None:
            answer = self._send(method, url, headers, content)
            if not (200 <= answer.status < 300 or answer.status == 409):
                raise Refused(f"it answers {answer.status}")

        self._again(told)

    def ask(self, method: str, path: str, content: bytes, headers: Mapping[str, str]) -> Any:
        """Send JSON that may be sent twice, and give what is answered. ``TooLarge``: it takes less at once."""
        with http_faults("address"):
            url = self._below(path)
        given = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json", **headers}

        def asked() -> Any:
            answer = self._send(method, url, given, content)
            if answer.status == 413:
                raise TooLarge("it takes less at once")
            if not 200 <= answer.status < 300:
                raise Refused(f"it answers {answer.status}")
            try:
                return parsed(answer.body)[1]
            except NotJson:
                raise Unreachable("the answer is not whole") from None

        return self._again(asked)

    def _below(self, path: str) -> httpx.URL:
        return self._base.copy_with(path=self._base.path.rstrip("/") + path)

    def _page(self, url: httpx.URL, snapshot_header: str | None) -> Page:
        answer = self._send("GET", url, {"Accept": "application/json"}, None)
        if answer.status != 200:
            redirects = ", which leads elsewhere: give the address where it really is"
            raise Refused(f"it answers {answer.status}{redirects if 300 <= answer.status < 400 else ''}")
        kind, _, more = answer.headers.get("content-type", "").lower().partition(";")
        if not _JSON.fullmatch(kind.strip()) or ("charset" in more and "utf-8" not in more and "utf8" not in more):
            raise Refused("the answer is not JSON in UTF-8, by its Content-Type")
        try:
            text, content = parsed(answer.body)
        except NotJson:
            if answer.told_length:
                raise
            raise Unreachable("the answer may have been cut off") from None
        ends = answer.certificate.get("notAfter") if answer.certificate else None
        return Page(
            answer.body,
            text,
            content,
            answer.next_link,
            answer.headers.get(snapshot_header) if snapshot_header else None,
            _moment(answer.headers.get("date")),
            datetime.strptime(ends, "%b %d %H:%M:%S %Y %Z").replace(tzinfo=UTC) if ends else None,
        )

    def _send(self, method: str, url: httpx.URL, headers: dict[str, str], content: bytes | None) -> Answer:
        """One answer that is no reason to ask again. A 401 has the token renewed, once."""
        for last in (False, True):
            given = headers | dict(self._access.headers(self._left()))
            answer = self._wire.send(method, url, given, content, self._left())
            if answer.status == 401 and not last and self._access.renewed():
                continue
            if answer.status in AGAIN:
                raise Busy(f"it answers {answer.status}", _after(answer.headers.get("retry-after")))
            return answer
        raise AssertionError("the second answer is always given back")

    def _left(self) -> float:
        left = self._until - self._clock()
        if left <= 0:
            raise Unreachable("the time for one pull is over; the next one goes on from here")
        return left

    def _again(self, once: Callable[[], T]) -> T:
        for attempt in tenacity.Retrying(
            stop=self._enough,
            wait=self._pause,
            retry=tenacity.retry_if_exception_type(Unreachable),
            sleep=self._sleep,
            reraise=True,
        ):
            with attempt:
                return once()
        raise AssertionError("tenacity gives an answer or raises")

    def _pause(self, state: tenacity.RetryCallState) -> float:
        """Twice as long each time, with chance in it, so that many hubs do not come back together."""
        grown = min(FIRST_PAUSE * 2.0 ** (state.attempt_number - 1), self._patience.longest_pause)
        return max(grown * random.uniform(0.5, 1.0), _asked(state) or 0.0)

    def _enough(self, state: tenacity.RetryCallState) -> bool:
        """Asked often enough, or it wants more time than there is: then the next pull comes back."""
        most = min(self._patience.longest_pause, max(self._until - self._clock(), 0.0))
        return state.attempt_number >= self._patience.tries or (_asked(state) or 0.0) > most or most <= 0


def _asked(state: tenacity.RetryCallState) -> float | None:
    error = state.outcome.exception() if state.outcome is not None else None
    return error.after if isinstance(error, Busy) else None


def _after(told: str | None) -> float | None:
    """Seconds of a Retry-After header (RFC 9110, 10.2.3): a number or a moment; None where it is neither."""
    if told is None:
        return None
    if told.strip().isascii() and told.strip().isdigit():
        return float(told)
    moment = _moment(told)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0) if moment else None


def _moment(told: str | None) -> datetime | None:
    if told is None:
        return None
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
