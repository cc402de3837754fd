"""Detached signatures (``.sig``) over a file as it came: Ed25519, or SM2 with SM3 (GB/T 32918) through OpenSSL.

``cryptography`` has no SM2, so the ``openssl`` program of the machine does it, version 3. The signer's id of SM2 is the
one that the field uses where nothing else was agreed. A signature is raw bytes, or base64 as text.
"""

from __future__ import annotations

import base64
import binascii
import mmap
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from hub.contract.handing_over import Signature
from hub.errors import CallOperator, FixConfiguration
from hub.stages.key_files import KeyFolder, of_sender
from hub.stages.markers import SIGNATURE

SIGNER = "1234567812345678"  # GM/T 0009
_SECONDS = 600.0
_ED25519 = 64
_VERSION = re.compile(r"OpenSSL (\d+)\.")


def fits(file: Path, signature: bytes, kind: Signature, keys: KeyFolder, department: str) -> bool:
    """Whether one of the department's keys signed these bytes; ``FixConfiguration`` when there is no key to ask."""
    publics = of_sender(keys, department, kind)
    raw = _raw(signature, kind)
    if raw is None:
        return False
    if kind == "ed25519":
        return any(_fits_ed25519(file, raw, _ed25519(public)) for public in publics)
    return any(_fits_sm2(file, raw, public, keys.openssl) for public in publics)


def _raw(signature: bytes, kind: Signature) -> bytes | None:
    """The signature's own bytes; None for what cannot be one."""
    looks = (lambda raw: len(raw) == _ED25519) if kind == "ed25519" else (lambda raw: raw[:1] == b"\x30")
    if looks(signature):
        return signature
    try:
        raw = base64.b64decode(b"".join(signature.split()), validate=True)
    except binascii.Error:
        return None
    return raw if looks(raw) else None


def _ed25519(public: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(public.read_bytes())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise FixConfiguration(f"{public.name} is no public key of Ed25519")
    return key


def _fits_ed25519(file: Path, signature: bytes, key: Ed25519PublicKey) -> bool:
    try:
        with _mapped(file) as message:
            key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


@contextmanager
def _mapped(file: Path) -> Iterator[memoryview]:
    """The bytes of a file: Ed25519 reads its message twice, so the file is mapped and not loaded."""
    if not file.stat().st_size:
        yield memoryview(b"")
        return
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        message = memoryview(mapped)
        try:
            yield message
        finally:
            message.release()


def _fits_sm2(file: Path, signature: bytes, public: Path, openssl: str) -> bool:
    with tempfile.NamedTemporaryFile(suffix=SIGNATURE) as given:
        given.write(signature)
        given.flush()
        options = ("-sm3", "-verify", str(public), "-sigopt", f"distid:{SIGNER}", "-signature", given.name)
        code, said = _ask(openssl, "dgst", *options, str(file))
    if code == 0 and b"Verified OK" in said:
        return True
    if code < 0:
        raise CallOperator("openssl was ended while it verified")
    _must_be_a_key(public, openssl)
    return False


def _must_be_a_key(public: Path, openssl: str) -> None:
    code, said = _ask(openssl, "pkey", "-pubin", "-in", str(public), "-noout", "-text")
    if code or b"SM2" not in said:
        raise FixConfiguration(f"{public.name} is no public key of SM2")


def version(openssl: str) -> str:
    """The version of the program; ``FixConfiguration`` when it is missing or older than 3."""
    code, said = _ask(openssl, "version")
    found = _VERSION.match(said.decode("ascii", "replace"))
    if code or found is None or int(found[1]) < 3:
        raise FixConfiguration("SM2 needs OpenSSL 3 or newer: HUB_KEYS__OPENSSL")
    return said.decode("ascii", "replace").split(" (")[0].strip()


def sign(file: Path, key: Path, openssl: str = "openssl") -> bytes:
    """The signature over a file, with a private key in PEM; of SM2 unless it is one of Ed25519."""
    content = key.read_bytes()
    try:
        private = load_pem_private_key(content, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        private = None
    if isinstance(private, Ed25519PrivateKey):
        with _mapped(file) as message:
            return private.sign(message)
    with tempfile.NamedTemporaryFile(suffix=SIGNATURE) as made:
        options = ("-sm3", "-sign", str(key), "-sigopt", f"distid:{SIGNER}", "-out", made.name)
        code, _ = _ask(openssl, "dgst", *options, str(file))
        if code:
            raise FixConfiguration(f"{key.name} is no private key of Ed25519 or SM2")
        return Path(made.name).read_bytes()


def new_sm2(openssl: str) -> tuple[str, str]:
    """A private key and its public one, both PEM."""
    code, private = _ask(openssl, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2")
    if code:
        raise FixConfiguration("SM2 needs OpenSSL 3 or newer: HUB_KEYS__OPENSSL")
    public = subprocess.run((openssl, "pkey", "-pubout"), input=private, capture_output=True, check=True).stdout
    return private.decode("ascii"), public.decode("ascii")


def _ask(openssl: str, *words: str) -> tuple[int, bytes]:
    """Exit code and words of the program; what it says of an error goes no further than this file."""
    quiet: Sequence[str] = (openssl, *words)
    try:
        done = subprocess.run(quiet, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False)
    except (FileNotFoundError, PermissionError):
        raise FixConfiguration("the program openssl is missing: HUB_KEYS__OPENSSL") from None
    except subprocess.TimeoutExpired:
        raise CallOperator("openssl does not come to an end") from None
    return done.returncode, done.stdout + (done.stderr if done.returncode else b"")
