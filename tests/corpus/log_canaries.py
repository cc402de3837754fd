"""Canaries: what belongs to a person or opens a door and must never come into a log, and who listens for it.

Everything in the fixtures is made up in a form that nothing else has: what looks like one in a log got out of the data.
"""

from __future__ import annotations

import logging
import re

# Every citizen id in the fixtures was born in the 1880s.
KINDS = {
    "citizen_id": r"(?<![0-9])[1-9][0-9]{5}188[0-9](?:0[1-9]|1[0-2])[0-3][0-9][0-9]{3}[0-9Xx](?![0-9])",
    "organisation_name": r"[（(]演示[0-9]+[）)]有限公司|演示[0-9]+号小吃店",
    "person_name": r"[\u4e00-\u9fff]某[甲乙丙丁戊己庚辛壬癸]{2}",
    "document_number": r"[〔\[（(]20[0-9]{2}[〕\]）)][0-9]{3,6}号",
    "mobile": r"(?<![0-9])1(?:38|39|99)0000[0-9]{4}(?![0-9])",
    "bank_card": r"(?<![0-9])622202[0-9]{10,13}(?![0-9])",
    "token": r"(?:hub|svc)_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])|a-(?:token|password)-that-nobody-may-see",
}
CANARY = re.compile("|".join(f"(?P<{kind}>{form})" for kind, form in KINDS.items()))


def kind_of(text: str) -> str | None:
    """The kind of the first canary in a text, or None."""
    found = CANARY.search(text)
    return None if found is None else found.lastgroup


class Canaries(logging.Handler):
    """Listens to every logger of this process and keeps the name of each that let something out."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Look at the message, and at the text of an exception that goes with it."""
        said = record.getMessage()
        if record.exc_info:
            said += logging.Formatter().formatException(record.exc_info)
        if (kind := kind_of(said)) is not None:
            self.found.append(f"{kind}: {record.name} ({record.pathname}:{record.lineno})")
