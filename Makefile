# Two commands: `make run` and `make test`. Both set up what they need, once.
# Extra arguments for a run: make run ARGS="--customers 20000 --week 2026-11-09"

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
TOOLS  := .venv-terraform
ARGS   ?=

# Imports without compiled files are two to four times slower.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test coverage test-leaks test-slow fuzz ui assistant lint bench aws-local first-week images images-check terraform-check deploy destroy open-ui clean setup setup-dev lock browser
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

run: setup ## Simulate a quarter of 100,000 customers, run the whole week, write three PDFs
	@$(BIN)/engage run $(ARGS)

# By file, as tests of a file share what took long to make; in order, as the longest files stand at the front.
test: setup-dev ## Run every test but the slow ones, a process for each core
	@$(BIN)/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(ARGS)

coverage: setup-dev ## Run every test but the slow ones with coverage by line; the architecture report shows it
	@$(BIN)/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder --cov $(ARGS)

test-leaks: setup-dev ## Plant leaks end to end, and count the false alarms of 20 clean platforms
	@$(BIN)/pytest -m slow tests/engage_assets/checks/test_leaks.py -s $(ARGS)

test-slow: setup-dev ## Run the slow tests: many seeds, large files
	@$(BIN)/pytest -m slow $(ARGS)

fuzz: setup-dev ## Fuzz the readers of a user's extract, guided by coverage: make fuzz SECONDS=60
	@$(BIN)/python -c "import atheris" 2>/dev/null || $(BIN)/python -m pip install --quiet atheris==3.0.0
	@PYTHONPATH=. $(BIN)/python tests/fuzz/parsers.py -max_total_time=$(or $(SECONDS),60) -max_len=4096 $(FUZZ_CORPUS)

ui: setup ## Open Dagster's web interface on http://127.0.0.1:3000
	@$(BIN)/engage ui $(ARGS)

bench: setup ## Time each stage: seconds, rows per second, peak memory
	@$(BIN)/engage bench $(ARGS)

images: ## Build the container images with docker, podman or buildah
	@sh scripts/build-images

images-check: setup-dev ## Build the images without an engine (buildah), measure them, run a week in them
	@sh scripts/check-images $(BIN) $(IMAGES)

terraform-check: setup-dev $(TOOLS)/.installed ## Check terraform/ without an account: plans, policies, planted faults
	@ENGAGE_REQUIRE_TERRAFORM=1 $(BIN)/pytest -m "not slow" --numprocesses auto --dist loadfile tests/terraform $(ARGS)

deploy: setup ## Bring up a deployment on AWS: make deploy ENVIRONMENT=dev
	@sh scripts/deploy "$(ENVIRONMENT)"

destroy: ## Take it away again, after showing what goes: make destroy ENVIRONMENT=dev
	@sh scripts/destroy "$(ENVIRONMENT)"

open-ui: ## Open the web interface of a deployment: make open-ui ENVIRONMENT=dev
	@sh scripts/open-ui "$(ENVIRONMENT)"

aws-local: setup-dev ## Start a local AWS to play with, and write the settings of a run against it
	@PYTHONPATH="$(CURDIR):$(CURDIR)/fargate_images:$(CURDIR)/reports" $(BIN)/python -m tests.aws.local_aws.start $(ARGS)

first-week: setup ## The first week on a real account, compared with the same week here (under 0.10 USD)
	@sh scripts/first-week $(BIN)

assistant: setup-dev ## Ask the assistant its golden set and print how much it answers right
	@PYTHONPATH=. $(BIN)/python -m tests.engage_assets.assistant.evaluation $(ARGS)

lint: setup-dev ## Run every linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --processes 2 dbt_project/models
	$(BIN)/dg check defs
	$(BIN)/hadolint fargate_images/*/Dockerfile tests/aws/local_aws/Dockerfile

clean: ## Remove everything that runs have written and the environment
	rm -rf .engage $(VENV) $(TOOLS) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

setup: $(VENV)/.runtime browser
setup-dev: $(VENV)/.development browser

$(VENV)/.runtime: requirements.lock pyproject.toml scripts/install
	@PYTHON=$(PYTHON) sh scripts/install $(VENV) requirements.lock
	@touch $@

$(VENV)/.development: requirements-dev.lock $(VENV)/.runtime
	@PYTHON=$(PYTHON) sh scripts/install $(VENV) requirements-dev.lock
	@touch $@

$(TOOLS)/.installed: tests/terraform/requirements.lock scripts/install-tools
	@PYTHON=$(PYTHON) sh scripts/install-tools $(TOOLS) tests/terraform/requirements.lock
	@touch $@

browser:
	@sh scripts/install-browser $(BIN)

lock: ## Resolve the locked requirements again (needs uv on the PATH)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras \
	    --no-annotate --no-header --quiet --extra build pyproject.toml --output-file requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras \
	    --no-annotate --no-header --quiet --extra build --extra dev --constraint requirements.lock \
	    pyproject.toml --output-file requirements-dev.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras \
	    --no-annotate --no-header --quiet tests/terraform/requirements.in --output-file tests/terraform/requirements.lock
	for image in training scoring; do \
	    uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras \
	        --no-annotate --no-header --quiet --constraint requirements.lock \
	        fargate_images/$$image/requirements.in --output-file fargate_images/$$image/requirements.lock || exit 1; \
	done
