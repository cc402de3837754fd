"""Reminders go out by every way that is configured, each by itself, and say nothing that they should not."""

from __future__ import annotations

import email
import email.policy
import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import sqlalchemy as sa
from corpus.due import on, reminders
from pydantic import ValidationError

from hub.errors import CallOperator, TryAgain
from hub.ledger.due_tables import notice_way
from hub.settings import MailServer

Make = Callable[..., Any]


class _Smtp(socketserver.StreamRequestHandler):
    """As much of SMTP as one plain message needs."""

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        told: list[bytes] = []
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while (part := self.rfile.readline()) not in (b".\r\n", b""):
                    told.append(part)
                self.server.mails.append(b"".join(told))  # type: ignore[attr-defined]
            if word == b"RCPT":
                self.server.recipients.append(line.strip())  # type: ignore[attr-defined]
            self.wfile.write(self.server.answers.get(word, b"250 ok") + b"\r\n")  # type: ignore[attr-defined]
            if word == b"QUIT":
                return


@pytest.fixture
def smtp() -> Iterator[Any]:
    """A mail server on loopback: ``mails``, ``recipients``, and ``answers`` by command that tests change."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp) as server:
        server.mails, server.recipients, server.answers = [], [], {}  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def hook() -> Iterator[Any]:
    """A receiver of calls on loopback: ``calls`` (path, key, body), and the ``status`` that it answers."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.calls.append((self.path, self.headers["Idempotency-Key"], json.loads(body)))  # type: ignore[attr-defined]
            self.send_response(self.server.status)  # type: ignore[attr-defined]
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.calls, server.status = [], 204  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def to_both(smtp: Any, hook: Any) -> dict[str, Any]:
    """Settings with both ways."""
    mail = MailServer(host="127.0.0.1", port=smtp.server_address[1], security="none", sender="hub@example.cn")
    return {"mail": mail, "webhook_url": f"http://127.0.0.1:{hook.server_address[1]}/in?token=secret"}


def overdue(line: Any) -> None:
    line.hub.remind()
    on(line, "2026-11-24")


def test_a_notice_goes_by_file_mail_and_webhook(watched: Make, smtp: Any, hook: Any, ledger_url: str) -> None:
    line = watched(url=ledger_url, **to_both(smtp, hook))
    overdue(line)
    assert line.hub.remind() == {
        "opened": 1, "settled": 0, "notices": 1, "sent_file": 1, "sent_mail": 1, "sent_webhook": 1,
    }  # fmt: skip
    line.hub.remind()
    (content,) = [each for name, each in line.outbox().items() if name == "提醒_店铺登记_20261124.txt"]
    assert content.startswith(b"\xef\xbb\xbf") and b"\r\n" in content
    (mail,) = [email.message_from_bytes(each, policy=email.policy.default) for each in smtp.mails]
    assert mail["Subject"] == "报送提醒：店铺登记" and mail["To"] == "bgs@example.cn"
    assert mail["Message-ID"] == "<320999.1@example.cn>"
    assert "2026-11-23 一期" in mail.get_content()
    ((path, key, body),) = hook.calls
    assert (path, key, body["schema"]) == ("/in?token=secret", "320999-1", "notice.v1")
    assert (body["department"], body["dataset"], body["day"]) == ("market", "market/shop", "2026-11-24")
    assert [one["told"] for one in body["about"]] == ["overdue"]


def test_a_way_that_fails_holds_up_no_other_and_is_tried_again(watched: Make, smtp: Any, hook: Any) -> None:
    line = watched(**to_both(smtp, hook))
    overdue(line)
    smtp.answers[b"RCPT"], hook.status = b"451 later", 503
    with pytest.raises(TryAgain):
        line.hub.remind()
    assert len(reminders(line)) == 1 and smtp.mails == []
    smtp.answers.clear()
    with pytest.raises(TryAgain, match="webhook"):
        line.hub.remind()
    assert len(smtp.mails) == 1
    hook.status = 200
    assert line.hub.remind() == {"opened": 0, "settled": 0, "notices": 0, "sent_webhook": 1}
    assert {key for _, key, _ in hook.calls} == {"320999-1"}  # the receiver knows a repetition by it
    assert line.rows(sa.select(sa.func.count()).where(notice_way.c.sent_at.is_(None))) == [(0,)]


@pytest.mark.parametrize("status", [301, 307, 404])
def test_a_webhook_that_sends_elsewhere_or_says_no_is_for_the_operator(
    watched: Make, smtp: Any, hook: Any, status: int
) -> None:
    line = watched(**to_both(smtp, hook))
    overdue(line)
    hook.status = status
    with pytest.raises(CallOperator) as told:
        line.hub.remind()
    assert len(hook.calls) == 1 and "secret" not in str(told.value) and "127.0.0.1" not in str(told.value)


def test_a_mail_server_that_says_no_for_good_is_for_the_operator(watched: Make, smtp: Any, hook: Any) -> None:
    line = watched(**to_both(smtp, hook))
    overdue(line)
    smtp.answers[b"RCPT"] = b"550 nobody here called bgs@example.cn"
    with pytest.raises(CallOperator) as told:
        line.hub.remind()
    assert "bgs" not in str(told.value)
    assert len(hook.calls) == 1  # the other ways went on


def test_a_server_without_the_encryption_that_is_wanted_gets_nothing(watched: Make, smtp: Any, hook: Any) -> None:
    given = to_both(smtp, hook)
    given["mail"] = given["mail"].model_copy(update={"security": "starttls"})
    line = watched(**given)
    overdue(line)
    with pytest.raises(CallOperator, match="encryption"):
        line.hub.remind()
    assert smtp.mails == [] and smtp.recipients == []


def test_silence_on_the_other_side_is_waited_for(watched: Make, smtp: Any, hook: Any) -> None:
    given = to_both(smtp, hook)
    smtp.shutdown(), smtp.server_close(), hook.shutdown(), hook.server_close()
    line = watched(**given)
    overdue(line)
    with pytest.raises(TryAgain):
        line.hub.remind()
    assert len(reminders(line)) == 1


def test_a_way_that_is_taken_away_waits_and_stops_nothing(watched: Make, smtp: Any, hook: Any) -> None:
    line = watched(**to_both(smtp, hook))
    overdue(line)
    smtp.answers[b"RCPT"], hook.status = b"451 later", 503
    with pytest.raises(TryAgain):
        line.hub.remind()
    given = line.hub.settings
    line.hub.settings = given.model_copy(update={"mail": None, "webhook_url": None})
    assert line.hub.remind() == {"opened": 0, "settled": 0, "notices": 0}
    smtp.answers.clear()
    line.hub.settings = given.model_copy(update={"webhook_url": None})
    assert line.hub.remind() == {"opened": 0, "settled": 0, "notices": 0, "sent_mail": 1}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"user": "hub"}, "belong together"),
        ({"password": "s3cret"}, "belong together"),
        ({"user": "hub", "password": "s3cret", "security": "none"}, "not sent without encryption"),
    ],
)
def test_a_login_is_whole_and_goes_encrypted_or_not_at_all(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        MailServer(host="127.0.0.1", sender="hub@example.cn", **given)
