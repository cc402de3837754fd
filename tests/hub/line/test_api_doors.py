"""Doors to APIs: what ``hub doctor`` sees of them, secrets in settings, trust, and pulls that are overtaken."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from corpus import court_api
from corpus.certificates import Authority, serving
from corpus.court_api import CourtApi, row
from corpus.front_end_table import receipts, run
from pydantic import ValidationError

from hub import failpoints
from hub.errors import FixConfiguration, TryAgain
from hub.line import Hub, fetching
from hub.line.doctor import examine
from hub.settings import ApiSource, Settings

SMALL = Path(__file__).parents[1] / "small"
CANARY = "canary-77b1"
Make = Callable[..., Hub]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture
def court(authority: Authority) -> Iterator[CourtApi]:
    """With mutual TLS."""
    made = CourtApi([row(serial) for serial in range(1, 4)], token=CANARY)
    with court_api.running(made, serving(authority.give("court", days=200), authority.file)):
        yield made


@pytest.fixture
def made(tmp_path: Path, make_hub: Any, court: CourtApi, authority: Authority) -> Make:
    """``made(days, **settings)``: a hub whose certificate lasts so long."""

    def make(days: float = 200, **settings: Any) -> Hub:
        certificate, key = authority.give(f"hub{days}", days=days, client=True)
        given = {
            "url": court.url,
            "token": CANARY,
            "client_cert": certificate,
            "client_key": key,
            "ca_file": authority.file,
            "tries": 1,
        }
        place = court_api.schemas(SMALL, tmp_path)
        hub: Hub = make_hub(schemas=place, apis={"county_api": ApiSource(**(given | settings))})
        return hub

    return make


def seen(hub: Hub) -> dict[str, Any]:
    (found,) = [one for one in examine(hub) if one["what"] == "api county_api"]
    return found


def test_the_doctor_tells_how_long_certificates_last_and_how_far_clocks_are_apart(made: Make) -> None:
    found = seen(made())
    assert found["ok"] and "warning" not in found
    # The header tells whole seconds: of two clocks that agree, one may already have struck.
    lasting = "our certificate lasts 199 days, its certificate lasts 199 days"
    assert found["detail"] in [f"1 datasets, clocks {apart} s apart, {lasting}" for apart in (0, 1)]
    short = seen(made(days=20))
    assert short["ok"] and short["warning"] and "our certificate lasts 19 days" in short["detail"]


def test_the_doctor_tells_what_the_api_refuses(made: Make, court: CourtApi) -> None:
    court.always = "403"
    assert seen(made())["detail"] == "api county_api: it answers 403"
    court.always = "503"
    assert seen(made())["exit_code"] == TryAgain.exit_code
    assert seen(made(ca_file=None))["detail"] == "api county_api: ask: no trusted encryption"


def test_an_api_that_only_the_contract_names_is_missed(tmp_path: Path, make_hub: Any) -> None:
    found = seen(make_hub(schemas=court_api.schemas(SMALL, tmp_path)))
    assert found["detail"].startswith("HUB_APIS__COUNTY_API__URL is not set") and not found["ok"]


def test_no_log_and_no_error_of_a_pull_holds_a_secret_or_a_question(
    made: Make, court: CourtApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = ""
    for trouble in ("500", "404", "html", "cut", "reset", f"redirect:/{CANARY}", f'body:{{"x": "{CANARY}"}}'):
        court.always = trouble
        with pytest.raises((TryAgain, FixConfiguration)) as raised:
            made().collect()
        said += f"{raised.value!r} {raised.value}\n"
    court.always = None
    hub = made()
    assert run(hub) == {"market/shop": 1}
    assert "updated_since" not in caplog.text and "/v1/shops" not in caplog.text
    assert CANARY not in caplog.text + said + repr(hub.settings)


def test_settings_that_contradict_each_other_are_refused() -> None:
    for wrong in (
        {"token": "x", "key": "y"},
        {"token_url": "https://x/token"},
        {"client_key": "k.pem"},
        {"tries": 0},
    ):
        with pytest.raises(ValidationError):
            ApiSource(url="https://x", **wrong)  # type: ignore[arg-type]


def test_an_api_is_set_up_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_APIS__COURT__URL", "https://court.example/api")
    monkeypatch.setenv("HUB_APIS__COURT__TOKEN", CANARY)
    given = Settings().apis["court"]
    assert given.token is not None and given.token.get_secret_value() == CANARY and CANARY not in repr(given)


def test_a_pull_that_slept_and_was_overtaken_enters_nothing(
    made: Make, court: CourtApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, other = made(), made()
    monkeypatch.setattr(fetching, "exclusive", lambda *_, **__: nullcontext())  # its lease has run out
    overtaking: list[dict[str, int]] = []

    def overtake(name: str) -> None:
        if name == "store.before_rename" and not overtaking:
            overtaking.append({})
            court.rows.append(row(9))
            overtaking.append(run(other))

    failpoints.arm(overtake)
    try:
        with pytest.raises(TryAgain, match="another run"):
            hub.collect()
    finally:
        failpoints.arm(None)
    assert overtaking[1] == {"market/shop": 1}
    run(hub)
    assert sum(one["counts"]["rows"] for one in receipts(hub)) >= 4
    assert run(hub) == {}
