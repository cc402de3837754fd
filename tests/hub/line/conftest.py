"""The line's tests judge the same few files again and again: Great Expectations is asked once for each verdict."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from corpus import front_end_table, other_sides
from corpus.due import with_schedule
from corpus.province_county import County

from hub.contract.model import Suite
from hub.line import Hub
from hub.rules import engine
from hub.rules.verdict import Verdict
from hub.settings import DatabaseSource
from hub.stages import gate

_known: dict[tuple[Any, ...], dict[str, Any]] = {}


def _validate(suite: Suite, verdict: Verdict) -> dict[str, Any]:
    # GX answers from counts and figures alone (tests/hub/rules), so equal ones have equal results.
    key = (repr(suite), verdict.row_count, verdict.counts, repr(verdict.figures))
    if key not in _known:
        _known[key] = engine.validate(suite, verdict)
    return copy.deepcopy(_known[key])


@pytest.fixture(autouse=True, scope="module")
def _judged_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate, "validate", _validate)
        yield


@pytest.fixture
def watched(make_line: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """``watched("m", due=10, due_in="d", **settings)``: a line that waits for the shops; by default every working day.

    The clock stands on Monday 2026-11-23 at ten in Shanghai. ``url``: of the ledger, else SQLite.
    """

    def make(
        unit: str = "d", due: int = 0, due_in: str = "workingDays", grace: int = 1, url: str = "", **settings: Any
    ) -> Any:
        with_schedule(tmp_path / "schemas", unit, due, due_in, grace)
        return make_line(url, schemas=tmp_path / "schemas", **settings)

    return make


@pytest.fixture(params=["postgresql", "mariadb"])
def front(request: pytest.FixtureRequest) -> Iterator[front_end_table.FrontEndTable]:
    """A department's own database, without its table yet."""
    url = request.getfixturevalue("postgres_url" if request.param == "postgresql" else "mariadb_url")
    made = front_end_table.opened(url)
    yield made
    made.drop()


@pytest.fixture
def pulling(tmp_path: Path, make_hub: Any, front: front_end_table.FrontEndTable) -> Callable[..., Hub]:
    """``pulling(pull, **settings)``: the small dataset's hub, which pulls from that database."""

    def make(pull: str = front_end_table.WATERMARK, **changed: Any) -> Hub:
        given: dict[str, Any] = {
            "schemas": front_end_table.schemas(Path(__file__).parents[1] / "small", tmp_path, pull),
            "sources": {"county_market": DatabaseSource(url=front.url, timeout_seconds=5)},
        }
        hub: Hub = make_hub(**(given | changed))
        return hub

    return make


@pytest.fixture
def opened(make_line: Callable[..., Any], tmp_path: Path) -> Iterator[Callable[..., County]]:
    """``opened(kind, change, **settings)``: a county whose province is of a kind; ``change`` gives another profile."""
    with ExitStack() as stack:

        def make(
            kind: str, change: Callable[[str], str] = lambda profile: profile, home: Path = tmp_path, **settings: Any
        ) -> County:
            home.mkdir(exist_ok=True)
            made, side = stack.enter_context(other_sides.side(kind, home, change))
            given = {"schemas": made, "home": home / "state"} | dict(side.settings()) | settings
            return County(make_line(**given), side)

        yield make
