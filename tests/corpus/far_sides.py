"""The receivers of the real contracts: a province reached by any of its ways, banks, a governance platform."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus import searching

from connectors.embedded_sftp import Account, EmbeddedServer
from connectors.keys import make_key_pair
from hub.contract import load
from hub.contract.model import Outlet
from hub.demo.bank_receiver import SimulatedBank
from hub.demo.governance import SimulatedGovernance
from hub.demo.package_receiver import SimulatedReceiver
from hub.demo.province import SimulatedProvince
from hub.demo.province_service import SimulatedService
from hub.settings import ApiSource, ProvinceService, SftpServer

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a-token-that-nobody-may-see"
PROFILES = {"soap_service": "xinyong_soap", "xml_packages": "xml_packages"}


def schemas(folder: Path, kind: str) -> Path:
    """A copy of the contracts whose province is of a kind."""
    made = folder / "schemas"
    shutil.copytree(ROOT / "schemas", made)
    if kind in PROFILES:
        outlets = made / "outlets.yaml"
        before, _, rest = outlets.read_text(encoding="utf-8").partition("    options:\n")
        after = rest[rest.index("  - id: open_feed") :]
        changed = before.replace("front_end_tables", kind) + f"    options: {{profile: {PROFILES[kind]}}}\n" + after
        outlets.write_text(changed, encoding="utf-8")
    return made


@dataclass(frozen=True, slots=True)
class FarSide:
    """Settings that lead there, what makes it answer, and all that it holds, as bytes."""

    settings: Mapping[str, Any]
    answer: Callable[[], object]
    held: Callable[[], bytes]
    files: Path | None = None  # where our packages lie


@contextmanager
def far_side(kind: str, made: Path, folder: Path) -> Iterator[FarSide]:
    """The other side of a kind until the end."""
    outlet = next(one for one in load.outlets(made) if one.id == "province")
    if kind == "front_end_tables":
        with closing(_Tables(outlet, made, folder / "province.db")) as tables:
            yield FarSide({"province_url": tables.url}, tables.province.answer, tables.held)
        return
    profile: Any = outlet.profile
    if kind == "soap_service":
        with SimulatedService(profile, TOKEN) as service:
            given = {"province_service": ProvinceService(wsdl=service.wsdl, token=TOKEN, seconds=5)}
            yield FarSide(given, lambda: None, lambda: repr(service.held).encode())
        return
    with _mailbox(folder / "province") as (where, root):
        receiver = SimulatedReceiver(profile, root)
        held = {"province_packages": where}
        yield FarSide(held, receiver.answer, lambda: repr(receiver.held).encode(), receiver.packages)


@contextmanager
def banks(made: Path, folder: Path) -> Iterator[FarSide]:
    """The bank behind each outlet of its kind, in one folder."""
    profiles: list[Any] = [one.profile for one in load.outlets(made) if one.kind == "bank_files"]
    with _mailbox(folder / "bank") as (where, root):
        every = [SimulatedBank(profile, root) for profile in profiles]

        def answer() -> None:
            for one in every:
                one.answer()

        yield FarSide({"bank_files": where}, answer, lambda: repr([one.held for one in every]).encode(), root)


@contextmanager
def platform(made: Path) -> Iterator[FarSide]:
    """The governance platform."""
    profile: Any = next(one.profile for one in load.outlets(made) if one.kind == "event_service")
    with SimulatedGovernance(profile, TOKEN) as service:
        given = {"governance": ApiSource(url=service.url, token=TOKEN)}
        yield FarSide(given, lambda: None, lambda: repr((service.held, service.tables)).encode())


@contextmanager
def _mailbox(folder: Path) -> Iterator[tuple[SftpServer, Path]]:
    """An SFTP server with one account, and its root."""
    root, keys = folder / "sftp", folder / "keys"
    for one in (root, keys, root / "packages", root / "receipts"):
        one.mkdir(parents=True)
    account = Account("hub", make_key_pair(keys / "hub"), root)
    with EmbeddedServer(root, keys / "host", [account]) as server:
        yield (
            SftpServer(
                host="127.0.0.1",
                port=server.port,
                user="hub",
                key_file=keys / "hub",
                host_key=server.host_key,
                root="/",
            ),
            root,
        )


class _Tables:
    """Front-end tables, which answer at once."""

    def __init__(self, outlet: Outlet, made: Path, file: Path) -> None:
        self.file, self.url = file, f"sqlite:///{file}"
        contracts = load.contracts(made, ROOT / "expectations")
        self.province = SimulatedProvince(self.url, outlet, contracts, delay=0, refuse_every=0)
        self.province.create()

    def held(self) -> bytes:
        return b"\n".join(searching.tables(self.file).values())

    def close(self) -> None:
        self.province.stop()
