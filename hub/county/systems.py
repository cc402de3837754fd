"""Every system of the county's departments, dataset by dataset."""

from __future__ import annotations

import importlib
import pkgutil

from hub.county import rows
from hub.county.source import Source
from hub.county.world import World


def systems(world: World) -> tuple[Source, ...]:
    """All sources, in the order of dataset and department."""
    found: list[Source] = []
    for module in pkgutil.iter_modules(rows.__path__):
        found.extend(importlib.import_module(f"{rows.__name__}.{module.name}").sources(world))
    return tuple(sorted(found, key=lambda one: (one.dataset, one.department)))
