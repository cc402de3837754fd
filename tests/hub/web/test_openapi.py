"""The OpenAPI document: it is valid, it says what the server does, and no request that it allows breaks the server."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import validate

PROBLEMS = {401, 403, 404, 409, 413, 415, 422, 429}


@pytest.fixture(scope="module")
def document(service: Any) -> dict[str, Any]:
    answer = httpx.get(f"{service.url}/api/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_the_document_is_valid_and_names_every_problem(document: dict[str, Any]):
    validate(document)
    post = document["paths"]["/api/deliveries"]["post"]
    assert {int(one) for one in post["responses"]} >= PROBLEMS - {404} | {202}
    assert set(post["requestBody"]["content"]) == {"application/json", "multipart/form-data"}
    assert post["security"] == [{"HTTPBearer": []}]
    assert all(place.startswith("/api/") for place in document["paths"])
    assert {place for place in document["paths"] if not place.startswith("/api/services/")} == {
        "/api/deliveries",
        "/api/deliveries/{batch_no}",
        "/api/deliveries/{batch_no}/receipts",
        "/api/deliveries/{batch_no}/receipts/{receipt_no}",
        "/api/deliveries/{batch_no}/receipts/{receipt_no}.xlsx",
    }


def test_no_page_of_the_documentation_loads_from_elsewhere(service: Any):
    for path in ("/docs", "/redoc", "/api/docs"):
        assert httpx.get(f"{service.url}{path}").status_code == 404


def test_no_request_that_the_document_allows_breaks_the_server(service: Any, document: dict[str, Any]):
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=service.url)
    headers = {"Authorization": f"Bearer {service.token()}"}
    seen: set[int] = set()
    for operation in schema.get_all_operations():
        if operation.ok().path.startswith("/api/services/"):
            continue  # with a key of its own

        @given(case=operation.ok().as_strategy())
        @settings(
            max_examples=25,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        def ask(case: Any) -> None:
            answer = case.call(headers=headers)
            assert answer.status_code < 500, answer.text
            seen.add(answer.status_code)
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == ["application/problem+json"], answer.headers

        ask()
    assert len(seen) > 1
