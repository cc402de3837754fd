"""What opening a delivery needs to know of it (启封): the keys of this hub, its sender, the signature that came along.

The signature, and the sum that a marker gives, are kept in the event that tells of the landing: whoever can prove the
log can prove them, too.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.ledger import evidence
from hub.ledger.connect import reading
from hub.line.hub import is_there
from hub.stages.key_files import KeyFolder
from hub.stages.markers import LONGEST_SIGNATURE, SIGNATURE
from hub.stages.sealed_files import Opener

if TYPE_CHECKING:
    from hub.line.hub import Hub


def keys_of(hub: Hub) -> KeyFolder:
    """The folder of keys."""
    asked = hub.settings.keys
    return KeyFolder((asked.folder or hub.home / "sealing").absolute(), asked.openssl)


def facts_of(hub: Hub, delivery: Mapping[str, Any]) -> dict[str, Any]:
    """What a job is given of a delivery that came as a file; nothing for what the hub has pulled itself."""
    if delivery["channel"] in ("database", "api"):
        return {}
    with reading(hub.ledger) as connection:
        landed = next(
            (one for one in evidence.of_delivery(connection, delivery["id"]) if one["kind"] == "landed"), None
        )
    said = (landed or {}).get("body") or {}
    signature = base64.b64decode(said["signature"]) if "signature" in said else None
    return {
        "declared_sum": said.get("declared_sum"),
        "opener": Opener(keys_of(hub), delivery["department"], signature),
    }


def told(signature: bytes | None, declared_sum: str | None = None) -> dict[str, str]:
    """What the event of a landing says of signature and marker."""
    found = {} if signature is None else {"signature": base64.b64encode(signature).decode("ascii")}
    return found if declared_sum is None else found | {"declared_sum": declared_sum}


def beside(file: Path) -> bytes | None:
    """The signature that lies beside a file of this machine; None when there is none, or it is no signature's size."""
    lies = file.with_name(file.name + SIGNATURE)
    if not is_there(lies) or lies.stat().st_size > LONGEST_SIGNATURE:
        return None
    return lies.read_bytes()
