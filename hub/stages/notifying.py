"""Notices to the outside (通知): one e-mail, one call of a webhook; connectors' faults become the hub's errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import rfc8785

from connectors import smtp
from connectors import webhook as calls
from connectors.faults import Refused, Unreachable
from hub.errors import CallOperator, TryAgain
from hub.settings import MailServer


@contextmanager
def _door(what: str) -> Iterator[None]:
    try:
        yield
    except Unreachable:
        raise TryAgain(f"the {what} does not answer") from None
    except Refused as error:
        raise CallOperator(f"the {what} refuses: {error}") from None


def mail(server: MailServer, to: str, subject: str, body: str, key: str, at: datetime) -> None:
    """Send one plain text. The same ``key`` gives the same Message-ID, so that a mail sent twice is known as one."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = server.sender, to, subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{key}@{server.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body)
    password = None if server.password is None else server.password.get_secret_value()
    with _door("mail server"):
        smtp.send(
            message,
            host=server.host,
            port=server.port,
            security=server.security,
            user=server.user,
            password=password,
            seconds=server.seconds,
        )


def webhook(url: str, body: Mapping[str, Any], key: str, seconds: float) -> None:
    """Post one canonical JSON text; ``key`` goes along, so that the receiver knows a repetition."""
    with _door("webhook"):
        calls.post(url, rfc8785.dumps(dict(body)), key, seconds)
