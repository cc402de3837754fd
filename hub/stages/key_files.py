"""Keys for sealed files (密钥), in a folder that the settings name; nothing of them is ever said but name and age.

- ``age/*.key``: the hub's age identities, as ``age-keygen`` writes them. All of them open, the newest is published.
- ``sm4/<id>.key``: keys agreed with senders, hexadecimal, 16 bytes or more. A sealed file names the id of its own.
- ``senders/<department>/*.ed25519.pem``, ``*.sm2.pem``: public keys by which a department's signatures are verified.

The first two must be closed to others, the last ones to others' writing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyrage

from hub.contract.handing_over import Signature
from hub.errors import FixConfiguration

AGE, SM4, SENDERS = "age", "sm4", "senders"
KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
SHORTEST_SM4 = 16  # bytes
_CREATED = re.compile(r"#\s*created:\s*(\S+)")
_LONGEST = 65_536  # bytes of a key file


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """Where the keys lie, and the program that knows SM2."""

    folder: Path
    openssl: str = "openssl"


@dataclass(frozen=True, slots=True)
class Known:
    """What may be told of a key."""

    kind: str  # age, sm4, or the kind of a signature
    name: str
    created: datetime
    public: str | None = None  # age: what senders are given


def identities(keys: KeyFolder) -> list[pyrage.x25519.Identity]:
    """The hub's age identities, the newest first; ``FixConfiguration`` when there is none, or one is open to others."""
    found = [identity for _, identity in _identities(keys)]
    if not found:
        raise FixConfiguration("no age identity in the folder of keys: hub keys new age")
    return found


def _identities(keys: KeyFolder) -> list[tuple[Known, pyrage.x25519.Identity]]:
    found = []
    for file in sorted((keys.folder / AGE).glob("*.key")):
        text = _secret(file)
        lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
        try:
            made = [pyrage.x25519.Identity.from_str(line) for line in lines]
        except pyrage.IdentityError:
            raise FixConfiguration(f"{file.name} is no file of age identities") from None
        for identity in made:
            found.append((Known("age", file.stem, _created(file, text), str(identity.to_public())), identity))
    return sorted(found, key=lambda one: (one[0].created, one[0].name), reverse=True)


def sm4_key(keys: KeyFolder, key_id: str) -> bytes | None:
    """The agreed key of that id; None when there is none."""
    file = keys.folder / SM4 / f"{key_id}.key"
    return sm4_key_in(file) if KEY_ID.fullmatch(key_id) and file.is_file() else None


def sm4_key_in(file: Path) -> bytes:
    """The key in a file; ``FixConfiguration`` when it is too short or no hexadecimal."""
    lines = [line.strip() for line in _secret(file).splitlines() if line.strip() and not line.startswith("#")]
    try:
        (key,) = map(bytes.fromhex, lines)
    except ValueError:
        raise FixConfiguration(f"{file.name} must hold one line of hexadecimal digits") from None
    if len(key) < SHORTEST_SM4:
        raise FixConfiguration(f"{file.name} holds a key of fewer than {SHORTEST_SM4} bytes")
    return key


def of_sender(keys: KeyFolder, department: str, kind: Signature) -> Sequence[Path]:
    """The public keys of a department; ``FixConfiguration`` when there is none, or others may write one."""
    found = sorted((keys.folder / SENDERS / department).glob(f"*.{kind}.pem"))
    if not found:
        raise FixConfiguration(f"no public key {SENDERS}/{department}/*.{kind}.pem in the folder of keys")
    for file in found:
        if file.stat().st_mode & 0o022:
            raise FixConfiguration(f"{SENDERS}/{department}/{file.name} can be written by others: chmod 644")
    return found


def told(keys: KeyFolder) -> Iterator[Known]:
    """Every key, the newest of each kind first; looks at each as the work does."""
    yield from (known for known, _ in _identities(keys))
    agreed = []
    for file in (keys.folder / SM4).glob("*.key"):
        sm4_key_in(file)
        agreed.append(Known("sm4", file.stem, _created(file, _secret(file))))
    yield from sorted(agreed, key=lambda one: one.created, reverse=True)
    kinds: tuple[Signature, ...] = ("ed25519", "sm2")
    for folder in sorted(one for one in (keys.folder / SENDERS).glob("*") if one.is_dir()):
        for kind in kinds:
            if any(folder.glob(f"*.{kind}.pem")):
                for file in of_sender(keys, folder.name, kind):
                    name = f"{folder.name}/{file.name.removesuffix(f'.{kind}.pem')}"
                    yield Known(kind, name, datetime.fromtimestamp(file.stat().st_mtime, UTC))


def _secret(file: Path) -> str:
    """The text of a file that must be closed to others."""
    try:
        if file.stat().st_mode & 0o077:
            raise FixConfiguration(f"{file.name} can be read by others: chmod 600")
        with file.open(encoding="ascii") as stream:
            return stream.read(_LONGEST)
    except FileNotFoundError:
        raise FixConfiguration(f"there is no key file {file.name}") from None
    except (PermissionError, UnicodeDecodeError):
        raise FixConfiguration(f"{file.name} cannot be read as a key") from None


def _created(file: Path, text: str) -> datetime:
    """As the file says, else when it was last written."""
    said = _CREATED.search(text)
    try:
        moment = datetime.fromisoformat(said[1]) if said else None
    except ValueError:
        moment = None
    if moment is None:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
