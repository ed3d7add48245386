# `make` alone lists the commands.

PYTHON  ?= $(firstword $(shell command -v python3.11) $(shell command -v python3) python3)
VENV    ?= .venv
HOST    ?= 127.0.0.1
PORT    ?= 8000
# Options for pytest or the benchmark, for example: make test ARGS="-k widget -x"
ARGS    ?=
# Tests with browsers and servers wait a lot: three of them keep two cores busy.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(12, (os.cpu_count() or 2) * 3 // 2))')
# Of `make faults`: each seed kills so many processes, once on each engine.
SEEDS   ?= 1 2 3
KILLS   ?= 100
# How many histories `make model` tries on each engine.
EXAMPLES ?= 200

BIN := $(VENV)/bin
# The tests start hundreds of processes, which need not compile the same modules again and again.
PYTEST := PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX=$(CURDIR)/.pytest_cache/bytecode $(BIN)/pytest
PIP := PYTHONWARNINGS=ignore $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet

# A stamp is older than what it was made from when a dependency changed: then pip runs again.
RUNTIME := $(VENV)/.installed-runtime
DEVELOPMENT := $(VENV)/.installed-development
INTUNECD := $(VENV)/.installed-intunecd

.DEFAULT_GOAL := help
.PHONY: help run test quick lint format audit bench bench-fan-out bench-ledger bench-pruning bench-reading bench-sync faults model wheel lock vendor messages clean

help: ## List the commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

run: $(RUNTIME) ## Start the console with a simulated tenant on http://$(HOST):$(PORT)
	@exec $(BIN)/ops-admin serve --demo --host $(HOST) --port $(PORT)

test: $(DEVELOPMENT) ## Run every test; ARGS="..." goes on to pytest
	@scripts/need engines
	$(PYTEST) --numprocesses $(WORKERS) --dist loadgroup $(ARGS)

quick: $(DEVELOPMENT) ## Run what the changes since main touch, on SQLite, without browsers and other processes
	$(PYTEST) --quick --numprocesses auto $(ARGS)

lint: $(DEVELOPMENT) ## Check style, types, security, import contracts and templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive ops_admin bench migrations wsgi.py
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/djlint templates --check --quiet

format: $(DEVELOPMENT) ## Rewrite Python and templates in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djlint templates --reformat --quiet

faults: $(DEVELOPMENT) ## Kill, stop and starve real processes, long; SEEDS="4 5" KILLS=200 ARGS="-k postgresql"
	@scripts/need engines
	FAULT_SEEDS="$(SEEDS)" FAULT_KILLS="$(KILLS)" $(BIN)/pytest tests/faults -rP $(ARGS)

bench: $(DEVELOPMENT) ## Measure answer, push and throughput beside what they compare to
	@scripts/need engines
	$(BIN)/python -m bench $(ARGS)

bench-fan-out: $(DEVELOPMENT) ## Tell thousands of sockets of a run, beside bare Flask-SocketIO
	@scripts/need engines
	$(BIN)/python -m bench.fan_out $(ARGS)

bench-sync: $(DEVELOPMENT) $(INTUNECD) ## Sync a tenant that takes its time to answer, beside IntuneCD
	@scripts/need engines
	$(BIN)/python -m bench.sync_race --intunecd $(VENV)/intunecd/bin/python $(ARGS)

bench-reading: $(DEVELOPMENT) ## Sync ten thousand policies, beside loops that only read them
	@scripts/need engines
	$(BIN)/python -m bench.large_sync $(ARGS)

bench-ledger: $(DEVELOPMENT) ## Time the pages of a ledger of a million runs, beside Flask-Admin
	@scripts/need engines
	$(BIN)/python -m bench.long_ledger $(ARGS)

audit: $(DEVELOPMENT) ## Ask whether a flaw is known of any library that the console uses
	@$(BIN)/python scripts/audit $(BIN)/pip-audit

model: $(DEVELOPMENT) ## Compare the ledger to its model for longer; EXAMPLES=200
	MODEL_EXAMPLES=$(EXAMPLES) $(BIN)/pytest tests/runs/test_ledger_model.py $(ARGS)

bench-pruning: $(DEVELOPMENT) ## Prune a million runs while others read and start; what those feel of it
	@scripts/need engines
	$(BIN)/python -m bench.pruning measure $(ARGS)

wheel: $(DEVELOPMENT) ## Build the wheel that docs/deploy.md installs, into dist
	$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

lock: $(DEVELOPMENT) ## Write the locked requirements anew; ARGS="--upgrade-package flask" takes its newest version
	@scripts/lock $(BIN)/uv $(ARGS)

vendor: ## Fetch the front-end libraries named in the lock file into static/vendor
	@scripts/vendor/run

messages: $(DEVELOPMENT) ## Collect the texts to translate and bring every catalogue up to date
	@scripts/messages $(BIN)/pybabel

clean: ## Remove the virtual environment and everything generated, but not ./var
	rm -rf $(VENV) *.egg-info build dist tests/artifacts
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# pip, not python, is the sign of a whole environment: without Debian's python3-venv the creation stops half-way.
$(BIN)/pip:
	@scripts/need venv $(PYTHON)
	$(PYTHON) -m venv --clear $(VENV)

# Only files whose hashes are locked are installed; the console itself comes from the checkout.
INSTALL := $(PIP) install --require-hashes --requirement requirements/build.txt --requirement
INSTALL_CONSOLE := $(PIP) install --no-deps --no-build-isolation --editable .

$(RUNTIME): pyproject.toml requirements/build.txt requirements/console.txt | $(BIN)/pip
	@echo "Installing what the console needs into $(VENV); this takes a minute."
	$(INSTALL) requirements/console.txt
	$(INSTALL_CONSOLE)
	@touch $@

# IntuneCD wants other versions of what the console uses, so it has an environment of its own.
$(INTUNECD): bench/intunecd.txt | $(BIN)/pip
	$(PYTHON) -m venv $(VENV)/intunecd
	$(VENV)/intunecd/bin/pip --disable-pip-version-check --no-input --quiet install --no-deps --require-hashes \
		--requirement bench/intunecd.txt
	@touch $@

$(DEVELOPMENT): pyproject.toml requirements/build.txt requirements/development.txt | $(BIN)/pip
	$(INSTALL) requirements/development.txt
	$(INSTALL_CONSOLE)
	@touch $@ $(RUNTIME)
