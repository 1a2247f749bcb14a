# Every target sets up what it needs: a virtual environment in .venv, made once and renewed
# whenever pyproject.toml changes. Choose another interpreter with `make PYTHON=python3.12 test`,
# and how many processes test at once with `make WORKERS=4 test`.

PYTHON ?= python3
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo check test docs pictures notebooks compiled clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml swarmdsl/_version.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

demo: $(STAMP) ## Run federated learning on handwritten digits
	$(BIN)/python examples/federated_digits.py

check: $(STAMP) ## Lint, format, types and layers: everything that runs nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check ## All of check, then every test and docstring example
	$(BIN)/python -m pytest --numprocesses $(WORKERS)

docs: $(STAMP) ## Build the site of the documents in build/site; a warning is an error
	$(BIN)/python -m sphinx -b html -W --keep-going -q -c docs/site . build/site

pictures: $(STAMP) ## Draw the pictures of the documents anew
	$(BIN)/python -m tests.pictures

notebooks: $(STAMP) ## Run the notebooks anew, and keep what they show
	$(BIN)/python -m tests.notebooks

compiled: ## Make an environment in build/compiled whose swarmdsl has its hottest modules compiled
	$(PYTHON) -m venv --clear build/compiled
	HATCH_BUILD_HOOKS_ENABLE=1 build/compiled/bin/python -m pip install --quiet '.[examples]'
	build/compiled/bin/swarm --version

clean: ## Remove the environment and the caches
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
