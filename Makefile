# make demo    the whole program with five real cases on this machine     PORT=8000  RESET=1 starts over
# make test    the suite on SQLite
# make lint    what machines can see without running the program
# make lock    new versions into the hashed locks (PACKAGE=django for one of them)
# make messages  collect the texts for translation and compile them; needs gettext

PORT := 8000
RESET :=
VENV := .venv
# The newest of these that works here; name another with PYTHON=
PYTHON :=
PYTHONS := python3.13 python3.12 python3.11 python3
MANAGE := DEBUG=1 $(VENV)/bin/python manage.py
UV := UV_LINK_MODE=copy VIRTUAL_ENV=$(VENV) $(VENV)/bin/uv

# An installer told to put packages elsewhere, or a Python told to look elsewhere, would miss .venv.
unexport PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_HASHES PYTHONPATH PYTHONHOME

.PHONY: demo test lint lock messages .venv

demo: $(VENV)/installed
	@exec $(VENV)/bin/python -m config.demo --port $(PORT) $(if $(filter-out 0,$(RESET)),--reset)

test: $(VENV)/installed
	@env -u DATABASE_URL -u CELERY_BROKER_URL \
	  $(VENV)/bin/python -m pytest -q -n auto --dist worksteal --ignore tests/services

lint: $(VENV)/installed
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(MANAGE) makemigrations --check --dry-run

lock: $(VENV)/installed
	for name in requirements requirements-dev requirements-bootstrap; do \
	  $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header $(if $(PACKAGE),--upgrade-package $(PACKAGE),--upgrade) \
	    $$name.in --output-file $$name.txt >/dev/null || exit 1; \
	done

messages: $(VENV)/installed
	@command -v msgfmt >/dev/null || { echo "Install gettext: it collects and compiles the translations."; exit 1; }
	$(MANAGE) makemessages --locale de --ignore .venv --ignore var --ignore tests --add-location file
	$(MANAGE) compilemessages --locale de --ignore .venv --ignore var

.venv: $(VENV)/installed

$(VENV)/installed: requirements-dev.txt requirements-bootstrap.txt
	@command -v git >/dev/null || { echo "Goldenbook needs git: install the package git."; exit 1; }
	@python=; without_venv=; \
	for candidate in $(or $(PYTHON),$(PYTHONS)); do \
	  "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  "$$candidate" -c 'import ensurepip, venv' 2>/dev/null || { without_venv=$$candidate; continue; }; \
	  python=$$candidate; break; \
	done; \
	if [ -z "$$python" ] && [ -n "$$without_venv" ]; then \
	  echo "Goldenbook needs Python's venv: install it for $$without_venv, on Debian and Ubuntu the package python3-venv."; \
	  exit 1; \
	elif [ -z "$$python" ]; then \
	  echo "Goldenbook needs Python 3.11 or newer: install the packages python3 and python3-venv."; exit 1; \
	fi; \
	set -e; \
	if ! $(VENV)/bin/python -c '' 2>/dev/null; then \
	  echo "Making $(VENV) with $$python …"; rm -rf $(VENV); "$$python" -m venv $(VENV); \
	fi; \
	echo "Installing what requirements-dev.txt lists …"; \
	if $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	     -r requirements-bootstrap.txt >$(VENV)/install.log 2>&1 \
	   && $(UV) pip sync --require-hashes requirements-dev.txt >>$(VENV)/install.log 2>&1; \
	then :; else \
	  echo "uv could not do it; pip takes some minutes …"; \
	  $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	    -r requirements-dev.txt >>$(VENV)/install.log 2>&1 \
	  || { tail -n 20 $(VENV)/install.log; echo "The packages could not be installed; see above."; exit 1; }; \
	fi; \
	touch $@
