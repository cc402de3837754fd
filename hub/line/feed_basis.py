"""What the current release of the open feed was decided from (公示依据): so a cycle decides what changed and no more.

Windows end by the clock, so the first release of a day decides every record anew, and so does one after a change of a
contract or of the law, after a restore, and whenever this file is missing or tells of another release. It is no truth
of its own: without it the same files come about, only slower.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
import sqlalchemy as sa

from hub.contract.model import Contract
from hub.failpoints import reached
from hub.ledger import evidence
from hub.outlets import open_feed
from hub.outlets.sharing import Circumstances

if TYPE_CHECKING:
    from hub.line.hub import Hub

FILE = "feed_basis.json"
LAYOUT = 1  # of the feed's files; another one has every file written anew


@dataclass(frozen=True, slots=True)
class Basis:
    """Of one release: version, day, the event that tells of it, and by dataset what else the decision hung on."""

    version: str
    as_of: str
    event: int
    rules: dict[str, str]  # a hash over contract, law and publisher
    against: dict[str, dict[str, list[str]]]  # by reason: ids of the records against which something stands
    consenting: dict[str, str]  # a hash over those who consent


def rules(hub: Hub, contract: Contract) -> str:
    """A hash over all that decides and describes a dataset, beside its records and what stands against them."""
    told = repr((LAYOUT, contract, hub.county.name, hub.county.division, hub.county.department(contract.owner)))
    return hashlib.sha256(told.encode()).hexdigest()


def read(hub: Hub, connection: sa.Connection) -> Basis | None:
    """The basis of the release that is shown; None when nothing tells it."""
    index, last = open_feed.shown_index(hub.home / "feed"), evidence.latest(connection, "published")
    file = hub.home / FILE
    if index is None or last is None or not file.exists():
        return None
    try:
        basis = Basis(**json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError):  # half of it was written when the power went
        return None
    shown = (index["version"], index["as_of"], last["sequence"], last["body"]["version"])
    return basis if shown == (basis.version, basis.as_of, basis.event, basis.version) else None


def same_datasets(basis: Basis, chosen: list[Contract]) -> bool:
    """Whether a release has the datasets that it had."""
    return basis.rules.keys() == {contract.dataset for contract in chosen}


def changed(basis: Basis, contract: Contract, circumstances: Circumstances) -> pl.Series | None:
    """Records of which something else stands than then; None when others consent than then."""
    before, now = basis.against[contract.dataset], against(circumstances)
    if basis.consenting[contract.dataset] != consenting(circumstances):
        return None
    found = set[str]()
    for reason in before.keys() | now.keys():
        found |= set(before.get(reason, ())) ^ set(now.get(reason, ()))
    return pl.Series(sorted(found), dtype=pl.String)


def against(circumstances: Circumstances) -> dict[str, list[str]]:
    """What stands against which records, as it is kept."""
    return {reason: ids.sort().to_list() for reason, ids in circumstances.against.items() if len(ids)}


def consenting(circumstances: Circumstances) -> str:
    """A hash over those who consent; the identifiers themselves are kept nowhere."""
    return hashlib.sha256("\n".join(circumstances.consenting.sort()).encode()).hexdigest()


def keep(hub: Hub, index: Mapping[str, Any], event: int, decided: Mapping[str, tuple[Contract, Circumstances]]) -> None:
    """Write the basis of a release that is shown and told of."""
    basis = Basis(
        version=index["version"],
        as_of=index["as_of"],
        event=event,
        rules={dataset: rules(hub, contract) for dataset, (contract, _) in decided.items()},
        against={dataset: against(standing) for dataset, (_, standing) in decided.items()},
        consenting={dataset: consenting(standing) for dataset, (_, standing) in decided.items()},
    )
    file = hub.home / FILE
    content = json.dumps(asdict(basis), sort_keys=True)
    if file.exists() and file.read_text(encoding="utf-8") == content:
        return
    temporary = file.with_name(f".{file.name}.part")
    temporary.write_text(content, encoding="utf-8")
    reached("feed.before_basis")
    temporary.replace(file)
