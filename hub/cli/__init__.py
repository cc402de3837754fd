"""The command ``hub``: data on stdout, talk on stderr, ``--json`` on every reading command.

Exit codes: 0 ok, 1 findings (the data is bad, the program is fine), 2 usage, 3 configuration, 4 remote unavailable,
5 verification failed, 6 locked, 7 not found.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point; errors of the hub end in one plain line and their exit code."""
    from hub.cli.app import app
    from hub.errors import HubError

    try:
        app()
    except HubError as error:
        print(f"hub: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None
