# Two commands matter: `make demo` shows Marque reading, `make test` proves it. Every target sets up what it needs.
# Only Python 3.11 or newer and make are expected to be there.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
SOURCE ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench gen lock servers clean

help: ## show the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

demo: $(VENV)/.run ## show it reading: a drawn clip, or a camera with SOURCE=rtsp://...
	@$(BIN)/marque demo $(SOURCE)

test: $(VENV)/.dev servers ## run every test against the real servers
	@$(BIN)/pytest -n 2 --dist worksteal

check: $(VENV)/.dev ## format, lint, types, import contracts, generated files
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/gen.py --check

format: $(VENV)/.dev ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.dev ## measure speed and memory beside something else, into bench/results
	@for b in read run append; do $(BIN)/python bench/$$b.py || exit 1; done

gen: $(VENV)/.dev ## write generated docs, schemas and pictures
	@$(BIN)/python scripts/gen.py
	@$(BIN)/python scripts/font.py
	@$(BIN)/python scripts/pictures.py
	@$(BIN)/python scripts/screenshots.py

lock: | $(VENV)/bin/python ## resolve the locked requirements anew
	@$(BIN)/pip install -q "uv>=0.5"
	@$(BIN)/uv pip compile $(LOCK) pyproject.toml --group build --group fast -o requirements/run.txt
	@$(BIN)/uv pip compile $(LOCK) pyproject.toml --group dev -o requirements/dev.txt

LOCK := -q --universal --generate-hashes --no-emit-index-url --python-version 3.11 --no-annotate --no-header

servers: # the servers that system tests start; installed from the distribution where missing
	@sh scripts/servers.sh

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Marque needs Python 3.11 or newer; none was found."; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@echo "Setting up $(VENV) ..."
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@echo "Setting up the development tools ..."
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

clean: ## remove what the targets made
	rm -rf $(VENV) demo-out .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
