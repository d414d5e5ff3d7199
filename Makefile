# Everything that a stranger runs; each target sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# A process per core, four at most, each with whole files, so that what a file shares is made once.
# In the order of the files test_cli.py, the slowest, begins early.
PARALLEL := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: replicate test check format bench clean

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

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)
	$(BIN)/pip install --quiet -c constraints.txt -e '.[torch,bench]'
	$(BIN)/python benchmarks/run.py $(ARGS)

clean:
	rm -rf $(VENV) .ruff_cache .hypothesis build dist

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "infoscope needs Python 3.11 or newer; name one: make PYTHON=python3.12 ..."; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet -c constraints.txt -e '.[torch,dev]'
	@touch $(READY)
