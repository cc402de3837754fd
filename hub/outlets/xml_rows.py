"""Rows as XML (行数据): written escaped, read strictly.

Nothing is left out to make a cell fit: a character that XML cannot carry makes the row one that cannot go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from lxml import etree

from hub.contract.profiles import Envelope

# XML 1.0, production 2: what stands outside has no escape either.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
UNFIT = "有的字符不能写进 XML"


class NotXml(ValueError):
    """A text is no whole XML document, or holds a document type."""


def text_of(cell: object, date_format: str) -> str:
    """A cell as text; an empty one is empty."""
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.strftime(date_format)
    if isinstance(cell, Decimal):
        return format(cell, "f")
    return str(cell)


def fits(row: Mapping[str, str]) -> bool:
    """Whether XML can carry every cell."""
    return not any(_FORBIDDEN.search(cell) for cell in row.values())


def write(envelope: Envelope, rows: Iterable[Mapping[str, str]], message: str = "") -> bytes:
    """A document of rows, UTF-8 and declared; ``message`` goes into the header when there is one."""
    root = etree.Element(envelope.root)
    if envelope.header:
        header = etree.SubElement(root, envelope.header)
        for name, value in envelope.constants.items():
            etree.SubElement(header, name).text = value
        if envelope.message:
            etree.SubElement(header, envelope.message).text = message
    for row in rows:
        element = etree.SubElement(root, envelope.row)
        for name, cell in row.items():
            etree.SubElement(element, name).text = cell
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True))


def question(element: str, name: str, values: Iterable[str]) -> bytes:
    """A document that asks for something by its values."""
    root = etree.Element(element)
    for value in values:
        etree.SubElement(root, name).text = value
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True))


def read(content: bytes) -> etree._Element:
    """The root of a document; ``NotXml`` when it is none, or not whole."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise NotXml("no whole XML document") from None
    if root.getroottree().docinfo.doctype:
        raise NotXml("a document type stands in it")
    return root


def rows_of(root: etree._Element, name: str) -> list[dict[str, str]]:
    """Every element of a name below the root, as its children's texts; of namespaces nothing depends."""
    return [cells_of(row) for row in root.iter(f"{{*}}{name}")]


def name_of(element: etree._Element) -> str:
    """Its name, without a namespace."""
    return str(etree.QName(element).localname)


def cells_of(element: etree._Element) -> dict[str, str]:
    """The children of an element by their names, as texts."""
    return {name_of(cell): cell.text or "" for cell in element if isinstance(cell.tag, str)}


def number(text: str | None) -> int | None:
    """A whole number as it stands in XML, or None."""
    written = (text or "").strip()
    return int(written) if re.fullmatch("[0-9]{1,18}", written) else None
