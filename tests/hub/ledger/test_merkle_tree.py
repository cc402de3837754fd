"""The tree of RFC 9162 against the text of the RFC, and against the known vectors of Certificate Transparency."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.ledger import merkle

# The entries, roots and proofs of Certificate Transparency's reference tests.
ENTRIES = [
    bytes.fromhex(one)
    for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def tree(entries: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, word for word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = split(len(entries))
    return hashlib.sha256(b"\x01" + tree(entries[:k]) + tree(entries[k:])).digest()


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m: int, entries: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 9162, 2.1.3.1."""
    if len(entries) == 1:
        return []
    k = split(len(entries))
    if m < k:
        return [*path(m, entries[:k]), tree(entries[k:])]
    return [*path(m - k, entries[k:]), tree(entries[:k])]


def subproof(m: int, entries: Sequence[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 9162, 2.1.4.1."""
    if m == len(entries):
        return [] if whole else [tree(entries)]
    k = split(len(entries))
    if m <= k:
        return [*subproof(m, entries[:k], whole), tree(entries[k:])]
    return [*subproof(m - k, entries[k:], False), tree(entries[:k])]


def hash_of(entries: Sequence[bytes]) -> merkle.HashOf:
    return lambda start, end: merkle.root_of(merkle.leaf_hash(one) for one in entries[start:end])


def test_roots_are_those_of_certificate_transparency() -> None:
    frontier: list[bytes] = []
    for size, entry in enumerate(ENTRIES):
        merkle.append(frontier, size, merkle.leaf_hash(entry))
        assert merkle.root(frontier).hex() == ROOTS[size]
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_proofs_are_those_of_certificate_transparency() -> None:
    known = [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert [one.hex() for one in merkle.inclusion_proof(0, 8, hash_of(ENTRIES))] == known
    older = [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [one.hex() for one in merkle.consistency_proof(6, 8, hash_of(ENTRIES))] == older


@given(st.integers(1, 90).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))))
def test_root_and_proofs_are_those_of_the_text(case: tuple[int, int]) -> None:
    size, index = case
    entries = [str(number).encode() for number in range(size)]
    root = merkle.root_of(merkle.leaf_hash(entry) for entry in entries)
    assert root == tree(entries)
    inclusion = merkle.inclusion_proof(index, size, hash_of(entries))
    assert inclusion == path(index, entries)
    assert merkle.proves_inclusion(merkle.leaf_hash(entries[index]), index, size, inclusion, root)
    old = index + 1
    consistency = merkle.consistency_proof(old, size, hash_of(entries))
    assert consistency == subproof(old, entries, True)
    assert merkle.proves_consistency(old, size, consistency, tree(entries[:old]), root)


@given(st.integers(2, 60), st.data())
def test_a_proof_proves_nothing_else(size: int, data: st.DataObject) -> None:
    entries = [str(number).encode() for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    root, leaf = tree(entries), merkle.leaf_hash(entries[index])
    proof = path(index, entries)
    other = data.draw(st.integers(0, size).filter(lambda one: one != index))
    assert not merkle.proves_inclusion(leaf, other, size, proof, root)
    assert not merkle.proves_inclusion(merkle.leaf_hash(b"x"), index, size, proof, root)
    assert not merkle.proves_inclusion(leaf, index, size, proof[:-1], root)
    assert not merkle.proves_inclusion(leaf, index, size, [*proof, root], root)
    old = data.draw(st.integers(1, size - 1))
    older = subproof(old, entries, True)
    assert not merkle.proves_consistency(old, size, older, tree([*entries[: old - 1], b"x"]), root)
    assert not merkle.proves_consistency(old, size, older, tree(entries[:old]), merkle.leaf_hash(root))
    assert not merkle.proves_consistency(old, size, [*older, root], tree(entries[:old]), root)
    assert not merkle.proves_consistency(old, size, older[:-1], tree(entries[:old]), root)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_no_proof_is_made_for_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no such leaf"):
        merkle.inclusion_ranges(index, size)
    with pytest.raises(ValueError, match="no such older tree"):
        merkle.consistency_ranges(size + 1, size)
