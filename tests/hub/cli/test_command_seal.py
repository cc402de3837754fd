"""``hub keys`` and ``hub seal``: a bank without any tool of its own makes what the hub opens and verifies."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyrage
import pytest
from corpus import bank_files as bank

Run = Callable[..., subprocess.CompletedProcess[str]]
SMALL = Path(__file__).parents[1] / "small"
ROW = "测试店,91320830000000019L,演市监〔2026〕0001号,,2026-11-20,1,1,"
CONTENT = f"名称,统一社会信用代码,文书号,负责人身份证号,登记日期,注册资本（元）,状态,备注\n{ROW}\n"
SEALED = "    customProperties:\n      - {property: files, value: [店铺*, shop*]}\n"


@pytest.fixture
def agreed(tmp_path: Path) -> Callable[[str, str], dict[str, Any]]:
    """Settings of a hub whose contract says so."""

    def make(encryption: str, signature: str) -> dict[str, Any]:
        said = f"      - {{property: encryption, value: {encryption}}}\n"
        said += f"      - {{property: signature, value: {signature}}}\n"
        schemas = bank.schemas(tmp_path, SEALED + said)
        return {"HUB_SCHEMAS": schemas, "HUB_EXPECTATIONS": SMALL / "expectations", "HUB_HOME": tmp_path / "home"}

    return make


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "店铺.csv"
    made.write_text(CONTENT, encoding="utf-8")
    return made


def test_a_file_sealed_and_signed_by_the_commands_passes_the_check(
    run: Run, agreed: Callable[..., dict[str, Any]], file: Path, tmp_path: Path
) -> None:
    settings = agreed("age", "sm2")
    made = json.loads(run("keys", "new", "age", "--name", "2026-11", "--json", **settings).stdout)
    run("keys", "new", "sm2", "--name", "market", **settings)
    sender = tmp_path / "home" / "sealing" / "senders" / "market"
    sender.mkdir(parents=True)
    (tmp_path / "market.sm2.pem").rename(sender / "market.sm2.pem")
    sealing = run("seal", file, "--for", made["public_key"], "--sign", "market.sm2.key", **settings)
    assert sealing.returncode == 0, sealing.stderr
    told = run("check", f"{file}.age", "-d", "market/shop", "-p", "market", "--json", **settings)
    assert json.loads(told.stdout)["verdict"]["code"] == "PRECHECK_ACCEPTED", told.stderr
    assert run("check", file, "-d", "market/shop", "-p", "market", **settings).returncode == 1


def test_what_another_program_of_age_writes_is_opened_too(
    run: Run, agreed: Callable[..., dict[str, Any]], file: Path
) -> None:
    settings = agreed("age", "none")
    run("keys", "new", "age", "--name", "one", **settings)
    listed = json.loads(run("keys", "list", "--json", **settings).stdout)
    recipient = pyrage.x25519.Recipient.from_str(listed[0]["public_key"])
    pyrage.encrypt_file(str(file), f"{file}.age", [recipient])
    assert run("check", f"{file}.age", "-d", "market/shop", **settings).returncode == 0


def test_keys_are_closed_listed_by_name_and_never_printed(run: Run, tmp_path: Path) -> None:
    said = ""
    for kind in ("age", "sm4", "ed25519", "sm2"):
        done = run("keys", "new", kind, "--name", "one")
        assert done.returncode == 0, done.stderr
        said += done.stdout + done.stderr
    said += run("keys", "list").stdout
    private = [*(tmp_path / "home" / "sealing").rglob("*.key"), *tmp_path.glob("*.key")]
    assert len(private) == 4
    for key in private:
        assert key.stat().st_mode & 0o077 == 0
        assert not any(line in said for line in key.read_text().splitlines() if not line.startswith("#"))
    assert run("keys", "new", "age", "--name", "one").returncode == 3, "no key is overwritten"


def test_a_wrong_word_or_a_missing_file_ends_with_its_code(run: Run, file: Path, tmp_path: Path) -> None:
    assert run("keys", "new", "rsa", "--name", "one").returncode == 2
    assert run("keys", "new", "age", "--name", "../one").returncode == 2
    assert run("seal", tmp_path / "nothing", "--for", "age1x").returncode == 7
    assert run("seal", file).returncode == 2
    assert run("seal", file, "--for", "age1x").returncode == 2
    assert run("seal", file, "--sign", tmp_path / "nothing").returncode == 7
    assert run("seal", file, "--key", tmp_path / "nothing.key").returncode == 3
    assert sorted(os.listdir(tmp_path)) == [file.name], "no half file is left"
