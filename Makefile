# Every target sets up what it needs in .venv; nothing outside the checkout is touched.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# More than most machines have cores: many tests wait for programs they started.
JOBS   ?= 3

# For every platform and Python the program runs on; no address of a registry.
LOCK   := $(BIN)/uv pip compile --quiet --universal --python-version=3.11 --generate-hashes --custom-compile-command='make lock'

.PHONY: demo test faults fuzz soak lint bench docs lock clean

demo: $(VENV)/.run
	$(BIN)/contactcenter-exporter demo --simulator.listen-address=127.0.0.1:10118

test: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses=$(JOBS) --dist=loadfile $(PYTEST_ARGS)

# Inject every fault into every vendor and update docs/development/faults.md.
faults: $(VENV)/.dev
	$(BIN)/python -m tests.faults

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench $(BENCH_ARGS)

# Run over 100,000 random inputs from vendors, clients and operators; FUZZ_SHARE=0.1 runs a tenth.
fuzz: $(VENV)/.dev
	FUZZ=long $(BIN)/python -m pytest tests/fuzz -p no:cacheprovider $(PYTEST_ARGS)

# Simulate a month; SOAK_ARGS='--days 3 --trace' for a few days with tracemalloc enabled.
soak: $(VENV)/.dev
	MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072 $(BIN)/python -m tests.soak $(SOAK_ARGS)

docs: $(VENV)/.dev
	$(BIN)/contactcenter-exporter catalog > docs/metrics.md
	$(BIN)/python -m docs.generator docs
	$(BIN)/python -m grafana.generator
	$(BIN)/python -m helm.generator
	$(BIN)/python -m tests.bench.report

# LOCK_ARGS=--upgrade takes the newest of everything. The image has the extra, for leaders are elected in clusters.
lock: $(VENV)/.dev
	$(LOCK) $(LOCK_ARGS) --extra=kubernetes --output-file=requirements.lock pyproject.toml
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
	| $(LOCK) $(LOCK_ARGS) --output-file=requirements-build.lock -

clean:
	rm -rf $(VENV) build dist .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

$(VENV)/.run: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.run pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@
