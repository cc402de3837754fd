"""The grounds of the demonstration under the state folder: keys, settings, the servers of the other sides."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from pydantic import SecretStr

from connectors.embedded_sftp import HUB, Account, EmbeddedServer, lay_out
from connectors.keys import make_key_pair
from hub.contract import load
from hub.contract.event_profile import EventProfile
from hub.county import opened
from hub.county.generate import write
from hub.demo.bank_receiver import SimulatedBank, answering
from hub.demo.governance import SimulatedGovernance
from hub.demo.province import SimulatedProvince
from hub.line import Hub
from hub.settings import ApiSource, Settings, SftpServer


class Grounds:
    """``home``: the state folder; ``project``: the folder with ``schemas``, ``dags`` …; ``given``: settings so far."""

    SERVER = "county"
    SEED, SCALE = 1, 0.01  # of the county that the demonstration runs
    BANK = "bank"  # the department in whose folder the files for the bank lie

    def __init__(self, home: Path, project: Path, given: Settings) -> None:
        self.home, self.project, self.given = home, project, given
        self.schemas, self.expectations = given.schemas.absolute(), given.expectations.absolute()
        self.departments = [department.id for department in load.county(self.schemas).departments]
        self.root = home / "sftp"
        self.platform: ApiSource | None = None  # while there is a simulated one

    def key_file(self, account: str) -> Path:
        """Private key of an account; made once."""
        file = self.home / "keys" / account
        make_key_pair(file)
        return file

    @contextmanager
    def sftp_server(self) -> Iterator[EmbeddedServer]:
        """The embedded SFTP server with one account per department and one for the hub."""
        lay_out(self.root, self.departments)
        for folder in ("packages", "receipts") if self.BANK in self.departments else ():
            (self.root / self.BANK / folder).mkdir(exist_ok=True)
        accounts = [Account(HUB, make_key_pair(self.home / "keys" / HUB), self.root)]
        for department in self.departments:
            public = make_key_pair(self.home / "keys" / department)
            accounts.append(Account(department, public, self.root / department))
        with EmbeddedServer(self.root, self.home / "keys" / "ssh_host_ed25519", accounts) as server:
            yield server

    def known_hosts(self, port: int) -> Path:
        """A known_hosts file that pins the server's key for OpenSSH's clients."""
        file = self.home / "keys" / "known_hosts"
        file.write_text(f"[127.0.0.1]:{port} {make_key_pair(self.home / 'keys' / 'ssh_host_ed25519')}\n")
        return file

    def settings(self, port: int) -> Settings:
        """The hub's settings while the SFTP server listens on ``port``."""
        server = SftpServer(
            host="127.0.0.1",
            port=port,
            user=HUB,
            key_file=self.home / "keys" / HUB,
            host_key=make_key_pair(self.home / "keys" / "ssh_host_ed25519"),
        )
        return self.given.model_copy(
            update={
                "home": self.home,
                "schemas": self.schemas,
                "expectations": self.expectations,
                "province_url": self.given.province_url or f"sqlite:///{self.home / 'province.db'}",
                "sftp": {self.SERVER: server},
                "bank_files": server.model_copy(update={"root": f"/{self.BANK}"}),
                "governance": self.platform or self.given.governance,
                "settle_seconds": 1.0,
                "patience_seconds": 2.0,
            }
        )

    def environment(self, port: int) -> Mapping[str, str]:
        """The same settings as environment variables, for other processes."""
        made = self.settings(port)
        server = made.sftp[self.SERVER]
        lead = f"HUB_SFTP__{self.SERVER}__"
        variables = {
            "HUB_HOME": str(made.home),
            "HUB_SCHEMAS": str(made.schemas),
            "HUB_EXPECTATIONS": str(made.expectations),
            "HUB_LEDGER_URL": made.ledger_url,
            "HUB_STORE_URL": made.store_url,
            "HUB_PROVINCE_URL": made.province_url,
            "HUB_SETTLE_SECONDS": str(made.settle_seconds),
            "HUB_PATIENCE_SECONDS": str(made.patience_seconds),
            f"{lead}HOST": server.host,
            f"{lead}PORT": str(server.port),
            f"{lead}USER": server.user,
            f"{lead}KEY_FILE": str(server.key_file),
            f"{lead}HOST_KEY": server.host_key,
        }
        if made.bank_files is not None:
            for name, value in made.bank_files.model_dump().items():
                variables[f"HUB_BANK_FILES__{name.upper()}"] = str(value)
        if made.governance is not None and made.governance.token is not None:
            variables["HUB_GOVERNANCE__URL"] = made.governance.url
            variables["HUB_GOVERNANCE__TOKEN"] = made.governance.token.get_secret_value()
        if made.record_key is not None:
            variables["HUB_RECORD_KEY"] = made.record_key.get_secret_value()
        if made.checkpoint_key is not None:
            variables["HUB_CHECKPOINT_KEY"] = made.checkpoint_key.get_secret_value()
        return variables

    def write_environment(self, port: int) -> Path:
        """The settings as a file that a shell can source; only its owner may read it."""
        file = self.home / "hub.env"
        lines = [f"{name}='{value}'" for name, value in self.environment(port).items()]
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as target:
            target.write("\n".join(lines) + "\n")
        return file

    @contextmanager
    def province(self, hub: Hub) -> Iterator[SimulatedProvince]:
        """The simulated province, answering in the background."""
        outlet = next(one for one in hub.outlet_list if one.kind == "front_end_tables")
        province = SimulatedProvince(hub.settings.province_url, outlet, hub.contracts.values())
        province.start()
        try:
            yield province
        finally:
            province.stop()

    @contextmanager
    def governance(self) -> Iterator[None]:
        """The simulated governance platform, where there is an outlet for one; the settings lead to it."""
        profiles = (one.profile for one in load.outlets(self.schemas))
        profile = next((one for one in profiles if isinstance(one, EventProfile)), None)
        if profile is None:
            yield
            return
        token = secrets.token_urlsafe()
        with SimulatedGovernance(profile, token) as platform:
            self.platform = ApiSource(url=platform.url, token=SecretStr(token))
            yield
        self.platform = None

    @contextmanager
    def bank(self, hub: Hub) -> Iterator[list[SimulatedBank]]:
        """The simulated bank, answering in the background."""
        with answering(hub.outlet_list, self.root / self.BANK) as banks:
            yield banks

    def county(self, today: date) -> Path:
        """The generated county's folder; made once, so that a second run sends the same bytes."""
        folder = self.home / "county"
        if not folder.exists():
            fresh = self.home / ".county"
            shutil.rmtree(fresh, ignore_errors=True)  # of a run that was broken off
            world = opened.world(self.schemas, self.expectations, seed=self.SEED, scale=self.SCALE, until=today)
            write(fresh, opened.files(world, self.schemas, self.expectations, today))
            fresh.rename(folder)
        return folder

    def in_inboxes(self) -> int:
        """How many files lie in the inboxes."""
        return sum(1 for file in self.root.glob("*/inbox/*") if not file.name.startswith("."))
