from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from hub.contract.load import dataset_names

ROOT = Path(__file__).resolve().parents[3]
DATACONTRACT = ROOT / ".venv-tools" / "bin" / "datacontract"
# A door that is shut: whoever asks the internet for a schema fails at once.
OFFLINE = {name: "http://127.0.0.1:9" for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")}


def lint(path: Path) -> subprocess.CompletedProcess[str]:
    assert DATACONTRACT.exists(), "datacontract-cli is missing: `make test` installs it into .venv-tools"
    environment = {**os.environ, **OFFLINE, "NO_COLOR": "1", "COLUMNS": "200"}
    return subprocess.run(
        [DATACONTRACT, "lint", "--all-errors", path], capture_output=True, text=True, env=environment, timeout=120
    )


@pytest.mark.parametrize("dataset", dataset_names(ROOT / "schemas"))
def test_the_standards_own_tool_passes_every_contract_without_a_network(dataset: str) -> None:
    done = lint(ROOT / "schemas" / f"{dataset}.odcs.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ODCS v3.2.0" in done.stdout


def test_the_standards_own_tool_refuses_a_broken_contract(tmp_path: Path) -> None:
    whole = (ROOT / "schemas" / "market" / "admin_licence.odcs.yaml").read_text(encoding="utf-8")
    broken = tmp_path / "broken.odcs.yaml"
    broken.write_text(whole.replace("logicalType: date", "logicalType: day", 1), encoding="utf-8")
    assert lint(broken).returncode != 0
