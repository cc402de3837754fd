"""What is made quick in a life that is to be lived a thousand times, and what must not differ between two lives."""

from __future__ import annotations

import copy
import os
import pickle
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

# Every child has them from the start, as Airflow's tasks have.
import hub.line.answering
import hub.line.exchanging
import hub.line.intake
import hub.line.judging
import hub.line.reporting
import hub.line.sending
import hub.reports.page  # noqa: F401
from hub import findings
from hub.contract import derive
from hub.ledger import connect, locks
from hub.line import Hub, open_hub, secret
from hub.rules import engine
from hub.settings import Settings
from hub.stages import confined, gate, read
from hub.stages.formats import returned_workbook

_verdicts: dict[tuple[Any, ...], dict[str, Any]] = {}
_contracts: dict[str, Any] = {}
still = threading.RLock()  # held by whoever must not be stopped now


def _validate(suite: Any, verdict: Any) -> dict[str, Any]:
    key = (repr(suite), verdict.row_count, verdict.counts, repr(verdict.figures))
    if key not in _verdicts:
        _verdicts[key] = engine.validate(suite, verdict)
    return copy.deepcopy(_verdicts[key])


def _read_here(
    source: Path, contract: Any, target: Path, *, chunk_rows: int, intake: Any, meta: Any = None, **_: Any
) -> read.Read:
    """Reads without the confined process, which takes longer to start than the whole work and writes nothing else."""
    return read.run(source, contract, target, chunk_rows=chunk_rows, intake=intake, meta=meta)


def _mark_here(source: Path, limits: Any = None) -> list[tuple[str, ...]] | None:
    """The same of the mark of a workbook."""
    return returned_workbook.mark(source)


def _token(size: int) -> str:
    """Always the same secret, and a new name for what is written aside."""
    return "5a" * size if size == 32 else secrets.token_hex(size)


def prepare(order: dict[str, Any]) -> Hub:
    """The hub of an order, in a child."""
    if moment := order.get("now"):
        now = datetime.fromisoformat(moment)
        Hub.now = lambda self: now  # type: ignore[method-assign]
    gate.validate = _validate
    locks.writing = _unstopped  # type: ignore[assignment]
    if not order.get("confined"):
        confined.run = _read_here
        confined.mark = _mark_here
    # The secrets that a hub makes for itself are the same in every life of every county.
    secret.secrets = SimpleNamespace(token_hex=_token)  # type: ignore[attr-defined]
    told = open_hub(Settings(**order["settings"]))
    told.__dict__ |= _contracts  # as in a process that has worked before
    return told


@contextmanager
def _unstopped(ledger: sa.Engine, point: str) -> Iterator[sa.Connection]:
    """A transaction on a lease, in which this process is never stopped: the others would wait for SQLite's lock."""
    with still, connect.writing(ledger, point) as connection:
        yield connection


def read_once(order: dict[str, Any]) -> None:
    """In the parent, so that no child does it again. Polars has not begun to work here and must not: it forks badly."""
    file = order.get("verdicts")
    if file and Path(file).exists() and not _verdicts:
        _verdicts.update(pickle.loads(Path(file).read_bytes()))
    if not _contracts:
        told = open_hub(Settings(**order["settings"]))
        _contracts.update(contracts=told.contracts, county=told.county, outlet_list=told.outlet_list)
        suites = {one.dataset: derive.suite(one, told.settings.expectations) for one in told.contracts.values()}
        Hub.suite = lambda self, contract: suites[contract.dataset]  # type: ignore[method-assign]
        findings.catalogue()


def keep(file: str | None) -> None:
    """Write down what Great Expectations said, for other lives."""
    if file and not Path(file).exists():
        fresh = Path(f"{file}.{os.getpid()}")
        fresh.write_bytes(pickle.dumps(_verdicts))
        fresh.replace(file)
