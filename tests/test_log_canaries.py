"""The listener that guards every test against persons' numbers in logs hears what it should, and nothing else."""

from __future__ import annotations

import logging
from typing import Any

import pytest

log = logging.getLogger("hub.probe")


@pytest.mark.parametrize("number", ["320830188001010002", "32083018850104003X", "32083018850104003x"])
def test_a_citizen_id_in_a_log_is_heard(canaries: Any, number: str) -> None:
    log.debug("row of %s", number)
    assert len(canaries.found) == 1 and number not in canaries.found[0]
    canaries.found.clear()


def test_a_citizen_id_in_the_text_of_an_exception_is_heard(canaries: Any) -> None:
    try:
        raise ValueError("not 320830188001010002")
    except ValueError:
        log.exception("broken")
    assert canaries.found
    canaries.found.clear()


@pytest.mark.parametrize("text", ["91320830000000019L", "320830198001010002", "a1320830188001010002", "20261126"])
def test_what_is_no_canary_is_not_heard(canaries: Any, text: str) -> None:
    log.warning("%s", text)
    assert canaries.found == []
