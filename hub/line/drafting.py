"""A contract is drafted from a sample (起草契约); nothing is kept and nothing is changed."""

from __future__ import annotations

from pathlib import Path

from hub.contract import draft, load
from hub.errors import NotFound, WrongUsage
from hub.settings import Settings
from hub.stages import sample as samples


def draft_contract(settings: Settings, dataset: str, sample: Path, department: str = "", title: str = "") -> str:
    """The text of a draft. ``WrongUsage`` for a name that is no address and for a file without a table."""
    owner, _, table = dataset.partition("/")
    if not (owner.isidentifier() and table.isidentifier() and dataset.islower()):
        raise WrongUsage(f"{dataset!r} is no address <department>/<dataset>")
    if not sample.is_file():
        raise NotFound("there is no such file")
    if dataset in load.dataset_names(settings.schemas):
        raise WrongUsage(f"{dataset} has its contract already")
    departments = {one.id: one.name for one in load.county(settings.schemas).departments}
    sender = department or owner
    if sender not in departments:
        raise WrongUsage(f"there is no department {sender!r}; name one with --department")
    columns, rows = samples.guessed(sample, load.contracts(settings.schemas, settings.expectations))
    return draft.written(dataset, title or sample.stem, sender, departments[sender], columns, rows)
