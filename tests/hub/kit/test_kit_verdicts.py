"""The kit says what the hub says, of every file of the corpus, on a computer that has nothing but Python."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from corpus.case import SHOP
from corpus.catalogue import CASES, by_name

from hub.line import Hub, opening, prechecking

SOME = ("编码_gb18030.csv", "编码_utf16le.csv")  # and every kind of workbook and tree


def timeless(receipt: dict[str, Any]) -> dict[str, Any]:
    """A receipt without what follows from the second in which it was made."""
    assert receipt["generated_at"] and receipt["submission"]["received_at"]
    receipt = {name: value for name, value in receipt.items() if name != "generated_at"}
    receipt["submission"] = receipt["submission"] | {"received_at": None}
    return receipt | {"next": receipt["next"] | {"template": receipt["next"]["template"] is not None}}


def by_hub(kit, file: Path, dataset: str) -> dict[str, Any]:
    """The receipt of ``hub check`` with the contracts of which the kit was made."""
    hub = Hub(kit.settings)
    trial = prechecking.Trial(hub.now(), "hand", opening.beside(file))
    with prechecking.judged(hub, file, file.name, hub.contract(dataset), "market", trial) as (receipt, _):
        return json.loads(json.dumps(receipt))


@pytest.mark.parametrize("dataset", sorted({case.dataset for case in CASES}))
def test_the_kit_gives_the_receipt_of_the_hub_for_every_file_of_the_corpus(kit, tmp_path: Path, dataset: str):
    files = [case.write(tmp_path) for case in CASES if case.dataset == dataset]
    with subprocess.Popen(kit.command("--json", "-d", dataset, *files), stdout=subprocess.PIPE) as running:
        expected = [timeless(by_hub(kit, file, dataset)) for file in files]  # meanwhile
        said, _ = running.communicate()
    told = json.loads(said) if len(files) > 1 else [json.loads(said)]
    pairs = zip(files, told, expected, strict=True)
    assert [file.name for file, receipt, wanted in pairs if timeless(receipt) != wanted] == []
    assert running.returncode == 1 and (dataset != SHOP or len(files) > 200)


def test_where_no_process_can_be_forked_the_receipts_are_the_same(kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    chosen = [by_name(name) for name in SOME]
    chosen += [next(case for case in CASES if case.name.endswith(end)) for end in (".xlsx", ".xls", ".ods", ".zip")]
    chosen += [next(case for case in CASES if case.name.endswith(end)) for end in (".json", ".xml", ".dbf")]
    files = [(case.write(tmp_path), case.dataset) for case in chosen]
    expected = [timeless(by_hub(kit, file, dataset)) for file, dataset in files]
    monkeypatch.delattr(os, "fork")
    assert [timeless(by_hub(kit, file, dataset)) for file, dataset in files] == expected
