# Everything a person does with this tree. `make` alone lists it. The environment is .venv; nothing outside it changes.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
WORKERS ?= 2
RUN := .venv/bin/python

# T=, ONCE= and the rest stand after the target: `make test T=tests/flows`, `make bench DURATION=30`.
OPTIONS = $(if $(ONCE),--once) $(if $(DURATION),--duration $(DURATION)) $(if $(RATE),--rate $(RATE)) \
          $(if $(SEED),--seed $(SEED)) $(if $(SHORT),--short)

.PHONY: help
help: ## Show this list
	@printf 'make <target>, one of:\n\n'
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | awk -F '\t' '{ printf "  %-10s %s\n", $$1, $$2 }'
	@printf '\nOptions: T=path::test (test, coverage); ONCE=1 (demo); DURATION=seconds (demo, bench) RATE=per-second SEED=n SHORT=1 (bench, faults)\n'

# ---- what people run ----

.PHONY: demo
demo: .venv/.run ## Three regions on this machine with sample cases; ONCE=1 ends when every story has ended
	@$(RUN) -m gateway demo $(if $(ONCE),--once) $(if $(DURATION),--duration $(DURATION))

.PHONY: test
test: .venv/.run-test .venv/.node ## The tests, some 5 minutes; T=path::test for one of them
	@$(if $(T),$(RUN) -m pytest $(T),$(RUN) -m pytest -n $(WORKERS) --dist loadfile -m 'not slow')

.PHONY: test-all
test-all: .venv/.check .venv/.node ## The tests with the slow ones
	@$(RUN) -m pytest -n $(WORKERS) --dist loadfile

.PHONY: hunt
hunt: .venv/.run-test .venv/.node ## New examples for every property, many more of them than in `make test`; T=path for a part
	@TONGBAN_EXAMPLES=hunt $(RUN) -m pytest -n $(WORKERS) --dist loadfile -m 'not slow' $(T)

.PHONY: coverage
coverage: .venv/.check ## Which lines and branches the tests never reach; T=path for a part of them
	@$(RUN) -m coverage run -m pytest $(T)
	@$(RUN) -m coverage report

.PHONY: check
check: .venv/.check ## Format, lint, types, imports, protos, generated files; reports all before it fails
	@$(MAKE) --keep-going check-format check-lint check-types check-imports check-protos verify

.PHONY: verify
verify: .venv/.check ## Fail if generated code differs from protos/, or the format breaks what is out there
	@echo '· generated code says what protos/ says'
	@$(RUN) protos/generate.py --check
	@echo '· the format still reads what the released one wrote'
	@cd protos && ../.venv/bin/buf breaking --against baseline.binpb

.PHONY: bench
bench: .venv/.run ## What the gateway costs and bears, measured on this machine; T=path or another program alone
	@$(RUN) -m bench $(T) $(OPTIONS)

.PHONY: simulate
simulate: .venv/.run-test ## Whole gateways in simulated time under every fault; SEEDS=2000 runs, SEED=n one again
	@$(RUN) -m tests.simulation $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),2000))

.PHONY: faults
faults: .venv/.run ## Gateways under load, killed, cut off and hurt in every way, then compared; SHORT=1, SEED=n, T=names
	@$(RUN) -m tests.faults $(if $(SHORT),--short) $(if $(SEED),--seed $(SEED)) $(if $(T),--only $(T))

CHROMIUM = apt-get install --no-install-recommends chromium fonts-noto-cjk

.PHONY: browser
browser: .venv/.browser ## The console in a real browser, every page of every role; needs Debian's chromium, T=path for one
	@command -v chromium >/dev/null || echo '· no chromium, so these tests are skipped; to have it: $(CHROMIUM)'
	@$(RUN) -m pytest $(or $(T),tests/browser)

.PHONY: screenshots
screenshots: .venv/.browser ## A picture of every page of every role in both languages; FOLDER=where (var/screenshots)
	@command -v chromium >/dev/null || { echo 'chromium is missing. fix: $(CHROMIUM)' >&2; exit 1; }
	@$(RUN) -m tests.browser.screenshots $(or $(FOLDER),var/screenshots)

.PHONY: node
node: ## Install what the JavaScript example partner needs (Node 20); its tests are skipped without it
	@cd docs/examples/node && npm install --no-package-lock --ignore-scripts --no-audit --no-fund

.PHONY: partners
partners: .venv/.run ## Check every file in partners/ and print what is wrong and how to mend it
	@$(RUN) -m gateway partners check

# ---- what people run after a change ----

.PHONY: format
format: .venv/.check ## Format the code and mend what can be mended by a machine
	@$(RUN) -m ruff format
	@$(RUN) -m ruff check --fix
	@cd protos && ../.venv/bin/buf format --write

.PHONY: protos
protos: .venv/.check ## Generate gateway/wire/gen from protos/
	@$(RUN) protos/generate.py

.PHONY: docs
docs: .venv/.run-test ## Write the parts of docs/ that are made from the code
	@$(RUN) -m tests.docs.write_docs

.PHONY: baseline
baseline: .venv/.check ## At a release: later formats are compared with protos/ as it stands now
	@cd protos && ../.venv/bin/buf build --exclude-source-info -o baseline.binpb

LOCK = uv pip compile --quiet --generate-hashes --no-header --python-version 3.11 $(UV_OPTIONS)

.PHONY: lock
lock: ## Write requirements/*.txt anew from pyproject.toml; needs uv (UV_OPTIONS=--upgrade for newer versions)
	@command -v uv >/dev/null || { echo 'make lock needs the program uv; nothing else does' >&2; exit 1; }
	@cd requirements && $(LOCK) ../pyproject.toml -o run.txt >/dev/null
	@cd requirements && $(LOCK) --extra traces ../pyproject.toml -c run.txt -o traces.txt >/dev/null
	@cd requirements && $(LOCK) --extra pdf ../pyproject.toml -c run.txt -o pdf.txt >/dev/null
	@cd requirements && $(LOCK) --group ../pyproject.toml:test -c run.txt -o test.txt >/dev/null
	@cd requirements && $(LOCK) --group ../pyproject.toml:check -c run.txt -c test.txt -o check.txt >/dev/null
	@cd requirements && $(LOCK) --group ../pyproject.toml:browser -c run.txt -c test.txt -o browser.txt >/dev/null

.PHONY: clean
clean: ## Remove .venv, caches and what the demo left behind
	@rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage demo-data
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- the parts of `check` ----

.PHONY: check-format check-lint check-types check-imports check-protos
check-format:
	@echo '· format'
	@$(RUN) -m ruff format --check

check-lint:
	@echo '· lint'
	@$(RUN) -m ruff check

check-types:
	@echo '· types'
	@$(RUN) -m mypy

check-imports:
	@echo '· imports between rooms'
	@PYTHONPATH=. $(RUN) .venv/bin/lint-imports --no-logo

check-protos:
	@echo '· protos'
	@cd protos && ../.venv/bin/buf lint
	@cd protos && ../.venv/bin/buf format --diff --exit-code

# ---- the environment: a stamp per group, made again when its lock changes ----

# pip of the environment, or, where Python comes without ensurepip (Debian without python3-venv), the machine's own.
PIP = $$($(RUN) -m pip --version >/dev/null 2>&1 && echo $(RUN) -m pip || echo $(PYTHON) -m pip --python $(RUN))
INSTALL = $(PIP) install --quiet --disable-pip-version-check --no-input --require-hashes

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer is needed; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true)." >&2; \
		echo 'fix: install it, or name another one: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11' >&2; exit 1; }
	@echo '· making .venv with '"$$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv >/dev/null 2>&1 || $(PYTHON) -m venv --without-pip .venv
	@$(PIP) --version >/dev/null 2>&1 || { rm -rf .venv; \
		echo "pip is missing for '$(PYTHON)'. fix: install it (Debian: apt install python3-pip)" >&2; exit 1; }
	@touch $@

.venv/.run: requirements/run.txt | .venv/.made
	@echo '· installing what the gateway needs (up to two minutes the first time)'
	@$(INSTALL) -r requirements/run.txt
	@printf '#!/bin/sh\nPYTHONPATH="%s" exec "%s/.venv/bin/python" -m gateway "$$@"\n' '$(CURDIR)' '$(CURDIR)' >.venv/bin/tongban
	@chmod +x .venv/bin/tongban
	@touch $@

.venv/.run-test: requirements/test.txt .venv/.run
	@echo '· installing what the tests need (under a minute)'
	@$(INSTALL) -r requirements/test.txt
	@touch $@

.venv/.check: requirements/check.txt .venv/.run-test
	@echo '· installing what the checks need (a minute)'
	@$(INSTALL) -r requirements/check.txt
	@touch $@

# The partner in JavaScript is tested where Node is; without it, or without its packages, those tests are skipped and counted.
.venv/.node: docs/examples/node/package.json | .venv/.made
	@if ! command -v npm >/dev/null; then echo '· no npm: the tests of the JavaScript partner will be skipped'; \
	else echo '· installing what the JavaScript partner needs'; $(MAKE) node >/dev/null 2>&1 || \
		echo '· npm could not install it: the tests of the JavaScript partner will be skipped'; fi
	@touch $@

.venv/.browser: requirements/browser.txt .venv/.run-test
	@echo '· installing what drives a browser (a minute)'
	@$(INSTALL) -r requirements/browser.txt
	@touch $@
