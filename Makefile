# The book's commands; `make help` lists them.  A fresh machine needs Python
# 3.11 or newer and make, nothing else.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8000
TERM   := $(if $(filter command line,$(origin TERM)),$(TERM),book)
STAMP  := $(VENV)/.installed
SITE   := _build/html
PYTEST := $(BIN)/python -m pytest -q -n 2 --dist loadfile
# Two workers with two BLAS threads each would wait for one another.
ALONE  := OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1

# Kernels work in notebooks/, so a relative folder would be another one there.
ifdef INTERPOLAB_DATA
export INTERPOLAB_DATA := $(abspath $(INTERPOLAB_DATA))
endif

.DEFAULT_GOAL := help
.PHONY: help install assets book serve notebooks course grade test lint bench lock clean

help: ## list the commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; say which one: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Installing into $(VENV) (a minute or two) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

install: $(STAMP) ## create .venv and install what is pinned

assets: $(STAMP) ## install the site's scripts and fonts (pinned, checksummed)
	@$(BIN)/python book/_tools/fetch_assets.py

book: $(STAMP) assets ## build the website from the stored outputs
	@$(BIN)/jupyter-book build . -W -n --keep-going
	@echo "The book is at $(SITE)/index.html; 'make serve' opens it."

serve: ## show the built website on http://127.0.0.1:$(PORT)
	@test -f $(SITE)/index.html || $(MAKE) book
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory $(SITE) $(PORT)

notebooks: $(STAMP) ## execute all notebooks from cold kernels, store outputs
	@$(BIN)/python book/_tools/run_notebooks.py $(NOTEBOOKS)

course: $(STAMP) ## write the problem sets' student versions (TERM=2027-spring for a variant)
	@PYTHONPATH=course $(BIN)/python -m interpolab_course release --term $(TERM) $(if $(TO),--to $(TO)) $(SETS)

grade: $(STAMP) ## grade SET=ps1 IN=folder, see the instructor's guide
	@PYTHONPATH=course $(BIN)/python -m interpolab_course grade $(SET) $(IN) --term $(TERM) $(ARGS)

test: $(STAMP) assets lint ## everything that continuous integration runs
	@echo "The package:"
	@$(ALONE) $(PYTEST) tests/package utils
	@echo "The course, graded in its sandbox:"
	@$(ALONE) $(PYTEST) tests/course
	@echo "The notebooks, executed again and compared with what is published:"
	@$(ALONE) $(PYTEST) -o addopts="" -o filterwarnings=default --nbval --nbval-current-env \
	  --nbval-sanitize-with tests/notebooks/sanitize.cfg notebooks
	@$(PYTEST) tests/notebooks
	@rm -rf _build/html _build/.doctrees && $(MAKE) --no-print-directory book
	@echo "The site, in a browser:"
	@$(PYTEST) tests/site

lint: $(STAMP) ## ruff (notebooks too) and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(STAMP) ## time what the book promises to be fast, side by side
	@for each in benchmarks/*.py; do echo "$$each"; $(BIN)/python $$each || exit 1; done

lock: $(STAMP) ## resolve requirements.txt anew into requirements.lock (needs uv)
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet uv
	@$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 \
	  --generate-hashes --no-header requirements.txt -o requirements.lock

clean: ## remove what was built, keep the environment
	@rm -rf _build book/api/generated
