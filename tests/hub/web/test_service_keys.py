"""Keys and quotas of the read API for credit-service bodies."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from corpus.check_county import PENALTY
from corpus.service_county import API, DEFAULTER, LICENCE, Body, ServiceCounty, real

from hub.county.identities import uscc
from hub.errors import NotFound, WrongUsage
from hub.ledger import evidence
from hub.ledger.connect import reading
from hub.ledger.service_tables import service_body, service_key, service_query
from hub.line import (
    Hub,
    service_keys,
    tokens,
)
from hub.line.verifying import ordered, verify

CODE = "统一社会信用代码"
COMPANY, OTHER = 6, 16


def _logged(hub: Hub) -> list[dict[str, Any]]:
    with reading(hub.ledger) as connection:
        return [dict(row._mapping) for row in connection.execute(sa.select(service_query).order_by(service_query.c.id))]


def test_nobody_asks_without_a_key_that_holds(county: ServiceCounty) -> None:
    body, path = county.body(days=30), f"{API}/datasets"
    department = county.hub.county.departments[0].id
    _, token = tokens.issue(county.hub, department, (), "", 5)
    for wrong in (None, f"{body.key}x", body.key[:-1], "svc_", token, "svc_" + "x" * 200):
        headers = {} if wrong is None else {"Authorization": f"Bearer {wrong}"}
        answer = county.client.get(path, headers=headers)
        assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
    assert county.client.get("/api/deliveries/x", headers={"Authorization": f"Bearer {body.key}"}).status_code == 401
    assert body.get("/datasets", purpose=None).status_code == 200
    county.clock.sleep(31 * 86_400)
    assert body.get("/datasets", purpose=None).status_code == 401
    assert len(_logged(county.hub)) == 1


def test_a_key_is_kept_as_a_hash_and_revoked_with_the_next_request(county: ServiceCounty) -> None:
    first = county.body()
    second = county.body()
    with reading(county.hub.ledger) as connection:
        kept = str(
            [tuple(row) for table in (service_key, service_body) for row in connection.execute(sa.select(table))]
        )
        event = evidence.latest(connection, "service_key_issued")
    assert first.key not in kept and first.key[4:] not in kept and second.key not in str(event)
    assert first.get("/datasets", purpose=None).status_code == second.get("/datasets", purpose=None).status_code == 200
    with pytest.raises(WrongUsage, match="revoke one first"):
        county.body()
    assert service_keys.revoke(county.hub, first.number) and not service_keys.revoke(county.hub, first.number)
    assert first.get("/datasets", purpose=None).status_code == 401
    assert second.get("/datasets", purpose=None).status_code == 200, "the other key of the body goes on"
    county.body()
    with pytest.raises(NotFound):
        service_keys.revoke(county.hub, 99)
    assert ordered(verify(county.hub)) == []


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"datasets": ()}, "needs the datasets"),
        ({"datasets": ("credit/repair",)}, "gives services nothing"),
        ({"number": "a b"}, "filing number"),
        ({"number": ""}, "filing number"),
        ({"name": "  "}, "has a name"),
        ({"per_minute": 0}, "a quota is"),
        ({"per_day": 10**7}, "a quota is"),
        ({"days": 0}, "good for"),
        ({"days": 9999}, "good for"),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(county: ServiceCounty, changed: dict[str, Any], why: str) -> None:
    with pytest.raises(WrongUsage, match=why):
        county.body(**changed)


def test_a_filing_number_is_one_body_s_and_its_scope_can_be_narrowed(county: ServiceCounty) -> None:
    punished = county.penalty(COMPANY)
    county.punish(punished)
    body = county.body(datasets=(PENALTY, LICENCE))
    (fact,) = body.facts(punished[CODE])
    _, cursor = body.changes()
    with pytest.raises(WrongUsage, match="belongs to another name"):
        county.body(name="另一家")
    county.body(datasets=(LICENCE, DEFAULTER))
    assert body.facts(punished[CODE]) == []
    assert body.changes(cursor)[0] == [("DEL", fact["id"])], "what it may no longer ask for it deletes"


def _waits(answer: Any) -> int:
    assert answer.status_code == 429 and answer.headers["content-type"] == "application/problem+json"
    return int(answer.headers["retry-after"])


def test_quotas_of_a_minute_and_of_a_day_are_the_body_s_not_the_key_s(county: ServiceCounty) -> None:
    first, other = county.body(per_minute=3, per_day=5), county.body("XF-002", "另一征信有限公司")
    second = county.body()

    def ask(body: Body) -> Any:
        return body.get("/datasets", purpose=None)

    assert [ask(one).status_code for one in (first, second, first)] == [200] * 3
    assert 58 <= _waits(ask(second)) <= 60 and ask(other).status_code == 200
    county.clock.sleep(61)
    assert [ask(first).status_code for _ in range(2)] == [200, 200]
    assert 3_600 < _waits(ask(first)) <= 86_400
    assert len(_logged(county.hub)) == 6, "what is refused is no query"
    county.clock.sleep(86_400)
    assert ask(second).status_code == 200


def test_who_guesses_codes_is_slowed_down(make_hub: Callable[..., Hub], tmp_path: Path, clock: Any) -> None:
    hub = real(make_hub, service_misses_per_hour=4)
    with ServiceCounty(hub, tmp_path, clock).served() as county:
        punished, repaired = county.penalty(COMPANY), county.penalty(OTHER)
        county.punish(punished, repaired)
        county.steer("credit/repair", repaired)
        body = county.body()
        for number in range(2):
            assert body.facts(uscc(county.place, 900 + number)) == []
        assert body.facts(repaired[CODE]) == [], "a hidden subject counts like an unknown one"
        assert body.get(f"/records/{'0' * 32}").status_code == 404
        assert 3_500 <= _waits(body.get(f"/subjects/{punished[CODE]}/facts")) <= 3_600
        county.clock.sleep(3_601)
        assert len(body.facts(punished[CODE])) == 1


def test_requests_at_once_do_not_slip_past_the_quota(
    make_hub: Callable[..., Hub], ledger_url: str, tmp_path: Path, clock: Any
) -> None:
    with ServiceCounty(real(make_hub, url=ledger_url), tmp_path, clock).served() as county:
        body = county.body(per_day=5)
        with ThreadPoolExecutor(8) as hands:
            told = list(hands.map(lambda _: body.get("/datasets", purpose=None).status_code, range(16)))
        assert sorted(told) == [200] * 5 + [429] * 11
        assert len(_logged(county.hub)) == 5
