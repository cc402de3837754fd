"""The bank by files over SFTP: only with consent, as a reference, and everything can be taken back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from corpus import bank_county
from corpus.bank_county import BANK, INCENTIVE, NOTE, PENALTY, POINTS, County

from connectors.faults import Unreachable
from connectors.sftp_wire import Wire
from hub.errors import FixConfiguration, TryAgain
from hub.ledger import reopening
from hub.ledger.connect import reading, writing
from hub.line import Hub, intervening, monthly, withdrawal_clock
from hub.line.doctor import examine
from hub.line.hub import ZONE


@pytest.fixture
def county(make_hub: Callable[..., Hub], tmp_path: Path, clock: Any) -> Iterator[County]:
    with bank_county.county(make_hub, tmp_path, clock) as made:
        yield made


@pytest.fixture
def shown(county: County) -> County:
    """Companies 1 to 4 with a penalty each; 1 and 2 have consented, and the bank has theirs."""
    county.submit(PENALTY, county.penalties([1, 2, 3, 4]), "market")
    county.submit("credit/consent", [county.consent(1), county.consent(2)])
    county.cycle()
    return county


def _files(county: County) -> list[str]:
    return sorted(file.name for file in (county.files / "packages").iterdir())


def test_the_bank_gets_what_consenting_companies_agreed_to_and_hears_nothing_of_others(shown: County) -> None:
    assert shown.held() == {shown.code(1), shown.code(2)}
    assert sorted(set(shown.states())) == ["acknowledged", "superseded", "withheld"]
    assert len(shown.banks[BANK].applied) == 2, "no removal of what was never there"


def test_every_file_and_every_row_says_that_it_is_no_verdict(county: County) -> None:
    county.submit(PENALTY, county.penalties([1, 2]), "market")
    county.submit("credit/consent", [county.consent(1)])
    county.hub.drain(BANK)
    name, marker = _files(county)
    assert name.startswith("XYXZCF_2026") and name.endswith(".csv") and marker == name.replace(".csv", ".flg")
    content = (county.files / "packages" / name).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") and (county.files / "packages" / marker).read_bytes() == b""
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert header[:3] == ["RECID", "SJXH", "CZLX"] and header[-1] == "SYSM"
    assert [row[-1] for row in rows] == [NOTE]
    assert "CF_SY" not in header and "CF_FRDB" not in header, "what the contract does not disclose to the bank"


def test_files_of_removals_have_the_same_header_and_nothing_but_the_record(shown: County) -> None:
    first = shown.sent()
    assert first == b"", "what the bank has answered does not lie there any more"
    shown.submit("credit/consent", [shown.consent(1, 撤回日期=shown.today(), 登记日期=shown.today())])
    shown.hub.drain(BANK)
    (name,) = [name for name in _files(shown) if name.endswith(".csv")]
    content = (shown.files / "packages" / name).read_text(encoding="utf-8-sig")
    header, row = csv.reader(io.StringIO(content, newline=""))
    cells = {one: cell for one, cell in zip(header, row, strict=True) if cell}
    assert cells.keys() == {"RECID", "SJXH", "CZLX", "SYSM"} and cells["CZLX"] == "2"
    assert "CF_WSH" in header and shown.code(1) not in content


def test_nothing_is_known_of_a_file_until_its_receipt_has_its_marker(county: County) -> None:
    county.submit(PENALTY, county.penalties([1]), "market")
    county.submit("credit/consent", [county.consent(1)])
    county.hub.drain(BANK)
    (file,) = county.banks[BANK].waiting()
    receipt = county.banks[BANK].take(file)
    marker = receipt.with_suffix(".flg")
    marker.unlink()
    assert county.hub.drain(BANK)["pending"] == 1
    marker.touch()
    assert county.hub.drain(BANK) == {"sent": 0, "answered": 1, "pending": 0}


def test_a_run_that_ends_before_the_marker_leaves_nothing_that_the_bank_could_take(county: County) -> None:
    county.submit(PENALTY, county.penalties([1]), "market")
    county.submit("credit/consent", [county.consent(1)])
    with pytest.MonkeyPatch.context() as patch:
        renamed = Wire.posix_rename

        def broken(wire: Wire, source: bytes, target: bytes) -> None:
            if target.endswith(b".flg"):
                raise Unreachable("rename: broken on purpose")
            renamed(wire, source, target)

        patch.setattr(Wire, "posix_rename", broken)
        with pytest.raises(TryAgain):
            county.hub.drain(BANK)
    assert county.banks[BANK].waiting() == []
    # The consent is taken back before the next run: what lies there unmarked goes away, too.
    county.submit("credit/consent", [county.consent(1, 撤回日期=county.today())])
    county.cycle()
    assert county.code(1).encode() not in county.sent()
    assert county.held() == set()


def test_a_bank_without_an_address_owes_nothing_and_the_doctor_says_so(
    make_hub: Callable[..., Hub], tmp_path: Path
) -> None:
    hub = make_hub(schemas=bank_county.ROOT / "schemas", expectations=bank_county.ROOT / "expectations")
    (told,) = [one for one in examine(hub) if one["what"] == BANK]
    assert told["ok"] and "HUB_BANK_FILES__HOST" in str(told["detail"]) and told["warning"]
    assert hub.due(BANK) == 0
    with pytest.raises(FixConfiguration, match="HUB_BANK_FILES__HOST"):
        hub.drain(BANK)


def test_the_doctor_reaches_the_bank_and_names_what_is_not_verified(county: County) -> None:
    told = {one["what"]: one for one in examine(county.hub)}
    assert told[BANK]["ok"] and "银行数据文件（中性约定）" in str(told[BANK]["detail"])
    assert told[INCENTIVE]["ok"] and "1 datasets by files" in str(told[INCENTIVE]["detail"])


def test_a_refusal_of_the_bank_is_nobody_elses_business(county: County) -> None:
    county.banks[BANK].refuses = lambda row: "不是本行客户"
    county.submit(PENALTY, county.penalties([1]), "market")
    county.submit("credit/consent", [county.consent(1)])
    county.cycle()
    assert county.states()[-1] == "rejected"
    assert not list((county.hub.home / "outbox").rglob("*-3-*.json")), "no department learns who has consented"


def test_a_removal_that_the_bank_refuses_is_asked_for_again(shown: County) -> None:
    shown.submit("credit/consent", [shown.consent(1, 撤回日期=shown.today())])
    shown.hub.drain(BANK)
    (file,) = shown.banks[BANK].waiting()
    receipt = shown.banks[BANK].take(file)
    receipt.write_bytes(receipt.read_bytes().replace(b",00,", b",01,"))
    shown.hub.drain(BANK)
    assert shown.states()[-1] == "unknown"
    shown.cycle()
    assert shown.states()[-1] == "withheld"


def test_the_bank_and_the_county_are_compared_by_its_list(shown: County) -> None:
    shown.clock.sleep(86_400 * 2)
    shown.banks[BANK].write_list(shown.clock().astimezone(ZONE).date())
    found = monthly.reconcile(shown.hub, BANK)
    assert found[PENALTY]["ours"] == found[PENALTY]["theirs"] and found[PENALTY]["ours"]["count"] == 2
    shown.banks[BANK].held[PENALTY].popitem()
    shown.clock.sleep(86_400)
    shown.banks[BANK].write_list(shown.clock().astimezone(ZONE).date())
    assert monthly.reconcile(shown.hub, BANK)[PENALTY]["missing"] == 1


def test_a_record_that_is_withdrawn_goes_from_the_bank_and_one_that_was_never_there_is_not_spoken_of(
    shown: County,
) -> None:
    ids = shown.banks[BANK].held[PENALTY]
    there = next(record for record, row in ids.items() if row["CF_XDR_SHXYM"] == shown.code(1))
    name = shown.hub.shape(shown.hub.contract(PENALTY)).name
    with shown.hub.ledger.connect() as connection:
        query = sa.text(f'SELECT record_id FROM "{name}" WHERE cf_xdr_shxym = :code')
        never = str(connection.execute(query, {"code": shown.code(3)}).scalar_one())
    for record in (there, never):
        intervening.withdraw(shown.hub, record, "撤销")
    shown.cycle()
    assert shown.held() == {shown.code(2)}
    assert never not in [record for record, _ in shown.banks[BANK].applied]
    told = {one["record_id"]: one["outlets"] for one in withdrawal_clock.clock(shown.hub)}
    assert told[there][BANK]["state"] == "confirmed" and BANK not in told[never]


def test_what_stands_against_a_record_takes_it_from_the_bank_too(shown: County) -> None:
    row = shown.penalties([1])[0]
    repair = {
        "修复编号": "XF1",
        "主体名称": row["行政相对人名称"],
        "主体类别": row["行政相对人类别"],
        "统一社会信用代码": row["统一社会信用代码"],
        "数据集": "行政处罚",
        "文书号": row["行政处罚决定书文号"],
        "作出机关统一社会信用代码": row["处罚机关统一社会信用代码"],
        "修复日期": shown.today(),
    }
    shown.submit("credit/repair", [repair])
    shown.cycle()
    assert shown.held() == {shown.code(2)}


def test_points_go_to_the_incentive_alone_and_as_a_total(county: County) -> None:
    county.earn(7, 8)
    county.submit("credit/consent", [county.of_household(7)])
    county.cycle(INCENTIVE)
    county.cycle(BANK)
    assert county.held(INCENTIVE, POINTS, "JTBH") == {"320830101201-0007"}
    (row,) = county.banks[INCENTIVE].held[POINTS].values()
    assert row["SYSM"].startswith(NOTE)
    assert row.keys() == {"RECID", "SJXH", "CZLX", "JTBH", "ND", "JZRQ", "ZF", "DJ", "SYSM"}
    assert (float(row["ZF"]), row["DJ"], row["ND"]) == (101, "信用家庭", county.today()[:4])
    assert county.banks[BANK].held.keys() & {POINTS} == set()


def test_what_a_lost_ledger_may_have_sent_is_taken_away(shown: County) -> None:
    """After a restore records go again that the bank holds; of one that is kept back now it is told to let it go."""
    with reading(shown.hub.ledger) as connection:
        last = reopening.last_entries(connection, BANK, PENALTY)
    record = next(one for one, (_, state) in last.items() if state == "withheld")
    with writing(shown.hub.ledger, "reconcile") as connection:
        reopening.enqueue_again(connection, BANK, PENALTY, [(record, 1, 1)])
    shown.banks[BANK].held[PENALTY][record] = {"RECID": record, "SJXH": "1"}
    shown.cycle()
    assert record not in shown.banks[BANK].held[PENALTY]


def test_a_receiver_that_takes_longer_than_a_day_confirms_a_removal_all_the_same(shown: County) -> None:
    shown.submit("credit/consent", [shown.consent(1, 撤回日期=shown.today())])
    shown.hub.drain(BANK)
    shown.clock.sleep(86_400 + 60)
    shown.hub.drain(BANK)
    shown.banks[BANK].answer()
    shown.hub.drain(BANK)
    assert shown.states()[-1] == "withheld" and shown.held() == {shown.code(2)}
