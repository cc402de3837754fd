"""Signed checkpoints: what is signed is known again, everything else is refused."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import FixConfiguration, VerificationFailed
from hub.ledger.checkpoints import Signer, note_in, opened, read_vkey

SIGNER = Signer("credit-hub/320999", b"a key for tests, long enough")
ROOT = hashlib.sha256(b"root").digest()


def test_the_text_is_that_of_c2sp() -> None:
    note = SIGNER.sign(12, ROOT).note
    origin, size, root, empty, signature, end = note.split("\n")
    assert (origin, size, root, empty, end) == ("credit-hub/320999", "12", base64.b64encode(ROOT).decode(), "", "")
    dash, name, content = signature.split(" ")
    assert (dash, name) == ("—", "credit-hub/320999")
    name, key_hash, key = SIGNER.vkey.split("+", 2)
    public = base64.b64decode(key)
    assert public[:1] == b"\x01" and len(public) == 33
    assert hashlib.sha256(name.encode() + b"\n" + public).digest()[:4].hex() == key_hash
    signed = base64.b64decode(content)
    assert signed[:4].hex() == key_hash
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(signed[4:], note.partition("\n\n")[0].encode() + b"\n")


@given(st.integers(0, 2**62), st.binary(min_size=32, max_size=32))
def test_what_was_signed_is_known_again(size: int, root: bytes) -> None:
    signed = SIGNER.sign(size, root)
    assert opened(signed.note, [SIGNER.vkey]) == signed


@given(st.data())
def test_one_changed_character_is_refused(data: st.DataObject) -> None:
    note = SIGNER.sign(1234567, ROOT).note
    place = data.draw(st.integers(0, len(note) - 2))
    letter = data.draw(st.sampled_from("0aZ+/=\n —"))
    changed = note[:place] + letter + note[place + 1 :]
    if changed == note:
        return
    try:
        found = opened(changed, [SIGNER.vkey])
    except VerificationFailed:
        return
    # The last characters of base64 may hold bits that say nothing: then it is the same statement.
    assert (found.origin, found.size, found.root) == ("credit-hub/320999", 1234567, ROOT)


def test_another_key_another_log_and_other_texts_are_refused() -> None:
    signed = SIGNER.sign(3, ROOT)
    other = Signer("credit-hub/320999", b"another key, as long as the first")
    elsewhere = Signer("credit-hub/320998", b"a key for tests, long enough")
    assert opened(signed.note, [other.vkey, SIGNER.vkey]) == signed, "a key of before stands beside the new one"
    for vkeys in ([other.vkey], [elsewhere.vkey], []):
        with pytest.raises(VerificationFailed):
            opened(signed.note, vkeys)
    for text in ("", "\n\n", "a\nb\nc\n\n", "a\n1\nAAAA\n\n— a AAAA\n", signed.note.replace("\n3\n", "\n03\n"), "{}"):
        with pytest.raises(VerificationFailed):
            opened(text, [SIGNER.vkey])


def test_the_same_key_gives_the_same_salts_and_signatures_and_shows_itself_nowhere() -> None:
    again = Signer("credit-hub/320999", b"a key for tests, long enough")
    assert again.salt(7) == SIGNER.salt(7) != SIGNER.salt(8)
    assert again.sign(1, ROOT) == SIGNER.sign(1, ROOT)
    assert "long enough" not in repr(SIGNER)


@pytest.mark.parametrize(("name", "key"), [("", b"x" * 32), ("a b", b"x" * 32), ("a+b", b"x" * 32), ("a", b"short")])
def test_a_name_or_key_that_cannot_be_is_a_matter_of_configuration(name: str, key: bytes) -> None:
    with pytest.raises(FixConfiguration):
        Signer(name, key)


@pytest.mark.parametrize("vkey", ["", "a+b+c", "a+00000000+AQ==", SIGNER.vkey[:-4], "x" + SIGNER.vkey])
def test_a_verifier_key_is_read_strictly(vkey: str) -> None:
    assert read_vkey(SIGNER.vkey + "\n")[0] == "credit-hub/320999"
    with pytest.raises(FixConfiguration):
        read_vkey(vkey)


def test_a_receipt_brings_its_checkpoint_along() -> None:
    note = SIGNER.sign(3, ROOT).note
    assert note_in(note) == note_in(note.replace("\n", "\r\n")) == note
    assert note_in(json.dumps({"checkpoint": {"size": 3, "note": note}})) == note
    for receipt in ("{", "{}", '{"checkpoint": null}'):
        with pytest.raises(VerificationFailed):
            note_in(receipt)
