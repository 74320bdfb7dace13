# Every target installs what it needs into .venv; nothing outside the checkout changes.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/pip --quiet --disable-pip-version-check
# More jobs than most machines have cores: many tests wait for programs they start.
JOBS   ?= 3

# Coverage is measured by the tests that mirror exporter/, without the simulator. The other tests simulate days, which
# takes three times as long while coverage is measured, or check the repository, or run whole programs.
UNIT   := $(wildcard $(addprefix tests/,cli cluster metrics polling recording runtime service settings vendors web \
          test_*.py))
# Only files with slow tests, because collecting all tests takes a while; in the reverse order, the longest are first.
SLOW    = $(shell grep --recursive --files-with-matches --include='test_*.py' 'mark\.slow' $(UNIT) | sort --reverse)

# Universal: one lock for every platform and Python version. The custom command keeps index URLs out of the header.
LOCK   := $(BIN)/uv pip compile --quiet --universal --python-version=3.11 --generate-hashes --custom-compile-command='make lock'

.PHONY: demo help test test-fast coverage test-others faults fuzz soak lint bench docs dashboards-import lock clean

demo: $(VENV)/.run ## Run the exporter against a simulated contact centre (the default target).
	$(BIN)/contactcenter-exporter demo --simulator.listen-address=127.0.0.1:10118

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: $(VENV)/.dev ## Run all tests; PYTEST_ARGS are passed to pytest.
	$(BIN)/python -m pytest --numprocesses=$(JOBS) --dist=loadfile $(PYTEST_ARGS)

test-fast: $(VENV)/.dev ## Run all tests but those marked slow.
	$(BIN)/python -m pytest --numprocesses=$(JOBS) --dist=loadfile -m 'not slow' $(PYTEST_ARGS)

coverage: $(VENV)/.dev ## Run the unit tests but the slow ones; fail below the coverage floor of pyproject.toml.
	$(BIN)/python -m pytest --numprocesses=$(JOBS) --dist=loadfile --cov --cov-report=term:skip-covered \
		-m 'not slow' $(UNIT) $(PYTEST_ARGS)

# Without the reordering, which begins with the files of the most tests, those of few and slow ones are not left for the
# end.
test-others: $(VENV)/.dev ## Run the tests that `make coverage` leaves out: with it, every test once.
	$(BIN)/python -m pytest --numprocesses=$(JOBS) --dist=loadfile --no-loadscope-reorder -m slow $(SLOW) $(PYTEST_ARGS)
	$(BIN)/python -m pytest --numprocesses=$(JOBS) --dist=loadfile --no-loadscope-reorder \
		$(addprefix --ignore=,$(UNIT)) $(PYTEST_ARGS)

lint: $(VENV)/.dev ## Run every static check: format, types, layers, spelling, language.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
	$(BIN)/python -m tests.repository.language

docs: $(VENV)/.dev ## Write the generated files: references, schemas, dashboards, rules, the chart's README.
	$(BIN)/contactcenter-exporter catalog > docs/metrics.md
	$(BIN)/python -m docs.generator docs
	$(BIN)/python -m grafana.generator
	$(BIN)/python -m helm.generator
	$(BIN)/python -m tests.bench.report

dashboards-import: $(VENV)/.dev ## Write the dashboards for Grafana's import page to dist/dashboards-import.
	$(BIN)/python -m grafana.generator --import dist/dashboards-import

bench: $(VENV)/.dev ## Measure performance; BENCH_ARGS are passed to the benchmark.
	$(BIN)/python -m tests.bench $(BENCH_ARGS)

faults: $(VENV)/.dev ## Inject every fault into every vendor and update docs/development/faults.md.
	$(BIN)/python -m tests.faults

fuzz: $(VENV)/.dev ## Run more than 100,000 generated cases; FUZZ_SHARE=0.1 runs a tenth of them.
	FUZZ=long $(BIN)/python -m pytest tests/fuzz -p no:cacheprovider $(PYTEST_ARGS)

# SOAK_ARGS='--days 3 --trace' runs three days with tracemalloc enabled.
soak: $(VENV)/.dev ## Run a simulated month; SOAK_ARGS are passed to the soak test.
	MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072 $(BIN)/python -m tests.soak $(SOAK_ARGS)

# The image includes the extra: leader election runs in clusters.
lock: $(VENV)/.dev ## Update the requirements of the image; LOCK_ARGS=--upgrade takes the newest versions.
	$(LOCK) $(LOCK_ARGS) --extra=kubernetes --output-file=requirements.lock pyproject.toml
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
	| $(LOCK) $(LOCK_ARGS) --output-file=requirements-build.lock -

clean: ## Remove the virtual environment, caches and build output.
	rm -rf $(VENV) build dist .coverage .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

$(VENV)/.run: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --editable .
	touch $@

# Dependency groups need pip 25.1; the pip bundled with Python 3.11 is older.
$(VENV)/.dev: $(VENV)/.run pyproject.toml
	$(PIP) install 'pip>=25.1'
	$(PIP) install --group dev --editable '.[kubernetes]'
	touch $@
