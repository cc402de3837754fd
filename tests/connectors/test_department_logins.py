"""Who gets into docker/sftp, and what a connection is good for there: files, by a key of one's own, nothing else."""

from __future__ import annotations

import contextlib
import re
import select
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest
from corpus import department_servers as servers
from corpus.department_servers import DOCKER, DepartmentServer
from corpus.sftp_requests import DENIED, REMOVE, Requests

from connectors.faults import Refused
from connectors.keys import make_key_pair

DEPARTMENTS = ("market", "court")
KEPT_WORDS = 9  # of a forced command; what stands behind them is dropped without a sign (CVE-2026-59997)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DepartmentServer]:
    with servers.openssh(tmp_path_factory.mktemp("logins"), DEPARTMENTS) as started:
        yield started


@pytest.mark.parametrize(
    ("user", "key"),
    [
        ("market", "court"),
        ("court", "market"),
        ("hub", "market"),
        ("market", "hub"),
        ("root", "market"),
        ("root", "hub"),
        ("sshd", "market"),
        ("nobody", "hub"),
        ("unknown", "market"),
        ("", "market"),
        ("market/../hub", "hub"),
        ("MARKET", "market"),
    ],
)
def test_a_key_opens_its_own_account_and_no_other(server: DepartmentServer, user: str, key: str) -> None:
    assert server.refuses(user, server.keys / key)
    assert not server.refuses(key, server.keys / key)


def test_a_key_that_nobody_handed_in_opens_nothing(server: DepartmentServer, tmp_path: Path) -> None:
    make_key_pair(tmp_path / "stranger")
    assert server.refuses("market", tmp_path / "stranger")


@pytest.mark.parametrize("user", ["market", "hub", "root"])
def test_nobody_gets_in_by_a_password_or_by_nothing(server: DepartmentServer, user: str) -> None:
    for method in ("auth_none", "auth_password", "auth_interactive"):
        with contextlib.closing(paramiko.Transport(("127.0.0.1", server.port))) as transport:
            transport.start_client(timeout=20)
            words = {"auth_none": (), "auth_password": (user,), "auth_interactive": (lambda *_: [user],)}[method]
            with pytest.raises(paramiko.BadAuthenticationType) as refused:
                getattr(transport, method)(user, *words)
            assert refused.value.allowed_types == ["publickey"]


@pytest.mark.parametrize("user", ["market", "hub"])
@pytest.mark.parametrize("command", ["id", "internal-sftp", "/usr/lib/openssh/sftp-server", "scp -t /inbox", None])
def test_no_command_and_no_shell_runs(server: DepartmentServer, user: str, command: str | None) -> None:
    with server.transport(user) as transport:
        channel = transport.open_session()
        channel.settimeout(20)
        channel.invoke_shell() if command is None else channel.exec_command(command)
        said = b""
        while piece := channel.recv(4096):
            said += piece
        assert said.strip() == b"This service allows sftp connections only."
        assert channel.recv_exit_status() == 1


def requested(channel: paramiko.Channel, kind: str, *fields: bytes | int) -> bool:
    """Whether a request of the channel is granted."""
    message = paramiko.Message()
    message.add_byte(bytes([98]))
    message.add_int(channel.remote_chanid)
    message.add_string(kind)
    message.add_boolean(True)
    for field in fields:
        message.add_int(field) if isinstance(field, int) else message.add_string(field)
    channel._event_pending()
    channel.transport._send_user_message(message)
    try:
        channel._wait_for_event()
    except (paramiko.SSHException, EOFError):
        return False
    return True


@pytest.mark.parametrize("user", ["market", "hub"])
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("pty-req", (b"xterm", 80, 24, 0, 0, b"\0")),
        ("env", (b"LD_PRELOAD", b"/inbox/a.so")),
        ("env", (b"LC_ALL", b"C")),
        ("auth-agent-req@openssh.com", ()),
        ("subsystem", (b"netconf",)),
        ("subsystem", (b"shell",)),
    ],
)
def test_a_session_takes_no_terminal_environment_agent_or_other_service(
    server: DepartmentServer, user: str, kind: str, fields: tuple[bytes | int, ...]
) -> None:
    with server.transport(user) as transport:
        granted = requested(transport.open_session(), kind, *fields)
    assert not granted


@pytest.mark.parametrize("user", ["market", "hub"])
def test_nothing_is_forwarded(server: DepartmentServer, user: str) -> None:
    with server.transport(user) as transport:
        with pytest.raises(paramiko.ChannelException):
            transport.open_channel("direct-tcpip", ("127.0.0.1", server.port), ("127.0.0.1", 1))
        with pytest.raises(paramiko.SSHException):
            transport.request_port_forward("127.0.0.1", 0)
        for kind, words in (
            ("tcpip-forward", (b"", 0)),
            ("tcpip-forward", (b"localhost", 8022)),
            ("streamlocal-forward@openssh.com", (b"/inbox/socket",)),
        ):
            assert transport.global_request(kind, words, wait=True) is None
        with pytest.raises(paramiko.SSHException):
            transport.open_session().request_x11(handler=lambda *_: None)
        assert transport.is_active()
    assert list(server.root.glob("*/inbox/socket")) == []


def test_four_sessions_share_a_connection_and_a_fifth_does_not(server: DepartmentServer) -> None:
    with server.transport("market") as transport:
        opened = [Requests(transport) for _ in range(4)]
        with pytest.raises(paramiko.ChannelException):
            transport.open_session()
        assert all(each.names(b"/").done for each in opened)


def effective(server: DepartmentServer, user: str) -> dict[str, str]:
    """What sshd makes of its configuration for one account."""
    words = ["/usr/sbin/sshd", "-T", "-f", str(DOCKER / "sftp" / "sshd_config")]
    words += ["-o", f"HostKey={server.place / 'etc/ssh/host-keys/ssh_host_ed25519_key'}"]
    # Its groups are known inside only: the account's own place is entered.
    inside = ["unshare", "--mount", "bash", "-c", 'mount --bind "$0" /etc && exec "$@"', str(server.place / "etc")]
    asked = [*inside, *words, "-C", f"user={user},host=h,addr=127.0.0.1"]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    return dict(line.split(" ", 1) for line in said.splitlines() if " " in line)


@pytest.mark.parametrize("user", ["market", "court", "hub"])
def test_the_list_of_requests_stands_among_the_words_that_openssh_keeps(server: DepartmentServer, user: str) -> None:
    words = shlex.split(effective(server, user)["forcecommand"])
    assert words[:2] == ["internal-sftp", "-p"] and len(words) <= KEPT_WORDS
    named = set(words[2].split(","))
    known = subprocess.run(
        ["/usr/lib/openssh/sftp-server", "-Q", "requests"], capture_output=True, text=True, check=True
    ).stdout.split()
    assert named <= set(known), "a request that is misspelt allows nothing, and a server that drops it would not say so"
    never = {"setstat", "fsetstat", "lsetstat", "symlink", "readlink", "hardlink", "rmdir", "copy-data", "expand-path"}
    assert not named & never
    assert ("mkdir" in named) == (user == "hub")


def test_a_list_behind_the_ninth_word_would_not_hold_here(tmp_path: Path) -> None:
    """Why the order matters: with this OpenSSH, or one that has been mended, the test says which it is."""
    servers.prepare(tmp_path, DEPARTMENTS)
    configuration = tmp_path / "etc" / "ssh" / "sshd_config"
    text = configuration.read_text(encoding="utf-8")
    late, count = re.subn(
        r"internal-sftp (-p \S+) (-u 0337)", r"internal-sftp \2 -d / -f AUTH -l ERROR -u 0337 \1", text
    )
    assert count == 1
    configuration.write_text(late, encoding="utf-8")
    with servers.started(tmp_path) as server, server.transport("market") as transport:
        opened = Requests(transport)
        answer = opened.extended(b"statvfs@openssh.com", b"/")
    said = subprocess.run(["/usr/sbin/sshd", "-V"], capture_output=True, text=True, check=False).stderr
    release = tuple(map(int, re.findall(r"OpenSSH_(\d+)\.(\d+)", said)[0]))
    assert answer.done == (release < (10, 4)), "the list was dropped, or OpenSSH holds to it again"


@pytest.mark.parametrize("user", ["market", "hub"])
def test_nothing_but_files_is_switched_on_for_an_account(server: DepartmentServer, user: str) -> None:
    found = effective(server, user)
    off = (
        *("allowtcpforwarding", "allowstreamlocalforwarding", "allowagentforwarding", "x11forwarding", "permittunnel"),
        *("permittty", "permituserrc", "permituserenvironment", "passwordauthentication", "permitrootlogin"),
        *("kbdinteractiveauthentication", "hostbasedauthentication", "gssapiauthentication", "permitemptypasswords"),
        *("gatewayports", "usepam", "compression"),
    )
    assert {name: found[name] for name in off} == dict.fromkeys(off, "no")
    assert found["chrootdirectory"] == ("/srv/sftp" if user == "hub" else "/srv/sftp/%u")
    weak = re.compile("sha1|md5|cbc|3des|arcfour|dss|group1|group14")
    for name in ("ciphers", "macs", "kexalgorithms", "hostkeyalgorithms", "pubkeyacceptedalgorithms"):
        assert not weak.search(found[name]), name


def test_our_own_client_agrees_with_it_on_strong_algorithms(server: DepartmentServer) -> None:
    with server.session("hub") as session:
        found = session.algorithms
    assert found["cipher"].endswith(("gcm@openssh.com", "poly1305@openssh.com"))
    assert (found["host_key"], found["compression"]) == ("ssh-ed25519", "none")


# --- many at once ----------------------------------------------------------------------------------------------------


def test_three_hundred_connections_at_once_are_all_answered(server: DepartmentServer) -> None:
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        waiting = set()
        for _ in range(300):
            opened = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=20))
            waiting.add(opened)
        while waiting and time.monotonic() < began + 30:
            ready, _, _ = select.select(list(waiting), [], [], 1)
            for each in ready:
                assert each.recv(8) == b"SSH-2.0-", "turned away"
                waiting.remove(each)
        assert not waiting
    with server.session("market") as session:
        assert "inbox" in session.folders("/")


def test_an_account_cannot_read_the_keys_of_the_server(server: DepartmentServer) -> None:
    with server.transport("market") as transport:
        opened = Requests(transport)
        for path in (b"/etc/ssh/host-keys/ssh_host_ed25519_key", b"/proc/1/environ", b"/etc/passwd"):
            assert not opened.read(path).done
        assert opened.ask(REMOVE, b"/outbox").status == DENIED


def test_the_server_writes_down_who_came_by_which_key(server: DepartmentServer) -> None:
    with server.session("market"):
        pass
    log = (server.place / "log").read_text(encoding="utf-8")
    assert re.search(r"Accepted publickey for market from 127\.0\.0\.1 port \d+ ssh2: ED25519 SHA256:", log)


def test_a_server_whose_key_changed_is_not_trusted(server: DepartmentServer, tmp_path: Path) -> None:
    other = make_key_pair(tmp_path / "other")
    with pytest.raises(Refused):
        servers.connect("127.0.0.1", server.port, "hub", server.keys / "hub", other).close()
