"""The rules that a delivery was judged by are kept in the store (规则留存), so that it can be judged again by them.

``contracts/<fingerprint>.json`` names the pack, ``packs/<sha256>.json`` is the pack: every rule file of that day, once.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import rfc8785

from hub.contract import archive, load
from hub.contract.model import Contract
from hub.errors import VerificationFailed

if TYPE_CHECKING:
    from hub.line.hub import Hub

CONTRACTS, PACKS = "contracts", "packs"


def keep(hub: Hub, contract: Contract) -> None:
    """Keep the rules of a contract unless they are kept already."""
    name = f"{CONTRACTS}/{contract.fingerprint}.json"
    if hub.store.has_file(name):
        return
    if load.contract(contract.dataset, hub.settings.schemas, hub.settings.expectations) != contract:
        return  # the files were changed since this process read them: another delivery keeps the new ones
    content = archive.pack(hub.settings.schemas, hub.settings.expectations)
    sha256 = hashlib.sha256(content).hexdigest()
    if not hub.store.has_file(f"{PACKS}/{sha256}.json"):
        hub.store.put(f"{PACKS}/{sha256}.json", content)
    hub.store.put(name, rfc8785.dumps({"dataset": contract.dataset, "pack": sha256}))


def kept(hub: Hub, fingerprint: str, folder: Path) -> tuple[Path, Path] | None:
    """Schemas and expectations of a fingerprint, unpacked below a folder; None when they were not kept."""
    name = f"{CONTRACTS}/{fingerprint}.json"
    if not hub.store.has_file(name):
        return None
    sha256 = str(json.loads(hub.store.get(name))["pack"])
    target = folder / sha256[:16]
    if not target.exists():
        content = hub.store.get(f"{PACKS}/{sha256}.json")
        if hashlib.sha256(content).hexdigest() != sha256:
            raise VerificationFailed(f"the pack of rules {sha256} has changed in the store")
        archive.unpack(content, target)
    return target / archive.SCHEMAS, target / archive.EXPECTATIONS
