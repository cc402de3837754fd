"""Words that must not get out, mistakes that quote them, and a watch over everything that leaves a hub's process."""

from __future__ import annotations

import errno
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from corpus import searching

from hub import cli

WORDS = {
    "citizen id": "320830188001010002",
    "person": "赵某甲乙",
    "mobile": "13800001234",
    "bank card": "6222020000000000000",
    "document": "演市监〔2026〕0001号",
    "secret": "a-password-that-nobody-may-see",
    "token": "a-token-that-nobody-may-see",
}
DATASET = "market/shop"
HEADER = "名称,统一社会信用代码,文书号,负责人身份证号,登记日期,注册资本（元）,状态,备注"
SECRET, TOKEN = WORDS["secret"], WORDS["token"]
NOTE = f"联系人{WORDS['person']}{WORDS['mobile']}卡号{WORDS['bank card']}"
SWAPPED = "320830188001010020"  # its check character does not fit
FILE = f"店铺_{WORDS['mobile']}_{WORDS['citizen id']}.csv"
SAID = " ".join((*WORDS.values(), NOTE))
# Where the rows are by right: the ledger's own records, and the file's name with whoever gave it.
HOLDING = ("record_", "delivery", "receipt", "sighting", "sqlite_")
TOLD = {"finding": ("person: plain",)}  # what a cell says is told to its sender; a name in running text is no pattern


class Planted(Exception):
    """A mistake of the program, which quotes what it has in hand."""


def mistake(*_: Any, **__: Any) -> Any:
    try:
        raise KeyError(SAID)
    except KeyError as cause:
        raise Planted(SAID) from cause


def full(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, SAID, f"/srv/{FILE}")


class Watch:
    """Everything that gets out of a hub's process, and whether a canary is in it."""

    def __init__(self, line: Any, logs: Any, outputs: Any, scraps: Path) -> None:
        self.line, self._logs, self._outputs, self._scraps = line, logs, outputs, scraps
        self._search = searching.Search(WORDS)

    def silent(self, *errors: BaseException) -> None:
        """Nothing stands in logs and outputs, nor in the errors as a log would print them."""
        said = self._logs.text + "".join(self._outputs.readouterr())
        for error in errors:
            said += "".join(traceback.format_exception(error, chain=True)) + repr(error) + repr(vars(error))
        self._found("logs, outputs, errors", said.encode())

    def told(self, answer: object) -> None:
        """Nothing stands in an answer."""
        self._found("an answer", repr(answer).encode() + str(answer).encode())

    def words(self, **more: str) -> None:
        """Look for these, too."""
        self._search = searching.Search(WORDS | more)

    def clean(self) -> None:
        """Nothing was left in scratch, nor in what others may read; the ledger holds it where it is by right."""
        home = self.line.hub.home
        left = [*self._scraps.rglob("*"), *(home / "work").rglob("*"), *(home / "incoming").rglob("*")]
        left += (home / "store" / "tmp").rglob("*")
        assert [one.name for one in left if one.is_file()] == []
        for name, rows in searching.tables(home / "ledger.db").items():
            if not name.startswith(HOLDING):
                self._found(f"the table {name}", rows, *TOLD.get(name, ()))
        for folder in (home / "reports", self.line.root / "urban", home / "feed"):
            known = {"feed": {"document: plain"}, "reports": set(TOLD["finding"])}.get(folder.name, set())
            found = self._search.below(folder)
            assert {place: hits - known for place, hits in found.items() if hits - known} == {}

    def _found(self, where: str, content: bytes, *by_right: str) -> None:
        assert self._search.content(content) - set(by_right) == set(), where


@contextmanager
def outcome(*expected: type[BaseException]) -> Iterator[list[BaseException]]:
    """What was raised in the block, if it was expected."""
    met: list[BaseException] = []
    try:
        yield met
    except expected as error:
        met.append(error)


def command(*words: str) -> int:
    """``hub`` with some words, in this process; its exit code."""
    before, sys.argv = sys.argv, ["hub", *words]
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        sys.argv = before
    return 0
