"""What the tasks of the DAGs do: call the hub, say the counts, ring the next. No state stays in Airflow.

The hub is imported inside the functions: it is slow to import, and the DAG processor reads the DAG files, too.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from hub_airflow import contracts, names
from hub_airflow.errors import AirflowErrors
from hub_airflow.rings import UNDER_WAY, has_run, ring, wave

log = logging.getLogger(__name__)

ANSWER_SECONDS = 15.0  # how long one run of an outlet waits for answers; after that the clock rings again


def collect(context: Mapping[str, Any]) -> None:
    """Land what is complete and ring every dataset that has work, the deliveries that a crash left included."""
    with AirflowErrors():
        from hub.line import open_hub

        hub = open_hub()
        collected = hub.collect()
        waiting = hub.waiting()
        log.info("landed %d, not complete yet %d", sum(collected.landed.values()), collected.waiting)
        bells = [
            bell
            for dataset in contracts.dataset_names()
            if (bell := names.dataset(dataset))
            # Older deliveries are left to the run that is under way; should it not take them, the doorbell rings again.
            and (collected.landed.get(dataset) or (waiting.get(dataset) and not has_run(context, bell, UNDER_WAY)))
        ]
        ring(context, bells, wave())


def run_dataset(context: Mapping[str, Any], dataset: str) -> None:
    """Take all waiting deliveries of the dataset to their end; ring the outlets that have something to do."""
    with AirflowErrors():
        from hub.line import open_hub

        hub = open_hub()
        bells = []
        if hub.waiting().get(dataset):
            log.info("%s: %s", dataset, dict(hub.run_dataset(dataset)))
            bells.append(names.REPORTS)
            if hub.contract(dataset).steers is not None:  # an appeal keeps points from counting at once
                log.info("points: %s", dict(hub.issue_points()))
        else:
            log.info("%s: nothing waits", dataset)  # the run of an earlier wave took it
        bells += [names.outlet(outlet) for outlet in hub.outlets() if hub.due(outlet)]
        ring(context, bells, _key(context))


def drain(context: Mapping[str, Any], outlet: str) -> None:
    """Send what is due, wait a while for the answers, record them. What stays pending is the clock's."""
    with AirflowErrors():
        from hub.line import open_hub

        hub = open_hub()
        due = hub.due(outlet)
        try:
            if due and hub.points_due(outlet):
                log.info("points: %s", dict(hub.issue_points()))
        finally:
            counts = hub.drain(outlet, wait_seconds=ANSWER_SECONDS) if due else {}
        log.info("%s: %s", outlet, dict(counts) or "nothing due")
        ring(context, [names.REPORTS] if counts.get("sent") or counts.get("answered") else [], _key(context))


def ring_outlets(context: Mapping[str, Any]) -> None:
    """Ring every outlet that has something due and no run under way."""
    with AirflowErrors():
        from hub.line import open_hub

        hub = open_hub()
        due = {outlet: count for outlet in hub.outlets() if (count := hub.due(outlet))}
        log.info("due: %s", due or "nothing")
        ring(context, [bell for bell in map(names.outlet, due) if not has_run(context, bell, UNDER_WAY)], wave())


def remind(context: Mapping[str, Any]) -> None:
    """Bring the due deliveries up to today, send the reminders, have the pages rebuilt, issue points and new forms.

    Points that are new ring the outlets that take them.
    """
    with AirflowErrors():
        from hub.line import open_hub

        hub = open_hub()
        log.info("%s", dict(hub.remind()))
        bells = [names.REPORTS]
        try:
            log.info("points: %s", dict(hub.issue_points()))
            bells += [names.outlet(outlet) for outlet in hub.outlets() if hub.due(outlet)]
            log.info("forms: %s", dict(hub.hand_out()))
        finally:
            ring(context, bells, wave())


def report(context: Mapping[str, Any]) -> None:
    """Rebuild the auditors' pages."""
    with AirflowErrors():
        from hub.line import open_hub

        log.info("%s", dict(open_hub().report()))


def _key(context: Mapping[str, Any]) -> str:
    """The run's partition key is passed on, so that one wave can be followed; a run by hand gets its own."""
    key = context["dag_run"].partition_key
    return str(key) if key else wave()
