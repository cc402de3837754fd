"""The OpenAPI document of the read API: it says what the server does, and no request that it allows breaks it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import schemathesis
from corpus.service_county import API
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import validate

from hub.line import service_keys
from hub.line.service_keys import MOST_PER_DAY, MOST_PER_MINUTE, Licence


@pytest.fixture(scope="module")
def document(service: Any) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{service.url}/api/openapi.json").json()
    return found


def test_the_document_names_every_answer_and_no_way_to_list_subjects(document: dict[str, Any]) -> None:
    validate(document)
    paths = {path: operation["get"] for path, operation in document["paths"].items() if path.startswith(API)}
    assert set(paths) == {
        f"{API}/subjects/{{uscc}}/facts",
        f"{API}/records/{{id}}",
        f"{API}/changes",
        f"{API}/datasets",
    }
    assert all(set(document["paths"][path]) == {"get"} for path in paths)
    for path, operation in paths.items():
        assert operation["security"] == [{"ServiceKey": []}]
        assert {"200", "401", "403", "422", "429", "503"} <= set(operation["responses"]), path
    assert "410" in paths[f"{API}/records/{{id}}"]["responses"] and "410" in paths[f"{API}/changes"]["responses"]
    words = str(paths)
    assert "name" not in {one["name"] for each in paths.values() for one in each.get("parameters", [])}
    assert "统一社会信用代码" in words


def test_no_request_that_the_document_allows_breaks_the_server(service: Any, document: dict[str, Any]) -> None:
    asking = Licence("某征信", "XF-SCHEMA", ("market/admin_penalty",), MOST_PER_MINUTE, MOST_PER_DAY)
    _, secret = service_keys.issue(service.hub, asking, 1)
    ours = {"paths": {path: each for path, each in document["paths"].items() if path.startswith(API)}}
    schema = schemathesis.openapi.from_dict(document | ours)
    schema.config.update(base_url=service.url)
    headers = {"Authorization": f"Bearer {secret}"}
    seen: set[int] = set()
    for operation in schema.get_all_operations():

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
            else:
                case.validate_response(answer)

        ask()
    assert 200 in seen and 401 not in seen
