"""The console face of a receipt: plain lines, no colours."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from hub.messages import CHINESE, Language, text
from hub.receipts.translating import translated
from hub.receipts.wording import about, checkpoint, quoted

SHOWN_ROWS = 5  # row numbers listed per finding
_COMMA: Mapping[Language, str] = {"zh_CN": "、", "en": ", "}


def lines(receipt: Mapping[str, Any], language: Language = CHINESE) -> str:
    """The receipt as text, with a newline at the end: verdict, counts, causes, findings, changes, next steps."""
    receipt = translated(receipt, language)
    say = partial(text, "console", language=language)
    counts = receipt["counts"]
    said = [receipt["verdict"]["text"], ""]
    if receipt["receipt_no"]:
        said.append(say("receipt").format(number=receipt["receipt_no"]))
    said.append(say("file").format(name=quoted(receipt["submission"]["file_name"])))
    if receipt["contract"]:
        said.append(say("dataset").format(**receipt["contract"]))
    if counts["rows"] is not None:
        said.append(say("rows").format(**counts))
    if receipt["timeliness"]:
        said.append(say("times").format(**receipt["timeliness"]))
    if receipt.get("resend"):
        said.append(say("resend").format(text=receipt["resend"]["text"]))
    if receipt.get("returned"):
        said.append(say("returned").format(text=receipt["returned"]["text"]))
    causes = receipt.get("causes", ())  # receipts of before have none
    if causes:
        said += ["", say("causes")]
    for cause in causes:
        said += [f"  {cause['code']}  {cause['title']}", f"    {cause['detail']}", f"    {cause['fix']}"]
    if receipt["findings"]:
        said += ["", say("findings")]
    for found in receipt["findings"]:
        title = _where(found["name"], found["title"], language)
        form = say("finding_rows" if found["count"] else "finding")
        told = {"title": title, "count": found["count"], "class": text("class", found["class"], language)}
        said += [f"  {found['rule']}  {form.format(**told)}", f"    {found['why']}", f"    {found['fix']}"]
        rows = [str(row["row"]) for row in found["rows"] if row["row"] is not None]
        if len(rows) > 1:
            more = len(rows) > SHOWN_ROWS or found["rows_truncated"]
            form = say("at_rows_more" if more else "at_rows")
            said.append(f"    {form.format(rows=_COMMA[language].join(rows[:SHOWN_ROWS]))}")
    if receipt["corrections"]:
        said += ["", say("changes")]
    for change in receipt["corrections"]:
        title = _where(change["name"], change["title"], language)
        said.append(f"  {say('change').format(title=title, count=change['count'])}")
    said += ["", say("next")]
    said += [f"  {place}. {step}" for place, step in enumerate(receipt["next"]["steps"], start=1)]
    if kept := checkpoint(receipt, language):
        said += ["", say("checkpoint").format(text=kept)]
    return "\n".join(said) + "\n"


def _where(name: str | None, title: str, language: Language) -> str:
    column = about(name, title)
    return f"{column}{' ' if column and language != CHINESE else ''}{title}"
