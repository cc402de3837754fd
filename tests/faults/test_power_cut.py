"""The power goes at a fail point: what the hub had said was done is there when the machine is back.

The state folder lies on an ext4 of its own, whose journal is stopped without being flushed, as a power cut does.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.kills import KILLED, differences, picked, reaches
from faults.lives import FULL, Lives

PICKS = 6
SIZE = 512 << 20


class Disk:
    """An ext4 in a file."""

    def __init__(self, image: Path, place: Path) -> None:
        self.image, self.place = image, place

    def make(self) -> None:
        with self.image.open("wb") as file:
            file.truncate(SIZE)
        subprocess.run([_program("mkfs.ext4"), "-q", "-F", self.image], check=True)
        self.place.mkdir()

    def mount(self) -> str:
        """What is wrong, or nothing."""
        done = subprocess.run([_program("mount"), "-o", "loop", self.image, self.place], capture_output=True, text=True)
        return done.stderr if done.returncode else ""

    def unmount(self) -> None:
        subprocess.run([_program("umount"), self.place], check=True)


def _program(name: str) -> str:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin") or name


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk | str]:
    """A mounted disk, or why this machine has none."""
    if os.geteuid() != 0:
        yield "only root mounts a disk"
        return
    made = Disk(tmp_path / "image", tmp_path / "disk")
    made.make()
    if wrong := made.mount():
        yield wrong
        return
    yield made
    if os.path.ismount(made.place):
        made.unmount()


@pytest.mark.timeout(3600)
def test_after_a_power_cut_at_any_point_a_county_ends_as_one_that_never_had_one(lives: Lives, disk: Disk | str) -> None:
    if isinstance(disk, str):
        assert os.geteuid() != 0 or not Path("/dev/loop-control").exists() or "permi" in disk.lower(), disk
        print(f"no power was cut: {disk}")
        return
    undisturbed, trace = lives.undisturbed()
    expected = undisturbed.ending()
    space = list({name: (name, nth) for name, nth in random.Random(1).sample(reaches(trace), len(trace))}.values())
    seed, points = picked(space, PICKS)
    print(f"FAULT_SEED={seed}: {points if not FULL else len(points)}")
    wrong = []
    for point, nth in points:
        county = lives.county(disk.place)
        os.sync()
        ended = lives.live(county, point=point, nth=nth, act="cut")
        disk.unmount()
        assert disk.mount() == ""
        after = lives.live(county)
        if (ended[0], after) != (KILLED, (0, "")):
            wrong.append(f"{point} {nth}: lives ended with {ended}, {after}")
            continue
        wrong += [f"{point} {nth}: {one}" for one in differences(expected, county.ending())]
    assert not wrong, "\n".join([f"FAULT_SEED={seed}", *wrong])


def test_the_power_cut_of_these_tests_does_lose_what_was_not_flushed(lives: Lives, disk: Disk | str) -> None:
    if isinstance(disk, str):
        return
    county = lives.county(disk.place)
    os.sync()
    assert lives.live(county, task="unflushed", point="told", act="cut") == (KILLED, "")
    disk.unmount()
    assert disk.mount() == ""
    kept = {name: (county.home / name).exists() and (county.home / name).read_bytes() for name in ("flushed", "not")}
    assert kept["flushed"] == b"1" and kept["not"] in (False, b"")
