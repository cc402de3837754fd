"""A hub that does everything once more (再算): the same keys, bytes and rules, at the moments that the log tells."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from hub.errors import NotFound
from hub.line import rulebooks
from hub.line.hub import Hub
from hub.line.master_keys import MasterKeys
from hub.line.opening import keys_of
from hub.store import Store


class ReadOnlyStore(Store):
    """The hub's own store, to which a rebuild adds nothing."""

    def put(self, name: str, content: bytes) -> None:
        """Nothing: it lies there already."""

    def land(self, source: Path) -> str:
        """A rebuild lands nothing."""
        raise NotFound("a rebuild lands nothing")


class Again(Hub):
    """``moment`` is its time. Everything that it writes lies below ``folder``."""

    def __init__(self, first: Hub, folder: Path, rules: tuple[Path, Path] | None = None) -> None:
        changed: dict[str, Any] = {"home": folder, "ledger_url": "", "store_url": first.settings.store}
        changed |= {"record_key": SecretStr(first.record_key.decode()), "sftp": {}, "sources": {}}
        changed |= {"province_url": "", "province_service": None, "province_packages": None, "bank_files": None}
        changed["governance"] = None
        changed["keys"] = first.settings.keys.model_copy(update={"folder": keys_of(first).folder})
        if (file := MasterKeys(first.settings, first.home).file).exists():  # none lies beside a ledger that is kept
            changed["master_key_file"] = file
        if rules is not None:
            changed |= {"schemas": rules[0], "expectations": rules[1]}
        super().__init__(first.settings.model_copy(update=changed))
        self.moment: datetime = first.now()
        self.__dict__["signer"] = first.signer
        self.__dict__["store"] = ReadOnlyStore(first.settings.store, first.store.keys)

    def now(self) -> datetime:
        """The moment of the event that is played."""
        return self.moment


class Hubs:
    """One hub for each set of rules, all on the same ledger."""

    def __init__(self, first: Hub, folder: Path) -> None:
        self.first, self.folder = first, folder
        self.today = Again(first, folder)
        self._known: dict[str, Again | None] = {}

    def of(self, fingerprint: str | None, dataset: str | None, moment: datetime) -> Again | None:
        """The hub with the rules of a fingerprint; None when they were not kept."""
        found: Again | None = self.today
        if fingerprint is not None and dataset is not None and not _has(self.today, dataset, fingerprint):
            if fingerprint not in self._known:
                self._known[fingerprint] = self._with(fingerprint, dataset)
            found = self._known[fingerprint]
        if found is not None:
            found.moment = moment
        return found

    def _with(self, fingerprint: str, dataset: str) -> Again | None:
        rules = rulebooks.kept(self.first, fingerprint, self.folder / "rules")
        if rules is None:
            return None
        made = Again(self.first, self.folder, rules)
        made.__dict__["ledger"] = self.today.ledger
        return made if _has(made, dataset, fingerprint) else None


def _has(hub: Hub, dataset: str, fingerprint: str) -> bool:
    return dataset in hub.contracts and hub.contracts[dataset].fingerprint == fingerprint
