"""Whatever breaks, nothing of a person's and no secret gets out: not into logs, errors, outputs, scraps, others' files.

Every row holds a citizen id, names, a mobile number, a bank card, a document number; the settings hold passwords and
tokens. Each trouble is planted in the middle of the work, met through every door that people have, and mended again.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from corpus.canary_watch import (
    DATASET,
    FILE,
    HEADER,
    NOTE,
    SAID,
    SECRET,
    SWAPPED,
    TOKEN,
    WORDS,
    Watch,
    command,
    full,
    mistake,
    outcome,
)
from fastapi.testclient import TestClient

from hub.demo.province import SimulatedProvince
from hub.errors import HubError
from hub.ledger import connect, merging
from hub.line import doctor, posting, receipting, reporting, tokens
from hub.outlets import open_feed, province, sharing
from hub.settings import ApiSource, DatabaseSource, MailServer, ProvinceService, Settings
from hub.stages import acknowledge, check, gate, normalise
from hub.stages.parser_process import Limits
from hub.web import app
from hub.web.running import Runner


@pytest.fixture
def watch(
    make_line: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> Iterator[Watch]:
    """A line, with secrets in its settings and a file with canaries in an inbox."""
    caplog.set_level(logging.DEBUG)
    scraps = tmp_path / "scraps"
    scraps.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scraps))
    monkeypatch.setattr(connect, "BUSY_SECONDS", 0.2)
    line = make_line(province_url=f"sqlite:///{tmp_path / 'province.db'}")
    side = SimulatedProvince(line.hub.settings.province_url, line.hub.outlet("province"), line.hub.contracts.values())
    side.create()
    monkeypatch.setattr("hub.line.open_hub", lambda *_: line.hub)
    assert line.hub.ledger
    good = [line.shop(number) for number in range(3, 9)]
    line.drop(line.file(line.shop(1, bz=NOTE, sfzh=WORDS["citizen id"]), line.shop(2, sfzh=SWAPPED), *good), FILE)
    yield Watch(line, caplog, capfd, scraps)
    side.stop()


MISTAKES: dict[str, tuple[Any, str]] = {
    "normalise": (normalise, "run"),
    "check": (check, "run"),
    "great expectations": (gate, "validate"),
    "accept": (merging, "merge"),
    "receipt": (receipting, "issue"),
    "acknowledge": (acknowledge, "run"),
    "decide": (sharing, "decide"),
    "publish": (open_feed, "publish"),
    "push": (province.FrontEndTables, "put"),
    "pages": (reporting, "write"),
}


@pytest.mark.parametrize("stage", MISTAKES)
def test_a_mistake_of_the_program_in_a_stage_is_told_by_its_kind_and_place_alone(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(*MISTAKES[stage], mistake)
        code = command("run")
        watch.silent()
        assert code == 5, stage
        Runner(watch.line.hub)._round()
        watch.silent()
    assert command("run") == 0
    assert watch.line.counts()[0][0] == "PARTIAL"
    watch.silent()
    watch.clean()


TROUBLES = ("no space", "no space behind the landing", "ledger locked", "receiver broken", "parser without memory")


@contextmanager
def trouble(watch: Watch, patch: pytest.MonkeyPatch, what: str) -> Iterator[None]:
    """Something of the machine or of another side fails in the block."""
    hub = watch.line.hub
    if what == "no space behind the landing":
        hub.collect()
    if what.startswith("no space"):
        patch.setattr(os, "fsync", full)
        yield
    elif what == "ledger locked":
        with sqlite3.connect(hub.home / "ledger.db", isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        other.close()
    elif what == "receiver broken":
        engine = sa.create_engine(hub.settings.province_url)
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "CREATE TRIGGER broken BEFORE INSERT ON L_SHOP BEGIN SELECT no_such(NEW.MC); END"
            )
        yield
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER broken")
        engine.dispose()
    else:
        patch.setattr(type(hub), "limits", Limits(memory_bytes=1 << 20))
        yield


@pytest.mark.parametrize("what", TROUBLES)
def test_trouble_of_the_machine_or_of_another_side_tells_nothing(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    with monkeypatch.context() as patch, trouble(watch, patch, what):
        command("run")
        watch.silent()
        for work in (watch.line.run, lambda: watch.line.hub.drain("province"), watch.line.hub.report):
            with outcome(HubError) as met:
                work()
            watch.silent(*met)
        Runner(watch.line.hub)._round()
        watch.silent()
    for _ in range(2):
        command("run")
    assert watch.line.hub.waiting() == {} and watch.line.counts()[0][0] in ("PARTIAL", "REJECTED")
    watch.silent()
    watch.clean()


def _bad_files(line: Any) -> dict[str, bytes]:
    rows = line.file(line.shop(1, bz=NOTE, sfzh=WORDS["citizen id"]))
    book = io.BytesIO()
    sheet = openpyxl.Workbook()
    for row in csv.reader(rows.decode().splitlines()):
        sheet.active.append(row)
    sheet.save(book)
    return {
        "店铺_引号.csv": rows + f'"{SAID}\r\n'.encode(),
        "店铺_编码.csv": rows + b"\xff\xfe\xff" + SAID.encode("gb18030") + b"\r\n",
        "店铺_空字节.csv": rows + b"\x00" + rows,
        "店铺_多列.csv": rows + (SAID + ",").encode() * 400 + b"\r\n",
        "店铺_长.csv": rows + line.shop(4, bz=NOTE * 40_000).encode() + b"\r\n",
        "店铺_坏.xlsx": book.getvalue()[: len(book.getvalue()) * 2 // 3],
        "店铺_乱.xlsx": book.getvalue().replace(b"sheet1.xml", b"sheet9.xml"),
        "店铺_半.json": json.dumps([{"名称": NOTE, "负责人身份证号": WORDS["citizen id"]}], ensure_ascii=False)[
            :-9
        ].encode(),
        "店铺_实体.xml": f'<!DOCTYPE a [<!ENTITY b "{SAID}">]><a>&b;</a>'.encode(),
        f"无主_{WORDS['citizen id']}.csv": rows,
    }


def test_corrupt_files_and_poison_rows_are_told_of_to_their_sender_alone(watch: Watch) -> None:
    for name, content in _bad_files(watch.line).items():
        watch.line.drop(content, name, ok=b"")
    for _ in range(2):
        command("run")
    assert watch.line.inbox() == [] and watch.line.hub.waiting() == {}
    watch.silent()
    watch.clean()


def test_secrets_and_what_is_posted_stay_where_they_are(
    watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = "127.0.0.1:1"
    given: dict[str, Any] = {
        "province_url": f"postgresql+psycopg://hub:{SECRET}@{dead}/province?connect_timeout=1",
        "province_service": ProvinceService(wsdl=f"http://{dead}/?wsdl", token=TOKEN),
        "mail": MailServer(host="127.0.0.1", port=1, user="hub", password=SECRET, sender="a@example.org", seconds=1),
        "webhook_url": f"http://{dead}/{TOKEN}",
        "record_key": SECRET,
        "checkpoint_key": SECRET,
        "sources": {"front": DatabaseSource(url=f"mysql+pymysql://hub:{SECRET}@{dead}/x", timeout_seconds=1)},
        "apis": {"court": ApiSource(url=f"http://{dead}", token=TOKEN, tries=1, connect_seconds=1)},
    }
    hub = watch.line.hub
    hub.settings = hub.settings.model_copy(update={k: getattr(Settings(**given), k) for k in given})
    works = (hub.collect, hub.remind, lambda: hub.drain("province"), lambda: doctor.examine(hub), lambda: repr(hub))
    for work in works:
        with outcome(HubError) as met:
            watch.told(work())
        watch.silent(*met)
    watch.told(hub.settings)


def test_what_is_posted_over_http_comes_into_no_log_and_into_no_others_answer(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = watch.line.hub
    _, token = tokens.issue(hub, "market", (), WORDS["citizen id"], 30)
    watch.words(token=token)
    row = dict(zip(HEADER.split(","), watch.line.shop(1, bz=NOTE, sfzh=WORDS["citizen id"]).split(","), strict=True))
    with TestClient(app.create(hub)) as client:
        for key in (token, f"{token}x", TOKEN):
            heads = {"Authorization": f"Bearer {key}", "Idempotency-Key": WORDS["citizen id"]}
            for body in ({"dataset": DATASET, "rows": [row]}, {"dataset": SAID, "rows": [row]}, {"rows": SAID}, SAID):
                answer = client.post(f"/api/deliveries?{WORDS['mobile']}", json=body, headers=heads)
                watch.told(answer.text)
            with monkeypatch.context() as patch:
                patch.setattr(posting, "take_in", mistake)
                answer = client.post("/api/deliveries", json={"dataset": DATASET, "rows": [row]}, headers=heads)
                watch.told(answer.text)
            watch.told(client.get(f"/api/deliveries/{WORDS['citizen id']}", headers=heads).text)
    watch.silent()
