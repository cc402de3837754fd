"""ODS workbooks: the XML that LibreOffice writes, part by part, so that a test can put anything in its place."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from xml.sax.saxutils import escape

MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
_SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
    for short in ("office", "table", "text", "style")
)
_CALC = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{MIMETYPE}"/></manifest:manifest>'
)


def cell(value: object, attributes: str = "") -> str:
    """One cell; None is an empty one. ``attributes`` go into its tag."""
    if value is None:
        return f"<table:table-cell {attributes}/>"
    if isinstance(value, bool):
        kind = f'office:value-type="boolean" office:boolean-value="{str(value).lower()}"'
    elif isinstance(value, int | float):
        kind = f'office:value-type="float" office:value="{value!r}"'
    elif isinstance(value, date):
        kind = f'office:value-type="date" office:date-value="{value.isoformat()}"'
    else:
        kind = 'office:value-type="string"'
    return f"<table:table-cell {kind} {attributes}><text:p>{escape(str(value))}</text:p></table:table-cell>"


def row(*values: object, attributes: str = "") -> str:
    """One row; a value that begins with ``<`` is the XML of a cell. Ends as LibreOffice ends a row."""
    cells = "".join(value if isinstance(value, str) and value.startswith("<") else cell(value) for value in values)
    rest = cell(None, f'table:number-columns-repeated="{16384 - len(values)}"')
    return f"<table:table-row {attributes}>{cells}{rest}</table:table-row>"


def table(*rows: str, name: str = "行政许可", columns: str = "", attributes: str = "") -> str:
    """One sheet, with the million empty rows that LibreOffice puts below some."""
    rest = f'<table:table-row table:number-rows-repeated="{1048576 - len(rows)}">{cell(None)}</table:table-row>'
    return f'<table:table table:name="{name}" {attributes}>{columns}{"".join(rows)}{rest}</table:table>'


def book(*tables: str, styles: str = "", head: str = "", more: Mapping[str, str] | None = None) -> bytes:
    """A whole .ods file. ``head`` stands before the document, ``more`` are further parts."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<office:document-content {_SPACES} {_CALC}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>"
        f"{''.join(tables)}</office:spreadsheet></office:body></office:document-content>"
    )
    parts = {"mimetype": MIMETYPE, "content.xml": content, "META-INF/manifest.xml": MANIFEST, **(more or {})}
    return packed(parts)


def packed(parts: Mapping[str, str]) -> bytes:
    """The parts as a package, its kind first and unpacked."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text, zipfile.ZIP_STORED if name == "mimetype" else None)
    return memory.getvalue()


def sheet_of(*rows: Sequence[object]) -> bytes:
    """A workbook of one sheet with these rows."""
    return book(table(*(row(*values) for values in rows)))
