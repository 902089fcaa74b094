# Everything that is done with this project; `make help` lists it.

PYTHON ?= python3
ROWS ?= 1000000
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO := build/demo
APT := DEBIAN_FRONTEND=noninteractive apt-get

# Prefect must not call home, and no test may write to the home folder's settings.
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1

.DEFAULT_GOAL := help
.PHONY: help venv demo demo-postgres test test-browser test-kill test-databases chromium postgres mariadb lint types docs check security wheel lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || \
	  { echo "dataready needs Python 3.11, 3.12 or 3.13; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Say which: make PYTHON=python3.12"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

venv: $(STAMP) ## install the locked packages and dataready itself into .venv

demo: $(STAMP) ## make and run the sample project (ROWS=1000000) in build/demo
	@mkdir -p build
	$(BIN)/dataready demo --rows $(ROWS) --out $(DEMO)

demo-postgres: $(STAMP) postgres ## the same, with production in a PostgreSQL that it starts and stops
	@mkdir -p build
	$(BIN)/python -m benchmarks.demo_postgres --rows $(ROWS) --out $(DEMO)-postgres

test: $(STAMP) ## all tests but those of test-browser, test-kill and test-databases
	$(BIN)/pytest -q --numprocesses 2 --dist loadfile

test-browser: $(STAMP) chromium ## the report in a real Chromium
	$(BIN)/pytest -q -m browser

test-kill: $(STAMP) ## runs that are killed midway
	$(BIN)/pytest -q -m kill

test-databases: $(STAMP) postgres mariadb ## pulls from real servers, which the tests start and stop
	$(BIN)/pytest -q -m database --numprocesses 2 --dist loadfile

postgres:
	@if ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  $(APT) update -qq && $(APT) install -y -qq postgresql >/dev/null; \
	else \
	  echo "There is no PostgreSQL server. Install it (sudo apt-get install postgresql)."; exit 1; \
	fi

mariadb:
	@if command -v mariadb-install-db >/dev/null && command -v mariadbd >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  $(APT) update -qq && $(APT) install -y -qq mariadb-server >/dev/null; \
	else \
	  echo "There is no MariaDB server. Install it (sudo apt-get install mariadb-server)."; exit 1; \
	fi

chromium:
	@if [ -n "$$DATAREADY_CHROMIUM" ] || command -v chromium >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  $(APT) update -qq && $(APT) install -y -qq chromium >/dev/null; \
	else \
	  echo "There is no Chromium. Install it (sudo apt-get install chromium), or name one in DATAREADY_CHROMIUM."; exit 1; \
	fi

lint: $(STAMP) ## style, and what ruff knows of bugs and security
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## mypy, strict
	$(BIN)/mypy

docs: $(STAMP) ## write the generated pages of docs/ again
	$(BIN)/python -m dataready.config docs
	$(BIN)/python -m dataready.cli.reference docs
	$(BIN)/python -m dataready.report.json_view docs
	$(BIN)/python -m tests.sources.types_pages

security: ## no address of an index, no path of a machine
	@! grep -nE 'https?://|^ *-(i|f) |^ *--(extra-)?index' requirements.lock
	@! git grep -nIE '(--index-url|--extra-index-url|UV_DEFAULT_INDEX|PIP_INDEX_URL)' -- ':!Makefile'
	@! git grep -nIE '(^|[^A-Za-z0-9_.~-])/(root|home|work|Users)/' -- ':!Makefile' ':!tests/report'

wheel: $(STAMP) ## build the wheel into dist/
	rm -rf dist
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .

check: test lint types security ## what every change must pass; .ci/run does that and more

lock: ## pin every package with its hashes, without any address
	@# DuckDB stays at 1.5.5: for this version its extensions are on the package index, as wheels.
	@mkdir -p build && echo 'duckdb==1.5.5' > build/constraints.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --extra dev --constraint build/constraints.txt pyproject.toml -o requirements.lock

clean: ## remove what was made, but not .venv
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
