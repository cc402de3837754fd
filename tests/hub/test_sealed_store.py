"""Blobs lie sealed: they come out as they were landed, and whatever was done to them meanwhile is told."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub import sealed_blobs
from hub.errors import FixConfiguration, NotFound, VerificationFailed
from hub.ledger.ciphers import Sm4Gcm
from hub.sealed_blobs import HEADER, MARK, OPEN, TAG
from hub.store import Store

CHUNK = 64
CONTENT = bytes(range(256)) + "内容".encode() * 10  # five chunks, the last one short


class Keys:
    """As the ledger has them: by id, None for a destroyed one."""

    def __init__(self, cipher: Any = None) -> None:
        self.known: dict[str, Any] = {"0123456789ab": cipher or AESGCM(os.urandom(32))}
        self.now: str | None = "0123456789ab"
        self.missing = False

    def current(self) -> tuple[str, Any] | None:
        return None if self.now is None else (self.now, self.known[self.now])

    def opened(self, key_id: str) -> Any:
        if self.missing:
            raise FixConfiguration("the master key is missing")
        return self.known[key_id]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_blobs, "CHUNK", CHUNK)


@pytest.fixture(params=["file", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"file://{tmp_path}/store" if request.param == "file" else f"memory://{tmp_path}"


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def store(url: str, keys: Keys) -> Store:
    return Store(url, keys)


def land(store: Store, folder: Path, content: bytes = CONTENT) -> str:
    source = folder / "source"
    source.write_bytes(content)
    return store.land(source)


def read(store: Store, sha256: str) -> bytes:
    store.pour(sha256, target := io.BytesIO())
    return target.getvalue()


def lying(store: Store, sha256: str) -> bytes:
    return bytes(store.files.cat_file(store.place(sha256)))


def lay(store: Store, content: bytes, sha256: str | None = None) -> str:
    """Bytes lie in the store as an earlier hub, or a stranger, has left them."""
    name = sha256 or hashlib.sha256(content).hexdigest()
    store.files.makedirs(store.place(name).rpartition("/")[0], exist_ok=True)
    store.files.pipe_file(store.place(name), content)
    return name


def told_as_changed(store: Store, sha256: str, folder: Path) -> bool:
    with pytest.raises(VerificationFailed):
        store.copy_out(sha256, folder / "copy")
    assert not list(folder.glob("*copy*")) and not list(folder.glob(".copy*"))
    with pytest.raises(VerificationFailed):
        store.take(sha256, folder / "taken")
    (folder / "taken").unlink()
    return store.rehash(sha256) not in (None, sha256)


@pytest.mark.parametrize("cipher", [AESGCM(bytes(32)), Sm4Gcm(bytes(16))], ids=["aes", "sm4"])
@pytest.mark.parametrize("kept", [True, False], ids=["sealed", "open"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    size=st.integers(0, 5 * CHUNK) | st.sampled_from([CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK]),
    begins=st.sampled_from([b"", MARK[:3], MARK, OPEN, MARK + b"0123456789ab", MARK + b"ffffffffffff"]),
)
def test_whatever_is_landed_comes_out_again_under_the_hash_of_its_own_bytes(
    tmp_path: Path, cipher: Any, kept: bool, size: int, begins: bytes
) -> None:
    keys = Keys(cipher)
    keys.now = keys.now if kept else None
    store = Store(f"file://{tmp_path}/store", keys)
    content = begins + os.urandom(size)
    sha256 = land(store, tmp_path, content)
    assert sha256 == hashlib.sha256(content).hexdigest() == store.rehash(sha256)
    assert read(store, sha256) == content
    store.copy_out(sha256, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == content
    assert (lying(store, sha256)[:20] == MARK + b"0123456789ab" and lying(store, sha256) != content) == kept


def test_a_stranger_finds_nothing_of_a_file_in_the_store_and_the_same_bytes_lie_there_once(
    store: Store, tmp_path: Path
) -> None:
    secret = b"320830188001010002"
    sha256 = land(store, tmp_path, secret * 40)
    first = lying(store, sha256)
    assert secret not in first and first.startswith(MARK)
    assert land(store, tmp_path, secret * 40) == sha256 and lying(store, sha256) == first
    chunks = -(-len(secret * 40) // CHUNK)
    assert len(first) == HEADER + len(secret * 40) + chunks * TAG
    store.erase(sha256)
    land(store, tmp_path, secret * 40)
    assert lying(store, sha256)[HEADER:] != first[HEADER:], "another prefix for every sealing"


def _chunks(sealed: bytes) -> list[bytes]:
    body = sealed[HEADER:]
    return [body[place : place + CHUNK + TAG] for place in range(0, len(body), CHUNK + TAG)]


@pytest.mark.parametrize(
    "harm",
    [
        lambda sealed: sealed[:-1],
        lambda sealed: sealed[:HEADER],
        lambda sealed: sealed[: HEADER - 3],
        lambda sealed: sealed[:HEADER] + b"".join(_chunks(sealed)[:-1]),
        lambda sealed: sealed[:HEADER] + b"".join(_chunks(sealed)[1:]),
        lambda sealed: sealed[:HEADER] + b"".join(reversed(_chunks(sealed))),
        lambda sealed: sealed[:HEADER] + b"".join([_chunks(sealed)[0], *_chunks(sealed)]),
        lambda sealed: sealed + b"x",
        lambda sealed: sealed + _chunks(sealed)[-1],
        lambda sealed: sealed + sealed,
        lambda sealed: OPEN + sealed[HEADER:],
        lambda sealed: MARK + b"fedcba987654" + sealed[len(OPEN) :],
        lambda sealed: MARK + bytes([255] * 12) + sealed[len(OPEN) :],
        lambda sealed: b"",
        lambda sealed: b"another content",
    ],
)
def test_what_was_cut_moved_put_behind_or_exchanged_is_told(store: Store, tmp_path: Path, harm: Any) -> None:
    sha256 = land(store, tmp_path)
    lay(store, harm(lying(store, sha256)), sha256)
    assert told_as_changed(store, sha256, tmp_path)


def test_any_flipped_bit_is_told(store: Store, tmp_path: Path) -> None:
    sha256 = land(store, tmp_path)
    sealed = lying(store, sha256)
    for place in range(len(sealed)):
        harmed = bytearray(sealed)
        harmed[place] ^= 1
        lay(store, bytes(harmed), sha256)
        assert store.rehash(sha256) != sha256
    lay(store, sealed, sha256)
    assert store.rehash(sha256) == sha256


def test_a_sealed_blob_under_the_name_of_another_is_told(store: Store, tmp_path: Path) -> None:
    first, second = land(store, tmp_path), land(store, tmp_path, b"another")
    lay(store, lying(store, second), first)
    assert told_as_changed(store, first, tmp_path)
    with pytest.raises(VerificationFailed):
        land(store, tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"plain", MARK, MARK[:-1], OPEN, OPEN + b"x" * 100, MARK + b"fedcba987654" + b"x" * 300]
)
def test_files_from_before_sealing_are_read_as_they_lie_also_such_as_look_sealed(
    store: Store, tmp_path: Path, content: bytes
) -> None:
    sha256 = lay(store, content)
    assert store.rehash(sha256) == sha256 and read(store, sha256) == content and not store.lost(sha256)
    assert land(store, tmp_path, content) == sha256 and lying(store, sha256) == content
    store.take(sha256, tmp_path / "taken")
    assert (tmp_path / "taken").read_bytes() == content


def test_a_stolen_blob_that_is_handed_in_as_a_file_is_a_file_like_any_other(
    store: Store, keys: Keys, tmp_path: Path
) -> None:
    stolen = lying(store, land(store, tmp_path))
    for now in (None, "0123456789ab"):
        keys.now = now
        sha256 = land(store, tmp_path, stolen)
        assert sha256 == hashlib.sha256(stolen).hexdigest() and read(store, sha256) == stolen
        store.erase(sha256)


def test_a_missing_master_key_is_told_and_a_destroyed_key_makes_a_blob_one_that_is_not_there(
    store: Store, keys: Keys, tmp_path: Path
) -> None:
    sha256 = land(store, tmp_path)
    keys.missing = True
    for ask in (store.rehash, lambda one: read(store, one), store.lost, lambda _: land(store, tmp_path)):
        with pytest.raises(FixConfiguration):
            ask(sha256)
    keys.missing = False
    assert read(store, sha256) == CONTENT
    cipher, keys.known["0123456789ab"] = keys.known["0123456789ab"], None
    assert store.rehash(sha256) is None and store.lost(sha256) and store.has(sha256)
    with pytest.raises(NotFound, match="destroyed"):
        store.copy_out(sha256, tmp_path / "copy")
    store.take(sha256, tmp_path / "taken")
    assert (tmp_path / "taken").read_bytes() == lying(store, sha256)
    keys.known["aaaaaaaaaaaa"], keys.now = cipher, "aaaaaaaaaaaa"
    assert land(store, tmp_path) == sha256, "the same bytes come again"
    assert read(store, sha256) == CONTENT and store.keys_in_use() == {"aaaaaaaaaaaa"}


def test_a_blob_of_a_key_that_was_lost_with_the_ledger_is_written_anew_when_its_bytes_come_again(
    url: str, store: Store, tmp_path: Path
) -> None:
    sha256 = land(store, tmp_path)
    later = Store(url, Keys(AESGCM(os.urandom(32))))
    later.keys.known = {"bbbbbbbbbbbb": later.keys.known["0123456789ab"]}  # type: ignore[union-attr]
    later.keys.now = "bbbbbbbbbbbb"  # type: ignore[union-attr]
    assert later.lost(sha256) and told_as_changed(later, sha256, tmp_path)
    assert land(later, tmp_path) == sha256 and read(later, sha256) == CONTENT
    assert told_as_changed(Store(url), sha256, tmp_path), "who has no keys reads nothing"


def test_what_was_taken_sealed_is_given_back_sealed(url: str, store: Store, tmp_path: Path) -> None:
    sha256 = land(store, tmp_path)
    sealed = lying(store, sha256)
    store.take(sha256, tmp_path / "taken")
    assert (tmp_path / "taken").read_bytes() == sealed
    store.erase(sha256)
    store.give(sha256, tmp_path / "taken")
    assert lying(store, sha256) == sealed and read(store, sha256) == CONTENT
    (tmp_path / "taken").write_bytes(sealed[:-1])
    with pytest.raises(VerificationFailed):
        store.give(sha256, tmp_path / "taken")
    assert lying(store, sha256) == sealed
