from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser

import pytest

from hub.reports.assessment import delivery_page
from hub.reports.facts import Balance, DatasetFacts, DeliveryFacts, Hit, HitRow
from hub.reports.quality import dataset_page
from hub.reports.words import share

VOID = {"meta", "br", "rect", "line"}


class _Page(HTMLParser):
    """Open tags, attributes and texts; complains about tags that do not pair."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts))


@pytest.fixture
def pages(delivery: DeliveryFacts, dataset: DatasetFacts) -> tuple[str, str]:
    return delivery_page(delivery), dataset_page(dataset)


def test_the_pages_need_nothing_from_anywhere(pages: tuple[str, str]):
    for page in pages:
        assert not re.search(
            r"https?:|//[a-z]|url\(|@import|<script|<link|<img|<iframe|javascript:", page, re.IGNORECASE
        )
        for tag, name, value in _Page(page).attributes:
            assert name not in ("src", "srcset", "style") and not name.startswith("on"), (tag, name, value)
            assert name != "href" or re.fullmatch(r"(#|\.\./)?[\w.-]+(\.html)?", value or "")


def test_the_pages_are_chinese_and_well_formed(pages: tuple[str, str]):
    for page in pages:
        parsed = _Page(page)
        assert ("html", "lang", "zh-CN") in parsed.attributes
        words = set(
            re.findall(
                r"[A-Za-z]{3,}",
                re.sub(r"[A-Z0-9]{2,}(-[A-Z0-9]+)+|market/admin_licence|\b[0-9a-f]{64}\b", "", parsed.text),
            )
        )
        assert words <= {"SHA", "xlsx"}, words
        links = {
            value[1:] for _, name, value in parsed.attributes if name == "href" and value and value.startswith("#")
        }
        assert links <= {value for _, name, value in parsed.attributes if name == "id"}


def test_every_picture_says_its_figures_in_words(pages: tuple[str, str]):
    for page in pages:
        drawn = re.findall(r"<svg[^>]*>", page)
        assert drawn and all('aria-hidden="true"' in tag or re.search(r'aria-label="[^"]+"', tag) for tag in drawn)


def test_the_same_facts_give_the_same_page(delivery: DeliveryFacts, dataset: DatasetFacts, pages: tuple[str, str]):
    turned = dataclasses.replace(delivery, hits=delivery.hits[::-1])
    assert (delivery_page(turned), dataset_page(dataset)) == pages


def test_a_delivery_shows_its_balance_source_and_contract(pages: tuple[str, str]):
    text = _Page(pages[0]).text
    assert re.search(r"317 收到 = 312 接收 \+ 3 退回 \+ 2 重复 \+ 0 空白 ✔ 两边相等", text)
    assert "接收 312 行 = 新增 300 + 更新 10 + 没有变化 2" in text
    assert "SHA-256 " + "0f" * 32 in text and "版本 3.2.0，指纹 " + "ab" * 32 in text
    assert "2026-11-23 09:15:02" in text and "▲ 部分接收" in text


def test_counts_that_do_not_balance_are_shown_as_such(delivery: DeliveryFacts):
    page = delivery_page(dataclasses.replace(delivery, balance=Balance(318, 312, 2, 3, 2, 0, 300, 10, 2)))
    assert "✘ 两边不相等" in page and "两边相等" not in page


def test_rules_stand_with_checked_failed_and_share_the_worst_first(pages: tuple[str, str]):
    failed, passed = pages[0].split("通过的规则</h2>")[1:3]
    assert re.findall(r'class="code">([A-Z-]+)<', failed.split("问题明细")[0]) == [
        "DAT-ORDER",
        "ID-USCC-CHECK",
        "ID-USCC-ORG",
        "CMP-REQUIRED",
    ]
    assert '<td class="n">300</td><td class="n">3</td>' in failed and '<td class="n">1.00%</td>' in failed
    assert "？ 未能判断" in failed and "实际 315" in passed


def test_dimensions_sum_their_rules(pages: tuple[str, str]):
    row = re.search(r'<th scope="row">准确性</th>(.*?)</tr>', pages[0])
    assert row and re.findall(r'class="n">(?:<span[^>]*>)?([^<]+)<', row[1]) == ["2", "✘ 2", "600", "5", "99.17%"]


def test_first_rows_are_shown_as_given_with_visible_blanks(pages: tuple[str, str]):
    text = _Page(pages[0]).text
    assert "913208******0161" in text and "91320␣******020A" in text and "另有 1 行没有列出" in text


def test_markup_in_a_cell_stays_text(delivery: DeliveryFacts):
    hits = (Hit("TXT-LONG", "xk_xdr_mc", 1, (HitRow(3, 2, "<b onclick=1>&", "<i>"),)),)
    page = delivery_page(dataclasses.replace(delivery, hits=hits, file_name="<script>.csv", verdict_text="<u>"))
    assert "&lt;b␣onclick=1&gt;&amp;" in page and not re.search(r"<(script|b |i>|u>)", page)


@pytest.mark.parametrize("verdict", ["REJECTED", "DUPLICATE"])
def test_a_delivery_that_was_not_judged_has_a_page_too(delivery: DeliveryFacts, verdict: str):
    bare = dataclasses.replace(
        delivery,
        verdict=verdict,
        balance=None,
        validation=None,
        title=None,
        dataset=None,
        judged_at=None,
        contract_version=None,
        contract_fingerprint=None,
        receipt_no=None,
        hits=(Hit("FIL-ENCODING", None, 1),),
    )
    text = _Page(delivery_page(bare)).text
    assert "没有逐行统计" in text and "None" not in text and "文件编码无法识别" in text


def test_a_dataset_totals_its_deliveries_and_prints_the_formulas(pages: tuple[str, str], dataset: DatasetFacts):
    text = _Page(pages[1]).text
    counted = [line.balance for line in dataset.deliveries if line.balance and line.verdict != "PENDING"]
    rows, accepted = sum(balance.rows for balance in counted), sum(balance.accepted for balance in counted)
    assert f"{rows:,} 收到 = {accepted:,} 接收" in text and "✔ 两边相等" in text
    assert "合规率 = 接收 ÷（收到 − 重复 − 空白）" in text and share(accepted, rows - 432) in text
    assert "及时率 = 7 个工作日内报送的行 ÷ 全部可判断的行" in text
    assert "其中 1 次没有逐行统计" in text and "另有 1 次等待确认" in text


def test_a_dataset_links_each_delivery_in_order(pages: tuple[str, str], dataset: DatasetFacts):
    links = [value for tag, name, value in _Page(pages[1]).attributes if tag == "a" and name == "href"]
    assert links[1:] == [line.page for line in dataset.deliveries]


def test_a_finding_about_a_whole_file_is_listed_though_it_counts_no_rows(pages: tuple[str, str]):
    row = re.search(r"文件编码无法识别<br>.*?</tr>", pages[1])
    assert row and '<td class="n">—</td><td class="n">1 次</td>' in row[0] and "是否出现：0、" in row[0]


def test_a_dataset_without_deliveries_has_a_page(dataset: DatasetFacts):
    text = _Page(dataset_page(dataclasses.replace(dataset, deliveries=()))).text
    assert "还没有报送" in text and "无法计算" in text


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (1, 1_000_000, "小于 0.01%"),
        (999_999, 1_000_000, "大于 99.99%"),
        (0, 5, "0.00%"),
        (5, 5, "100.00%"),
        (1, 0, "—"),
        (None, 3, "—"),
    ],
)
def test_a_share_never_rounds_trouble_away(part: int | None, whole: int, said: str):
    assert share(part, whole) == said
