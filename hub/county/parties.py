"""Whom a decision is about (行政相对人): an organisation, a sole trader or a person, and the cells that say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from hub.county.source import Cells
from hub.county.world import Organisation, Person, World


@dataclass(frozen=True, slots=True)
class Party:
    """One of the two is there."""

    organisation: Organisation | None = None
    person: Person | None = None

    @property
    def name(self) -> str:
        """As it stands in the register, or on the identity card."""
        return self._either.name

    @property
    def category(self) -> str:
        """主体类别, the canonical code."""
        return self.organisation.category if self.organisation else "自然人"

    @property
    def _either(self) -> Organisation | Person:
        either = self.organisation or self.person
        if either is None:
            raise ValueError("a party is an organisation or a person")
        return either

    def cells(self, prefix: str = "") -> Cells:
        """Name, category and codes; ``prefix`` stands before the columns' names (``xk_``, ``cf_``)."""
        found: Cells = {f"{prefix}xdr_mc": self.name, f"{prefix}xdr_lb": self.category}
        if self.organisation:
            found[f"{prefix}xdr_shxym"] = self.organisation.uscc
        elif self.person:
            found[f"{prefix}xdr_zjlx"] = "身份证"
            found[f"{prefix}xdr_zjhm"] = self.person.citizen_id
        return found

    def head(self, prefix: str) -> Cells:
        """Who stands for it (法定代表人); nothing for a person."""
        if not self.organisation:
            return {}
        head = self.organisation.head
        return {f"{prefix}frdb": head.name, f"{prefix}fr_zjlx": "身份证", f"{prefix}fr_zjhm": head.citizen_id}


def some_party(world: World, rng: Random, day: date, persons: float) -> Party:
    """Anybody who is there on the day; ``persons`` is the share of people among them."""
    if rng.random() < persons:
        return Party(person=rng.choice(world.some_household(rng).members))
    return Party(organisation=founded_before(world, rng, day))


def founded_before(world: World, rng: Random, day: date, *kinds: str) -> Organisation:
    """Any organisation of the kinds on which others may rely, and that is there on the day."""
    while True:
        found = world.some_organisation(rng, *kinds)
        if found.founded <= day:
            return found
