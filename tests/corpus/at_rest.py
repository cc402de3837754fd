"""What tests of sealed identifiers share: a few shops, what a thief of the database sees, what its readers get."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from hub.county.identities import Place, citizen_id
from hub.ledger import frames
from hub.ledger.connect import reading
from hub.line import keeping_keys
from hub.line.doctor import examine
from hub.line.verifying import ordered, verify

DATASET = "market/shop"
MONTH = "2026-11"
SHOPS = 6
IDS = [citizen_id(Place(), serial) for serial in range(1, SHOPS + 1)]
# Every citizen id in the fixtures was born in the 1880s.
CITIZEN_ID = re.compile(r"(?<![0-9])[1-9][0-9]{5}188[0-9](?:0[1-9]|1[0-2])[0-3][0-9][0-9]{3}[0-9Xx](?![0-9])")
WRONG = IDS[0][:-1] + ("1" if IDS[0][-1] != "1" else "2")  # its check digit does not fit: the row is rejected


def send(line: Any, *lines: str, name: str = "店铺.csv") -> None:
    line.clock.sleep(5)
    line.drop(line.file(*lines), name=name)
    line.run()


def shops(line: Any, **changed: str) -> list[str]:
    return [line.shop(serial, **changed) for serial in range(1, SHOPS + 1)]


def everything(ledger: sa.Engine) -> str:
    """All that a thief of the database sees: of SQLite the bytes of its files, of both what the tables hold."""
    found = []
    with reading(ledger) as connection:
        for table in sa.inspect(connection).get_table_names():
            found += [str(tuple(row)) for row in connection.execute(sa.text(f'SELECT * FROM "{table}"'))]
    url = ledger.url
    if url.get_backend_name() == "sqlite":
        for file in Path(str(url.database)).parent.glob("ledger.db*"):
            found += [file.read_bytes().decode("latin-1")] if file.is_file() else []
    return "\n".join(found)


def lying_open(line: Any) -> list[str]:
    seen = everything(line.hub.ledger)
    return [one for one in (*IDS, WRONG) if one in seen]


def read(line: Any, column: str = "sfzh") -> list[str | None]:
    shape = line.hub.shape(line.hub.contract(DATASET))
    return frames.current(line.hub.ledger, shape, [column]).sort("delivery_id", column)[column].to_list()


def proven(line: Any) -> None:
    assert [str(one) for one in ordered(verify(line.hub))] == []


def keys(line: Any, kind: str = "data") -> list[dict[str, Any]]:
    """Master keys, or the data keys of the records."""
    found = keeping_keys.listed(line.hub)
    return [one for one in found if one["kind"] == kind and one.get("dataset") != keeping_keys.STORE]


def store_keys(line: Any) -> list[dict[str, Any]]:
    return [one for one in keeping_keys.listed(line.hub) if one.get("dataset") == keeping_keys.STORE]


def in_store(line: Any) -> list[str]:
    """Numbers that a thief of the store finds."""
    files = [one for one in (line.hub.home / "store").rglob("*") if one.is_file()]
    seen = b"".join(one.read_bytes() for one in files)
    assert files
    return [one for one in (*IDS, WRONG) if one.encode() in seen]


def look(line: Any) -> dict[str, Any]:
    """What ``hub doctor`` says of the keys."""
    (found,) = [one for one in examine(line.hub) if one["what"] == "keys at rest"]
    return found


def lose(line: Any) -> None:
    """The ledger is gone; keys and store stay."""
    line.hub.ledger.dispose()
    for file in line.hub.home.glob("ledger.db*"):
        shutil.rmtree(file) if file.is_dir() else file.unlink()
    line.hub.__dict__.pop("ledger", None)
    line.hub.__dict__.pop("vault", None)
