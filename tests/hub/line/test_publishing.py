"""Forms and explanations reach the departments' folders, follow the contracts, and leave everything else alone."""

from __future__ import annotations

import dataclasses
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from corpus import department_servers as servers
from corpus.sftp_requests import Requests

from hub.errors import TryAgain
from hub.line import publishing
from hub.receipts.handouts import README
from hub.settings import SftpServer

OURS = {"店铺登记_填报模板.xlsx", "店铺登记_填报说明.txt", README}


def folder(line: Any) -> Path:
    return Path(line.root) / "market" / "templates"


def moments(place: Path) -> dict[str, int]:
    return {file.name: file.stat().st_ino for file in place.iterdir()}


def changed(line: Any, **fields: Any) -> None:
    """The contract is another one from now on."""
    one = line.hub.contract("market/shop")
    line.hub.contracts = {"market/shop": dataclasses.replace(one, **fields)}


def test_a_department_finds_its_form_its_explanation_and_the_readme(line: Any) -> None:
    counts = publishing.publish(line.hub)
    assert {file.name for file in folder(line).iterdir()} == OURS
    assert (counts["written"], counts["unchanged"], counts["removed"]) == (3, 0, 0)


def test_a_second_run_writes_nothing_and_without_a_change_does_not_even_ask(line: Any) -> None:
    publishing.publish(line.hub)
    before = moments(folder(line))
    assert publishing.publish(line.hub)["unchanged"] == 3
    assert line.hub.hand_out() == dict.fromkeys(publishing.COUNTS, 0)
    assert moments(folder(line)) == before


def test_a_changed_contract_replaces_what_it_changes(line: Any) -> None:
    publishing.publish(line.hub)
    before = moments(folder(line))
    changed(line, version="2.0.0")
    assert line.hub.hand_out()["written"] == 2
    after = moments(folder(line))
    assert after["店铺登记_填报模板.xlsx"] == before["店铺登记_填报模板.xlsx"]
    assert "2.0.0" in (folder(line) / README).read_text(encoding="utf-8-sig")


def test_what_is_not_the_hubs_is_left_alone_and_what_was_is_taken_away(line: Any) -> None:
    publishing.publish(line.hub)
    (folder(line) / "旧模板.xlsx").write_bytes(b"1")
    (folder(line) / "店铺登记_样表.xlsx").write_bytes(b"2")
    changed(
        line,
        title="店铺",
        intakes=(dataclasses.replace(line.hub.contract("market/shop").intakes[0], patterns=("店铺*",)),),
    )
    counts = line.hub.hand_out()
    assert counts["removed"] == 2
    assert {file.name for file in folder(line).iterdir()} == {
        *("旧模板.xlsx", "店铺登记_样表.xlsx", "店铺_填报模板.xlsx", "店铺_填报说明.txt", README)
    }
    line.hub.contracts = {}
    assert line.hub.hand_out()["removed"] == 3
    assert {file.name for file in folder(line).iterdir()} == {"旧模板.xlsx", "店铺登记_样表.xlsx"}


def test_what_was_lost_or_spoilt_comes_back_when_the_operator_asks(line: Any) -> None:
    publishing.publish(line.hub)
    whole = {file.name: file.read_bytes() for file in folder(line).iterdir()}
    (folder(line) / README).write_bytes(b"x" * len(whole[README]))
    (folder(line) / "店铺登记_填报模板.xlsx").unlink()
    assert publishing.publish(line.hub)["written"] == 2
    assert {file.name: file.read_bytes() for file in folder(line).iterdir()} == whole


def test_what_was_lost_comes_back_by_itself_on_the_next_day(line: Any) -> None:
    line.hub.hand_out()
    (folder(line) / README).unlink()
    assert line.hub.hand_out()["written"] == 0
    line.clock.sleep(86_400)
    assert line.hub.hand_out()["written"] == 1


def test_a_hub_that_forgot_what_it_put_finds_it_in_order(line: Any) -> None:
    publishing.publish(line.hub)
    (line.hub.home / publishing.FILE).unlink()
    assert publishing.publish(line.hub)["unchanged"] == 3


def test_a_department_without_the_folder_is_counted_and_gets_none_made(line: Any) -> None:
    folder(line).rmdir()
    assert publishing.publish(line.hub)["without_folder"] == 1
    assert not folder(line).exists()


def test_a_server_that_does_not_answer_keeps_no_other_waiting(line: Any) -> None:
    ((name, server),) = line.hub.settings.sftp.items()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        dead = server.model_copy(update={"port": taken.getsockname()[1]})
    line.hub.settings = line.hub.settings.model_copy(update={"sftp": {"a_dead": dead, name: server}})
    with pytest.raises(TryAgain):
        line.hub.hand_out()
    assert {file.name for file in folder(line).iterdir()} == OURS
    known = json.loads((line.hub.home / publishing.FILE).read_text(encoding="utf-8"))
    assert known["a_dead"]["current"] == "" != known[name]["current"]


def test_on_the_server_of_production_the_department_reads_what_the_hub_laid_there(line: Any, tmp_path: Path) -> None:
    with servers.openssh(tmp_path, ["market"]) as production:
        server = SftpServer(
            host="127.0.0.1",
            port=production.port,
            user=servers.HUB,
            key_file=production.keys / servers.HUB,
            host_key=production.host_key,
        )
        line.hub.settings = line.hub.settings.model_copy(update={"sftp": {"production": server}})
        assert publishing.publish(line.hub)["written"] == 3
        changed(line, version="2.0.0")
        assert publishing.publish(line.hub)["written"] == 2
        with production.session("market") as session:
            found = {entry.name: session.read(entry.path, 1 << 20) for entry in session.files("/templates")}
        assert set(found) == OURS and "2.0.0" in found[README].decode("utf-8-sig")
        with production.transport("market") as transport:
            assert not Requests(transport).open(f"/templates/{README}".encode(), 2).done
