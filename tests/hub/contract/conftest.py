"""The repository's own contracts, and copies of them that tests may break."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.contract.load import contract
from hub.contract.model import Contract
from hub.errors import FixConfiguration, Problem

ROOT = Path(__file__).resolve().parents[3]
SCHEMAS = ROOT / "schemas"
EXPECTATIONS = ROOT / "expectations"


@dataclass(frozen=True)
class Copy:
    """A copy of schemas/ and expectations/ whose files can be changed."""

    schemas: Path
    expectations: Path

    def change(self, file: str, before: str, after: str) -> int:
        """Replace the first ``before`` in a file; the line on which it began."""
        path = self.schemas.parent / file
        text = path.read_text(encoding="utf-8")
        assert before in text, f"{file} has no {before!r}"
        path.write_text(text.replace(before, after, 1), encoding="utf-8")
        return text[: text.index(before)].count("\n") + 1

    def load(self, dataset: str) -> Contract:
        return contract(dataset, self.schemas, self.expectations)

    def problems(self, dataset: str) -> tuple[Problem, ...]:
        """The mistakes for which the contract is refused."""
        with pytest.raises(FixConfiguration) as refusal:
            self.load(dataset)
        return refusal.value.problems


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    shutil.copytree(SCHEMAS, tmp_path / "schemas")
    shutil.copytree(EXPECTATIONS, tmp_path / "expectations")
    return Copy(tmp_path / "schemas", tmp_path / "expectations")


@pytest.fixture(scope="session")
def load() -> Callable[[str], Contract]:
    """A contract of the repository by its address."""
    return lambda dataset: contract(dataset, SCHEMAS, EXPECTATIONS)


@pytest.fixture(scope="session")
def schemas() -> Path:
    return SCHEMAS


@pytest.fixture(scope="session")
def expectations() -> Path:
    return EXPECTATIONS
