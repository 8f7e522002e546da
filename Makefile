# Everything a person or .ci/run calls. `make` alone lists it.
# The first target that needs it makes .venv and installs the locked set; afterwards that costs nothing.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo serve test test-native native lint types bench bench-issuer chaos fuzz trace lock clean

RESIDENTS ?= 1000
HOLDERS ?= 20
SECONDS ?= 60

PEER_isomdoc := 0.0.5
PEER_pymdoccbor := 1.4.0
PEERS := build/peers/isomdoc/.installed build/peers/pymdoccbor/.installed

# The codec's hot path compiled (setup.py, docs/adr/0012); left out of what follows where nothing compiles C.
NATIVE := build/native
COMPILED := $(if $(shell command -v cc),$(NATIVE)/.built)

VENV := .venv
PY := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11
SOURCES := mdoc pki registry issuer wallet_sim tegata tests

# uv never fetches a Python of its own; it reads neither pip.conf nor PIP_*, so the index and the certificates that
# somebody configured for pip are handed on.
export UV_PYTHON_DOWNLOADS := never
export UV_PYTHON_PREFERENCE := only-system
export UV_NO_PROGRESS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Every process of the house and of the tests imports a thousand modules: compiled once, or each time for seconds.
unexport PYTHONDONTWRITEBYTECODE
# For one target alone: an install that found it would compile too.
unexport TEGATA_NATIVE

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

demo: $(INSTALLED) ## take residents from registration to a lapsed mdoc (RESIDENTS=1000 HOLDERS=20)
	@$(VENV)/bin/tegata demo --residents $(RESIDENTS) --holders $(HOLDERS)

serve: $(INSTALLED) ## run the same services until Ctrl-C and print their addresses
	@$(VENV)/bin/tegata serve

test: $(INSTALLED) ## run the tests; COVERAGE=1 counts branches too, as .ci/run does, and asks for 90 %
	@mkdir -p build/coverage
	$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(if $(COVERAGE),--cov --cov-report=term:skip-covered)

native: $(NATIVE)/.built ## compile the codec's hot path into build/native, a whole copy of the house; takes a C compiler

# From nothing each time: nothing in it can be older than what it was made of.
$(NATIVE)/.built: setup.py $(shell find $(filter-out tests,$(SOURCES)) -type f -not -path '*/__pycache__/*') $(INSTALLED)
	@rm -rf $(NATIVE) $(NATIVE)-c $(NATIVE)-o
	@mkdir -p build
	TEGATA_NATIVE=1 $(PY) setup.py --quiet build --build-lib $(NATIVE) --build-temp $(NATIVE)-o > $(NATIVE).log 2>&1 || \
		{ cat $(NATIVE).log; exit 1; }
	@touch $@

test-native: $(NATIVE)/.built ## run the codec's tests against its compiled form
	TEGATA_NATIVE_TESTED=1 PYTHONPATH=$(NATIVE) $(PY) -P -m pytest -n 2 --dist loadfile --import-mode=append \
		-o pythonpath="$(NATIVE) ." tests/mdoc tests/test_native.py

lint: $(INSTALLED) ## ruff, format, types, arrows between packages
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

types: $(INSTALLED) ## mypy alone
	$(VENV)/bin/mypy

bench: $(INSTALLED) $(PEERS) $(COMPILED) ## measure the hot paths beside the machine's limit and beside peers
	@$(PY) -m tests.bench $(if $(COMPILED),native=$(NATIVE)) isomdoc=build/peers/isomdoc/bin/python pymdoccbor=build/peers/pymdoccbor/bin/python

bench-issuer: $(INSTALLED) $(COMPILED) ## measure applications, renewals, suspensions and lists, durable, beside bare loops
	@PYTHONPATH=$(if $(COMPILED),$(NATIVE):). $(PY) -P -m tests.bench.issuer_run

chaos: $(INSTALLED) ## disturb a house under load for a while; nothing may be lost or doubled (SECONDS=120 SEED=… REPORT=docs/… TOKEN=1)
	@$(PY) -m tests.chaos $(SECONDS) "$(SEED)" "$(REPORT)" "$(TOKEN)"

# Each peer in an environment of its own, with the versions of the lock.
build/peers/%/.installed: requirements.lock $(INSTALLED)
	@$(PY) -m venv --clear --without-pip build/peers/$*
	@index=$$($(PY) -m pip config get global.index-url 2>/dev/null || true); \
	index=$${PIP_INDEX_URL:-$$index}; [ -z "$$index" ] || export UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$$index}"; \
	[ -z "$$PIP_CERT" ] || export SSL_CERT_FILE="$${SSL_CERT_FILE:-$$PIP_CERT}"; \
	$(VENV)/bin/uv pip install --quiet --python build/peers/$*/bin/python --constraint requirements.lock $*==$(PEER_$*)
	@touch $@

fuzz: $(INSTALLED) ## feed every decoder with what nobody sends, until something breaks (SECONDS=60)
	$(PY) -m tests.fuzz --seconds $(SECONDS)

trace: $(INSTALLED) ## write docs/traceability.md from the last `make test`, and the other pages made from data
	@$(PY) -m tests.pages
	@$(PY) -m tests.trace

lock: $(INSTALLED) ## resolve the dependencies anew into requirements.lock
	$(VENV)/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --upgrade --quiet --output-file requirements.lock
	@! grep -nE '://|^--' requirements.lock || { echo "requirements.lock names a host"; exit 1; }

clean: ## remove what was built and measured (.venv stays)
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	find $(SOURCES) -name __pycache__ -prune -exec rm -rf {} +

$(PY):
	@found=; for python in $(PYTHON) $(CANDIDATES); do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Python 3.11 or later is needed and none was found; name one: make PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	"$$found" -m venv --clear $(VENV) || { rm -rf $(VENV); \
		echo "$$found cannot make a virtual environment: on Debian and Ubuntu install python3-venv" >&2; exit 1; }

$(INSTALLED): $(PY) requirements.lock pyproject.toml
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/uv.txt
	@$(PY) -m pip install --quiet --require-hashes --no-deps -r $(VENV)/uv.txt
	@index=$$($(PY) -m pip config get global.index-url 2>/dev/null || true); \
	index=$${PIP_INDEX_URL:-$$index}; [ -z "$$index" ] || export UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$$index}"; \
	[ -z "$$PIP_CERT" ] || export SSL_CERT_FILE="$${SSL_CERT_FILE:-$$PIP_CERT}"; \
	$(VENV)/bin/uv pip sync --quiet --compile-bytecode --python $(PY) --require-hashes requirements.lock && \
	$(VENV)/bin/uv pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable .
	@touch $@
