"""Evidence bundles: they prove one row to somebody who has Python and nothing else, and show no other row."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import NotFound, WrongUsage
from hub.ledger import bundle_verifier, evidence, merkle
from hub.ledger.connect import writing
from hub.ledger.tables import fate
from hub.line.bundling import bundle

BAD, GOOD = 3, 301  # rows of the file: line 1 is the header


@pytest.fixture
def done(line: Any) -> Any:
    """300 rows, one of them bad, and a second delivery, so that the log has gone on."""
    rows = [line.shop(number, je="百万") if number == BAD - 1 else line.shop(number) for number in range(1, 301)]
    line.drop(line.file(line.shop(999)), name="店铺_0.csv")
    line.run()
    line.drop(line.file(*rows), name="店铺_1.csv")
    line.run()
    line.drop(line.file(line.shop(400)), name="店铺_2.csv")
    line.run()
    return line


def parts(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def checked_alone(folder: Path, file: Path, *more: object) -> subprocess.CompletedProcess[str]:
    """As somebody far away does it: the verifier of the bundle, an isolated Python, an empty environment."""
    verifier = folder / "verify.py"
    verifier.write_bytes(parts(file)["verify.py"])
    words = [sys.executable, "-I", "-S", str(verifier), str(file), *map(str, more)]
    return subprocess.run(words, cwd=folder, env={"PYTHONIOENCODING": "utf-8"}, capture_output=True, text=True)


def test_a_row_is_proven_without_the_hub(done: Any, tmp_path: Path) -> None:
    file, key = tmp_path / "row.zip", tmp_path / "county.vkey"
    key.write_text(done.hub.signer.vkey)
    for row, said in ((GOOD, "accepted"), (BAD, "rejected（")):
        bundle(done.hub, f"2:{row}", file)
        ended = checked_alone(tmp_path, file, "--key", key)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert f"第 {row} 行的处理结果属实：{said}" in ended.stdout
        assert "everything holds" in ended.stdout
        assert "行的内容属实" in ended.stdout
        assert "已与公布的公钥核对" in ended.stdout
        assert "存证从回执上的检查点" in ended.stdout
    narrow = [sys.executable, "verify.py", str(file)]
    said = subprocess.run(narrow, cwd=tmp_path, env={"PYTHONIOENCODING": "gbk"}, capture_output=True)
    assert said.returncode == 0 and "全部核对一致".encode("gbk") in said.stdout, "on a Chinese Windows, into a file"
    rules = json.loads(parts(file)["data/rules.json"])
    assert rules and all(rule["title"] and rule["fix"] for rule in rules)


def test_a_bundle_shows_the_row_that_was_asked_for_and_no_other(done: Any, tmp_path: Path) -> None:
    file = tmp_path / "row.zip"
    bundle(done.hub, f"2:{GOOD}", file)
    content = parts(file)
    text = b"\n".join(content.values()).decode("utf-8")
    asked = done.shop(GOOD - 1).split(",")
    assert all(cell in json.loads(content["data/row.json"])["text"] for cell in (asked[0], asked[3]))
    for number in (1, BAD - 1, 150, 299):
        name, code, *_ = done.shop(number).split(",")
        assert name not in text and code not in text
        assert done.shop(number).split(",")[3] not in text
    assert "data/source" not in content


def test_the_same_ledger_gives_the_same_bytes(done: Any, tmp_path: Path) -> None:
    for what in ("2", f"2:{GOOD}"):
        first, second = tmp_path / "1.zip", tmp_path / "2.zip"
        bundle(done.hub, what, first)
        bundle(done.hub, what, second)
        assert first.read_bytes() == second.read_bytes()


def test_a_record_and_a_whole_delivery_are_proven_too(done: Any, tmp_path: Path) -> None:
    (record,) = done.rows(sa.select(fate.c.record_id).where(fate.c.delivery_id == 2, fate.c.row == GOOD))[0]
    file = tmp_path / "record.zip"
    facts = bundle(done.hub, record, file)
    assert (facts["delivery"], facts["row"]) == (2, GOOD)
    assert checked_alone(tmp_path, file).returncode == 0
    bundle(done.hub, "2", file, with_source=True)
    assert parts(file)["data/source"] == next(one for one in _blobs(done) if one.count(b"\n") == 301)
    ended = checked_alone(tmp_path, file)
    assert ended.returncode == 0 and "原文件就是收到的文件" in ended.stdout


def _blobs(done: Any) -> list[bytes]:
    found = [io.BytesIO() for _ in done.deliveries()]
    for one, blob in zip(done.deliveries(), found, strict=True):
        done.hub.store.pour(one["sha256"], blob)
    return [blob.getvalue() for blob in found]


def test_a_kept_checkpoint_and_a_kept_key_are_held_against_the_bundle(done: Any, tmp_path: Path) -> None:
    file, kept, key = tmp_path / "row.zip", tmp_path / "kept.json", tmp_path / "key.vkey"
    bundle(done.hub, f"2:{GOOD}", file)
    kept.write_bytes(parts(file)["data/receipt.json"])
    key.write_text(done.hub.signer.vkey + "\n")
    assert bundle_verifier.check(str(file), str(key), str(kept)) == 0
    size = json.loads(kept.read_text())["checkpoint"]["size"]
    kept.write_text(done.hub.signer.sign(size, bytes(32)).note)
    assert bundle_verifier.check(str(file), str(key), str(kept)) == 5
    for other in ("credit-hub/320999+00000000+AAAA", ""):
        key.write_text(other)
        assert bundle_verifier.check(str(file), str(key)) == 5
    assert bundle_verifier.check(str(file), str(tmp_path / "none")) == 2
    assert bundle_verifier.main([]) == bundle_verifier.main(["a", "b"]) == 2


def _rewritten(content: dict[str, bytes]) -> io.BytesIO:
    """A forger's zip: its manifest fits."""
    import hashlib

    payload = {name: part for name, part in content.items() if name.startswith("data/")}
    lines = "".join(f"{hashlib.sha256(part).hexdigest()}  {name}\n" for name, part in sorted(payload.items()))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        for name, part in {**content, "manifest-sha256.txt": lines.encode()}.items():
            made.writestr(name, part)
    return target


def _edit(name: str, change: Callable[[Any], Any]) -> Callable[[dict[str, bytes]], None]:
    def edit(content: dict[str, bytes]) -> None:
        content[f"data/{name}"] = json.dumps(change(json.loads(content[f"data/{name}"])), ensure_ascii=False).encode()

    return edit


def _replace(name: str, before: bytes, after: bytes) -> Callable[[dict[str, bytes]], None]:
    def edit(content: dict[str, bytes]) -> None:
        assert before in content[f"data/{name}"]
        content[f"data/{name}"] = content[f"data/{name}"].replace(before, after, 1)

    return edit


FORGERIES = {
    "verdict": _replace("receipt.json", b'"PARTIAL"', b'"ACCEPTED"'),
    "event": _replace("event-judged.json", b"PARTIAL", b"ACCEPTED"),
    "salt": _edit("event-judged.json", lambda part: part | {"salt": "00" * 32}),
    "proof": _edit("event-landed.json", lambda part: part | {"proof": part["proof"][::-1]}),
    "shorter proof": _edit("event-landed.json", lambda part: part | {"proof": part["proof"][1:]}),
    "fate": _replace("fates.json", b"rejected", b"accepted"),
    "block": _edit("fates.json", lambda part: part | {"block": 1 - part["block"]}),
    "another row": _edit("bundle.json", lambda part: part | {"row": part["row"] + 1}),
    "another record": _edit("bundle.json", lambda part: part | {"record": part["record"] + 1}),
    "another delivery": _edit("bundle.json", lambda part: part | {"delivery": 1}),
    "content": _edit("row.json", lambda part: part | {"text": part["text"] + "0"}),
    "content of another record": _edit("row.json", lambda part: part | {"record_id": "0" * 32}),
    "consistency": _edit("consistency.json", lambda part: part[:-1]),
    "checkpoint": _replace("checkpoint.txt", b"\n", b"\n1"),
    "no checkpoint": lambda content: content.pop("data/checkpoint.txt"),
    "not JSON": lambda content: content.update({"data/fates.json": b"{"}),
}


def test_no_part_can_be_forged(done: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "row.zip"
    bundle(done.hub, f"2:{BAD}", file)
    honest = parts(file)
    forged = tmp_path / "forged.zip"
    forged.write_bytes(_rewritten(honest).getvalue())
    assert bundle_verifier.check(str(forged)) == 0, "written anew it is still honest"
    for name, forge in FORGERIES.items():
        content = dict(honest)
        forge(content)
        forged.write_bytes(_rewritten(content).getvalue())
        assert bundle_verifier.check(str(forged)) == 5, name
    chance = random.Random(0)
    for _ in range(60):
        damaged = bytearray(file.read_bytes())
        for place in chance.sample(range(len(damaged)), 3):
            damaged[place] ^= 1 << chance.randrange(8)
        forged.write_bytes(damaged[: chance.choice([len(damaged), chance.randrange(len(damaged))])])
        assert bundle_verifier.check(str(forged)) in (0, 5), "never in any other way"
    assert "✗" in capsys.readouterr().out


def test_an_erased_event_breaks_no_other_bundle(done: Any, tmp_path: Path) -> None:
    file = tmp_path / "row.zip"
    with writing(done.hub.ledger) as connection:
        first = [one["sequence"] for one in evidence.of_delivery(connection, 1)]
        evidence.erase(connection, first, done.hub.now(), "到期")
        evidence.seal(connection, done.hub.now())
    bundle(done.hub, f"2:{GOOD}", file)
    assert bundle_verifier.check(str(file)) == 0
    with pytest.raises(NotFound):
        bundle(done.hub, "1", file)


def test_what_is_not_there_has_no_bundle(line: Any, tmp_path: Path) -> None:
    for what, error in (("9", NotFound), ("9:1", NotFound), ("0" * 32, NotFound), ("x", WrongUsage)):
        with pytest.raises(error):
            bundle(line.hub, what, tmp_path / "none.zip")
    assert list(tmp_path.glob("*.zip")) == []


@given(st.binary(max_size=200), st.integers(0, 63), st.integers(0, 7))
def test_signatures_are_judged_as_the_library_judges_them(message: bytes, place: int, bit: int) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert bundle_verifier.ed25519(public, message, signature)
    flipped = bytearray(signature)
    flipped[place] ^= 1 << bit
    assert not bundle_verifier.ed25519(public, message, bytes(flipped))
    assert not bundle_verifier.ed25519(public, message + b"\0", signature)
    assert not bundle_verifier.ed25519(public, message, signature[:-1])


def test_a_signature_is_not_taken_in_a_second_form() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    signature = key.sign(b"x")
    larger = int.from_bytes(signature[32:], "little") + bundle_verifier.Q
    other = signature[:32] + larger.to_bytes(32, "little")
    assert not bundle_verifier.ed25519(key.public_key().public_bytes_raw(), b"x", other)


@given(st.integers(2, 70), st.data())
def test_proofs_are_judged_as_the_tree_judges_them(size: int, data: st.DataObject) -> None:
    leaves = [merkle.leaf_hash(str(number).encode()) for number in range(size)]
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))

    def hash_of(start: int, end: int) -> bytes:
        return merkle.root_of(leaves[start:end])

    root, older = hash_of(0, size), hash_of(0, old)
    proof = merkle.inclusion_proof(index, size, hash_of)
    assert bundle_verifier.included(leaves[index], index, size, proof) == root
    proof = merkle.consistency_proof(old, size, hash_of)
    assert bundle_verifier.consistent(old, size, proof, older, root)
    assert not bundle_verifier.consistent(old, size, proof, leaves[0] if old > 1 else root, root)
    assert not bundle_verifier.consistent(old, size, [*proof, root], older, root)
