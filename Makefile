# `make run` is all it takes. PORT, HOST, DATA_DIR and DEMO=0 come from the environment or the command line.
PORT ?= 8000
HOST ?= 127.0.0.1
DATA_DIR ?= var
DEMO ?= 1
CASE ?=
export PORT HOST DATA_DIR DEMO

BIN := .venv/bin
MANAGE := $(BIN)/python manage.py

.PHONY: run setup test lint bench demo tools
.DEFAULT_GOAL := run

run: setup
	@exec $(MANAGE) up

setup: .venv/installed

# Only a changed requirements.txt installs again.
.venv/installed: requirements.txt
	@for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then break; fi; python=; done; \
	if [ -z "$$python" ]; then echo "Baton needs Python 3.11 or newer." >&2; exit 1; fi; \
	test -x $(BIN)/pip || $$python -m venv .venv || { \
	  echo "Python could not make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing what Baton needs (about $$(grep -c == requirements.txt) packages); once, then never again until they change."
	@$(BIN)/pip install --disable-pip-version-check -r requirements.txt
	@touch $@

test: setup tools
	@$(BIN)/python -m pytest --cov --cov-report=term:skip-covered $(ARGS)

# Chromium, Postfix and Dovecot, where this machine lets us; without them their tests are skipped and say so.
tools:
	@$(BIN)/python -m tests.tools

lint: setup
	@set -e; \
	$(BIN)/ruff check .; \
	$(BIN)/ruff format --check .; \
	$(BIN)/lint-imports --no-cache; \
	$(BIN)/mypy; \
	find templates -name '*.html' -print0 | xargs -0 -r $(BIN)/djade --check --target-version 5.2; \
	$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run; \
	BATON_ENV=production BASE_URL=https://baton.example DATABASE_URL=postgresql:///lint REDIS_URL=redis:///0 \
	  $(MANAGE) check --deploy --fail-level WARNING

bench: setup
	@$(MANAGE) bench $(CASE)

demo: setup
	@$(MANAGE) demo
