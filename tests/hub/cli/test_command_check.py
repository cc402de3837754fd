"""``hub check``: the hub's own verdict, from anywhere, leaving nothing behind; and ``hub submit`` beside it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
MARKET = "market/admin_licence"


def _schema_fits(receipt: dict[str, Any]) -> None:
    schema = json.loads(files("hub.receipts").joinpath("receipt.v1.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(receipt)


def test_check_prints_the_receipt_object_and_creates_no_file(process: Run, county: Any, tmp_path: Path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    done = process("check", county.files["行政许可.csv"], "--dataset", MARKET, "--json", TMPDIR=scratch)
    assert done.returncode == 1
    receipt = json.loads(done.stdout)
    _schema_fits(receipt)
    assert receipt["receipt_no"] is None and receipt["verdict"]["code"] == "PRECHECK_PARTIAL"
    assert [found["rule"] for found in receipt["findings"]] == ["CMP-REQUIRED"]
    assert receipt["findings"][0]["rows"][0]["row"] == 8
    assert list(scratch.iterdir()) == [] and [path.name for path in tmp_path.iterdir()] == ["scratch"]


def test_check_talks_to_people_without_json_and_ends_with_0_for_a_good_file(run: Run, county: Any):
    done = run("check", county.files["行政许可_好.csv"], "-d", MARKET, "-p", "market")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("试报") and "没有入库" in done.stdout


@pytest.mark.parametrize("name", ["行政许可_引号.csv", "行政许可_空.csv"])
def test_check_of_a_file_that_cannot_be_read_is_a_receipt_too(run: Run, county: Any, name: str):
    done = run("check", county.files[name], "-d", MARKET, "--json")
    receipt = json.loads(done.stdout)
    _schema_fits(receipt)
    assert done.returncode == 1 and receipt["verdict"]["code"] == "PRECHECK_REJECTED"


def test_submit_prints_the_receipt_on_stdout_and_the_rest_on_stderr(run: Run, county: Any, tmp_path: Path):
    file = county.files["行政许可_好.csv"]
    first = run("submit", file, "-p", "market", "-d", MARKET)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("全部接收") and first.stderr.startswith("delivery 1; receipts in ")
    (put,) = (tmp_path / "home" / "outbox" / "market").glob("*.json")
    again = run("submit", file, "-p", "market", "-d", MARKET, "--json")
    body = json.loads(again.stdout)
    assert again.returncode == 0 and again.stderr == "" and body["delivery"] == 2
    _schema_fits(body["receipt"])
    assert body["receipt"]["verdict"]["code"] == "DUPLICATE"
    assert body["receipt"]["duplicate_of"] == json.loads(put.read_text(encoding="utf-8"))["receipt_no"]


def test_a_repetition_of_a_file_that_has_no_outcome_yet_gets_its_receipt_with_that_outcome(
    run: Run, county: Any, tmp_path: Path
):
    from hub.line import intake, open_hub

    file = county.files["行政许可_空.csv"]
    waiting = open_hub(county.hub.settings.model_copy(update={"home": tmp_path / "home"}))
    intake.submit(waiting, file, "market", MARKET)  # landed, and then the power went out
    waiting.ledger.dispose()
    done = run("submit", file, "-p", "market", "-d", MARKET, "--json")
    assert done.returncode == 1 and json.loads(done.stdout) == {"delivery": 2, "receipt": None}
    assert done.stderr.startswith("delivery 2 repeats one that has no outcome yet") and done.stderr.count("\n") == 1
    assert run("run").returncode == 0
    listed = json.loads(run("delivery", "list", "--json").stdout)
    assert [one["verdict"] for one in listed] == ["REJECTED", "DUPLICATE"]


def test_the_language_is_the_flag_then_the_setting_then_the_locale_and_else_chinese(run: Run, county: Any):
    words = ("check", county.files["行政许可_好.csv"], "-d", MARKET, "-p", "market")

    def chinese(*more: str, **settings: str) -> bool:
        said = run(*words, *more, **settings).stdout
        assert said.startswith(("试报", "Trial – Accepted"))
        return said.startswith("试报")

    assert chinese() and chinese(LC_MESSAGES="zh_CN.UTF-8") and chinese(LC_MESSAGES="C.UTF-8")
    assert not chinese(LC_MESSAGES="en_GB.UTF-8")
    assert chinese(LC_MESSAGES="en_GB.UTF-8", HUB_LANG="zh_CN")
    assert not chinese("--lang", "en", HUB_LANG="zh_CN")


def test_an_english_receipt_fits_the_schema_and_is_the_same_but_for_its_texts(run: Run, county: Any):
    words = ("check", county.files["行政许可.csv"], "-d", MARKET, "--json")
    english = json.loads(run(*words, "--lang", "en").stdout)
    _schema_fits(english)
    chinese = json.loads(run(*words).stdout)
    assert english["verdict"]["code"] == chinese["verdict"]["code"] and english["counts"] == chinese["counts"]
    assert "not filled in." in english["findings"][0]["why"]


def test_a_receipt_is_kept_in_chinese_and_shown_in_english(run: Run, county: Any):
    run("submit", county.files["行政许可_好.csv"], "-p", "market", "-d", MARKET, HUB_LANG="en")
    assert "Accepted" in run("receipt", "show", "1", "--lang", "en").stdout
    assert run("receipt", "show", "1").stdout.startswith("全部接收")
