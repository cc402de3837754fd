"""The door to a department's API for the stages: connectors' faults become the hub's errors."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from cryptography import x509

from connectors.faults import Refused, TooLarge, Unreachable
from connectors.http_access import Access, ClientCredentials, Fixed
from connectors.http_source import Api, Patience
from connectors.http_wire import Limits, Wire, trust
from hub.errors import FixConfiguration, TryAgain
from hub.settings import ApiSource

__all__ = ["Api", "certificate_ends", "opened"]

sleep = time.sleep  # between two tries


@contextmanager
def opened(name: str, settings: ApiSource) -> Iterator[Api]:
    """An API, whatever breaks inside: ``TryAgain`` when it does not answer, ``FixConfiguration`` when it refuses.

    Messages name the API as the settings do; never an address, a token or a value.
    """
    limits = Limits(
        settings.connect_seconds, settings.read_seconds, settings.answer_seconds, answer_bytes=settings.page_bytes
    )
    patience = Patience(settings.tries, settings.longest_pause_seconds, settings.pull_seconds)
    try:
        context = trust(settings.ca_file, settings.client_cert, settings.client_key)
        with ExitStack() as stack:
            wire = stack.enter_context(Wire(context, limits))
            # Tokens come from another place, which has a connection of its own.
            access = _access(settings, lambda: stack.enter_context(Wire(context, limits)))
            yield Api(settings.url, wire, access, patience, sleep=lambda seconds: sleep(seconds))
    except Unreachable as error:
        raise TryAgain(f"api {name}: {error}") from None
    except (Refused, TooLarge) as error:
        raise FixConfiguration(f"api {name}: {error}") from None


def _access(settings: ApiSource, wire: Callable[[], Wire]) -> Access:
    if settings.token is not None:
        return Fixed("Authorization", f"Bearer {settings.token.get_secret_value()}")
    if settings.key is not None:
        return Fixed(settings.key_header, settings.key.get_secret_value())
    if settings.token_url and settings.client_id and settings.client_secret is not None:
        secret = settings.client_secret.get_secret_value()
        return ClientCredentials(wire(), settings.token_url, settings.client_id, secret, settings.scope)
    return Fixed()


def certificate_ends(settings: ApiSource) -> datetime | None:
    """When our own certificate ends; None where there is none. ``FixConfiguration`` when it cannot be read."""
    if settings.client_cert is None:
        return None
    try:
        return x509.load_pem_x509_certificate(settings.client_cert.read_bytes()).not_valid_after_utc.astimezone(UTC)
    except (OSError, ValueError):
        raise FixConfiguration("CLIENT_CERT cannot be read as a certificate") from None
