"""Fail points (故障点): every place at which something is about to last, named ``<what>.<boundary>``.

Directly before each durable write (a rename, a commit, a file put, rows pushed) and after each commit stands a call of
``reached``. It does nothing here; a test arms it in a child process of its own and ends the child at one of them
(``tests/faults``). A durable write without one fails a test, so the names in the source are all that there are:

    reached("store.before_rename")
    with writing(ledger, "delivery") as connection: ...    # delivery.before_commit, delivery.after_commit
"""

from __future__ import annotations

from collections.abc import Callable

_act: Callable[[str], None] | None = None


def reached(name: str) -> None:
    """Say that the run has come to this point."""
    if _act is not None:
        _act(name)


def arm(act: Callable[[str], None] | None) -> None:
    """Call ``act`` with the name of every point from now on, in this process and its forks; None ends that."""
    global _act
    _act = act
