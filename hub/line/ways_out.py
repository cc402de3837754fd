"""The way to a receiver (到接收方的通道), by the kind of its outlet; addresses and secrets come from the settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hub.contract.model import Outlet
from hub.errors import FixConfiguration
from hub.outlets.receiver import Receiver

if TYPE_CHECKING:
    from hub.line.hub import Hub


@contextmanager
def reached(hub: Hub, outlet: Outlet) -> Iterator[Receiver]:
    """The receiver of an outlet; ``FixConfiguration`` when nothing says where it is."""
    if outlet.kind == "front_end_tables":
        from hub.outlets import province

        if not hub.settings.province_url:
            raise FixConfiguration("HUB_PROVINCE_URL names no front-end database")
        with province.door(hub.settings.province_url) as front_end:
            yield province.FrontEndTables(outlet, front_end)
        return
    raise FixConfiguration(f"outlets.yaml: {outlet.id}: no way leads to the kind {outlet.kind}")
