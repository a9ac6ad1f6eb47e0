# `make demo` and `make test` set up what they need; everything lands in .venv (and .venv-bench for `make bench`).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Newer torch builds from PyPI bring gigabytes of CUDA libraries; the pinned one is taken as a CPU build where one lies
# on the machine (PIP_FIND_LINKS) and from PyPI elsewhere.
INSTALL := -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
STAMP := $(VENV)/.installed

.PHONY: help demo test lint bench notebooks findings clean

help:
	@echo "make demo        look into a trained Othello model: a report with figures (minutes)"
	@echo "make test        the tests"
	@echo "make lint        ruff and mypy --strict over package and tests"
	@echo "make bench       capture, probes, stores, dictionaries and more against their peers (most of an hour)"
	@echo "make notebooks   run the notebooks from beginning to end"
	@echo "make findings    write FINDINGS.md from the committed records"
	@echo "make clean       delete the environments and caches"

$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) (some minutes the first time) ..."
	@$(BIN)/python $(INSTALL) --editable ".[dev]" 2>pip.log || (cat pip.log; exit 1)
	@rm -f pip.log
	@touch $(STAMP)

demo: $(STAMP)
	@$(BIN)/python -m experiments run othello/legality --preset small
	@$(BIN)/python -m experiments run othello/probes --preset small

# Long runs of neighbouring tests stay together, and so do the things that they make once for all of them.
test: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --dist worksteal

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The peers live apart: what they need must not decide what a user gets.
.venv-bench/.installed: pyproject.toml constraints.txt benchmarks/requirements.txt benchmarks/requirements-alone.txt
	@test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	@echo "installing into .venv-bench (some minutes the first time) ..."
	@.venv-bench/bin/python $(INSTALL) --requirement benchmarks/requirements.txt --editable . 2>pip.log || (cat pip.log; exit 1)
	@.venv-bench/bin/python $(INSTALL) --no-deps --requirement benchmarks/requirements-alone.txt 2>pip.log || (cat pip.log; exit 1)
	@rm -f pip.log
	@touch .venv-bench/.installed

bench: .venv-bench/.installed
	@.venv-bench/bin/python -m benchmarks

notebooks: $(STAMP)
	$(BIN)/python -m notebooks.execute

findings: $(STAMP)
	$(BIN)/python -m experiments findings --write

clean:
	rm -rf $(VENV) .venv-bench .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
