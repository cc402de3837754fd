"""A clerk opens the workbook of a receipt in LibreOffice, saves it, mends it, and hands it in: the batch is closed."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from hub.ledger import quarantine, returns
from hub.ledger.connect import reading
from hub.ledger.tables import tombstone

SMALL = Path(__file__).parents[1] / "small"
PROMISE = """  - {property: latency, value: 7, unit: workingDays, element: shop.rq}
"""

pytestmark = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="scripts/system_packages.sh installs LibreOffice"
)


@pytest.fixture
def asking(make_line: Callable[..., Any], tmp_path: Path) -> Any:
    """Late rows are taken with a question."""
    folder = tmp_path / "schemas"
    shutil.copytree(SMALL / "schemas", folder)
    shutil.copytree(Path("schemas") / "calendar", folder / "calendar")
    contract = folder / "market" / "shop.odcs.yaml"
    text = contract.read_text(encoding="utf-8").replace("slaProperties:\n", f"slaProperties:\n{PROMISE}")
    contract.write_text(text, encoding="utf-8")
    return make_line(schemas=folder)


def saved_by_libreoffice(content: bytes, folder: Path) -> bytes:
    """The workbook as the program writes it."""
    source, out = folder / "in" / "回执.xlsx", folder / "out"
    source.parent.mkdir(exist_ok=True)
    source.write_bytes(content)
    command = ("soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "xlsx")
    subprocess.run((*command, "--outdir", str(out), str(source)), check=True, capture_output=True, timeout=120)
    return (out / source.name).read_bytes()


def test_a_workbook_survives_libreoffice_and_comes_back_as_a_correction(asking: Any, tmp_path: Path) -> None:
    rows = [asking.shop(1), asking.shop(2, je="一百万"), *(asking.shop(n, rq="2026-11-02") for n in (3, 4, 5))]
    asking.drop(asking.file(*rows))
    asking.run()
    (name,) = [name for name in asking.outbox() if name.endswith(".xlsx")]
    content = saved_by_libreoffice(asking.outbox()[name], tmp_path)
    book = openpyxl.load_workbook(io.BytesIO(content))
    mend, ask = book["待更正"], book["请核实"]
    assert {cell.data_type for row in mend.iter_rows(min_row=2) for cell in row if cell.value is not None} == {"s"}
    assert any(rule.formula1 == '"无误,更正,撤回"' for rule in ask.data_validations.dataValidation)
    heads, asked = [[cell.value for cell in sheet[1]] for sheet in (mend, ask)]
    mend.cell(2, heads.index("注册资本（元）") + 1).value = 1000000  # typed as a number
    for line, (answer, words) in enumerate((("无误", None), ("更正", None), ("撤回", "登记错了")), start=2):
        ask.cell(line, asked.index("核实结果") + 1).value = answer
        ask.cell(line, asked.index("说明") + 1).value = words
    ask.cell(3, asked.index("登记日期") + 1).value = "2026-11-19"
    out = io.BytesIO()
    book.save(out)
    place = asking.drop(saved_by_libreoffice(out.getvalue(), tmp_path), name="店铺_交回.xlsx")
    os.utime(place, (asking.clock().timestamp(),) * 2)
    asking.run()
    told = asking.receipts()[-1]
    assert told["verdict"]["code"] == "ACCEPTED", told["findings"]
    assert (told["counts"]["rows"], told["counts"]["inserted"], told["counts"]["updated"]) == (2, 1, 1)
    taken = {name: told["returned"][name] for name in ("mended", "confirmed", "corrected", "withdrawn")}
    assert taken == {"mended": 1, "confirmed": 1, "corrected": 1, "withdrawn": 1}
    with reading(asking.hub.ledger) as connection:
        assert quarantine.open_rows(connection) == [] and returns.open_queries(connection, 1) == 0
    assert asking.rows(sa.select(tombstone.c.reason)) == [("登记错了",)]
    assert asking.violations() == []
