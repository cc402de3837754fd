"""The records of an XML text: a root, below it one element for each record, in that its cells.

``<ROWDATA><ROW><XK_XDR_MC>甲</XK_XDR_MC></ROW></ROWDATA>``, ``<DATAS><DATA>…``, or the cells as attributes of the row.
Name spaces are left out. What can make a small text large, or fetch other files, is refused unread.
"""

from __future__ import annotations

from typing import NoReturn
from xml.parsers import expat

from hub.findings import Finding
from hub.stages.formats.keyed import NESTED, Keyed
from hub.stages.formats.lines import LONGEST
from hub.stages.formats.outcome import Refused

_ROOT, _ROW, _CELL = 1, 2, 3  # depths
_MOST_EARLY = 16
# What the parser says where the text has ended too soon.
_ENDED = (
    expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
    expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
)


class Rows:
    """Takes a text piece by piece and appends its records."""

    def __init__(self, records: Keyed) -> None:
        self._records = records
        self._parser = parser = expat.ParserCreate("utf-8")  # whatever it declares: it has been decoded
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.EntityDeclHandler = self._refuse_doctype
        parser.ProcessingInstructionHandler = self._refuse_instruction
        self._fed = self._depth = 0
        self._tag: str | None = None  # name of the elements that are records
        self._early: list[tuple[str, str, int]] = []  # elements with nothing but text, before the first record
        self._pairs: list[tuple[str, object]] = []
        self._parts: list[str] = []  # text of the cell
        self._loose: list[str] = []  # text of the row that is in no cell
        self._line = self._began = 0  # where the row begins: line and byte
        self._nested = False

    def feed(self, chunk: bytes) -> None:
        """Take the next piece; ``Refused`` with FIL-FORMAT or FIL-TOOBIG."""
        self._parse(chunk, last=False)
        self._fed += len(chunk)
        if self._fed - max(self._parser.CurrentByteIndex, 0) > LONGEST:
            raise self._too_big()

    def close(self) -> None:
        """The text has ended; ``Refused`` with FIL-PARTIAL where its root is still open."""
        self._parse(b"", last=True)
        if self._early and self._tag is None:
            self._refuse("根元素下面没有数据行，应是一个根元素，下面每个元素是一条数据。")

    def _parse(self, chunk: bytes, last: bool) -> None:
        try:
            self._parser.Parse(chunk, last)
        except expat.ExpatError as error:
            if last and error.code in _ENDED:
                raise Refused(Finding("FIL-PARTIAL", row=error.lineno, detail="XML 的结尾缺失。")) from None
            detail = f"第{error.lineno}行附近不符合 XML 的写法。"
            raise Refused(Finding("FIL-FORMAT", row=error.lineno, detail=detail)) from None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        depth = self._depth
        if depth == _CELL:
            self._parts.clear()
            self._nested = False
            if attributes:
                self._meet_attributes(name, attributes)
        elif depth == _ROW:
            self._line, self._began = self._parser.CurrentLineNumber, self._parser.CurrentByteIndex
            self._pairs, self._loose = [], []
            if attributes:
                self._pairs += [(_local(key), value) for key, value in attributes.items() if _is_cell(key)]
        elif depth > _CELL:
            self._nested = True
        elif _local(name).lower() == "html":
            raise Refused(Finding("FIL-FORMAT", detail="收到的是网页，只是扩展名像表格。"))

    def _meet_attributes(self, name: str, attributes: dict[str, str]) -> None:
        """Attributes of a cell are not read, and said to be so."""
        for key in attributes:
            if _is_cell(key):
                self._records.meet(f"{_local(name)}/@{_local(key)}")

    def _characters(self, text: str) -> None:
        if self._depth == _CELL:
            self._parts.append(text)
        elif self._depth == _ROW:
            if not text.isspace():
                self._loose.append(text)
        elif self._depth == _ROOT and not text.isspace():
            self._refuse("有一段文字不在任何一条数据里。")
        if self._parser.CurrentByteIndex - self._began > LONGEST and self._depth > _ROOT:
            raise self._too_big()

    def _end(self, name: str) -> None:
        depth = self._depth
        self._depth -= 1
        if depth == _CELL:
            self._pairs.append((_local(name), NESTED if self._nested else "".join(self._parts)))
        elif depth == _ROW:
            self._end_row(_local(name))

    def _end_row(self, name: str) -> None:
        loose = "".join(self._loose)
        if self._pairs or (not loose and self._tag is None):
            if self._tag is None:
                self._begin(name)
            elif name != self._tag:
                self._refuse(f"文件里不止一种数据：{self._tag}、{name}。")
            self._append(loose)
        elif name == self._tag:
            self._append(loose)
        elif self._tag is not None:
            self._records.meet(name)  # a note beside the records, such as a count
        else:
            self._early.append((name, loose, self._line))
            if len(self._early) > _MOST_EARLY:
                self._refuse("根元素下面没有数据行，应是一个根元素，下面每个元素是一条数据。")

    def _begin(self, tag: str) -> None:
        """The first record tells what records are called."""
        self._tag = tag
        for name, text, line in self._early:
            if name == tag:
                self._records.broken(line, _LOOSE, text, len(text))
            else:
                self._records.meet(name)

    def _append(self, loose: str) -> None:
        size = self._parser.CurrentByteIndex - self._began
        if loose:
            for name, _ in self._pairs:
                self._records.meet(name)
            self._records.broken(self._line, _LOOSE, self._text() + loose, size)
        elif self._pairs:
            self._records.add(self._line, self._pairs, self._text, size)
        else:
            self._records.blank(self._line)

    def _text(self) -> str:
        """The record for a person: an element that was read is gone as it was written."""
        said = (f"{name}={'…' if value == NESTED else value}；" for name, value in self._pairs)
        return "".join(said)

    def _refuse_doctype(self, *_: object) -> NoReturn:
        self._refuse("XML 里有文档类型或实体声明（DTD），不安全。")

    def _refuse_instruction(self, *_: object) -> NoReturn:
        self._refuse("XML 里有处理指令，程序不读。")

    def _refuse(self, detail: str) -> NoReturn:
        line = self._parser.CurrentLineNumber
        raise Refused(Finding("FIL-FORMAT", row=line, detail=f"第{line}行：{detail}"))

    def _too_big(self) -> Refused:
        line = self._parser.CurrentLineNumber
        detail = f"第{line}行附近的一条数据超过 {LONGEST >> 20} MB。"
        return Refused(Finding("FIL-TOOBIG", row=line, detail=detail))


_LOOSE = "文字不在任何一项里"


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _is_cell(attribute: str) -> bool:
    """Whether an attribute is the sender's own: not of XML itself and not of a schema."""
    return attribute != "xmlns" and not attribute.startswith(("xmlns:", "xml:", "xsi:"))
