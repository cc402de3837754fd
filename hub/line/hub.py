"""The hub: settings, ledger, store and contracts in one hand, and the few things that one can ask of it."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from hub.contract import derive, load
from hub.contract.calendar import Calendar
from hub.contract.model import Contract, County, Outlet, Suite
from hub.errors import CallOperator, FixConfiguration, HubError, NotFound, disk_faults
from hub.ledger import connect, deliveries
from hub.ledger.checkpoints import Signer
from hub.ledger.data_keys import Vault
from hub.ledger.records import RecordTable
from hub.line import master_keys, secret
from hub.settings import Settings
from hub.settings import settings as environment
from hub.stages.parser_process import Limits
from hub.store import Store

ZONE = ZoneInfo("Asia/Shanghai")
RESTORING = "restoring.json"  # lies in home while a restore has not ended
PATIENCE = 60.0  # seconds that a person's command waits for a run of the same dataset


@dataclass(frozen=True, slots=True)
class Collected:
    """What a round over the inboxes brought: deliveries by dataset (``?`` unknown), and files that still wait."""

    landed: Mapping[str, int]
    waiting: int


class Hub:
    """One hub. Cheap to make: contracts and the ledger are opened when they are first needed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home = settings.home.absolute()

    @cached_property
    def ledger(self) -> sa.Engine:
        """The ledger's engine; the fixed tables are brought up to date on the way."""
        if (self.home / RESTORING).exists():
            raise CallOperator("a restore has begun and not ended: give the same words of hub restore again")
        self.home.mkdir(parents=True, exist_ok=True)
        ledger = connect.engine(self.settings.ledger, lambda: self.signer, lambda: self.vault)
        if not connect.is_current(ledger):
            connect.upgrade(ledger)
        return ledger

    @cached_property
    def store(self) -> Store:
        """The blob store; what lands in it is sealed."""
        from hub.line import blob_keys

        return Store(self.settings.store, blob_keys.BlobKeys(lambda: self.ledger, self.now))

    @cached_property
    def county(self) -> County:
        """Whose hub this is."""
        return load.county(self.settings.schemas)

    @cached_property
    def calendar(self) -> Calendar:
        """The working-day calendar; ``FixConfiguration`` when there is none."""
        return load.calendar(self.settings.schemas)

    @cached_property
    def contracts(self) -> Mapping[str, Contract]:
        """Every contract by dataset."""
        return {one.dataset: one for one in load.contracts(self.settings.schemas, self.settings.expectations)}

    def contract(self, dataset: str) -> Contract:
        """One contract, without reading the others; ``NotFound`` when there is none."""
        if dataset not in load.dataset_names(self.settings.schemas):
            raise NotFound(f"there is no dataset {dataset}")
        if "contracts" in self.__dict__:
            return self.contracts[dataset]
        return load.contract(dataset, self.settings.schemas, self.settings.expectations)

    def suite(self, contract: Contract) -> Suite:
        """All that must hold for a delivery of the dataset."""
        return derive.suite(contract, self.settings.expectations)

    @cached_property
    def outlet_list(self) -> tuple[Outlet, ...]:
        """The outlets of ``outlets.yaml``."""
        return load.outlets(self.settings.schemas)

    def outlet(self, outlet_id: str) -> Outlet:
        """One outlet; ``NotFound`` when there is none."""
        for outlet in self.outlet_list:
            if outlet.id == outlet_id:
                return outlet
        raise NotFound(f"there is no outlet {outlet_id}")

    def outlets(self) -> tuple[str, ...]:
        """Ids of the outlets to which records are sent; one that is only asked is not among them."""
        return tuple(outlet.id for outlet in self.outlet_list if outlet.fed)

    @cached_property
    def record_key(self) -> bytes:
        """Key of the record ids: from the settings, else from a secret file in home that is made once."""
        if self.settings.record_key is not None:
            return self.settings.record_key.get_secret_value().encode()
        return secret.own(self.home / "record.key")

    @cached_property
    def signer(self) -> Signer:
        """Who signs the evidence: its key comes from the settings, else from a secret file in home, made once."""
        given = self.settings.checkpoint_key
        key = secret.own(self.home / "checkpoint.key") if given is None else given.get_secret_value().encode()
        return Signer(f"credit-hub/{self.county.division}", key)

    @cached_property
    def vault(self) -> Vault:
        """The keys of what is sealed at rest; the first master key is made with the first data key."""
        return master_keys.vault(self.settings, self.home, self.record_key)

    @property
    def vkeys(self) -> tuple[str, ...]:
        """The public keys that have signed this hub's checkpoints, the present one first."""
        return (self.signer.vkey, *self.settings.former_checkpoint_vkeys)

    def now(self) -> datetime:
        """The moment, in UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """The day in the county's zone."""
        return self.now().astimezone(ZONE).date()

    def work_folder(self, delivery_id: int) -> Path:
        """Where the artefacts of a delivery lie while it is in work."""
        folder = self.home / "work" / str(delivery_id)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def limits(self) -> Limits:
        """What parsing one file may use."""
        return Limits(
            memory_bytes=self.settings.parser_memory_bytes,
            output_bytes=self.settings.parser_output_bytes,
            seconds=self.settings.parser_seconds,
        )

    def shape(self, contract: Contract) -> RecordTable:
        """The record table of a dataset."""
        from hub.line import shaping

        return shaping.shape(self, contract)

    def receiving(self, contract: Contract) -> tuple[str, ...]:
        """Outlets that have to look at a change in this dataset: those with a lawful basis or an aggregate."""
        named = {lawful.outlet for lawful in contract.lawful} | {rule.outlet for rule in contract.aggregates}
        return tuple(outlet for outlet in self.outlets() if outlet in named)

    def collect(self) -> Collected:
        """Land whatever is complete in the inboxes; answer what belongs to no dataset."""
        from hub.ledger.locks import exclusive
        from hub.line import intake, judging

        collected = intake.collect(self)
        with exclusive(self.ledger, "dataset/none", lease_seconds=self.settings.lease_seconds):
            for delivery_id, dataset in self._waiting():
                if dataset is None:
                    judging.process(self, delivery_id)
        return collected

    def submit(
        self, file: Path, department: str, dataset: str, mode: str | None = None, reason: str | None = None
    ) -> int:
        """Land a file by hand and take it to its end; gives the delivery's id. ``mode``: as ``intake.submit`` says.

        ``Locked`` when a run of the dataset goes on for longer than a minute; the file has landed then and waits.
        """
        from hub.ledger.locks import exclusive
        from hub.line import intake, judging

        delivery_id = intake.submit(self, file, department, dataset, mode, reason)
        with exclusive(self.ledger, f"dataset/{dataset}", PATIENCE, self.settings.lease_seconds):
            judging.process(self, delivery_id)
        return delivery_id

    def _waiting(self) -> list[tuple[int, str | None]]:
        with connect.reading(self.ledger) as connection:
            return deliveries.waiting(connection)

    def waiting(self) -> dict[str, int]:
        """How many deliveries have not ended, by dataset."""
        counts: dict[str, int] = {}
        for _, dataset in self._waiting():
            if dataset is not None:
                counts[dataset] = counts.get(dataset, 0) + 1
        return counts

    def run_dataset(self, dataset: str) -> dict[str, int]:
        """Take all waiting deliveries of a dataset to their end, receipts included; gives counts for the log.

        A delivery that fails keeps no other waiting; the first error is raised when all have had their turn.
        """
        from hub.ledger.locks import exclusive
        from hub.line import judging

        done, errors = 0, list[HubError]()
        with exclusive(self.ledger, f"dataset/{dataset}", lease_seconds=self.settings.lease_seconds):
            for delivery_id, whose in self._waiting():
                if whose != dataset:
                    continue
                try:
                    judging.process(self, delivery_id)
                    done += 1
                except HubError as error:
                    errors.append(error)
        if errors:
            raise errors[0]
        return {"deliveries": done}

    def due(self, outlet_id: str) -> int:
        """How much waits for an outlet: entries without a final state, and what is owed by the clock."""
        from hub.line import owing

        return owing.due(self, self.outlet(outlet_id))

    @disk_faults("drain")
    def drain(self, outlet_id: str, wait_seconds: float = 0) -> dict[str, int]:
        """Send what waits for an outlet, wait for answers, pass refusals on; ``sent``, ``answered``, ``pending``."""
        from hub.line import exchanging, recalling, restoring, sending, ways_out

        outlet = self.outlet(outlet_id)
        recalling.call_back(self)  # what changes for this outlet may change what reports may show
        try:
            restoring.must_be_open(self, outlet_id)
            if outlet.kind == "open_feed":
                return sending.publish(self)
            if outlet.kind in ways_out.SETTINGS:
                return exchanging.exchange(self, outlet, wait_seconds)
            raise FixConfiguration(f"outlets.yaml: {outlet_id}: unknown kind {outlet.kind}")
        finally:
            recalling.take_away(self)

    @disk_faults("remind")
    def remind(self) -> dict[str, int]:
        """Bring the due deliveries up to today and send the reminders; gives counts for the log."""
        from hub.line import deadlines, noticing

        counts = deadlines.advance(self)
        return counts | {f"sent_{way}": count for way, count in noticing.send(self).items()}

    @disk_faults("issue")
    def issue_points(self) -> dict[str, int]:
        """Compute the households' totals and enter what has changed; gives counts for the log."""
        from hub.line import issuing

        return issuing.issue(self)

    def points_due(self, outlet_id: str) -> bool:
        """Whether an outlet takes totals and has not been looked through today."""
        from hub.line import issuing

        return issuing.due(self, outlet_id)

    @disk_faults("publish")
    def hand_out(self) -> dict[str, int]:
        """Bring the departments' forms up to date where contracts have changed; gives counts for the log."""
        from hub.line import publishing

        return publishing.publish(self, look=False)

    def report(self) -> dict[str, int]:
        """Write the auditors' pages."""
        from hub.line import reporting

        return reporting.write(self)


def open_hub(settings: Settings | None = None) -> Hub:
    """The hub of this process's settings, or of the given ones."""
    return Hub(settings or environment())


def is_there(file: Path) -> bool:
    """Whether a path names a file; one that is too long for any file names none."""
    try:
        return file.is_file()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return False
        raise
