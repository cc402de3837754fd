"""OpenSSH's ``sftp`` and ``lftp`` send files while the hub looks all the time: only whole ones are taken, each once.

The hub's clock runs far ahead of the clients': every pause between two of their packets is longer than the time that a
file has to stand still.
"""

from __future__ import annotations

import io
import os
import random
import shutil
import signal
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from corpus.polling import Poller

from hub.stages.collect import Wait

if TYPE_CHECKING:
    from conftest import Site

KIB_A_SECOND = 1_500
Send = Callable[..., "subprocess.Popen[bytes]"]


def table(rows: int) -> bytes:
    """Lines of 32 bytes, so that every packet ends with one."""
    return b"name,code\r\n".rjust(32) + b"".join(b"%021d,%08d\r\n" % (row, row) for row in range(rows))


def workbook(size: int) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", random.Random(size).randbytes(size))
    return memory.getvalue()


def objects(rows: int) -> bytes:
    return b'[{"a": 1}' + b', {"a": 1}' * rows + b"]\n"


CONTENT = {"csv": table(25_000), "xlsx": workbook(700_000), "json": objects(80_000)}
HALF = 400_000


@pytest.fixture
def client(site: Site, tmp_path: Path) -> Iterator[Callable[[list[str]], subprocess.Popen[bytes]]]:
    """Starts a program in a folder of its own; ends those that are left."""
    started: list[subprocess.Popen[bytes]] = []
    home = tmp_path / "client"
    home.mkdir()
    known = f"[127.0.0.1]:{site.port} {site.host_key}\n"
    (home / "known").write_text(known, encoding="ascii")

    def start(words: list[str]) -> subprocess.Popen[bytes]:
        environment = {"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        with (home / "log").open("ab") as log:
            program = subprocess.Popen(
                words, cwd=home, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, process_group=0
            )
        started.append(program)
        return program

    yield start
    for program in started:
        if program.poll() is None:
            os.killpg(program.pid, signal.SIGKILL)
        program.wait(10)


def options(site: Site, home: Path) -> list[str]:
    told = (
        f"UserKnownHostsFile={home}/known", "StrictHostKeyChecking=yes", "IdentitiesOnly=yes", "BatchMode=yes",
        f"IdentityFile={site.key_file}", f"Port={site.port}", f"User={site.user}",
    )  # fmt: skip
    return [word for each in told for word in ("-o", each)]


@pytest.fixture
def sftp(site: Site, client: Send, tmp_path: Path) -> Send:
    """``sftp(*lines, slow=True)``: OpenSSH's client does a batch in the inbox."""

    def send(*lines: str, slow: bool = True) -> subprocess.Popen[bytes]:
        home = tmp_path / "client"
        (home / "batch").write_text(
            "\n".join([f"cd {site.remote.rstrip('/')}/market/inbox", *lines, ""]), encoding="utf-8"
        )
        pace = ["-l", str(KIB_A_SECOND * 8)] if slow else []
        return client(["sftp", "-q", *pace, *options(site, home), "-b", "batch", "127.0.0.1"])

    return send


@pytest.fixture
def lftp(site: Site, client: Send, tmp_path: Path) -> Send:
    """``lftp(*lines, slow=True)``: lftp does the same."""

    def send(*lines: str, slow: bool = True) -> subprocess.Popen[bytes]:
        home = tmp_path / "client"
        ssh = " ".join(["ssh", "-a", "-x", *options(site, home)])
        given = [
            f'set sftp:connect-program "{ssh}"', "set net:max-retries 1", "set cmd:fail-exit yes",
            *([f"set net:limit-rate {KIB_A_SECOND * 1024}"] if slow else []),
            f"open -u {site.user}, sftp://127.0.0.1:{site.port}", f"cd {site.remote.rstrip('/')}/market/inbox", *lines,
        ]  # fmt: skip
        return client(["lftp", "-c", "; ".join(given)])

    return send


def own(tmp_path: Path, name: str, content: bytes, old: bool = False) -> str:
    """The client's own copy; ``old``: of last year, for clients that keep the time."""
    file = tmp_path / "client" / name
    file.write_bytes(content)
    if old:
        os.utime(file, (1_750_000_000, 1_750_000_000))
    return name


def watch(poller: Poller, program: subprocess.Popen[bytes], seconds: float = 20.0) -> int:
    """Look as often as can be until the program has ended; gives its exit code."""
    until = time.monotonic() + seconds
    while program.poll() is None and time.monotonic() < until:
        poller.round()
    code = program.wait(5)
    poller.rounds(2)
    return code


SENDING: dict[str, tuple[str, str]] = {
    "sftp put": ("sftp", "put {0}"),
    "sftp put -p, the time of last year": ("sftp", "put -p {0}"),
    "sftp put under a temporary name": ("sftp", "put {0} {0}.part\nrename {0}.part {0}"),
    "lftp put": ("lftp", "put {0}"),
    "lftp put, hidden meanwhile": ("lftp", "set xfer:use-temp-file yes; put {0}"),
    "lftp mirror": ("lftp", "mirror -R --include-glob={0} . ."),
}


@pytest.mark.parametrize("kind", sorted(CONTENT))
@pytest.mark.parametrize("way", SENDING)
def test_a_slow_upload_is_taken_once_and_whole(
    way: str, kind: str, poller: Poller, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    program, words = SENDING[way]
    send = request.getfixturevalue(program)
    name, content = f"许可_{kind}.{kind}", CONTENT[kind]
    assert len(content) % 1024
    own(tmp_path, name, content, old="-p" in words)
    assert watch(poller, send(*words.format(name).split("\n"))) == 0, (tmp_path / "client" / "log").read_text()
    assert poller.taken == {name: [content]}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_upload_that_breaks_off_waits_and_is_taken_when_it_was_resumed(
    kind: str, sftp: Send, poller: Poller, inbox: Path, tmp_path: Path
) -> None:
    name, content = own(tmp_path, f"a.{kind}", CONTENT[kind]), CONTENT[kind]
    first = sftp(f"put {name}")
    while not (inbox / name).exists() or (inbox / name).stat().st_size < 100_000:
        poller.round()
    os.killpg(first.pid, signal.SIGKILL)
    first.wait(5)
    poller.rounds(6)
    assert (poller.taken, poller.waits) == ({}, {name: Wait.MOVES})
    assert watch(poller, sftp(f"reput {name}")) == 0
    assert poller.taken == {name: [content]}


def test_lftp_continues_where_it_broke_off(lftp: Send, poller: Poller, inbox: Path, tmp_path: Path) -> None:
    content = CONTENT["xlsx"]
    name = own(tmp_path, "a.xlsx", content)
    (inbox / name).write_bytes(content[:HALF])
    poller.rounds()
    assert watch(poller, lftp(f"put -c {name}")) == 0
    assert poller.taken == {name: [content]}


def test_a_client_like_winscp_resumes_under_its_temporary_name_and_keeps_the_old_time(
    sftp: Send, poller: Poller, tmp_path: Path
) -> None:
    """``name.filepart``, broken off, taken up again, renamed; then the time of the source is set."""
    content = CONTENT["csv"]
    name = own(tmp_path, "a.csv", content[:HALF], old=True)
    assert watch(poller, sftp(f"put -p {name} {name}.filepart")) == 0
    assert (poller.taken, poller.waits) == ({}, {f"{name}.filepart": Wait.UNFINISHED})
    own(tmp_path, name, content, old=True)
    assert watch(poller, sftp(f"reput -p {name} {name}.filepart", f"rename {name}.filepart {name}")) == 0
    assert poller.taken == {name: [content]}


def test_a_whole_folder_with_manifests_is_taken_and_no_manifest_is_taken_for_a_file(
    lftp: Send, poller: Poller, tmp_path: Path
) -> None:
    contents = {f"{number}.csv": table(3_000 + number) for number in range(6)}
    for name, content in contents.items():
        own(tmp_path, name, content)
        own(tmp_path, f"{name}.ok", b'{"rows": %d, "size": %d}' % (3_000 + int(name[0]), len(content)))
    assert watch(poller, lftp("mirror -R --parallel=3 --include-glob=*.csv --include-glob=*.ok . .")) == 0
    assert poller.taken == {name: [content] for name, content in contents.items()}
    assert all(poller.rows[name] in (None, 3_000 + int(name[0])) for name in contents), "None: it came too late"


def test_a_file_that_is_sent_again_with_other_content_is_taken_again(
    sftp: Send, poller: Poller, tmp_path: Path
) -> None:
    name = own(tmp_path, "a.csv", table(9_000))
    assert watch(poller, sftp(f"put {name}")) == 0
    own(tmp_path, name, table(12_001))
    assert watch(poller, sftp(f"put {name}")) == 0
    assert poller.taken == {name: [table(9_000), table(12_001)]}


def test_many_clients_at_once_are_all_served(site: Site, client: Send, poller: Poller, tmp_path: Path) -> None:
    """As many as begin before the first has logged in."""
    own(tmp_path, "batch", f"cd {site.remote.rstrip('/')}/market/inbox\nls\n".encode())
    words = ["sftp", "-q", *options(site, tmp_path / "client"), "-b", "batch", "127.0.0.1"]
    crowd = [client(words) for _ in range(20)]
    assert [one.wait(60) for one in crowd] == [0] * 20


if not (shutil.which("sftp") and shutil.which("lftp")):
    raise RuntimeError("sftp and lftp are needed: scripts/system_packages.sh installs them")
