"""Airflow executes what lies in plugins/: that must be the one registration file."""

from __future__ import annotations

from pathlib import Path

from airflow import plugins_manager

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"


def test_airflow_loads_the_one_registration_file_and_none_of_our_modules() -> None:
    loaded, errors = plugins_manager._get_plugins()
    assert errors == {}
    ours = [plugin for plugin in loaded if plugin.name == "exchange"]
    assert len(ours) == 1
    assert [path.name for path in PLUGINS.glob("*.py")] == ["exchange_plugin.py"]


def test_the_package_hub_is_not_replaced() -> None:
    import hub

    assert Path(hub.__file__).parent.parent == PLUGINS.parent
