# Every target makes what it needs: a virtual environment in .venv, with Python and pip only (uv is used when it is
# there), and everything that the tools like to keep in a home directory goes to build/home. No root, no system
# packages, nothing outside this checkout.

PYTHON ?= python3
VENV ?= .venv
JOBS ?= logical

BIN := $(VENV)/bin
HERE := $(CURDIR)
KEPT := $(HERE)/build/home
KEY := $(shell cksum < pyproject.toml | tr -d ' ')
COURSE := $(VENV)/.course-$(KEY)
DEV := $(VENV)/.dev-$(KEY)

# Where pip, uv, Jupyter, IPython and matplotlib keep their things.
export PIP_CACHE_DIR ?= $(KEPT)/pip
export UV_CACHE_DIR ?= $(KEPT)/uv
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# What is compiled is kept, also where the environment says otherwise: dozens of processes would compile it again.
RUN := env PYTHONDONTWRITEBYTECODE= JUPYTER_CONFIG_DIR="$(KEPT)/jupyter/config" JUPYTER_DATA_DIR="$(KEPT)/jupyter/data" \
	JUPYTER_RUNTIME_DIR="$(KEPT)/jupyter/run" IPYTHONDIR="$(KEPT)/ipython" MPLCONFIGDIR="$(KEPT)/matplotlib" \
	XDG_CACHE_HOME="$(KEPT)/cache" XDG_CONFIG_HOME="$(KEPT)/config" XDG_DATA_HOME="$(KEPT)/data" \
	PATH="$(abspath $(BIN)):$$PATH"
PYTEST := $(RUN) OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 python -m pytest -q -n $(JOBS) --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help demo lab test test-all test-gpu gates faults opinfo test-wasm course bench lint generate record install clean

help:
	@echo "make demo      grade a made-up class of the notebooks, and say where its reports are"
	@echo "make lab       open the course in JupyterLab"
	@echo "make test      run the tests"
	@echo "make test-all  run the longer tests too"
	@echo "make test-gpu  run the samples of all operations on a GPU, with CuPy"
	@echo "make gates     prove that no check of an exercise is weak: every mutant, 200 seeds, tolerances"
	@echo "make faults    grade while processes are killed, the disk is full and the database is locked"
	@echo "make opinfo    compare with PyTorch, if it is installed, on the inputs of its own tests"
	@echo "make test-wasm run the tests of the operations on WebAssembly (downloads 100 MB)"
	@echo "make course    build course/ from solutions/"
	@echo "make bench     compare speeds with PyTorch, if it is installed"
	@echo "make lint      style, types, and whether the two languages of the course agree"
	@echo "make generate  write every generated file that is committed anew"
	@echo "make record    ask PyTorch, if it is installed, for the answers that tests use where it is not"
	@echo "make clean     remove .venv and build"

demo: $(COURSE)
	@echo "==> grading a made-up class"
	@$(RUN) autograder demo

# The lab of a student: the configuration leaves out nbgrader's panels for instructors.
lab: $(COURSE)
	@echo "==> opening course/ in JupyterLab (stop it with Ctrl-C)"
	@$(RUN) JUPYTER_CONFIG_PATH="$(HERE)/autograder/student/lab" jupyter lab --notebook-dir=course $$([ "$$(id -u)" = 0 ] && echo --allow-root)

# With GATES=1 the gates at full length too: one session has one start, and no processor waits at the end of each.
test: $(DEV)
	@echo "==> testing$(if $(GATES), and proving every check)"
	@$(PYTEST) $(if $(GATES),--gates)
	@$(if $(GATES),$(RUN) python -W ignore -m tests.course.test_mutants --recorded)

test-all: $(DEV)
	@echo "==> testing, the longer runs too"
	@$(PYTEST) --long

# On a machine with an NVIDIA GPU, with CuPy in the environment: .venv/bin/pip install -e '.[gpu]'
test-gpu: $(DEV)
	@echo "==> testing on the GPU"
	@$(RUN) TIDU_TEST_GPU=1 python -m pytest -q tests/devices

gates: $(DEV)
	@echo "==> proving every check: mutants, seeds, tolerances"
	@$(PYTEST) --gates \
		-k "many_seeds or alone or every_mutant or gives_what" \
		tests/course/test_banks.py tests/course/test_mutants.py tests/autograder/test_banks_agree.py
	@$(RUN) python -W ignore -m tests.course.test_mutants --recorded

faults: $(DEV)
	@echo "==> grading 200 submissions while processes are killed and the disk is full"
	@$(RUN) TIDU_FAULTS=200 OMP_NUM_THREADS=1 python -m pytest -q --long \
		tests/autograder/test_faults.py tests/autograder/test_storage_faults.py tests/autograder/test_cluster.py

opinfo: $(DEV)
	@echo "==> PyTorch's own test inputs, on PyTorch and on tidu"
	@$(RUN) OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 python -m tests.opinfo

test-wasm: $(DEV)
	@echo "==> the tests of the operations, on WebAssembly"
	@$(RUN) python -m tests.wasm

course: $(COURSE)
	@echo "==> building course/ from solutions/"
	@$(RUN) autograder build

bench: $(DEV)
	@echo "==> measuring"
	@$(RUN) python -m benchmarks

lint: $(DEV)
	@echo "==> style"
	@$(RUN) ruff check --output-format concise .
	@echo "==> types"
	@$(RUN) mypy
	@echo "==> the two languages of the course"
	@$(RUN) autograder lint

generate: $(DEV) course
	@echo "==> writing recorded values anew"
	@$(RUN) python -m tests.repr.corpus
	@$(RUN) python -m tests.ops.keywords
	@$(RUN) python -m tests.ops.one_line
	@$(RUN) python -m tests.ops.examples
	@$(RUN) python -m tests.repo.stubs

record: $(DEV)
	@echo "==> asking PyTorch"
	@$(RUN) python -m tests.ops.record
	@$(RUN) python -m tests.nn.record
	@$(RUN) python -m tests.optim.record
	@$(RUN) python -m tests.serialization.record
	@$(RUN) python -m tests.data.record

install: $(DEV)

clean:
	rm -rf $(VENV) build

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is not Python 3.11 or newer. Name one that is:  make PYTHON=/path/to/python3.12 ..."; exit 1; }
	@echo "==> creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) could not create a virtual environment. On Debian and Ubuntu its module is a package of its own:"; \
		echo "apt install python3-venv. Or name another Python:  make PYTHON=/path/to/python3.12 ..."; exit 1; }

$(COURSE): EXTRAS := course
$(DEV): EXTRAS := course,dev
$(COURSE) $(DEV): | $(BIN)/python
	@echo "==> installing tidu[$(EXTRAS)] into $(VENV) (minutes the first time; log: build/install.log)"
	@mkdir -p build "$(KEPT)"
	@{ command -v uv > /dev/null && uv pip install --quiet --python $(BIN)/python -e ".[$(EXTRAS)]" > build/install.log 2>&1; } \
		|| $(BIN)/python -m pip install --quiet -e ".[$(EXTRAS)]" > build/install.log 2>&1 \
		|| { cat build/install.log; exit 1; }
	@rm -f $(VENV)/.course-* && touch $(COURSE)
	@[ "$(EXTRAS)" = course ] || { rm -f $(VENV)/.dev-* && touch $(DEV); }
