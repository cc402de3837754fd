"""The few questions that the demo asks Airflow over its REST API. Standard library only: it must start at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener

from hub.errors import CallOperator, NotFound, TryAgain

ANSWER_SECONDS = 15.0
UNAUTHORISED, MISSING = 401, 404


class Rest:
    """A client of one Airflow. Logs in by itself, again when the token has expired; goes through no proxy."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = url
        self._login = {"username": user, "password": password}
        self._token = ""
        self._opener: OpenerDirector = build_opener(ProxyHandler({}))

    def get(self, path: str, **words: object) -> dict[str, Any]:
        """``GET``; the JSON answer. ``TryAgain`` without an answer, ``NotFound``, ``CallOperator`` when refused."""
        return self._ask("GET", path + ("?" + urlencode(words, doseq=True) if words else ""), None)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """``POST``; the JSON answer; errors as for ``get``."""
        return self._ask("POST", path, body)

    def answers(self) -> bool:
        """Whether the API is up and lets us in."""
        try:
            self.get("/api/v2/dags", limit=1)
        except TryAgain:
            return False
        return True

    def dags(self) -> list[dict[str, Any]]:
        """Every DAG that Airflow has read."""
        found: list[dict[str, Any]] = self.get("/api/v2/dags", limit=1000)["dags"]
        return found

    def import_errors(self) -> list[str]:
        """Names of the DAG files that could not be read."""
        return sorted(
            {str(error["filename"]) for error in self.get("/api/v2/importErrors", limit=100)["import_errors"]}
        )

    def count_runs(self, states: Sequence[str] = (), **words: object) -> int:
        """How many DAG runs there are: all, or those in one of the states."""
        return int(self.get("/api/v2/dags/~/dagRuns", limit=1, **_states(states), **words)["total_entries"])

    def runs(self, states: Sequence[str], **words: object) -> list[dict[str, Any]]:
        """DAG runs in one of the states, at most 100, newest last."""
        found: list[dict[str, Any]] = self.get("/api/v2/dags/~/dagRuns", limit=100, **_states(states), **words)[
            "dag_runs"
        ]
        return found

    def queued_events(self, dag: str) -> int:
        """How many asset events wait for a run of this DAG."""
        try:
            return int(self.get(f"/api/v2/dags/{quote(dag)}/assets/queuedEvents")["total_entries"])
        except NotFound:  # Airflow's way to say none
            return 0

    def trigger(self, dag: str) -> str:
        """Run a DAG now; the id of the run."""
        return str(self.post(f"/api/v2/dags/{quote(dag)}/dagRuns", {"logical_date": None})["dag_run_id"])

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        for _ in range(2):
            if not self._token:
                self._token = self._send("POST", "/auth/token", self._login)["access_token"]
            try:
                return self._send(method, path, body)
            except PermissionError:
                self._token = ""
        raise CallOperator("Airflow does not accept its own token")

    def _send(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        try:
            with self._opener.open(
                Request(self._url + path, data, headers, method=method), timeout=ANSWER_SECONDS
            ) as got:
                answer: dict[str, Any] = json.loads(got.read())
                return answer
        except HTTPError as error:
            if error.code == UNAUTHORISED and self._token:
                raise PermissionError from None
            if error.code == MISSING:
                raise NotFound(f"Airflow knows nothing at {path.partition('?')[0]}") from None
            if error.code >= 500:
                raise TryAgain(f"Airflow answered {error.code}") from None
            raise CallOperator(f"Airflow refused {method} {path.partition('?')[0]}: {error.code}") from None
        except (URLError, OSError) as error:
            raise TryAgain(f"Airflow does not answer: {type(error).__name__}") from None


def _states(states: Sequence[str]) -> dict[str, object]:
    return {"state": list(states)} if states else {}
