"""Databases are asked by the clock."""

from __future__ import annotations

import time

import pytest

from hub_airflow.watching import SourceClock


def test_sources_are_rung_for_when_their_time_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    clock = SourceClock(2, every=300)
    assert [clock.look(), clock.look()] == [2, 0]
    now[0] += 299
    assert clock.look() == 0
    now[0] += 1
    assert [clock.look(), clock.look()] == [2, 0]


def test_without_sources_nothing_rings() -> None:
    assert SourceClock(0, every=0).look() == 0
