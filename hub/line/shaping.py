"""The record table of a dataset, as its contract and those that refer to it want it: columns, searched, sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.contract.model import Contract
from hub.contract.privacy import sealed_columns
from hub.ledger.records import RecordTable

if TYPE_CHECKING:
    from hub.line.hub import Hub


def shape(hub: Hub, contract: Contract) -> RecordTable:
    """The record table of a dataset."""
    columns = tuple((column.name, column.storage) for column in contract.content)
    return RecordTable(contract.dataset, columns, _searched(hub, contract), contract.order_by, sealed_columns(contract))


def _searched(hub: Hub, contract: Contract) -> tuple[str, ...]:
    """Columns by which deliveries look its records up: its credit code, and what other datasets refer to."""
    referring = (column.refers_to for other in hub.contracts.values() for column in other.columns)
    named = [each.column for each in referring if each is not None and each.dataset == contract.dataset]
    subject = contract.subject
    # A consent that comes or goes has the subject's records decided again; reports are asked for by the number.
    asked = {outlet.id for outlet in hub.outlet_list if not outlet.fed}
    sought = any(lawful.consent or lawful.outlet in asked for lawful in contract.lawful)
    others = (subject.person_id, subject.household_id) if sought else ()
    codes = (code for code in (subject.organisation_id, *others) if code is not None)
    return tuple(dict.fromkeys((*codes, *named)))
