# Each target sets up what it needs in .venv, once; a second call starts at once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test test-compiled lint types parity compile wheel bench bench-quick bench-compare memory ops-page stubs clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.demo ## train a network on handwritten digits; draw its loss and its graph
	$(BIN)/python examples/digits.py

test: $(VENV)/.test ## all tests that need no PyTorch: src's examples, the documents' code, tests/
	CHAINRULE_ENGINE=python $(BIN)/python -m pytest --numprocesses auto --ignore tests/parity

test-compiled: compile $(VENV)/.test ## the same tests with the engine compiled
	CHAINRULE_ENGINE=compiled $(BIN)/python -m pytest --numprocesses auto --ignore tests/parity

lint: $(VENV)/.dev ## ruff: all rules but the few that pyproject.toml names, and the formatter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## mypy, strict; and what mypy and pyright say of programs as users write them
	$(BIN)/mypy
	$(BIN)/python tests/typing/check.py

parity: $(VENV)/.parity ## the same programs on PyTorch and on chainrule
	$(BIN)/python -m pytest --numprocesses auto tests/parity

compile: $(VENV)/.build ## the engine of this checkout compiled by mypyc, in place (a minute; needs a C compiler)
	$(BIN)/python setup.py --quiet build_ext --inplace

wheel: $(VENV)/.build ## dist/*.whl, compiled where there is a C compiler; CHAINRULE_PURE=1 make wheel: plain Python
	rm -rf dist build/wheel
	$(BIN)/python -m build --wheel
	$(INSTALL) --no-deps --target build/wheel dist/*.whl
	PYTHONPATH=build/wheel $(BIN)/python -c "import chainrule; chainrule.show_config()"

stubs: $(VENV)/.test ## the stubs: what type checkers and editors see of the table
	CHAINRULE_ENGINE=python $(BIN)/python tests/make_stubs.py

ops-page: $(VENV)/.test ## docs/ops.md: every operation, and what the tests hold of it
	CHAINRULE_ENGINE=python $(BIN)/python tests/ops_page.py

bench: compile $(VENV)/.bench ## how long it takes, beside PyTorch and others: a table and a chart in benchmarks/results (10 minutes)
	$(BIN)/python benchmarks/side_by_side.py

bench-quick: compile $(VENV)/.bench ## the same in two or three minutes, with fewer sizes and rounds; writes nothing
	$(BIN)/python benchmarks/side_by_side.py --quick

bench-compare: $(VENV)/.bench ## this tree beside another commit: make bench-compare REF=HEAD~1
	$(BIN)/python benchmarks/compare.py $(or $(REF),HEAD)

memory: $(VENV)/.bench ## a million steps of training with hooks, checkpoints and errors: memory stays flat (10 minutes)
	$(BIN)/python benchmarks/memory.py

clean: ## remove .venv, caches and what was built
	rm -rf $(VENV) build dist outputs .pytest_cache .mypy_cache .ruff_cache .hypothesis src/*.egg-info src/chainrule/engine/compiled
	find src tests benchmarks examples -name __pycache__ -type d -prune -exec rm -rf {} +

# One stamp for each set of extras (see pyproject.toml). All share one environment.
$(VENV)/.made:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.demo: extras := demo
$(VENV)/.test: extras := demo,test
$(VENV)/.dev: extras := demo,dev
$(VENV)/.parity: extras := demo,test,parity
$(VENV)/.build: extras := build
$(VENV)/.demo $(VENV)/.test $(VENV)/.dev $(VENV)/.parity $(VENV)/.build: pyproject.toml $(VENV)/.made
	$(INSTALL) --editable ".[$(extras)]"
	touch $@

# One by one: what cannot be installed here is left out of the table.
$(VENV)/.bench: pyproject.toml $(VENV)/.made
	$(INSTALL) --editable ".[demo]"
	for library in $$($(BIN)/python -c \
		"import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['bench'])"); do \
		$(INSTALL) "$$library" || echo "$$library cannot be installed here"; \
	done
	touch $@
