"""A delivery that was posted over HTTP (网络报送) is landed and opened; the same request again is the same delivery."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import sqlalchemy as sa

from hub.errors import HubError, disk_faults
from hub.ledger import deliveries, postings
from hub.ledger.connect import reading
from hub.ledger.tokens import Token
from hub.line import intake
from hub.stages.file_names import MODES as MODES
from hub.stages.file_names import mode_of
from hub.store import digest

if TYPE_CHECKING:
    from hub.line.hub import Hub

LONGEST_REASON = 500  # characters
LONGEST_NAME = 200  # characters of a file's name


class KeyTaken(HubError):
    """The idempotency key stands for another request of this department."""


class _Again(HubError):
    """The key came in with another request a moment ago: its delivery, its content."""

    def __init__(self, delivery_id: int, content: str) -> None:
        self.found = (delivery_id, content)
        super().__init__("the same key came twice at once")


@dataclass(frozen=True, slots=True)
class Post:
    """What a request asks for. ``key``: the sender's idempotency key; ``mode`` None: as the file's name says."""

    token: Token
    key: str
    dataset: str
    file_name: str
    mode: str | None = None
    reason: str | None = None


@contextmanager
def receiving(hub: Hub) -> Iterator[IO[bytes]]:
    """A file to stream a request into. It has no name, so nothing is left of it, however the process ends."""
    folder = hub.home / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        yield file


@disk_faults("post")
def take_in(hub: Hub, file: IO[bytes], post: Post) -> str:
    """Land what was received and open its delivery; gives the batch number. ``KeyTaken`` where the key is another's."""
    file.flush()
    place = Path(f"/proc/self/fd/{file.fileno()}")
    with place.open("rb") as stream:
        content = _content(post, digest(stream))
    with reading(hub.ledger) as connection:
        before = postings.known(connection, post.token.department, post.key)
    if before is None:
        try:
            delivery_id = _open(hub, place, post, content)
        except _Again as again:
            before = again.found
    if before is not None:
        delivery_id, earlier = before
        if earlier != content:
            raise KeyTaken("the idempotency key was used for another request")
    with reading(hub.ledger) as connection:
        return str(deliveries.show(connection, delivery_id)["batch_no"])


def _content(post: Post, sha256: str) -> str:
    """Hash over all that the request asks for."""
    asked = [sha256, post.dataset, post.file_name, post.mode, post.reason]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _open(hub: Hub, place: Path, post: Post, content: str) -> int:
    department = post.token.department
    arrival = intake.arrived(
        hub,
        department=department,
        dataset=post.dataset,
        channel="http",
        server=None,
        path=None,
        file_name=post.file_name,
        size=place.stat().st_size,
        modified=None,
        sha256=hub.store.land(place),
        mode=post.mode or mode_of(post.file_name),
        reason=(post.reason or "").strip()[:LONGEST_REASON] or None,
    )

    def enter(connection: sa.Connection, delivery_id: int) -> None:
        before = postings.claim(connection, department, post.key)
        if before is not None:
            raise _Again(*before)  # takes back what this transaction has opened
        postings.enter(connection, department, post.key, content, delivery_id, post.token.id, arrival.received_at)

    return intake.open_delivery(hub, arrival, also=enter)
