"""The corpus through the hub: files on disk once, each prechecked once, receipts by name of file."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from corpus.case import SHOP, Case

from hub.contract.model import Suite
from hub.line import Hub
from hub.line.prechecking import precheck
from hub.rules import engine
from hub.rules.verdict import Verdict
from hub.settings import settings
from hub.stages import gate

ROOT = Path(__file__).resolve().parents[3]
SMALL = ROOT / "tests" / "hub" / "small"
_known: dict[tuple[Any, ...], dict[str, Any]] = {}


def _validate(suite: Suite, verdict: Verdict) -> dict[str, Any]:
    # GX answers from the counts alone (tests/hub/rules), so equal counts have equal results.
    key = (repr(suite), verdict.row_count, verdict.counts)
    if key not in _known:
        _known[key] = engine.validate(suite, verdict)
    return copy.deepcopy(_known[key])


@dataclass
class Checking:
    """Prechecks files of the corpus. A file is judged when it is first asked for, and then not again."""

    folder: Path
    use: Callable[[str], None]  # makes the contracts of a dataset those of the settings
    receipts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __call__(self, case: Case) -> dict[str, Any]:
        if case.name not in self.receipts:
            file = case.write(self.folder)
            try:
                self.receipts[case.name] = self.file(file, case.dataset)
            finally:
                file.unlink()
        return self.receipts[case.name]

    def file(self, file: Path, dataset: str = SHOP) -> dict[str, Any]:
        """The receipt of any file."""
        self.use(dataset)
        return precheck(file, dataset, "market")


@pytest.fixture(scope="module")
def judged_once() -> Iterator[None]:
    """Great Expectations is asked once for each verdict."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate, "validate", _validate)
        yield


@pytest.fixture(scope="module")
def checking(tmp_path_factory: pytest.TempPathFactory, judged_once: None) -> Iterator[Checking]:
    """``checking(case)``: the receipt that ``hub check --json`` prints for the file."""
    with pytest.MonkeyPatch.context() as patch:

        def use(dataset: str) -> None:
            ground = SMALL if dataset == SHOP else ROOT
            patch.setenv("HUB_SCHEMAS", str(ground / "schemas"))
            patch.setenv("HUB_EXPECTATIONS", str(ground / "expectations"))
            settings.cache_clear()

        patch.setenv("HUB_HOME", str(tmp_path_factory.mktemp("nowhere") / "home"))
        yield Checking(tmp_path_factory.mktemp("corpus"), use)
    settings.cache_clear()


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every receipt is of the same moment."""
    monkeypatch.setattr(Hub, "now", lambda self: datetime(2026, 11, 23, 2, tzinfo=UTC))
