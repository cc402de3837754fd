"""What every request passes (门厅): headers that bind the browser, one line in the log, and no error unanswered.

The line has the method, the route as the program knows it, the status and the time: never an address as it came, a
query, a header or a body, so no secret that somebody puts there by mistake.
"""

from __future__ import annotations

import time
from types import TracebackType

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.web import problems

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class _Unforeseen:
    """Keeps an error that nobody foresaw from the server's own log, which would print its text."""

    met = False

    def __enter__(self) -> _Unforeseen:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.met = isinstance(error, Exception)
        if self.met and error is not None:
            problems.log.error("%s", problems.place_of(error))
        return self.met


class Doorway:
    """ASGI middleware, the outermost."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.monotonic(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        with _Unforeseen() as unforeseen:
            await self.app(scope, receive, sending)
        if unforeseen.met and not status:
            await problems.answer(500)(scope, receive, sending)
        route = scope.get("route")
        place = getattr(route, "path", "-")
        milliseconds = (time.monotonic() - began) * 1000
        problems.log.info("%s %s %d %.0f ms", scope["method"], place, status, milliseconds)
