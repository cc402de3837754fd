"""The generated county: the same for the same seed, complete, coherent, and about nobody who lives."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from corpus.judged import EXPECTATIONS, SCHEMAS, judged

from hub.contract import load
from hub.contract.model import Contract, Suite
from hub.county import answers, opened
from hub.county.generate import Sent, rounds, write
from hub.county.record import FATES
from hub.county.style import style_of
from hub.county.systems import systems
from hub.county.world import World
from hub.errors import WrongUsage
from hub.findings import catalogue
from hub.stages.collect import dataset_of

CITIZEN_ID = re.compile(r"(?<![0-9])[1-9][0-9]{5}([0-9]{4})[0-9]{7}[0-9X](?![0-9A-Za-z])")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def text_of(sent: Sent) -> str:
    """The cells of a text file that can be read; "" for others."""
    if sent.content is None or sent.answer.refused or not sent.answer.file.endswith((".csv", ".txt")):
        return ""
    return sent.content.decode(style_of(sent.answer.department).encoding)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    day = date(2026, 3, 2)

    def made(seed: int) -> list[Sent]:
        world = opened.world(SCHEMAS, EXPECTATIONS, seed=seed, scale=0.002, until=day)
        return list(opened.files(world, SCHEMAS, EXPECTATIONS, day))

    assert made(5) == made(5)
    assert made(5) != made(6)


def test_every_department_that_may_send_a_dataset_has_a_system_for_it(
    larger_world: World, contracts: Mapping[str, Contract]
) -> None:
    wanted = {
        (name, intake.department)
        for name, contract in contracts.items()
        for intake in contract.intakes
        if not intake.computed
    }
    assert {(one.dataset, one.department) for one in systems(larger_world)} == wanted


def test_the_first_day_holds_every_dataset(three_weeks: list[Sent], contracts: Mapping[str, Contract]) -> None:
    first = {one.answer.dataset for one in three_weeks if one.answer.habit == "first" and one.answer.rows}
    assert first == {name for name, one in contracts.items() if not all(intake.computed for intake in one.intakes)}


def test_every_habit_of_departments_occurs(three_weeks: list[Sent]) -> None:
    habits = {one.answer.habit for one in three_weeks}
    assert habits == {
        *("first", "on_time", "late", "missing", "correction", "again", "forgotten", "numbers_for_codes"),
        *("empty", "undecodable", "unicode_text", "cut_off", "stray_quote", "scanned", "headless"),
    }


def test_the_fates_add_up_and_every_planted_row_has_a_known_code(three_weeks: list[Sent]) -> None:
    for sent in three_weeks:
        fates = {fate: getattr(sent.answer, fate) for fate in FATES}
        assert sum(fates.values()) == sent.answer.rows
        assert {one.code for one in sent.faults} <= set(catalogue())
        planted = Counter(one.fate for one in sent.faults)
        if sent.answer.habit != "again":
            assert {fate: planted[fate] for fate in ("rejected", "accepted_query", "duplicate")} == {
                fate: fates[fate] for fate in ("rejected", "accepted_query", "duplicate")
            }


def test_every_file_name_leads_to_its_dataset_and_to_no_other(
    three_weeks: list[Sent], contracts: Mapping[str, Contract]
) -> None:
    for sent in three_weeks:
        if sent.answer.file:
            found = dataset_of(sent.answer.file, sent.answer.department, list(contracts.values()))
            assert found == sent.answer.dataset, sent.answer


def test_nothing_is_sent_before_its_day_or_twice_under_one_name(three_weeks: list[Sent]) -> None:
    days = [one.answer.day for one in three_weeks]
    assert days == sorted(days)
    names = Counter((one.answer.department, one.answer.file) for one in three_weeks if one.answer.file)
    assert set(names.values()) == {1}


def test_every_citizen_id_is_of_somebody_who_cannot_live(three_weeks: list[Sent], small_world: World) -> None:
    seen = 0
    for sent in three_weeks:
        for found in CITIZEN_ID.finditer(text_of(sent)):
            digits = found[0]
            if digits[2:8] == small_world.place.division:
                continue  # a credit code of digits alone
            total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=False))
            if "10X98765432"[total % 11] == digits[-1]:
                seen += 1
                assert found[1] < "1901", (sent.answer.file, found[1])
    assert seen > 1_000


@pytest.mark.parametrize("place", range(8))
def test_the_stages_agree_with_the_answer_key(
    place: int,
    three_weeks: list[Sent],
    contracts: Mapping[str, Contract],
    suites: Mapping[str, Suite],
    tmp_path: Path,
) -> None:
    """What needs no ledger to be seen, of every eighth of the files."""
    for number, sent in enumerate(three_weeks[place::8]):
        answer = sent.answer
        known = [fault for fault in sent.faults if fault.code in ("CON-NAME-USCC", "REF-UNKNOWN")]
        if sent.content is None or answer.habit == "again" or known:
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        outcome = judged(sent.content, contracts[answer.dataset], suites[answer.dataset], folder, answer.day)
        if answer.refused:
            assert answer.refused in outcome.refused, answer
            continue
        assert outcome.rows == answer.rows, answer
        wanted = {fault.row: fault.fate for fault in sent.faults if fault.fate != "accepted"}
        assert {row: state for row, state in outcome.states.items() if state != "blank"} == wanted, answer


def test_what_is_written_is_read_back(three_weeks: list[Sent], tmp_path: Path) -> None:
    some = three_weeks[:30]
    files, rows = write(tmp_path, some)
    keys, faults = answers.read(tmp_path)
    assert keys == [one.answer for one in some]
    assert faults == [fault for one in some for fault in one.faults]
    assert (files, rows) == (sum(1 for one in keys if one.file), sum(one.rows for one in keys))
    written = [file for each in rounds(tmp_path) for file in each]
    assert len(written) == files


def test_a_folder_without_an_answer_key_is_told(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="no generated county"):
        answers.read(tmp_path)


@pytest.mark.parametrize("scale", [0, -1, 3])
def test_a_scale_for_which_there_are_not_enough_people_is_refused(scale: float) -> None:
    with pytest.raises(WrongUsage, match="between 0 and 2"):
        opened.world(SCHEMAS, EXPECTATIONS, seed=1, scale=scale, until=date(2026, 11, 23))


def test_the_county_has_the_size_of_the_real_one_at_scale_one() -> None:
    world = opened.world(SCHEMAS, EXPECTATIONS, seed=1, scale=1, until=date(2026, 11, 23))
    assert (world.households, world.organisations) == (190_000, 25_000)
    listed = load.contract("household/point_event", SCHEMAS, EXPECTATIONS).column("cjdm").codes
    assert {village.code for village in world.villages} == {code.code for code in listed if len(code.code) == 12}
    numbers = {world.household(serial).number for serial in range(1, world.households + 1, 97)}
    assert len(numbers) == len(range(1, world.households + 1, 97))
