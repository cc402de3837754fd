"""Secret files in home: made once, closed to others, flushed before anything relies on them."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from hub.failpoints import reached
from hub.store import sync_folder


def own(file: Path, made: str | None = None) -> bytes:
    """The secret in ``file``; made on the first call. Whoever comes second keeps the first one's.

    ``made``: what it is made of, where not of 32 random bytes in hex.
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        reached("secret.before_write")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as target:
            target.write(secrets.token_hex(32) if made is None else made)
            target.flush()
            os.fsync(target.fileno())  # what it has keyed is not found again without it
        try:
            reached("secret.before_link")
            file.hardlink_to(temporary)
        except FileExistsError:
            pass
        finally:
            reached("secret.before_unlink")
            temporary.unlink()
        sync_folder(file.parent)
    return file.read_text().strip().encode()
