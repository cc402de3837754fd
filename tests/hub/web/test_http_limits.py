"""What is too much, too often or broken off, and what the log may hold."""

from __future__ import annotations

import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from corpus.http_service import POINTS, ROOT, TOWN, point, serve

from hub.line import open_hub, tokens
from hub.settings import Settings

HUB = "from hub.cli import main; main()"


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A hub that takes little."""
    home = tmp_path_factory.mktemp("narrow") / "home"
    with serve(home, max_file_bytes=300_000, post_json_bytes=20_000, posts_per_minute=30) as running:
        yield running


def _incoming(service: Any) -> list[Path]:
    return list((service.hub.home / "incoming").glob("*"))


def test_a_body_beyond_the_limit_is_refused_whether_it_says_so_or_not(narrow: Any):
    with narrow.client() as client:
        rows = [point(number) for number in range(1, 200)]
        assert narrow.post(client, *rows).status_code == 413
        file = {"file": ("信用积分.csv", b"x" * 400_000)}
        answer = client.post("/api/deliveries", data={"dataset": POINTS}, files=file)
        assert answer.status_code == 413 and "上限" in answer.json()["detail"]

        def endless() -> Iterator[bytes]:
            yield b'{"dataset": "household/point_event", "rows": [{"a": "'
            for _ in range(40):
                yield b"x" * 1_000

        headers = {"Idempotency-Key": "endless", "Content-Type": "application/json"}
        assert client.post("/api/deliveries", content=endless(), headers=headers).status_code == 413
    assert narrow.deliveries() == [] and _incoming(narrow) == []


def test_one_token_may_not_ask_without_end_and_does_not_hinder_another(narrow: Any):
    with narrow.client() as client, narrow.client() as other:
        answers = [client.get("/api/deliveries/x") for _ in range(31)]
        assert [one.status_code for one in answers[:30]] == [404] * 30
        assert answers[30].status_code == 429 and 1 <= int(answers[30].headers["retry-after"]) <= 60
        assert other.get("/api/deliveries/x").status_code == 404


def test_a_file_of_many_megabytes_streams_through(tmp_path: Path):
    line = ",".join(point(1).values()).encode() + b"\r\n"
    content = ",".join(point(1)).encode() + b"\r\n" + line * 80_000
    assert len(content) > 6 << 20
    with serve(tmp_path / "home") as wide, wide.client() as client:
        answer = client.post("/api/deliveries", data={"dataset": POINTS}, files={"file": ("信用积分_大.csv", content)})
        assert answer.status_code == 202
        sha256 = client.get(answer.json()["delivery"]).json()["sha256"]
        wide.hub.store.pour(sha256, blob := io.BytesIO())
        assert blob.getvalue() == content
        assert _incoming(wide) == []


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str, Path]]:
    """``hub api`` as people start it: the process, its address, its log."""
    log = tmp_path / "log"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    ours = {"HUB_HOME": tmp_path / "home", "HUB_SCHEMAS": ROOT / "schemas", "HUB_EXPECTATIONS": ROOT / "expectations"}
    with log.open("wb") as sink:
        running = subprocess.Popen(
            [sys.executable, "-c", HUB, "api", "--port", "0"],
            env=clean | {name: str(value) for name, value in ours.items()},
            cwd=ROOT,
            stdout=sink,
            stderr=sink,
        )
        try:
            until = time.monotonic() + 60
            while not (found := re.search(r"running on (http://[0-9.:]+)", log.read_text())):
                assert running.poll() is None and time.monotonic() < until, log.read_text()
                time.sleep(0.05)
            yield running, found[1], log
        finally:
            running.kill()
            running.wait()


def _told(tmp_path: Path) -> str:
    home = Settings(home=tmp_path / "home", schemas=ROOT / "schemas", expectations=ROOT / "expectations")
    hub = open_hub(home)
    secret = tokens.issue(hub, TOWN, (), "WG0101", 5)[1]
    hub.ledger.dispose()
    return secret


def test_an_upload_that_is_killed_leaves_nothing(process: tuple[Any, str, Path], tmp_path: Path):
    running, url, _ = process
    secret = _told(tmp_path)
    host, port = url.removeprefix("http://").split(":")
    head = (
        f"POST /api/deliveries HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {secret}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 50000000\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    )
    incoming = tmp_path / "home" / "incoming"
    with socket.create_connection((host, int(port))) as line:
        line.sendall(head.encode() + b"x" * (6 << 20))
        until = time.monotonic() + 20
        while not _held(running.pid, incoming):
            assert time.monotonic() < until, "nothing reached the disk"
            time.sleep(0.02)
        running.send_signal(signal.SIGKILL)
        running.wait()
    assert list(incoming.iterdir()) == []
    assert not (tmp_path / "home" / "store" / "tmp").exists() or not list(
        (tmp_path / "home" / "store" / "tmp").iterdir()
    )


def _held(pid: int, folder: Path) -> int:
    """Bytes in files of a folder that a process has open and that have no name."""
    size = 0
    for each in Path(f"/proc/{pid}/fd").iterdir():
        try:
            if str(each.readlink()).startswith(str(folder)):
                size += each.stat().st_size
        except FileNotFoundError:
            continue
    return size


def test_no_token_and_no_cell_comes_into_the_log(process: tuple[Any, str, Path], tmp_path: Path):
    running, url, log = process
    secret, canary = _told(tmp_path), "320830188001010002"
    row = point(1, 说明=canary)
    good = {"Authorization": f"Bearer {secret}", "Idempotency-Key": canary}
    body = {"dataset": POINTS, "rows": [row]}
    assert httpx.post(f"{url}/api/deliveries?token={secret}", json=body, headers=good).status_code == 202
    httpx.post(
        f"{url}/api/deliveries", content=f"{canary}{secret}", headers=good | {"Content-Type": "application/json"}
    )
    httpx.get(f"{url}/{secret}/{canary}?{secret}")
    httpx.get(f"{url}/api/deliveries/{secret}", headers=good)
    httpx.post(f"{url}/m/login", data={"token": secret}, headers={"Referer": f"{url}/?{secret}"})
    httpx.get(f"{url}/m/", headers={"Cookie": f"hub_m={secret}.1.{secret}"})
    with socket.create_connection(tuple(url.removeprefix("http://").split(":"))) as line:
        line.sendall(f"GET /{secret} NONSENSE/{canary}\r\n\r\n".encode())
        line.recv(1_000)
    running.send_signal(signal.SIGINT)
    running.wait(20)
    told = log.read_text()
    assert "POST /api/deliveries 202" in told
    assert secret not in told and secret[4:20] not in told and canary not in told
    assert "Traceback" not in told
