"""The DAG files: they load, quickly, and a task start opens one contract."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag

from hub.contract.load import dataset_names, outlets
from hub.settings import settings

PROJECT = Path(__file__).resolve().parents[2]
SCHEMAS = PROJECT / "schemas"

opened: list[str] | None = None


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and opened is not None and str(arguments[0]).endswith(".odcs.yaml"):
        opened.append(Path(str(arguments[0])).name)


sys.addaudithook(_note)  # cannot be taken away again: it is switched by ``opened``


@pytest.fixture
def contracts_opened_by() -> Callable[[Callable[[], object]], list[str]]:
    def count(action: Callable[[], object]) -> list[str]:
        global opened
        opened = []
        try:
            action()
            return opened
        finally:
            opened = None

    return count


def load(name: str = "") -> DagBag:
    return DagBag(dag_folder=PROJECT / "dags" / name, bundle_path=PROJECT / "dags", bundle_name="dags")


def test_every_file_loads_and_every_dataset_and_outlet_has_its_dag() -> None:
    bag = load()
    assert bag.import_errors == {}
    datasets = {"dataset__" + name.replace("/", "__") for name in dataset_names(SCHEMAS)}
    assert "dataset__market__admin_licence" in datasets
    assert set(bag.dags) == {
        "collect",
        "clock",
        "reminders",
        "reports",
        *datasets,
        *(f"outlet__{outlet.id}" for outlet in outlets(SCHEMAS) if outlet.fed),
    }


def test_every_dag_is_told_in_both_languages_and_runs_once_at_a_time() -> None:
    for dag in load().dags.values():
        assert any("\u4e00" <= character <= "\u9fff" for character in dag.dag_display_name), dag.dag_id
        chinese, english = dag.doc_md.strip().split("\n\n")
        assert chinese.startswith("### ") and english.startswith("### ") and english.isascii(), dag.dag_id
        assert dag.tags and not dag.catchup and dag.max_active_runs == 1, dag.dag_id
        assert str(dag.timezone) == "Asia/Shanghai", dag.dag_id


def test_no_task_leaves_anything_but_its_log() -> None:
    for dag in load().dags.values():
        assert len(dag.tasks) == 1, dag.dag_id
        assert not dag.params, dag.dag_id


@pytest.mark.parametrize("name", sorted(path.name for path in (PROJECT / "dags").glob("*.py")))
def test_a_file_loads_in_well_under_a_second_with_all_contracts(name: str) -> None:
    load(name)  # imports are paid once a process, not once a file
    seconds = []
    for _ in range(3):
        start = time.process_time()
        load(name)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.7


def test_sixty_datasets_load_in_well_under_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(SCHEMAS, tmp_path / "schemas")
    for number, name in enumerate(itertools.islice(itertools.cycle(dataset_names(SCHEMAS)), 60)):
        if len(dataset_names(tmp_path / "schemas")) < 60:
            shutil.copy(SCHEMAS / f"{name}.odcs.yaml", tmp_path / "schemas" / f"{name}_{number}.odcs.yaml")
    monkeypatch.setenv("HUB_SCHEMAS", str(tmp_path / "schemas"))
    settings.cache_clear()
    seconds = []
    for _ in range(3):
        start = time.process_time()
        assert len(load("datasets.py").dags) == 60
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.7


def test_parsing_for_one_task_opens_one_contract(
    monkeypatch: pytest.MonkeyPatch, contracts_opened_by: Callable[[Callable[[], object]], list[str]]
) -> None:
    assert len(contracts_opened_by(lambda: load("datasets.py"))) >= len(dataset_names(SCHEMAS))
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "dataset__market__admin_licence")
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_TASK_ID", "run")
    assert contracts_opened_by(lambda: load("datasets.py")) == ["admin_licence.odcs.yaml"]
    assert list(load("datasets.py").dags) == ["dataset__market__admin_licence"]


@pytest.mark.parametrize("name", ["collect.py", "clock.py", "outlets.py", "reminders.py", "reports.py"])
def test_the_other_files_open_no_contract(
    name: str, contracts_opened_by: Callable[[Callable[[], object]], list[str]]
) -> None:
    assert contracts_opened_by(lambda: load(name)) == []


def test_parsing_imports_nothing_heavy() -> None:
    program = (
        "import sys; sys.path += sys.argv[1:3]\n"
        "import airflow.sdk, importlib.util as u, pathlib\n"
        "before = set(sys.modules)\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).glob('*.py')):\n"
        "    spec = u.spec_from_file_location('dag_' + path.stem, path)\n"
        "    spec.loader.exec_module(u.module_from_spec(spec))\n"
        "heavy = {'great_expectations', 'polars', 'pandas', 'pyarrow', 'paramiko', 'asyncssh'}\n"
        "print(sorted(heavy & (set(sys.modules) - before)))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(PROJECT / "dags"), str(PROJECT / "plugins"), str(PROJECT)],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip().splitlines()[-1] == "[]"
