"""The only reader of the environment. Every setting starts with ``HUB_``; nested names are joined by ``__``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class SftpServer(BaseModel):
    """An SFTP server whose inboxes the hub empties. The host key is pinned: without one nothing connects."""

    model_config = ConfigDict(frozen=True)

    host: str
    port: int = 22
    user: str
    key_file: Path
    host_key: str  # "ssh-ed25519 AAAA…", as in known_hosts without the host
    root: str = "/"  # the folder in which the departments' folders lie


class DatabaseSource(BaseModel):
    """A department's front-end database from which the hub pulls. What is pulled stands in the contracts."""

    model_config = ConfigDict(frozen=True)

    url: SecretStr  # SQLAlchemy URL, account and password in it
    timeout_seconds: float = 30.0  # for connecting, for a lock, for each statement


class ProvinceService(BaseModel):
    """The province's SOAP service. What it is called there stands in the outlet's profile."""

    model_config = ConfigDict(frozen=True)

    wsdl: str  # a file or an address
    address: str = ""  # of the service; default: the one in the WSDL
    token: SecretStr | None = None
    seconds: float = 30.0  # for each answer


class MailServer(BaseModel):
    """The SMTP server for reminders. ``security``: ``starttls``, ``tls`` from the first byte, or ``none``."""

    model_config = ConfigDict(frozen=True)

    host: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: SecretStr | None = None
    sender: str  # the office's address
    seconds: float = 20.0

    @model_validator(mode="after")
    def _login(self) -> MailServer:
        if (self.user is None) != (self.password is None):
            raise ValueError("USER and PASSWORD belong together")
        if self.user is not None and self.security == "none":
            raise ValueError("a password is not sent without encryption: SECURITY must be starttls or tls")
        return self


class Settings(BaseSettings):
    """Frozen settings of one hub."""

    model_config = SettingsConfigDict(env_prefix="HUB_", env_nested_delimiter="__", frozen=True, extra="ignore")

    home: Path = Path("state")
    schemas: Path = Path("schemas")
    expectations: Path = Path("expectations")
    ledger_url: str = ""  # default: SQLite in home
    store_url: str = ""  # default: files in home
    province_url: str = ""  # SQLAlchemy URL of the provincial front-end database; empty: the outlet says so and stops
    province_service: ProvinceService | None = None  # for an outlet of the kind soap_service
    province_packages: SftpServer | None = None  # for an outlet of the kind xml_packages; root: its folder
    record_key: SecretStr | None = None  # keys record ids; default: a secret file in home
    checkpoint_key: SecretStr | None = None  # signs the evidence; default: a secret file in home
    former_checkpoint_vkeys: tuple[str, ...] = ()  # public keys that signed before, so that old checkpoints are known
    sftp: dict[str, SftpServer] = {}
    mail: MailServer | None = None  # reminders go by mail, too, to departments with an address
    webhook_url: SecretStr | None = None  # reminders are posted there, too; the address may hold a token
    webhook_seconds: float = 10.0
    remind_days_ahead: int = Field(default=2, ge=1, le=20)  # working days before the due day
    sources: dict[str, DatabaseSource] = {}
    pull_seconds: float = 300.0  # after which the doorbell has the sources asked again
    pdf_program: str = ""  # Chromium that prints reports; default: the one on the path; none: workbooks only
    withdrawal_hours: float = Field(default=24.0, gt=0, le=72)  # after which an unconfirmed withdrawal is overdue
    lease_seconds: float = 120.0  # after which the work of a process that sleeps may be taken over
    settle_seconds: float = 2.0  # a file is stable when two looks this far apart agree
    patience_seconds: float = 30.0  # a file whose structure does not end is taken after this long
    max_file_bytes: int = 2 << 30
    trial_bytes: int = 64 << 20  # of a file in a precheck folder
    chunk_rows: int = 200_000
    parser_memory_bytes: int = 4 << 30  # address space of the process that parses one file
    parser_output_bytes: int = 16 << 30
    parser_seconds: float = 900.0

    @property
    def ledger(self) -> str:
        """SQLAlchemy URL of the ledger."""
        return self.ledger_url or f"sqlite:///{(self.home / 'ledger.db').absolute()}"

    @property
    def store(self) -> str:
        """fsspec URL of the blob store."""
        return self.store_url or f"file://{(self.home / 'store').absolute()}"


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
