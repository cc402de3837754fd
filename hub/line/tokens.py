"""Tokens are issued and revoked (令牌发放与吊销). Whoever has one may send; it is shown once and kept nowhere."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from hub.errors import NotFound, WrongUsage
from hub.ledger import evidence, tokens
from hub.ledger.connect import reading, writing
from hub.ledger.tokens import Token

if TYPE_CHECKING:
    from hub.line.hub import Hub

FORM = "hub_"  # by which a token is recognised where it should not be
LONGEST = 128  # characters of a token that are looked at, and of a label
MOST_DAYS = 1_100


def issue(hub: Hub, department: str, datasets: Sequence[str], label: str, days: int) -> tuple[int, str]:
    """Give a department a token for ``days``; its number and the token itself.

    ``datasets``: those that it may send; none named: all that the contracts allow the department.
    """
    if department not in {one.id for one in hub.county.departments}:
        raise NotFound(f"there is no department {department}")
    if not 1 <= days <= MOST_DAYS:
        raise WrongUsage(f"a token is good for 1 to {MOST_DAYS} days")
    for dataset in datasets:
        if not may_send(hub, department, dataset):
            raise WrongUsage(f"the contract of {dataset} knows no way in for {department}")
    secret = FORM + secrets.token_urlsafe(32)
    with writing(hub.ledger, "token") as connection:
        now = hub.now()
        number = tokens.add(
            connection, _hash(secret), department, datasets, label[:LONGEST], now, now + timedelta(days=days)
        )
        evidence.append(
            connection, "token_issued", now, token=number, department=department, datasets=list(datasets), days=days
        )
        evidence.seal(connection, now)
    return number, secret


def revoke(hub: Hub, number: int) -> bool:
    """End a token at once; False when that was done already."""
    with writing(hub.ledger, "token_end") as connection:
        now = hub.now()
        if not tokens.revoke(connection, number, now):
            return False
        evidence.append(connection, "token_revoked", now, token=number)
        evidence.seal(connection, now)
    return True


def of_secret(hub: Hub, secret: str) -> Token | None:
    """The token, while it holds; None for everything else."""
    if not secret.startswith(FORM) or len(secret) > LONGEST:
        return None
    with reading(hub.ledger) as connection:
        found = tokens.by_hash(connection, _hash(secret))
    return found if found is not None and found.holds(hub.now()) else None


def of_number(hub: Hub, number: int) -> Token | None:
    """The token of a number, while it holds."""
    with reading(hub.ledger) as connection:
        found = tokens.by_id(connection, number)
    return found if found is not None and found.holds(hub.now()) else None


def may_send(hub: Hub, department: str, dataset: str) -> bool:
    """Whether the contract of a dataset knows files of this department; what the hub computes nobody sends."""
    contract = hub.contract(dataset)
    return department in {way.department for way in contract.intakes if way.pull is None and not way.computed}


def sendable(hub: Hub, token: Token) -> tuple[str, ...]:
    """The datasets that a token may send, by address."""
    named = token.datasets or tuple(sorted(hub.contracts))
    return tuple(one for one in named if one in hub.contracts and may_send(hub, token.department, one))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", errors="surrogatepass")).hexdigest()
