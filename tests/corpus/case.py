"""One file of the corpus: what it is called, its bytes, and what must come out of it.

A case states what must hold, by hand; nothing in it is computed by the hub.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SHOP, LICENCE, PENALTY = "market/shop", "market/admin_licence", "market/admin_penalty"
FATES = ("accepted", "accepted_query", "rejected", "duplicate", "blank")
Fates = Mapping[int, str]  # row as the sender sees it -> what must become of it


@dataclass(frozen=True, eq=False)
class Case:
    """A file and its outcome.

    ``verdict`` and each entry of ``codes`` may name several answers, joined by ``|``, where the rules leave it open
    which of them is given. ``at`` says on which rows a code must be named, exactly.
    """

    name: str  # of the file
    content: bytes | Callable[[Path], None]  # the bytes, or what writes them where they would not fit into memory
    verdict: str  # ACCEPTED | ACCEPTED_QUERY | PARTIAL | REJECTED
    fates: Fates | None = None  # one per physical data row; None: the file is refused before rows can be told
    codes: tuple[str, ...] = ()  # among the findings of the receipt
    at: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    dataset: str = SHOP
    secrets: tuple[str, ...] = ()  # identifiers in the file that must not come back in a receipt

    @property
    def id(self) -> str:
        """A short name for the report of a test run."""
        return "".join(letter if letter.isprintable() else "?" for letter in self.name)[:60]

    @property
    def refused(self) -> bool:
        """Whether the whole file is refused before any row is judged."""
        return self.verdict == "REJECTED" and self.fates is None

    def write(self, folder: Path) -> Path:
        """Put the file into ``folder``."""
        path = folder / self.name
        if isinstance(self.content, bytes):
            path.write_bytes(self.content)
        else:
            self.content(path)
        return path

    def counted(self) -> Mapping[str, int]:
        """Rows by fate, as a receipt counts them: the accepted include those with a query."""
        found = Counter((self.fates or {}).values())
        accepted = found["accepted"] + found["accepted_query"]
        return {
            "rows": found.total(),
            "accepted": accepted,
            "of_which_query": found["accepted_query"],
            "rejected": found["rejected"],
            "duplicate": found["duplicate"],
            "blank": found["blank"],
        }


def all_rows(fate: str, count: int, first: int = 2) -> dict[int, str]:
    """The same fate for ``count`` rows from row ``first`` on."""
    return dict.fromkeys(range(first, first + count), fate)
