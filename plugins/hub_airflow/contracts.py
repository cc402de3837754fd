"""What DAG files ask of the contracts, with the folders taken from the hub's settings."""

from __future__ import annotations

from hub.contract import load
from hub.contract.model import Outlet
from hub.settings import settings


def dataset_names() -> tuple[str, ...]:
    """Addresses of all datasets; opens no file."""
    return load.dataset_names(settings().schemas)


def title(dataset: str) -> str:
    """Chinese name of one dataset; reads its contract and no other."""
    return load.title(dataset, settings().schemas)


def outlets() -> tuple[Outlet, ...]:
    """The outlets to which records are sent; reads one file."""
    return tuple(outlet for outlet in load.outlets(settings().schemas) if outlet.fed)
