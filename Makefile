# Everything a person or CI does with this tree.  Needs make, a Python >= 3.11 and a package registry; nothing else.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup demo test faults check format lock clean \
	check-format check-lint check-types check-imports check-drift check-duplicates check-dead check-packages check-sizes

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
HASHED := --require-hashes --no-build-isolation
CODE := shared services tests
PO := $(wildcard services/web/translations/*/LC_MESSAGES/*.po)
MO := $(PO:.po=.mo)

help: ## list what there is
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile | expand -t 10

setup: $(VENV)/.dev $(VENV)/.browser $(MO) ## .venv with the test dependencies, translations, a browser

demo: $(VENV)/.run $(MO) ## a whole county on this machine: prints address and log-ins, Ctrl-C stops it
	@exec $(BIN)/hehu demo $(ARGS)

SPREAD := --dist loadfile --no-loadscope-reorder

test: setup ## the whole suite (ARGS="-k word" picks some)
	$(BIN)/pytest -n 2 $(SPREAD) $(ARGS)

# What is busy, two by two; what waits for long, side by side; what is bounded in seconds, by itself.
# 5: ARGS leaves nothing of a part.
FULL := HEHU_FAULTS=full $(BIN)/pytest --durations=40
faults: setup ## R1 to R48 in full numbers, about 45 minutes (HEHU_SEED=n plays a run again)
	@failed=0; \
	$(FULL) -n 2 $(SPREAD) -m "not beside and not alone" $(ARGS) || test $$? -eq 5 || failed=1; \
	$(FULL) -n 4 $(SPREAD) -m beside $(ARGS) || test $$? -eq 5 || failed=1; \
	$(FULL) -m alone $(ARGS) || test $$? -eq 5 || failed=1; \
	exit $$failed

check: $(VENV)/.dev $(MO) check-format check-lint check-types check-imports check-drift check-duplicates check-dead check-packages check-sizes ## format, lint, types, contracts, migration drift, duplicates, dead code, sizes
	@echo "check: all well"

format: $(VENV)/.dev ## put the code into its one format
	$(BIN)/ruff check --fix --quiet $(CODE)
	$(BIN)/ruff format $(CODE)

lock: $(VENV)/.dev ## write the lock files anew from pyproject.toml (UPGRADE=--upgrade for newer versions)
	@sh infra/lock.sh $(BIN)/uv $(UPGRADE)

clean: ## remove what this file made (not the demo's data in .hehu)
	rm -rf $(VENV) $(MO) build dist *.egg-info .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# ---------------------------------------------------------------------------------------------------------- what check is

check-format:
	$(BIN)/ruff format --check --quiet $(CODE) || { echo "not in the one format: make format"; exit 1; }
check-lint:
	$(BIN)/ruff check --quiet $(CODE)
check-types:
	$(BIN)/mypy
check-imports:
	$(BIN)/lint-imports --no-logo
check-drift:
	$(BIN)/hehu db check --embedded
check-duplicates:
	$(BIN)/python -m tests.support.duplicates shared services
check-dead:
	$(BIN)/python -m tests.support.dead
check-packages:
	$(BIN)/deptry .
check-sizes:
	$(BIN)/python -m tests.support.sizes shared services tests

# ------------------------------------------------------------------------------------- stamps: a repeat costs no time

# The first Python of these that is new enough; `make PYTHON=/path/to/python` takes another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Hehu needs Python 3.11 or newer: install one, or make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "this Python has no venv: install its venv package (Debian: python3-venv)"; exit 1; }
	$(PIP) $(HASHED) -r requirements-build.lock

$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) $(HASHED) -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	$(PIP) $(HASHED) -r requirements-dev.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.run

$(VENV)/.browser: tests/support/browser.sh | $(VENV)/.dev
	@if sh tests/support/browser.sh $(BIN)/playwright; then touch $@; fi

%.mo: %.po | $(VENV)/.run
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@
