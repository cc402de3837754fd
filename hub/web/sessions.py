"""Who is logged in on a phone (登录): a signed cookie that names a token by its number, and a word against forgery.

The token itself is typed once and kept nowhere on the phone. Whether it still holds is asked at every request.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request, Response

from hub.ledger.tokens import Token
from hub.line import Hub, secret, tokens
from hub.web.problems import Problem

COOKIE = "hub_m"
DAYS = 30


@dataclass(frozen=True, slots=True)
class Session:
    """A login: the token, and the word that every form of it has to bring back."""

    token: Token
    csrf: str

    def check(self, given: str) -> None:
        """``Problem`` 403 unless a form was made for this login."""
        if not hmac.compare_digest(self.csrf.encode(), given.encode()):
            raise Problem(403, "页面已经过期，请返回重新填写。")


def begin(hub: Hub, token: Token, response: Response, *, secure: bool) -> None:
    """Give the phone its cookie."""
    until = int(min(token.expires_at.timestamp(), hub.now().timestamp() + DAYS * 86_400))
    told = f"{token.id}.{until}"
    response.set_cookie(
        COOKIE,
        f"{told}.{_sign(hub, told)}",
        max_age=until - int(hub.now().timestamp()),
        path="/m/",
        httponly=True,
        samesite="strict",
        secure=secure,
    )


def end(response: Response) -> None:
    """Take the cookie back."""
    response.delete_cookie(COOKIE, path="/m/", httponly=True, samesite="strict")


def of(hub: Hub, request: Request) -> Session | None:
    """The login of a request, while its token holds."""
    told, _, signature = request.cookies.get(COOKIE, "").rpartition(".")
    if not told or not hmac.compare_digest(_sign(hub, told).encode(), signature.encode(errors="replace")):
        return None
    number, _, until = told.partition(".")
    if datetime.fromtimestamp(int(until), tz=hub.now().tzinfo) <= hub.now():
        return None
    token = tokens.of_number(hub, int(number))
    return None if token is None else Session(token, _sign(hub, f"form.{told}"))


def same_site(request: Request) -> None:
    """``Problem`` 403 for what another site has a browser send."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site not in (None, "same-origin", "none") or (
        site is None and origin is not None and origin != f"{request.url.scheme}://{request.url.netloc}"
    ):
        raise Problem(403, "请从本站的页面提交。")


def _sign(hub: Hub, text: str) -> str:
    return hmac.new(secret.own(hub.home / "session.key"), text.encode(), hashlib.sha256).hexdigest()
