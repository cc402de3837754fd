"""A ledger that is lost: what a disaster leaves of a hub."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import sqlalchemy as sa


def lose(line: Any, *, store: bool = False) -> None:
    """The ledger is gone, and the store when it is told so; keys and inboxes stay."""
    url = line.hub.ledger.url
    line.hub.ledger.dispose()
    if url.get_backend_name() == "sqlite":
        for file in Path(str(url.database)).parent.glob(f"{Path(str(url.database)).name}*"):
            shutil.rmtree(file) if file.is_dir() else file.unlink()
    else:
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
        engine.dispose()
    shutil.rmtree(line.hub.home / "feed", ignore_errors=True)
    if store:
        shutil.rmtree(line.hub.home / "store")
    line.hub.__dict__.pop("store", None)
    line.hub.__dict__.pop("ledger")
