# Two commands do everything: `make run` and `make test`. Both make their own environment once.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.DEFAULT_GOAL := help
.PHONY: help run test quick lint docs lock notebooks clean

help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# say Chinese or English, as the system speaks
say = @case "$${LC_ALL:-$${LC_MESSAGES:-$$LANG}}" in ''|C|C.*|POSIX|zh*) echo "$(1)";; *) echo "$(2)";; esac

run: $(VENV)/.run  ## build the demo city, work it out, draw the maps; prints where the index page is
	$(call say,示范市：生成约 1 分钟；屋顶测算约 2 分钟；碳汇、表格与地图约 1 分钟（两核）,demo city: built in about 1 minute; roofs 2 minutes; carbon and tables and maps 1 minute (two cores))
	@$(PY) -m guanghui demo --folder demo --out out/gongqingcheng

test: $(VENV)/.dev  ## the whole test suite
	$(PY) -m pytest -q -n 2 --dist worksteal

quick: $(VENV)/.dev  ## the fast lane: under a minute
	$(PY) -m pytest -q -n 2 --dist worksteal -m "not browser and not slow" tests/geo tests/sinks/test_factors.py tests/sinks/test_forest.py tests/pv/test_coverage.py tests/pv/test_spread.py tests/maps/test_programme_facts.py

lint: $(VENV)/.dev  ## style and types
	$(PY) -m ruff check . && $(PY) -m ruff format --check .
	@mkdir -p .mypy_path/guanghui && cp guanghui/*.py .mypy_path/guanghui/ && for room in geo pv sinks maps plan data; do ln -sfn ../../$$room .mypy_path/guanghui/$$room; done
	$(PY) -m mypy

docs: $(VENV)/.dev  ## the book, into out/book
	$(PY) -m sphinx -q -W --keep-going -b html docs out/book

notebooks: $(VENV)/.dev  ## run the notebooks on the small demo and write the .ipynb beside the paired .py
	cd notebooks && PYTHONPATH=.. ../$(PY) -m jupytext --to ipynb --execute *.py

lock: $(VENV)/.dev  ## resolve the pins anew: versions and hashes, no host
	$(PY) -m pip install -q uv
	$(VENV)/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra brief --extra cluster -o requirements.lock
	$(VENV)/bin/uv pip compile pyproject.toml --extra brief --extra cluster --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements.lock -o requirements-dev.lock
	$(VENV)/bin/uv pip compile --group worker --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements.lock -o requirements-worker.lock

clean:  ## remove results and the environment
	rm -rf $(VENV) out demo

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, found $$($(PYTHON) --version)"; exit 2; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV); echo "installing python3-venv"; $(SUDO) apt-get install -y -q python3-venv >/dev/null && $(PYTHON) -m venv $(VENV); } || { echo "no virtual environment could be made: install the package python3-venv"; exit 2; }

$(VENV)/.run: requirements.lock | $(PY)
	$(call say,安装依赖到 $(VENV)，约 1–2 分钟，锁定清单不变则不再安装,installing into $(VENV): 1-2 minutes and not again until the lock changes)
	@$(PY) -m pip install -q --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock | $(PY)
	$(call say,安装测试与文档所需依赖到 $(VENV)，约 1–2 分钟,installing what tests and docs need into $(VENV): 1-2 minutes)
	@$(PY) -m pip install -q --require-hashes -r requirements-dev.lock
	@touch $@ $(VENV)/.run
