"""What a department may do, request by request and folder by folder, at docker/sftp and at the embedded server.

``TABLE`` is the contract of both: each operation and the folders in which it is allowed. Everywhere else it is denied,
and a denied request leaves every file of every department as it was.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from corpus import department_servers as servers
from corpus import sftp_requests as sftp
from corpus.department_servers import DepartmentServer
from corpus.department_table import CONTENT, FOLDERS, STANDING, TABLE, WRITABLE, Operation, new, renamed, standing
from corpus.sftp_requests import APPEND, CREATE, EXCLUSIVE, TRUNCATE, WRITE, Long, Raw, Requests

DEPARTMENTS = ("market", "court", "town_320830101")


@pytest.fixture(scope="module", params=["embedded", "openssh"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DepartmentServer]:
    """A server on which a file stands in each folder: the hub's own, or the department's, collected ones included."""
    start = servers.embedded if request.param == "embedded" else servers.openssh
    with start(tmp_path_factory.mktemp(request.param), DEPARTMENTS) as started:
        for each in DEPARTMENTS:
            with started.session(each) as session:
                for folder in WRITABLE:
                    session.put(f"/{folder}/{STANDING}", CONTENT)
                session.put("/inbox/taken.csv", CONTENT)
            with started.session(servers.HUB) as session:
                for folder in ("outbox", "templates"):
                    session.put(f"/{each}/{folder}/{STANDING}", CONTENT)
                session.move(f"/{each}/inbox/taken.csv", f"/{each}/archive/202611/taken.csv")
                session.move(f"/{each}/archive/202611/taken.csv", f"/{each}/archive/{STANDING}")
        yield started


@pytest.fixture(scope="module", params=DEPARTMENTS)
def department(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def requests(server: DepartmentServer, department: str) -> Iterator[Requests]:
    with server.transport(department) as transport:
        opened = Requests(transport)
        yield opened
        opened.close()


def tree(root: Path) -> dict[str, tuple[int, int, int, bytes]]:
    """Everything below the departments' folders: mode, owner, time and bytes."""
    found = {}
    for path in sorted(root.rglob("*")):
        seen = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        moment = 0 if path.is_dir() else seen.st_mtime_ns
        found[str(path.relative_to(root))] = (seen.st_mode, seen.st_uid, moment, content)
    return found


@pytest.mark.parametrize("operation", TABLE, ids=lambda operation: operation.name)
def test_a_department_does_in_each_folder_what_the_table_allows(
    server: DepartmentServer, requests: Requests, operation: Operation
) -> None:
    for folder in FOLDERS:
        path = standing(requests, folder)
        before = tree(server.root)
        answer = operation.act(requests, folder, path)
        assert answer.done == (folder in operation.allowed), (folder, answer)
        if not answer.done:
            assert answer.kind == sftp.STATUS
            assert tree(server.root) == before, folder


def test_a_department_makes_nothing_beside_its_folders(server: DepartmentServer, requests: Requests) -> None:
    before = tree(server.root)
    for path in (b"/new.csv", b"/inbox/none/new.csv", b"/", b".", b"", b"/nowhere/new.csv"):
        for flags in (WRITE | CREATE, WRITE | CREATE | TRUNCATE | EXCLUSIVE, WRITE | APPEND | CREATE):
            assert not requests.open(path, flags).done
        for kind in (sftp.REMOVE, sftp.RMDIR):
            assert not requests.ask(kind, path).done
        assert not requests.ask(sftp.MKDIR, path, Raw(sftp.NO_ATTRIBUTES)).done
    assert tree(server.root) == before


# --- other departments' folders --------------------------------------------------------------------------------------

SPELLINGS = (
    b"/../%s/inbox",
    b"../%s/inbox",
    b"/inbox/../../%s/inbox",
    b"inbox/../../../../%s/inbox",
    b"//%s//inbox",
    b"/./..//./%s/inbox/.",
    b"/%s/inbox",
    b"/../../../../../../srv/sftp/%s/inbox",
    b"/..\\%s\\inbox",
    b"/..%%2f%s/inbox",
    b"/..\xc0\xaf%s/inbox",
    b"/\xb7\xa8\xd4\xba/../../%s/inbox",
    b"/inbox/\xb7\xa8\xd4\xba.csv/../../../%s/inbox",
    b"/inbox/relative_link",
    b"/inbox/absolute_link",
    b"/inbox/up_link/%s/inbox",
    b"~%s/inbox",
    b"/proc/self/root" + b"/srv/sftp/%s/inbox",
    b"/proc/self/cwd/../%s/inbox",
)


@pytest.fixture(scope="module")
def planted(server: DepartmentServer, department: str) -> Iterator[str]:
    """Somebody on the server's own side has laid links into the department's inbox; gives whom they lead to."""
    other = "court" if department == "market" else "market"
    inbox = server.root / department / "inbox"
    (inbox / "relative_link").symlink_to(f"../../{other}/inbox")
    (inbox / "absolute_link").symlink_to(server.root / other / "inbox")
    (inbox / "up_link").symlink_to("../..")
    (inbox / "file_link").symlink_to(f"../../{other}/inbox/{STANDING}")
    (inbox / "receipt_link").symlink_to(f"../outbox/{STANDING}")
    (inbox / "outbox_link").symlink_to("../outbox")
    yield other
    for link in inbox.glob("*_link"):
        link.unlink()


@pytest.mark.parametrize("spelling", SPELLINGS, ids=ascii)
def test_no_spelling_of_a_path_leads_into_another_departments_folders(
    server: DepartmentServer, requests: Requests, planted: str, spelling: bytes
) -> None:
    there = spelling % planted.encode() if b"%s" in spelling else spelling
    own = standing(requests, "inbox")
    before = tree(server.root)
    paths = [there + b"/" + name for name in (STANDING.encode(), b"new.csv")]
    answers = [requests.names(there)]
    for path in paths:
        answers += [requests.read(path), requests.ask(sftp.REMOVE, path)]
        answers += [requests.ask(kind, path) for kind in (sftp.STAT, sftp.LSTAT)]
        answers += [requests.open(path, WRITE | CREATE), requests.open(path, WRITE | CREATE | TRUNCATE)]
        answers += [renamed(kind, own, path)(requests) for kind in ("rename", "posix")]
        answers += [renamed(kind, path, new("inbox"))(requests) for kind in ("rename", "posix")]
    assert [answer for answer in answers if answer.done] == []
    assert tree(server.root) == before


def test_a_path_with_a_nul_in_it_leads_nowhere(server: DepartmentServer, department: str) -> None:
    before = tree(server.root)
    for path in (b"/../court/inbox\0", b"/outbox/standing.csv\0.part", b"/inbox/\0/../../court"):
        with server.transport(department) as transport:
            opened = Requests(transport)
            with contextlib.suppress(EOFError, OSError):  # OpenSSH hangs up
                assert not opened.open(path, WRITE | CREATE).done
    assert tree(server.root) == before


def test_a_planted_link_is_no_way_to_a_receipt_or_to_a_strangers_file(
    server: DepartmentServer, requests: Requests, planted: str
) -> None:
    before = tree(server.root)
    for path in (b"/inbox/receipt_link", b"/inbox/file_link", b"/inbox/outbox_link/new.csv"):
        for flags in (WRITE, WRITE | CREATE, WRITE | CREATE | TRUNCATE, WRITE | APPEND):
            assert not requests.open(path, flags).done
    assert not requests.read(b"/inbox/file_link").done
    assert not requests.ask(sftp.REMOVE, b"/inbox/outbox_link/" + STANDING.encode()).done
    assert tree(server.root) == before


@pytest.mark.parametrize("path", [b"..", b"/..", b"/../..", b"inbox/../..", b"/../../../etc", b"."])
def test_what_a_path_really_is_tells_nothing_of_the_server(requests: Requests, path: bytes) -> None:
    told = requests.ask(sftp.REALPATH, path).body
    assert b"srv" not in told and b"root" not in told and b"tmp" not in told
    assert requests.names(b"/..").body.count(b"inbox") >= 1, "above / is /"


def test_names_in_any_bytes_are_taken_and_listed_as_they_are(requests: Requests) -> None:
    name = "行政许可_20261123.csv".encode("gb18030")
    assert requests.write(b"/inbox/" + name, CONTENT).done
    assert name in requests.names(b"/inbox").body
    assert requests.ask(sftp.REMOVE, b"/inbox/" + name).done


def test_the_hub_reads_what_a_client_wished_to_be_closed_to_others(
    server: DepartmentServer, requests: Requests, department: str
) -> None:
    """OpenSSH's sftp sends the mode that the file has at home, and many have 0600 there, or none at all."""
    for wished in (0o600, 0o000, 0o7777):
        path = new("inbox")
        opened = requests.handle(path, WRITE | CREATE | EXCLUSIVE, sftp.mode(wished))
        assert requests.ask(sftp.WRITING, opened.body, Long(0), CONTENT).done
        assert requests.ask(sftp.CLOSE, opened.body).done
        deadline = time.monotonic() + 5
        landed = server.root / department / path.decode()[1:]
        while (shown := landed.stat().st_mode & 0o7177) != 0o040 and time.monotonic() < deadline:
            time.sleep(0.05)
        with server.session(servers.HUB) as session:
            assert session.read(f"/{department}{path.decode()}", 100) == CONTENT
        assert shown == 0o040, "the hub's group reads; nobody runs it, and others see nothing"
