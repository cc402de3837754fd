"""A simulated governance platform (省综治): events and tables as JSON on loopback, known keys, a code for each row.

It stands for the other side in demonstrations and in tests, and can be made to misbehave: ``moods`` are taken one by a
call with events or a table. What it holds stands in ``held``, by dataset and record, and in ``tables``.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from hub.contract.event_profile import EventProfile

Mood = Literal[
    "well",
    "fails",
    "cut before",
    "cut after",
    "late",
    "half",
    "half rows",
    "twice",
    "torn verdict",
    "later",
    "unknown code",
    "busy",
    "busy long",
    "too large",
    "forbidden",
    "redirect",
    "page",
    "lies",
]
BEFORE: Mapping[str, tuple[int, Mapping[str, str]]] = {
    "fails": (500, {}),
    "busy": (429, {"Retry-After": "0"}),
    "busy long": (503, {"Retry-After": "3600"}),
    "too large": (413, {}),
    "forbidden": (403, {}),
    "redirect": (307, {"Location": "http://127.0.0.1:1/"}),
}
LATE_SECONDS = 1.0


class SimulatedGovernance:
    """``refuses``: the cause why the data of an event is refused, or None. In a ``with``; ``url`` is where it is.

    ``most``: so many events it takes in one call.
    """

    def __init__(
        self,
        profile: EventProfile,
        token: str,
        refuses: Callable[[Mapping[str, str]], str | None] = lambda data: None,
        most: int = 10_000,
    ) -> None:
        self.profile, self.token, self.refuses, self.most = profile, token, refuses, most
        self.held: dict[str, dict[str, dict[str, Any]]] = {dataset: {} for dataset in profile.datasets}
        self.tables: dict[tuple[str, str, str], dict[str, Any]] = {}  # by dataset, name and month
        self.moods: deque[Mood] = deque()
        self.calls: list[tuple[str, int]] = []  # path and events of each call
        self.applied: list[tuple[str, int]] = []  # record and sequence of each change
        self._last: dict[tuple[str, str], int] = {}
        self._answered: dict[str, bytes] = {}  # by key
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> SimulatedGovernance:
        platform = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                platform._handle(self)

            do_PUT = do_POST

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        paths, asked = (
            self.profile.paths,
            request.path in (self.profile.paths["held"], self.profile.paths["heldTables"]),
        )
        mood: Mood = self.moods.popleft() if self.moods and not asked else "well"
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            self._reply(request, 401, b"{}")
        elif mood == "cut before":
            request.close_connection = True
        elif mood in BEFORE:
            status, headers = BEFORE[mood]
            self._reply(request, status, b"{}", headers)
        else:
            content = json.loads(body)
            with self._lock:
                if request.path == paths["events"]:
                    answer = self._events(content, request.headers[self.profile.key_header], mood)
                elif request.command == "PUT" and request.path.startswith(f"{paths['tables']}/"):
                    answer = self._table(content, mood)
                else:
                    answer = self._asked(request.path, content)
            if mood == "late":
                threading.Event().wait(LATE_SECONDS)
            if mood == "cut after":
                request.close_connection = True
                return
            if answer is None:
                self._reply(request, 413, b"{}")
            else:
                self._reply(request, 200, {"half": answer[: len(answer) // 2], "page": b"<html/>"}.get(mood, answer))

    @staticmethod
    def _reply(
        request: BaseHTTPRequestHandler, status: int, content: bytes, headers: Mapping[str, str] | None = None
    ) -> None:
        request.send_response(status)
        for name, value in (headers or {}).items():
            request.send_header(name, value)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(content)))
        with suppress(ConnectionError):  # whoever asked has gone
            request.end_headers()
            request.wfile.write(content)

    def _events(self, content: Mapping[str, Any], key: str, mood: Mood) -> bytes | None:
        """Judge events one by one; None when they are too many at once."""
        names, reply = self.profile.event, self.profile.reply
        events = content[names["list"]]
        self.calls.append((self.profile.paths["events"], len(events)))
        if len(events) > self.most:
            return None
        if key in self._answered:
            return self._answered[key]
        results = []
        for event in events if mood != "half rows" else events[: len(events) // 2]:
            code, message = {"later": ("99", ""), "unknown code": ("77", "")}.get(mood) or self._judged(
                self._dataset(content), event, lies=mood == "lies"
            )
            said = {names["id"]: event[names["id"]], names["sequence"]: event[names["sequence"]]}
            results.append(said | {reply["code"]: code, reply["message"]: message})
        if mood == "twice":
            results += results
        if mood == "torn verdict":
            results += [one | {reply["code"]: "01"} for one in results]
        answer = json.dumps({reply["list"]: results}, ensure_ascii=False).encode()
        if mood in ("well", "late", "cut after", "half", "page"):
            self._answered[key] = answer
        return answer

    def _judged(self, dataset: str, event: Mapping[str, Any], *, lies: bool) -> tuple[str, str]:
        names, held = self.profile.event, self.held[self.dataset_of(dataset)]
        record, sequence = event[names["id"]], event[names["sequence"]]
        deletes = event[names["operation"]] == names["delete"]
        if not deletes and (cause := self.refuses(event[names["data"]])) is not None:
            return "01", cause
        last = self._last.get((dataset, record), -1)
        if deletes and record not in held:
            self._last[dataset, record] = max(last, sequence)
            return "10", ""
        if not lies and (sequence > last or (deletes and sequence == last)):
            self._last[dataset, record] = sequence
            self.applied.append((record, sequence))
            if deletes:
                del held[record]
            else:
                held[record] = {"data": event[names["data"]], "sequence": sequence}
        return self.profile.codes.taken, ""

    def _table(self, content: Mapping[str, Any], mood: Mood) -> bytes:
        names = self.profile.table
        if mood == "later":
            return json.dumps({self.profile.reply["code"]: "99"}).encode()
        self.calls.append((self.profile.paths["tables"], len(content[names["rows"]])))
        place = (self._dataset(content), content[names["name"]], content[names["month"]])
        self.tables[place] = dict(content)
        return json.dumps({self.profile.reply["code"]: self.profile.codes.taken}).encode()

    def _asked(self, path: str, content: Mapping[str, Any]) -> bytes:
        names, query, table = self.profile.event, self.profile.query, self.profile.table
        if path == self.profile.paths["heldTables"]:
            shown = ("name", "month", "digest")
            mine = [one for (dataset, _, _), one in sorted(self.tables.items()) if dataset == self._dataset(content)]
            return json.dumps({table["list"]: [{table[n]: one[table[n]] for n in shown} for one in mine]}).encode()
        held = self.held[self.dataset_of(self._dataset(content))]
        if query["ids"] in content:
            chosen = [record for record in content[query["ids"]] if record in held]
        else:
            chosen = sorted(record for record in held if record > content[query["after"]])[: self.profile.rows]
        found = [{names["id"]: record, names["sequence"]: held[record]["sequence"]} for record in chosen]
        return json.dumps({query["list"]: found}).encode()

    def _dataset(self, content: Mapping[str, Any]) -> str:
        return str(content[self.profile.event["dataset"]])

    def dataset_of(self, name: str) -> str:
        """The dataset that the platform calls so."""
        return next(dataset for dataset, named in self.profile.datasets.items() if named.name == name)
