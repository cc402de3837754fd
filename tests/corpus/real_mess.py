"""The mess of real deliveries, cell by cell, with the fate of each row stated by hand.

Every file holds as many good rows as needed, for a delivery with too many bad ones is refused as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from random import Random

from corpus.case import LICENCE, PENALTY, SHOP, Case
from corpus.shops import PLACE, Row, csv, secrets, shop
from corpus.small_county import licences, penalties

from hub.county.agencies import market
from hub.county.identities import citizen_id, mistyped, person, uscc

Mess = tuple[dict[str, str], str, str]  # cells of one row, its fate, the code that says why ("" when fine)
A, Q, R, D = "accepted", "accepted_query", "rejected", "duplicate"
TODAY = date(2026, 11, 23)

NULL_LIKES: tuple[Mess, ...] = (
    *(({"je": word, "bz": word, "sfzh": word}, A, "") for word in ("\\N", "暂无", "无", "空", "— —", "-", "/", "NULL")),
    *(({"mc": word}, R, "CMP-REQUIRED") for word in ("\\N", "暂无", "无", "/", "null", "　", "——")),
    ({"rq": "无处罚期限"}, R, "CMP-REQUIRED"),
    ({"zt": "null"}, R, "CMP-REQUIRED"),
    ({"dm": "-"}, R, "CMP-REQUIRED"),
    ({"je": "0"}, A, ""),
    ({"mc": "无锡某某（演示）商行"}, A, ""),
    ({"sfzh": "0"}, R, "ID-SFZ-FORM"),
)
DATES: tuple[Mess, ...] = (
    *(
        ({"rq": text}, A, "")
        for text in (
            *("20190930", "2021/1/5", "2021年1月5日", "2021-01-05 00:00:00", "2021/1/5 00:00;00", "2021.1.5"),
            *("2021-01-05T00:00:00", "２０２１－０１－０５", " 2021-01-05 ", "2020-02-29"),
        )
    ),
    *(
        ({"rq": text}, R, "DAT-IMPOSSIBLE")
        for text in ("1900-01-01", "1899-12-31", "9999-09-09", "2021-02-29", "2021/13/1")
    ),
    *(({"rq": text}, R, "DAT-FORMAT") for text in ("202011", "05/01/2021", "去年")),
    ({"rq": "1609804800000"}, R, "DAT-EPOCH"),
    ({"rq": "44201"}, R, "DAT-SERIAL"),
)
AMOUNTS: tuple[Mess, ...] = (
    *(({"je": text}, A, "") for text in ("0.2", "1,234.50", "５０００", "1234567", "", "100.000000", "+3", ".5")),
    *(
        ({"je": text}, R, "MON-FORMAT")
        for text in ("5,000000", "二千", "1.2E+5", "0.1234567", "12 万 3", "见文书", "1.2.3")
    ),
    ({"je": "-3"}, R, "MON-NEGATIVE"),
)


def _ending(letters: str, made, first: int) -> str:
    """The first identifier of a serial from ``first`` on that ends in one of the letters."""
    return next(one for serial in range(first, first + 500) if (one := made(PLACE, serial))[-1] in letters)


LETTERED, WITH_X = _ending("ABCDEFGHJKLMNPQRTUWXY", uscc, 700), _ending("X", citizen_id, 700)
TYPO = Random(3)
IDS: tuple[Mess, ...] = (
    ({"dm": LETTERED.lower()}, A, ""),
    ({"sfzh": WITH_X.lower()}, A, ""),
    ({"dm": f"{uscc(PLACE, 801)[:8]}-{uscc(PLACE, 801)[8:17]}-{uscc(PLACE, 801)[17]}"}, A, ""),
    ({"dm": f"\t{uscc(PLACE, 802)}"}, A, ""),
    ({"dm": f"{uscc(PLACE, 803)}　"}, A, ""),
    ({"sfzh": "320830800101001"}, A, ""),
    ({"dm": mistyped(uscc(PLACE, 804), TYPO)}, R, "ID-USCC-CHECK"),
    ({"sfzh": mistyped(citizen_id(PLACE, 804), TYPO)}, R, "ID-SFZ-CHECK"),
    ({"sfzh": "320830190002290010"}, R, "ID-SFZ-DATE"),
    ({"sfzh": "320999********1234"}, R, "ID-SFZ-FORM"),
    ({"sfzh": uscc(PLACE, 805)}, R, "ID-SFZ-FORM"),
    ({"sfzh": "3.20999E+17"}, R, "ID-EXCEL15"),
    ({"dm": "9.13209E+17"}, R, "ID-EXCEL15"),
    ({"dm": "000000000000000000"}, R, "ID-USCC-FORM"),
    ({"dm": uscc(PLACE, 806)[:17]}, R, "ID-USCC-FORM"),
    ({"dm": citizen_id(PLACE, 807)}, R, "ID-USCC-CHECK"),  # a person's number where a company's belongs
    ({"dm": "N23208300000000194"}, A, ""),
    ({"dm": "913208300000000510"}, A, ""),  # the check character is 0
)
TEXTS: tuple[Mess, ...] = (
    ({"mc": " 甲某某（演示）商行　"}, A, ""),
    ({"mc": "Ａ１（演示）㈱"}, A, ""),
    ({"zt": "１"}, A, ""),
    ({"zt": "有效 "}, A, ""),
    ({"zt": "注销"}, A, ""),
    ({"bz": "-3.5"}, A, ""),
    ({"bz": f"负责人{person(3)}"}, A, ""),
    ({"zt": "1/2"}, R, "COD-UNKNOWN"),
    ({"mc": "=1+1"}, R, "TXT-FORMULA"),
    ({"mc": "＠SUM(A1)"}, R, "TXT-FORMULA"),
    ({"mc": "盱眙???商行"}, R, "TXT-REPLACEMENT"),
    ({"mc": "盱眙\ufffd商行"}, R, "TXT-REPLACEMENT"),
    ({"mc": "张\u200b三商行"}, R, "TXT-CONTROL"),
    ({"mc": "张\u202e三商行"}, R, "TXT-CONTROL"),
    ({"mc": "店" * 201}, R, "TXT-LONG"),
    ({"mc": f"某商行 {citizen_id(PLACE, 901)}"}, R, "ID-ON-PUBLIC"),
    ({"wsh": f"文{citizen_id(PLACE, 902)}号"}, R, "ID-ON-PUBLIC"),
    # Shifted one column to the right: every cell is somewhere else.
    (
        {"mc": "", "dm": "甲某某（演示）商行", "wsh": uscc(PLACE, 903), "sfzh": "文1号", "rq": "", "je": "2026-11-20"},
        R,
        "ID-USCC-FORM",
    ),
)
KINDS = {"空值": NULL_LIKES, "日期": DATES, "金额": AMOUNTS, "证照号码": IDS, "文字": TEXTS}


def shop_rows(mess: Sequence[Mess], first: int = 100) -> list[tuple[Row, str, str]]:
    """Each messy row with its fate and code, and behind each a good one."""
    made = []
    for number, (changed, fate, code) in enumerate(mess):
        made.append((shop(first + 2 * number, **changed), fate, code))
        made.append((shop(first + 2 * number + 1), A, ""))
    return made


def repeated_rows() -> list[tuple[Row, str, str]]:
    """Twins, twins in another spelling, one number with two contents, one number of two subjects."""
    return [
        (shop(1), A, ""),
        (shop(2), A, ""),
        (shop(1), D, "DUP-ROW"),
        (shop(3), A, ""),
        (shop(2, rq="2026/11/20", je="100,000"), D, "DUP-ROW"),
        (shop(4), R, "DUP-CONFLICT"),
        (shop(5), A, ""),
        (shop(4, mc="另一名称（演示）"), R, "DUP-CONFLICT"),
        (shop(6, wsh="演市监〔2026〕0099号"), A, ""),
        (shop(7, wsh="演市监〔2026〕0099号"), A, ""),
        (shop(1), D, "DUP-ROW"),
    ]


def codes_at(fates: Sequence[tuple[str, str]], first: int = 2) -> dict[str, tuple[int, ...]]:
    """Code -> the rows on which it is stated."""
    found: dict[str, list[int]] = {}
    for number, (_, code) in enumerate(fates, first):
        if code:
            found.setdefault(code, []).append(number)
    return {code: tuple(rows) for code, rows in found.items()}


def case(
    name: str, content: bytes, fates: Sequence[tuple[str, str]], hidden: tuple[str, ...], dataset: str = SHOP
) -> Case:
    """A file whose rows begin on row 2, with the fate and code of each."""
    told = codes_at(fates)
    bad = [fate for fate, _ in fates if fate != A]
    verdict = "PARTIAL" if R in bad else "ACCEPTED_QUERY" if Q in bad else "ACCEPTED"
    by_row = {number: fate for number, (fate, _) in enumerate(fates, 2)}
    # A row may be told for more than one reason: the stated one must be among them, for these rows at least.
    return Case(name, content, verdict, by_row, tuple(told), told, dataset, hidden)


def _of_shop(name: str, rows: Sequence[tuple[Row, str, str]], encoding: str = "utf-8") -> Case:
    hidden = (*secrets(row for row, *_ in rows), citizen_id(PLACE, 807), citizen_id(PLACE, 901), citizen_id(PLACE, 902))
    return case(name, csv([row for row, *_ in rows], encoding), [(fate, code) for _, fate, code in rows], hidden)


def _full(header: Sequence[str], rows: Sequence[tuple[Row, str, str]], name: str, dataset: str) -> Case:
    lines = [",".join(header)]
    for row, *_ in rows:
        lines.append(",".join(f'"{cell}"' if "," in (cell := row.get(column, "")) else cell for column in header))
    hidden = [row.get(column, "") for row, *_ in rows for column in ("法定代表人证件号码", "证件号码")]
    content = ("\r\n".join(lines) + "\r\n").encode("gb18030")
    return case(name, content, [(fate, code) for _, fate, code in rows], tuple(set(filter(None, hidden))), dataset)


def _licences() -> Case:
    mess: tuple[Mess, ...] = (
        *(
            ({"有效期至": text}, A, "")
            for text in ("2099-12-31", "2099-01-31", "9999-09-09", "长期", "20991231", "2099/12/31")
        ),
        *(({"有效期至": text}, R, "DAT-IMPOSSIBLE") for text in ("1900-01-01", "1899-12-31")),
        ({"有效期至": "2001-01-01"}, R, "DAT-ORDER"),
        ({"许可内容": "暂无"}, R, "CMP-REQUIRED"),
        ({"统一社会信用代码": "无"}, R, "CMP-NEEDED"),
        ({"许可类别": "登记/核准"}, R, "COD-UNKNOWN"),
        ({"备注": " 补录　"}, A, ""),
    )
    rows, rng = [], Random(5)
    for number, (changed, fate, code) in enumerate(mess):
        for serial, cells, what in ((20 * number + 3, changed, (fate, code)), (20 * number + 4, {}, (A, ""))):
            rows.append((licences.licence(PLACE, serial, TODAY, rng, "%Y-%m-%d") | cells, *what))
    return _full(licences.HEADER, rows, "真实_行政许可.csv", LICENCE)


def _penalties() -> Case:
    fine = "罚款金额（万元）"
    mess: tuple[Mess, ...] = (
        ({"处罚有效期": "无处罚期限"}, R, "CMP-REQUIRED"),
        ({fine: "0.2"}, A, ""),
        ({fine: "2,000"}, Q, "MON-UNIT"),
        ({fine: "5,000000"}, R, "MON-FORMAT"),
        ({fine: "-0.2"}, R, "MON-NEGATIVE"),
        ({"违法事实": "\\N"}, R, "CMP-REQUIRED"),
        ({"处罚类别": "罚款、口头教育"}, R, "COD-UNKNOWN"),
        ({"处罚决定日期": "202611"}, R, "DAT-FORMAT"),
    )
    cases, rows, rng = penalties.Cases(PLACE, market(PLACE), penalties.AT_MARKET, "%Y/%m/%d"), [], Random(6)
    for number, (changed, fate, code) in enumerate(mess):
        for serial, cells, what in ((10 * number + 6, changed, (fate, code)), (10 * number + 7, {}, (A, ""))):
            rows.append((cases.penalty(serial, TODAY, rng) | cells, *what))
    return _full(penalties.HEADER, rows, "真实_行政处罚.csv", PENALTY)


CASES = (
    *(_of_shop(f"真实_{name}.csv", shop_rows(mess)) for name, mess in KINDS.items()),
    _of_shop("真实_重复.csv", repeated_rows()),
    _licences(),
    _penalties(),
)
