"""Kernels: one semantic type (语义类型), one file. Column in, canonical column and marks out; vectorised and pure.

    reading = KERNELS["date"].read(cells, Options(settings={"open_end": True}))

They import nothing of the hub: marks are the plain codes of the catalogue ``findings.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hub.kernels import case_number, citizen_id, code, date, money, region, text, uscc
from hub.kernels.reading import MONEY, CodeLike, Kernel, Options, Reading

KERNELS: Mapping[str, Kernel] = MappingProxyType(
    {module.KERNEL.name: module.KERNEL for module in (text, uscc, citizen_id, date, money, code, region, case_number)}
)

__all__ = ["KERNELS", "MONEY", "CodeLike", "Kernel", "Options", "Reading"]
