"""Four other sides, asked in the same words: front-end tables, a service, packages, a platform that takes events."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from connectors.embedded_sftp import Account, EmbeddedServer
from connectors.keys import make_key_pair
from hub.contract import load
from hub.demo.governance import SimulatedGovernance
from hub.demo.package_receiver import SimulatedReceiver
from hub.demo.province import SimulatedProvince
from hub.demo.province_service import SimulatedService
from hub.settings import ApiSource, ProvinceService, SftpServer

SMALL = Path(__file__).resolve().parents[1] / "hub" / "small"
PROFILES = Path(__file__).resolve().parents[2] / "schemas" / "profiles"
TOKEN = "a-token-that-nobody-may-see"
WAYS = ("front_end_tables", "soap_service", "xml_packages", "event_service")
DATASET = "market/shop"
NAMED = {
    "soap_service": ("xinyong_soap", "  market/shop: {put: importShopXml, delete: deleteShopXml, query: queryShopXml}"),
    "xml_packages": ("xml_packages", '  market/shop: {message: "990001"}'),
    "event_service": ("governance_events", "  market/shop: {name: SHOP}"),
}


def schemas(folder: Path, kind: str, change: Callable[[str], str] = lambda profile: profile) -> Path:
    """The small dataset's configuration with its province of a kind; ``change`` makes the profile another one."""
    made = folder / f"schemas_{kind}"
    shutil.copytree(SMALL / "schemas", made)
    if kind not in NAMED:
        return made
    name, dataset = NAMED[kind]
    profile = (PROFILES / f"{name}.yaml").read_text(encoding="utf-8")
    (made / "profiles").mkdir()
    shop = profile.partition("datasets:\n")[0] + f"datasets:\n{dataset}\n"
    (made / "profiles" / f"{name}.yaml").write_text(change(shop), encoding="utf-8")
    outlets = made / "outlets.yaml"
    before, _, after = outlets.read_text(encoding="utf-8").partition("    options:\n")
    feed = after[after.index("  - id: open_feed") :]
    changed = before.replace("front_end_tables", kind) + f"    options: {{profile: {name}}}\n" + feed
    outlets.write_text(changed, encoding="utf-8")
    return made


class Side(Protocol):
    """What a test asks of the other side."""

    refusing: dict[str, str]  # cause by name of the shop

    def settings(self) -> Mapping[str, Any]:
        """Settings of a hub that leads here."""

    def answer(self) -> None:
        """Judge whatever waits."""

    def held(self) -> dict[str, dict[str, str]]:
        """By name of the shop its amount and sequence, what is refused left out."""


class Tables:
    """Front-end tables."""

    def __init__(self, folder: Path) -> None:
        self.refusing: dict[str, str] = {}
        self.url = f"sqlite:///{folder / 'province.db'}"
        made = schemas(folder, "front_end_tables")
        outlet = next(one for one in load.outlets(made) if one.id == "province")
        self.province = SimulatedProvince(self.url, outlet, load.contracts(made, SMALL / "expectations"), 0, 0)
        self.province.create()

    def settings(self) -> Mapping[str, Any]:
        return {"province_url": self.url}

    def answer(self) -> None:
        (table,) = self.province.tables
        with self.province.engine.begin() as connection:
            for name, cause in self.refusing.items():
                waits = (name == table.c.MC, table.c.CHECK_SIGN.is_(None))
                connection.execute(table.update().where(*waits).values(CHECK_SIGN="2", CHECK_UNPASS_CAUSE=cause))
        self.province.answer()

    def held(self) -> dict[str, dict[str, str]]:
        (table,) = self.province.tables
        with self.province.engine.connect() as connection:
            rows = connection.execute(sa.select(table).where(table.c.CHECK_SIGN.is_distinct_from("2"))).mappings().all()
        return {row["MC"]: {name: str(row[name]) for name in ("JE", "SJXH", "BZ")} for row in rows}


class ByService:
    """A service; it judges at once."""

    def __init__(self, service: SimulatedService, refusing: dict[str, str]) -> None:
        self.service, self.refusing = service, refusing

    def settings(self) -> Mapping[str, Any]:
        return {"province_service": ProvinceService(wsdl=self.service.wsdl, token=TOKEN, seconds=0.5)}

    def answer(self) -> None:
        """It has."""

    def held(self) -> dict[str, dict[str, str]]:
        return {row["MC"]: row for row in self.service.held[DATASET].values()}


class ByEvents:
    """A platform that takes events; it judges at once."""

    def __init__(self, platform: SimulatedGovernance, refusing: dict[str, str]) -> None:
        self.service, self.refusing = platform, refusing

    def settings(self) -> Mapping[str, Any]:
        return {"governance": ApiSource(url=self.service.url, token=TOKEN, read_seconds=0.5, tries=1)}

    def answer(self) -> None:
        """It has."""

    def held(self) -> dict[str, dict[str, str]]:
        rows = self.service.held[DATASET].values()
        return {row["data"]["MC"]: row["data"] | {"SJXH": str(row["sequence"])} for row in rows}


class ByPackages:
    """A receiver of packages."""

    def __init__(self, receiver: SimulatedReceiver, server: SftpServer, refusing: dict[str, str]) -> None:
        self.receiver, self.server, self.refusing = receiver, server, refusing

    def settings(self) -> Mapping[str, Any]:
        return {"province_packages": self.server}

    def answer(self) -> None:
        self.receiver.answer()

    def held(self) -> dict[str, dict[str, str]]:
        return {row["MC"]: row for row in self.receiver.held[DATASET].values()}


@contextmanager
def side(kind: str, folder: Path, change: Callable[[str], str] = lambda profile: profile) -> Iterator[tuple[Path, Any]]:
    """The configuration that leads to another side, and that side, until the end."""
    if kind == "front_end_tables":
        tables = Tables(folder)
        yield folder / "schemas_front_end_tables", tables
        tables.province.stop()
        return
    made = schemas(folder, kind, change)
    profile: Any = next(one for one in load.outlets(made) if one.id == "province").profile
    refusing: dict[str, str] = {}

    def refuses(row: Mapping[str, str]) -> str | None:
        return refusing.get(row["MC"])

    if kind == "soap_service":
        with SimulatedService(profile, TOKEN, refuses) as service:
            yield made, ByService(service, refusing)
        return
    if kind == "event_service":
        with SimulatedGovernance(profile, TOKEN, refuses) as platform:
            yield made, ByEvents(platform, refusing)
        return
    root, keys = folder / "province_sftp", folder / "province_keys"
    root.mkdir()
    keys.mkdir()
    account = Account("hub", make_key_pair(keys / "hub"), root)
    with EmbeddedServer(root, keys / "host", [account]) as server:
        where = SftpServer(
            host="127.0.0.1", port=server.port, user="hub", key_file=keys / "hub", host_key=server.host_key, root="/"
        )
        yield made, ByPackages(SimulatedReceiver(profile, root, refuses), where, refusing)
