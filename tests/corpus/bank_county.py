"""The real contracts, a few companies and households, and a bank behind a real SFTP server."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
from corpus.small_county import penalties
from corpus.small_county.county import place_of

from connectors.embedded_sftp import Account, EmbeddedServer
from connectors.keys import make_key_pair
from hub.contract import load
from hub.county.agencies import market
from hub.county.identities import citizen_id, company, person, uscc
from hub.demo.bank_receiver import SimulatedBank
from hub.ledger.tables import outbox
from hub.line import Hub
from hub.line.hub import ZONE
from hub.settings import SftpServer

ROOT = Path(__file__).resolve().parents[2]
PENALTY, CONSENT = "market/admin_penalty", "credit/consent"
EVENTS, REVIEWS, POINTS = "household/point_event", "household/point_review", "household/points"
TOWN = "town_320830101"
BANK, INCENTIVE = "bank", "bank_incentive"
NOTE = "仅供参考，不作为授信的唯一依据"
HOUSEHOLD = "320830101201-{:04d}"


class County:
    """A hub whose banks are ``bank`` and ``incentive``, by outlet in ``banks``."""

    def __init__(self, hub: Hub, folder: Path, files: Path, clock: Any) -> None:
        self.hub, self.folder, self.files, self.clock = hub, folder, files, clock
        self.place = place_of(hub.county)
        self.banks = {name: SimulatedBank(hub.outlet(name).profile, files) for name in (BANK, INCENTIVE)}  # type: ignore[arg-type]
        self.number = 0

    def today(self, days: int = 0) -> str:
        return (self.clock().astimezone(ZONE).date() + timedelta(days=days)).isoformat()

    def submit(
        self, dataset: str, rows: Sequence[Mapping[str, str]], department: str = "credit", name: str = ""
    ) -> Any:
        """Rows as a file; its receipt. Every row has to be taken."""
        receipt = self.hand_in(dataset, rows, department, name)
        assert receipt["counts"]["accepted"] == len(rows), json.dumps(receipt["findings"], ensure_ascii=False)
        return receipt

    def hand_in(self, dataset: str, rows: Sequence[Mapping[str, str]], department: str, name: str = "") -> Any:
        self.clock.sleep(5)
        self.number += 1
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(dict.fromkeys(cell for row in rows for cell in row)))
        writer.writeheader()
        writer.writerows(rows)
        file = self.folder / (name or f"{dataset.replace('/', '_')}_{self.number:03d}.csv")
        file.write_text(text.getvalue(), encoding="utf-8")
        return self.receipt_of(self.hub.submit(file, department, dataset), department)

    def receipt_of(self, delivery_id: int, department: str) -> Any:
        from hub.ledger import deliveries
        from hub.ledger.connect import reading

        with reading(self.hub.ledger) as connection:
            (receipt,) = [one for one in deliveries.receipts(connection, delivery_id) if one["stage"] == "validation"]
        return json.loads(receipt["body"])

    def penalties(self, serials: Sequence[int], **more: str) -> list[dict[str, str]]:
        """A fine each for these companies, of three days ago."""
        cases = penalties.Cases(self.place, market(self.place), penalties.AT_MARKET, "%Y-%m-%d")
        day = self.clock().astimezone(ZONE).date() - timedelta(days=3)
        fine = {"处罚类别": "罚款", "罚款金额（万元）": "1", "公示截止期": ""}
        return [
            dict(cases.penalty(serial, day, Random(serial)))
            | fine
            | {"行政相对人名称": company(self.place, serial), "行政相对人类别": "法人及非法人组织"}
            | {"统一社会信用代码": uscc(self.place, serial), "证件类型": "", "证件号码": ""}
            | more
            for serial in serials
        ]

    def events(self, households: Sequence[int], **more: str) -> list[dict[str, str]]:
        """A good deed of a grown-up in each of these households, of twenty days ago."""
        return [
            {
                "事件编号": f"JTJF-{one:06d}",
                "家庭编号": HOUSEHOLD.format(one),
                "村（居）": "双马村委会",
                "发生日期": self.today(-20),
                "积分项目": "邻里互助",
                "数量": "1",
                "行为人身份证号码": citizen_id(self.place, one),
                "凭证编号": f"ZP{one:04d}",
                "说明": "帮邻居收稻子",
                "记录人编号": "WG0101",
            }
            | more
            for one in households
        ]

    def reviews(self, households: Sequence[int], **more: str) -> list[dict[str, str]]:
        """The panel's yes to each of these deeds, and a notice that is over."""
        return [
            {
                "评议编号": f"JTPY-{one:06d}",
                "事件编号": f"JTJF-{one:06d}",
                "家庭编号": HOUSEHOLD.format(one),
                "村（居）": "双马村委会",
                "评议日期": self.today(-18),
                "到会人数": "7",
                "同意人数": "6",
                "评议结果": "通过",
                "公示开始日期": self.today(-17),
                "公示结束日期": self.today(-10),
                "公示期异议": "无异议",
            }
            | more
            for one in households
        ]

    def earn(self, *households: int) -> dict[str, int]:
        """A deed in each of these households that counts, and the totals."""
        self.submit(EVENTS, self.events(households), TOWN)
        self.submit(REVIEWS, self.reviews(households), TOWN)
        return self.issue()

    def issue(self) -> dict[str, int]:
        """The totals as they stand now."""
        self.clock.sleep(5)
        return self.hub.issue_points()

    def consent(self, serial: int, **more: str) -> dict[str, str]:
        """A company's consent to the bank, for a year from today, about its penalties."""
        return {
            "授权编号": f"SQ{serial:06d}",
            "主体名称": company(self.place, serial),
            "主体类别": "法人及非法人组织",
            "统一社会信用代码": uscc(self.place, serial),
            "证件类型": "",
            "证件号码": "",
            "家庭编号": "",
            "授权的数据集": "行政处罚",
            "授权的接收方": "信易贷",
            "授权用途": "申请信易贷",
            "授权方式": "书面",
            "授权书编号": f"XYSQ{serial:06d}",
            "授权起始日期": self.today(),
            "授权截止日期": self.today(365),
            "撤回日期": "",
            "登记日期": self.today(),
        } | more

    def of_household(self, household: int, number: str = "", **more: str) -> dict[str, str]:
        """A person's consent for the household to the incentive, about its points."""
        own = {
            "授权编号": f"HQ{household:06d}",
            "主体名称": person(household),
            "主体类别": "自然人",
            "统一社会信用代码": "",
            "证件类型": "身份证",
            "证件号码": number or citizen_id(self.place, household),
            "家庭编号": HOUSEHOLD.format(household),
            "授权的数据集": "家庭信用积分",
            "授权的接收方": "信易贷激励参考",
        }
        return self.consent(household, **(own | more))

    def cycle(self, outlet: str = BANK) -> None:
        """Send, let the bank answer, read its answers."""
        self.clock.sleep(5)
        self.hub.drain(outlet)
        self.banks[outlet].answer()
        self.hub.drain(outlet)

    def held(self, outlet: str = BANK, dataset: str = PENALTY, name: str = "CF_XDR_SHXYM") -> set[str]:
        """What the bank holds, told by one cell of each row."""
        return {row[name] for row in self.banks[outlet].held[dataset].values()}

    def aged(self, years: int, days: int = 0) -> str:
        """Number of a made-up person who is so many years old today, or will be in so many days."""
        day = self.clock().astimezone(ZONE).date() + timedelta(days=days)
        body = f"320830{day.year - years}{day:%m%d}999"
        weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
        return body + "10X98765432"[sum(int(digit) * by for digit, by in zip(body, weights, strict=True)) % 11]

    def code(self, serial: int) -> str:
        return uscc(self.place, serial)

    def states(self, outlet: str = BANK) -> list[str]:
        query = sa.select(outbox.c.state).where(outbox.c.outlet == outlet).order_by(outbox.c.sequence)
        with self.hub.ledger.connect() as connection:
            return list(connection.scalars(query))

    def sent(self) -> bytes:
        """All that lies in the bank's folder now, names too."""
        files = [file for file in sorted((self.files / "packages").iterdir())]
        return b"".join(file.name.encode() + file.read_bytes() for file in files)

    def record_of_consent(self, number: str) -> str:
        name = self.hub.shape(self.hub.contract(CONSENT)).name
        with self.hub.ledger.connect() as connection:
            query = sa.text(f'SELECT record_id FROM "{name}" WHERE sqbh = :number LIMIT 1')
            return str(connection.execute(query, {"number": number}).scalar_one())


@contextmanager
def county(make_hub: Callable[..., Hub], folder: Path, clock: Any, **settings: Any) -> Iterator[County]:
    """The county and its bank until the end."""
    files, keys = folder / "bank_sftp", folder / "bank_keys"
    files.mkdir()
    keys.mkdir()
    account = Account("hub", make_key_pair(keys / "hub"), files)
    with EmbeddedServer(files, keys / "host", [account]) as server:
        where = SftpServer(
            host="127.0.0.1", port=server.port, user="hub", key_file=keys / "hub", host_key=server.host_key, root="/"
        )
        given = {"schemas": ROOT / "schemas", "expectations": ROOT / "expectations", "bank_files": where}
        hub = make_hub(**(given | settings))
        assert {one.id for one in load.outlets(ROOT / "schemas") if one.kind == "bank_files"} == {BANK, INCENTIVE}
        yield County(hub, folder, files, clock)
