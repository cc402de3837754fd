"""What goes wrong with a request (RFC 9457, problem+json): an English title, and a Chinese sentence for people.

Nothing of the inside is told: no path, no statement, no text of a foreign error.
"""

from __future__ import annotations

import logging
import traceback
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from hub.errors import HubError, TryAgain

log = logging.getLogger("hub.web")
MEDIA = "application/problem+json"

TITLES = {
    400: ("Bad request", "请求的写法不对。"),
    401: ("Unauthorized", "没有令牌，或者令牌不对、已经过期、已经吊销。"),
    403: ("Forbidden", "这个令牌不能做这件事。"),
    404: ("Not found", "没有这个地址，或者不是本部门的。"),
    405: ("Method not allowed", "这个地址不支持这种请求。"),
    408: ("Request timeout", "等了很久没有收到后面的内容，请重新发送。"),
    409: ("Conflict", "这个幂等键已经用于别的内容，请换一个键。"),
    410: ("Gone", "已经撤回，请删除。"),
    413: ("Content too large", "内容太大。"),
    415: ("Unsupported media type", "只接收 application/json 和 multipart/form-data。"),
    422: ("Unprocessable content", "请求里缺少内容，或者内容的写法不对。"),
    429: ("Too many requests", "请求太频繁，请稍后再发。"),
    500: ("Internal error", "服务出了故障，已经记录，请联系数据科。"),
    503: ("Service unavailable", "服务正忙，请稍后用同一个幂等键再发一次。"),
}


class Problem(Exception):
    """A request that is answered with a problem; ``detail`` in Chinese, by default what the status says."""

    def __init__(self, status: int, detail: str = "", headers: dict[str, str] | None = None) -> None:
        self.status, self.detail, self.headers = status, detail, headers or {}
        super().__init__(status)


def answer(status: int, detail: str = "", headers: dict[str, str] | None = None) -> JSONResponse:
    """The problem as a response."""
    title, plain = TITLES.get(status, TITLES[400])
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail or plain}
    return JSONResponse(body, status, headers, media_type=MEDIA)


def _answer(request: Request, status: int, detail: str = "", headers: dict[str, str] | None = None) -> Response:
    """A page where a person asks, else the problem itself."""
    page: Response | None = request.app.state.trouble(request, status, detail or TITLES.get(status, TITLES[400])[1])
    return answer(status, detail, headers) if page is None else page


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems of an operation, as OpenAPI describes them."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {status: {"description": TITLES[status][0], "content": {MEDIA: {"schema": schema}}} for status in statuses}


def install(app: FastAPI) -> None:
    """Have every failure answered as a problem."""

    async def problem(request: Request, error: Any) -> Response:
        return _answer(request, error.status, error.detail, error.headers)

    async def of_the_framework(request: Request, error: Any) -> Response:
        return _answer(request, error.status_code, "", dict(error.headers or {}))

    async def invalid(request: Request, error: Any) -> Response:
        return _answer(request, 422)

    async def of_the_hub(request: Request, error: Any) -> Response:
        if isinstance(error, TryAgain):
            log.warning("%s: %s", type(error).__name__, error)
            return _answer(request, 503, "", {"Retry-After": "5"})
        log.error("%s: %s", type(error).__name__, error)  # its message holds no identifier, no name, no secret
        return _answer(request, 500)

    async def gone(request: Request, error: Any) -> Response:
        return Response(status_code=400)  # nobody is there to read it

    app.add_exception_handler(Problem, problem)
    app.add_exception_handler(HTTPException, of_the_framework)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HubError, of_the_hub)
    app.add_exception_handler(ClientDisconnect, gone)


def place_of(error: BaseException) -> str:
    """Kind and place of an error that nobody foresaw; its text is dropped, for it may quote a cell."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} at {where}"
