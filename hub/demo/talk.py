"""What the demonstration says while it runs: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time

from rich.console import Console
from rich.status import Status


class Talk:
    """Speaks on stderr; stdout is for the result."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False)
        self.began = time.monotonic()
        self._status: Status | None = None
        self._last: tuple[int, int, int] | None = None

    def say(self, text: str) -> None:
        """A step has begun."""
        self.console.print(f"[{time.monotonic() - self.began:6.1f} s] {text}", markup=False)

    def progress(self, dropped: int, waiting: int, due: int) -> None:
        """What still has to be done; a plain line only when it changed."""
        now = (dropped, waiting, due)
        text = f"in the inboxes {dropped}, being judged {waiting}, not answered by outlets {due}"
        if self.console.is_terminal:
            if self._status is None:
                self._status = self.console.status(text)
                self._status.start()
            self._status.update(text)
        elif now != self._last:
            self.say(text)
        self._last = now

    def warn(self, text: str) -> None:
        """Something is wrong."""
        self.console.print(f"!! {text}", style="bold red", markup=False)

    def end(self) -> None:
        """No more progress."""
        if self._status is not None:
            self._status.stop()
            self._status = None
