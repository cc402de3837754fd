"""Keys of credit-service bodies are issued and revoked (密钥发放与吊销); each is shown once and kept nowhere."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hub.contract.model import Outlet
from hub.errors import WrongUsage
from hub.ledger import evidence, service_keys
from hub.ledger.connect import reading, writing
from hub.ledger.service_keys import Key
from hub.outlets import services

if TYPE_CHECKING:
    from hub.line.hub import Hub

FORM = "svc_"  # by which a key is recognised where it should not be
LONGEST = 128  # characters of a key that are looked at
MOST_DAYS = 400
AT_ONCE = 2  # keys of a body: the one in use, and the next
MOST_PER_MINUTE, MOST_PER_DAY = 6_000, 1_000_000
_FILING_NO = re.compile(r"^[\w()（）〔〕\[\].·/-]{2,64}$")


@dataclass(frozen=True, slots=True)
class Licence:
    """Who gets a key, and on what terms. What is None stays as it is; a new body has to be told its datasets."""

    name: str
    filing_no: str
    datasets: Sequence[str] = ()
    per_minute: int | None = None
    per_day: int | None = None


def outlet_of(hub: Hub) -> Outlet | None:
    """The outlet that credit-service bodies ask, where the county has one."""
    return next((outlet for outlet in hub.outlet_list if outlet.kind == "read_api"), None)


def issue(hub: Hub, licence: Licence, days: int) -> tuple[int, str]:
    """Give a body a key for ``days``; its number and the key itself.

    The filing number tells the body. Its second key is for the change from one to the next; terms that are given hold
    for both from now on.
    """
    outlet = outlet_of(hub)
    if outlet is None:
        raise WrongUsage("outlets.yaml has no outlet of the kind read_api")
    if not 1 <= days <= MOST_DAYS:
        raise WrongUsage(f"a key is good for 1 to {MOST_DAYS} days")
    terms = _terms(hub, outlet, licence)
    secret = FORM + secrets.token_urlsafe(32)
    with writing(hub.ledger, "service_key") as connection:
        now = hub.now()
        body = service_keys.body_of(connection, licence.filing_no)
        if body is None:
            if "datasets" not in terms:
                raise WrongUsage("a new body needs the datasets that it may ask for")
            made = {"per_minute": 60, "per_day": 5_000, "epoch": secrets.token_hex(4)} | terms
            number = service_keys.add_body(
                connection, now, name=licence.name.strip(), filing_no=licence.filing_no, **made
            )
        else:
            if body.name != licence.name.strip():
                raise WrongUsage(f"the filing number belongs to another name: body {body.id}")
            number = body.id
            if terms:
                service_keys.change_body(connection, number, **terms)
        holding = [one for one in service_keys.listed(connection, number) if one.holds(now)]
        if len(holding) >= AT_ONCE:
            raise WrongUsage(f"body {number} has {AT_ONCE} keys that hold: revoke one first")
        key = service_keys.add(connection, number, _hash(secret), now, now + timedelta(days=days))
        evidence.append(connection, "service_key_issued", now, key=key, body=number, days=days, **terms)
        evidence.seal(connection, now)
    return key, secret


def _terms(hub: Hub, outlet: Outlet, licence: Licence) -> dict[str, Any]:
    if not licence.name.strip() or len(licence.name) > 200 or not _FILING_NO.fullmatch(licence.filing_no):
        raise WrongUsage("a body has a name and a filing number of 2 to 64 letters and digits, without blanks")
    for dataset in licence.datasets:
        if not services.given(hub.contract(dataset), outlet.id):
            raise WrongUsage(f"the contract of {dataset} gives {outlet.id} nothing")
    for value, most in ((licence.per_minute, MOST_PER_MINUTE), (licence.per_day, MOST_PER_DAY)):
        if value is not None and not 1 <= value <= most:
            raise WrongUsage(f"a quota is 1 to {most}")
    given = {"per_minute": licence.per_minute, "per_day": licence.per_day}
    terms: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return terms | ({"datasets": sorted(set(licence.datasets))} if licence.datasets else {})


def revoke(hub: Hub, number: int) -> bool:
    """End a key: the next request with it is refused. False when that was done already."""
    with writing(hub.ledger, "service_key_end") as connection:
        now = hub.now()
        if not service_keys.revoke(connection, number, now):
            return False
        evidence.append(connection, "service_key_revoked", now, key=number)
        evidence.seal(connection, now)
    return True


def of_secret(hub: Hub, secret: str) -> Key | None:
    """The key, while it holds; None for everything else."""
    if not secret.startswith(FORM) or len(secret) > LONGEST:
        return None
    with reading(hub.ledger) as connection:
        found = service_keys.by_hash(connection, _hash(secret))
    return found if found is not None and found.holds(hub.now()) else None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", errors="surrogatepass")).hexdigest()
