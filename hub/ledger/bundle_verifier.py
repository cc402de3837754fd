"""Check an evidence bundle (核验存证包) with nothing but Python's standard library. Knows nothing of the hub.

    python3 -I verify.py bundle.zip [--key KEY.vkey] [--checkpoint CHECKPOINT.txt]

--key: the public key as the county has published it; without it the key in the bundle is used and shown.
--checkpoint: a checkpoint, or a receipt (.json), that somebody has kept: it has to agree with the bundle.
Ends with 0 when everything holds, 5 when something does not, 2 when it was called in another way.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import sys
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

RIGHT, WRONG, USAGE = 0, 5, 2
# All that a file which is no bundle, or a forger's, can make the library raise.
BROKEN = (OSError, zipfile.BadZipFile, zlib.error, ValueError, TypeError, LookupError, AttributeError, RuntimeError)
LARGEST = 64 << 20  # of a part that is read as a whole; the source may be larger


class Broken(Exception):
    """The bundle does not prove what it says: in Chinese, in English."""


def main(arguments: list[str]) -> int:
    """Check the bundle that the command line names; says what was checked, gives the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a console that knows no tick says so and goes on
    options, files, rest = {"--key": "", "--checkpoint": ""}, list[str](), iter(arguments)
    for word in rest:
        if word in options:
            options[word] = next(rest, "")
        else:
            files.append(word)
    if len(files) != 1:
        print(__doc__, file=sys.stderr)
        return USAGE
    return check(files[0], options["--key"], options["--checkpoint"])


def check(file: str, key: str = "", checkpoint: str = "") -> int:
    """Check a bundle file; ``key`` and ``checkpoint`` are files that somebody else has kept, or empty."""
    kept: list[str | None] = []
    for name in (key, checkpoint):
        try:
            kept.append(Path(name).read_text(encoding="utf-8") if name else None)
        except (OSError, ValueError) as error:
            print(f"✗ {name} 打不开 · cannot be opened ({type(error).__name__})")
            return USAGE
    try:
        with zipfile.ZipFile(file) as bundle:
            for chinese, english in Check(bundle, *kept).steps():
                print(f"✓ {chinese} · {english}")
    except Broken as error:
        print(f"✗ {error.args[0]} · {error.args[1]}")
        return WRONG
    except BROKEN as error:
        print(f"✗ 存证包读不出来 · the bundle cannot be read ({type(error).__name__})")
        return WRONG
    print("✓ 全部核对一致 · everything holds")
    return RIGHT


class Check:
    """One bundle under examination."""

    def __init__(self, bundle: zipfile.ZipFile, key: str | None, checkpoint: str | None) -> None:
        self.bundle, self.key, self.kept = bundle, key, checkpoint
        self.names = [one.filename for one in bundle.infolist()]

    def steps(self) -> Iterable[tuple[str, str]]:
        """What was found right, step by step; ``Broken`` at the first thing that is not."""
        yield self.files()
        yield self.signature()
        landed, judged = self.event("landed"), self.event("judged")
        yield "事件在存证之中", f"events {landed['sequence']} and {judged['sequence']} of {self.size} are in the log"
        yield self.receipt(judged)
        yield from self.older()
        yield self.source(landed, judged)
        if "data/fates.json" in self.names:
            yield from self.row(judged)

    def read(self, name: str) -> bytes:
        """A part as a whole."""
        if self.bundle.getinfo(name).file_size > LARGEST:
            raise Broken(f"{name} 太大", f"{name} is too large")
        return self.bundle.read(name)

    def told(self, name: str) -> Any:
        """A part as JSON."""
        return json.loads(self.read(name))

    def digest(self, name: str) -> str:
        """SHA-256 of a part, read piece by piece."""
        sha = hashlib.sha256()
        with self.bundle.open(name) as stream:
            while piece := stream.read(1 << 20):
                sha.update(piece)
        return sha.hexdigest()

    def files(self) -> tuple[str, str]:
        """Every part is the one of the manifest."""
        listed: dict[str, str] = {}
        for line in self.read("manifest-sha256.txt").decode().splitlines():
            sha256, _, name = line.partition("  ")
            listed[name] = sha256
        parts = sorted(name for name in self.names if name.startswith("data/"))
        if len(set(self.names)) != len(self.names) or parts != sorted(listed):
            raise Broken("清单和文件不一致", "the manifest does not list the parts that are there")
        for name in parts:
            if self.digest(name) != listed[name]:
                raise Broken(f"{name} 被改动", f"{name} has been changed")
        return "文件完整", f"{len(parts)} parts are complete"

    def signature(self) -> tuple[str, str]:
        """The checkpoint is signed by the key."""
        self.vkeys = self.read("data/key.vkey").decode().split()
        if self.key is not None and not set(self.vkeys) <= set(self.key.split()):
            raise Broken("公钥不是本县公布的公钥", "the key is not the one that was published")
        self.size, self.root = opened(self.read("data/checkpoint.txt").decode(), self.vkeys)
        known = "已与公布的公钥核对" if self.key is not None else "请与公布的公钥核对"
        said = f"检查点签名正确，{known}：{' '.join(self.vkeys)}"
        return said, f"the checkpoint of {self.size} events is signed by this key"

    def event(self, name: str) -> Any:
        """An event with its proof; gives its number, kind, delivery and body."""
        part = self.told(f"data/event-{name}.json")
        body = part["body"].encode()
        leaf = hashed(b"\x00", hashlib.sha256(bytes.fromhex(part["salt"]) + body).digest())
        event = json.loads(body)
        proof = [bytes.fromhex(one) for one in part["proof"]]
        if included(leaf, event["sequence"] - 1, self.size, proof) != self.root:
            raise Broken(f"事件 {name} 不在存证之中", f"event {name} is not in the log")
        kinds = ("judged", "held") if name == "judged" else (name,)
        if event["kind"] not in kinds or event["delivery"] != self.told("data/bundle.json")["delivery"]:
            raise Broken(f"事件 {name} 属于另一次报送", f"event {name} belongs to something else")
        return event

    def receipt(self, judged: Any) -> tuple[str, str]:
        """The receipt is the one that the verdict's event binds, and its counts balance."""
        bound, self.issued = judged["body"], self.told("data/receipt.json")
        if self.digest("data/receipt.json") != bound["receipt_sha256"]:
            raise Broken("回执不是当时签发的回执", "the receipt is not the one that was issued")
        counts = self.issued["counts"]
        if counts["rows"] is not None:
            parts = sum(counts[name] for name in ("accepted", "rejected", "duplicate", "blank"))
            if counts["rows"] != parts:
                raise Broken("行数不平衡", "the counts do not balance")
        number, verdict = self.issued["receipt_no"], self.issued["verdict"]["code"]
        return f"回执 {number} 属实：{verdict}", f"receipt {number} is genuine"

    def older(self) -> Iterable[tuple[str, str]]:
        """The log goes on from the checkpoint that the receipt carries, and from the one that was kept."""
        carried = self.issued.get("checkpoint")
        known = {self.size: self.root}
        if carried is not None:
            size, root = opened(carried["note"], self.vkeys)
            proof = [bytes.fromhex(one) for one in self.told("data/consistency.json")]
            if not consistent(size, self.size, proof, root, self.root):
                raise Broken("存证在回执之后被改写", "the log was rewritten after the receipt")
            known[size] = root
            yield (
                f"存证从回执上的检查点（{size} 条）延续而来",
                f"the log goes on from the receipt's checkpoint of {size}",
            )
        if self.kept is not None:
            told = self.kept.lstrip().startswith("{")
            note = json.loads(self.kept)["checkpoint"]["note"] if told else self.kept
            size, root = opened(note.replace("\r\n", "\n"), self.vkeys)
            if size not in known:
                raise Broken(f"这个存证包无法和 {size} 条的检查点比较", f"nothing here compares with {size} events")
            if known[size] != root:
                raise Broken("存证和您保存的检查点不一致", "the log is not the one of your checkpoint")
            yield "和您保存的检查点一致", "it agrees with your checkpoint"

    def source(self, landed: Any, judged: Any) -> tuple[str, str]:
        """The bytes are those that came and that were judged."""
        sha256 = landed["body"]["sha256"]
        if judged["body"]["blob"] != sha256 or self.issued["submission"]["sha256"] != sha256:
            raise Broken("判定的不是收到的文件", "what was judged is not what came")
        if "data/source" not in self.names:
            return f"文件指纹 {sha256}", "the file is told by its SHA-256; compare it with your copy"
        if self.digest("data/source") != sha256:
            raise Broken("原文件被改动", "the source has been changed")
        return "原文件就是收到的文件", "the source is what came"

    def row(self, judged: Any) -> Iterable[tuple[str, str]]:
        """The row had this fate, and said this."""
        asked, part = self.told("data/bundle.json"), self.told("data/fates.json")
        text = part["text"].encode()
        proof = [bytes.fromhex(one) for one in part["proof"]]
        root = included(hashed(b"\x00", text), part["block"], part["blocks"], proof)
        if root.hex() != judged["body"]["fates_root"]:
            raise Broken("行的处理结果被改动", "the fates of the rows are not what was told")
        lines = [line.split(",") for line in part["text"].splitlines()]
        found = [line for line in lines if line[0] == str(asked["record"])]
        if len(found) != 1 or found[0][1] != str(asked["row"]):
            raise Broken("找不到这一行", "the row is not among them")
        _, row, state, code, record_id, content_hash = found[0]
        reason = f"{state}（{code}）" if code else state
        yield f"第 {row} 行的处理结果属实：{reason}", f"row {row} was {state}"
        if "data/row.json" in self.names:
            said = self.told("data/row.json")
            made = hashlib.sha256(bytes.fromhex(said["salt"]) + said["text"].encode()).hexdigest()
            if not content_hash or not made.startswith(content_hash):
                raise Broken("行的内容被改动", "the row did not say this")
            if record_id and said["record_id"] != record_id:
                raise Broken("行属于另一条记录", "the row belongs to another record")
            yield "行的内容属实", "the row said what the bundle shows"


def hashed(prefix: bytes, *parts: bytes) -> bytes:
    """A hash of RFC 9162: prefix 0x00 for a leaf, 0x01 for a node."""
    return hashlib.sha256(prefix + b"".join(parts)).digest()


def included(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """The root to which an inclusion proof leads (RFC 9162, 2.1.3.2)."""
    last = size - 1
    if not 0 <= index < size:
        raise Broken("证明不成立", "the proof is of nothing")
    for step in proof:
        if last == 0:
            raise Broken("证明太长", "the proof is too long")
        if index & 1 or index == last:
            leaf = hashed(b"\x01", step, leaf)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            leaf = hashed(b"\x01", leaf, step)
        index, last = index >> 1, last >> 1
    if last:
        raise Broken("证明太短", "the proof is too short")
    return leaf


def consistent(old: int, size: int, proof: list[bytes], older: bytes, root: bytes) -> bool:
    """Whether a tree of ``size`` begins with that of ``old`` (RFC 9162, 2.1.4.2)."""
    if old == size:
        return not proof and older == root
    if not 0 < old < size or not proof:
        return False
    if old & (old - 1) == 0:
        proof = [older, *proof]
    index, last = old - 1, size - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    before = after = proof[0]
    for step in proof[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            before, after = hashed(b"\x01", step, before), hashed(b"\x01", step, after)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            after = hashed(b"\x01", after, step)
        index, last = index >> 1, last >> 1
    return last == 0 and before == older and after == root


def opened(note: str, vkeys: list[str]) -> tuple[int, bytes]:
    """Size and root of a checkpoint (C2SP tlog-checkpoint), if one of the keys has signed it."""
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    origin, size, root = text.split("\n")[:3]
    for vkey in vkeys:
        name, key_hash, encoded = vkey.split("+", 2)
        public = base64.b64decode(encoded, validate=True)
        right = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
        for line in signatures.splitlines():
            dash, signer, content = line.split(" ")
            signed = base64.b64decode(content, validate=True)
            ours = (dash, signer, origin, signed[:4].hex(), signed[:4]) == ("—", name, name, key_hash, right)
            if ours and public[:1] == b"\x01" and ed25519(public[1:], text.encode(), signed[4:]):
                return int(size), base64.b64decode(root, validate=True)
    raise Broken("检查点的签名不对", "the checkpoint is not signed by this key")


# Ed25519 (RFC 8032, section 5.1 and the code of section 6), verification only.
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]


def ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is this key's over the message."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, first = _point(public), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or first is None or scalar >= Q:
        return False
    challenge = hashlib.sha512(signature[:32] + public + message).digest()
    factor = int.from_bytes(challenge, "little") % Q
    base = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    return base is not None and _equal(_times(scalar, base), _sum(first, _times(factor, key)))


def _point(encoded: bytes) -> Point | None:
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def _sum(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _sum(total, point)
        point, scalar = _sum(point, point), scalar >> 1
    return total


def _equal(one: Point, other: Point) -> bool:
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (one[1] * other[2] - other[1] * one[2]) % P == 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
