"""Nobody is taken for somebody else: ten thousand of one name, or of names that look alike, stay ten thousand."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from corpus import steered_county
from corpus.check_county import CheckCounty
from corpus.shops import HEADER

from hub.county.identities import Place, citizen_id, uscc
from hub.errors import NotFound
from hub.ledger import frames
from hub.line import Hub, requests, subject_access
from hub.line.circumstances import Standing
from hub.line.hub import ZONE
from hub.outlets import sharing
from hub.stages.identity import ids_and_salts

ROOT = Path(__file__).resolve().parents[3]
SMALL = ROOT / "tests" / "hub" / "small"
PLACE = Place()
HOW_MANY = 10_000
NUMBER = "（2026）第00001号"
# One name, and what somebody in a hurry or a lenient comparison would take for it.
NAMES = (
    "盱眙张己商贸有限公司",
    "盱眙章己商贸有限公司",
    "盱眙张已商贸有限公司",
    "盱眙张巳商贸有限公司",
    "盱眙張己商貿有限公司",
    "盱眙 张己 商贸有限公司",
    "盱眙张己商贸有限公司（Ａ）",
    "盱眙张己商贸有限公司(A)",
    "盱眙张己商贸有限公司 ",
    "盱眙張己商贸有限公司",
)


class Homonyms:
    """Ten thousand shops with one document number, each under one of ten names that look alike."""

    def __init__(self, make_hub: Callable[..., Hub], clock: Any, folder: Path) -> None:
        self.clock, self.folder = clock, folder
        schemas = steered_county.made(SMALL, folder)
        shutil.copytree(ROOT / "schemas" / "calendar", schemas / "calendar")
        self.hub = make_hub(schemas=schemas)
        self.codes = [uscc(PLACE, serial) for serial in range(1, HOW_MANY + 1)]
        self.day = clock().astimezone(ZONE).date()
        rows = [
            [NAMES[place % len(NAMES)], code, NUMBER, citizen_id(PLACE, place), str(self.day), "1", "1", ""]
            for place, code in enumerate(self.codes)
        ]
        self.balance = self.submit("market/shop", "店铺_1.csv", HEADER, rows)

    def submit(self, dataset: str, name: str, header: Any, rows: list[list[str]]) -> dict[str, Any]:
        self.clock.sleep(5)
        file = self.folder / name
        with file.open("w", encoding="utf-8", newline="") as target:
            csv.writer(target).writerows([header, *rows])
        self.hub.submit(file, "market", dataset)
        (latest, *_) = sorted(
            (self.hub.home / "outbox" / "market").glob("*-2-*.json"), key=lambda f: f.stat().st_mtime_ns
        )[::-1]
        counts: dict[str, Any] = json.loads(latest.read_text(encoding="utf-8"))["counts"]
        return counts

    def steer(self, dataset: str, title: str, number: str, code: str, last: str) -> None:
        header = [
            "编号",
            "统一社会信用代码",
            "数据集",
            "开始",
            "结束",
            "出口" if dataset == "credit/consent" else "文书号",
        ]
        until = str(self.day + timedelta(days=30)) if dataset == "credit/consent" else ""
        counts = self.submit(
            dataset, f"{title}_{number}.csv", header, [[number, code, "market/shop", str(self.day), until, last]]
        )
        assert counts["accepted"] == 1

    def records(self) -> pl.DataFrame:
        contract = self.hub.contract("market/shop")
        names = ["mc", *sharing.needed(contract, "open_feed"), *sharing.needed(contract, "bank")]
        return frames.current(self.hub.ledger, self.hub.shape(contract), list(dict.fromkeys(names)))

    def reasons(self, outlet: str) -> dict[str, list[str]]:
        """The codes of the subjects by the reason that is given at an outlet."""
        contract, records = self.hub.contracts["market/shop"], self.records()
        told = sharing.decide(records, contract, outlet, self.day, Standing(self.hub, self.day).of(contract, outlet))
        frame = records.select("dm").with_columns(told.fill_null("shown").alias("why"))
        return {str(why[0]): part["dm"].to_list() for why, part in frame.group_by("why")}


@pytest.fixture
def homonyms(make_hub: Callable[..., Hub], clock: Any, tmp_path: Path) -> Homonyms:
    return Homonyms(make_hub, clock, tmp_path)


def test_ten_thousand_of_one_name_are_ten_thousand_for_everybody_who_asks(homonyms: Homonyms) -> None:
    held = homonyms.records()
    assert homonyms.balance["accepted"] == homonyms.balance["inserted"] == HOW_MANY
    assert held["record_id"].n_unique() == held["dm"].n_unique() == held.height == HOW_MANY
    assert held["mc"].n_unique() < len(NAMES) + 1
    consenting, disputed, objecting = homonyms.codes[0], homonyms.codes[10], homonyms.codes[20]  # of one name
    homonyms.steer("credit/consent", "授权", "SQ1", consenting, "bank")
    homonyms.steer("credit/dispute", "异议", "YY1", disputed, NUMBER)
    number = requests.open_request(homonyms.hub, "objection", objecting)
    (asked,) = requests.listed(homonyms.hub)
    (mine,) = held.filter(pl.col("dm") == objecting)["record_id"]
    assert (asked["number"], asked["records"]) == (number, [["market/shop", mine]])
    feed, bank = homonyms.reasons("open_feed"), homonyms.reasons("bank")
    assert sorted(feed["disputed"]) == sorted([disputed, objecting])
    assert len(feed["shown"]) == HOW_MANY - 2
    assert bank["shown"] == [consenting]
    assert len(bank["no_consent"]) == HOW_MANY - 3
    # A name is no code, wherever a code is asked for.
    for name in NAMES:
        with pytest.raises(NotFound):
            requests.open_request(homonyms.hub, "deletion", name)
        assert subject_access.report(homonyms.hub, name) == {"queries": [], "requests": []}
    # One code under another name is the same; one name under another code is another.
    again = homonyms.submit("market/shop", "店铺_2_更正.csv", HEADER, [
        ["某某换了名有限公司", homonyms.codes[5], NUMBER, "", str(homonyms.day), "1", "1", ""],
        [NAMES[0], uscc(PLACE, HOW_MANY + 7), NUMBER, "", str(homonyms.day), "1", "1", ""],
    ])  # fmt: skip
    assert (again["updated"], again["inserted"]) == (1, 1)
    assert homonyms.records().height == HOW_MANY + 1


def test_an_invisible_character_in_a_name_finds_nobody(homonyms: Homonyms) -> None:
    row = ["盱眙张己\u200b商贸有限公司", homonyms.codes[0], NUMBER, "", str(homonyms.day), "9", "1", ""]
    counts = homonyms.submit("market/shop", "店铺_3_更正.csv", HEADER, [row, [NAMES[0], *row[1:]]])
    assert counts["rejected"] >= 1
    assert homonyms.records().height == HOW_MANY


# --- persons: by document alone, of whatever kind ------------------------------------------------------------------

DOCUMENTS = (
    *(("身份证", citizen_id(PLACE, serial)) for serial in range(100, 112)),
    *(("身份证", f"3208308001010{serial:02d}") for serial in range(1, 7)),  # 15 digits
    *(("护照号", f"E123456{serial:02d}") for serial in range(1, 7)),
    *(("港澳居民来往内地通行证", f"H123456{serial:02d}") for serial in range(1, 4)),
    *(("外国人永久居留身份证", f"USA1100001010{serial:02d}") for serial in range(1, 4)),
)
PERSONS = ("张伟", "章伟", "张 伟", "張偉", "张炜")


@pytest.fixture
def county(make_hub: Callable[..., Hub], tmp_path: Path, clock: Any) -> CheckCounty:
    hub = make_hub(schemas=ROOT / "schemas", expectations=ROOT / "expectations", pdf_program="none")
    return CheckCounty(hub, tmp_path, clock)


def test_persons_of_one_name_are_told_apart_by_documents_of_every_kind(county: CheckCounty) -> None:
    first = county.penalty(5)
    rows = [
        first | {"行政相对人名称": PERSONS[place % 2 * 3], "证件类型": kind, "证件号码": number}
        for place, (kind, number) in enumerate(DOCUMENTS)
    ]
    county.submit("market/admin_penalty", rows, "market")
    contract = county.hub.contract("market/admin_penalty")
    held = frames.current(county.hub.ledger, county.hub.shape(contract), ["cf_xdr_zjhm", "cf_xdr_mc"])
    assert held.height == held["record_id"].n_unique() == held["cf_xdr_zjhm"].n_unique() == len(DOCUMENTS)
    # A credit check finds by number alone: each of one name gets its own record, and never another's.
    asked = [county.applicant(row) for row in rows[:12]]
    stranger = county.applicant(rows[0], 证件号码=citizen_id(PLACE, 999))
    county.ask(*asked, stranger)
    for row in rows[:12]:
        (query,) = subject_access.queries(county.hub, row["证件号码"])
        (mine,) = held.filter(pl.col("cf_xdr_zjhm") == row["证件号码"])["record_id"]
        assert [each[1] for each in query["shown"]] == [mine]
    (nothing,) = subject_access.queries(county.hub, stranger["证件号码"])
    assert nothing["shown"] == []
    for kind, number in DOCUMENTS:
        opened = requests.open_request(county.hub, "correction", number)
        told = next(one for one in requests.listed(county.hub, subject=number) if one["number"] == opened)
        (mine,) = held.filter(pl.col("cf_xdr_zjhm") == number)["record_id"]
        assert told["records"] == [["market/admin_penalty", mine]], kind
    for name in PERSONS:
        assert subject_access.queries(county.hub, name) == []
    # An 18-digit number is never taken for the 15 digits that are in it.
    with pytest.raises(NotFound):
        requests.open_request(county.hub, "correction", "320830198001010017")
    county.steer("credit/dispute", rows[1])
    standing = Standing(county.hub, county.today).of(contract, "province")
    (mine,) = held.filter(pl.col("cf_xdr_zjhm") == rows[1]["证件号码"])["record_id"]
    assert standing.against["disputed"].to_list() == [mine]


def test_the_name_is_in_no_natural_key_and_changes_no_id(county: CheckCounty) -> None:
    for contract in county.hub.contracts.values():
        assert contract.subject.name not in contract.key, contract.dataset
        keys = {name: [f"{name}-1"] * 3 for name in contract.key}
        frame = pl.DataFrame(keys | {"row__mark": pl.Series([None] * 3, dtype=pl.String)})
        if contract.subject.name is not None:
            frame = frame.with_columns(pl.Series(contract.subject.name, PERSONS[:3]))
        ids, _ = ids_and_salts(contract, county.hub.record_key, frame)
        assert ids.n_unique() == 1, contract.dataset


def test_no_index_and_no_question_of_the_ledger_goes_by_a_name(county: CheckCounty) -> None:
    county.punish(county.penalty(5), county.penalty(6))
    with county.hub.ledger.connect() as connection:
        inspector = sa.inspect(connection)
        for contract in county.hub.contracts.values():
            shape = county.hub.shape(contract)
            assert contract.subject.name not in shape.searched, contract.dataset
            if inspector.has_table(shape.name):
                for index in inspector.get_indexes(shape.name):
                    assert contract.subject.name not in index["column_names"]
