"""Mail out through an SMTP server, with the standard library: one message a connection."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import closing, suppress
from email.message import EmailMessage
from typing import Literal

from connectors.faults import Refused, Unreachable

Security = Literal["starttls", "tls", "none"]
TEMPORARY = range(400, 500)


def send(
    message: EmailMessage,
    *,
    host: str,
    port: int,
    security: Security,
    user: str | None,
    password: str | None,
    seconds: float,
) -> None:
    """Hand one message over. ``Unreachable`` when it may go later, ``Refused`` when it never will as it is.

    Certificates are checked. Nothing of what the server says gets into an error: it may quote an address.
    """
    context = ssl.create_default_context()
    try:
        with closing(_opened(host, port, security, seconds, context)) as server:
            if security == "starttls":
                server.starttls(context=context)
            if user is not None and password is not None:
                server.login(user, password)
            server.send_message(message)
            # The message has been taken: what a server makes of the goodbye does not matter any more.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
    except (ssl.SSLError, smtplib.SMTPNotSupportedError):
        raise Refused("no trusted encryption") from None
    except smtplib.SMTPAuthenticationError:
        raise Refused("login") from None
    except smtplib.SMTPRecipientsRefused as error:
        raise _sorted({code for code, _ in error.recipients.values()}, "recipient") from None
    except smtplib.SMTPResponseException as error:
        raise _sorted({error.smtp_code}, "message") from None
    except (smtplib.SMTPException, OSError):
        raise Unreachable("send") from None


def _opened(host: str, port: int, security: Security, seconds: float, context: ssl.SSLContext) -> smtplib.SMTP:
    if security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=seconds, context=context)
    return smtplib.SMTP(host, port, timeout=seconds)


def _sorted(codes: set[int], what: str) -> Refused | Unreachable:
    return Unreachable(what) if all(code in TEMPORARY for code in codes) else Refused(what)
