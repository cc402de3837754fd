"""Counties to die on: one SFTP server for all of them, a process that lives, is killed and lives again, and the end.

What a county ends with (``County.ending``) is all that anybody sees of it: receipts and feed files byte for byte, the
province's tables, records, verdicts. Two counties with the same files have the same ending, however often they died.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from corpus import court_api
from faults import checkpoints, tiny_county
from faults.acts import still_to_come

from connectors.embedded_sftp import HUB, Account, EmbeddedServer
from connectors.keys import make_key_pair
from hub.ledger import deliveries
from hub.ledger.connect import reading
from hub.line import Hub, open_hub, verifying
from hub.outlets import province
from hub.settings import Settings

FULL = os.environ.get("FULL") == "1"


@dataclass(frozen=True)
class County:
    """One state folder and its departments' folders."""

    settings: dict[str, Any]
    root: Path
    api: court_api.CourtApi

    @property
    def home(self) -> Path:
        return Path(self.settings["home"])

    @contextmanager
    def hub(self) -> Iterator[Hub]:
        """Seen from outside, at the same moment."""
        hub = open_hub(Settings(**self.settings))
        hub.now = lambda: tiny_county.NOW  # type: ignore[method-assign]
        try:
            yield hub
        finally:
            hub.ledger.dispose()

    def ending(self) -> dict[str, Any]:
        """Everything that the work left behind for others, and nothing that may differ."""
        with self.hub() as hub:
            assert violations(hub) == []
            assert hub.waiting() == {}
            assert [hub.due(outlet) for outlet in hub.outlets()] == [0, 0]
            with reading(hub.ledger) as connection:
                listed = deliveries.listed(connection)
                issued = [deliveries.receipts(connection, one["id"]) for one in listed]
            assert all(one["put_at"] is not None for each in issued for one in each)
            assert all(one["state"] == "answered" for one in listed)
            kept = ("batch_no", "file_name", "verdict", *deliveries.COUNTS)
            found: dict[str, Any] = {
                "deliveries": [{name: one[name] for name in kept} for one in listed],
                "receipts": {one["receipt_no"]: one["body"].encode() for each in issued for one in each},
                "records": records(hub),
                "province": front_end(hub),
                "stalls": tiny_county.stalls(self.root),
                "told": sorted({key for path, key in self.api.told if path == f"/{self.root.name}/receipts"}),
                "outboxes": files(self.root, "*/outbox/*") | files(self.home, "outbox/*/*"),
                "archives": files(self.root, "*/archive/*/*"),
                "templates": files(self.root, "*/templates/*"),
                "feed": files((self.home / "feed" / "current").resolve(), "**/*"),
                "releases": len(list((self.home / "feed" / "releases").iterdir())),
                "reports": files(self.home / "reports", "**/*"),
                "left": self.left(),
            }
            shown = checkpoints.of(hub)
        for part in ("receipts", "outboxes", "reports"):
            found[part] = {name: checkpoints.without(content, shown) for name, content in found[part].items()}
        return found

    def left(self) -> list[str]:
        """Scraps."""
        scraps = [
            *self.root.glob("*/inbox/*"),
            *self.root.glob("*/precheck/*"),
            *self.root.rglob("*.part"),
            *self.root.rglob(".*"),
        ]
        # What a kill leaves in store/tmp is swept a day later.
        for folder in ("incoming", "work", "feed/staging", "feed/discarded"):
            scraps += (self.home / folder).glob("*")
        return [str(each) for each in scraps]


def violations(hub: Hub) -> list[str]:
    """What ``hub verify`` finds wrong."""
    return [str(one) for one in verifying.ordered(verifying.verify(hub))]


def records(hub: Hub) -> dict[str, list[tuple[Any, ...]]]:
    """Every version of every record, by dataset."""
    found = {}
    with reading(hub.ledger) as connection:
        for contract in hub.contracts.values():
            table = hub.shape(contract).table()
            chosen = [table.c[name] for name in ("record_id", "version", "content_hash", "row")]
            rows = connection.execute(sa.select(*chosen).order_by(table.c.record_id, table.c.version))
            found[contract.dataset] = [tuple(row) for row in rows]
    return found


def front_end(hub: Hub) -> dict[str, dict[str, tuple[Any, ...]]]:
    """What the province's tables hold by key, without its moments and without sequences: a rollback leaves gaps."""
    outlet = hub.outlet(province.OUTLET)
    names = province.Names.of(outlet)
    engine = sa.create_engine(hub.settings.province_url)
    found = {}
    with engine.connect() as connection:
        for name in outlet.options["tables"].values():
            rows = connection.execute(sa.text(f"SELECT * FROM {name}")).mappings().all()
            apart = (names.key, names.sequence, names.synced_at)
            found[name] = {row[names.key]: tuple(row[column] for column in row if column not in apart) for row in rows}
            assert len(found[name]) == len(rows), f"{name} holds a record twice"
    engine.dispose()
    return found


def files(folder: Path, pattern: str) -> dict[str, bytes]:
    """Content by path below the folder."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.glob(pattern) if file.is_file()}


@dataclass
class Lives:
    """Counties below ``base`` and the process that works on them. ``database(name)`` gives the URL of a new ledger."""

    base: Path
    database: Callable[[str], str]
    refuse_every: int = 3
    counties: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.schemas, self.expectations = tiny_county.lay_out(self.base)
        self.roots = self.base / "sftp"
        self.roots.mkdir()
        key = make_key_pair(self.base / "keys" / HUB)
        host_key = self.base / "keys" / "ssh_host_ed25519"
        self.server = EmbeddedServer(self.roots, host_key, [Account(HUB, key, self.roots)])
        self.server.start()
        self.api = court_api.CourtApi(tiny_county.stalls_of_api())
        self.open = ExitStack()
        self.open.enter_context(court_api.running(self.api))
        self.process = self.start()

    def start(self, *before: str) -> subprocess.Popen[str]:
        """Another process of the kind, its command after the words ``before``."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "GX_"))}
        script = Path(__file__).with_name("fault_process.py")
        return subprocess.Popen(
            (*before, sys.executable, str(script)),
            env=kept | {"GX_ANALYTICS_ENABLED": "false"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()
        self.server.stop()
        self.open.close()

    def county(self, above: Path | None = None, *, filled: bool = True, keeping: bool = True, **changed: Any) -> County:
        """A new county; its inboxes are filled or only there. ``above``: where its home lies; ``changed``: settings.

        ``keeping``: whether it also erases, restores and rebuilds.
        """
        self.counties += 1
        name = f"county_{self.counties}"
        home, root = (above or self.base) / name, self.roots / name
        tiny_county.drop_all(root, home, filled)
        still_to_come(home, keeping=keeping)
        sftp = {
            "host": "127.0.0.1",
            "port": self.server.port,
            "user": HUB,
            "key_file": str(self.base / "keys" / HUB),
            "host_key": self.server.host_key,
            "root": f"/{name}",
        }
        settings = {
            "home": str(home),
            "schemas": str(self.schemas),
            "expectations": str(self.expectations),
            "ledger_url": self.database(name),
            "province_url": f"sqlite:///{self.base / f'{name}.province.db'}",
            "sftp": {"county": sftp},
            "sources": {"stalls": {"url": f"sqlite:///{tiny_county.front_end_of(root)}"}},
            "apis": {"stalls": {"url": f"{self.api.url}/{name}", "tries": 1}} if filled else {},
            "settle_seconds": 0.0,
            "pdf_program": "none",  # a browser takes a second each time
        }
        return County(settings | changed, root, self.api)

    def order(self, county: County, **more: Any) -> dict[str, Any]:
        """What a process is told."""
        told = {
            "settings": county.settings,
            "root": str(county.root),
            "now": tiny_county.NOW.isoformat(),
            "verdicts": str(self.base / "verdicts"),
            "refuse_every": self.refuse_every,
        }
        return told | more

    def live(self, county: County, process: subprocess.Popen[str] | None = None, **more: Any) -> tuple[int, str]:
        """One life: its exit status, or minus the signal that ended it, and its error."""
        answer = self.ask(self.order(county, **more), process)
        return answer["status"], answer["error"]

    def crowd(self, county: County, many: int, **more: Any) -> list[tuple[int, str]]:
        """Several lives at once."""
        answers = self.ask(self.order(county, crowd=many, **more))
        return [(answer["status"], answer["error"]) for answer in answers]

    @contextmanager
    def sleeping(
        self, county: County, point: str, nth: int = 1, **more: Any
    ) -> Iterator[Callable[[], tuple[int, str]]]:
        """A life that has stopped itself at a point; gives the call that wakes it and waits for its end."""
        child = self.ask(self.order(county, point=point, nth=nth, act="stop", alone=True, **more))
        assert _stops(child), f"it never came to {point}"

        def wake() -> tuple[int, str]:
            os.kill(child, signal.SIGCONT)
            answer = self.ask({"await": child})
            return answer["status"], answer["error"]

        yield wake

    def ask(self, order: dict[str, Any], process: subprocess.Popen[str] | None = None) -> Any:
        """The process's answer to an order."""
        process = process or self.process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    def undisturbed(self, **changed: Any) -> tuple[County, list[str]]:
        """A county that nobody disturbed, and the points that it came to."""
        county, trace = self.county(**changed), self.base / f"trace_{self.counties}"
        assert self.live(county, trace=str(trace)) == (0, "")
        return county, trace.read_text().split()


def _stops(process: int, seconds: float = 60.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        if state in "TZ":
            return state == "T"
        time.sleep(0.01)
    return False
