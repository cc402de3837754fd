"""File names of a receipt. The verdict can be read in the list of files, without opening any of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from hub.receipts.wording import base, label

MARKERS = {
    "ACCEPTED": "ok",
    "ACCEPTED_QUERY": "ok",
    "PARTIAL": "partial",
    "REJECTED": "err",
    "DUPLICATE": "dup",
    "PENDING": "wait",
    "PUBLICATION": "pub",
}
LONGEST_STEM = 60  # characters
LONGEST_NAME = 230  # bytes: file systems allow 255, and a temporary suffix must still fit


def names(receipt: Mapping[str, Any], original_name: str) -> tuple[str, str, str]:
    """Names of the JSON file, the workbook and the zero-byte marker; the marker is written last."""
    number = receipt["receipt_no"] or _trial(receipt)
    people = people_name(original_name, f"__{number}__{_said(receipt)}.xlsx")
    return f"{number}.json", people, f"{number}.{MARKERS[base(receipt['verdict']['code'])]}"


def people_name(original_name: str, tail: str) -> str:
    """The sender's own name with a tail, as long as file systems allow."""
    stem = _stem(original_name)
    while len((stem + tail).encode("utf-8")) > LONGEST_NAME:
        stem = stem[:-1]
    return stem + tail


def report_name(batch: str, receipt_no: str, place: int, turn: int, suffix: str) -> str:
    """Name of a report (信用核查报告). ``place`` 0: the only one; ``turn`` from 2: it was made again before it left."""
    more = (f"_第{place}份" if place else "") + (f"_第{turn}次" if turn > 1 else "")
    return f"{_stem(batch)}__信用核查__{receipt_no}{more}.{suffix}"


def _trial(receipt: Mapping[str, Any]) -> str:
    """What a trial has for a number: its moment and the beginning of the file's hash."""
    moment = re.sub("[^0-9]", "", receipt["generated_at"][:19])
    return f"试报_{moment}_{receipt['submission']['sha256'][:6]}"


def _said(receipt: Mapping[str, Any]) -> str:
    code, counts = receipt["verdict"]["code"], receipt["counts"]
    if receipt["stage"] == "province":
        return f"省平台退回{counts['refused_by_province']}行"
    if receipt["stage"] == "publication":
        told = receipt["publication"]
        states = (("published", "公示"), ("withheld", "不公示"), ("withdrawn", "撤下"))
        return "_".join(f"{word}{told[state]}行" for state, word in states if told[state])
    parts = [label(code)]
    if base(code) == "PARTIAL":
        parts.append(f"退回{counts['rejected']}行")
    elif base(code) == "ACCEPTED_QUERY" and counts["of_which_query"]:
        parts.append(f"核实{counts['of_which_query']}行")
    return "_".join(parts)


def _stem(original_name: str) -> str:
    """The sender's own name without folders, suffix and everything that a file system or a shell could take amiss."""
    name = PurePosixPath(original_name.replace("\\", "/")).name
    name = re.sub(r"\.(xlsx?|xlsm|csv|txt|et|ods|zip)$", "", name, flags=re.IGNORECASE)
    kept = "".join("_" if unicodedata.category(letter)[0] == "C" else letter for letter in name)
    kept = re.sub(r'[<>:"/\\|?*\s]+', "_", kept).strip("._ -")
    return kept[:LONGEST_STEM].rstrip("._ ") or "来文"
