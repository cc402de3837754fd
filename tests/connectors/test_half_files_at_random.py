"""However writing and looking fall together: no part of a file is taken, and the last version is.

The same at both servers. The hub looks between a writer's steps and while it copies.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from corpus.half_files import EPOCH, LONG, MAKING, OLD, manifest, put, while_copying
from corpus.polling import Poller
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# What a writer does with a version: ``part`` writes so many of 8 parts of it in place, ``temporary`` beside it.
VERSION = st.tuples(
    st.sampled_from(["in place", "renamed", "renamed over"]),
    st.sampled_from(["none", "empty", "hash", "size"]),
    st.booleans(),  # keeps an old time, as clients do that preserve it
    st.lists(st.integers(0, 7), max_size=3).map(sorted),
)
LOOKS = st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0, 3.0, LONG]), st.booleans()), max_size=3)


def steps(place: Path, contents: list[bytes], versions: list[Any], clock: Callable[[], float]) -> Iterator[None]:
    """Hand over one version after the other, with a pause wherever this yields."""
    marker = place.with_name(place.name + ".ok")
    for number, (content, (way, vouching, keeps, cuts)) in enumerate(zip(contents, versions, strict=True)):
        target = place if way == "in place" else place.with_name(f"{place.name}.part")
        if way == "renamed" and place.exists():
            place.unlink()
        for eighths in [*cuts, 8]:
            put(target, content[: len(content) * eighths // 8], clock())
            if eighths < 8:
                yield
        if keeps:
            os.utime(target, (OLD + number, OLD + number))
            yield
        if target != place:
            target.replace(place)
        yield
        said = {"hash": manifest(sha256=sha256(content).hexdigest()), "size": manifest(size=len(content)), "empty": b""}
        if vouching == "none":
            marker.unlink(missing_ok=True)
        else:
            put(marker, said[vouching], clock())
        yield


@pytest.mark.parametrize("kind", sorted(MAKING))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(versions=st.lists(VERSION, min_size=1, max_size=3), looks=st.lists(LOOKS, min_size=1, max_size=20))
def test_however_writing_and_looking_fall_together_no_part_of_a_file_is_taken(
    kind: str, versions: list[Any], looks: list[Any], make: Callable[..., Poller], inbox: Path
) -> None:
    shutil.rmtree(inbox)
    inbox.mkdir()
    poller = make()
    contents = [MAKING[kind](40 + 30 * number) for number in range(len(versions))]
    writing = steps(inbox / f"a.{kind}", contents, versions, lambda: EPOCH + int(poller.now))
    going, turn = True, 0
    while going:
        going = next(writing, "end") != "end"
        for seconds, meanwhile in looks[turn % len(looks)]:
            if meanwhile:
                with while_copying(lambda: next(writing, None)):
                    poller.round(seconds)
            else:
                poller.round(seconds)
        turn += 1
    poller.rounds(3)
    taken = poller.taken.get(f"a.{kind}", [])
    assert [one for one in taken if one not in contents] == [], "a wrong pick-up"
    assert taken and taken[-1] == contents[-1], "the last version is taken in the end"
