"""What ``hub doctor`` sees of keys: of those for sealed files, and of those of what is sealed at rest.

Of every kind the newest key counts for the age: older ones stay for files that are still on their way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from hub.errors import FixConfiguration, HubError
from hub.ledger import data_keys, sealed
from hub.ledger.connect import reading
from hub.line import keeping_keys
from hub.line.opening import keys_of
from hub.stages import key_files, signatures
from hub.stages.key_files import KeyFolder, Known

if TYPE_CHECKING:
    from hub.line.hub import Hub


def looks(hub: Hub, warned: type[str]) -> Iterator[tuple[str, Callable[[], str]]]:
    """One look for each kind of key that a contract asks for; none where nothing is sealed."""
    try:
        ways = [intake for contract in hub.contracts.values() for intake in contract.intakes]
    except HubError:  # a broken contract is told by its own look
        return
    yield "keys at rest", partial(_at_rest, hub, warned)
    keys = keys_of(hub)
    sealed = {str(way.over.encryption) for way in ways if way.over.encryption is not None}
    signed = {(way.department, str(way.over.signature)) for way in ways if way.over.signature is not None}
    for kind in sorted(sealed):
        yield f"keys {kind}", partial(_age, hub, keys, kind, "", warned)
    for department, kind in sorted(signed):
        yield f"keys {department}", partial(_age, hub, keys, kind, f"{department}/", warned)
    if any(way.over.signature == "sm2" for way in ways):
        yield "openssl", partial(signatures.version, keys.openssl)


def _at_rest(hub: Hub, warned: type[str]) -> str:
    """Whether every data key can be unwrapped, what lies open still, and which old master keys are of no more use."""
    if hub.settings.cipher == "none":
        return warned("HUB_CIPHER=none: identifiers lie open in the ledger")
    found = keeping_keys.listed(hub)
    masters = [one for one in found if one["kind"] == "master"]
    if missing := [one["id"] for one in masters if one["state"] == "missing"]:
        raise FixConfiguration(f"master key {', '.join(missing)} is missing, and identifiers are sealed under it")
    with reading(hub.ledger) as connection:
        data_keys.opened(connection, [one["id"] for one in found if one["kind"] == "data"])
        plain = [name for name in hub.contracts if sealed.has_plain(connection, hub.shape(hub.contract(name)))]
    former = [one for one in masters if one["state"] == "former"]
    idle = [one["id"] for one in former if not one["wraps"]]
    told = f"{len(found) - len(masters)} data keys, {len(masters)} master keys"
    if plain:
        return warned(f"{told}; identifiers lie open in {', '.join(plain)}: hub keys seal")
    if len(idle) < len(former):
        return warned(f"{told}; some are wrapped by a former one: hub keys rotate --rewrap")
    if idle:
        return warned(f"{told}; nothing is wrapped by {', '.join(idle)} any more: its file may go, and old backups too")
    return told


def _age(hub: Hub, keys: KeyFolder, kind: str, lead: str, warned: type[str]) -> str:
    found: list[Known] = [one for one in key_files.told(keys) if one.kind == kind and one.name.startswith(lead)]
    if not found:
        place = f"senders/{lead}*.{kind}.pem" if lead else f"{kind}/*.key"
        raise FixConfiguration(f"no {place} in the folder of keys, and a contract asks for one")
    newest = max(found, key=lambda one: one.created)
    days = max((hub.now() - newest.created).days, 0)
    told = f"{len(found)} {kind}, the newest {days} days old"
    if days < hub.settings.keys.warn_days:
        return told
    return warned(f"{told}: time for a new one, see hub keys new --help")
