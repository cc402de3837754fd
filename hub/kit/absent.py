"""What stands in the kit for packages that are imported on the way of a precheck and never called."""

from __future__ import annotations

from typing import Any, NoReturn


class _Absent(type):
    """The class of every name in such a package: it may be named and inherited from, not used."""

    def __call__(cls, *args: object, **kwargs: object) -> NoReturn:
        raise ImportError(f"{cls.__module__}.{cls.__name__} is not part of the kit")


def stand_in(module: str, name: str) -> Any:
    """The stand-in for one name of a module; ``AttributeError`` for the names that Python itself asks for."""
    if name.startswith("__"):
        raise AttributeError(name)
    return _Absent(name, (), {"__module__": module})
