"""A receipt in another language: shown so, never stored so, for the Chinese bytes are the evidence.

All texts are composed anew from the codes and facts that the receipt holds. What stages have said of one file or row
(the fields ``detail``), names of columns, values and contacts are data and stay as they are; so do dimensions, which
are codes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from hub.findings import notice, texts
from hub.messages import CHINESE, Language
from hub.receipts import wording
from hub.receipts.parts import ResendTold, ReturnTold

STAGES = ("validation", "province", "publication")  # of receipts that can be told in another language
_DETAIL = "⟦detail⟧"
Told = TypeVar("Told", ResendTold, ReturnTold)


def translated(receipt: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """The same receipt with its texts in ``language``; of stages that have no words but their own, as it is."""
    if language == CHINESE or receipt["stage"] not in STAGES:
        return dict(receipt)
    made = dict(receipt)
    made["findings"] = [_finding(found, language) for found in receipt["findings"]]
    made["causes"] = [_cause(cause, language) for cause in receipt.get("causes", ())]
    changes = receipt["corrections"]
    made["corrections"] = [change | {"title": texts(change["code"], language).title} for change in changes]
    made["verdict"] = receipt["verdict"] | {"text": _verdict(receipt, language)}
    if receipt.get("resend"):
        told = _told(ResendTold, receipt["resend"])
        made["resend"] = receipt["resend"] | {"text": wording.resend(told, language)}
    if receipt.get("returned"):
        back = _told(ReturnTold, receipt["returned"])
        made["returned"] = receipt["returned"] | {"text": wording.returned(back, language)}
    made["next"] = receipt["next"] | {"steps": wording.steps(made, language)}
    return made


def _verdict(receipt: Mapping[str, Any], language: Language) -> str:
    if receipt["stage"] == "province":
        return wording.province(receipt["counts"]["refused_by_province"], language)
    if receipt["stage"] == "publication":
        return wording.publication(receipt["publication"], language)
    first = notice(receipt["findings"][0]["rule"]) if receipt["findings"] else None
    code, counts = receipt["verdict"]["code"], receipt["counts"]
    return wording.verdict(code, counts, first, receipt["duplicate_of"], language)


def _told(kind: type[Told], facts: Mapping[str, Any]) -> Told:
    return kind(**{field.name: facts[field.name] for field in fields(kind) if field.name in facts})


def _finding(found: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """Row, name and value stand in the receipt; the detail is told from the Chinese sentence."""
    chinese, wanted = texts(found["rule"]), texts(found["rule"], language)
    first = found["rows"][0] if found["rows"] else {"row": None, "value": None, "detail": None}
    known = {"row": first["row"], "name": found["name"], "value": first["value"]}
    made = {}
    for field in ("why", "fix"):
        detail = _detail(getattr(chinese, field), found[field], known)
        # The sentence may be of an older catalogue: then it is shown as it was written.
        made[field] = found[field] if detail is None else filled(getattr(wanted, field), **known, detail=detail)
    return {**found, "title": wanted.title, **made}


def _cause(cause: Mapping[str, Any], language: Language) -> dict[str, Any]:
    chinese, wanted = texts(cause["code"]), texts(cause["code"], language)
    detail = _detail(chinese.why, cause["detail"], {})
    said = cause["detail"] if detail is None else filled(wanted.why, detail=detail)
    return {**cause, "title": wanted.title, "detail": said, "fix": wanted.fix}


def _detail(template: str, said: str, known: Mapping[str, Any]) -> str | None:
    """What stands at the place of the detail in a Chinese sentence; empty when there is none, None if it is another."""
    if said == wording.filled(template, **known):
        return ""
    before, found, after = wording.filled(template, **known, detail=_DETAIL).partition(_DETAIL)
    if not found or not said.startswith(before):
        return None
    rest = said[len(before) :]
    # Where the detail ends the sentence, the full stop may be its own.
    return rest if template.endswith("{detail}") else rest.removesuffix(after)


def filled(
    template: str,
    *,
    row: int | None = None,
    name: str | None = None,
    value: str | None = None,
    detail: str | None = None,
) -> str:
    """An English catalogue text with its fields; a field that is unknown takes its brackets or place words with it."""
    if row is None:
        template = template.replace("Near row {row} ", "Somewhere in the file ").replace("of row {row} ", "")
        template = template.replace("Row {row}, ", "").replace("Row {row}: ", "").replace("Row {row} ", "A row ")
    if not name:
        template = re.sub(r"^“\{name\}”( \(\{value\}\))?: ", "", template)
        template = template.replace(", “{name}”", "").replace("“{name}”", "A column")
    if not value:
        template = template.replace(" ({value})", "")
    if not detail:
        template = re.sub(r":? \{detail\}", "", template)
    detail = (detail or "").strip()
    if "{detail}." in template or "{detail}," in template:
        detail = detail.rstrip("。.")
    given = {"row": str(row), "name": name or "", "value": wording.quoted(value or ""), "detail": detail}
    said = re.sub(r"\{(row|name|value|detail)\}", lambda found: given[found[1]], template)
    said = re.sub(r"^[\s,:]+", "", said)
    said = said[:1].upper() + said[1:]
    return said if said.endswith((".", "!", "?", "。")) else said + "."
