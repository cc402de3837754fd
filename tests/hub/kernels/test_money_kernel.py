from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.kernels import KERNELS, Options


def read(cell: str, types: str | None = None, unit: str = "wanyuan") -> tuple[Decimal | None, str | None]:
    options = Options(settings={"unit": unit}, types=None if types is None else pl.Series([types]))
    reading = KERNELS["money"].read(pl.Series([cell]), options)
    return reading.values[0], reading.marks[0]


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("0.2", "0.2"),
        ("０．２", "0.2"),
        ("1,234.5", "1234.5"),
        ("1，234．5", "1234.5"),
        ("-3", "-3"),
        ("+3", "3"),
        (".5", "0.5"),
        ("0", "0"),
        ("007.10", "7.1"),
        ("999999999999.999999", "999999999999.999999"),
        ("12,345,678", "12345678"),
    ],
)
def test_amounts_are_read_exactly(cell: str, amount: str) -> None:
    assert read(cell) == (Decimal(amount), "")


@pytest.mark.parametrize(
    "cell",
    [
        "5,000000",
        "1,23",
        ",123",
        "1,2345",
        "¥5",
        "人民币5",
        "约2000元",
        "2000元/月",
        "2000元（贰仟元整）",
        "5,000000元",
        "2万3千元",
        "2000美元",
        "2000分整",
        "0.1分",
        "元",
        "1.2E+5",
        "1e5",
        "0.1234567",
        "1000000000000",
        "5.",
        "1 000",
        "(5)",
        "NaN",
        "inf",
    ],
)
def test_what_is_no_amount_is_a_format_error(cell: str) -> None:
    assert read(cell) == (None, "MON-FORMAT")


def test_a_numeric_cell_is_read_as_excel_shows_it() -> None:
    assert read("0.30000000000000004", "n") == (Decimal("0.3"), "")
    assert read("1E-05", "n") == (Decimal("0.00001"), "")
    assert read("0.30000000000000004", "s") == (None, "MON-FORMAT")
    assert read("0.3333333333333333", "n") == (None, "MON-FORMAT")
    assert read("1e300", "n") == (None, "MON-FORMAT")


@pytest.mark.parametrize(
    ("cell", "yuan"),
    [
        ("2000元", "2000"),
        ("２０００元", "2000"),
        ("2,000.50 元", "2000.5"),
        ("人民币2000元整", "2000"),
        ("人民币：2000圆正", "2000"),
        ("￥2000元", "2000"),
        ("1.5万元", "15000"),
        ("1.5万", "15000"),
        ("3百万元", "3000000"),
        ("0.2亿元", "20000000"),
        ("150分", "1.5"),
        ("-2000元", "-2000"),
        ("壹仟贰佰叁拾肆元伍角陆分", "1234.56"),
        ("贰万元整", "20000"),
        ("壹亿零伍佰万元", "105000000"),
        ("人民币壹佰元整", "100"),
        ("拾万元", "100000"),
        ("一万二千元", "12000"),
        ("貳萬圓", "20000"),
        ("零元整", "0"),
        ("伍角整", "0.5"),
    ],
)
def test_a_written_unit_is_converted_exactly(cell: str, yuan: str) -> None:
    assert read(cell, unit="yuan") == (Decimal(yuan), "")
    assert read(cell, unit="fen") == (Decimal(yuan) * 100, "")
    assert read(cell, unit="wanyuan") == (Decimal(yuan) / 10_000, "")


# Examples of the rules for bills (支付结算办法, 正确填写票据和结算凭证的基本规定).
@pytest.mark.parametrize(
    ("cell", "yuan"),
    [
        ("壹仟肆佰零玖元伍角", "1409.50"),
        ("陆仟零柒元壹角肆分", "6007.14"),
        ("壹仟陆佰捌拾元零叁角贰分", "1680.32"),
        ("壹仟陆佰捌拾元叁角贰分", "1680.32"),
        ("壹拾万柒仟元零伍角叁分", "107000.53"),
        ("壹拾万零柒仟元伍角叁分", "107000.53"),
        ("壹万陆仟肆佰零玖元零贰分", "16409.02"),
        ("叁佰贰拾伍元零肆分", "325.04"),
    ],
)
def test_the_examples_of_the_rules_for_bills_are_read(cell: str, yuan: str) -> None:
    assert read(cell, unit="yuan") == (Decimal(yuan), "")


@pytest.mark.parametrize(
    "cell",
    [
        *("壹仟贰元", "壹仟零零贰元", "壹万零贰仟元", "零壹佰元", "壹佰零元", "壹佰零壹元零叁角", "叁元伍分"),
        *(
            "贰仟",
            "两仟元",
            "壹佰元伍",
            "壹元伍分整",
            "壹佰佰元",
            "壹万万元",
            "拾佰元",
            "壹元零",
            "壹角元",
            "整",
            "人民币",
        ),
    ],
)
@pytest.mark.parametrize("unit", ["fen", "yuan", "wanyuan"])
def test_capitals_that_break_the_rules_are_no_amount(cell: str, unit: str) -> None:
    assert read(cell, unit=unit) == (None, "MON-FORMAT")


def test_a_currency_sign_without_a_unit_says_yuan_only_in_a_column_of_yuan() -> None:
    assert read("￥2,000.00", unit="yuan") == (Decimal(2000), "")
    assert read("人民币2000", unit="yuan") == (Decimal(2000), "")
    assert read("￥2,000.00", unit="wanyuan") == (None, "MON-FORMAT")
    assert read("￥2,000.00", unit="fen") == (None, "MON-FORMAT")


def test_an_amount_that_does_not_fit_after_conversion_is_a_format_error() -> None:
    assert read("123456789012345元", unit="wanyuan") == (Decimal("12345678901.2345"), "")
    assert read("123456789012345元", unit="yuan") == (None, "MON-FORMAT")
    assert read("0.05分", unit="wanyuan") == (None, "MON-FORMAT")


amounts = st.decimals(-(10**12) + 1, 10**12 - 1, places=6).filter(lambda amount: abs(amount) < 10**12)


@settings(max_examples=150, deadline=None)
@given(amounts, st.integers(0, 6), st.booleans())
def test_a_written_amount_comes_back_to_the_last_digit(amount: Decimal, places: int, grouped: bool) -> None:
    written = f"{amount:,.{places}f}" if grouped else f"{amount:.{places}f}"
    assert read(written) == (Decimal(written.replace(",", "")), "")


def capitals(fen: int) -> str:
    """An amount in capital numerals, digit by digit from the front: the slow way, by the rules for bills."""
    yuan, cents = divmod(fen, 100)
    digits = str(yuan)
    words, gap = "", False
    for place, digit in zip(range(len(digits) - 1, -1, -1), digits, strict=True):
        if digit == "0":
            gap = gap or bool(words)
        else:
            words += ("零" if gap else "") + "零壹贰叁肆伍陆柒捌玖"[int(digit)] + ["", "拾", "佰", "仟"][place % 4]
            gap = False
        if place in (4, 8) and int(digits[: len(digits) - place]) % 10_000:
            words += {4: "万", 8: "亿"}[place]
    words = f"{words}元" if yuan else ""
    jiao, rest = divmod(cents, 10)
    if not cents:
        return f"{words or '零元'}整"
    if jiao:
        words += "零壹贰叁肆伍陆柒捌玖"[jiao] + "角"
    elif words:
        words += "零"
    return words + ("零壹贰叁肆伍陆柒捌玖"[rest] + "分" if rest else "")


def test_the_speller_of_this_test_spells_by_the_rules() -> None:
    assert capitals(10700053) == "壹拾万零柒仟元伍角叁分"
    assert capitals(600714) == "陆仟零柒元壹角肆分"
    assert capitals(1050000000000) == "壹佰零伍亿元整"
    assert capitals(4) == "肆分"


round_numbers = st.builds(
    lambda digit, power, more: digit * 10**power + more, st.integers(1, 9), st.integers(0, 13), st.integers(0, 999)
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.integers(0, 10**14 - 1), round_numbers))
def test_an_amount_in_capitals_comes_back_to_the_last_fen(fen: int) -> None:
    assert read(capitals(fen), unit="yuan") == (Decimal(fen) / 100, "")
    if fen < 10**12:
        assert read(capitals(fen), unit="fen") == (Decimal(fen), "")
    assert read(capitals(fen), unit="wanyuan") == (Decimal(fen) / 10**6, "")


@settings(max_examples=300, deadline=None)
@given(st.text("零壹贰玖拾佰仟万亿元角分整", min_size=1, max_size=10))
def test_capitals_that_are_read_are_those_of_the_amount(cell: str) -> None:
    value, mark = read(cell, unit="yuan")
    if mark == "":
        assert value is not None
        # But for what may be left out or written in two ways.
        written = cell.replace("整", "").replace("元零", "元").replace("万零", "万").replace("亿零", "亿")
        spelled = capitals(int(value * 100)).replace("整", "").replace("元零", "元").replace("万零", "万")
        assert written.lstrip("壹").removeprefix("零元") == spelled.replace("亿零", "亿").lstrip("壹").removeprefix(
            "零元"
        )


@settings(max_examples=200, deadline=None)
@given(st.text("0123456789.,元万分亿整¥￥人民币壹拾零角- ", max_size=12), st.sampled_from(["fen", "yuan", "wanyuan"]))
def test_any_text_is_an_amount_or_a_format_error(cell: str, unit: str) -> None:
    value, mark = read(cell, unit=unit)
    assert mark in (None, "", "MON-FORMAT")
    assert (value is not None) == (mark == "")
    if value is not None:
        assert read(f"{value}", unit=unit) == (value, "")
