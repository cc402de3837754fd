"""Replay a generated county through the hub (重放): day by day, round by round, with a clock that stands on that day.

    for done in replay(grounds, folder): print(done.day, done.rows)

For a state folder of its own: a ledger whose clock was set is nobody's proof. The other sides are simulated; Airflow is
not needed.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as clock_time
from pathlib import Path

from hub.demo.grounds import Grounds
from hub.errors import HubError, WrongUsage
from hub.line import Hub
from hub.line.hub import ZONE
from hub.line.turn import turn
from hub.settings import Settings

_KEPT = ("schemas", "expectations", "lang", "locale", "cipher", "pdf_program")  # of the settings as they are
_OPENS = clock_time(9)  # when the offices begin to send


def apart(given: Settings, home: Path) -> Settings:
    """The settings of a replay in ``home``: the contracts of ``given``, and nobody and nothing else that it names.

    Ledger, store and keys lie in ``home``; no province, mail, webhook, source or server that is configured is asked.
    """
    return Settings.model_construct(**{name: getattr(given, name) for name in _KEPT}, home=home)


class HubOnADay(Hub):
    """A hub whose clock stands on a day, and goes on from there."""

    day: date

    def now(self) -> datetime:
        """The time of the day as it is, on the day that is replayed."""
        begin = datetime.combine(self.day, _OPENS, ZONE).astimezone(UTC)
        return begin + (datetime.now(UTC) - self.began)

    def turn_to(self, day: date) -> None:
        """Go on with another day."""
        self.day, self.began = day, datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class DayDone:
    """What one day took."""

    day: date
    files: int
    seconds: float
    troubles: tuple[str, ...]


def replay(grounds: Grounds, folder: Path, *, wait_seconds: float = 0.0) -> Iterator[DayDone]:
    """Send every file of ``folder`` on its day and let the hub take it to its end.

    ``WrongUsage`` when the folder holds no days, or the state folder of ``grounds`` is in use already.
    """
    days = sorted(one for one in folder.glob("????-??-??") if one.is_dir())
    if not days:
        raise WrongUsage(f"{folder} holds no generated county")
    if (grounds.home / "ledger.db").exists():
        raise WrongUsage(f"{grounds.home} holds a ledger already; a replay begins in an empty state folder")
    with ExitStack() as stack:
        server = stack.enter_context(grounds.sftp_server())
        stack.enter_context(grounds.governance())
        at_once = {"settle_seconds": 0.0, "patience_seconds": 0.0}
        hub = HubOnADay(grounds.settings(server.port).model_copy(update=at_once))
        stack.callback(lambda: hub.ledger.dispose())
        hub.turn_to(date.fromisoformat(days[0].name))
        hub.hand_out()
        stack.enter_context(grounds.province(hub))
        stack.enter_context(grounds.bank(hub))
        for day in days:
            yield _one_day(grounds, hub, day, wait_seconds)


def _one_day(grounds: Grounds, hub: HubOnADay, folder: Path, wait_seconds: float) -> DayDone:
    began, files = time.monotonic(), 0
    troubles: list[str] = []

    def failed(what: str, error: HubError) -> None:
        troubles.append(f"{what}: {error}")

    hub.turn_to(date.fromisoformat(folder.name))
    rounds = sorted(folder.iterdir())
    for one in rounds:
        for file in sorted(one.glob("*/*")):
            shutil.copyfile(file, grounds.root / file.parent.name / "inbox" / file.name)
            files += 1
        if one == rounds[-1]:
            turn(hub, wait_seconds, failed, troubles.append)
            break
        hub.collect()
        for dataset in hub.waiting():
            try:
                hub.run_dataset(dataset)
            except HubError as error:
                failed(dataset, error)
    return DayDone(hub.day, files, time.monotonic() - began, tuple(troubles))
