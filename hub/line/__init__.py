"""The line: the stages in order. Runs one and enters it in the ledger, here and nowhere else.

``open_hub()`` gives the hub; its methods are what the command line and the schedules call.
"""

from __future__ import annotations

from hub.line.hub import Hub, open_hub

__all__ = ["Hub", "open_hub"]
