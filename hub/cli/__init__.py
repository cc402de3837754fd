"""The command ``hub``: data on stdout, talk on stderr, ``--json`` on every reading command.

Exit codes: 0 ok, 1 findings (the data is bad, the program is fine), 2 usage, 3 configuration, 4 remote unavailable,
5 verification failed, 6 locked, 7 not found.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point; whatever a person can mend ends in one plain line and its exit code, a mistake of ours too."""
    from hub.errors import CallOperator, Unforeseen

    with Unforeseen() as unforeseen:
        _main()
    if unforeseen.told is not None:
        _end(f"a mistake of the program: {unforeseen.told}", CallOperator.exit_code)


def _main() -> None:
    from hub.cli.app import app
    from hub.errors import FixConfiguration, HubError

    try:
        app()
    except HubError as error:
        _end(str(error), error.exit_code)
    except OSError as error:
        place = f": {error.filename}" if error.filename else ""
        _end(f"{error.strerror or type(error).__name__}{place}", FixConfiguration.exit_code)
    except ValueError as error:
        from pydantic import ValidationError

        if not isinstance(error, ValidationError) or error.title != "Settings":
            raise
        # Never the value: it may be a secret.
        wrong = (f"HUB_{'__'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors())
        _end("; ".join(wrong), FixConfiguration.exit_code)


def _end(text: str, exit_code: int) -> None:
    print(f"hub: {text}", file=sys.stderr)
    raise SystemExit(exit_code) from None
