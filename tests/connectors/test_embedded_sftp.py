"""What a department may do at the embedded server, seen with our client, raw paramiko and OpenSSH's own sftp."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import paramiko
import pytest

from connectors.embedded_sftp import FOLDERS, Account, EmbeddedServer, lay_out
from connectors.faults import Missing, Refused
from connectors.keys import make_key_pair
from connectors.sftp import Session, connect


@dataclass(frozen=True)
class County:
    server: EmbeddedServer
    root: Path
    keys: Path

    def session(self, user: str) -> Session:
        return connect("127.0.0.1", self.server.port, user, self.keys / user, self.server.host_key)


@pytest.fixture
def county(tmp_path: Path) -> Iterator[County]:
    root, keys = tmp_path / "root", tmp_path / "keys"
    lay_out(root, ["market", "court"])
    (root / "market" / "outbox" / "receipt.json").write_bytes(b"{}")
    (root / "court" / "inbox" / "secret.csv").write_bytes(b"secret")
    accounts = [
        Account("hub", make_key_pair(keys / "hub"), root),
        Account("market", make_key_pair(keys / "market"), root / "market"),
        Account("auditor", make_key_pair(keys / "auditor"), root / "market", read_only=True),
    ]
    with EmbeddedServer(root, keys / "host", accounts) as server:
        yield County(server, root, keys)


@pytest.fixture
def raw(county: County) -> Iterator[paramiko.SFTPClient]:
    """A client without our manners, logged in as the market department."""
    with paramiko.Transport(("127.0.0.1", county.server.port)) as transport:
        transport.connect(username="market", pkey=paramiko.PKey.from_path(county.keys / "market"))
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        yield client


def test_a_department_sees_its_own_folder_as_root(county: County) -> None:
    with county.session("market") as session:
        assert session.folders("/") == sorted(FOLDERS)


def test_a_department_drops_a_file_and_the_hub_finds_it(county: County) -> None:
    with county.session("market") as session:
        session.put("/inbox/a.csv", b"1")
    with county.session("hub") as session:
        assert session.folders("/") == ["court", "market"]
        assert session.read("/market/inbox/a.csv", 10) == b"1"


@pytest.mark.parametrize(
    "path", ["../court/inbox/secret.csv", "/../court/inbox/secret.csv", "/inbox/../../court/inbox/secret.csv"]
)
def test_a_department_cannot_leave_its_folder(county: County, path: str) -> None:
    with county.session("market") as session, pytest.raises(Missing):
        session.read(path, 100)


def test_a_link_out_of_the_folder_leads_nowhere(county: County, raw: paramiko.SFTPClient) -> None:
    (county.root / "market" / "inbox" / "file").symlink_to(county.root / "court" / "inbox" / "secret.csv")
    (county.root / "market" / "inbox" / "folder").symlink_to(county.root / "court" / "inbox")
    for path in ("/inbox/file", "/inbox/folder/secret.csv"):
        with pytest.raises(PermissionError):
            raw.open(path)
    with pytest.raises(PermissionError):
        raw.listdir("/inbox/folder/.")


def test_a_department_reads_its_outbox_but_changes_nothing_there(county: County, raw: paramiko.SFTPClient) -> None:
    with raw.open("/outbox/receipt.json") as file:
        assert file.read() == b"{}"
    attempts = [
        lambda: raw.open("/outbox/new", "w"),
        lambda: raw.open("/outbox/receipt.json", "r+"),
        lambda: raw.open("/outbox/receipt.json", "a"),
        lambda: raw.open("/top.csv", "w"),
        lambda: raw.open("/inbox/../outbox/new", "w"),
        lambda: raw.remove("/outbox/receipt.json"),
        lambda: raw.rename("/outbox/receipt.json", "/inbox/receipt.json"),
        lambda: raw.posix_rename("/outbox/receipt.json", "/outbox/other.json"),
        lambda: raw.posix_rename("/inbox", "/outbox/inbox"),
        lambda: raw.truncate("/outbox/receipt.json", 0),
        lambda: raw.chmod("/outbox/receipt.json", 0o777),
        lambda: raw.utime("/outbox/receipt.json", (0, 0)),
        lambda: raw.mkdir("/inbox/folder"),
        lambda: raw.mkdir("/new"),
        lambda: raw.rmdir("/archive"),
        lambda: raw.symlink("/outbox/receipt.json", "/inbox/link"),
        lambda: raw.readlink("/inbox"),
    ]
    for attempt in attempts:
        with pytest.raises(PermissionError):
            attempt()
    with raw.open("/outbox/receipt.json") as file, pytest.raises(PermissionError):
        file.utime((0, 0))
    assert (county.root / "market" / "outbox" / "receipt.json").read_bytes() == b"{}"
    assert sorted(path.name for path in (county.root / "market").iterdir()) == sorted(FOLDERS)


def test_a_department_names_its_upload_when_it_is_whole_and_may_take_it_back(
    county: County, raw: paramiko.SFTPClient
) -> None:
    with raw.open("/inbox/a.csv.part", "w") as file:
        file.write(b"1")
    raw.posix_rename("/inbox/a.csv.part", "/inbox/a.csv")
    for attempt in (
        lambda: raw.utime("/inbox/a.csv", (0, 0)),
        lambda: raw.chmod("/inbox/a.csv", 0o777),
        lambda: raw.open("/inbox/a.csv", "w"),
    ):
        with pytest.raises(PermissionError):
            attempt()
    assert (county.root / "market" / "inbox" / "a.csv").stat().st_mode & 0o137 == 0
    raw.remove("/inbox/a.csv")


def test_a_read_only_account_writes_nowhere(county: County) -> None:
    with county.session("auditor") as session:
        assert session.read("/outbox/receipt.json", 10) == b"{}"
        with pytest.raises(Refused):
            session.put("/inbox/a.csv", b"1")


def test_there_is_no_shell_no_command_and_no_forwarding(county: County, raw: paramiko.SFTPClient) -> None:
    channel = raw.get_channel()
    assert channel is not None
    transport = channel.get_transport()
    with pytest.raises(paramiko.SSHException):
        transport.open_session().invoke_shell()
    with pytest.raises(paramiko.SSHException):
        transport.open_session().exec_command("id")
    with pytest.raises(paramiko.SSHException):
        transport.open_channel("direct-tcpip", ("127.0.0.1", county.server.port), ("127.0.0.1", 1))
    with pytest.raises(paramiko.SSHException):
        transport.request_port_forward("127.0.0.1", 0)


def test_a_password_is_not_taken(county: County) -> None:
    with (
        paramiko.Transport(("127.0.0.1", county.server.port)) as transport,
        pytest.raises(paramiko.BadAuthenticationType),
    ):
        transport.connect(username="market", password="market")


def test_two_keys_hold_during_a_rotation(tmp_path: Path) -> None:
    lay_out(tmp_path / "root", ["market"])
    lines = "\n".join(make_key_pair(tmp_path / name) for name in ("old", "new"))
    accounts = [Account("market", lines, tmp_path / "root" / "market")]
    with EmbeddedServer(tmp_path / "root", tmp_path / "host", accounts) as server:
        for name in ("old", "new"):
            with connect("127.0.0.1", server.port, "market", tmp_path / name, server.host_key) as session:
                assert session.files("/inbox") == []


def test_a_restarted_server_keeps_its_port_and_host_key(county: County) -> None:
    before = (county.server.port, county.server.host_key)
    county.server.stop()
    county.server.stop()
    county.server.start()
    assert (county.server.port, county.server.host_key) == before
    with county.session("hub") as session:
        assert session.folders("/") == ["court", "market"]


def test_the_sftp_program_of_openssh_drops_a_file_and_takes_the_receipt(county: County, tmp_path: Path) -> None:
    (tmp_path / "行政许可.csv").write_bytes("行政相对人名称\r\n".encode("gb18030"))
    (tmp_path / "known").write_text(f"[127.0.0.1]:{county.server.port} {county.server.host_key}\n", encoding="ascii")
    options = ["StrictHostKeyChecking=yes", f"UserKnownHostsFile={tmp_path}/known", "IdentitiesOnly=yes"]
    commands = "\n".join(
        [
            f"put -p {tmp_path}/行政许可.csv inbox/a.part",
            "rename inbox/a.part inbox/行政许可.csv",
            f"get outbox/receipt.json {tmp_path}/",
        ]
    )
    result = subprocess.run(
        ["sftp", "-F", "none", "-b", "-", "-i", str(county.keys / "market"), "-P", str(county.server.port)]
        + [word for option in options for word in ("-o", option)]
        + ["market@127.0.0.1"],
        input=commands.encode(),
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert result.returncode == 0, result.stderr.decode()
    landed = county.root / "market" / "inbox" / "行政许可.csv"
    assert landed.read_bytes().decode("gb18030") == "行政相对人名称\r\n"
    assert (tmp_path / "receipt.json").read_bytes() == b"{}"
