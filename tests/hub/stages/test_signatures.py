"""Detached signatures: Ed25519, and SM2 with SM3 as the openssl program of the machine writes them."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from hub.contract.handing_over import Signature
from hub.errors import FixConfiguration
from hub.stages import signatures
from hub.stages.key_files import KeyFolder

DISTID = ("-sigopt", "distid:1234567812345678")


def openssl(*words: str | Path) -> None:
    subprocess.run(("openssl", *map(str, words)), check=True, capture_output=True)


@pytest.fixture
def keys(tmp_path: Path) -> KeyFolder:
    (tmp_path / "keys" / "senders" / "bank").mkdir(parents=True)
    return KeyFolder(tmp_path / "keys")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "data.csv"
    made.write_bytes("编号,金额\n1,2\n".encode("gb18030") * 1000)
    return made


def sm2_signature(keys: KeyFolder, file: Path, name: str = "one", *options: str) -> bytes:
    """As a bank's own openssl makes it, the public key being registered."""
    private, made = file.with_name(f"{name}.key"), file.with_name(f"{name}.made")
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", private)
    openssl("pkey", "-in", private, "-pubout", "-out", keys.folder / "senders" / "bank" / f"{name}.sm2.pem")
    openssl("dgst", "-sm3", "-sign", private, *(options or DISTID), "-out", made, file)
    return made.read_bytes()


def ed25519_signature(keys: KeyFolder, file: Path, name: str = "one") -> bytes:
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (keys.folder / "senders" / "bank" / f"{name}.ed25519.pem").write_bytes(public)
    return key.sign(file.read_bytes())


MAKERS = {"sm2": sm2_signature, "ed25519": ed25519_signature}
KINDS: list[Signature] = ["sm2", "ed25519"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_fits_its_file_and_no_other(keys: KeyFolder, file: Path, kind: Signature) -> None:
    signature = MAKERS[kind](keys, file)
    assert signatures.fits(file, signature, kind, keys, "bank")
    assert signatures.fits(file, base64.encodebytes(signature), kind, keys, "bank"), "base64 with line breaks"
    content = file.read_bytes()
    file.write_bytes(content[:-1] + b"!")
    assert not signatures.fits(file, signature, kind, keys, "bank")
    file.write_bytes(b"")
    assert not signatures.fits(file, signature, kind, keys, "bank")


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_that_was_changed_or_is_none_does_not_fit(keys: KeyFolder, file: Path, kind: Signature) -> None:
    signature = MAKERS[kind](keys, file)
    for place in range(0, len(signature), 7):
        changed = bytearray(signature)
        changed[place] ^= 1
        assert not signatures.fits(file, bytes(changed), kind, keys, "bank")
    for junk in (b"", b"\x30", b"0" * 64, b"\x00" * 4096, signature[:-1], "签名".encode()):
        assert not signatures.fits(file, junk, kind, keys, "bank")


@pytest.mark.parametrize("kind", KINDS)
def test_an_older_key_still_counts_and_another_department_s_does_not(
    keys: KeyFolder, file: Path, kind: Signature
) -> None:
    old = MAKERS[kind](keys, file, "a")
    new = MAKERS[kind](keys, file, "b")
    assert signatures.fits(file, old, kind, keys, "bank") and signatures.fits(file, new, kind, keys, "bank")
    (keys.folder / "senders" / "market").mkdir()
    MAKERS[kind](keys, file, "c")
    senders = keys.folder / "senders"
    (senders / "bank" / f"c.{kind}.pem").rename(senders / "market" / f"c.{kind}.pem")
    assert not signatures.fits(file, new, kind, keys, "market")


def test_sm2_is_verified_with_the_signer_s_id_of_the_field(keys: KeyFolder, file: Path) -> None:
    assert not signatures.fits(
        file, sm2_signature(keys, file, "other", "-sigopt", "distid:somebody"), "sm2", keys, "bank"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_usable_public_key_the_configuration_is_at_fault(
    keys: KeyFolder, file: Path, kind: Signature
) -> None:
    with pytest.raises(FixConfiguration, match="no public key"):
        signatures.fits(file, b"", kind, keys, "bank")
    signature = MAKERS[kind](keys, file)
    public = keys.folder / "senders" / "bank" / f"one.{kind}.pem"
    public.chmod(0o666)
    with pytest.raises(FixConfiguration, match="chmod 644"):
        signatures.fits(file, signature, kind, keys, "bank")
    public.chmod(0o644)
    public.write_text("no key")
    with pytest.raises(FixConfiguration, match="public key"):
        signatures.fits(file, signature, kind, keys, "bank")


def test_a_key_on_another_curve_is_no_key_of_sm2(keys: KeyFolder, file: Path, tmp_path: Path) -> None:
    signature = sm2_signature(keys, file)
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", tmp_path / "p256")
    openssl("pkey", "-in", tmp_path / "p256", "-pubout", "-out", keys.folder / "senders" / "bank" / "one.sm2.pem")
    with pytest.raises(FixConfiguration, match="SM2"):
        signatures.fits(file, signature, "sm2", keys, "bank")


def test_a_missing_program_is_told_by_its_setting(keys: KeyFolder, file: Path) -> None:
    signature = sm2_signature(keys, file)
    with pytest.raises(FixConfiguration, match="HUB_KEYS__OPENSSL"):
        signatures.fits(file, signature, "sm2", KeyFolder(keys.folder, "no-such-program"), "bank")
    with pytest.raises(FixConfiguration, match="HUB_KEYS__OPENSSL"):
        signatures.version("no-such-program")
    assert signatures.version("openssl").startswith("OpenSSL 3")


def test_what_the_hub_signs_openssl_verifies(tmp_path: Path, file: Path) -> None:
    private, public = signatures.new_sm2("openssl")
    (tmp_path / "key").write_text(private)
    (tmp_path / "pub").write_text(public)
    (tmp_path / "sig").write_bytes(signatures.sign(file, tmp_path / "key"))
    openssl("dgst", "-sm3", "-verify", tmp_path / "pub", *DISTID, "-signature", tmp_path / "sig", file)
    key = Ed25519PrivateKey.generate()
    (tmp_path / "key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.public_key().verify(signatures.sign(file, tmp_path / "key"), file.read_bytes())
    (tmp_path / "key").write_text("no key")
    with pytest.raises(FixConfiguration, match="private key"):
        signatures.sign(file, tmp_path / "key")
