"""Whether the APIs answer, and for how long certificates and clocks will do (体检)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from hub.errors import FixConfiguration, HubError
from hub.line import fetching
from hub.stages import pull_http
from hub.stages.api import certificate_ends, opened

if TYPE_CHECKING:
    from hub.line.hub import Hub

ENOUGH_DAYS = 30  # to get another certificate
MOST_SECONDS = 60  # between the other clock and ours, beyond which watermarks by moments are doubtful


def looks(hub: Hub, warned: type[str]) -> Iterator[tuple[str, Callable[[], str]]]:
    """A look at every API of the settings, and at those that only the contracts name."""
    try:
        named = {way.api.api for one in hub.contracts.values() for way in one.intakes if way.api is not None}
    except HubError:  # a broken contract is told by its own look
        named = set()
    for name in sorted(named | set(hub.settings.apis)):
        yield f"api {name}", partial(_look, hub, name, warned)


def _look(hub: Hub, name: str, warned: type[str]) -> str:
    if name not in hub.settings.apis:
        raise FixConfiguration(f"HUB_APIS__{name.upper()}__URL is not set: nothing is pulled from it")
    settings = hub.settings.apis[name]
    asked = list(fetching.wanted(hub, name))
    told, doubtful = [f"{len(asked)} datasets"], False
    now = datetime.now(UTC)  # certificates and other clocks go by the world's time
    ends = {"our certificate": certificate_ends(settings)}
    for _, _, pull in asked:
        with opened(name, settings) as api:
            seen = pull_http.look(api, pull)
        ends["its certificate"] = seen.certificate_ends
        if seen.date is not None:
            apart = abs((seen.date - now).total_seconds())
            doubtful |= apart > MOST_SECONDS
            told.append(f"clocks {apart:.0f} s apart")
    for what, end in ends.items():
        if end is not None:
            days = (end - now).days
            doubtful |= days < ENOUGH_DAYS
            told.append(f"{what} lasts {days} days")
    text = ", ".join(told)
    return warned(text) if doubtful else text
