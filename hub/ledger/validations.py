"""Great Expectations' own results (校验结果), one per delivery, as the gate got them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from hub.ledger.tables import validation


def keep(connection: sa.Connection, delivery_id: int, result: Mapping[str, Any]) -> None:
    """Keep Great Expectations' result, replacing that of an earlier run of the gate."""
    connection.execute(validation.delete().where(validation.c.delivery_id == delivery_id))
    connection.execute(validation.insert().values(delivery_id=delivery_id, result=dict(result)))


def of_delivery(connection: sa.Connection, delivery_id: int) -> dict[str, Any] | None:
    """Great Expectations' result for a delivery, or None when it was refused before the gate."""
    return connection.scalar(sa.select(validation.c.result).where(validation.c.delivery_id == delivery_id))
