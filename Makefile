# make run: start the app.  make test: everything that must be green.  make help: the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Processes that run tests; each takes whole files. One with a model needs 2 GB, at most 6. 0: pytest runs them itself.
WORKERS ?= 2
PARALLEL := -n $(WORKERS) --dist loadfile --no-loadscope-reorder
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

.PHONY: help run test test-fast coverage audit bench lint format chromium nginx screenshots clean

help:  ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: $(BIN)/.run  ## Install what is needed, fetch the model, serve http://127.0.0.1:7860
	$(BIN)/python app.py

# Threads of a model must sleep, not spin, while they wait for each other: the other workers need the cores.
test: lint chromium nginx  ## Run the linters and all tests: unit, real model, real browser
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m pytest $(PARALLEL)

test-fast: $(BIN)/.dev  ## Run the unit tests alone
	$(BIN)/python -m pytest $(PARALLEL) -m "not model and not browser"

coverage: $(BIN)/.dev  ## Run the unit tests, and show which share of the code they run
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -m "not model and not browser"
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

lint: $(BIN)/.dev  ## Check format, style, types and spelling
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/oxfmt --check 'ui/**/*.js' 'tests/**/*.js'
	$(BIN)/oxlint --deny-warnings ui tests
	$(BIN)/hadolint deploy/Dockerfile
	$(BIN)/typos

format: $(BIN)/.dev  ## Format the sources
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/oxfmt 'ui/**/*.js' 'tests/**/*.js'

audit: $(BIN)/.dev  ## Ask whether a dependency has a known vulnerability; it says so where nobody answers
	$(BIN)/python -m pytest tests/test_dependencies.py

bench: $(BIN)/.dev  ## Measure log, dashboard, alerts and engine, beside their peers
	@failed=; for name in logging reading dashboard alerts inference conversation decisions; do \
		$(BIN)/python -m benchmarks.$${name}_bench || failed="$$failed $${name}_bench"; \
	done; if [ -n "$$failed" ]; then echo "These benchmarks failed:$$failed" >&2; exit 1; fi

screenshots: $(BIN)/.dev chromium  ## Take the README's screenshots from the running app
	$(BIN)/python docs/screenshots.py

chromium:  ## Make sure that a Chromium is there for the browser tests
	@if [ -n "$(CHROMIUM)" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk; \
	else \
		echo "The browser tests need Chromium: sudo apt-get install chromium fonts-noto-cjk" >&2; exit 1; \
	fi

nginx:  ## Make sure that an nginx is there for the tests of the deployment
	@if PATH="$$PATH:/usr/sbin" command -v nginx >/dev/null && command -v openssl >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends nginx openssl; \
	else \
		echo "The tests of the deployment need nginx: sudo apt-get install nginx openssl" >&2; exit 1; \
	fi

clean:  ## Remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage .coverage.*

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "No venv module: sudo apt-get install python3-venv" >&2; exit 1; }

# The package index's torch for Linux brings several GB of GPU libraries; torch's own index has a build without.
$(BIN)/.torch: requirements.txt | $(BIN)/python
	@if [ "$$(uname -s)" != Linux ] || $(BIN)/python -m pip install --disable-pip-version-check -q --no-deps \
		--retries 0 --timeout 5 --index-url https://download.pytorch.org/whl/cpu \
		"$$(grep '^torch==' requirements.txt)"; then touch $@; \
	else echo "torch's CPU build could not be had (see above): the package index's build is installed."; fi

$(BIN)/.run: requirements.txt | $(BIN)/python $(BIN)/.torch
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
	@touch $@ $(BIN)/.torch

$(BIN)/.dev: requirements-dev.txt requirements.txt benchmarks/requirements.txt | $(BIN)/python $(BIN)/.torch
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements-dev.txt
	@touch $@ $(BIN)/.run $(BIN)/.torch
