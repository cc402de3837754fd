"""Outlet governance (省综治) by a service that takes JSON events: a key on each call, a code for each row.

A call that was made before has the same key, and the service answers it as it did then; without that it goes by the
sequence: only a higher one changes what it holds, and at the same one a removal wins. What is not answered for a row is
no verdict: the service is asked what it holds, or the row goes again, which changes nothing. Aggregates go as whole
tables of a month, only where the digest of what it holds is another.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal
from urllib.parse import quote

import polars as pl

from connectors.faults import Refused, TooLarge, Unreachable
from connectors.http_source import Api
from hub.contract.event_profile import EventProfile
from hub.contract.model import Aggregate, Contract, Outlet
from hub.errors import CallOperator, FixConfiguration, TryAgain
from hub.failpoints import reached
from hub.outlets import preparing, sharing
from hub.outlets.receiver import Answer, Parcel
from hub.outlets.xml_rows import number, text_of

TOO_LARGE = "一行就超过了接收方一次能收的大小"
Event = tuple[int, Mapping[str, Any]]  # sequence, as it goes
Verdict = tuple[Literal["taken", "absent", "refused"], str]  # and why


@dataclass(frozen=True, slots=True)
class EventService:
    """The receiver, reached over HTTP. ``key`` keys pseudonyms."""

    outlet: Outlet
    profile: EventProfile
    api: Api
    key: bytes = field(repr=False)
    told: dict[tuple[str, str], Answer] = field(default_factory=dict, repr=False)  # by dataset and record
    removes_at_once = True
    only_sent = True

    def takes(self, dataset: str) -> bool:
        """Whether single records of it go there."""
        return dataset in self.profile.datasets

    def prepare(
        self, contract: Contract, records: pl.DataFrame, today: date, circumstances: sharing.Circumstances
    ) -> Parcel:
        """See ``Receiver``."""
        profile, names = self.profile, self.profile.event
        named = profile.datasets[contract.dataset]

        def around(row: Mapping[str, Any], record_id: str, sequence: int) -> Mapping[str, Any]:
            cells = {name: text_of(cell, profile.date_format) for name, cell in row.items() if cell is not None}
            return self._event(record_id, sequence, names["put"]) | {names["data"]: cells}

        return preparing.prepare(
            *(self.outlet.id, contract.dataset, named.columns, contract, records, today, circumstances, around),
            key=self.key,
        )

    def put(self, parcel: Parcel) -> dict[int, str]:
        """See ``Receiver``."""
        names = self.profile.event
        hidden = sorted(parcel.hidden.items())
        gone = [(sequence, self._event(record, sequence, names["delete"])) for sequence, (record, _) in hidden]
        with _answering():
            judged = self._all(parcel.table, gone)
            said = {sequence: judged.get(sequence, ("refused", "没有答复")) for sequence, _ in gone}
            stay = {sequence: why for sequence, (meaning, why) in said.items() if meaning == "refused"}
            removed = [record for sequence, (record, _) in hidden if sequence not in stay]
            if self._shown(parcel.table, removed):
                raise TryAgain("the event service still shows a record that was removed")
            rows = sorted(parcel.rows.items())
            verdicts: dict[int, Verdict] = {}
            try:
                unfit = self._all(parcel.table, rows, verdicts)
            finally:
                self._remember(parcel, verdicts)
        return stay | {sequence: why for sequence, (_, why) in unfit.items() if why == TOO_LARGE}

    def answers(self, dataset: str, waiting: Mapping[str, int]) -> list[Answer]:
        """See ``Receiver``: what was replied in this session, else what the service holds."""
        found = [self.told[dataset, record] for record in waiting if (dataset, record) in self.told]
        settled = {one.record_id for one in found if one.sequence == waiting[one.record_id]}
        if open_ := sorted(waiting.keys() - settled):
            with _answering():
                held = self._held(dataset, open_)
            found += [Answer(record, sequence, "acknowledged", None) for record, sequence in held.items()]
        return found

    def can_be_asked(self, dataset: str) -> bool:
        """See ``Receiver``."""
        return True

    def shown(self, dataset: str, record_ids: Sequence[str]) -> set[str]:
        """See ``Receiver``."""
        with _answering():
            return self._shown(dataset, record_ids)

    def sequences(self, dataset: str) -> dict[str, int]:
        """See ``Receiver``."""
        found: dict[str, int] = {}
        after = ""
        with _answering():
            while page := self._asked(dataset, self.profile.query["after"], after):
                if not all(record > after for record in page):
                    raise CallOperator("the event service's answers do not come in the order of the ids")
                found |= page
                after = max(page)
        return found

    def as_of(self, dataset: str) -> date | None:
        """See ``Receiver``."""
        return None

    def tables(self, dataset: str) -> dict[tuple[str, str], str]:
        """By name and month the digest of every table of a dataset's aggregates that the service holds."""
        names = self.profile.table
        asked = {self.profile.event["dataset"]: self.profile.tables[dataset].name}
        with _answering():
            listed = self._list(self._call("POST", self.profile.paths["heldTables"], asked), names["list"])
        return {
            (_text(one, names["name"]), _text(one, names["month"])): _text(one, names["digest"], empty=True)
            for one in listed
        }

    def put_table(self, dataset: str, name: str, month: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace a month of an aggregate there; without rows nothing of it is shown any more."""
        names, table = self.profile.table, self.profile.tables[dataset]
        content = {
            self.profile.event["dataset"]: table.name,
            names["name"]: name,
            names["month"]: month,
            names["digest"]: digest(rows),
            names["rows"]: list(rows),
        }
        path = f"{self.profile.paths['tables']}/{table.name}/{quote(name, safe='')}/{month}"
        with _answering():
            reached("governance.before_table")
            answer = self._call("PUT", path, content)
            reached("governance.after_table")
            meaning, _ = self._judged(answer)
        if meaning == "later":
            raise TryAgain("the event service does not say that it took a table")
        if meaning != "taken":
            raise FixConfiguration(f"the event service refuses a table of {dataset}")

    def rows_of(self, contract: Contract, rule: Aggregate, shown: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
        """By month the rows of an aggregate under the service's names; a cell that is not shown is left out."""
        names, columns = self.profile.table, self.profile.tables[contract.dataset].columns

        def called(name: str) -> str:
            return columns.get(name, contract.column(name).physical_name)

        found: dict[str, list[dict[str, Any]]] = {}
        for row in shown.iter_rows(named=True):
            cells = {called(rule.by): row[rule.by], names["label"]: row["label"], names["count"]: row["count"]}
            cells |= {called(name): row[f"sum_{name}"] for name in rule.sums}
            told = {name: cell if isinstance(cell, int) else text_of(cell, "") for name, cell in cells.items()}
            found.setdefault(row["month"], []).append({name: cell for name, cell in told.items() if cell != ""})
        return found

    def _event(self, record: str, sequence: int, operation: str) -> dict[str, Any]:
        names = self.profile.event
        return {names["id"]: record, names["sequence"]: sequence, names["operation"]: operation}

    def _all(
        self, dataset: str, events: Sequence[Event], verdicts: dict[int, Verdict] | None = None
    ) -> dict[int, Verdict]:
        """Every event in calls of the size that it takes; ``verdicts`` is told on the way."""
        found: dict[int, Verdict] = {} if verdicts is None else verdicts
        size = self.profile.rows
        to_do = [events[start : start + size] for start in range(0, len(events), size)][::-1]
        while to_do:
            part = to_do.pop()
            try:
                found |= self._sent(dataset, part)
            except TooLarge:
                if len(part) == 1:
                    found[part[0][0]] = ("refused", TOO_LARGE)
                else:
                    to_do += [part[len(part) // 2 :], part[: len(part) // 2]]
        return found

    def _sent(self, dataset: str, events: Sequence[Event]) -> dict[int, Verdict]:
        """One call; what is said of each event, once and clearly."""
        names, reply = self.profile.event, self.profile.reply
        content = {names["dataset"]: self.profile.datasets[dataset].name, names["list"]: [event for _, event in events]}
        reached("governance.before_call")
        between = f"{events[0][0]}-{events[-1][0]}"
        answer = self._call("POST", self.profile.paths["events"], content, f"{self.outlet.id}-{dataset}-{between}")
        reached("governance.after_call")
        sent = {(event[names["id"]], sequence) for sequence, event in events}
        said: dict[int, set[Verdict]] = {}
        for one in self._list(answer, reply["list"]):
            sequence = number(str(one.get(names["sequence"], "")))
            if sequence is not None and (one.get(names["id"]), sequence) in sent:
                meaning, why = self._judged(one)
                if meaning != "later":
                    said.setdefault(sequence, set()).add((meaning, why))
        return {sequence: verdicts.pop() for sequence, verdicts in said.items() if len(verdicts) == 1}

    def _judged(self, one: Any) -> tuple[Literal["taken", "absent", "refused", "later"], str]:
        """What the code of an answer means, and the cause of a refusal."""
        reply = self.profile.reply
        code = one.get(reply["code"]) if isinstance(one, dict) else None
        if code is None:
            return "later", ""  # half an answer
        meaning = self.profile.codes.meaning(str(code))
        if meaning is None or meaning == "configuration":
            said = code if re.fullmatch("[0-9A-Za-z_-]{1,16}", str(code)) else "of another form"
            what = "that the profile does not name" if meaning is None else "about our configuration"
            raise FixConfiguration(f"the event service answers with a code {what}: {said}")
        if meaning == "again":
            return "later", ""
        why = one.get(reply["message"])
        refused = meaning == "refused"
        return meaning, (why if isinstance(why, str) and why else f"返回码 {code}") if refused else ""

    def _remember(self, parcel: Parcel, verdicts: Mapping[int, Verdict]) -> None:
        for sequence, (meaning, why) in verdicts.items():
            if why != TOO_LARGE:
                record = parcel.rows[sequence][self.profile.event["id"]]
                state: Literal["acknowledged", "rejected"] = "acknowledged" if meaning == "taken" else "rejected"
                self.told[parcel.table, record] = Answer(record, sequence, state, why or None)

    def _shown(self, dataset: str, record_ids: Sequence[str]) -> set[str]:
        return set(self._held(dataset, record_ids)) if record_ids else set()

    def _held(self, dataset: str, record_ids: Sequence[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for start in range(0, len(record_ids), self.profile.rows):
            part = list(record_ids[start : start + self.profile.rows])
            page = self._asked(dataset, self.profile.query["ids"], part)
            found |= {record: page[record] for record in page.keys() & set(part)}
        return found

    def _asked(self, dataset: str, name: str, value: Any) -> dict[str, int]:
        """By record the sequences that the service holds, of some records or of the next ones after an id."""
        names = self.profile.event
        asked = {names["dataset"]: self.profile.datasets[dataset].name, name: value}
        found: dict[str, int] = {}
        for one in self._list(self._call("POST", self.profile.paths["held"], asked), self.profile.query["list"]):
            sequence = number(str(one.get(names["sequence"], "")))
            if sequence is None:
                raise FixConfiguration("the answer to a query lacks what the profile names as the sequence")
            found[_text(one, names["id"])] = sequence
        return found

    def _call(self, method: str, path: str, content: Mapping[str, Any], lead: str = "") -> Any:
        body = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
        sha256 = hashlib.sha256(body).hexdigest()
        key = f"{lead.replace('/', '.')}-{sha256[:32]}" if lead else sha256
        return self.api.ask(method, path, body, {self.profile.key_header: key})

    @staticmethod
    def _list(answer: Any, name: str) -> list[Mapping[str, Any]]:
        listed = answer.get(name) if isinstance(answer, dict) else None
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise TryAgain("the event service's answer is not whole")
        return listed


def digest(rows: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 of rows as JSON, keys sorted; empty when there are none."""
    whole = json.dumps(list(rows), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(whole.encode()).hexdigest() if rows else ""


def _text(one: Mapping[str, Any], name: str, *, empty: bool = False) -> str:
    value = one.get(name)
    if not isinstance(value, str) or not (value or empty):
        raise FixConfiguration(f"the answer to a query lacks what the profile names as {name}")
    return value


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except Unreachable:
        raise TryAgain("the event service does not answer") from None
    except (Refused, TooLarge) as error:
        raise FixConfiguration(f"the event service refuses: {error}") from None


def service(outlet: Outlet, api: Api, key: bytes) -> EventService:
    """The service of an outlet."""
    if not isinstance(outlet.profile, EventProfile):
        raise FixConfiguration(f"outlets.yaml: {outlet.id} has no profile of an event service")
    return EventService(outlet, outlet.profile, api, key)
