"""Whom we trust, who trusts us, and what happens when nobody answers."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from connectors.faults import Fault, Refused, Unreachable
from connectors.keys import make_key_pair
from connectors.sftp import connect

if TYPE_CHECKING:
    from conftest import Site


def test_a_wrong_host_key_is_refused(site: Site, tmp_path: Path) -> None:
    other = make_key_pair(tmp_path / "other_host")
    with pytest.raises(Refused, match="host key"):
        connect("127.0.0.1", site.port, site.user, site.key_file, other)


def test_a_server_with_a_wrong_host_key_never_hears_our_name(openssh: Site, tmp_path: Path) -> None:
    other = make_key_pair(tmp_path / "other_host")
    with pytest.raises(Refused):
        connect("127.0.0.1", openssh.port, openssh.user, openssh.key_file, other)
    assert "userauth-request" not in _log_after(openssh, connections=1)
    with openssh.connect():
        pass
    assert "userauth-request" in _log_after(openssh, connections=2)


def _log_after(site: Site, connections: int) -> str:
    """The server's log once it has noticed that so many clients are gone (the start-up probe says nothing)."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        log = site.log.read_text()
        if log.count("KEX done") == connections and log.count("debug1: do_cleanup") >= connections:
            return log
        time.sleep(0.05)
    raise AssertionError(log)


@pytest.mark.parametrize("host_key", ["", "   ", "ssh-ed25519", "ssh-ed25519 not base64", "no-such-kind AAAA"])
def test_no_connection_is_made_without_a_host_key(site: Site, host_key: str) -> None:
    with pytest.raises(Refused, match="host key"):
        connect("127.0.0.1", site.port, site.user, site.key_file, host_key)


def test_a_host_key_of_a_kind_that_the_server_has_not_is_refused(site: Site) -> None:
    import paramiko

    key = paramiko.ECDSAKey.generate()
    with pytest.raises(Refused):
        connect("127.0.0.1", site.port, site.user, site.key_file, f"{key.get_name()} {key.get_base64()}")


def test_a_wrong_user_key_is_refused(site: Site, tmp_path: Path) -> None:
    make_key_pair(tmp_path / "other_user")
    with pytest.raises(Refused, match="account"):
        connect("127.0.0.1", site.port, site.user, tmp_path / "other_user", site.host_key)


def test_an_unknown_account_is_refused(site: Site) -> None:
    with pytest.raises(Refused, match="account"):
        connect("127.0.0.1", site.port, "nobody_here", site.key_file, site.host_key)


def test_a_missing_or_broken_private_key_is_refused(site: Site, tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("no key", encoding="ascii")
    for name in ("missing", "broken"):
        with pytest.raises(Refused, match="private key"):
            connect("127.0.0.1", site.port, site.user, tmp_path / name, site.host_key)


def test_weak_algorithms_and_compression_are_not_negotiated(site: Site) -> None:
    with site.connect() as session:
        algorithms = session.algorithms
    assert "cbc" not in algorithms["cipher"]
    assert "md5" not in algorithms["mac"]
    assert algorithms["host_key"] == "ssh-ed25519"
    assert algorithms["compression"] == "none"


def test_a_port_where_nobody_listens_is_unreachable(site: Site) -> None:
    site.stop()
    with pytest.raises(Unreachable):
        site.connect()


def test_a_server_that_says_nothing_is_unreachable_after_the_timeout(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(Unreachable):
            connect("127.0.0.1", silent.getsockname()[1], site.user, site.key_file, site.host_key, timeout=1)
        assert time.monotonic() - began < 5


def test_messages_name_no_host_account_or_path(site: Site, tmp_path: Path) -> None:
    make_key_pair(tmp_path / "other_user")
    with pytest.raises(Fault) as refused:
        connect("127.0.0.1", site.port, "zhangsan", tmp_path / "other_user", site.host_key)
    with site.connect() as session, pytest.raises(Fault) as missing:
        session.read(f"{site.remote}/zhangsan.csv", 10)
    for caught in (refused, missing):
        assert not any(word in str(caught.value) for word in ("127.0.0.1", "zhangsan", str(tmp_path)))
        assert caught.value.__cause__ is None
