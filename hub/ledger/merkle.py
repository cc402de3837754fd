"""The Merkle tree of RFC 9162 (默克尔树): hashes, a tree that only grows, proofs and their verifiers. Pure.

A tree is never held as a whole. Its *frontier* is the list of the roots of its full subtrees, the largest first: all
that is needed to go on. A proof is first a list of ranges of leaves, then the hash of each range, so that whoever has
the leaves in a database hashes them on the way and keeps none.

>>> frontier = append([], 0, leaf_hash(b"one"))
>>> root(append(frontier, 1, leaf_hash(b"two"))) == node_hash(leaf_hash(b"one"), leaf_hash(b"two"))
True
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

EMPTY = hashlib.sha256(b"").digest()
HashOf = Callable[[int, int], bytes]  # the hash of the leaves from .. to (from 0, end excluded)
Range = tuple[int, int]


def leaf_hash(entry: bytes) -> bytes:
    """Hash of a leaf: SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def append(frontier: list[bytes], size: int, leaf: bytes) -> list[bytes]:
    """Add the hash of a leaf to a tree of ``size`` leaves; ``frontier`` itself is changed and given back."""
    frontier.append(leaf)
    while size & 1:
        right = frontier.pop()
        frontier.append(node_hash(frontier.pop(), right))
        size >>= 1
    return frontier


def root(frontier: Sequence[bytes]) -> bytes:
    """Root of the tree with this frontier."""
    if not frontier:
        return EMPTY
    found = frontier[-1]
    for left in reversed(frontier[:-1]):
        found = node_hash(left, found)
    return found


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Root over hashes of leaves."""
    frontier: list[bytes] = []
    for size, leaf in enumerate(leaves):
        append(frontier, size, leaf)
    return root(frontier)


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The ranges whose hashes prove that leaf ``index`` (from 0) is in a tree of ``size`` leaves, the lowest first."""
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    found: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def consistency_ranges(old: int, size: int) -> list[Range]:
    """The ranges whose hashes prove that a tree of ``size`` leaves begins with the tree of its first ``old``."""
    if not 0 < old <= size:
        raise ValueError("no such older tree")
    found: list[Range] = []
    start, end, whole = 0, size, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start, whole = middle, False
    if not whole:
        found.append((start, end))
    return found[::-1]


def inclusion_proof(index: int, size: int, hash_of: HashOf) -> list[bytes]:
    """Proof that leaf ``index`` is in the tree of ``size`` leaves (RFC 9162, 2.1.3.1)."""
    return [hash_of(start, end) for start, end in inclusion_ranges(index, size)]


def consistency_proof(old: int, size: int, hash_of: HashOf) -> list[bytes]:
    """Proof that the tree of ``size`` leaves begins with that of ``old`` (RFC 9162, 2.1.4.1)."""
    return [hash_of(start, end) for start, end in consistency_ranges(old, size)]


def proves_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], tree: bytes) -> bool:
    """Whether ``proof`` shows that the leaf with this hash is number ``index`` of the tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, step)
        place, last = place >> 1, last >> 1
    return last == 0 and found == tree


def proves_consistency(old: int, size: int, proof: Sequence[bytes], old_tree: bytes, tree: bytes) -> bool:
    """Whether ``proof`` shows that the tree of ``size`` leaves begins with that of ``old`` (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= size:
        return False
    if old == size:
        return not proof and old_tree == tree
    steps = [old_tree, *proof] if old & (old - 1) == 0 else list(proof)
    if not steps:
        return False
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, step)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_tree and after == tree


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)
