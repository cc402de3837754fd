"""The way to a receiver (到接收方的通道), by the kind of its outlet; addresses and secrets come from the settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hub.contract.model import Outlet
from hub.errors import FixConfiguration
from hub.outlets.receiver import Receiver

if TYPE_CHECKING:
    from hub.line.hub import Hub

# By kind the setting that says where the receiver is, and what it names.
SETTINGS = {
    "front_end_tables": ("province_url", "HUB_PROVINCE_URL", "front-end database"),
    "soap_service": ("province_service", "HUB_PROVINCE_SERVICE__WSDL", "service"),
    "xml_packages": ("province_packages", "HUB_PROVINCE_PACKAGES__HOST", "SFTP server"),
    "bank_files": ("bank_files", "HUB_BANK_FILES__HOST", "SFTP server"),
    "event_service": ("governance", "HUB_GOVERNANCE__URL", "event service"),
}

OPTIONAL = ("bank_files", "event_service")  # a county need not have a bank that takes part, nor such a service


def unset(hub: Hub, outlet: Outlet) -> str | None:
    """The setting that is missing before an outlet can be reached, or None."""
    if outlet.kind not in SETTINGS:
        return None
    name, variable, _ = SETTINGS[outlet.kind]
    return None if getattr(hub.settings, name) else variable


@contextmanager
def reached(hub: Hub, outlet: Outlet) -> Iterator[Receiver]:
    """The receiver of an outlet; ``FixConfiguration`` when nothing says where it is."""
    if outlet.kind not in SETTINGS:
        raise FixConfiguration(f"outlets.yaml: {outlet.id}: no way leads to the kind {outlet.kind}")
    if missing := unset(hub, outlet):
        raise FixConfiguration(f"{missing} names no {SETTINGS[outlet.kind][2]}")
    settings = hub.settings
    if (service := settings.province_service) is not None and outlet.kind == "soap_service":
        from hub.outlets import soap_service

        token = service.token.get_secret_value() if service.token is not None else ""
        with soap_service.door(outlet, service.wsdl, service.address, token, service.seconds) as receiver:
            yield receiver
    elif (packages := settings.province_packages) is not None and outlet.kind == "xml_packages":
        from hub.outlets import xml_packages

        with xml_packages.door(outlet, packages, hub.today()) as mailbox:
            yield mailbox
    elif (bank := settings.bank_files) is not None and outlet.kind == "bank_files":
        from hub.outlets import bank_files

        with bank_files.door(outlet, bank, hub.today()) as files:
            yield files
    elif (governance := settings.governance) is not None and outlet.kind == "event_service":
        from hub.outlets import event_service
        from hub.stages import api

        with api.opened(outlet.id, governance) as service_api:
            yield event_service.service(outlet, service_api, hub.record_key)
    else:
        from hub.outlets import province

        with province.door(settings.province_url) as front_end:
            yield province.FrontEndTables(outlet, front_end)
