"""Pages of one pull as one file: a ZIP with every page byte for byte, and what was asked; the same bytes for the same.

Laid out like an OpenDocument package: its first part says what it is, so it is never taken for somebody's archive.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from connectors.faults import Refused

MIMETYPE = b"application/vnd.credit-hub.pages+zip"
ABOUT = "pull.json"
_TIME = (1980, 1, 1, 0, 0, 0)


def write(file: Path, about: Mapping[str, Any], pages: Iterable[Path]) -> None:
    """Write pages in their order, and flush them to the disk. ``about``: what is to be known of them, plain JSON."""
    told = json.dumps(about, ensure_ascii=False, sort_keys=True).encode("utf-8")
    with file.open("wb") as target:
        # Packing would save space, and make the bytes depend on the version of zlib.
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as package:
            package.writestr(_part("mimetype"), MIMETYPE)
            package.writestr(_part(ABOUT), told)
            for number, page in enumerate(pages, 1):
                package.writestr(_part(_name(number)), page.read_bytes())
        target.flush()
        os.fsync(target.fileno())


def about(file: Path) -> dict[str, Any]:
    """What is known of the pages."""
    with zipfile.ZipFile(file) as package:
        found: dict[str, Any] = json.loads(package.read(ABOUT))
    return found


def pages(file: Path) -> Iterator[bytes]:
    """The pages in their order. ``Refused`` where one is not the page that was pulled."""
    with zipfile.ZipFile(file) as package:
        for number, page in enumerate(json.loads(package.read(ABOUT))["pages"], 1):
            body = package.read(_name(number))
            if hashlib.sha256(body).hexdigest() != page["sha256"]:
                raise Refused(f"page {number} is not what was pulled")
            yield body


def _name(number: int) -> str:
    return f"pages/{number:06d}.json"


def _part(name: str) -> zipfile.ZipInfo:
    part = zipfile.ZipInfo(name, _TIME)
    part.create_system = 3
    part.external_attr = 0o600 << 16
    return part
