# Pearlchain. `make help` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export HARDHAT_DISABLE_TELEMETRY_PROMPT := true
# Where it is set, every process compiles all that it imports: five seconds of each start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup lock demo openapi client load serve test check types test-contracts test-python test-deep simulate fuzz mutate coverage slither prove bench gas-snapshot clean

help: ## This list
	@grep -hE '^[a-z%-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z%-]+):.*## /\1|/' | while IFS='|' read -r name text; do printf '  make %-18s %s\n' "$$name" "$$text"; done

setup: .setup/contracts ## Everything that the project needs, from the package registries; done once

.setup/python: requirements-bootstrap.lock requirements-development.lock pyproject.toml
	@mkdir -p .setup
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv 2>/dev/null || { rm -rf .venv; $(PYTHON) -m virtualenv -q .venv 2>/dev/null; } || { rm -rf .venv; \
		$(PYTHON) -m venv --without-pip .venv && $(PYTHON) -m pip --python .venv/bin/python install -q --require-hashes -r requirements-bootstrap.lock; } || \
		{ echo "Python cannot make a virtual environment here; install python3-venv (or pip) and try again" >&2; exit 1; }
	@[ -x $(BIN)/uv ] || $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock
	@$(BIN)/uv pip sync -q --require-hashes requirements-development.lock
	@$(BIN)/uv pip install -q --no-deps --no-build-isolation -e .
	@touch $@

.setup/node: package.json package-lock.json | .setup/python
	@# Not `npm ci`: it refuses a lock without the binaries of other platforms, and not every registry carries those.
	@# With --no-save the lock's versions and hashes hold all the same, and the lock is never rewritten.
	@$(BIN)/npm install --ignore-scripts --no-save --loglevel=error
	@touch $@

.setup/contracts: .setup/python .setup/node $(shell find contracts -name '*.sol' -not -path '*/test/*') contracts/compiler.json
	@$(BIN)/pearl contracts build --json > /dev/null
	@touch $@

.setup/contract-tests: .setup/node $(shell find contracts -name '*.sol') contracts/compiler.json hardhat.config.js
	@echo "compiling the contracts' tests, once: some minutes"
	@$(BIN)/npx hardhat build > .setup/contract-tests.log 2>&1 || { cat .setup/contract-tests.log; exit 1; }
	@touch $@

.setup/analysis/done: requirements-analysis.lock | .setup/python
	@$(BIN)/uv venv -q --clear --python $(BIN)/python .setup/analysis
	@$(BIN)/uv pip sync -q --python .setup/analysis --require-hashes requirements-analysis.lock
	@touch $@

.setup/client/done: requirements-client.lock | .setup/python
	@$(BIN)/uv venv -q --clear --python $(BIN)/python .setup/client
	@$(BIN)/uv pip sync -q --python .setup/client --require-hashes requirements-client.lock
	@touch $@

.setup/fuzzing/done: requirements-fuzzing.lock | .setup/python
	@rm -rf .setup/fuzzing
	@$(BIN)/uv pip install -q --python $(BIN)/python --target .setup/fuzzing --no-deps --require-hashes -r requirements-fuzzing.lock
	@touch $@

lock: ## Renew the lock files after a change of pyproject.toml or package.json
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 --extra development -c requirements.lock pyproject.toml -o requirements-development.lock
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 --group pyproject.toml:analysis -o requirements-analysis.lock
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 --group pyproject.toml:client -o requirements-client.lock
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 --group pyproject.toml:fuzzing -o requirements-fuzzing.lock
	@$(BIN)/npm install --package-lock-only --ignore-scripts --silent

demo: setup ## The main job on a generated world; ends with the line that opens its report
	@$(BIN)/pearl demo

openapi: setup ## Renew openapi.json, the document of the API, and the typed client that is made of it
	@$(BIN)/python -m api.openapi
	@$(MAKE) --no-print-directory client

client: .setup/client/done ## Renew the typed Python client from openapi.json
	@$(BIN)/python clients/python/generate.py

serve: setup ## Node, indexer and API on ./var
	@$(BIN)/pearl serve

test: ## Everything that must hold
	@# The compiler takes one core: the contracts as they are deployed on one, and with their tests on the other.
	@$(MAKE) --no-print-directory -j2 setup .setup/contract-tests
	@$(MAKE) --no-print-directory check test-contracts test-python

check: setup ## Style of the Python code
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .

types: setup ## Types of the Python code; half a minute
	@$(BIN)/python -m mypy chain api

test-contracts: .setup/contract-tests ## The contracts' own tests: units, fuzz, invariants
	@$(BIN)/npx hardhat test solidity

test-python: setup ## All other tests but those marked deep, on two cores: three at a time, since they often wait for a node
	@# In the order of their names: by the number of tests, as it is else, the longest files come last, and one at a time.
	@$(BIN)/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder

test-deep: setup types ## A long test: types, what is marked deep (both compilers, a load, kills), all examples of the properties, histories with a second model, the contracts as they are deployed, simulated faults, a thousand kills, the API's document tried out
	@PEARL_TESTS=deep $(BIN)/python -m pytest -q -n 3 --dist loadfile -m "deep or hypothesis"
	@$(BIN)/python -m tests.model --steps 100000 $(OPTIONS)
	@$(BIN)/npx hardhat test solidity --build-profile production
	@$(BIN)/python -m tests.simulation --seconds 600
	@$(BIN)/python -m tests.simulation.kills
	@$(BIN)/python -m tests.openapi

simulate: setup ## Service, indexer and node that fail as a seed says, some minutes of seeds; SEED=… lives one through again
	@$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED)) $(if $(COMMANDS),--commands $(COMMANDS)) $(if $(WITHOUT),--without "$(WITHOUT)") $(OPTIONS)

fuzz: .setup/python .setup/fuzzing/done ## Files that nobody sends, a minute for each family of formats, longer with OPTIONS="--seconds 600"
	@PYTHONPATH=.setup/fuzzing $(BIN)/python -m tests.fuzzing $(OPTIONS)

mutate: .setup/node ## Faults put into the contracts, and whether their tests find them; some minutes
	@$(BIN)/python -m tests.mutation $(OPTIONS)

coverage: .setup/node ## Lines and branches of the contracts that their tests run; fails below 99 %
	@$(BIN)/python -m tests.coverage $(OPTIONS)

slither: .setup/node .setup/analysis/done ## Static analysis of the contracts; fails on any finding of high or medium weight
	@$(BIN)/python -m tests.slither $(OPTIONS)

prove: .setup/node .setup/analysis/done ## Symbolic proofs of the contracts
	@$(BIN)/python -m tests.symbolic $(OPTIONS)

bench: setup ## All measurements; `make bench-NAME` for one
	@$(BIN)/python -m benchmarks

load: setup ## Two hundred users on the API for a minute; no error, nothing lost
	@$(BIN)/python -m tests.load

bench-%: setup ## One measurement, such as bench-gas
	@$(BIN)/python -m benchmarks $*

gas-snapshot: setup ## Renew contracts/gas-snapshot.json, after a change that is meant to change what movements cost
	@$(BIN)/python -m benchmarks.snapshot

clean: ## Remove what was built and installed here; ./var stays
	@rm -rf .venv .setup node_modules artifacts cache
