"""Values of a foreign database as exact texts and numbers, and back as what its statements compare with.

What Arrow cannot hold in every case is text: decimals (``numeric`` knows NaN), dates and moments (``0000-00-00``,
``infinity``). Whatever the database says arrives, and the reader judges it.
"""

from __future__ import annotations

import datetime
import math
import re
import uuid
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pyarrow as pa
import sqlalchemy as sa

Kind = Literal["text", "number", "moment", "truth"]
TIMES = (sa.Date, sa.DateTime, sa.Time)
_OFFSET = re.compile(r"(?<=:\d\d|\.\d\d|\d\d\d)[+-]\d\d(?::\d\d){0,2}$")
_CUT = 3  # bytes of a Chinese character where a column counts bytes


def kind_of(column: sa.Column[Any]) -> Kind | None:
    """What stands in a column; None for what is no cell of a table: bytes, JSON, arrays, unknown types."""
    found = column.type
    if isinstance(found, sa.JSON | sa.ARRAY | sa.LargeBinary | sa.Interval | sa.types.NullType):
        return None
    if isinstance(found, sa.Boolean):
        return "truth"
    if isinstance(found, sa.Integer | sa.Numeric | sa.Float):
        return "number"
    if isinstance(found, TIMES):
        return "moment"
    return "text" if isinstance(found, sa.String | sa.Uuid) else None


def arrow_type(column: sa.Column[Any]) -> pa.DataType:
    """The type under which a column is written; the same whatever stands in it."""
    found = column.type
    if isinstance(found, sa.Boolean):
        return pa.bool_()
    if isinstance(found, sa.Integer) and not getattr(found, "unsigned", False):
        return pa.int64()
    return pa.float64() if isinstance(found, sa.Float) else pa.string()


def asked(column: sa.Column[Any]) -> Any:
    """The column as it is selected. Moments, lists and binary fractions as the driver gives them.

    SQLAlchemy would check the first two, and cut the last to ten decimals.
    """
    if isinstance(column.type, (*TIMES, sa.Enum, sa.Float)):
        return sa.type_coerce(column, sa.types.NullType()).label(column.name)
    return column


def plain(value: Any, column: sa.Column[Any], zone: ZoneInfo) -> Any:
    """A value as it is written. Moments with a zone lose it: they are told in ``zone``."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(column.type, TIMES):
        return _moment(value, column, zone)
    if isinstance(column.type, sa.Boolean):
        return bool(value)
    if isinstance(column.type, sa.Float):
        return float(value)
    if pa.types.is_string(arrow_type(column)):
        if isinstance(value, Decimal):
            return format(value, "f")
        if isinstance(value, float):  # SQLite keeps no decimals
            return format(Decimal(repr(value)), "f")
        return str(value)
    return value


def _moment(value: Any, column: sa.Column[Any], zone: ZoneInfo) -> str:
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(zone).replace(tzinfo=None)
        return str(value.isoformat(" "))
    if isinstance(value, datetime.date | datetime.time):
        return str(value.isoformat())
    text = str(value)
    return _OFFSET.sub("", text) if getattr(column.type, "timezone", False) else text


def bound(value: Any, column: sa.Column[Any], dialect: str) -> Any:
    """A value that was written, as a statement compares it with the column; ValueError when it cannot be one.

    On PostgreSQL and SQLite a moment is given as text (``literal`` casts it), elsewhere as Python's own.
    """
    if value is None:
        return None
    found = column.type
    if isinstance(found, sa.Boolean):
        return value if isinstance(value, bool) else str(value).casefold() in ("1", "t", "true", "y")
    if isinstance(found, sa.Integer):
        return int(value)
    if isinstance(found, sa.Numeric):
        return Decimal(str(value))
    if isinstance(found, sa.Float):
        return float(value)
    if isinstance(found, sa.Uuid):
        return uuid.UUID(str(value)) if found.as_uuid else str(value)
    if isinstance(found, TIMES) and dialect not in ("postgresql", "sqlite"):
        return _as_python(str(value), found)
    return str(value)


def _as_python(text: str, found: sa.types.TypeEngine[Any]) -> Any:
    try:
        if isinstance(found, sa.DateTime):
            return datetime.datetime.fromisoformat(text)
        return datetime.date.fromisoformat(text) if isinstance(found, sa.Date) else text
    except ValueError:
        return text  # 0000-00-00: the database that wrote it can read it


def literal(name: str, column: sa.Column[Any], dialect: str) -> Any:
    """A place in a statement for a ``bound`` value of the column."""
    if isinstance(column.type, TIMES):
        if dialect == "postgresql":
            return sa.cast(sa.bindparam(name, type_=sa.String()), column.type)
        if dialect == "sqlite":
            return sa.bindparam(name, type_=sa.String())
        return sa.bindparam(name, type_=sa.types.NullType())
    if isinstance(column.type, sa.Enum):
        return sa.bindparam(name, type_=sa.String())
    if isinstance(column.type, sa.CHAR) and dialect == "postgresql":  # else its padding would make it another text
        return sa.cast(sa.bindparam(name, type_=sa.String()), column.type)
    return sa.bindparam(name, type_=column.type)


def earlier(text: str, column: sa.Column[Any], by: float) -> str:
    """The value ``by`` before a written one, in seconds for moments, whole days for dates; itself where it has none."""
    if isinstance(column.type, sa.Integer | sa.Numeric):
        return format(Decimal(text) - Decimal(str(by)), "f").removesuffix(".0")
    found = _as_python(text, column.type)
    if isinstance(found, datetime.datetime):
        return (found - datetime.timedelta(seconds=by)).isoformat(" ")
    if isinstance(found, datetime.date):
        return (found - datetime.timedelta(days=math.ceil(by / 86_400))).isoformat()
    return text


def fitting(text: str, column: sa.Column[Any], dialect: str) -> str:
    """A text cut to what the column takes."""
    length = getattr(column.type, "length", None)
    if length is None:
        return text
    return text[: max(length // _CUT, 1)] if dialect in ("oracle", "dm", "mssql") else text[:length]
