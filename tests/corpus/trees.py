"""JSON, JSON lines and XML: the same rows as records, and the ways in which such files are broken or made to hurt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from corpus.case import Case, all_rows
from corpus.shops import FIELDS, HEADER, Row, cells, secrets, shop, shops

ROWS = shops(6)
SECRETS = secrets(ROWS)
DEEP = 200_000
BROKEN = "FIL-PARTIAL|FIL-FORMAT|FIL-BROKEN"
LARGE = "FIL-TOOBIG|FIL-FORMAT|FIL-BROKEN"


def as_objects(rows: Sequence[Row], names: Sequence[str] = FIELDS) -> list[dict[str, str]]:
    """Rows as objects; an empty cell is an empty text."""
    return [dict(zip(names, cells(row), strict=True)) for row in rows]


def as_json(rows: Sequence[Row], names: Sequence[str] = FIELDS) -> bytes:
    """A list of objects, one to a line."""
    return (
        "[\n" + ",\n".join(json.dumps(one, ensure_ascii=False) for one in as_objects(rows, names)) + "\n]\n"
    ).encode()


def as_json_lines(rows: Sequence[Row]) -> bytes:
    """One object to a line."""
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in as_objects(rows)).encode()


def as_xml(rows: Sequence[Row], encoding: str = "UTF-8", doctype: str = "", names: Sequence[str] = FIELDS) -> bytes:
    """A root with one element per row, and in it one per cell."""
    made = [f'<?xml version="1.0" encoding="{encoding}"?>{doctype}', "<rows>"]
    for row in rows:
        inner = "".join(f"<{name}>{escape(cell)}</{name}>" for name, cell in zip(names, cells(row), strict=True))
        made.append(f"<row>{inner}</row>")
    return "\n".join([*made, "</rows>", ""]).encode(encoding)


FIRST = {"json": 2, "jsonl": 1, "xml": 3}  # the line on which the first record stands, as these files are written here


def _healthy(name: str, content: bytes, rows: int = 6) -> Case:
    return Case(name, content, "ACCEPTED", all_rows("accepted", rows, FIRST[name.rpartition(".")[2]]), secrets=SECRETS)


def _partial(name: str, content: bytes, records: tuple[int, ...], code: str) -> Case:
    first = FIRST[name.rpartition(".")[2]]
    rows = tuple(record + first - 1 for record in records)
    fates = all_rows("accepted", 6, first) | dict.fromkeys(rows, "rejected")
    return Case(name, content, "PARTIAL", fates, (code,), {code: rows}, secrets=SECRETS)


def _refused(name: str, content: object, code: str) -> Case:
    return Case(name, content, "REJECTED", None, (code,), secrets=SECRETS)  # type: ignore[arg-type]


def _edited(old: str, new: str, make=as_json) -> bytes:
    content = make(ROWS).decode()
    assert old in content
    return content.replace(old, new, 1).encode()


def _long_text(path: Path) -> None:
    """A list whose second object has a text of 50 MB."""
    first, _, rest = as_json(ROWS).partition(b'"bz": ""')
    with path.open("wb") as file:
        file.write(first + b'"bz": "')
        for _ in range(50):
            file.write(b"x" * (1 << 20))
        file.write(b'"' + rest)


def _long_number() -> bytes:
    return _edited('"je": "100000"', '"je": ' + "9" * 100_000)


SECOND = ROWS[1]["mc"]
OUTSIDE = '<!DOCTYPE rows [<!ENTITY out SYSTEM "file:///etc/passwd">]>'
PARAMETER = '<!DOCTYPE rows [<!ENTITY % out SYSTEM "file:///etc/passwd"> %out;]>'
LAUGHS = (
    "<!DOCTYPE rows ["
    + '<!ENTITY a0 "哈">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)
QUADRATIC = f'<!DOCTYPE rows [<!ENTITY a "{"哈" * 50_000}">]>'

JSON_CASES = (
    _healthy("数据_列表.json", as_json(ROWS)),
    _healthy("数据_中文键.json", as_json(ROWS, HEADER)),
    _healthy("数据_带BOM.json", b"\xef\xbb\xbf" + as_json(ROWS)),
    _healthy("数据_gb18030.json", as_json(ROWS).decode().encode("gb18030")),
    _healthy("数据_转义.json", b"[\n" + b",\n".join(json.dumps(one).encode() for one in as_objects(ROWS)) + b"]"),
    _healthy("数据_逐行.jsonl", as_json_lines(ROWS)),
    _healthy("数据_逐行_末行无换行.jsonl", as_json_lines(ROWS).rstrip(b"\n")),
    _partial("数据_键重复.json", _edited(f'"mc": "{SECOND}"', f'"mc": "{SECOND}", "mc": "另一家"'), (2,), "ROW-BROKEN"),
    _partial(
        "数据_逐行_坏一行.jsonl",
        _edited(f'{{"mc": "{SECOND}"', f'{{"mc": "{SECOND}', as_json_lines),
        (2,),
        "ROW-BROKEN",
    ),
    _partial("数据_数字代码.json", _edited(f'"dm": "{ROWS[2]["dm"]}"', '"dm": 913209990000000100'), (3,), "ID-EXCEL15"),
    _partial("数据_嵌套单元格.json", _edited('"je": "100000"', '"je": {"元": ["100000"]}'), (1,), "ROW-BROKEN"),
    _partial("数据_NaN.json", _edited('"je": "100000"', '"je": NaN'), (1,), "ROW-BROKEN"),
    _partial("数据_无穷.json", _edited('"je": "100000"', '"je": -Infinity'), (1,), "ROW-BROKEN"),
    _partial("数据_半个代理对.json", _edited(SECOND, "\\ud83d商行"), (2,), "ROW-BROKEN|TXT-REPLACEMENT|TXT-CONTROL"),
    _partial("数据_转义空字节.json", _edited(SECOND, "甲\\u0000乙"), (2,), "TXT-CONTROL"),
    _refused("数据_深套.json", b"[" * DEEP, BROKEN),
    _refused("数据_深套闭合.json", b"[" * DEEP + b"]" * DEEP, BROKEN + "|HDR-MISSING|FIL-TOOBIG"),
    _refused("数据_单元格深套.json", _edited('"je": "100000"', '"je": ' + "[" * DEEP + "]" * DEEP), BROKEN),
    _refused("数据_截断.json", as_json(ROWS)[:-200], BROKEN),
    _refused("数据_少一个括号.json", as_json(ROWS).rstrip()[:-1], BROKEN),
    _refused("数据_后面还有.json", as_json(ROWS) + as_json(ROWS[:1]), BROKEN),
    _refused("数据_没有行.json", b"[]", "FIL-EMPTY"),
    _refused(
        "数据_坏字节.json", as_json(ROWS).replace("有限公司".encode(), "有限公司".encode()[:-1], 1), "FIL-ENCODING"
    ),
)
LONG_CASES = (
    Case(  # readable, but no text of ours is as long: the row or the file, never the memory
        "数据_长文字.json",
        _long_text,
        "REJECTED|PARTIAL",
        None,
        ("FIL-TOOBIG|FIL-BROKEN|TXT-LONG|ROW-BROKEN",),
        secrets=SECRETS,
    ),
    Case(
        "数据_长数字.json",
        _long_number(),
        "REJECTED|PARTIAL",
        None,
        ("FIL-TOOBIG|FIL-FORMAT|MON-FORMAT|ROW-BROKEN",),
        secrets=SECRETS,
    ),
)
XML_CASES = (
    _healthy("数据.xml", as_xml(ROWS)),
    _healthy("数据_gb18030.xml", as_xml(ROWS, "GB18030")),
    _healthy("数据_gb2312.xml", as_xml(ROWS, "GB2312")),
    _healthy("数据_转义字符.xml", as_xml([shop(1, bz="甲&乙<丙>丁"), *ROWS[1:]])),
    _healthy("数据_cdata.xml", _edited(f"<mc>{SECOND}</mc>", f"<mc><![CDATA[{SECOND}]]></mc>", as_xml)),
    _partial("数据_空单元格.xml", _edited(f"<mc>{SECOND}</mc>", "<mc/>", as_xml), (2,), "CMP-REQUIRED"),
    _refused("数据_未转义.xml", _edited(f"<mc>{SECOND}</mc>", "<mc>甲&乙</mc>", as_xml), BROKEN),
    _refused("数据_截断.xml", as_xml(ROWS)[:-100], BROKEN),
    _refused("数据_只有声明.xml", b'<?xml version="1.0" encoding="UTF-8"?>', BROKEN + "|FIL-EMPTY"),
    _refused("数据_没有行.xml", b'<?xml version="1.0" encoding="UTF-8"?><rows/>', "FIL-EMPTY|HDR-MISSING"),
    _refused("数据_声明不符.xml", as_xml(ROWS).replace(b"UTF-8", b"GB18030", 1), "FIL-ENCODING|" + BROKEN),
    _refused("数据_声明是utf16.xml", as_xml(ROWS).replace(b"UTF-8", b"UTF-16", 1), "FIL-ENCODING|" + BROKEN),
    _refused("数据_声明反了.xml", as_xml(ROWS, "GB18030").replace(b"GB18030", b"UTF-8", 1), "FIL-ENCODING|" + BROKEN),
    _refused("数据_未知编码.xml", as_xml(ROWS).replace(b"UTF-8", b"X-NONE", 1), "FIL-ENCODING|" + BROKEN),
    _refused("数据_外部实体.xml", as_xml(ROWS, doctype=OUTSIDE).replace(SECOND.encode(), b"&out;", 1), BROKEN),
    _refused("数据_参数实体.xml", as_xml(ROWS, doctype=PARAMETER), BROKEN),
    _refused("数据_实体爆炸.xml", as_xml(ROWS, doctype=LAUGHS).replace(SECOND.encode(), b"&a9;", 1), LARGE),
    _refused("数据_实体平方.xml", as_xml(ROWS, doctype=QUADRATIC).replace(SECOND.encode(), b"&a;" * 5000, 1), LARGE),
    _refused("数据_深套.xml", b"<rows>" + b"<a>" * DEEP, BROKEN + "|FIL-TOOBIG"),
    _refused(
        "数据_网页.xml", b"<html><body><table><tr><td>1</td></tr></table></body></html>", "FIL-FORMAT|HDR-MISSING"
    ),
)
CASES = (*JSON_CASES, *LONG_CASES, *XML_CASES)
