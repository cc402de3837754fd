"""The door to a front-end database for the stages: connectors' faults become the hub's errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from connectors.database_source import Source
from connectors.faults import Refused, Unreachable
from hub.errors import FixConfiguration, TryAgain
from hub.settings import DatabaseSource

__all__ = ["Source", "opened"]

ZONE = "Asia/Shanghai"  # in which moments are told


@contextmanager
def opened(name: str, settings: DatabaseSource) -> Iterator[Source]:
    """A source, whatever breaks inside: ``TryAgain`` when it does not answer, ``FixConfiguration`` when it refuses.

    Messages name the source as the settings do; never an address, an account or a value.
    """
    try:
        with Source(settings.url.get_secret_value(), zone=ZONE, timeout=settings.timeout_seconds) as source:
            yield source
    except Unreachable as error:
        raise TryAgain(f"source {name}: {error}") from None
    except Refused as error:
        raise FixConfiguration(f"source {name}: {error}") from None
