"""The hub's errors in Airflow's language: repeat what may succeed later, fail what somebody must act on.

Airflow writes the text of an exception into logs that many people read, so only the hub's own messages pass (they
hold no identifier by rule, see ``hub.errors``). Of any other exception only its type and the place are told: a
database driver or a parser likes to quote the row that it choked on.
"""

from __future__ import annotations

from pathlib import Path
from traceback import extract_tb
from types import TracebackType

from airflow.sdk.exceptions import AirflowException, AirflowFailException

from hub.errors import HubError, TryAgain


class AirflowErrors:
    """Context manager around the work of one task.

    ``TryAgain`` (and ``Locked``) becomes ``AirflowException``: Airflow repeats the task with growing pauses. Every
    other error becomes ``AirflowFailException``: no repetition, it would only hide what somebody must mend. The
    deliveries are not lost: they wait in the ledger, and the doorbell rings for them again.
    """

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or not isinstance(error, Exception) or isinstance(error, AirflowException):
            return  # nothing happened, the process is asked to end, or Airflow talks to itself (skip, fail)
        if isinstance(error, TryAgain):
            raise AirflowException(f"{type(error).__name__}: {error}") from None
        if isinstance(error, HubError):
            raise AirflowFailException(f"{type(error).__name__}: {error}") from None
        raise AirflowFailException(f"{type(error).__module__}.{type(error).__qualname__} at {_place(trace)}") from None


def _place(trace: TracebackType | None) -> str:
    """``stages/read.py:31 in run < line.py:80 in run_dataset``: the last frames, innermost first, no values."""
    frames = list(extract_tb(trace))[-6:]
    return " < ".join(f"{'/'.join(Path(f.filename).parts[-2:])}:{f.lineno} in {f.name}" for f in reversed(frames))
