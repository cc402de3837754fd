"""Who may be spoken to: certificates on both sides, and tokens that end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from corpus.certificates import Authority, serving
from corpus.court_api import PATH, CourtApi, row, running

from connectors.faults import Refused
from connectors.http_access import ClientCredentials, Fixed
from connectors.http_source import Api, Patience
from connectors.http_wire import Limits, Wire, trust

LIMITS = Limits(connect_seconds=2, read_seconds=2)
PATIENCE = Patience(tries=2, longest_pause=0.1, seconds=20)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@contextmanager
def secured(certificate: tuple[Path, Path], clients: Path | None = None) -> Iterator[CourtApi]:
    with running(CourtApi([row(1)]), serving(certificate, clients)) as court:
        yield court


def total(court: CourtApi, ca: Path | None, own: tuple[Path, Path] | None = None) -> str:
    with Wire(trust(ca, *(own or (None, None))), LIMITS) as wire:
        found: str = Api(court.url, wire, Fixed(), PATIENCE).page(PATH, []).content["data"]["total"]
        return found


def test_an_authority_of_our_own_is_trusted_and_its_certificate_is_known(authority: Authority) -> None:
    with secured(authority.give("court", days=20)) as court:
        with Wire(trust(authority.file, None, None), LIMITS) as wire:
            page = Api(court.url, wire, Fixed(), PATIENCE).page(PATH, [])
        assert page.certificate_ends is not None
        assert 19 * 86_400 < page.certificate_ends.timestamp() - time.time() < 21 * 86_400
        assert page.date is not None and abs(page.date.timestamp() - time.time()) < 5


def test_a_stranger_is_refused_at_once(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other", "other")
    cases = [
        (authority.give("court"), other.file),
        (authority.give("court"), None),
        (authority.give("elsewhere", host="court.example"), authority.file),
        (authority.give("ended", days=-1), authority.file),
    ]
    for certificate, ca in cases:
        with secured(certificate) as court, pytest.raises(Refused, match="no trusted encryption"):
            if certificate[0].name == "elsewhere.pem":
                court.scheme = "https"
            total(court, ca)
        assert court.asked == []


def test_mutual_tls_needs_a_certificate_of_the_right_authority(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other", "other")
    with secured(authority.give("court"), clients=authority.file) as court:
        assert total(court, authority.file, authority.give("hub", client=True)) == "1"
        for own in (None, other.give("stranger", client=True)):
            with pytest.raises(Refused, match="no trusted encryption"):
                total(court, authority.file, own)
    assert len(court.asked) == 1


def test_files_that_do_not_belong_together_are_told(authority: Authority, tmp_path: Path) -> None:
    certificate, _ = authority.give("one", client=True)
    _, key = authority.give("two", client=True)
    for given in ((authority.file, certificate, key), (tmp_path / "none.pem", None, None), (key, None, None)):
        with pytest.raises(Refused, match="certificates and keys"):
            trust(*given)


def test_a_token_is_fetched_kept_and_renewed_once() -> None:
    with running(CourtApi([row(1)], token="unknown")) as court, Wire(trust(None, None, None), LIMITS) as wire:
        now = [0.0]
        with Wire(trust(None, None, None), LIMITS) as other:
            access = ClientCredentials(other, f"{court.url}/oauth/token", "hub", "secret", None, lambda: now[0])
            api = Api(court.url, wire, access, PATIENCE)
            api.page(PATH, [])
            api.page(PATH, [])
            assert court.tokens == ["token-1"]
            court.token = "withdrawn"
            api.page(PATH, [])
            assert court.tokens == ["token-1", "token-2"]
            now[0] = 3590.0
            api.page(PATH, [])
            assert court.tokens == ["token-1", "token-2", "token-3"]
            court.always, before = "401", len(court.asked)
            with pytest.raises(Refused, match="401"):
                api.page(PATH, [])
            assert len(court.asked) == before + 2


def test_a_fixed_token_that_is_refused_is_not_tried_again() -> None:
    with running(CourtApi([row(1)], token="another")) as court:
        wire = Wire(trust(None, None, None), LIMITS)
        with wire, pytest.raises(Refused, match="401"):
            Api(court.url, wire, Fixed("Authorization", "Bearer mine"), PATIENCE).page(PATH, [])
    assert len(court.asked) == 1


def test_the_secret_shows_in_no_representation() -> None:
    assert "canary" not in repr(Fixed("X-Key", "canary"))
