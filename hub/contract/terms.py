"""The terms on which a dataset may leave: subject, lawful basis per outlet, publication window, aggregates."""

from __future__ import annotations

from collections.abc import Mapping

from hub.contract.document import Place
from hub.contract.event_profile import EventProfile
from hub.contract.law import SEVERITIES, CatalogueItem, Law
from hub.contract.model import Aggregate, Column, Lawful, Outlet, Severity, Subject, Window

# Groups with fewer rows let a neighbour guess whose they are.
SMALLEST_GROUP = 10
LATEST_DAYS = 366
_SUBJECTS = ("organisation", "sole_trader", "person", "household")
_ALWAYS = ("organisation", "person", "household", "nobody")
_IDS = ("organisationId", "personId", "householdId")


def column_named(place: Place, key: str, columns: Mapping[str, Column], kernels: tuple[str, ...] = ()) -> str | None:
    """Name of an existing column, of one of the kernels if any are named; None when nothing is written."""
    name = place.optional(key)
    if name is None:
        return None
    if name not in columns:
        place.child(key).wrong(f"{key}: there is no column {name!r}")
    elif kernels and columns[name].kernel not in kernels:
        place.child(key).wrong(f"{key}: column {name} must have the kernel {' or '.join(kernels)}")
    return name


def read_subject(place: Place | None, contract: Place, columns: Mapping[str, Column]) -> Subject:
    """Whom a row is about. Every code of the category must be assigned, so that nobody is shown by oversight."""
    if place is None:
        contract.wrong("the custom property subject is missing: which columns say whom a row is about")
        return Subject(None, (), (), (), None, None, None, None)
    place.mapping(
        (*("category", "organisations", "soleTraders", "persons", "always"), *_IDS, "name"),
    )
    category = column_named(place, "category", columns, ("code",))
    groups = {key: place.texts(key) for key in ("organisations", "soleTraders", "persons")}
    always = place.optional("always")
    if (category is None) == (always is None):
        place.wrong("subject needs either category or always")
    if always is not None and always not in _ALWAYS:
        place.child("always").wrong(f"always must be one of {', '.join(_ALWAYS)}")
    if category is not None and category in columns:
        known = {code.code for code in columns[category].codes}
        told = [code for group in groups.values() for code in group]
        for key, group in groups.items():
            for code in group:
                if code not in known:
                    place.child(key).wrong(f"{code!r} is no code of {category}")
        for code in sorted(known.difference(told)):
            place.wrong(f"code {code!r} of {category} is neither organisation, sole trader nor person")
        if len(told) != len(set(told)):
            place.wrong("a code of the category stands twice")
    organisation_id = column_named(place, "organisationId", columns, ("uscc",))
    person_id = column_named(place, "personId", columns, ("citizen_id",))
    if organisation_id is None and (groups["organisations"] or groups["soleTraders"] or always == "organisation"):
        place.wrong("organisationId is missing: the column of the unified social credit code")
    household_id = column_named(place, "householdId", columns)
    if (household_id is None) == (always == "household"):
        place.wrong("householdId is the column of the household's number, where always is household")
    # Who is told neither by name nor by number, and leaves through no outlet, is known by the sender's pseudonym.
    pseudonym = not place.optional("name") and not any(column.disclosure for column in columns.values())
    if person_id is None and (groups["persons"] or (always == "person" and not pseudonym)):
        place.wrong("personId is missing: the column of the citizen id; people are never told apart by name")
    return Subject(
        category=category,
        organisations=groups["organisations"],
        sole_traders=groups["soleTraders"],
        persons=groups["persons"],
        always=always,  # type: ignore[arg-type]
        organisation_id=organisation_id,
        person_id=person_id,
        name=column_named(place, "name", columns, ("text", "person_name", "organisation_name")),
        household_id=household_id,
    )


def read_lawful(
    place: Place | None,
    dataset: str,
    columns: Mapping[str, Column],
    outlets: Mapping[str, Outlet],
    law: Law,
    incentive_only: bool = False,
) -> tuple[Lawful, ...]:
    """The lawful basis of every outlet that sees single rows."""
    found: dict[str, Lawful] = {}
    for each in place.items() if place is not None else ():
        each.mapping(("outlet", "legalBasis", "catalogueItem", "subjects", "window", "when", "consent", "unknownAge"))
        outlet = _outlet(each, outlets)
        subjects = each.texts("subjects")
        if not subjects or not set(subjects) <= set(_SUBJECTS):
            each.child("subjects").wrong(f"subjects must be some of {', '.join(_SUBJECTS)}")
        if outlet is not None:
            if outlet.id in found:
                each.wrong(f"outlet {outlet.id} stands twice")
            _fits(each, outlet, dataset, subjects)
            if "household" in subjects and not (outlet.use == "incentive" and each.flag("consent")):
                each.wrong(f"households are shown as an incentive and by consent only, not so to {outlet.id}")
            if incentive_only and outlet.use != "incentive":
                each.wrong(f"the contract says incentiveOnly, and the use of {outlet.id} is {outlet.use}")
        items = _items(each, law)
        consent = each.flag("consent")
        if outlet is not None:
            _class_fits(each, outlet, items, consent)
        lawful = Lawful(
            outlet=each.text("outlet"),
            legal_basis=each.text("legalBasis"),
            items=items,
            subjects=subjects,  # type: ignore[arg-type]
            window=_window(each.child("window"), columns, law),
            when=_when(each.child("when"), columns),
            use=outlet.use if outlet is not None else "public",
            consent=consent,
            unknown_age=each.flag("unknownAge"),
        )
        found[lawful.outlet] = lawful
    return tuple(found.values())


def read_aggregates(
    place: Place | None,
    dataset: str,
    columns: Mapping[str, Column],
    outlets: Mapping[str, Outlet],
    lawful: tuple[Lawful, ...],
    incentive_only: bool = False,
) -> tuple[Aggregate, ...]:
    """The sums and counts that may leave. What is hidden in them must not be computed from anything else that does."""
    found: list[Aggregate] = []
    for each in place.items() if place is not None else ():
        each.mapping(("outlet", "name", "label", "monthOf", "by", "sums", "minimum", "afterDays", "legalBasis"))
        outlet = _outlet(each, outlets)
        if outlet is not None:
            _sums_fit(each, outlet, dataset, lawful, incentive_only)
        days = each.number("afterDays", 0)
        if days is None or days != int(days) or not 0 <= days <= LATEST_DAYS:
            each.child("afterDays").wrong(f"afterDays must be a whole number up to {LATEST_DAYS}")
            days = 0
        minimum = each.number("minimum", 0) or 0
        if minimum < SMALLEST_GROUP or minimum != int(minimum):
            each.child("minimum").wrong(f"minimum must be a whole number from {SMALLEST_GROUP}")
        for name in each.texts("sums"):
            if name not in columns or columns[name].kernel != "money":
                each.child("sums").wrong(f"sums: {name!r} is no column of money")
        for key in ("monthOf", "by"):
            each.text(key)
        found.append(
            Aggregate(
                outlet=each.text("outlet"),
                name=each.text("name"),
                label=each.text("label"),
                month_of=column_named(each, "monthOf", columns, ("date",)) or "",
                by=column_named(each, "by", columns, ("region", "code")) or "",
                sums=each.texts("sums"),
                minimum=int(minimum),
                legal_basis=each.text("legalBasis"),
                days=int(days),
            )
        )
        this, first = found[-1], found[0]
        if (this.month_of, this.by, this.days) != (first.month_of, first.by, first.days):
            each.wrong(
                "all aggregates of a dataset have the same monthOf, by and afterDays: their readers compare them"
            )
        if found[-1].name in {one.name for one in found[:-1] if one.outlet == found[-1].outlet}:
            each.child("name").wrong(f"aggregate {found[-1].name} stands twice")
    return tuple(found)


def _outlet(place: Place, outlets: Mapping[str, Outlet]) -> Outlet | None:
    name = place.text("outlet")
    if name and name not in outlets:
        place.child("outlet").wrong(f"unknown outlet {name!r}; outlets.yaml has {', '.join(outlets)}")
    return outlets.get(name)


def _fits(place: Place, outlet: Outlet, dataset: str, subjects: tuple[str, ...]) -> None:
    if outlet.kind == "open_feed" and subjects != ("organisation",):
        place.child("subjects").wrong("the open feed shows organisations only")
    if outlet.kind == "read_api" and not set(subjects) <= {"organisation", "sole_trader"}:
        place.child("subjects").wrong("a read API shows no natural persons and no households")
    tables = outlet.options.get("tables")
    if outlet.kind == "front_end_tables" and not (isinstance(tables, Mapping) and dataset in tables):
        place.child("outlet").wrong(f"outlets.yaml names no table of {outlet.id} for {dataset}")
    if outlet.profile is not None and dataset not in outlet.profile.datasets:
        place.child("outlet").wrong(f"the profile of {outlet.id} does not name {dataset}")


def _sums_fit(place: Place, outlet: Outlet, dataset: str, lawful: tuple[Lawful, ...], incentive_only: bool) -> None:
    for each in lawful:
        if each.outlet == outlet.id or each.use == "public":
            place.wrong(f"single rows of {dataset} go to {each.outlet}: a hidden group could be computed from them")
    if incentive_only and outlet.use != "incentive":
        place.wrong(f"the contract says incentiveOnly, and the use of {outlet.id} is {outlet.use}")
    if outlet.kind not in ("open_feed", "event_service"):
        place.child("outlet").wrong(f"{outlet.id} takes no tables")
    if isinstance(outlet.profile, EventProfile) and dataset not in outlet.profile.tables:
        place.child("outlet").wrong(f"the profile of {outlet.id} names no table for {dataset}")


def _items(place: Place, law: Law) -> tuple[CatalogueItem, ...]:
    """The catalogue items, one or a list: an item for each edition that the dataset has lived under."""
    given = place.child("catalogueItem")
    codes = given.members() if isinstance(given.value, list) else (place.text("catalogueItem"),)
    if not codes:
        given.wrong("catalogueItem needs an item")
    for code in codes:
        if code and code not in law.items:
            given.wrong(f"catalogueItem: there is no item {code!r} in law/catalogue.yaml")
    return tuple(law.items[code] for code in codes if code in law.items)


def _class_fits(place: Place, outlet: Outlet, items: tuple[CatalogueItem, ...], consent: bool) -> None:
    """What the catalogue calls shared among authorities or by authorisation is never public."""
    for item in items:
        if item.sharing == "government" and outlet.use != "supervision":
            place.wrong(f"{item.code} is shared among authorities only, and the use of {outlet.id} is {outlet.use}")
        elif item.sharing == "authorised" and (outlet.use == "public" or not consent):
            place.wrong(f"{item.code} is shared by authorisation: it needs consent, and an outlet that is not public")


def _window(place: Place, columns: Mapping[str, Column], law: Law) -> Window | None:
    if not place.given:
        return None
    place.mapping(("start", "end", "months", "severity"))
    place.text("start")
    months = place.number("months")
    if months is not None and (months < 1 or months != int(months)):
        place.child("months").wrong("months must be a whole number from 1")
    end = column_named(place, "end", columns, ("date",))
    severity = _severity(place.child("severity"), columns, law)
    open_ended = months is None and not place.child("severity").given
    if open_ended and (end is None or (end in columns and not columns[end].required)):
        place.wrong("a window without months or severity needs an end column that is required, or it would never close")
    start = column_named(place, "start", columns, ("date",))
    return Window(start or "", end, int(months) if months is not None else None, severity)


def _severity(place: Place, columns: Mapping[str, Column], law: Law) -> Severity | None:
    if not place.given:
        return None
    place.mapping(("column", "rule", "only"))
    column = column_named(place, "column", columns, ("code",))
    only = place.texts("only")
    if unknown := [one for one in only if one not in SEVERITIES]:
        place.child("only").wrong(f"unknown severity {unknown[0]!r}; known are {', '.join(SEVERITIES)}")
    rule = law.rules.get(place.text("rule"))
    if rule is None:
        place.wrong("severity: rule must be one of law/publication.yaml")
        return None
    if column is None:
        place.wrong("severity: column is missing")
        return None
    if column in columns:
        for kind in sorted(rule.severities.keys() - {code.code for code in columns[column].codes}):
            place.wrong(f"severity: {kind!r} of rule {rule.id} is no code of {column}")
    return Severity(column, rule, only)


def _when(place: Place, columns: Mapping[str, Column]) -> dict[str, tuple[str, ...]]:
    """Column to canonical values. Codes must be on the column's list, joined by 、 where it takes several."""
    found = {}
    if place.given:
        place.mapping(place.keys)  # a condition that is no mapping must not be passed over: it would open everything
    for name in place.keys:
        values = place.texts(name)
        if not values:
            place.child(name).wrong(f"when: {name} needs a list of values")
        if name not in columns:
            place.child(name).wrong(f"when: there is no column {name!r}")
            continue
        column = columns[name]
        known = {code.code for code in column.codes}
        for value in values:
            parts = value.split("、") if column.options.get("multiple") is True and value not in known else [value]
            if known and not known.issuperset(parts):
                place.child(name).wrong(f"when: {value!r} is no code of {name}")
        found[name] = values
    return found
