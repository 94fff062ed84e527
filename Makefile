# Two commands do everything: `make serve` and `make test`. Each sets itself up first.
PYTHON ?= python3
BIN := .venv/bin
export NO_MKDOCS_2_WARNING := 1

.PHONY: serve build test recipes lint look lock clean

serve: .venv/ready ## the site at http://127.0.0.1:8000, rebuilt on every edit
	$(BIN)/mkdocs serve

build: .venv/ready ## the site in site/
	$(BIN)/mkdocs build

test: .venv/ready ## everything the site promises
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

recipes: .venv-recipes/ready ## the monitor for PyTorch, JAX and Keras, against NumPy's
	.venv-recipes/bin/python -m pytest tests/practice/recipes

lint: .venv/ready ## style of all Python
	$(BIN)/ruff format --check . && $(BIN)/ruff check .

look: build ## screenshots of every page in .cache/screenshots
	$(BIN)/python scripts/look.py

lock: .venv/ready ## the newest allowed dependencies into requirements.txt
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --group snippets --group site --group test \
	  --upgrade --universal --generate-hashes --no-emit-index-url --no-annotate \
	  --no-header --quiet --output-file requirements.txt

clean: ## all that is made, except .venv and .venv-recipes
	rm -rf site .site-* .cache .pytest_cache .ruff_cache .hypothesis

.venv/ready: requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes --requirement requirements.txt
	touch $@

# The lock first, with its hashes; then the frameworks, which must not move what it pins.
.venv-recipes/ready: requirements.txt snippets/practice/recipes/requirements.txt
	$(PYTHON) -m venv .venv-recipes
	.venv-recipes/bin/pip install --quiet --require-hashes --requirement requirements.txt
	.venv-recipes/bin/pip install --quiet --requirement snippets/practice/recipes/requirements.txt
	touch $@
