# On a machine with python3 (3.11 or newer, with venv) and make, every target sets up what it
# needs: .venv/ and node_modules/ from the locks, by digest, once (the .stamp files remember).

PYTHON ?= python3
N ?= 100
PYTEST_ARGS ?=
# A file of tests is one process's. Two, since most of them wait for a server or a browser.
TEST_PROCESSES ?= 2

# Where every branch must be taken by a test. Add patterns as state machines are written.
FULL_COVERAGE := crypto/*

PIP := .venv/bin/python -m pip --disable-pip-version-check --quiet
WEB := intake/web

# The machine's Node.js where it is new enough, otherwise the one that PyPI carries.
NODE_IS_NEW := const [a, b] = process.versions.node.split('.').map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)
ifeq ($(shell node -e "$(NODE_IS_NEW)" 2>/dev/null && command -v npm 2>/dev/null),)
NODE_STAMP := .venv-build/.stamp-node
export PATH := $(CURDIR)/.venv-build/bin:$(PATH)
endif
NPM := npm --prefix $(WEB) --loglevel=error

# Folders stand beside their files so that a removed file is noticed too.
WEB_SOURCES := $(WEB)/build.mjs $(WEB)/catalogues.mjs $(WEB)/tsconfig.json \
	$(wildcard $(WEB)/src $(WEB)/pages $(WEB)/locale) \
	$(shell find $(WEB)/src $(WEB)/pages $(WEB)/locale -type f 2>/dev/null)

.PHONY: help
help: ## Say what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: run
run: .venv/.stamp-run $(WEB)/dist/manifest.json ## Serve a throw-away authority: report page and console
	@exec .venv/bin/python -m deploy.demo

.PHONY: seed
seed: .venv/.stamp-run ## File N generated reports with the running demo (N=100)
	@exec .venv/bin/python -m deploy.demo.seed $(N)

.PHONY: test
test: .venv/.stamp-dev $(WEB)/dist/manifest.json test-tools ## Run all tests, with every branch of crypto/ covered
	$(NPM) run --silent test
	.venv/bin/coverage erase
	.venv/bin/pytest --cov --cov-report= -n $(TEST_PROCESSES) --dist loadfile $(PYTEST_ARGS)
	.venv/bin/coverage report --include='$(FULL_COVERAGE)' --fail-under=100

.PHONY: test-tools
test-tools:
	@deploy/build/test_tools.sh

.PHONY: check
check: .venv/.stamp-dev $(WEB)/node_modules/.stamp ## Lint, formatting, types, import rules, catalogues, bundle digest
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo
	$(NPM) run --silent check

.PHONY: format
format: .venv/.stamp-dev ## Format the Python code and apply the lint rules' safe fixes
	.venv/bin/ruff check --fix-only .
	.venv/bin/ruff format .

.PHONY: bench
bench: .venv/.stamp-dev $(WEB)/dist/manifest.json ## Run the benchmarks; results in var/bench.json
	@exec .venv/bin/python -m deploy.bench

.PHONY: screenshots
screenshots: .venv/.stamp-dev $(WEB)/dist/manifest.json test-tools ## Take pictures of the pages
	@exec .venv/bin/python -m deploy.demo.screenshots

.PHONY: web
web: $(WEB)/node_modules/.stamp ## Build the pages and record their digest
	cd $(WEB) && node build.mjs --update

.PHONY: server-wheel
server-wheel: .venv/.stamp-dev $(WEB)/dist/manifest.json ## Build the wheel for servers, which holds no opening code
	.venv/bin/python -m deploy.build.server_wheel

.PHONY: lock
lock: .venv-build/.stamp-uv ## Resolve all dependencies anew, newest first
	.venv-build/bin/python deploy/build/lock.py
	$(NPM) install --package-lock-only

.PHONY: clean
clean: ## Remove everything that the other targets made, but for var/
	rm -rf .venv .venv-build $(WEB)/node_modules $(WEB)/dist dist build *.egg-info
	rm -rf .coverage .coverage.* htmlcov .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "sealed-intake needs Python 3.11 or newer; say PYTHON=...")'
	$(PYTHON) -m venv .venv

.venv/.stamp-run: requirements.lock requirements-build.lock pyproject.toml | .venv/bin/python
	$(PIP) install --require-hashes -r requirements-build.lock
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/.stamp-dev: requirements-dev.lock .venv/.stamp-run
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

.venv-build/bin/python:
	$(PYTHON) -m venv .venv-build

.venv-build/.stamp-node: requirements-node.lock | .venv-build/bin/python
	.venv-build/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements-node.lock
	@touch $@

.venv-build/.stamp-uv: | .venv-build/bin/python
	.venv-build/bin/python -m pip --disable-pip-version-check --quiet install uv
	@touch $@

$(WEB)/node_modules/.stamp: $(WEB)/package.json $(WEB)/package-lock.json $(NODE_STAMP)
	$(NPM) ci
	@touch $@

$(WEB)/dist/manifest.json: $(WEB_SOURCES) $(WEB)/node_modules/.stamp
	cd $(WEB) && node build.mjs
