"""How long a dataset's things are kept (保存期限), by class, from ``slaProperties``: no period means for ever."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from hub.contract.document import Place

Unit = Literal["d", "m", "y"]
Class = Literal["blobs", "quarantine", "versions", "receipts", "events"]
CLASSES: tuple[Class, ...] = get_args(Class)
GENERAL = "retention"
PROPERTIES = (GENERAL, *(f"retention{one.capitalize()}" for one in CLASSES))


@dataclass(frozen=True, slots=True)
class Period:
    """A number of days, months or years."""

    number: int
    unit: Unit

    def before(self, now: datetime) -> datetime:
        """The moment before which things are past their time.

        >>> Period(1, "m").before(datetime(2027, 3, 31)), Period(5, "y").before(datetime(2028, 2, 29)).date()
        (datetime.datetime(2027, 2, 28, 0, 0), datetime.date(2023, 2, 28))
        """
        if self.unit == "d":
            # Days of 24 hours: the moment is in UTC, where no clock is put back.
            return datetime.fromtimestamp(now.timestamp() - self.number * 86_400, now.tzinfo)
        months = now.year * 12 + now.month - 1 - self.number * (12 if self.unit == "y" else 1)
        year, month = divmod(months, 12)
        return now.replace(year=year, month=month + 1, day=min(now.day, calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class Retention:
    """The period of each class; None: kept."""

    blobs: Period | None = None  # the untouched bytes (原件)
    quarantine: Period | None = None  # rejected rows, and the values that findings quote (待更正)
    versions: Period | None = None  # versions that no longer hold (失效版本)
    receipts: Period | None = None  # what receipts say (回执)
    events: Period | None = None  # what events say (存证内容)

    def of(self, one: Class) -> Period | None:
        """The period of a class by its name."""
        period: Period | None = getattr(self, one)
        return period


KEPT = Retention()


def read_retention(service: Place) -> Retention:
    """The periods in ``slaProperties``; a class without its own has that of ``retention``."""
    found: dict[str, Period] = {}
    for place in service.items():
        name = place.child("property").value
        if name not in PROPERTIES:
            continue
        if name in found:
            place.wrong(f"{name} stands twice")
        number, unit = place.number("value"), place.child("unit").value
        if number is None or number != int(number) or not 1 <= number <= 1200:
            place.child("value").wrong(f"{name} must be a whole number from 1 to 1200")
        elif unit not in get_args(Unit):
            place.child("unit").wrong(f"the unit of {name} must be d, m or y")
        else:
            found[str(name)] = Period(int(number), unit)  # type: ignore[arg-type]
    general = found.get(GENERAL)
    return Retention(**{one: found.get(f"retention{one.capitalize()}", general) for one in CLASSES})
