"""Key pairs that OpenSSH accepts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from connectors.keys import make_key_pair


def test_a_key_pair_is_one_that_openssh_reads(tmp_path: Path) -> None:
    public = make_key_pair(tmp_path / "keys" / "market")
    shown = subprocess.run(
        ["ssh-keygen", "-y", "-f", str(tmp_path / "keys" / "market")], capture_output=True, check=True, text=True
    )
    assert shown.stdout.split() == public.split()
    assert (tmp_path / "keys" / "market.pub").read_text() == f"{public}\n"


def test_an_existing_key_is_kept_and_closed_to_others(tmp_path: Path) -> None:
    public = make_key_pair(tmp_path / "market")
    (tmp_path / "market").chmod(0o644)
    (tmp_path / "market.pub").unlink()
    assert make_key_pair(tmp_path / "market") == public
    assert (tmp_path / "market").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["market", "market.pub"]


def test_a_file_that_is_no_key_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "market").write_text("something else", encoding="ascii")
    with pytest.raises(ValueError, match="OpenSSH"):
        make_key_pair(tmp_path / "market")
    assert (tmp_path / "market").read_text() == "something else"
