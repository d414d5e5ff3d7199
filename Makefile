# Everything that a stranger runs; each target sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# A process per core, four at most, each with whole files, so that what a file shares is made once.
# In the order of the files test_cli.py, the slowest, begins early.
PARALLEL := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: replicate test check browser format bench tigramite wheel lowest clean

# The main job. ARGS are passed on: make replicate ARGS="--seed 1 --out runs/seed-1"
replicate: $(READY)
	$(BIN)/infoscope replicate $(ARGS)

test: $(READY)
	$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(MAKE) test

# Chromium, in which tests open the report. Without it they are skipped; with CI set they fail.
browser:
	@command -v chromium > /dev/null || { test "$$(id -u)" = 0 && command -v apt-get > /dev/null && \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	  apt-get install -qq --no-install-recommends chromium > /dev/null; } || \
	  { echo "install Chromium, or set CHROMIUM to its path"; exit 2; }

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)
	$(BIN)/pip install --quiet -c constraints.txt -e '.[torch,bench]'
	$(BIN)/python benchmarks/run.py $(ARGS)

# PCMCI for the benchmark of public graphs. tigramite is GPL: it has its own environment, in which
# the benchmark calls it in a process of its own; without it PCMCI is marked absent.
tigramite:
	$(PYTHON) -m venv build/tigramite
	build/tigramite/bin/pip install --quiet joblib tigramite

# What a user installs: the wheel without extras, in an empty environment. It runs the README's example.
wheel:
	rm -rf build/wheel dist
	$(PYTHON) -m venv build/wheel
	build/wheel/bin/pip wheel --quiet --no-deps --wheel-dir dist .
	build/wheel/bin/pip install --quiet --no-compile -c constraints.txt dist/*.whl
	build/wheel/bin/infoscope --help > build/help.txt
	awk '/^```python/ {on = 1; next} /^```/ {on = 0} on' README.md > build/example.py
	build/wheel/bin/python -I -W error build/example.py

# The lowest versions that pyproject.toml allows. Old packages warn of new ones: warnings are no errors.
LOWEST := tests/graphs/test_graph.py tests/networks/test_fully_recurrent.py \
  tests/recordings/test_pickling.py tests/figures/test_figure_layout.py tests/test_system.py
lowest:
	rm -rf build/lowest
	$(PYTHON) -m venv build/lowest
	build/lowest/bin/pip install --quiet -c constraints-lowest.txt -e '.[torch]' pytest
	build/lowest/bin/python -m pytest -q -o filterwarnings=default $(LOWEST) $(ARGS)

clean:
	rm -rf $(VENV) .ruff_cache .hypothesis build dist

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "infoscope needs Python 3.11 or newer; name one: make PYTHON=python3.12 ..."; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet -c constraints.txt -e '.[torch,dev]'
	@touch $(READY)
