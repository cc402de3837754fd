"""Canaries: persons' numbers that must never come into a log, and who listens for them."""

from __future__ import annotations

import logging
import re

# Every citizen id in the fixtures was born in the 1880s: what looks like one in a log is a canary that got out.
CANARY = re.compile(r"(?<![0-9])[1-9][0-9]{5}188[0-9](?:0[1-9]|1[0-2])[0-3][0-9][0-9]{3}[0-9Xx](?![0-9])")


class Canaries(logging.Handler):
    """Listens to every logger of this process and keeps the name of each that let a number out."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Look at the message, and at the text of an exception that goes with it."""
        said = record.getMessage()
        if record.exc_info:
            said += logging.Formatter().formatException(record.exc_info)
        if CANARY.search(said):
            self.found.append(f"{record.name} ({record.pathname}:{record.lineno})")
