"""What ``hub doctor`` sees of the county's own lists: whether they keep up with what departments have reported (体检).

A list is never changed by a delivery: a person compares the official text, then edits ``schemas/``. These looks say
when there is something to compare. They tell numbers of divisions, levels and days, and no other cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from hub.contract import load
from hub.contract.law import CATALOGUE
from hub.contract.model import Code
from hub.errors import HubError
from hub.ledger import frames

if TYPE_CHECKING:
    from hub.line.hub import Hub

CHANGES, EDITIONS = "government/region_change", "credit/catalogue_edition"
_LEVELS = ("全国", "省")  # of the catalogues that a contract may name as its ground
_SHOWN = 5  # divisions that are told of each kind


def looks(hub: Hub, warned: type[str]) -> Iterator[tuple[str, Callable[[], str]]]:
    """A look for each of the two datasets that the configuration has."""
    try:
        there = set(hub.contracts)
    except HubError:  # a broken contract is told by its own look
        return
    if CHANGES in there:
        yield "regions", partial(_regions, hub, warned)
    if EDITIONS in there:
        yield "catalogue", partial(_catalogue, hub, warned)


def _regions(hub: Hub, warned: type[str]) -> str:
    """Whether the list of regions holds what the changes in force have left, and nothing that they ended."""
    today = hub.today()
    changes = [row for row in _accepted(hub, CHANGES, ("yqhdm", "xqhdm", "xqhmc", "sxrq")) if row["sxrq"] <= today]
    told = f"{len(changes)} changes of divisions are in force"
    listed = {one.code: one for one in _listed(hub)}
    if not listed:
        return f"{told}; no contract has a list of regions"
    ended, missing, renamed = [], [], []
    for code, name in sorted(_left(changes).items()):
        entry = listed.get(code)
        held = entry is not None and _holds(entry, today)
        if not code.startswith(hub.county.division):
            continue  # of a neighbour, to whom a division went
        if name is None and held:
            ended.append(code)
        elif name is not None and not held:
            missing.append(code)
        elif name is not None and entry is not None and name not in (entry.label, *entry.synonyms):
            renamed.append(code)
    troubles = (("still valid", ended), ("missing", missing), ("under another name", renamed))
    said = [f"{what}: {_few(codes)}" for what, codes in troubles if codes]
    return warned(f"{told}; the list of regions does not show them: {'; '.join(said)}") if said else told


def _left(changes: list[dict[str, Any]]) -> dict[str, str | None]:
    """What the changes have made of each code, one day after another: its name, None where it has ended."""
    found: dict[str, str | None] = {}
    for day in sorted({row["sxrq"] for row in changes}):
        those = [row for row in changes if row["sxrq"] == day]
        found |= {row["yqhdm"]: None for row in those if row["yqhdm"]}
        found |= {row["xqhdm"]: row["xqhmc"] for row in those if row["xqhdm"]}
    return found


def _listed(hub: Hub) -> tuple[Code, ...]:
    """The county's list of regions: the longest that a column of divisions has."""
    lists = [one.codes for contract in hub.contracts.values() for one in contract.columns if one.kernel == "region"]
    return max(lists, key=len, default=())


def _holds(entry: Code, day: date) -> bool:
    return (entry.valid_from is None or entry.valid_from <= day) and (entry.valid_to is None or day <= entry.valid_to)


def _few(codes: list[str]) -> str:
    more = len(codes) - _SHOWN
    return ", ".join(codes[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _catalogue(hub: Hub, warned: type[str]) -> str:
    """Whether the law of the configuration is as new as the editions that are in force."""
    today, items = hub.today(), load.law(hub.settings.schemas).items.values()
    columns = ("mlcj", "wh", "bbmc", "sxrq", "btdwh")
    editions = [row for row in _accepted(hub, EDITIONS, columns) if row["sxrq"] <= today]
    told = f"{len(editions)} editions of catalogues are or were in force"
    newest = max((item.valid_from for item in items if item.valid_from <= today), default=date.min)
    replaced = {(row["mlcj"], row["btdwh"]) for row in editions}
    newer: dict[str, date] = {}
    for row in editions:
        level, begins = str(row["mlcj"]), row["sxrq"]
        known = any(item.name.startswith(f"{row['bbmc']} ") for item in items)
        if level in _LEVELS and (level, row["wh"]) not in replaced and begins > newest and not known:
            newer[level] = max(begins, newer.get(level, begins))
    if not newer:
        return told
    said = "、".join(f"{level} since {newer[level]}" for level in _LEVELS if level in newer)
    return warned(f"{told}; newer than {CATALOGUE}: {said}")


def _accepted(hub: Hub, dataset: str, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    return frames.current(hub.ledger, hub.shape(hub.contract(dataset)), columns).to_dicts()
