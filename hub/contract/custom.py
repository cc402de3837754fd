"""ODCS ``customProperties``: a list of {property, value}. The hub refuses those that it does not know."""

from __future__ import annotations

from collections.abc import Collection

from hub.contract.document import Place


def custom(place: Place, known: Collection[str]) -> dict[str, Place]:
    """The values of ``customProperties`` by property."""
    found: dict[str, Place] = {}
    for each in place.child("customProperties").items():
        name = each.text("property")
        if name and name not in known:
            each.wrong(f"unknown custom property {name!r}; known are {', '.join(sorted(known))}")
        elif name in found:
            each.wrong(f"custom property {name!r} stands twice")
        else:
            found[name] = each.child("value")
    return found


def yes(place: Place | None) -> bool:
    """A property that is true or false; false when it is not there."""
    if place is not None and not isinstance(place.value, bool):
        place.wrong("the value must be true or false")
    return place is not None and place.value is True
