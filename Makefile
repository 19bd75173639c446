# The two commands: `make` does the main job, `make test` passes the tests.
PYTHON ?= python3
BIN := .venv/bin
SPECLEDGER := $(BIN)/specledger

.PHONY: all help setup generate clients check fuzz mock test mutants seeds lint types bench release clean

all: generate clients
	$(SPECLEDGER) prove

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{printf "%-10s %s\n", $$1, $$2}'

setup: .venv/installed ## .venv with every pinned package, and specledger itself
.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "specledger needs Python 3.11 or later: make PYTHON=...")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

generate: setup ## the client packages and the mock server, from specs/
	$(SPECLEDGER) generate

# Installed again only when what the packages need or are called has changed.
clients: generate
	@sum="$$(cat generated/*/pyproject.toml .venv/installed requirements.lock | cksum)"; \
	if [ "$$sum" != "$$(cat .venv/clients 2>/dev/null)" ]; then \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
	    $$(printf -- '-e %s ' generated/*/) && echo "$$sum" >.venv/clients; \
	fi

check: setup ## facts against specs, in both directions
	$(SPECLEDGER) check

fuzz: generate clients ## property-based tests of the mock and the clients
	$(SPECLEDGER) fuzz

mock: generate clients ## the mock server, on http://127.0.0.1:8800
	$(SPECLEDGER) mock

test: generate clients ## the whole test suite
	$(BIN)/python -m pytest -n 2 --dist loadgroup

mutants: setup ## every deliberate fault against the ordinary gate; keeps the tables
	$(SPECLEDGER) mutate --record

seeds: generate clients ## the gate with twenty seeds: on an unchanged tree nothing may alarm
	for seed in $$(seq 20); do $(SPECLEDGER) prove --seed $$seed || exit 1; done

lint: setup ## ruff and the rooms
	$(BIN)/ruff check generator tests benchmarks
	$(BIN)/ruff format --check generator tests benchmarks
	$(BIN)/lint-imports

types: generate clients ## mypy over generator/; mypy and pyright, both strict, over generated/ and users' programs
	$(BIN)/python -m pytest -q tests/test_types.py

bench: generate clients .venv/peers/installed .venv/peers/node/installed ## what is measured, as ratios; RECORD=1 keeps it in the README
	$(BIN)/python -m benchmarks $(if $(RECORD),--record)

.venv/peers/installed: benchmarks/requirements.lock | setup
	test -x .venv/peers/bin/python || $(BIN)/python -m venv .venv/peers
	.venv/peers/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# The mock servers that ours is measured beside; where they cannot be installed their rows are left out. Locked by
# `npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts`.
NODE_PEERS := $(addprefix benchmarks/mock/peers/,package.json package-lock.json backend.js)
.venv/peers/node/installed: $(NODE_PEERS) | setup
	@mkdir -p $(@D) && cp $(NODE_PEERS) $(@D)
	@if ! command -v npm >/dev/null; then echo "npm is not on the PATH: other mock servers are not installed"; \
	elif (cd $(@D) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error); then touch $@; \
	else echo "npm ci failed: other mock servers are not installed"; rm -rf $(@D)/node_modules; fi

release: generate clients ## sdists and wheels of every client that is due, proved and tried, in dist/; uploads nothing
	$(SPECLEDGER) release --dry-run

clean: ## removes .venv, caches and dist/
	rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
