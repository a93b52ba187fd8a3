# Everything runs in .venv, made from pinned requirements; nothing outside the checkout is changed.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell tests/tools/find-python.sh 3.13 3.12 3.11)
VENV ?= .venv
LAB ?= emulated
WORKERS ?= 2
VARIANT ?= slim
BASE ?=
DURATION ?= 600
PINNED ?= dev ee kubernetes docs galaxy
BIN = $(VENV)/bin
STAMP = $(VENV)/.complete

export ANSIBLE_FORCE_COLOR = 0
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help venv demo test check lint packaging unit integration guides molecule sanity test-nautobot test-awx kubernetes-test test-matrix bench soak bench-smoke build docs galaxy-check pins ee ee-test ee-sbom ee-scan ee-reproducible clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

venv: $(STAMP) ## make the virtual environment with pinned requirements (PYTHON=... to choose one)

$(STAMP): requirements/dev.txt meta/requirements.txt tests/tools/make-venv.sh
	tests/tools/make-venv.sh "$(PYTHON)" "$(VENV)"
	touch $@

# Tools whose requirements do not fit the development environment's, each in an environment of its own.
.venv-%/.complete: requirements/%.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --requirement $<
	touch $@

demo: $(STAMP) ## run the main job in a lab (LAB=emulated, or LAB=frr as root for real routers)
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m tests.demo --lab $(LAB)

test: check sanity unit integration guides molecule ## run all tests on one Python

check: lint packaging galaxy-check docs ## what continuous integration runs first: everything that needs no device

lint: $(STAMP) ## ruff, mypy, yamllint, shellcheck and ansible-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/yamllint --strict .
	$(BIN)/shellcheck tests/tools/*.sh execution-environment/*.sh execution-environment/install/*.sh \
	  execution-environment/holdfast-broker .ci/run
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/ansible-lint

packaging: $(STAMP) ## what the artifact holds and does where it is installed, changelog, workflows, pages
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m pytest -q -n $(WORKERS) tests/packaging

unit: $(STAMP) ## unit tests
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m pytest -q -n $(WORKERS) tests/unit

integration: $(STAMP) ## playbooks against the emulated lab, and against FRRouting when run as root
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile tests/integration

guides: $(STAMP) ## every command that README and the guides show, against the emulated lab
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal tests/guides

molecule: $(STAMP) ## Molecule's scenarios: roles, connections and actions on the emulated lab, as root on FRRouting too
	tests/tools/molecule.sh "$(abspath $(BIN))" $(WORKERS)

sanity: $(STAMP) ## ansible-test sanity, all tests, no ignore files
	tests/tools/sanity.sh "$(abspath $(BIN))"

test-nautobot: $(STAMP) ## against a real Nautobot with PostgreSQL and Redis (as root it installs them)
	$(BIN)/python -m tests.lab.nautobot template
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile tests/nautobot

test-awx: $(STAMP) .venv-awx/.complete ## the playbook for AWX with AWX's own collection, against a server with AWX's API
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m pytest -q -n 0 tests/awx

.venv-awx/.complete: requirements/awx.txt tests/tools/make-awx.sh | $(STAMP)
	tests/tools/make-awx.sh "$(abspath $(BIN))" .venv-awx
	touch $@

kubernetes-test: $(STAMP) .venv-kubernetes/.complete ## render the Kubernetes manifests and check schemas, policies and meaning
	$(BIN)/python -m pytest -q tests/kubernetes

ee: .venv-ee/.complete ## build the execution environment (VARIANT=slim, full or both; BASE=an image of a registry)
	execution-environment/build.sh .venv-ee "$(VARIANT)" "$(BASE)"

ee-test: $(STAMP) .venv-ee/.complete .venv-kubernetes/.complete ## jobs in the image by runner, navigator and AWX's ways, and sessions that outlive them (root)
	. execution-environment/needs.sh && need catatonit:catatonit
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup tests/ee

ee-sbom: .venv-ee/.complete ## write what the image of VARIANT holds to dist/, as CycloneDX and SPDX
	execution-environment/sbom.sh .venv-ee "$(VARIANT)"

ee-scan: .venv-ee/.complete ## look for known vulnerabilities in the image of VARIANT; fails too when nothing could be asked
	. execution-environment/needs.sh && need debsecan:debsecan
	.venv-ee/bin/python execution-environment/scan.py $(VARIANT)

ee-reproducible: .venv-ee/.complete ## build the image of VARIANT twice from nothing and compare what the two hold
	execution-environment/reproducible.sh .venv-ee "$(VARIANT)"

test-matrix: $(STAMP) ## sanity, unit, integration and Molecule on the oldest and the newest supported pair
	$(BIN)/nox

bench: $(STAMP) ## measure beside a no-op task, network_cli and nornir on emulated devices (15 minutes)
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m tests.bench.run

bench-smoke: $(STAMP) ## see that the benchmark works: few devices, no peers
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m tests.bench.run --smoke

soak: $(STAMP) ## mixed load and faults for DURATION seconds: the broker must not grow
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m tests.soak --duration $(DURATION)

build: $(STAMP) ## build the collection's artifact into dist/
	tests/tools/build.sh "$(abspath $(BIN))" dist

docs: .venv-docs/.complete ## build the documentation site into build/site; every warning is an error
	tests/tools/docs.sh "$(abspath .venv-docs/bin)" build

galaxy-check: $(STAMP) .venv-galaxy/.complete ## import the artifact as Galaxy does; every warning is an error
	artifact=$$(tests/tools/build.sh "$(abspath $(BIN))" dist) && \
	  tests/tools/galaxy-import.sh "$(abspath .venv-galaxy/bin)" "$$artifact"

pins: ## compile the pinned requirements anew (needs uv)
	for name in $(PINNED); do \
	  { echo "# Compiled from requirements/$$name.in by \`make pins\`; do not edit."; \
	    uv pip compile --quiet --universal --python-version 3.11 --fork-strategy requires-python --no-annotate \
	      --no-header "requirements/$$name.in"; } > "requirements/$$name.txt.new"; \
	  mv "requirements/$$name.txt.new" "requirements/$$name.txt"; \
	done
	execution-environment/pins.sh

clean: ## remove what the other targets made
	rm -rf $(VENV) .venv-* .ansible .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist demo-output tests/output
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
