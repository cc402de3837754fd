"""One row followed from its source line to the province and the feed, or to the reason why it went nowhere."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from hub.county.identities import citizen_id, person
from hub.errors import NotFound
from hub.line import tracing

Run = Callable[..., subprocess.CompletedProcess[str]]
GOOD, BAD, PERSON = 2, 8, 9


def _facts(county: Any, what: str) -> dict[str, Any]:
    facts: dict[str, Any] = tracing.trace(county.hub, what)
    return facts


def test_an_accepted_row_is_followed_to_its_place_in_the_feed_and_in_the_provinces_table(county: Any, ask: Run):
    done = ask("trace", f"1:{GOOD}", "--json")
    assert done.returncode == 0 and done.stderr == ""
    facts = json.loads(done.stdout)
    source = county.files["行政许可.csv"].read_bytes().decode("gb18030").splitlines()[GOOD - 1].split(",")
    assert facts["source"]["cells"]["行政相对人名称"] == source[0]
    assert facts["fate"] == {"state": "accepted", "code": None, "title": None} and facts["findings"] == []
    assert [(one["version"], one["delivery_id"], one["row"]) for one in facts["versions"]] == [(1, 1, GOOD)]
    sent = {one["outlet"]: one for one in facts["outlets"]}
    place, _, line = sent["open_feed"]["place"].rpartition(":")
    shown = (county.hub.home / "feed" / "current" / place).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert json.loads(shown)["id"] == facts["record_id"] and json.loads(shown)["xk_xdr_mc"] == source[0]
    assert (sent["open_feed"]["shown"], sent["open_feed"]["reason"]) == (True, None)
    assert (sent["province"]["state"], sent["province"]["in_table"], sent["province"]["answer"]) == (
        "acknowledged", True, "acknowledged",
    )  # fmt: skip
    database = sqlite3.connect(county.settings["HUB_PROVINCE_URL"].removeprefix("sqlite:///"))
    try:
        query = f'SELECT XK_XDR_MC FROM "{sent["province"]["front_end"]}" WHERE RECID = ?'
        assert database.execute(query, [facts["record_id"]]).fetchall() == [(source[0],)]
    finally:
        database.close()


def test_what_the_hub_changed_in_a_row_is_told_before_and_after(county: Any):
    changes = {one["column"]: one for one in _facts(county, f"1:{GOOD}")["source"]["changes"]}
    assert changes.keys() == {"许可决定日期", "有效期自", "有效期至"}
    decided = changes["许可决定日期"]
    assert decided["before"].replace("/", "-") == decided["after"] and "/" in decided["before"]


def test_a_rejected_row_is_followed_to_its_reason_and_no_further(county: Any, ask: Run):
    facts = _facts(county, f"1:{BAD}")
    assert facts["fate"] == {"state": "rejected", "code": "CMP-REQUIRED", "title": "必填项为空"}
    assert [(one["code"], one["column"], one["row"]) for one in facts["findings"]] == [("CMP-REQUIRED", "xk_nr", BAD)]
    assert "versions" not in facts and "outlets" not in facts and "record_id" not in facts
    said = ask("trace", f"1:{BAD}").stdout
    assert "state: rejected" in said and "必填项为空" in said


def test_a_row_of_a_file_that_was_refused_as_a_whole_is_followed_to_the_files_fault(county: Any):
    facts = _facts(county, "3:5")
    assert facts["fate"]["code"] == "FIL-LINES" and facts["source"] is None
    (finding,) = facts["findings"]
    assert (finding["code"], finding["row"]) == ("FIL-LINES", 18) and finding["detail"]


def test_a_row_of_a_repeated_file_names_the_first_receipt_and_the_record_that_was_made_then(county: Any):
    facts = _facts(county, f"2:{GOOD}")
    assert facts["fate"]["state"] == "duplicate"
    assert facts["findings"][0]["detail"] == next(
        number for number in _facts(county, f"1:{GOOD}")["receipts"] if "-2-" in number
    )
    assert facts["versions"] == _facts(county, f"1:{GOOD}")["versions"]


def test_a_persons_row_goes_to_the_province_alone_and_the_feed_says_why(county: Any):
    sent = {one["outlet"]: one for one in _facts(county, f"1:{PERSON}")["outlets"]}
    assert sent["province"]["in_table"] is True
    assert sent["open_feed"]["shown"] is False and sent["open_feed"]["place"] is None
    assert sent["open_feed"]["reason"] == "这类主体不向这里共享"


def test_a_credit_line_is_shown_nowhere_and_every_cell_of_it_is_hidden(county: Any):
    facts = _facts(county, "4:2")
    assert set(facts["source"]["cells"].values()) == {"***"}
    feed, platform = facts["outlets"]
    assert (feed["outlet"], feed["shown"]) == ("open_feed", False)
    assert platform["outlet"] == "governance" and not platform.get("in_table")
    assert feed["reason"] == "only counts and sums of groups are shown here"


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_no_identifier_of_a_person_is_printed(county: Any, ask: Run, form: tuple[str, ...]):
    from corpus.small_county.county import place_of

    place = place_of(county.hub.county)
    for row, serial in ((GOOD, 10), (PERSON, 10)):  # the representative of the first row is the person of the other
        said = ask("trace", f"1:{row}", *form).stdout
        assert citizen_id(place, serial) not in said
        assert "***" in said
    assert person(10) not in ask("trace", f"1:{GOOD}", *form).stdout


def test_a_record_is_traced_by_its_id(county: Any):
    key = _facts(county, f"1:{GOOD}")["record_id"]
    facts = _facts(county, key)
    assert (facts["record_id"], facts["dataset"]) == (key, "market/admin_licence")
    assert facts["versions"] and {one["outlet"] for one in facts["outlets"]} == {"province", "open_feed", "bank"}
    with pytest.raises(NotFound):
        tracing.trace(county.hub, key[::-1])


def test_a_province_that_is_silent_does_not_hide_the_rest_of_the_trace(county: Any):
    from hub.line import open_hub

    silent = "postgresql+psycopg://hub:secret@127.0.0.1:1/hub"
    hub = open_hub(county.hub.settings.model_copy(update={"province_url": silent}))
    sent = {one["outlet"]: one for one in tracing.trace(hub, f"1:{GOOD}")["outlets"]}
    assert sent["province"]["trouble"] == "the provincial front end does not answer"
    assert sent["open_feed"]["shown"] is True
    hub.ledger.dispose()


def test_tracing_leaves_the_home_as_it_was(county: Any):
    def paths() -> set[str]:
        return {str(path) for path in county.hub.home.rglob("*") if not path.name.startswith("ledger.db")}

    before = paths()
    _facts(county, f"1:{GOOD}")
    assert paths() == before
