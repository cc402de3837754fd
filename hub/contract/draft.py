"""A first draft of a contract (契约草稿), written from what a sample of the dataset tells. Whoever adopts it decides.

What was guessed is marked as a guess, with the reason beside it; what nothing can tell is marked ``UNFILLED``, and a
contract in which that is left does not load. No cell of the sample is copied but the codes of a column that has few:
a sample is about real people. Nothing is shared: outlets are for a person to add, with a lawful basis.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hub.contract.document import Problems

UNFILLED = "待填写"
GUESS = "猜测"
# The first character of GB 2312 level 1 (sorted by sound) that is read with an initial; no sound begins with i, u, v.
_SOUNDS = (
    *((0xB0A1, "a"), (0xB0C5, "b"), (0xB2C1, "c"), (0xB4EE, "d"), (0xB6EA, "e"), (0xB7A2, "f"), (0xB8C1, "g")),
    *((0xB9FE, "h"), (0xBBF7, "j"), (0xBFA6, "k"), (0xC0AC, "l"), (0xC2E8, "m"), (0xC4C3, "n"), (0xC5B6, "o")),
    *((0xC5BE, "p"), (0xC6DA, "q"), (0xC8BB, "r"), (0xC8F6, "s"), (0xCBFA, "t"), (0xCDDA, "w"), (0xCEF4, "x")),
    *((0xD1B9, "y"), (0xD4D1, "z"), (0xD7FA, "")),
)
_LOGICAL = {"date": "date", "money": "number", "quantity": "number"}


@dataclass(frozen=True, slots=True)
class DraftColumn:
    """What the sample tells of one column. ``why``: in words, for the reader of the draft."""

    label: str
    kernel: str
    options: Mapping[str, object] = field(default_factory=dict)
    why: str = ""
    required: bool = False
    key: bool = False
    classification: str = "internal"
    longest: int | None = None  # characters, of a text
    codes: tuple[str, ...] = ()  # of a column with few different values


def initials(label: str) -> str:
    """The initials of a Chinese name as the county's contracts use them: 许可决定日期 gives ``xkjdrq``.

    Letters and digits stay; a character beyond GB 2312 level 1 gives ``x``; other characters are left out.
    """
    found = []
    for character in label:
        if character.isascii():
            found.append(character.lower() if character.isalnum() else "")
            continue
        code = int.from_bytes(character.encode("gb2312", errors="ignore"), "big")
        sounds = [sound for first, sound in _SOUNDS if first <= code]
        found.append((sounds[-1] or "x") if sounds else "x" if "\u4e00" <= character <= "\u9fff" else "")
    name = "".join(found)
    return name if name and name[0].isalpha() else f"l{name}"


def names(labels: Sequence[str]) -> list[str]:
    """Names of all columns, none of them twice."""
    found: list[str] = []
    for label in labels:
        name, number = initials(label)[:40], 1
        while (told := name if number == 1 else f"{name}{number}") in found:
            number += 1
        found.append(told)
    return found


def written(dataset: str, title: str, department: str, team: str, columns: Sequence[DraftColumn], rows: int) -> str:
    """The draft as the text of ``schemas/<dataset>.odcs.yaml``. ``rows``: of the sample."""
    called = names([column.label for column in columns])
    table = dataset.partition("/")[2]
    code = initials(title).upper()[:12]
    lines = [
        f"# {title}. 由 {rows} 行样本起草；标“{GUESS}”的请核对，标“{UNFILLED}”的填好后才能使用。docs/add-a-dataset.md",
        "apiVersion: v3.2.0",
        "kind: DataContract",
        f"id: {dataset}",
        "version: 0.1.0",
        f"name: {_quoted(title)}",
        "status: draft",
        f"domain: {dataset.partition('/')[0]}",
        "description:",
        f"  purpose: {UNFILLED}：为什么归集。",
        f"  usage: {UNFILLED}：谁用来做什么。",
        f"  limitations: {UNFILLED}：不收什么，不能用来做什么。",
        "team:",
        f"  name: {_quoted(team)}",
        "support:",
        f"  - {{channel: {UNFILLED}, description: 报送、更正和异议向谁咨询。}}",
        "servers:",
        f"  - server: {department}",
        "    type: sftp",
        f"    location: sftp://hub/{department}/inbox/",
        "    customProperties:",
        f"      - {{property: files, value: [{_quoted(title + '*')}, {_quoted(table + '*')}]}}",
        "schema:",
        f"  - name: {table}",
        f"    businessName: {_quoted(title)}",
        f"    physicalName: {code}",
        "    logicalType: object",
        f"    dataGranularityDescription: {UNFILLED}：一行是什么。",
        "    properties:",
    ]
    position = 0
    for name, column in zip(called, columns, strict=True):
        position += column.key
        lines += _property(name, column, position)
    lines += [
        "slaProperties:",
        f"  - {{property: frequency, value: 不定期, description: {UNFILLED}：多久报一次。}}",
        "  - property: retention",
        "    value: 5",
        "    unit: y",
        "    driver: regulatory",
        f"    description: {UNFILLED}：保留多久，依据是什么。",
        "customProperties:",
        f"  - {{property: code, value: {code}}}",
        "  - {property: refuseAbove, value: 0.5}",
        *_order(called, columns),
        f"  - {{property: legalBasis, value: {UNFILLED}：依据哪部法规第几条归集}}",
        *_subject(called, columns),
        "# 默认不向任何出口共享。要共享，逐个出口写 lawful（依据、目录项、主体、公示期）和各列的 disclosure。",
    ]
    return "\n".join(lines) + "\n"


def _property(name: str, column: DraftColumn, position: int) -> Iterator[str]:
    options = "".join(f", {name}: {json.dumps(value, ensure_ascii=False)}" for name, value in column.options.items())
    yield f"      # {GUESS}：{column.why}"
    yield f"      - name: {name}"
    yield f"        businessName: {_quoted(column.label)}"
    yield f"        physicalName: {name.upper()}"
    yield f"        logicalType: {_LOGICAL.get(column.kernel, 'string')}"
    if column.longest is not None:
        yield f"        logicalTypeOptions: {{maxLength: {column.longest}}}"
    if column.required:
        yield "        required: true"
    if column.key:
        yield "        primaryKey: true"
        yield f"        primaryKeyPosition: {position}"
    yield f"        classification: {column.classification}"
    if column.codes:
        yield "        enum:"
        yield from (f"          - {{value: {_quoted(code)}, label: {_quoted(code)}}}" for code in column.codes)
    yield "        customProperties:"
    yield f"          - {{property: kernel, value: {{name: {column.kernel}{options}}}}}"


def _order(called: Sequence[str], columns: Sequence[DraftColumn]) -> Iterator[str]:
    """The first date that every row has says which version of a record is newer."""
    for name, column in zip(called, columns, strict=True):
        if column.kernel == "date" and column.required:
            yield f"  # {GUESS}：第一个每行都填的日期"
            yield f"  - {{property: orderBy, value: {name}}}"
            return


def _subject(called: Sequence[str], columns: Sequence[DraftColumn]) -> Iterator[str]:
    """Whom a row is about: by a code, never by a name."""
    of_kernel = {column.kernel: name for name, column in reversed(list(zip(called, columns, strict=True)))}
    yield f"  # {GUESS}：按代码认定主体，从不按名称"
    if "uscc" in of_kernel:
        yield f"  - {{property: subject, value: {{always: organisation, organisationId: {of_kernel['uscc']}}}}}"
    elif "citizen_id" in of_kernel:
        yield f"  - {{property: subject, value: {{always: person, personId: {of_kernel['citizen_id']}}}}}"
    else:
        yield f"  - {{property: subject, value: {UNFILLED}}}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def unfilled(content: bytes, file: str, problems: Problems) -> None:
    """Note a mistake for every line in which a draft still waits for somebody to decide."""
    for number, line in enumerate(content.decode("utf-8", errors="replace").splitlines(), 1):
        if UNFILLED in line.partition("#")[0] and not line.lstrip().startswith("#"):
            problems.add(file, number, f"{UNFILLED}: this is for a person to fill in")
