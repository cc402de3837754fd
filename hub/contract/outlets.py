"""An outlet (共享出口): a receiver of what the county holds, what it does with it and how it is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from hub.contract.conditions import Conditions
from hub.contract.profiles import Profile

# What a receiver does with what it gets: 社会公开、政务监管、金融服务、守信激励
Use = Literal["public", "supervision", "finance", "incentive"]
Kind = Literal[
    "front_end_tables",
    "soap_service",
    "xml_packages",
    "bank_files",
    "event_service",
    "open_feed",
    "reports",
    "read_api",
]


@dataclass(frozen=True, slots=True)
class Outlet:
    """A receiver (共享出口) and how to reach it; secrets and addresses of the machine come from settings."""

    id: str  # province, open_feed
    name: str
    kind: Kind
    use: Use
    purpose: str
    options: Mapping[str, object]  # province: {"tables": {"market/admin_licence": "L_XUYI_XZXK", ...}}
    profile: Profile | None = None  # of soap_service, xml_packages, bank_files and event_service
    conditions: Conditions | None = None  # of read_api

    @property
    def fed(self) -> bool:
        """Whether records are sent there; an outlet that is asked instead has nothing that waits for it."""
        return self.kind not in ("reports", "read_api")
