"""Bulk rows into a staging table: by Arrow into an attached file on SQLite, by COPY on PostgreSQL.

On SQLite the staging file is filled before the transaction begins, so that the ledger is locked only for the merge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from hub.errors import CallOperator, TryAgain
from hub.ledger.connect import between_points, driver, guarded
from hub.ledger.merging import STAGED
from hub.ledger.records import RecordTable


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Dates as ISO text and money with six decimals: both databases read them exactly, neither sees a float."""
    changes = []
    for name, kind in frame.schema.items():
        if isinstance(kind, pl.Decimal) or kind == pl.Date:
            changes.append(pl.col(name).cast(pl.String))
    return frame.with_columns(changes) if changes else frame


@contextmanager
def staged(
    ledger: sa.Engine, shape: RecordTable, frames: Iterable[pl.DataFrame], folder: Path, point: str | None = None
) -> Iterator[tuple[sa.Connection, str]]:
    """One transaction with the rows of ``frames`` in a staging table: gives the connection and the table's name.

    Frames have the columns of ``STAGED`` and those that ``shape`` stores (``hub.ledger.sealed`` makes them). The
    transaction commits when the body ends well.
    ``point``: what its fail points are of.
    """
    columns = [*STAGED, *(name for name, _ in shape.stored)]
    if ledger.dialect.name == "sqlite":
        file = folder / "staging.db"
        _fill_sqlite(file, (as_text(frame.select(columns)) for frame in frames))
        with guarded(), ledger.connect() as connection:
            with driver(connection) as raw:
                raw.execute("ATTACH DATABASE ? AS staging", (str(file),))
            try:
                with between_points(point, connection.begin()):
                    yield connection, "staging.incoming"
            finally:
                with driver(connection) as raw:
                    raw.execute("DETACH DATABASE staging")
                file.unlink(missing_ok=True)
    else:
        with guarded(), between_points(point, ledger.begin()) as connection:
            _fill_postgresql(connection, shape, columns, frames)
            yield connection, "incoming"


def _fill_sqlite(file: Path, frames: Iterable[pl.DataFrame]) -> None:
    import adbc_driver_sqlite.dbapi as adbc

    file.unlink(missing_ok=True)
    try:
        with adbc.connect(str(file), autocommit=True) as connection, connection.cursor() as cursor:
            # The file is scratch: made anew after a crash, so it need not survive one.
            for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE"):
                cursor.execute(f"PRAGMA {pragma}").fetchall()
            for number, frame in enumerate(frames):
                mode = "create" if number == 0 else "append"
                cursor.adbc_ingest("incoming", frame.to_arrow(compat_level=pl.CompatLevel.oldest()), mode=mode)  # type: ignore[arg-type]
    except adbc.OperationalError as error:
        raise TryAgain(f"the staging file cannot be written ({type(error).__name__})") from None
    except adbc.Error as error:
        raise CallOperator(f"the staging file refuses the rows ({type(error).__name__})") from None


def _fill_postgresql(
    connection: sa.Connection, shape: RecordTable, columns: list[str], frames: Iterable[pl.DataFrame]
) -> None:
    kinds = dict(shape.stored)
    sql = {"date": "date", "decimal": "numeric(18,6)", "text": "text"}
    described = ", ".join(
        f'"{name}" ' + ("bigint" if name in ("record", "row") else sql[kinds.get(name, "text")]) for name in columns
    )
    connection.exec_driver_sql(f"CREATE TEMP TABLE incoming ({described}) ON COMMIT DROP")
    names = ", ".join(f'"{name}"' for name in columns)
    with (
        driver(connection) as raw,
        raw.cursor() as cursor,
        cursor.copy(f"COPY incoming ({names}) FROM STDIN WITH (FORMAT csv, NULL '\\N')") as copy,
    ):
        for frame in frames:
            for part in as_text(frame.select(columns)).iter_slices(20_000):
                copy.write(part.write_csv(include_header=False, null_value="\\N", quote_style="necessary"))
    connection.exec_driver_sql("ANALYZE incoming")
