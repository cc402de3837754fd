"""What the kit does once it is unpacked: judge files as the hub would; console, JSON and workbook."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from hub.contract.model import Contract
from hub.errors import HubError, NotFound
from hub.line import opening, prechecking
from hub.line.hub import Hub, is_there
from hub.messages import LANGUAGES
from hub.receipts.compose import to_bytes
from hub.receipts.console import lines
from hub.receipts.translating import translated
from hub.receipts.workbook import names, workbook
from hub.settings import Settings
from hub.stages.collect import dataset_of

ROOT = Path(__file__).resolve().parents[3]  # lib/hub/kit/judging.py
OLD_DAYS = 90  # after which the kit says that its rules may be old
TAKEN = ("PRECHECK_ACCEPTED", "PRECHECK_ACCEPTED_QUERY")


def main(arguments: Sequence[str]) -> int:
    """Judge the files that are named, or ask for them. 0: every row would be taken; 1: not so; else as ``hub``."""
    kit = json.loads((ROOT / "kit.json").read_text(encoding="utf-8"))
    given = _words(kit).parse_args(arguments)
    hub = Hub(Settings(home=ROOT / "nowhere", schemas=ROOT / "schemas", expectations=ROOT / "expectations"))
    for line in said_of(kit, hub.today()):
        print(line, file=sys.stderr)
    if given.files:
        return _judge(hub, kit, given, given.files)
    while answer := _asked():
        _judge(hub, kit, given, [Path(answer)])
    return 0


def said_of(kit: Mapping[str, Any], today: date) -> Iterator[str]:
    """What the kit says of itself: its date, its contracts, and whether it has grown old (which refuses nothing)."""
    made = date.fromisoformat(kit["made"])
    rules = "、".join(f"{each['title']} {each['version']}" for each in kit["contracts"].values())
    yield f"试报工具，{made} 制作，规则版本：{rules}。"
    if (days := (today - made).days) > OLD_DAYS:
        yield f"提示：工具已经用了{days}天，规则可能有变化，请向信用中心要新的。"
    if kit["calendar_end"] is not None and today > date.fromisoformat(kit["calendar_end"]):
        yield f"提示：工作日历只到 {kit['calendar_end']}，是否超过时限仅供参考。"


def _words(kit: Mapping[str, Any]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="试报工具", description="试报：在自己的电脑上检查文件，结论和正式报送一样，不联网，不留存。"
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="文件", help="要检查的文件；不写时会问")
    parser.add_argument("-d", "--dataset", choices=sorted(kit["contracts"]), help="数据集；不写时按文件名认")
    parser.add_argument("-p", "--department", default=kit["department"], help="报送部门")
    parser.add_argument("-o", "--output", type=Path, metavar="文件夹", help="把回执工作簿存到这里")
    parser.add_argument("--lang", choices=LANGUAGES, help="语言；不写时看 HUB_LANG 和 LC_MESSAGES")
    parser.add_argument("--json", action="store_true", help="输出 JSON；多个文件时是一个数组")
    return parser


def _asked() -> str:
    """A file by the person at the keyboard; dragged ones come in quotes. Empty when there is none any more."""
    try:
        return input("请把文件拖到这里，再按回车键；直接按回车键结束：").strip().strip("\"'")
    except EOFError:
        return ""


def _judge(hub: Hub, kit: Mapping[str, Any], given: argparse.Namespace, files: Sequence[Path]) -> int:
    receipts, worst = [], 0
    language = given.lang or hub.settings.language
    for file in files:
        try:
            with _receipt(hub, kit, given, file) as receipt:
                receipts.append(translated(receipt, language))
        except HubError as error:
            print(f"{file.name}：没有检查成，请把这句话告诉信用中心：{error}", file=sys.stderr)
            worst = max(worst, error.exit_code)
            continue
        worst = max(worst, int(receipt["verdict"]["code"] not in TAKEN))
        if not given.json:
            print(lines(receipt, language), flush=True)
    if given.json and receipts:
        body = to_bytes(receipts[0]) if len(files) == 1 else json.dumps(receipts, ensure_ascii=False, indent=1).encode()
        sys.stdout.buffer.write(body)
    return worst


@contextmanager
def _receipt(hub: Hub, kit: Mapping[str, Any], given: argparse.Namespace, file: Path) -> Iterator[dict[str, Any]]:
    """The receipt of one file; its workbook has been written when the context begins."""
    if not is_there(file):
        raise NotFound("there is no such file")
    dataset = given.dataset or _told_by(file.name, given.department, [hub.contract(name) for name in kit["contracts"]])
    contract = hub.contract(dataset) if dataset else None
    trial = prechecking.Trial(hub.now(), "hand", opening.beside(file))
    with prechecking.judged(hub, file, file.name, contract, given.department, trial) as (receipt, job):
        if given.output is not None:
            rows = prechecking.rejected_rows(job, receipt, contract)
            given.output.mkdir(parents=True, exist_ok=True)
            target = given.output / names(receipt, file.name)[1]
            target.write_bytes(workbook(receipt, contract, rows, prechecking.problems(receipt)))
        yield receipt


def _told_by(file_name: str, department: str | None, contracts: Sequence[Contract]) -> str | None:
    """The dataset by the file's name, as the inboxes tell it."""
    departments = {way.department for one in contracts for way in one.intakes} if department is None else {department}
    told = {dataset_of(file_name, each, contracts) for each in departments} - {None}
    return told.pop() if len(told) == 1 else None
