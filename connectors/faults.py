"""What can go wrong at a foreign door, sorted by what helps.

Messages name the operation and nothing else: no host, no account, no path, no row and no text of the other side,
because all of these may carry a secret or the name of a person.
"""

from __future__ import annotations


class Fault(Exception):
    """Base of every error that a connector raises on purpose."""


class Unreachable(Fault):
    """The other side did not answer, broke off or had no room: the same call may succeed later."""


class Failed(Unreachable):
    """The other side answered that it could not do it this time (disk full, busy, broken file); the link holds."""


class Refused(Fault):
    """The other side, or our own caution, says no: a key, a right, a table. The configuration must change."""


class RowRefused(Refused):
    """A row does not fit the table of the other side; the rows beside it may."""


class Missing(Fault):
    """There is no such file or folder."""


class TooLarge(Fault):
    """The file is larger than the caller allows; nothing of it was taken."""
