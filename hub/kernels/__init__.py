"""Kernels: one semantic type (语义类型), one file. Column in, canonical column and marks out; vectorised and pure.

    reading = KERNELS["date"].read(cells, Options(settings={"open_end": True}))

They import nothing of the hub: marks are the plain codes of the catalogue ``findings.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hub.kernels import (
    bank_card,
    business_registration,
    case_number,
    citizen_id,
    code,
    date,
    document_number,
    money,
    org_code,
    organisation_name,
    period,
    person_name,
    phone,
    quantity,
    region,
    text,
    uscc,
)
from hub.kernels.reading import MONEY, CodeLike, Kernel, Options, Reading

_MODULES = (
    *(text, person_name, organisation_name, document_number, case_number),
    *(uscc, org_code, business_registration, citizen_id, bank_card, phone),
    *(date, period, money, quantity, code, region),
)

KERNELS: Mapping[str, Kernel] = MappingProxyType({module.KERNEL.name: module.KERNEL for module in _MODULES})

__all__ = ["KERNELS", "MONEY", "CodeLike", "Kernel", "Options", "Reading"]
