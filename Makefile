# Each target builds the environment it needs by itself: .venv/NAME holds the extra NAME of pyproject.toml, at the
# versions in constraints.txt, with the checkout installed in place. Its stamp is written last, so an interrupted
# installation is taken up again by the next call.

PYTHON ?= python3
JOBS ?= 2
SECONDS ?= 120
SEED ?= 1 2 3

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test slow fuzz fuzz-compile fuzz-machine mutants conformance vocabulary soak release-check lint results bench versions clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile
	@echo "PYTHON=python3.12 chooses the Python of a new environment, JOBS=4 the processes of the tests, SECONDS=600 a longer fuzz."

demo: .venv/demos/installed ## draw, verify and train on real data, in a minute
	@.venv/demos/bin/python -m demos demo

test: .venv/test/installed ## run the tests, PyTorch as the judge
	@# One thread per process: the processes already fill the cores, and thread pools on top of them wait for each other.
	OMP_NUM_THREADS=1 .venv/test/bin/python -m pytest -n $(JOBS) --dist worksteal --durations 5 -m "not slow"

slow: .venv/test/installed ## run the tests that take long: browsers, trainings, real MNIST, threads
	OMP_NUM_THREADS=1 .venv/test/bin/python -m pytest -n $(JOBS) --dist worksteal -m slow

fuzz: .venv/test/installed ## compare random graphs on both engines, and functions, with PyTorch and NumPy for two minutes
	OMP_NUM_THREADS=1 .venv/test/bin/python -m tests.fuzz $(SECONDS)

fuzz-compile: .venv/test/installed ## compare random compiled steps with the steps themselves for two minutes
	OMP_NUM_THREADS=1 .venv/test/bin/python -m tests.fuzz_compile $(SECONDS)

fuzz-machine: .venv/test/installed ## compare commands on tensors in random order with PyTorch and an oracle for two minutes
	OMP_NUM_THREADS=1 .venv/test/bin/python -m tests.fuzz_machine $(SECONDS)

mutants: .venv/test/installed ## change the engines in 400 ways for each of 3 seeds: do the tests notice? docs/mutants.md (an hour)
	OMP_NUM_THREADS=1 .venv/test/bin/python -m tests.mutants --seeds $(SEED) --jobs $(JOBS) $(if $(word 3,$(SEED)),--page)

conformance: .venv/test/installed ## call NumPy's functions with every argument that they name, and write docs/conformance.md
	OMP_NUM_THREADS=1 .venv/test/bin/python -m tests.conformance

vocabulary: .venv/test/installed ## look up every name and parameter of PyTorch's, and write docs/vocabulary.md
	OMP_NUM_THREADS=1 .venv/test/bin/python -m tests.vocabulary

soak: .venv/test/installed ## stop trainings 200 times in each of four ways, and resume them: nothing may be lost (40 minutes)
	OMP_NUM_THREADS=1 .venv/test/bin/python -m tests.vector.training.soak

release-check: .venv/test/installed ## build the wheel, install it with each extra in clean environments, run every command
	.venv/test/bin/python -m tests.release

versions: ## run the tests with the oldest dependencies, and on Python 3.11, 3.12 and 3.13 with the newest
	$(PYTHON) -m tests.versions --jobs $(JOBS) $(if $(PART),--part)

lint: .venv/lint/installed ## check style (ruff) and types (mypy)
	.venv/lint/bin/ruff check .
	.venv/lint/bin/ruff format --check .
	.venv/lint/bin/mypy

results: .venv/test/installed ## train the MNIST recipes, three seeds each, and write docs/mnist.md (40 minutes)
	.venv/test/bin/python -m demos results

bench: .venv/bench/installed ## time the engines beside their peers, into docs/benchmarks (half an hour)
	.venv/bench/bin/python -m benchmarks

clean: ## remove the environments, the caches and the demo's output
	rm -rf .venv .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist out runs *.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +

python-check = import sys; print("fine" if sys.version_info >= (3, 11) else "Python " + sys.version.split()[0])
python-found = $(shell $(PYTHON) -c '$(python-check)' 2>/dev/null)
python-error = twingrad needs Python 3.11 or later, but $(PYTHON) is $(or $(1),not there). Name another: PYTHON=python3.11

.venv/%/installed: pyproject.toml constraints.txt
	$(if $(filter fine,$(python-found)),,$(error $(call python-error,$(python-found))))
	@echo "Preparing .venv/$* (the first time takes a few minutes)"
	@$(PYTHON) -m venv .venv/$*
	@PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt \
		.venv/$*/bin/python -m pip install -qq --disable-pip-version-check --editable '.[$*]'
	@touch $@
