"""One turn of the whole line (运行一遍): whatever waits, once, in the order in which Airflow's tasks would do it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from hub.errors import HubError
from hub.line import ways_out

if TYPE_CHECKING:
    from hub.line.hub import Hub


def turn(
    hub: Hub, wait_seconds: float, failed: Callable[[str, HubError], None], said: Callable[[str], None]
) -> dict[str, object]:
    """Inboxes, line, points, outlets, reminders, forms, reports; gives what each did.

    What fails does not stop the rest: ``failed`` is told of it. ``said`` is told of an outlet that is not set up.
    """
    facts: dict[str, object] = {}

    def attempt(what: str, step: Callable[[], object]) -> None:
        try:
            facts[what] = step()
        except HubError as error:
            failed(what, error)

    attempt("inboxes", lambda: asdict(hub.collect()))
    for dataset in hub.waiting():
        attempt(dataset, partial(hub.run_dataset, dataset))
    attempt("points", hub.issue_points)
    for outlet in hub.outlets():
        if (missing := ways_out.unset(hub, hub.outlet(outlet))) is None:
            attempt(outlet, partial(hub.drain, outlet, wait_seconds))
        elif hub.outlet(outlet).kind not in ways_out.OPTIONAL:
            said(f"{missing} is not set: nothing goes to the {outlet}")
    attempt("reminders", hub.remind)
    attempt("forms", hub.hand_out)
    attempt("reports", hub.report)
    return facts
