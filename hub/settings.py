"""The only reader of the environment. Every setting but the locale starts with ``HUB_``; ``__`` joins nested names."""

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


class ApiSource(BaseModel):
    """A department's API from which the hub pulls, and how it says who it is. What is asked stands in the contracts.

    One of: ``token`` (bearer), ``key`` in the header ``key_header``, OAuth 2.0 with ``token_url``, ``client_id`` and
    ``client_secret``; or none. ``client_cert`` with ``client_key`` (mutual TLS) may come with any of them.
    """

    model_config = ConfigDict(frozen=True)

    url: str  # below which the contracts' paths lie; https, or on this machine itself
    token: SecretStr | None = None
    key: SecretStr | None = None
    key_header: str = "X-API-Key"
    token_url: str | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    scope: str | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    ca_file: Path | None = None  # authorities that are trusted instead of the system's
    connect_seconds: float = Field(default=10.0, gt=0)
    read_seconds: float = Field(default=30.0, gt=0)  # until the next bytes
    answer_seconds: float = Field(default=120.0, gt=0)  # for one page
    pull_seconds: float = Field(default=300.0, gt=0)  # for all pages in one round; the next one goes on from there
    page_bytes: int = Field(default=16 << 20, gt=0)  # of one page, unpacked
    pages: int = Field(default=10_000, gt=0)  # of one pull
    tries: int = Field(default=5, ge=1, le=20)  # for one page
    longest_pause_seconds: float = Field(default=60.0, ge=0)  # between two tries, also where more is asked for

    @model_validator(mode="after")
    def _one_way(self) -> ApiSource:
        client = (self.token_url, self.client_id, self.client_secret)
        if any(one is None for one in client) != all(one is None for one in client):
            raise ValueError("TOKEN_URL, CLIENT_ID and CLIENT_SECRET belong together")
        if sum(one is not None for one in (self.token, self.key, self.token_url)) > 1:
            raise ValueError("one of TOKEN, KEY and TOKEN_URL")
        if self.client_key is not None and self.client_cert is None:
            raise ValueError("CLIENT_KEY needs CLIENT_CERT")
        return self


class Keys(BaseModel):
    """Where the keys for sealed files lie (``hub.stages.key_files`` says how), and the program that knows SM2."""

    model_config = ConfigDict(frozen=True)

    folder: Path | None = None  # default: sealing/ in home
    openssl: str = "openssl"
    warn_days: int = Field(default=365, ge=1)  # age of a key from which ``hub doctor`` warns


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
    lang: Literal["zh_CN", "en"] | None = None  # in which receipts are shown; else by the locale, else Chinese
    locale: str = Field(default="", validation_alias="LC_MESSAGES")
    schemas: Path = Path("schemas")
    expectations: Path = Path("expectations")
    ledger_url: str = Field(default="", repr=False)  # default: SQLite in home; a password may stand in it
    store_url: str = Field(default="", repr=False)  # default: files in home
    province_url: str = Field(default="", repr=False)  # SQLAlchemy URL of the front-end database; empty: it stops
    province_service: ProvinceService | None = None  # for an outlet of the kind soap_service
    province_packages: SftpServer | None = None  # for an outlet of the kind xml_packages; root: its folder
    bank_files: SftpServer | None = None  # for outlets of the kind bank_files; root: the bank's folder
    governance: ApiSource | None = None  # for an outlet of the kind event_service; below its url the profile's paths
    record_key: SecretStr | None = None  # keys record ids; default: a secret file in home
    master_key_file: Path | None = None  # wraps the data keys of sealed identifiers; default: master.key in home
    cipher: Literal["aes-256-gcm", "sm4-gcm", "none"] = "aes-256-gcm"  # for identifiers; none: new ones lie open
    checkpoint_key: SecretStr | None = None  # signs the evidence; default: a secret file in home
    former_checkpoint_vkeys: tuple[str, ...] = ()  # public keys that signed before, so that old checkpoints are known
    sftp: dict[str, SftpServer] = {}
    keys: Keys = Keys()  # for files that are encrypted and signed
    mail: MailServer | None = None  # reminders go by mail, too, to departments with an address
    webhook_url: SecretStr | None = None  # reminders are posted there, too; the address may hold a token
    webhook_seconds: float = 10.0
    remind_days_ahead: int = Field(default=2, ge=1, le=20)  # working days before the due day
    sources: dict[str, DatabaseSource] = {}
    apis: dict[str, ApiSource] = {}
    pull_seconds: float = 300.0  # after which the doorbell has the sources and APIs asked again
    pdf_program: str = ""  # Chromium that prints reports; default: the one on the path; none: workbooks only
    withdrawal_hours: float = Field(default=24.0, gt=0, le=72)  # after which an unconfirmed withdrawal is overdue
    lease_seconds: float = 120.0  # after which the work of a process that sleeps may be taken over
    settle_seconds: float = 2.0  # a file is stable when two looks this far apart agree
    patience_seconds: float = 30.0  # a file whose structure does not end is taken after this long
    sftp_at_once: int = Field(default=8, ge=1, le=64)  # servers whose inboxes are looked at side by side
    tell_waiting_seconds: float = Field(default=86_400.0, gt=0)  # after which a sender hears that a file waits
    max_file_bytes: int = 2 << 30
    post_json_bytes: int = 8 << 20  # of rows posted as JSON, which are looked at in memory; more goes as a file
    posts_per_minute: int = 120  # requests of one token over HTTP
    service_misses_per_hour: int = Field(default=100, ge=1)  # answers with nothing to one credit-service body
    service_log_years: int = Field(default=5, ge=5)  # for which the log of its queries is kept
    trial_bytes: int = 64 << 20  # of a file in a precheck folder
    received_receipts: bool = True  # a sender is told at once that a file was taken (收讫)
    chunk_rows: int = 200_000
    parser_memory_bytes: int = 4 << 30  # address space of the process that parses one file
    parser_output_bytes: int = 16 << 30
    parser_seconds: float = 900.0

    @property
    def language(self) -> Literal["zh_CN", "en"]:
        """In which receipts are shown: ``HUB_LANG``, else by ``LC_MESSAGES``; Chinese for every locale but English."""
        return self.lang or ("en" if self.locale.partition(".")[0].partition("_")[0] == "en" else "zh_CN")

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
