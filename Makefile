# make demo    the whole program with five real cases on this machine     PORT=8000  RESET=1 starts over
#              FOLDER=var/demo is where its data lies
# make test    the suite on SQLite; what needs a browser where there is a Chromium     EXCEPT=tests/e2e leaves out
# make screenshots  every page in both languages, light, dark and narrow, under var/screenshots; needs Chromium
# make tour    the three pictures of the README, from the demo that runs on PORT; needs Chromium
# make fuzz    ten thousand requests by chance at both APIs over the demo's data   REQUESTS=10000  SEEDS=5
#              on the PostgreSQL server of DATABASE_URL if it is set, else on SQLite
# make test-faults  workers killed, servers stopped; brings servers of its own; stops after an hour, or MINUTES=90
#              FAULTS_AMQP_URL= where there is no RabbitMQ: else its case fails without one
#              SHORT=1 after three minutes   SEED=1 throws the same dice   CASES=tests/faults/test_kill.py
# make test-breaks  each patch under tests/*/breaks/ in a copy of this checkout; its test must fail   ONLY="kill leak"
# make lint    what machines can see without running the program
# make lock    new versions into the hashed locks (PACKAGE=django for one of them)
# make messages  collect the texts for translation and compile them; needs gettext

PORT ?= 8000
EXCEPT :=
RESET :=
FOLDER :=
SHORT :=
SEED :=
MINUTES :=
CASES :=
ONLY :=
VENV := .venv
# The newest of these that works here; name another with PYTHON=
PYTHON :=
PYTHONS := python3.13 python3.12 python3.11 python3
MANAGE := DEBUG=1 $(VENV)/bin/python manage.py
UV := UV_LINK_MODE=copy VIRTUAL_ENV=$(VENV) $(VENV)/bin/uv

# An installer told to put packages elsewhere, or a Python told to look elsewhere, would miss .venv.
unexport PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_HASHES PYTHONPATH PYTHONHOME
# Each process would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-faults test-breaks bench-reminders bench-api fuzz screenshots tour lint lock messages .venv

demo: $(VENV)/installed
	@exec $(VENV)/bin/python -m config.demo --port $(PORT) $(if $(filter-out 0,$(RESET)),--reset) \
	  $(if $(FOLDER),--folder $(FOLDER))

test: $(VENV)/installed
	@env -u DATABASE_URL -u CELERY_BROKER_URL \
	  $(VENV)/bin/python -m pytest -q -n auto --dist worksteal --ignore tests/services $(EXCEPT:%=--ignore %)

test-faults: $(VENV)/installed
	@$(VENV)/bin/python -m tests.faults $(if $(filter-out 0,$(SHORT)),--short) $(if $(SEED),--seed $(SEED)) \
	  $(if $(MINUTES),--minutes $(MINUTES)) $(CASES)

test-breaks: $(VENV)/installed
	@$(VENV)/bin/python -m tests.faults.breaks $(if $(SEED),--seed $(SEED)) $(ONLY)

# Prints ratios; needs a PostgreSQL that answers at DATABASE_URL, and makes a database of its own there.
bench-reminders: $(VENV)/installed
	@$(VENV)/bin/python -m tests.bench $(if $(TIES),--ties $(TIES)) $(if $(MAILS),--mails $(MAILS))

# The same for both APIs, beside two yardsticks; a million rows take a while, ROWS=100000 is enough for most.
bench-api: $(VENV)/installed
	@$(VENV)/bin/python -m tests.bench.api $(if $(ROWS),--rows $(ROWS))

screenshots: $(VENV)/installed
	@env -u DATABASE_URL -u CELERY_BROKER_URL $(VENV)/bin/python -m pytest -q tests/e2e/screenshots.py

tour: $(VENV)/installed
	@$(VENV)/bin/python -m tests.e2e.tour http://localhost:$(PORT)

fuzz: $(VENV)/installed
	@env -u CELERY_BROKER_URL $(VENV)/bin/python -m tests.fuzz --requests $(or $(REQUESTS),10000) --seeds $(or $(SEEDS),5)

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
