"""The words of a receipt that are not about one code: verdicts, next steps, quoted values; in any language we have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from hub.findings import Notice, texts
from hub.messages import CHINESE, Language, text
from hub.receipts.parts import PublicationTold, ResendTold, ReturnTold

LABELS = {
    code: text("label", code)
    for code in (
        *("ACCEPTED", "ACCEPTED_QUERY", "PARTIAL", "REJECTED", "DUPLICATE", "PENDING", "RECEIVED", "PUBLICATION"),
    )
}
CLASSES = {cls: text("class", cls) for cls in "SVQMDC"}
RESPONDING = ("ANSWER", "FIX_ROWS", "RESEND_FILE")  # actions that have a last day
PUBLICATION = {state: text("publication", state) for state in ("published", "withheld", "withdrawn")}
LONGEST_QUOTE = 40
_BLANKS = {" ": "␣", "\u3000": "［全角空格］", "\t": "［制表符］", "\n": "［换行］", "\r": "", "\u00a0": "［特殊空格］"}
_COMMA: Mapping[Language, str] = {"zh_CN": "，", "en": ", "}
_GAP: Mapping[Language, str] = {"zh_CN": "", "en": " "}  # between two sentences


def base(code: str) -> str:
    """The verdict without the mark of a precheck."""
    return code.removeprefix("PRECHECK_")


def label(code: str, language: Language = CHINESE) -> str:
    """Short verdict for headings and file names: 部分接收, 试报部分接收."""
    said = text("label", base(code), language)
    return text("label", "trial", language).format(label=said) if code.startswith("PRECHECK_") else said


def about(name: str | None, title: str) -> str:
    """The column in quotes before a title, unless the title names it anyway."""
    return f"“{name}”" if name and name not in title else ""


def quoted(value: str) -> str:
    """A value as it stands in a sentence: blanks visible, control characters named, long texts cut."""
    if len(value) > LONGEST_QUOTE:
        value = value[:LONGEST_QUOTE] + "…"
    value = "".join(_BLANKS.get(letter, letter) for letter in value)
    return "".join(letter if letter.isprintable() else "［控制符］" for letter in value)


def filled(
    text: str, *, row: int | None = None, name: str | None = None, value: str | None = None, detail: str | None = None
) -> str:
    """A catalogue text with its fields; a field that is unknown takes its brackets or its place words with it."""
    if not value:
        text = text.replace("（{value}）", "")
    if row is None:
        text = text.replace("第{row}行附近", "文件里").replace("第{row}行", "文件中")
    if not detail:
        text = text.replace("：{detail}", "").replace("占{detail}，", "的比例").replace(" {detail}", "")
    detail = re.sub(r"[\x00-\x1f\x7f]+", " ", detail or "").strip()
    if "{detail}。" in text:
        detail = detail.rstrip("。")
    fields = {"row": str(row), "name": name or "", "value": quoted(value or ""), "detail": detail}
    text = re.sub(r"\{(row|name|value|detail)\}", lambda found: fields[found[1]], text).replace("“”", "")
    return text if text.endswith(("。", "！", "？")) else text + "。"


def _counted(context: str, language: Language, counts: Iterable[tuple[str, int]]) -> str:
    said = (text(context, key, language).format(count=count) for key, count in counts)
    return _COMMA[language].join(said)


def verdict(
    code: str,
    counts: Mapping[str, int | None],
    first: Notice | None,
    duplicate_of: str | None,
    language: Language = CHINESE,
) -> str:
    """The verdict as one sentence. ``first`` is the gravest finding, for files that are refused as a whole."""
    say = partial(text, "verdict", language=language)
    rows, accepted, query = (counts[name] or 0 for name in ("rows", "accepted", "of_which_query"))
    rejected, duplicate, blank = (counts[name] or 0 for name in ("rejected", "duplicate", "blank"))
    trial = code.startswith("PRECHECK_")
    kind = base(code)
    short = label(code, language)
    if kind == "DUPLICATE":
        earlier = say("duplicate_first").format(receipt=duplicate_of) if duplicate_of else say("duplicate_unknown")
        return say("duplicate") + _GAP[language] + earlier
    if kind == "PENDING":
        return say("pending_trial" if trial else "pending").format(rows=rows)
    if kind == "REJECTED" and first is not None and first.cls == "S":
        return say("refused").format(label=short, title=texts(first.code, language).title)
    if kind == "REJECTED":
        return say("all_rejected").format(label=short, rejected=rejected)
    parts = [("rejected", rejected), ("query", query), ("duplicates", duplicate), ("blank", blank)]
    told = [("would_be_taken" if trial else "stored", accepted), *(part for part in parts if part[1])]
    said = say("rows").format(label=short, parts=_counted("verdict", language, told))
    return said + (_GAP[language] + say("trial") if trial else "")


def province(count: int, language: Language = CHINESE) -> str:
    """The verdict of a receipt about rows that the province refused."""
    return text("verdict", "province", language).format(count=count)


def resend(told: ResendTold, language: Language = CHINESE) -> str:
    """How a delivery compares with the one that it sends again, in one or two sentences."""
    parts = [("corrected", told.corrected), ("unchanged", told.unchanged)]
    parts += [("new", told.new)] if told.new else []
    parts += [("mended", told.mended), ("vanished", told.vanished)]
    said = text("resend", "compared", language).format(of=told.of, parts=_counted("resend", language, parts))
    if not told.vanished:
        return said
    removed = told.kind == "replacement" and told.removed
    return said + _GAP[language] + text("resend", "removed" if removed else "kept", language)


def publication(told: PublicationTold | Mapping[str, Any], language: Language = CHINESE) -> str:
    """What a release of the open feed did, in one sentence; ``told`` may be what the receipt says of it."""
    facts = told.as_json() if isinstance(told, PublicationTold) else told
    parts = [(state, facts[state]) for state in PUBLICATION if facts[state]]
    return text("verdict", "publication", language).format(parts=_counted("verdict", language, parts))


def returned(told: ReturnTold, language: Language = CHINESE) -> str:
    """What a workbook has brought back, and by which rule its rows are timed."""
    parts = [(name, getattr(told, name)) for name in ("mended", "corrected", "confirmed", "withdrawn", "asked_again")]
    said = text("returned", "returned", language).format(
        receipt=told.receipt, parts=_counted("returned", language, (part for part in parts if part[1]))
    )
    timed = told.mended or told.corrected
    return said + (_GAP[language] + text("returned", "timed", language) if timed else "")


def action(code: str) -> str:
    """What the sender does next, as a word for programs."""
    kind = base(code)
    if code.startswith("PRECHECK_"):
        return "DELIVER" if kind in ("ACCEPTED", "ACCEPTED_QUERY", "DUPLICATE") else "FIX_THEN_DELIVER"
    actions = {"ACCEPTED_QUERY": "ANSWER", "PARTIAL": "FIX_ROWS", "REJECTED": "RESEND_FILE", "PENDING": "WAIT"}
    return actions.get(kind, "NONE")


def steps(receipt: Mapping[str, Any], language: Language = CHINESE) -> list[str]:
    """What the sender does next, in at most three sentences."""
    say = partial(text, "step", language=language)
    todo = receipt["next"]["action"]
    contact = receipt["next"]["contact"]
    ask = say("ask").format(contact=contact) if contact else say("ask_centre")
    due = receipt["next"]["respond_by"]
    until = say("until").format(due=due) if due else say("soon")
    cause = receipt.get("causes", ())[:1]  # receipts of before have none
    by_rows = any(found["class"] == "V" for found in receipt["findings"])  # else the rows were never looked at
    if receipt["stage"] == "publication":
        return [say("keep"), say("withheld"), ask]
    if receipt["stage"] == "province":
        return [say("province"), say("province_rows").format(until=until), ask]
    if todo == "RESEND_FILE":
        first = say("cause").format(title=cause[0]["title"]) if cause else say("find_cause" if by_rows else "handle")
        return [first, say("resend").format(until=until), ask]
    if todo == "FIX_ROWS":
        too = say("answers_too") + _GAP[language] if receipt["counts"]["of_which_query"] else ""
        return [say("mend"), say("return_rows").format(until=until), too + ask]
    return {
        "NONE": [say("keep"), ask],
        "WAIT": [say("wait"), say("another"), ask],
        "ANSWER": [say("answer"), say("return_answers").format(until=until), ask],
        "DELIVER": [say("passed"), say("deliver"), ask],
        "FIX_THEN_DELIVER": [say("mend_all"), say("again"), ask],
    }[todo]


def checkpoint(receipt: Mapping[str, Any], language: Language = CHINESE) -> str:
    """The checkpoint that the receipt carries, short; empty when it carries none (试报)."""
    found = receipt.get("checkpoint")
    if not found:
        return ""
    return text("checkpoint", "kept", language).format(size=f"{found['size']:,}", root=found["root"])
