"""Outlet province by a SOAP service of the 信用中国 kind (服务接口): rows as escaped XML, a code as the verdict.

One call is taken whole or not at all. A refused call names the line at fault; as that may be missing or wrong, the row
is sent alone before anybody is told that it was refused, and the rest goes on without it. The reply is the verdict: it
is kept until ``answers`` asks for it. Where a run ends before that, the service is asked what it holds, or the rows go
again, which changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import polars as pl

from connectors.faults import Refused, Unreachable
from connectors.soap import Service
from hub.contract.model import Contract, Outlet
from hub.contract.profiles import Operations, SoapProfile
from hub.errors import CallOperator, FixConfiguration, TryAgain
from hub.failpoints import reached
from hub.outlets import preparing, sharing, xml_rows
from hub.outlets.receiver import Answer, Parcel

Rows = Sequence[tuple[int, Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call came to: taken, absent or refused; the position of the row at fault when one is named."""

    meaning: Literal["taken", "absent", "refused"]
    position: int | None
    cause: str


@dataclass(frozen=True, slots=True)
class SoapService:
    """The province, reached by its service."""

    outlet: Outlet
    profile: SoapProfile
    service: Service
    token: str = field(repr=False)
    told: dict[tuple[str, str], Answer] = field(default_factory=dict, repr=False)  # by dataset and record
    removes_at_once = True
    only_sent = False

    def takes(self, dataset: str) -> bool:
        """Whether the profile names operations for it."""
        return dataset in self.profile.datasets

    def prepare(
        self, contract: Contract, records: pl.DataFrame, today: date, circumstances: sharing.Circumstances
    ) -> Parcel:
        """See ``Receiver``."""
        profile, dataset = self.profile, contract.dataset

        def around(row: Mapping[str, Any], record_id: str, sequence: int) -> Mapping[str, str]:
            cells = {name: xml_rows.text_of(cell, profile.date_format) for name, cell in row.items()}
            return {profile.envelope.id: record_id, profile.envelope.sequence: str(sequence)} | cells

        names, ours = self._operations(dataset).columns, (profile.envelope.id, profile.envelope.sequence)
        outlet = self.outlet.id
        return preparing.prepare(outlet, dataset, names, contract, records, today, circumstances, around, ours)

    def put(self, parcel: Parcel) -> dict[int, str]:
        """See ``Receiver``."""
        operations, envelope = self._operations(parcel.table), self.profile.envelope
        gone = [
            (sequence, {envelope.id: record, envelope.sequence: str(sequence)})
            for sequence, (record, _) in sorted(parcel.hidden.items())
        ]
        unfit = {sequence: xml_rows.UNFIT for sequence, row in parcel.rows.items() if not xml_rows.fits(row)}
        rows = sorted((sequence, row) for sequence, row in parcel.rows.items() if sequence not in unfit)
        with _answering():
            judged = self._whole(operations.delete, gone, {}, absent_is_good=True)
            stay = {sequence: cause for sequence, cause in judged.items() if cause}
            removed = [row[envelope.id] for sequence, row in gone if sequence not in stay]
            if removed and self.shown(parcel.table, removed):
                raise TryAgain("the provincial service still shows a record that was removed")
            verdicts: dict[int, str] = {}
            try:
                self._whole(operations.put, rows, verdicts)
            finally:
                self._remember(parcel.table, rows, verdicts)
        return unfit | stay

    def answers(self, dataset: str, waiting: Mapping[str, int]) -> list[Answer]:
        """See ``Receiver``: what was replied in this session, else what the service holds."""
        found = [self.told[dataset, record] for record in waiting if (dataset, record) in self.told]
        open_ = sorted(waiting.keys() - {one.record_id for one in found if one.sequence == waiting[one.record_id]})
        if open_ and self.can_be_asked(dataset):
            with _answering():
                held = self._held(dataset, open_)
            found += [Answer(record, sequence, "acknowledged", None) for record, sequence in held.items()]
        return found

    def can_be_asked(self, dataset: str) -> bool:
        """See ``Receiver``."""
        return self._operations(dataset).query is not None

    def shown(self, dataset: str, record_ids: Sequence[str]) -> set[str]:
        """See ``Receiver``."""
        if not record_ids or not self.can_be_asked(dataset):
            return set()
        with _answering():
            return set(self._held(dataset, record_ids))

    def sequences(self, dataset: str) -> dict[str, int]:
        """See ``Receiver``."""
        if not self.can_be_asked(dataset):
            raise CallOperator("the service cannot be asked what it holds: a person has to reconcile it by a list")
        found: dict[str, int] = {}
        with _answering():
            after = ""
            while page := self._query(dataset, self.profile.after, [after]):
                if not all(record > after for record in page):
                    raise CallOperator("the service's answers to a query do not come in the order of the ids")
                found |= page
                after = max(page)
        return found

    def as_of(self, dataset: str) -> date | None:
        """See ``Receiver``."""
        return None

    def _operations(self, dataset: str) -> Operations:
        try:
            return self.profile.datasets[dataset]
        except KeyError:
            raise FixConfiguration(f"the profile of {self.outlet.id} does not name {dataset}") from None

    def _remember(self, dataset: str, rows: Rows, verdicts: Mapping[int, str]) -> None:
        for sequence, row in rows:
            if sequence in verdicts:
                cause = verdicts[sequence]
                record = row[self.profile.envelope.id]
                state: Literal["acknowledged", "rejected"] = "rejected" if cause else "acknowledged"
                self.told[dataset, record] = Answer(record, sequence, state, cause or None)

    def _whole(
        self, operation: str, rows: Rows, verdicts: dict[int, str], *, absent_is_good: bool = False
    ) -> dict[int, str]:
        """Every row of an operation in calls of the profile's size; by sequence the cause of each refusal.

        ``verdicts`` is told of each row as soon as it is known, with an empty cause when it was taken.
        """
        size = self.profile.rows
        to_do = [rows[start : start + size] for start in range(0, len(rows), size)][::-1]
        while to_do:
            part = to_do.pop()
            reply = self._send(operation, part)
            if reply.meaning == "taken" or (len(part) == 1 and reply.meaning == "absent" and absent_is_good):
                verdicts |= {sequence: "" for sequence, _ in part}
            elif len(part) == 1:
                verdicts[part[0][0]] = reply.cause
            else:
                to_do += self._apart(part, reply.position)
        return verdicts

    @staticmethod
    def _apart(part: Rows, position: int | None) -> list[Rows]:
        """The named row alone and first, then the rest; halves when none is named that is there."""
        if position is None or not 0 <= position < len(part):
            half = len(part) // 2
            return [part[half:], part[:half]]
        rest = [*part[:position], *part[position + 1 :]]
        return [rest, part[position : position + 1]]

    def _send(self, operation: str, rows: Rows) -> Reply:
        content = xml_rows.write(self.profile.envelope, [row for _, row in rows])
        reached("soap.before_call")
        answer = self._call(operation, content)
        reached("soap.after_call")
        cells, meaning = self._judged(answer)
        line = xml_rows.number(cells.get(self.profile.reply.line))
        position = None if line is None else line - self.profile.reply.first_line
        code = cells[self.profile.reply.code]
        return Reply(meaning, position, cells.get(self.profile.reply.message) or f"返回码 {code}")

    def _judged(self, answer: Any) -> tuple[dict[str, str], Literal["taken", "absent", "refused"]]:
        """A reply's cells and what its code means."""
        cells = {name: text.strip() for name, text in xml_rows.cells_of(answer).items()}
        code = cells.get(self.profile.reply.code, "")
        meaning = self.profile.codes.meaning(code)
        if meaning == "again":
            raise TryAgain("the provincial service says: later")
        if meaning is None or meaning == "configuration":
            said = code if re.fullmatch("[0-9A-Za-z_-]{1,16}", code) else "of another form"
            what = "that the profile does not name" if meaning is None else "about our configuration"
            raise FixConfiguration(f"the provincial service answers with a code {what}: {said}")
        return cells, meaning

    def _held(self, dataset: str, record_ids: Sequence[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for start in range(0, len(record_ids), self.profile.rows):
            part = record_ids[start : start + self.profile.rows]
            asked = set(part)
            page = self._query(dataset, self.profile.envelope.id, part)
            found |= {record: sequence for record, sequence in page.items() if record in asked}
        return found

    def _query(self, dataset: str, name: str, values: Sequence[str]) -> dict[str, int]:
        operation, envelope = self._operations(dataset).query, self.profile.envelope
        assert operation is not None  # whoever calls has looked
        answer = self._call(operation, xml_rows.question(self.profile.asked, name, values))
        if xml_rows.name_of(answer) != envelope.root:
            self._judged(answer)
            raise FixConfiguration("the answer to a query is not what the profile says")
        found: dict[str, int] = {}
        for row in xml_rows.rows_of(answer, envelope.row):
            sequence = xml_rows.number(row.get(envelope.sequence))
            if sequence is None or not row.get(envelope.id):
                raise FixConfiguration("the answer to a query lacks what the profile names as id or sequence")
            found[row[envelope.id]] = sequence
        return found

    def _call(self, operation: str, content: bytes) -> Any:
        parameters = {self.profile.xml: content.decode()}
        if self.profile.token:
            parameters[self.profile.token] = self.token
        answer = self.service.call(operation, parameters)
        try:
            return xml_rows.read(answer.encode())
        except (xml_rows.NotXml, UnicodeEncodeError):
            raise TryAgain("the provincial service's answer is no whole XML") from None


@contextmanager
def door(outlet: Outlet, wsdl: str, address: str, token: str, seconds: float) -> Iterator[SoapService]:
    """The service of an outlet; ``FixConfiguration`` when the WSDL lacks an operation that the profile names."""
    profile = outlet.profile
    if not isinstance(profile, SoapProfile):
        raise FixConfiguration(f"outlets.yaml: {outlet.id} has no profile of a service")
    if profile.token and not token:
        raise FixConfiguration("the profile names a token, and HUB_PROVINCE_SERVICE__TOKEN is not set")
    with _answering(), Service(wsdl, address, seconds) as service:
        named = {one for each in profile.datasets.values() for one in (each.put, each.delete, each.query)}
        missing = sorted(one for one in named if one is not None and not service.has(one))
        if missing:
            raise FixConfiguration(f"the WSDL has no operation {', '.join(missing)}")
        yield SoapService(outlet, profile, service, token)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except Unreachable:
        raise TryAgain("the provincial service does not answer") from None
    except Refused as error:
        raise FixConfiguration(f"the provincial service refuses: {error}") from None
