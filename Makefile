# What each target does: make help. The README gives the plain commands behind them.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
SITE := _build/html
STAMP := .venv/installed
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help venv book test serve labs lab bench lock clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

venv: $(STAMP)  ## make the virtual environment; every other target does it first

book: $(STAMP)  ## build the site; a failing cell or a warning fails the build
	$(BIN)/jupyter-book build . --all -W -n --keep-going
	@echo "The site is in $(SITE). Open $(SITE)/index.html, or run: make serve"

test: $(STAMP)  ## prove the project: lint, types, tests
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist loadgroup

serve: $(STAMP)  ## show the built site on this machine; another port: make serve PORT=8001
	@test -e $(SITE)/index.html || $(MAKE) book
	@echo "The site is at http://127.0.0.1:$(PORT)/ until you press Ctrl-C"
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory $(SITE)

labs: $(STAMP)  ## regenerate the student notebooks in labs/ from solutions/
	$(BIN)/python -m solutions.build

lab: $(STAMP)  ## open JupyterLab in labs/
	$(BIN)/jupyter lab labs

bench: $(STAMP)  ## measure the loader beside its peers; some of it: make bench ARGS="W1 --quick"
	-$(BIN)/pip install --quiet --only-binary :all: "torch==2.13.0; python_version == '3.11'"
	-$(BIN)/pip install --quiet --only-binary :all: grain
	-$(BIN)/pip install --quiet --only-binary :all: webdataset
	$(strip $(BIN)/python -m benchmarks $(ARGS))

lock:  ## resolve requirements.in into requirements.lock again
	$(PYTHON) -m venv _build/uv
	_build/uv/bin/pip install --quiet uv
	_build/uv/bin/uv pip compile --quiet requirements.in --universal --fork-strategy fewest \
		--python-version 3.11 --generate-hashes --no-header --no-annotate \
		--output-file requirements.lock

clean:  ## remove what the other targets made, the virtual environment too
	rm -rf _build .venv

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2> /dev/null || \
		{ echo "Python 3.11 to 3.13 is wanted, $(PYTHON) is" \
		"$$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@
