"""Whatever call to a service or to a receiver's folders breaks, before or after it was done: effectively once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corpus.province_county import County

from connectors.faults import Unreachable
from connectors.http_source import Api
from connectors.sftp import Session
from connectors.soap import Service

DOORS: dict[str, tuple[type, tuple[str, ...]]] = {
    "soap_service": (Service, ("call",)),
    "xml_packages": (Session, ("files", "stat", "read", "put")),
    "event_service": (Api, ("ask",)),
}


class Breaking:
    """Breaks the call number ``at`` of those that are made while it is ``on``."""

    def __init__(self, kind: str, patch: pytest.MonkeyPatch, applies: bool) -> None:
        self.calls, self.at, self.on, self.applies = 0, 0, False, applies
        owner, names = DOORS[kind]
        for name in names:
            patch.setattr(owner, name, self._wrapped(getattr(owner, name)))

    def _wrapped(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def wrapped(*words: Any, **named: Any) -> Any:
            if not self.on:
                return method(*words, **named)
            self.calls += 1
            breaks = self.calls == self.at
            done = method(*words, **named) if self.applies or not breaks else None
            if breaks:
                raise Unreachable("broken on purpose")
            return done

        return wrapped


def _story(county: County, breaking: Breaking) -> int:
    """Three shops, one of which is refused; then one changes, one may no longer be seen, one is new."""
    shop = county.line.shop
    county.side.refusing[county.name(3)] = "名称不符"
    failed = 0
    for lines in ((shop(1), shop(2), shop(3)), (shop(1, je="200000"), shop(2, zt="2"), shop(4))):
        county.send(*lines)
        breaking.on = True
        failed += county.settle()
        breaking.on = False
    return failed


def _right(county: County) -> None:
    assert county.amounts() == {county.name(1): "200000", county.name(4): "100000"}
    states = ["acknowledged", "acknowledged", "rejected", "acknowledged", "withheld", "acknowledged"]
    assert county.states() == states
    (amended,) = [one for one in county.line.receipts() if one["stage"] == "province"]
    assert amended["counts"]["refused_by_province"] == 1
    applied = getattr(county.side, "service", None) or county.side.receiver
    assert len(applied.applied) == len(set(applied.applied)), "nothing is done twice"
    by_record: dict[str, list[int]] = {}
    for record, sequence in applied.applied:
        by_record.setdefault(record, []).append(sequence)
    assert all(each == sorted(each) for each in by_record.values()), "an older version never goes later"
    assert county.line.violations() == []


@pytest.mark.parametrize("applies", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("kind", DOORS)
def test_whatever_call_breaks_every_record_arrives_effectively_once(
    kind: str, applies: bool, opened: Callable[..., County], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking = Breaking(kind, monkeypatch, applies)
    while True:
        breaking.at, breaking.calls = breaking.at + 1, 0
        county = opened(kind, home=tmp_path / str(breaking.at))
        for file in (*county.line.root.glob("market/outbox/*"), *county.line.root.glob("market/archive/*/*")):
            file.unlink()
        failed = _story(county, breaking)
        _right(county)
        if breaking.calls < breaking.at:
            break
        assert failed >= 1, f"call {breaking.at} did not break"
    assert breaking.at > 4, "an exchange makes more calls than that"
