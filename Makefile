# The commands of this repository. Everything is installed below it: .venv, .venv-tools, state/.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test serve check

INSTALLER := requirements/bootstrap.txt scripts/install.sh scripts/find_python.sh scripts/pip_settings.py
# The lock of the tests holds the lock of the hub, so one environment serves both.
export PYTHONUTF8 := 1
ifdef PYTHON
export PYTHON
endif

help: ## list the commands
	@grep -E '^[a-z]+: .*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | \
	    while IFS=$$'\t' read -r name text; do printf '  make %-7s %s\n' "$$name" "$$text"; done

demo: .venv/.installed ## a synthetic county, the whole way, on the embedded default (FRESH=1 starts over)
	@.venv/bin/hub demo $(if $(filter 1,$(FRESH)),--fresh)

serve: .venv/.installed ## keep the demo county running: Airflow's pages, SFTP inboxes open
	@.venv/bin/hub serve

test: .venv/.installed-tests .venv-tools/.installed ## install what the tests need, then run them all (FULL=1: every fault at every point)
	@bash scripts/system_packages.sh
	@.venv/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: .venv/.installed-tests ## format, lint, types and the house rules
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/python -m pytest -q tests/test_house.py

.venv/.installed: requirements/run.txt pyproject.toml $(INSTALLER)
	@bash scripts/install.sh .venv requirements/run.txt
	@.venv/bin/uv pip install --quiet --offline --no-deps --no-build-isolation --python .venv/bin/python -e .
	@touch $@

.venv/.installed-tests: .venv/.installed requirements/test.txt
	@bash scripts/install.sh .venv requirements/test.txt
	@touch $@

.venv-tools/.installed: requirements/tools.txt $(INSTALLER)
	@bash scripts/install.sh .venv-tools requirements/tools.txt
	@touch $@
