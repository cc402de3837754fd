"""Encrypted and signed files through the whole line: opened for the reading alone, and refused in words otherwise."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corpus import bank_files as bank
from corpus.sealing_bank import AGREED, Bank

from hub.errors import FixConfiguration
from hub.line import sealing_files
from hub.line.prechecking import precheck
from hub.settings import Keys

MakeLine = Callable[..., Any]


@pytest.fixture
def bank_with(make_line: MakeLine, tmp_path: Path) -> Callable[..., Bank]:
    def make(encryption: str, signature: str, **changed: Any) -> Bank:
        schemas = bank.schemas(tmp_path, AGREED.format(encryption=encryption, signature=signature))
        return Bank(make_line(schemas=schemas, **changed), tmp_path / "bank", encryption, signature)

    return make


PAIRS = [("age", "none"), ("sm4", "none"), ("none", "ed25519"), ("none", "sm2"), ("age", "ed25519"), ("sm4", "sm2")]


@pytest.mark.parametrize(("encryption", "signature"), PAIRS)
def test_a_sealed_file_goes_the_whole_way_and_lands_as_it_came(
    bank_with: Callable[..., Bank], encryption: str, signature: str
) -> None:
    sender = bank_with(encryption, signature)
    line = sender.line
    file = sender.sealed(line.file(line.shop(1), line.shop(2, je="百万")))
    sent = file.read_bytes()
    sender.send(file)
    assert sender.verdicts() == [("PARTIAL", ["MON-FORMAT"])]
    (delivery,) = line.deliveries()
    line.hub.store.pour(delivery["sha256"], blob := io.BytesIO())
    assert blob.getvalue() == sent
    archived = [one.name.rpartition("__")[2] for one in line.archived()]
    assert archived == [file.name] + ([f"{file.name}.sig"] if signature != "none" else [])
    assert line.inbox() == []
    assert not (line.hub.home / "work" / str(delivery["id"])).exists()
    assert any(name.endswith(".xlsx") for name in line.outbox()), "the workbook holds the sender's own rows"
    assert line.violations() == []


def test_the_hash_of_the_plain_file_stands_with_the_stage_read(bank_with: Callable[..., Bank]) -> None:
    import hashlib
    import json

    import sqlalchemy as sa

    from hub.ledger.tables import stage

    sender = bank_with("sm4", "none")
    plain = sender.line.file(sender.line.shop(1))
    sender.send(sender.sealed(plain))
    ((outcome,),) = sender.line.rows(sa.select(stage.c.outcome).where(stage.c.stage == "read"))
    said = json.loads(outcome) if isinstance(outcome, str) else outcome
    assert said["plain_sha256"] == hashlib.sha256(plain).hexdigest()


def test_what_was_not_agreed_is_refused_in_words(bank_with: Callable[..., Bank]) -> None:
    sender = bank_with("age", "ed25519")
    line = sender.line
    plain = sender.folder / "店铺_1.csv"
    plain.write_bytes(line.file(line.shop(1)))
    sender.send(plain)
    file = sender.sealed(line.file(line.shop(1)), "店铺_2.csv")
    sender.send(file, b"")
    sender.send(sender.sealed(line.file(line.shop(1)), "店铺_3.csv"), b"0" * 64)
    damaged = sender.sealed(line.file(line.shop(1)), "店铺_4.csv")
    damaged.write_bytes(damaged.read_bytes()[:-20])
    sender.send(damaged)
    assert [found for _, found in sender.verdicts()] == [["SEA-PLAIN"], ["SIG-MISSING"], ["SIG-WRONG"], ["SEA-DAMAGED"]]
    assert {verdict for verdict, _ in sender.verdicts()} == {"REJECTED"}
    assert line.versions() == [] and line.inbox() == [] and line.violations() == []


def test_a_signature_that_comes_first_waits_for_its_file(bank_with: Callable[..., Bank]) -> None:
    sender = bank_with("none", "ed25519")
    file = sender.sealed(sender.line.file(sender.line.shop(1)))
    place = sender.line.root / "market" / "inbox" / f"{file.name}.sig"
    place.write_bytes(sealing_files.sign(file, sender.signer, "openssl").read_bytes())
    for _ in range(2):
        sender.line.run()
        sender.line.clock.sleep(1_000)
    assert sender.line.deliveries() == [] and sender.line.inbox() == [place.name]
    sender.send(file)
    assert [verdict for verdict, _ in sender.verdicts()] == ["ACCEPTED"]


def test_a_signature_that_nobody_asked_for_is_told_and_harms_nothing(bank_with: Callable[..., Bank]) -> None:
    sender = bank_with("none", "none")
    sender.send(sender.sealed(sender.line.file(sender.line.shop(1))), b"0" * 64)
    ((verdict, found),) = sender.verdicts()
    assert found == ["SIG-UNASKED"] and verdict.startswith("ACCEPTED")


def test_the_same_bytes_are_judged_again_once_they_are_signed_right(bank_with: Callable[..., Bank]) -> None:
    sender = bank_with("sm4", "ed25519")
    file = sender.sealed(sender.line.file(sender.line.shop(1)))
    sender.send(file, b"1" * 64)
    sender.send(file)
    sender.send(file)
    assert [verdict for verdict, _ in sender.verdicts()] == ["REJECTED", "ACCEPTED", "DUPLICATE"]


def test_a_changed_key_is_followed_while_the_old_one_still_counts(bank_with: Callable[..., Bank]) -> None:
    sender = bank_with("age", "sm2")
    line = sender.line
    before = sender.sealed(line.file(line.shop(1)), "店铺_1.csv")
    sender.public = sealing_files.new_key(sender.keys, "age", "k-2", sender.folder)
    sender.send(before)
    sender.signer = sender.register("two")
    sender.send(sender.sealed(line.file(line.shop(2)), "店铺_2.csv"))
    assert [verdict for verdict, _ in sender.verdicts()] == ["ACCEPTED", "ACCEPTED"]


def test_a_key_that_is_missing_here_keeps_the_delivery_until_it_is_there(bank_with: Callable[..., Bank]) -> None:
    sender = bank_with("sm4", "ed25519")
    place = sender.keys.folder / "senders" / "market"
    place.rename(place.with_name("elsewhere"))
    with pytest.raises(FixConfiguration, match="no public key"):
        sender.send(sender.sealed(sender.line.file(sender.line.shop(1))))
    place.with_name("elsewhere").rename(place)
    sender.line.run()
    assert [verdict for verdict, _ in sender.verdicts()] == ["ACCEPTED"]


def test_a_correction_s_name_is_understood_behind_its_ending(bank_with: Callable[..., Bank]) -> None:
    sender = bank_with("age", "none")
    line = sender.line
    sender.send(sender.sealed(line.file(line.shop(1)), "店铺.csv"))
    sender.send(sender.sealed(line.file(line.shop(1, je="200000")), "店铺_更正.csv"))
    assert [one["mode"] for one in line.deliveries()] == ["original", "correction"]
    assert len({one["slot"] for one in line.deliveries()}) == 1


def test_a_file_is_checked_and_handed_in_with_its_signature_beside_it(
    bank_with: Callable[..., Bank], monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = bank_with("sm4", "sm2")
    file = sender.sealed(sender.line.file(sender.line.shop(1)))
    monkeypatch.setattr("hub.line.prechecking.open_hub", lambda: sender.line.hub)
    assert precheck(file, "market/shop")["findings"][0]["rule"] == "SIG-MISSING"
    sealing_files.sign(file, sender.signer, "openssl")
    assert precheck(file, "market/shop")["verdict"]["code"] == "PRECHECK_ACCEPTED"
    sender.line.hub.submit(file, "market", "market/shop")
    assert [one["verdict"] for one in sender.line.deliveries()] == ["ACCEPTED"]


def test_a_trial_may_be_sealed_too(bank_with: Callable[..., Bank]) -> None:
    sender = bank_with("sm4", "ed25519")
    file = sender.sealed(sender.line.file(sender.line.shop(1)))
    place = sender.line.root / "market" / "precheck"
    (place / file.name).write_bytes(file.read_bytes())
    (place / f"{file.name}.sig").write_bytes(sealing_files.sign(file, sender.signer, "openssl").read_bytes())
    sender.line.run()
    sender.line.clock.sleep(120)
    sender.line.run()
    assert "PRECHECK_ACCEPTED" in str(sender.line.receipts())
    assert list(place.iterdir()) == []


def test_a_row_of_a_sealed_file_is_traced_and_proved_from_what_landed(
    bank_with: Callable[..., Bank], tmp_path: Path
) -> None:
    from hub.line.bundling import bundle
    from hub.line.tracing import trace

    sender = bank_with("age", "none")
    sender.send(sender.sealed(sender.line.file(sender.line.shop(1))))
    assert sender.line.shop(1).split(",")[0] in str(trace(sender.line.hub, "1:2"))
    bundle(sender.line.hub, "1:2", tmp_path / "proof.zip")
    assert (tmp_path / "proof.zip").exists()


def test_a_rebuild_opens_and_verifies_again(bank_with: Callable[..., Bank]) -> None:
    from hub.line.rebuilding import rebuild

    sender = bank_with("sm4", "ed25519")
    line = sender.line
    sender.send(sender.sealed(line.file(line.shop(1)), "店铺_1.csv"))
    sender.send(sender.sealed(line.file(line.shop(2)), "店铺_2.csv"), b"2" * 64)
    done = rebuild(line.hub)
    assert (done.judged, done.different, done.lost) == (2, [], {})


def test_no_key_and_no_plain_row_gets_into_a_log_or_an_error(
    bank_with: Callable[..., Bank], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.errors import HubError

    sender = bank_with("sm4", "none")
    caplog.set_level(logging.DEBUG)
    secret_lines = Path(sender.public["key"]).read_text().splitlines()[-1]
    row = sender.line.shop(1)
    file = sender.sealed(sender.line.file(row))
    Path(sender.public["key"]).chmod(0o644)
    said = []
    for mend in (lambda: None, lambda: Path(sender.public["key"]).chmod(0o600)):
        mend()
        try:
            sender.send(file)
        except HubError as error:
            said.append(str(error))
    assert len(said) == 1 and "chmod 600" in said[0]
    whole = "\n".join([*said, caplog.text])
    for secret_word in (secret_lines, *row.split(",")[:4]):
        assert secret_word not in whole


KILLED = """
import os, signal, sys
from pathlib import Path
from hub.line import open_hub
from hub.settings import Settings
from hub.stages import confined
def killed(source, *words, **named):
    assert source.read_bytes().startswith("名称".encode()), "it is open now"
    os.kill(os.getpid(), signal.SIGKILL)
confined.run = killed
hub = open_hub(Settings.model_validate_json(sys.stdin.read()))
hub.submit(Path(sys.argv[1]), "market", "market/shop")
"""


def test_a_plain_file_never_stays_behind_a_process_that_is_killed(bank_with: Callable[..., Bank]) -> None:
    sender = bank_with("age", "none")
    file = sender.sealed(sender.line.file(sender.line.shop(1)))
    given = sender.line.hub.settings.model_copy(update={"sftp": {}, "keys": Keys()})
    text = given.model_copy(update={"record_key": None}).model_dump_json()
    done = subprocess.run([sys.executable, "-c", KILLED, str(file)], input=text, text=True, capture_output=True)
    assert done.returncode == -9, done.stderr
    plain = "名称,统一社会信用代码".encode()
    left = [one for one in sender.line.hub.home.rglob("*") if one.is_file() and plain in one.read_bytes()]
    assert left == []
    sender.line.run()
    assert [one["verdict"] for one in sender.line.deliveries()] == ["ACCEPTED"]


def test_doctor_tells_the_age_of_the_keys_and_what_is_missing(bank_with: Callable[..., Bank]) -> None:
    from hub.line.doctor import examine

    sender = bank_with("sm4", "sm2", keys=Keys(warn_days=30))
    looks = {one["what"]: one for one in examine(sender.line.hub)}
    assert looks["keys sm4"]["ok"] and "days old" in looks["keys sm4"]["detail"]
    assert looks["keys market"]["ok"] and looks["openssl"]["detail"].startswith("OpenSSL 3")
    key = Path(sender.public["key"])
    key.write_text("# created: 2025-01-01T00:00:00+08:00\n" + key.read_text().splitlines()[-1])
    assert {one["what"]: one for one in examine(sender.line.hub)}["keys sm4"].get("warning")
    key.chmod(0o644)
    os.rename(sender.keys.folder / "senders" / "market", sender.keys.folder / "senders" / "gone")
    looks = {one["what"]: one for one in examine(sender.line.hub)}
    assert [looks[name]["exit_code"] for name in ("keys sm4", "keys market")] == [3, 3]
    assert "chmod 600" in looks["keys sm4"]["detail"]
