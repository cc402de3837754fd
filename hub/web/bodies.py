"""Bodies as they stream in (收件): onto the disk piece by piece, never whole in memory, and never beyond a limit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import IO

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from python_multipart import MultipartParser
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import parse_options_header

from hub.web.problems import Problem

PIECE = 1 << 20
IDLE_SECONDS = 30.0  # without a byte
MOST_PARTS = 16
LONGEST_FIELD = 4_096  # bytes
AROUND = 64 << 10  # what a form may have besides its file


async def _pieces(request: Request, limit: int) -> AsyncIterator[bytes]:
    """The body in pieces of about a megabyte; ``Problem`` 413 as soon as it is larger than ``limit``."""
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > limit:
        raise _too_large(limit)
    stream, buffer, size = request.stream(), bytearray(), 0
    while True:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                piece = await anext(stream, None)
        except TimeoutError:
            raise Problem(408) from None
        if piece is None:
            break
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        buffer += piece
        if len(buffer) >= PIECE:
            yield bytes(buffer)
            buffer.clear()
    if buffer:
        yield bytes(buffer)


def _too_large(limit: int) -> Problem:
    told = f"{limit >> 20} MB" if limit >= 1 << 20 else f"{limit} 字节"
    return Problem(413, f"内容太大，上限是 {told}。", {"Connection": "close"})


async def whole(request: Request, target: IO[bytes], limit: int) -> None:
    """The body as it is."""
    async for piece in _pieces(request, limit):
        await run_in_threadpool(target.write, piece)


class Form:
    """A multipart form as it is parsed: its ``fields``, the name of its file, the file's bytes in ``target``."""

    def __init__(self, boundary: bytes, target: IO[bytes]) -> None:
        self.fields: dict[str, bytearray] = {}
        self.file_name: str | None = None
        self._target = target
        self._header, self._value = bytearray(), bytearray()
        self._disposition = b""
        self._into: bytearray | None = None
        self._parts = 0
        self.ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_end,
                "on_part_data": self._data,
                "on_end": self._end,
            },
        )

    def write(self, piece: bytes) -> None:
        """Parse on; ``Problem`` 422 when it is no form."""
        try:
            self._parser.write(piece)
        except MultipartParseError:
            raise Problem(422, "表单的写法不对。") from None

    def text(self, name: str) -> str | None:
        """A field as text; None when it is missing or empty."""
        try:
            return self.fields.get(name, bytearray()).decode("utf-8").strip() or None
        except UnicodeDecodeError:
            raise Problem(422, f"{name} 不是 UTF-8 编码。") from None

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise Problem(422, "表单的项太多。")
        self._disposition = b""

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _headers_end(self) -> None:
        kind, options = parse_options_header(self._disposition)
        try:
            name = options.get(b"name", b"").decode("utf-8")
            file_name = options[b"filename"].decode("utf-8") if b"filename" in options else None
        except UnicodeDecodeError:
            raise Problem(422, "文件名不是 UTF-8 编码。") from None
        if kind != b"form-data" or not name:
            raise Problem(422, "表单的写法不对。")
        if name == "file":
            if self.file_name is not None or file_name is None:
                raise Problem(422, "一次只能报送一个文件，项名是 file。")
            self.file_name, self._into = file_name, None
            return
        if name in self.fields or file_name is not None:
            raise Problem(422, "表单里有重复的项，或者有多余的文件。")
        self._into = self.fields.setdefault(name, bytearray())

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._into is None:
            self._target.write(data[start:end])
            return
        self._into += data[start:end]
        if len(self._into) > LONGEST_FIELD:
            raise Problem(422, "表单里有一项太长。")

    def _end(self) -> None:
        self.ended = True


async def form(request: Request, target: IO[bytes], limit: int) -> Form:
    """A multipart form: its file goes into ``target``. ``limit``: bytes of the file."""
    _, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if not 1 <= len(boundary) <= 70:
        raise Problem(422, "表单没有写明分隔符。")
    found = Form(boundary, target)
    async for piece in _pieces(request, limit + AROUND):
        await run_in_threadpool(found.write, piece)
    if not found.ended:
        raise Problem(422, "表单没有传完整。")
    if found.file_name is None:
        raise Problem(422, "表单里没有文件，项名应当是 file。")
    if target.tell() > limit:
        raise _too_large(limit)
    return found
