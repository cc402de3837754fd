"""Accounts of docker/sftp come, change and go while the server runs; and the programs by which people use them."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest
from corpus import department_servers as servers
from corpus.department_servers import DepartmentServer
from corpus.sftp_requests import Requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connectors.keys import make_key_pair

DEPARTMENTS = ("market", "court")


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DepartmentServer]:
    with servers.openssh(tmp_path_factory.mktemp("changing"), DEPARTMENTS) as started:
        yield started


@pytest.fixture
def own(changing: DepartmentServer) -> DepartmentServer:
    """A server whose accounts the test changes."""
    for each in DEPARTMENTS:
        servers.hand_out(changing.place, each, make_key_pair(changing.keys / each))
    servers.list_of(changing.place, DEPARTMENTS)
    assert changing.again() == 0
    return changing


def test_two_keys_hold_during_a_rotation_and_the_old_one_ends_without_a_restart(own: DepartmentServer) -> None:
    old, new = own.keys / "market", own.keys / "market_new"
    lines = [make_key_pair(old), make_key_pair(new)]
    servers.hand_out(own.place, "market", "# 2026-11", *lines, "")
    assert own.again() == 0
    assert not own.refuses("market", old) and not own.refuses("market", new)
    servers.hand_out(own.place, "market", f'from="127.0.0.1" {lines[1]}')
    assert own.again() == 0
    assert own.refuses("market", old) and not own.refuses("market", new)
    servers.hand_out(own.place, "market", f'from="192.0.2.1" {lines[1]}')
    assert own.again() == 0
    assert own.refuses("market", new), "it comes from another address"


def test_a_department_is_added_and_another_one_leaves_while_the_server_runs(own: DepartmentServer) -> None:
    with own.session("market") as session:
        session.put("/inbox/kept.csv", b"1")
    servers.hand_out(own.place, "bank", make_key_pair(own.keys / "bank"))
    servers.list_of(own.place, ["court", "bank"])
    assert own.again() == 0
    with own.session("bank") as session:
        session.put("/inbox/a.csv", b"1")
    with own.session("hub") as session:
        assert session.read("/bank/inbox/a.csv", 10) == b"1"
        session.put("/bank/outbox/a.json", b"{}")
    assert own.refuses("market", own.keys / "market")
    assert (own.root / "market" / "inbox" / "kept.csv").read_bytes() == b"1"


def test_a_department_keeps_its_number_in_a_new_container(tmp_path: Path) -> None:
    servers.prepare(tmp_path, DEPARTMENTS)
    with servers.started(tmp_path) as server:
        first = server.host_key
        with server.session("court") as session:
            session.put("/inbox/a.csv", b"1")
    for name in ("passwd", "group", "shadow", "gshadow"):  # an image knows no accounts
        (tmp_path / "etc" / name).write_bytes((Path("/etc") / name).read_bytes())
    servers.hand_out(tmp_path, "bank", make_key_pair(tmp_path / "keys" / "bank"))
    servers.list_of(tmp_path, ["bank", *reversed(DEPARTMENTS)])
    with servers.started(tmp_path) as server:
        assert server.host_key == first
        with server.transport("court") as transport:
            assert Requests(transport).read(b"/inbox/a.csv").body == b"1"
        owners = {each.name: each.stat().st_gid for each in server.root.iterdir()}
        assert len(set(owners.values())) == 3


@pytest.mark.parametrize("content", ["", "no key at all\n", "ssh-ed25519 AAAA broken\n", "{good}\nssh-ed25519 AAAA\n"])
def test_a_bad_key_file_closes_one_account_and_keeps_the_others_open(own: DepartmentServer, content: str) -> None:
    good = make_key_pair(own.keys / "market")
    servers.hand_out(own.place, "market", content.replace("{good}", good))
    assert own.again() == 1
    assert own.refuses("market", own.keys / "market")
    assert not own.refuses("court", own.keys / "court")
    assert "market cannot log in" in (own.place / "log").read_text(encoding="utf-8")


def test_two_departments_cannot_share_a_key(own: DepartmentServer) -> None:
    servers.hand_out(own.place, "court", make_key_pair(own.keys / "market"))
    assert own.again() == 1
    assert own.refuses("court", own.keys / "market") and not own.refuses("market", own.keys / "market")
    assert "court.pub holds a key of market" in (own.place / "log").read_text(encoding="utf-8")


def test_a_short_rsa_key_is_not_taken(own: DepartmentServer) -> None:
    for bits, fits in ((2048, False), (3072, True)):
        pem = rsa.generate_private_key(65537, bits).private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        file = own.keys / f"rsa_{bits}"
        file.write_bytes(pem)
        key = paramiko.RSAKey.from_private_key_file(str(file))
        servers.hand_out(own.place, "market", f"ssh-rsa {key.get_base64()}")
        assert own.again() == 0
        assert own.refuses("market", file) != fits


@pytest.mark.parametrize("name", ["hub", "root", "mail", "../market", "Market", "market court", "-x", "a" * 40])
def test_a_list_with_a_name_that_cannot_be_an_account_changes_nothing(own: DepartmentServer, name: str) -> None:
    servers.list_of(own.place, [*DEPARTMENTS, name])
    before = (own.place / "etc" / "passwd").read_bytes()
    status = own.again()
    assert status == 3 or name == "market court", "blanks in a line are dropped"
    if status == 3:
        assert (own.place / "etc" / "passwd").read_bytes() == before
    assert not own.refuses("court", own.keys / "court")


@pytest.mark.parametrize("program", ["sftp", "sftp -p", "scp", "lftp"])
def test_the_programs_that_clerks_and_scripts_use_drop_a_file(
    own: DepartmentServer, tmp_path: Path, program: str
) -> None:
    """``-p`` asks for times and modes as well: OpenSSH's sftp says that it cannot, and ends well all the same."""
    (tmp_path / "known").write_text(f"[127.0.0.1]:{own.port} {own.host_key}\n", encoding="ascii")
    file = tmp_path / f"行政许可_{program.replace(' ', '')}.csv"
    file.write_bytes(b"1\r\n")
    file.chmod(0o600)
    options = ["-F", "none", "-i", str(own.keys / "market"), "-o", "IdentitiesOnly=yes"]
    options += ["-o", "StrictHostKeyChecking=yes", "-o", f"UserKnownHostsFile={tmp_path}/known"]
    told = None
    if program == "scp":
        words = ["scp", *options, "-P", str(own.port), str(file), f"market@127.0.0.1:inbox/{file.name}"]
    elif program == "lftp":
        ssh = shlex.join(["ssh", "-a", "-x", *options, "-p", str(own.port)])
        script = f"set sftp:connect-program '{ssh}'; open -u market,x sftp://127.0.0.1; put -O inbox {file}; bye"
        words = ["lftp", "-c", script]
    else:
        words = ["sftp", *options, "-P", str(own.port), "-b", "-", "market@127.0.0.1"]
        told = f"put{program[4:]} {file} inbox/a.part\nrename inbox/a.part inbox/{file.name}\n".encode()
    done = subprocess.run(words, input=told, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    landed = own.root / "market" / "inbox" / file.name
    assert landed.read_bytes() == b"1\r\n"
    deadline = time.monotonic() + 5
    while landed.stat().st_mode & 0o777 != 0o440 and time.monotonic() < deadline:
        time.sleep(0.05)
    with own.session("hub") as session:
        assert session.read(f"/market/inbox/{file.name}", 100) == b"1\r\n"
