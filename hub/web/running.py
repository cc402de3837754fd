"""Takes what waits to its end in this process, one dataset after the other: for small installations without Airflow."""

from __future__ import annotations

import logging
import threading

from hub.errors import HubError, Unforeseen
from hub.line import Hub

log = logging.getLogger("hub.web")
LOOK_SECONDS = 2.0  # between two looks into the ledger, when nobody rings
LONGEST_PAUSE = 300.0


class Runner:
    """A thread that runs the line whenever something waits."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._rung, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._work, name="line", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def ring(self) -> None:
        """Something has landed just now."""
        self._rung.set()

    def stop(self) -> None:
        """End after the dataset that is in work."""
        self._ended.set()
        self._rung.set()
        self._thread.join()

    def _work(self) -> None:
        pause = LOOK_SECONDS
        while not self._ended.is_set():
            pause = LOOK_SECONDS if self._round() else min(LONGEST_PAUSE, pause * 2)
            self._rung.wait(pause)
            self._rung.clear()

    def _round(self) -> bool:
        """Whether all went well. What did not stays in the ledger and is tried again."""
        well = True
        try:
            for dataset in self._hub.waiting():
                if self._ended.is_set():
                    return well
                well &= self._run(dataset)
        except HubError as error:
            log.warning("ledger: %s: %s", type(error).__name__, error)
            return False
        return well

    def _run(self, dataset: str) -> bool:
        try:
            with Unforeseen() as unforeseen:
                self._hub.run_dataset(dataset)
        except HubError as error:
            log.warning("%s: %s: %s", dataset, type(error).__name__, error)
            return False
        if unforeseen.told is not None:
            log.error("%s: %s", dataset, unforeseen.told)
        return unforeseen.told is None
