"""After a withdrawal nothing is left of a subject, wherever one looks, but what the law has us keep.

Companies are punished, published, reported, given to the bank and to the governance platform, checked and asked for.
One stays, so that the search is known to see; each of the others leaves by another way. After one cycle every published
file, package, sheet, PDF, receipt, page, answer of the API and log is searched for names, codes and document numbers,
also reversed, packed, encoded or hashed.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from corpus import far_sides, searching
from corpus.check_county import PENALTY, CheckCounty, Row
from fastapi.testclient import TestClient

from hub.demo.grounds import Grounds
from hub.line import erasing, intervening, service_keys, tokens, withdrawal_clock
from hub.line.service_keys import Licence
from hub.line.verifying import ordered, verify
from hub.settings import Settings
from hub.web import app

WAYS = ("front_end_tables", "soap_service", "xml_packages")
STAYS = 6
GONE = {"command": 4, "file": 7, "repair": 8, "annulment": 9, "erasure": 14, "dispute": 16, "erased person": 5}
CHANGES = "/api/services/v1/changes"
OTHERS = ("credit", "urban")  # departments that did not send the penalties

# The one list of what may still hold a subject, and why. Any other place fails the test.
KEPT: Mapping[str, str] = {
    r"(outbox/market|sftp/market/(outbox|archive))/.*": "what the sender sent, given back to it alone",
    r"sftp/credit/archive/.*": "the lists that the asker wrote itself",
    r"table record_market_admin_penalty": "ended versions, until retentionVersions is over; none of what was erased",
    r"table record_credit_(repair|dispute|annulment)": "the ground on which the record stays away",
    r"table record_credit_check_request": "who was asked about, with whose leave: the asker's own list",
    r"table record_credit_consent": "what the subject agreed to with the bank",
}
ERASED = "table record_market_admin_penalty"
# What reached whom before: a search that does not see these would see nothing.
SEEN = {"feed", "outbox/credit", "sftp/credit", "province", "bank", "governance", "services"}


@dataclass
class Place:
    """A county with every outlet, and everything that can be looked at from outside."""

    county: CheckCounty
    line: Any
    sides: Mapping[str, far_sides.FarSide]
    rows: Mapping[int, Row]
    logs: pytest.LogCaptureFixture
    key: str

    def cycle(self) -> None:
        """One cycle of every outlet; the receivers answer, and the pages are made."""
        hub = self.county.hub
        for _ in range(2):
            self.county.clock.sleep(5)
            for outlet in hub.outlets():
                hub.drain(outlet)
            for side in self.sides.values():
                side.answer()
        for outlet in hub.outlets():
            hub.drain(outlet)
        hub.report()

    def record(self, serial: int) -> str:
        number = self.rows[serial]["行政处罚决定书文号"]
        versions = self.line.versions(PENALTY)
        return next(str(one["record_id"]) for one in versions if one["cf_wsh"] == number)

    def words(self, serial: int) -> dict[str, str]:
        """What must not be found of a subject, by what it is."""
        row = self.rows[serial]
        columns = {
            "name": "行政相对人名称",
            "code": "统一社会信用代码",
            "number": "证件号码",
            "document": "行政处罚决定书文号",
            "head": "法定代表人",
            "head's number": "法定代表人证件号码",
        }
        return {name: row[column] for name, column in columns.items() if row.get(column)}

    def found(self, serial: int, answers: Mapping[str, bytes]) -> dict[str, set[str]]:
        """Where anything of a subject stands, and what."""
        search, home = searching.Search(self.words(serial)), self.county.hub.home
        files = [one for one in sorted(home.rglob("*")) if one.is_file() and not one.name.startswith("ledger.db")]
        found = search.files(files, home)
        content = {name: side.held() for name, side in self.sides.items()} | {"logs": self.logs.text.encode()}
        content |= {f"table {name}": rows for name, rows in searching.tables(home / "ledger.db").items()}
        for name, side in self.sides.items():
            if side.files is not None:
                content |= {f"{name}/{one.name}": one.read_bytes() for one in side.files.rglob("*") if one.is_file()}
        for where, said in (content | dict(answers)).items():
            # Who asks by a code has it already.
            if hits := {
                hit for hit in search.content(said) if not (hit.startswith("code:") and self._code(serial) in where)
            }:
                found[where] = hits
        return found

    def _code(self, serial: int) -> str:
        return self.rows[serial].get("统一社会信用代码") or "-"

    def answers(self) -> dict[str, bytes]:
        """What every address of the API and of the pages answers to the other departments and to a service body."""
        hub, found = self.county.hub, dict[str, bytes]()
        records = [self.record(serial) for serial in self.rows if serial not in self.erased]
        known = {
            "batch_no": [one["batch_no"] for one in self.line.deliveries()],
            "uscc": [self._code(serial) for serial in self.rows],
            "id": [*records, *self.erased.values()],
        }
        made = app.create(hub)
        paths = sorted({one.path for one in made.routes if "GET" in (getattr(one, "methods", None) or ())})
        with TestClient(made) as client:
            for who in (*OTHERS, "services"):
                token = self.key if who == "services" else tokens.issue(hub, who, (), "WG0101", 30)[1]
                for path in paths:
                    if ("/services/" in path) is not (who == "services"):
                        continue
                    for filled in _filled(path, known):
                        said = client.get(
                            filled, params={"purpose": "credit_report"}, headers={"Authorization": f"Bearer {token}"}
                        )
                        found[f"{who} {filled}"] = said.content
        return found

    @property
    def erased(self) -> dict[int, str]:
        return self.__dict__.setdefault("_erased", {})

    def told_to_bodies(self) -> str:
        """A service body follows the difference, and comes back with the cursor that it got; what it was told."""
        said, after = "", ""
        with TestClient(app.create(self.county.hub)) as client:
            for _ in range(2):
                asked = {"purpose": "credit_report"} | ({"after": after} if after else {})
                told = client.get(CHANGES, params=asked, headers={"Authorization": f"Bearer {self.key}"})
                said, after = said + told.text, str(told.json()["cursor"])
        return said


def _filled(path: str, known: Mapping[str, list[str]]) -> list[str]:
    """A path with every value of its parameters that is known; none when one is not."""
    filled = [path]
    for name in re.findall(r"{(\w+)", path):
        form = re.compile(rf"{{{name}[^}}]*}}")
        filled = [form.sub(quote(value), one) for one in filled for value in known.get(name, [])]
    return filled


@pytest.fixture
def ground(tmp_path: Path, clock: Any) -> Iterator[tuple[Grounds, int]]:
    """The folders of the real departments."""
    given = Settings(schemas=far_sides.ROOT / "schemas", expectations=far_sides.ROOT / "expectations")
    grounds = Grounds(tmp_path / "state", Path.cwd(), given)
    with grounds.sftp_server() as server:
        yield grounds, server.port


@pytest.fixture(params=WAYS)
def place(
    request: pytest.FixtureRequest,
    make_line: Callable[..., Any],
    tmp_path: Path,
    clock: Any,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Place]:
    """All have been published, sent and checked."""
    caplog.set_level(logging.INFO)
    made = far_sides.schemas(tmp_path, request.param)
    with ExitStack() as stack:
        sides = {
            "province": stack.enter_context(far_sides.far_side(request.param, made, tmp_path)),
            "bank": stack.enter_context(far_sides.banks(made, tmp_path)),
            "governance": stack.enter_context(far_sides.platform(made)),
        }
        settings: dict[str, Any] = {}
        for side in sides.values():
            settings |= side.settings
        line = make_line(schemas=made, expectations=far_sides.ROOT / "expectations", **settings)
        assert {outlet.kind for outlet in line.hub.outlet_list} == {
            *(request.param, "open_feed", "reports", "read_api", "bank_files", "event_service"),
        }, "a new kind of outlet has to be looked at here"
        county = CheckCounty(line.hub, tmp_path, clock)
        rows = {serial: county.penalty(serial, 处罚类别="罚款、责令关闭") for serial in (STAYS, *GONE.values())}
        _, key = service_keys.issue(line.hub, Licence("某征信有限公司", "XF-001", (PENALTY,)), 30)
        place = Place(county, line, sides, rows, caplog, key)
        county.punish(*rows.values())
        companies = [row for row in rows.values() if "统一社会信用代码" in row]
        agreed = county.submit("credit/consent", [county.consent(row) for row in companies], "credit")
        assert agreed["counts"]["accepted"] == len(companies), json.dumps(agreed["findings"], ensure_ascii=False)
        place.cycle()
        county.ask(*(county.applicant(row) for row in rows.values()))
        asked = county.write([county.applicant(row, 核查批次="NYBT-2026-02") for row in rows.values()], "信用核查")
        clock.sleep(5)
        line.drop(asked.read_bytes(), asked.name, "credit", ok=b"")
        line.run()
        place.cycle()
        yield place


def _leave(place: Place) -> None:
    """Each leaves by its way."""
    county, hub, rows = place.county, place.county.hub, place.rows
    county.clock.sleep(5)
    intervening.withdraw(hub, place.record(GONE["command"]), "撤销")
    hub.submit(county.write([rows[GONE["file"]]], "行政处罚_撤回"), "market", PENALTY, "withdrawal", "决定已撤销")
    for name in ("repair", "annulment", "dispute"):
        county.steer(f"credit/{name}", rows[GONE[name]])
    for name in ("erasure", "erased person"):
        place.erased[GONE[name]] = place.record(GONE[name])
        erasing.erase(hub, place.erased[GONE[name]], "依申请")


def _shown(home: Path) -> dict[str, str]:
    """Document number by record id, as a client reads them by the index."""
    folder = home / "feed" / "current"
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    (entry,) = [one for one in index["datasets"] if one["dataset"] == PENALTY]
    found = {}
    for one in entry["resources"]:
        if one["format"] == "jsonl":
            for line in (folder / PENALTY / one["path"]).read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                found[row["id"]] = row["cf_wsh"]
    assert len(found) == entry["records"]
    return found


@pytest.mark.timeout(600)
def test_after_one_cycle_nothing_is_left_of_whoever_was_withdrawn(place: Place) -> None:
    hub = place.county.hub
    before, told = place.found(STAYS, place.answers()), _shown(hub.home)
    seen = {known for known in SEEN for where in before if where.startswith(known)}
    assert seen == SEEN
    kinds = {where.rpartition(".")[2] for where in before}
    assert {"pdf", "xlsx", "csv", "jsonl"} <= kinds

    _leave(place)
    place.cycle()

    answers = place.answers()
    for name, serial in GONE.items():
        for where, what in place.found(serial, answers).items():
            assert any(re.fullmatch(form, where) for form in KEPT), f"{name}: {where} holds {sorted(what)}"
            assert serial not in place.erased or where != ERASED, f"{name} was erased, and a version is there"
    after = place.found(STAYS, answers)
    stayed = {known for known in SEEN for where in after if where.startswith(known)}
    assert SEEN - stayed == {"outbox/credit"}, "whoever stays is seen as before, but in reports that were called back"

    # Receivers got and confirmed it; a client that follows the difference comes to the same.
    told_to_bodies = place.told_to_bodies()
    clock = withdrawal_clock.clock(hub)
    records = {place.erased.get(serial) or place.record(serial) for serial in GONE.values()}
    assert {one["record_id"] for one in clock} == records
    waiting = {(one["why"], name) for one in clock for name, at in one["outlets"].items() if at["state"] != "confirmed"}
    assert waiting == set()
    now = _shown(hub.home)
    assert {key: number for key, number in told.items() if key not in records} == now
    for serial in GONE.values():
        record = place.erased.get(serial) or place.record(serial)
        if record in told:
            assert record in told_to_bodies, "a service body is told to delete it"
    # The reports lie there no more; a text says so, to nobody's harm.
    for folder in (hub.home / "outbox" / "credit", place.line.root / "credit" / "outbox"):
        names = [one.name for one in folder.iterdir() if "__信用核查__" in one.name]
        assert len(names) == 1 and names[0].endswith("_已收回.txt")
    assert ordered(verify(hub)) == [] and place.line.violations() == []
