"""Two processes that serve one ledger count together, and none of them says in its log who was asked about."""

from __future__ import annotations

from pathlib import Path

import httpx
from corpus.hub_process import ROOT, Process, api

from hub.line import open_hub, service_keys
from hub.line.service_keys import Licence
from hub.settings import Settings

CODE = "91320830000000019L"


def _ask(process: Process, secret: str) -> httpx.Response:
    path = f"/api/services/v1/subjects/{CODE}/facts?purpose=credit_report"
    return httpx.get(f"{process.url}{path}", headers={"Authorization": f"Bearer {secret}"}, timeout=60)


def test_two_processes_share_the_count_and_a_restart_forgets_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    hub = open_hub(Settings(home=home, schemas=ROOT / "schemas", expectations=ROOT / "expectations"))
    _, secret = service_keys.issue(hub, Licence("某征信", "XF-001", ("market/admin_penalty",), 1_000, 6), 5)
    hub.ledger.dispose()
    with api(home, tmp_path / "first") as first, api(home, tmp_path / "second") as second:
        answers = [_ask(one, secret) for one in (first, second) * 3]
        assert [one.status_code for one in answers] == [200] * 6
        late = [_ask(one, secret) for one in (first, second)]
        assert [one.status_code for one in late] == [429, 429]
        assert all(1 <= int(one.headers["retry-after"]) <= 86_400 for one in late)
    with api(home, tmp_path / "again") as again:
        assert _ask(again, secret).status_code == 429
    for name in ("first", "second", "again"):
        told = (tmp_path / name).read_text()
        assert "GET /api/services/v1/subjects/{uscc}/facts" in told
        assert secret not in told and secret[4:20] not in told and CODE not in told and "Traceback" not in told
