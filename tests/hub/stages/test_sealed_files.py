"""Sealed files open with the right key and as they were sealed, or not at all; nothing is left behind."""

from __future__ import annotations

import io
import os
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyrage
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.contract.handing_over import HandingOver
from hub.contract.model import Intake
from hub.errors import FixConfiguration
from hub.stages import sm4_container
from hub.stages.job import Job
from hub.stages.key_files import KeyFolder, told
from hub.stages.sealed_files import Door, Opener, opened
from hub.stages.sm4_container import FRAME, TAG

KEY = bytes(range(16))
HEADER = 8 + len("bank-1") + 16


def identity_file(folder: Path, name: str, created: str) -> str:
    identity = pyrage.x25519.Identity.generate()
    file = folder / "age" / f"{name}.key"
    file.write_text(f"# created: {created}\n# public key: {identity.to_public()}\n{identity}\n")
    file.chmod(0o600)
    return str(identity.to_public())


@pytest.fixture
def keys(tmp_path: Path) -> KeyFolder:
    for name in ("age", "sm4"):
        (tmp_path / "keys" / name).mkdir(parents=True)
    file = tmp_path / "keys" / "sm4" / "bank-1.key"
    file.write_text(KEY.hex())
    file.chmod(0o600)
    return KeyFolder(tmp_path / "keys")


def sm4_sealed(content: bytes, key: bytes = KEY) -> bytes:
    target = io.BytesIO()
    sm4_container.seal(io.BytesIO(content), target, "bank-1", key)
    return target.getvalue()


class Opening:
    """``opening(content, "age")``: the finding for which a file stays shut, or its plain content."""

    def __init__(self, folder: Path, keys: KeyFolder) -> None:
        self.source, self.folder, self.keys = folder / "source", folder / "work", keys
        self.folder.mkdir()

    def __call__(self, content: bytes, encryption: Any) -> str | bytes:
        self.source.write_bytes(content)
        job = Job(1, None, None, self.source, self.folder, b"", opener=Opener(self.keys, "bank"))  # type: ignore[arg-type]
        intake = Intake("bank", ("*",), over=HandingOver(encryption=encryption))
        with opened(job, intake) as door:
            assert list(self.folder.iterdir()) == [], "the plain file has no name, so that no crash leaves it behind"
            return self.seen(door)

    @staticmethod
    def seen(door: Door) -> str | bytes:
        return door.findings[0].code if door.shut else door.job.source.read_bytes()


@pytest.fixture
def opening(tmp_path: Path, keys: KeyFolder) -> Opening:
    return Opening(tmp_path, keys)


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME])
def test_what_was_sealed_with_sm4_comes_back(opening: Opening, size: int) -> None:
    content = secrets.token_bytes(size)
    assert opening(sm4_sealed(content), "sm4") == content


def test_the_same_content_is_sealed_otherwise_each_time() -> None:
    first, second = sm4_sealed(b"a" * 100), sm4_sealed(b"a" * 100)
    assert first[HEADER:] != second[HEADER:]


@pytest.mark.parametrize("armoured", [False, True])
def test_files_of_age_open_with_any_of_the_identities(opening: Opening, keys: KeyFolder, armoured: bool) -> None:
    for number in (1, 2, 3):
        public = identity_file(keys.folder, f"k{number}", f"2026-0{number}-01T00:00:00+08:00")
        sealed = pyrage.encrypt(b"x" * 200_000, [pyrage.x25519.Recipient.from_str(public)], armored=armoured)
        assert opening(sealed, "age") == b"x" * 200_000
    assert next(told(keys)).public == public, "the newest is the one to publish"


def test_a_file_for_somebody_else_or_under_an_unknown_key_is_told_as_such(opening: Opening, keys: KeyFolder) -> None:
    identity_file(keys.folder, "ours", "2026-01-01T00:00:00+08:00")
    theirs = pyrage.x25519.Identity.generate().to_public()
    assert opening(pyrage.encrypt(b"x", [theirs]), "age") == "SEA-KEY"
    (keys.folder / "sm4" / "bank-1.key").rename(keys.folder / "sm4" / "bank-2.key")
    assert opening(sm4_sealed(b"x"), "sm4") == "SEA-KEY"


def test_an_id_that_is_a_path_reaches_no_file(opening: Opening, keys: KeyFolder) -> None:
    outside = keys.folder / "elsewhere.key"
    outside.write_text(KEY.hex())
    outside.chmod(0o600)
    target = io.BytesIO()
    sm4_container.seal(io.BytesIO(b"x"), target, "../elsewhere", KEY)
    assert opening(target.getvalue(), "sm4") == "SEA-KEY"


def test_encryption_has_to_be_what_was_agreed(opening: Opening, keys: KeyFolder) -> None:
    identity_file(keys.folder, "ours", "2026-01-01T00:00:00+08:00")
    assert opening(b"a,b\n1,2\n", "age") == "SEA-PLAIN"
    assert opening(sm4_sealed(b"x"), "age") == "SEA-PLAIN"
    assert opening(sm4_sealed(b"x"), None) == "SEA-UNASKED"
    assert opening(b"a,b\n1,2\n", None) == b"a,b\n1,2\n"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_not_used(opening: Opening, keys: KeyFolder, mode: int) -> None:
    (keys.folder / "sm4" / "bank-1.key").chmod(mode)
    with pytest.raises(FixConfiguration, match="chmod 600") as refusal:
        opening(sm4_sealed(b"x"), "sm4")
    assert KEY.hex() not in str(refusal.value)


def test_a_hub_without_any_identity_says_what_to_do(opening: Opening) -> None:
    sealed = pyrage.encrypt(b"x", [pyrage.x25519.Identity.generate().to_public()])
    with pytest.raises(FixConfiguration, match="hub keys new age"):
        opening(sealed, "age")


@pytest.mark.parametrize("text", ["", "zz", "00" * 15, f"{KEY.hex()}\n{KEY.hex()}"])
def test_a_broken_key_file_is_a_mistake_of_the_configuration(opening: Opening, keys: KeyFolder, text: str) -> None:
    (keys.folder / "sm4" / "bank-1.key").write_text(text)
    with pytest.raises(FixConfiguration):
        opening(sm4_sealed(b"x"), "sm4")


# --- tampering -------------------------------------------------------------------------------------------------------

CONTENT = secrets.token_bytes(2 * FRAME + 1000)
SM4 = sm4_sealed(CONTENT)
IDENTITY = pyrage.x25519.Identity.generate()
AGE = pyrage.encrypt(CONTENT, [IDENTITY.to_public()])
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
REFUSED = {"SEA-KEY", "SEA-DAMAGED", "SEA-PLAIN"}


@pytest.fixture
def with_identity(opening: Opening) -> Opening:
    file = opening.keys.folder / "age" / "ours.key"
    file.write_text(str(IDENTITY))
    file.chmod(0o600)
    return opening


def sealed_as(kind: str) -> bytes:
    return SM4 if kind == "sm4" else AGE


@pytest.mark.parametrize("kind", ["sm4", "age"])
@QUICK
@given(data=st.data())
def test_no_changed_bit_gets_through(with_identity: Opening, kind: str, data: st.DataObject) -> None:
    changed = bytearray(sealed_as(kind))
    near = st.integers(0, 300) if data.draw(st.booleans()) else st.integers(0, len(changed) - 1)
    changed[data.draw(near)] ^= 1 << data.draw(st.integers(0, 7))
    assert with_identity(bytes(changed), kind) in REFUSED


@pytest.mark.parametrize("kind", ["sm4", "age"])
@QUICK
@given(data=st.data())
def test_no_file_that_ends_early_or_late_gets_through(with_identity: Opening, kind: str, data: st.DataObject) -> None:
    whole = sealed_as(kind)
    tail = (len(CONTENT) % FRAME) + TAG
    ends = [len(whole) - tail, len(whole) - tail - FRAME - TAG, len(whole) - tail - 2 * (FRAME + TAG)]  # of frames
    cut = data.draw(st.one_of(st.sampled_from(ends), st.integers(0, len(whole) - 1)))
    assert with_identity(whole[:cut], kind) in REFUSED
    assert with_identity(whole + data.draw(st.binary(min_size=1, max_size=100)), kind) in REFUSED


@pytest.mark.parametrize("kind", ["sm4", "age"])
def test_frames_keep_their_places(with_identity: Opening, kind: str) -> None:
    whole, size = sealed_as(kind), FRAME + TAG
    start = len(whole) - 2 * size - (len(CONTENT) % FRAME + TAG)
    head, first, second, last = (
        whole[:start],
        whole[start : start + size],
        whole[start + size : start + 2 * size],
        whole[start + 2 * size :],
    )
    for order in ((second, first, last), (first, first, last), (first, second, second, last), (first, last), (last,)):
        assert with_identity(head + b"".join(order), kind) == "SEA-DAMAGED"
    other = sm4_sealed(CONTENT) if kind == "sm4" else pyrage.encrypt(CONTENT, [IDENTITY.to_public()])
    assert with_identity(head + other[start : start + size] + second + last, kind) == "SEA-DAMAGED"
    assert with_identity(head + first + second + last, kind) == CONTENT


@QUICK
@given(junk=st.binary(max_size=400))
def test_junk_behind_a_right_beginning_is_refused(with_identity: Opening, junk: bytes) -> None:
    assert with_identity(b"HUBSM4" + junk, "sm4") in REFUSED
    assert with_identity(b"age-encryption.org/v1\n" + junk, "age") in REFUSED
    assert with_identity(b"-----BEGIN AGE ENCRYPTED FILE-----\n" + junk, "age") in REFUSED


def test_the_plain_file_is_gone_when_the_job_is_done(opening: Opening) -> None:
    opening.source.write_bytes(sm4_sealed(b"secret"))
    job = Job(1, None, None, opening.source, opening.folder, b"", opener=Opener(opening.keys, "bank"))  # type: ignore[arg-type]
    with opened(job, Intake("bank", ("*",), over=HandingOver(encryption="sm4"))) as door:
        path = door.job.source
        assert path.read_bytes() == b"secret"
        assert replace(door.job, opener=None) == door.job
    assert not path.exists()
    assert os.listdir(opening.folder) == []
