"""A model of the ledger in plain dictionaries: what departments and people have said, and what must follow from it.

It knows nothing of tables, stages or outlets. Of every record it keeps a timeline, the day from which each statement
holds; the last one is current. ``hub.ledger`` reaches the same by set-based SQL, and the state machine compares.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

REFUSE_ABOVE, REMOVE_ABOVE = 0.5, 0.2  # of the small contract
ENTERED = ("ACCEPTED", "PARTIAL")
Statement = tuple[int, int, str]  # day, amount, state: what a row says of its record


@dataclass(frozen=True)
class Row:
    """One line of a file. ``serial`` names the record, 0 is a blank line."""

    serial: int
    day: int = 0
    amount: int = 0
    state: str = "1"
    fault: str = ""  # "amount": cannot be read; "key": the record cannot be told

    @property
    def says(self) -> Statement:
        return (self.day, self.amount, self.state)

    @property
    def about(self) -> int | None:
        return None if self.fault == "key" or not self.serial else self.serial


@dataclass(frozen=True)
class Sent:
    """A file as it was sent."""

    rows: tuple[Row, ...]
    slot: str
    mode: str


@dataclass
class Judged:
    """What must have become of a delivery."""

    sent: Sent
    first: int | None = None  # the delivery with the same bytes
    verdict: str = "WAITING"
    fates: list[tuple[int | None, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    resend: tuple[int, str, int] | None = None  # of which delivery, kind, vanished rows

    @property
    def taken(self) -> list[Row]:
        return [row for row, (_, fate) in zip(self.sent.rows, self.fates, strict=True) if fate == "accepted"]


@dataclass
class Ledger:
    """What must be known, and of whom."""

    deliveries: dict[int, Judged] = field(default_factory=dict)
    timelines: dict[int, dict[int, tuple[Statement, int]]] = field(default_factory=dict)  # record: day: what, by whom
    ever: Counter[tuple[int, Statement]] = field(default_factory=Counter)
    floors: dict[int, int] = field(default_factory=dict)  # withdrawn records: up to which day
    lifted: int = 0  # the last delivery before a withdrawal was taken back
    open_rows: Counter[tuple[int, int | None]] = field(default_factory=Counter)  # quarantine

    def current(self) -> dict[int, Statement]:
        return {serial: line[max(line)][0] for serial, line in self.timelines.items() if line}

    def held(self) -> list[tuple[int, int, int | None, Statement]]:
        """Every statement that is taken for true: record, from which day, up to which, what."""
        found = []
        for serial, line in sorted(self.timelines.items()):
            days: list[int | None] = [*sorted(line), None]
            found += [(serial, day, days[place + 1], line[day][0]) for place, day in enumerate(sorted(line))]
        return found

    def withdrawn(self) -> list[int]:
        """Known records that a withdrawal keeps out."""
        return sorted(self.floors.keys() & {serial for serial, _ in self.ever})

    def pending(self) -> list[int]:
        """Deliveries on which a person has to decide."""
        return [number for number, told in self.deliveries.items() if told.verdict == "PENDING"]

    def came(self, number: int, sent: Sent) -> None:
        """A file has landed."""
        same = (one for one, told in self.deliveries.items() if told.first is None and one > self.lifted)
        first = next((one for one in same if _bytes(self.deliveries[one].sent) == _bytes(sent)), None)
        self.deliveries[number] = Judged(sent, first)
        if first is None:
            self.judge(number)
        self.repeats()

    def repeats(self) -> None:
        """Files that came before repeat the outcome of the first, once that is there."""
        for told in self.deliveries.values():
            if told.first is not None and self.deliveries[told.first].verdict not in ("WAITING", "PENDING"):
                told.verdict = "DUPLICATE"
                told.fates = [(serial, "duplicate") for serial, _ in self.deliveries[told.first].fates]
                told.counts = Counter(rows=len(told.fates), duplicate=len(told.fates))

    def judge(self, number: int, person: str = "") -> None:
        """``person``: released or refused, where a person has decided."""
        told = self.deliveries[number]
        told.fates = _fates(told.sent)
        counts = Counter(fate for _, fate in told.fates)
        share = counts["rejected"] / max(counts["accepted"] + counts["rejected"], 1)
        refused = person == "refused" or (told.sent.mode != "withdrawal" and share > REFUSE_ABOVE)
        if refused:
            told.fates = [(one, "rejected" if fate == "accepted" else fate) for one, fate in told.fates]
        if told.sent.mode != "withdrawal":
            self._keep_out(told)
        earlier = self._earlier(number) if not refused and told.sent.mode != "withdrawal" else []
        whole = next((one for one in earlier if self.deliveries[one].sent.mode != "correction"), None)
        here = {row.about for row in told.sent.rows}
        gone = [] if whole is None else self._after(told, number, earlier).vanished(self.deliveries[whole], here)
        asked = told.sent.mode == "replacement" and whole is not None and person != "released"
        if asked and whole and len(gone) > REMOVE_ABOVE * self.deliveries[whole].counts["accepted"]:
            told.verdict, told.fates = "PENDING", []
            return
        moved = self._take(told, number, earlier)
        mended = self._quarantine(told, number)
        counts = Counter(fate for _, fate in told.fates)
        unchanged = counts["accepted"] - moved["inserted"] - moved["updated"]
        told.counts = Counter(rows=len(told.fates), unchanged=unchanged, **counts) + moved
        told.verdict = "PARTIAL" if counts["accepted"] else "REJECTED"
        told.verdict = "REJECTED" if refused else told.verdict if counts["rejected"] else "ACCEPTED"
        if not earlier:
            if mended and not refused and told.sent.mode != "withdrawal":  # the workbook of a receipt, sent back
                told.resend = (max(mended), "extension" if moved["inserted"] > mended.total() else "correction", 0)
            return
        partial = told.sent.mode == "correction" or whole is None
        gone = [] if partial else gone
        before = earlier[0] if partial or whole is None else whole
        removed = told.sent.mode == "replacement" and bool(gone)
        told.resend = (before, "replacement" if removed else _kind(moved, mended.total(), len(gone)), len(gone))
        for serial in gone if removed else ():
            self.withdraw(serial)
        if not partial and (not gone or removed):
            self.open_rows = Counter({key: n for key, n in self.open_rows.items() if key[0] != before})

    def withdraw(self, serial: int) -> None:
        """Nothing of a current record is true any more, and nothing as old comes back."""
        self.floors[serial] = max(self.floors.get(serial, -1), max(self.timelines[serial]))
        self.timelines[serial] = {}

    def reinstate(self, serial: int) -> None:
        """It may come again, also by a file that came before."""
        del self.floors[serial]
        self.lifted = max(self.deliveries, default=0)

    def vanished(self, before: Judged, here: set[int | None]) -> list[int]:
        """Records that an earlier delivery brought, that are current and not ``here``."""
        return sorted({row.serial for row in before.taken} & self.current().keys() - here)

    def _after(self, told: Judged, number: int, earlier: list[int]) -> Ledger:
        """As it would be with a delivery; this stays as it is."""
        other = replace(self, timelines={one: dict(line) for one, line in self.timelines.items()})
        other.ever, other.floors = Counter(self.ever), dict(self.floors)
        other._take(told, number, earlier)
        return other

    def _earlier(self, number: int) -> list[int]:
        """Deliveries that this one sends again, the newest first."""
        slot = self.deliveries[number].sent.slot
        return [
            one
            for one, told in sorted(self.deliveries.items(), reverse=True)
            if one < number and told.sent.slot == slot and told.sent.mode != "withdrawal" and told.verdict in ENTERED
        ]

    def _keep_out(self, told: Judged) -> None:
        for place, (row, (serial, fate)) in enumerate(zip(told.sent.rows, told.fates, strict=True)):
            if fate == "accepted" and row.day <= self.floors.get(row.serial, -1):
                told.fates[place] = (serial, "duplicate")

    def _take(self, told: Judged, number: int, earlier: list[int]) -> Counter[str]:
        moved: Counter[str] = Counter()
        for row in told.taken:
            if told.sent.mode == "withdrawal":
                days = [day for (serial, (day, *_)) in self.ever if serial == row.serial]
                floor = max([row.day, *days, self.floors.get(row.serial, -1)])
                moved["updated"] += bool(self.timelines.get(row.serial))
                self.timelines[row.serial], self.floors[row.serial] = {}, floor
                continue
            if (what := self._say(row, number, told.sent.mode, earlier)) is not None:
                moved[what] += 1
                self.ever[(row.serial, row.says)] += 1
        return moved

    def _say(self, row: Row, number: int, mode: str, earlier: list[int]) -> str | None:
        """One statement; None when it is known already."""
        line = self.timelines.setdefault(row.serial, {})
        if not line:
            line[row.day] = (row.says, number)
            return "inserted"
        day = max(line)
        said, by = line[day]
        corrects = mode in ("correction", "replacement")
        if said == row.says:
            return None
        if (row.day == day or corrects) and by > number:
            return "updated"  # somebody has said it otherwise since
        if row.day != day and (corrects or (row.day < day and by in earlier)):
            for wrong in [one for one in line if one == day or one >= row.day]:
                del line[wrong]
        elif row.day < day and row.says in [one for one, _ in line.values()]:
            return None
        elif row.day < day and row.day in line and line[row.day][1] > number:
            return "updated"  # history that a later delivery has filled
        line[row.day] = (row.says, number)
        return "updated"

    def _quarantine(self, told: Judged, number: int) -> Counter[int]:
        """Gives how many rows were mended, by their deliveries."""
        came = {fate: {one for one, what in told.fates if what == fate and one} for fate in ("accepted", "rejected")}
        before = [key for key in self.open_rows if key[0] < number]
        mended: Counter[int] = Counter()
        for key in before:
            mended[key[0]] += self.open_rows[key] if key[1] in came["accepted"] else 0
        closed = {key for key in before if key[1] in came["accepted"] | came["rejected"]}
        self.open_rows = Counter({key: n for key, n in self.open_rows.items() if key not in closed})
        self.open_rows.update((number, one) for one, what in told.fates if what == "rejected")
        return +mended


def _bytes(sent: Sent) -> tuple[object, ...]:
    return (sent.rows, sent.mode)  # the same rows sent to withdraw them are another request


def _fates(sent: Sent) -> list[tuple[int | None, str]]:
    found: list[tuple[int | None, str]] = []
    for place, row in enumerate(sent.rows):
        bad = row.fault == "key" or (row.fault == "amount" and sent.mode != "withdrawal")
        fate = "rejected" if bad else "accepted"
        fate = "duplicate" if row in sent.rows[:place] else fate
        found.append((row.about, fate if row.serial else "blank"))
    return found


def _kind(moved: Counter[str], mended: int, gone: int) -> str:
    if gone:
        return "replacement" if moved["inserted"] or moved["updated"] or mended else "truncation"
    if moved["inserted"] > mended:
        return "extension"
    return "correction" if moved["updated"] or mended else "same"
