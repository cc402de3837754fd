"""``hub doctor`` says when reported changes of divisions and new catalogues are not in the county's own lists."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from corpus import samples

from hub.line import Hub, doctor

ROOT = Path(__file__).resolve().parents[3]
CHANGE, EDITION = "government/region_change", "credit/catalogue_edition"
LISTED, OTHER = "320830001001", "320830001002"  # of schemas/codes/regions.csv
NEW, NEXT = "320830001901", "320830001902"  # of no list
LABEL = "五墩居委会"


class Lists:
    """A hub with a copy of the shipped configuration; today is 2026-11-23."""

    def __init__(self, opened: Callable[[], Hub], folder: Path) -> None:
        self.opened, self.hub, self.folder, self.files = opened, opened(), folder, 0

    def send(self, dataset: str, *rows: dict[str, str]) -> None:
        self.files += 1
        contract = self.hub.contract(dataset)
        sound = samples.valid(contract, len(rows), 10 * self.files)
        written = [samples.Sample({**one.cells, **cells}) for one, cells in zip(sound, rows, strict=True)]
        file = self.folder / f"{contract.title}_{self.files}.csv"
        file.write_bytes(samples.csv_of(contract, written))
        self.hub.submit(file, contract.intakes[0].department, dataset)

    def changed(self, kind: str, old: str, new: str, day: str = "2026-07-01", name: str = "某某居委会") -> None:
        cells = {"bglx": kind, "yqhdm": old, "xqhdm": new, "sxrq": day, "xqhmc": name if new else ""}
        self.send(CHANGE, cells | ({} if old else {"yqhmc": ""}))

    def edition(self, level: str, name: str, day: str, number: str, replaced: str = "") -> None:
        cells = {"mlcj": level, "bbmc": name, "wh": number, "btdwh": replaced, "yfrq": "2024-06-01", "sxrq": day}
        self.send(EDITION, cells)

    def look(self, what: str) -> tuple[str, bool]:
        (found,) = [one for one in doctor.examine(self.hub) if one["what"] == what]
        assert found["ok"]
        return str(found["detail"]), found.get("warning", False)

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.hub.settings.schemas / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")
        self.hub = self.opened()  # a running hub keeps the contracts that it has read


@pytest.fixture
def lists(make_hub: Callable[..., Hub], tmp_path: Path) -> Lists:
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    given = {"schemas": tmp_path / "schemas", "expectations": ROOT / "expectations"}
    return Lists(lambda: make_hub("", **given), tmp_path)


def test_before_anything_is_reported_there_is_nothing_to_compare(lists: Lists) -> None:
    assert lists.look("regions") == ("0 changes of divisions are in force", False)
    assert lists.look("catalogue") == ("0 editions of catalogues are or were in force", False)


def test_a_merger_in_force_is_told_until_a_person_has_changed_the_list(lists: Lists) -> None:
    lists.changed("合并", LISTED, NEW)
    told, warning = lists.look("regions")
    assert warning and told.endswith(f"does not show them: still valid: {LISTED}; missing: {NEW}")
    lists.edit("codes/regions.csv", f"{LISTED},{LABEL},,,", f"{LISTED},{LABEL},,,2026-06-30")
    assert lists.look("regions")[0].endswith(f"does not show them: missing: {NEW}")
    lists.edit("codes/regions.csv", f"{OTHER},", f"{NEW},某某居委会,,2026-07-01,\n{OTHER},")
    assert lists.look("regions") == ("1 changes of divisions are in force", False)


def test_what_is_not_yet_in_force_or_was_refused_is_not_told(lists: Lists) -> None:
    lists.changed("合并", LISTED, NEW, day="2026-11-24")
    lists.changed("合并", "", NEW)  # the division that was merged is missing: sent back
    lists.changed("撤销", OTHER, NEW)  # of no kind that has a new one
    assert lists.look("regions") == ("0 changes of divisions are in force", False)


def test_a_change_that_holds_from_today_is_told_today(lists: Lists) -> None:
    lists.changed("撤销", LISTED, "", day="2026-11-23")
    assert lists.look("regions")[0].endswith(f"still valid: {LISTED}")


def test_the_last_change_of_a_code_counts_in_whatever_order_they_were_reported(lists: Lists) -> None:
    lists.changed("撤销", NEW, "", day="2026-09-01")
    lists.changed("设立", "", NEW, day="2026-06-01")
    assert lists.look("regions") == ("2 changes of divisions are in force", False)
    lists.changed("改设", NEXT, NEW, day="2026-10-01")
    assert lists.look("regions")[0].endswith(f"missing: {NEW}")


def test_a_division_into_which_another_goes_on_the_same_day_stays(lists: Lists) -> None:
    lists.changed("合并", NEXT, LISTED, name=LABEL)
    lists.changed("合并", LISTED, LISTED, name=LABEL)
    assert lists.look("regions") == ("2 changes of divisions are in force", False)


def test_a_new_name_behind_the_same_code_is_told(lists: Lists) -> None:
    lists.changed("更名", LISTED, LISTED, name="新五墩居委会")
    told, warning = lists.look("regions")
    assert warning and told.endswith(f"under another name: {LISTED}")
    assert "五墩" not in told
    lists.edit("codes/regions.csv", f"{LISTED},{LABEL},,,", f"{LISTED},新五墩居委会,{LABEL},,")
    assert not lists.look("regions")[1]


def test_a_division_that_went_to_a_neighbour_is_not_missed(lists: Lists) -> None:
    lists.changed("改设", NEXT, "320829001001")
    assert not lists.look("regions")[1]


def test_many_divisions_are_told_in_short(lists: Lists) -> None:
    rows = [{"bglx": "设立", "yqhdm": "", "yqhmc": "", "xqhdm": f"32083000195{digit}"} for digit in range(7)]
    lists.send(CHANGE, *rows)
    assert lists.look("regions")[0].endswith("320830001953, 320830001954 and 2 more")


def test_a_newer_catalogue_in_force_is_told_until_the_law_has_it(lists: Lists) -> None:
    lists.edition(
        "全国", "全国公共信用信息基础目录（2024年版）", "2024-07-01", "某信目〔2024〕1号"
    )  # known by its name
    lists.edition("县", "本县目录", "2026-01-01", "县信目〔2026〕1号")  # no ground of sharing
    lists.edition("省", "从明天起的目录", "2026-11-24", "省信目〔2026〕9号")
    assert lists.look("catalogue") == ("2 editions of catalogues are or were in force", False)
    lists.edition("省", "省目录（2025年版）", "2025-06-01", "省信目〔2025〕1号")
    lists.edition("省", "省目录（2026年版）", "2026-06-01", "省信目〔2026〕1号", "省信目〔2025〕1号")
    lists.edition("全国", "全国目录（2026年版）", "2026-11-23", "某信目〔2026〕1号", "某信目〔2024〕1号")
    told, warning = lists.look("catalogue")
    assert warning
    assert told.endswith("newer than law/catalogue.yaml: 全国 since 2026-11-23、省 since 2026-06-01")
    edition = (
        "editions:\n  - {id: national_2026, name: 全国目录（2026年版）, document: 某信目〔2026〕1号, source: 转载, "
        'status: unverified, valid_from: "2026-11-23", items: [{code: registration, name: 登记, sharing: open}]}\n'
    )
    lists.edit("law/catalogue.yaml", "editions:\n", edition)
    assert not lists.look("catalogue")[1]


def test_without_the_two_datasets_there_is_nothing_to_look_at(make_hub: Callable[..., Hub]) -> None:
    assert not {"regions", "catalogue"} & {one["what"] for one in doctor.examine(make_hub(""))}
