"""Who may enter (准入): the token of a request, and not too often."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from hub.ledger.tokens import Token
from hub.line import Hub, tokens
from hub.web.problems import Problem

bearer = HTTPBearer(auto_error=False, description="令牌 Token, as `hub token issue` prints it.", bearerFormat="opaque")


class Pace:
    """At most so many requests of one token within a minute, in this process."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._lock = threading.Lock()
        self._seen: dict[int, deque[float]] = {}

    def step(self, token_id: int) -> None:
        """Count a request; ``Problem`` 429 when there were too many."""
        now = time.monotonic()
        with self._lock:
            seen = self._seen.setdefault(token_id, deque())
            while seen and seen[0] <= now - 60:
                seen.popleft()
            if len(seen) >= self.per_minute:
                wait = max(1, round(seen[0] + 60 - now))
                raise Problem(429, headers={"Retry-After": str(wait)})
            seen.append(now)


def hub_of(request: Request) -> Hub:
    """The hub that this app serves."""
    hub: Hub = request.app.state.hub
    return hub


def token_of(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> Token:
    """The token of a request; ``Problem`` 401 when it has none that holds."""
    found = tokens.of_secret(hub_of(request), given.credentials) if given is not None else None
    if found is None:
        raise Problem(401, headers={"WWW-Authenticate": "Bearer"})
    request.app.state.pace.step(found.id)
    return found


Admitted = Annotated[Token, Depends(token_of)]
