"""The rule catalogue (规则目录) as pages of Markdown, made from codes, their texts and the suites of all datasets.

    python -m hub.reports.rule_catalogue docs/rules

One page for each class of rules and an index. Every rule has its code, class, dimension, who acts, the sentence that a
sender reads, how to mend it, its legal or standard basis, an example, and the columns that it watches.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from hub.contract.model import Contract, Suite
from hub.findings import Notice, catalogue, texts

CLASSES: Mapping[str, tuple[str, str, str]] = {  # class: page, Chinese, English
    "S": ("files", "整个文件退回", "The whole file is refused; nothing of it is stored."),
    "V": ("rows", "这一行退回", "The row is rejected; the others are stored."),
    "Q": ("queries", "接收，请核实", "The row is stored; the sender is asked to look."),
    "M": ("batches", "整批请核实", "Asked about the batch; a critical one holds it for a person."),
    "D": ("duplicates", "重复，只计一次", "Counted once; nobody has to act."),
    "C": ("changes", "系统已统一写法", "The hub changed the way of writing, never the content, and says so."),
}
FIELD = r"\{(\w+)\}"
ACTS = {"sender": "报送部门", "operator": "信用中心", "nobody": "不用处理"}


def pages(suites: Iterable[tuple[Contract, Suite]]) -> dict[str, str]:
    """File name to Markdown. The same catalogue and contracts give the same text."""
    watched: dict[str, list[str]] = {}
    for contract, suite in suites:
        named: dict[str, dict[str, None]] = {}
        for rule in suite.rules:
            column = rule.meta.get("column")
            label = contract.column(str(column)).label if column else "整行或整批"
            named.setdefault(str(rule.meta["code"]), {})[label] = None
        for code, labels in named.items():
            watched.setdefault(code, []).append(f"`{contract.dataset}`：{'、'.join(labels)}")
    made = {
        f"{page}.md": _page(cls, chinese, english, watched)
        for cls, (page, chinese, english) in CLASSES.items()
        if any(entry.cls == cls for entry in catalogue().values())
    }
    return {"README.md": _index(), **made}


def _index() -> str:
    lines = [
        "# 规则目录 · Rule catalogue",
        "",
        "回执里的每个编码都在这里：什么意思、怎么改、依据是什么、举个例子。",
        "",
        "Every code that a receipt can hold. Made from `hub/findings.yaml`, `hub/locale/` and the contracts by",
        "`python -m hub.reports.rule_catalogue docs/rules`; a test fails when it is stale.",
        "",
        "| 编码 Code | 类别 Class | 维度 Dimension | 名称 Title | English |",
        "|---|---|---|---|---|",
    ]
    for code, entry in catalogue().items():
        page = CLASSES[entry.cls][0]
        link = f"[{code}]({page}.md#{code.lower()})"
        lines.append(
            f"| {link} | {entry.cls} {CLASSES[entry.cls][1]} | {entry.dimension} | {entry.title} | {entry.title_en} |"
        )
    return "\n".join(lines) + "\n"


def _page(cls: str, chinese: str, english: str, watched: Mapping[str, list[str]]) -> str:
    lines = [f"# {cls} · {chinese}", "", english, ""]
    for code, entry in catalogue().items():
        if entry.cls == cls:
            lines += [*_rule(entry, watched.get(code, [])), ""]
    return "\n".join(lines)


def _rule(entry: Notice, watched: list[str]) -> list[str]:
    lines = [
        f"## {entry.code}",
        "",
        f"**{entry.title}** · {entry.title_en}",
        "",
        f"- 维度：{entry.dimension}；由谁处理：{ACTS[entry.acts]}",
        f"- 依据：{entry.basis or '数据契约的约定'}",
        f"- 回执上写：{said(entry)}",
        f"- 怎么改：{entry.fix}",
        f"- In English: {_in_english(entry)}",
    ]
    if watched:
        lines.append(f"- 检查哪些列：{'；'.join(watched)}")
    return lines


def _in_english(entry: Notice) -> str:
    """The English sentences with the same example."""
    words, values = texts(entry.code, "en"), {"row": "17", **entry.example}
    filled = re.sub(FIELD, lambda found: str(values[found[1]]), words.why)
    return f"{filled.replace('。.', '.')} {words.fix}"


def said(entry: Notice) -> str:
    """The sentence of the catalogue with its example filled in; what the example lacks is left out."""
    values = {"row": "17", **entry.example}
    text = entry.why
    for field in ("value", "detail", "name"):
        if field not in values:
            text = re.sub(rf"（\{{{field}\}}）|：?\{{{field}\}}|“\{{{field}\}}”", "", text)
    filled = re.sub(FIELD, lambda found: str(values[found[1]]), text)
    return filled if filled.endswith(("。", "！", "？")) else filled + "。"


def write(folder: Path, schemas: Path, expectations: Path) -> None:
    """Write the pages into ``folder`` and remove pages that no class has any more."""
    from hub.contract import derive, load

    contracts = load.contracts(schemas, expectations)
    made = pages((contract, derive.suite(contract, expectations)) for contract in contracts)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path("schemas"), Path("expectations"))
