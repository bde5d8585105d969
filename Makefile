# `make run` is all it takes. PORT, HOST, DATA_DIR and DEMO=0 come from the environment or the command line.
PORT ?= 8000
HOST ?= 127.0.0.1
DATA_DIR ?= var
DEMO ?= 1
CASE ?=
FIGURE ?=
export PORT HOST DATA_DIR DEMO

BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
PIP := $(BIN)/python -m pip install --disable-pip-version-check

.PHONY: run setup test lint lint-types lint-rest bench head faults demo tools
.DEFAULT_GOAL := run

run: setup
	@exec $(MANAGE) up

setup: .venv/product

# Only a changed requirements.txt installs again; running needs its first half, tests and checks need all of it.
.venv/product: requirements.txt | .venv/bin/pip
	@echo "Installing $$(sed '/^# Tests/,$$d' requirements.txt | grep -c ==) packages; again only when requirements.txt changes."
	@sed '/^# Tests/,$$d' requirements.txt > .venv/product.txt
	@$(PIP) -r .venv/product.txt
	@touch $@

.venv/checks: requirements.txt | .venv/product
	@$(PIP) -r requirements.txt
	@touch $@

.venv/bin/pip:
	@for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then break; fi; python=; done; \
	if [ -z "$$python" ]; then echo "Baton needs Python 3.11 or newer." >&2; exit 1; fi; \
	$$python -m venv .venv || { rm -rf .venv; \
	  echo "Python could not make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }

# As many processes as the machine has processors, up to four, and each file in one of them; ARGS="-n 0" keeps to one,
# ARGS="--cov --cov-report=term:skip-covered" measures coverage, which nearly doubles the time.
test: .venv/checks tools
	@$(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder --create-db $(ARGS)

# Chromium, where this machine lets us; without it the browser's tests are skipped and say so.
tools: .venv/checks
	@$(BIN)/python -m tests.tools

# Types on a processor of their own, beside all the rest.
lint: .venv/checks
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target lint-types lint-rest

lint-types:
	@$(BIN)/mypy

lint-rest:
	@set -e; \
	$(BIN)/ruff check .; \
	$(BIN)/ruff format --check .; \
	$(BIN)/lint-imports --no-cache; \
	find templates -name '*.html' -print0 | xargs -0 -r $(BIN)/djade --check --target-version 5.2; \
	$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run; \
	BATON_ENV=production BASE_URL=https://baton.example DATABASE_URL=postgresql:///lint REDIS_URL=redis:///0 \
	  $(MANAGE) check --deploy --fail-level WARNING

bench: setup
	@$(MANAGE) bench $(CASE)

# The classifier's head from the labelled replies; commit what it writes.
head: setup
	@$(MANAGE) train_classifier

# The figures of reliability in their long form: an hour each, so run it apart; FIGURE="R1 R6" measures those.
faults: .venv/checks tools
	@$(MANAGE) faults $(FIGURE)

demo: setup
	@$(MANAGE) demo
