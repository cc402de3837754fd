"""The rules of a day as one file (规则存档): contracts, code lists, expectations; by them it can be judged again."""

from __future__ import annotations

import json
from pathlib import Path

import rfc8785

from hub.errors import VerificationFailed

SCHEMAS, EXPECTATIONS = "schemas", "expectations"
ENDINGS = (".yaml", ".csv")


def pack(schemas: Path, expectations: Path) -> bytes:
    """The texts of both folders by path, as canonical JSON: the same files give the same bytes."""
    found = {}
    for name, folder in ((SCHEMAS, schemas), (EXPECTATIONS, expectations)):
        for file in sorted(folder.rglob("*")):
            if file.suffix in ENDINGS and file.is_file():
                # Bytes as characters of the same number: no text of any encoding is changed on the way.
                found[f"{name}/{file.relative_to(folder).as_posix()}"] = file.read_bytes().decode("latin-1")
    return rfc8785.dumps(found)


def unpack(content: bytes, folder: Path) -> tuple[Path, Path]:
    """Write the files of a pack below a folder; gives the two folders."""
    for path, text in json.loads(content).items():
        target = folder / path
        if not target.resolve().is_relative_to(folder.resolve()):
            raise VerificationFailed("a pack of rules names a file outside its folder")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode("latin-1"))
    (folder / EXPECTATIONS).mkdir(parents=True, exist_ok=True)
    return folder / SCHEMAS, folder / EXPECTATIONS
