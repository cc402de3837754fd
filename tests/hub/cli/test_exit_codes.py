"""How every command ends: the code, the data on stdout, the talk on stderr, and one plain line for what is wrong."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]
ROOT = Path(__file__).resolve().parents[3]
CONTRACTS = len(list((ROOT / "schemas").glob("*/*.odcs.yaml")))
NOBODY = "postgresql+psycopg://hub:secret@127.0.0.1:1/hub"


def _plain(done: Done, code: int, said: str = "") -> None:
    """The command failed with one line on stderr and nothing on stdout."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert re.fullmatch(r"hub: [^\n]+\n", done.stderr), done.stderr
    assert said in done.stderr


@pytest.mark.parametrize(
    ("words", "settings", "code"),
    [
        (("receipt", "show", "1"), {}, 0),
        (("check", "{county}/行政许可_引号.csv", "-d", "market/admin_licence"), {}, 1),
        (("trace", "seven"), {}, 2),
        (("delivery", "list"), {"HUB_SETTLE_SECONDS": "soon"}, 3),
        (("delivery", "list"), {"HUB_LEDGER_URL": NOBODY}, 4),
        (("trace", "99:1"), {}, 7),
    ],
    ids=["0", "1", "2", "3", "4", "7"],
)
def test_a_process_ends_with_the_code_that_says_who_acts_next(
    ask_process: Run, county: Any, words: tuple[str, ...], settings: dict[str, str], code: int
):
    folder = str(county.files["授信.csv"].parent)
    done = ask_process(*(word.replace("{county}", folder) for word in words), **settings)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert bool(done.stdout) is (code < 2) and bool(done.stderr) is (code >= 2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("delivery", "show", "99"), "there is no delivery 99"),
        (("receipt", "show", "99"), "there is no delivery 99"),
        (("receipt", "show", "R-1"), "there is no receipt R-1"),
        (("receipt", "show", "²"), "there is no receipt"),
        (("trace", "99:1"), "there is no delivery 99"),
        (("trace", "1:999"), "delivery 1 has no row 999"),
        (("trace", "f" * 32), "there is no record"),
        (("delivery", "list", "-d", "office/paper"), "there is no dataset office/paper"),
        (("contract", "lint", "office/paper"), "there is no dataset office/paper"),
        (("check", "nowhere.csv", "-d", "market/admin_licence"), "there is no such file"),
        (("submit", "nowhere.csv", "-p", "market", "-d", "market/admin_licence"), "there is no such file"),
        (("submit", "nowhere.csv", "-p", "nobody", "-d", "market/admin_licence"), "there is no department nobody"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_not_there_ends_with_7(ask: Run, words: tuple[str, ...], said: str):
    _plain(ask(*words), 7, said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("trace", "seven"), "DELIVERY:ROW"),
        (("trace", "²:1"), "DELIVERY:ROW"),
        (("trace", "9" * 25 + ":1"), "DELIVERY:ROW"),
        (("delivery", "release", "1", "--reason", "x"), "delivery 1 is not held"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_words_that_mean_nothing_here_end_with_2(ask: Run, words: tuple[str, ...], said: str):
    _plain(ask(*words), 2, said)


def test_a_department_that_does_not_send_the_dataset_ends_with_2(ask: Run, county: Any):
    file = county.files["授信.csv"]
    for words in (("submit", file, "-p", "court"), ("check", file, "-p", "court")):
        _plain(ask(*words, "-d", "bank/credit_line"), 2, "knows no way in for court")


def test_a_remote_that_does_not_answer_ends_with_4(ask: Run, run: Run):
    for words in (("delivery", "list"), ("delivery", "show", "1"), ("receipt", "show", "1"), ("trace", "1:2")):
        done = run(*words, HUB_LEDGER_URL=NOBODY)
        _plain(done, 4, "the ledger did not answer")
        assert "secret" not in done.stderr


def test_what_cannot_be_reached_does_not_stop_the_rest_of_a_run(run: Run, county: Any, tmp_path: Path):
    assert run("submit", county.files["行政许可_好.csv"], "-p", "market", "-d", "market/admin_licence").returncode == 0
    done = run("run", "--json", HUB_PROVINCE_URL=NOBODY)
    assert done.returncode == 4
    assert "hub: province: the provincial front end does not answer" in done.stderr
    facts = json.loads(done.stdout)
    assert (
        facts["reports"]["pages_written"] == 4
        and facts["reminders"]["opened"]
        and facts["open_feed"]["sent"] == 5
        and "province" not in facts
    )
    assert (tmp_path / "home" / "feed" / "current" / "index.json").exists()
    without = run("run")
    assert without.returncode == 0 and without.stderr == "HUB_PROVINCE_URL is not set: nothing goes to the province\n"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"HUB_LEDGER_URL": "mysql://hub@127.0.0.1/hub"}, "sqlite and postgresql"),
        ({"HUB_SETTLE_SECONDS": "soon"}, "HUB_SETTLE_SECONDS"),
        ({"HUB_SFTP__INBOX__PORT": "s3cret"}, "HUB_SFTP__INBOX__PORT"),
        ({"HUB_HOME": "/proc/hub"}, "/proc/hub"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_setting_that_cannot_be_used_ends_with_3_and_names_it(run: Run, settings: dict[str, str], said: str):
    done = run("delivery", "list", **settings)
    _plain(done, 3, said)
    assert "s3cret" not in done.stderr


def test_a_folder_without_contracts_ends_with_3_and_is_not_called_flawless(run: Run, tmp_path: Path):
    for words in (("dataset", "list"), ("contract", "lint")):
        _plain(run(*words, HUB_SCHEMAS=tmp_path), 3, "there is no contract in")


def test_contracts_without_a_mistake_lint_with_0_and_print_nothing(run: Run):
    done = run("contract", "lint")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"{CONTRACTS} contracts: no mistakes\n")
    done = run("contract", "lint", "bank/credit_line", "--json")
    assert (done.returncode, json.loads(done.stdout), done.stderr) == (0, [], "")


def test_every_mistake_in_a_contract_is_told_with_file_and_line(run: Run, tmp_path: Path):
    schemas = tmp_path / "schemas"
    shutil.copytree(ROOT / "schemas", schemas)
    file = schemas / "bank" / "credit_line.odcs.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    places = []
    for number, line in enumerate(lines):
        if "minimum: 10" in line:
            lines[number] = line.replace("10", "3")
            places.append(number + 1)
        if "codes: towns" in line:
            lines[number] = line.replace("towns", "villages")
            places.append(number + 1)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = run("contract", "lint", HUB_SCHEMAS=schemas)
    assert done.returncode == 3 and done.stderr == f"{len(done.stdout.splitlines())} mistakes\n"
    told = {tuple(line.split(": ")[0].rsplit(":", 1)) for line in done.stdout.splitlines()}
    assert len(places) == 3 and {(str(file), str(place)) for place in places} <= told
    as_json = run("contract", "lint", "bank/credit_line", "--json", HUB_SCHEMAS=schemas)
    assert as_json.returncode == 3 and as_json.stderr == ""
    found = json.loads(as_json.stdout)
    assert {(one["file"], str(one["line"])) for one in found} >= {(str(file), str(place)) for place in places}
    assert all(one["message"] for one in found)
    _lines = run("dataset", "list", HUB_SCHEMAS=schemas)
    assert _lines.returncode == 3 and "Traceback" not in _lines.stderr and f"{file}:{places[0]}" in _lines.stderr


def test_dataset_list_tells_who_sends_what_on_what_ground_and_where_it_may_go(run: Run):
    done = run("dataset", "list", "--json")
    assert done.returncode == 0 and done.stderr == ""
    found = {one["dataset"]: one for one in json.loads(done.stdout)}
    assert {"bank/credit_line", "court/judgment_defaulter", "market/admin_licence", "market/admin_penalty"} < set(found)
    assert "open_feed" in found["bank/credit_line"]["outlets"].split()
    assert found["bank/credit_line"]["sharing"] == "只出汇总"
    assert (found["utilities/arrears"]["sharing"], found["utilities/arrears"]["outlets"]) == ("不共享", "")
    assert {"open_feed", "credit_check"} <= set(found["market/registration"]["outlets"].split())
    assert all("《" in one["legal_basis"] for one in found.values())
    assert found["market/admin_penalty"]["departments"] == "市场监督管理局、城市管理局"
    table = run("dataset", "list").stdout.splitlines()
    assert len(table) == 1 + len(found) and table[0].split()[:2] == ["dataset", "title"]


def test_a_blank_form_goes_to_stdout_or_into_a_file(run: Run, tmp_path: Path):
    done = run("contract", "template", "market/admin_licence")
    assert done.returncode == 0 and "行政相对人名称" in done.stdout.splitlines()[0]
    assert run("contract", "template", "market/admin_licence", "-o", "form.csv").returncode == 0
    assert (tmp_path / "form.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    _plain(run("contract", "template", "market/admin_licence", "-o", "nowhere/form.csv"), 3, "nowhere/form.csv")


def test_delivery_list_and_show_speak_to_people_and_to_programs(ask: Run):
    listed = json.loads(ask("delivery", "list", "--json").stdout)
    assert [one["verdict"] for one in listed] == ["PARTIAL", "DUPLICATE", "REJECTED", "ACCEPTED_QUERY", "REJECTED"]
    assert len(json.loads(ask("delivery", "list", "--json", "-d", "bank/credit_line").stdout)) == 1
    assert len(ask("delivery", "list").stdout.splitlines()) == 6
    shown = ask("delivery", "show", "1", "--json")
    facts = json.loads(shown.stdout)
    assert shown.returncode == 0 and shown.stderr == ""
    assert list(facts["stages"]) == ["read", "normalise", "check", "gate", "accept", "acknowledge"]
    assert facts["rows"] == facts["accepted"] + facts["rejected"] + facts["duplicate"] + facts["blank"] == 30
    assert facts["received_at"].endswith("+08:00")
    text = ask("delivery", "show", "1")
    assert facts["receipts"][0] in text.stdout and "CMP-REQUIRED" in text.stdout and "必填项为空" in text.stdout
    assert not re.search(r"\[\]|None|\{|'", text.stdout)


def test_an_empty_hub_lists_nothing_and_says_so_on_stderr(run: Run):
    done = run("delivery", "list")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "no deliveries yet\n")
    assert json.loads(run("delivery", "list", "--json").stdout) == []


def test_a_receipt_is_found_by_its_number_and_by_its_delivery(ask: Run):
    by_delivery = json.loads(ask("receipt", "show", "1", "--json").stdout)
    by_number = json.loads(ask("receipt", "show", by_delivery["receipt_no"], "--json").stdout)
    assert by_number == by_delivery and by_delivery["verdict"]["code"] == "PARTIAL"
    text = ask("receipt", "show", "1")
    assert text.returncode == 0 and text.stderr == "" and by_delivery["receipt_no"] in text.stdout


def test_doctor_names_what_is_wrong_and_ends_with_its_code(ask: Run, run: Run, county: Any):
    found = {one["what"]: one for one in json.loads(ask("doctor", "--json").stdout)}
    well = {
        "contracts",
        "calendar",
        "law",
        "ledger",
        "store",
        "disk",
        "record key",
        "checkpoint key",
        "province",
        "outbox",
        "feed",
        "outlets",
        "reports",
        "services",
        "bank",
        "bank_incentive",
        "governance",
        "points",
        "requests",
        "regions",
        "catalogue",
        "keys at rest",
    }
    assert {what for what, one in found.items() if one["ok"]} == well
    assert found["province"]["detail"] == "3 front-end tables"
    assert ask("doctor").returncode == 3  # no SFTP server is set
    server = {"HOST": "127.0.0.1", "PORT": "1", "USER": "hub", "KEY_FILE": "key", "HOST_KEY": "ssh-ed25519 AAAA"}
    sick = {f"HUB_SFTP__INBOX__{name}": value for name, value in server.items()}
    done = run("doctor", "--json", HUB_PROVINCE_URL=NOBODY, HUB_LEDGER_URL="nonsense", HUB_STORE_URL="odd://x", **sick)
    troubles = {one["what"]: one["exit_code"] for one in json.loads(done.stdout) if not one["ok"]}
    assert done.returncode == 3 and "Traceback" not in done.stderr and "secret" not in done.stdout
    seen = {"sftp INBOX" if what == "sftp inbox" else what for what in troubles}
    of_ledger = {"ledger", "outbox", "outlets", "keys at rest", "services", "requests", "regions", "catalogue"}
    assert seen == {*of_ledger, "store", "sftp INBOX", "province"}
    assert troubles["province"] == 4 and troubles["ledger"] == troubles["store"] == 3


def test_doctor_ends_with_4_when_only_a_remote_is_silent(county: Any):
    from hub.line import open_hub
    from hub.line.doctor import examine

    settings = county.hub.settings.model_copy(update={"province_url": NOBODY})
    found = [one for one in examine(open_hub(settings)) if not one["ok"]]
    assert [(one["what"], one["exit_code"]) for one in found] == [("province", 4), ("sftp", 3)]
