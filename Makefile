# Every target installs what it needs first. `make help` lists them.
PYTHON ?= python3
START = $(PYTHON) -m deploy.local.bootstrap
MINUTES ?= 10
SEED ?= 1

.DEFAULT_GOAL := help
.PHONY: help run test lint bench chaos pictures dlq refill audit migrate code setup reset

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

run: ## start everything here, with the demonstration county on the first run (Ctrl-C stops it)
	@$(START) run

test: ## check style, types, pages and documents, then run every test
	@$(START) test

lint: ## check style and types only
	@$(START) lint

bench: ## measure the hot paths and write docs/performance.md (takes minutes)
	@$(START) bench

chaos: ## payments under faults: kills, cuts, lost answers; nothing may go astray (MINUTES=10 SEED=1)
	@$(START) chaos --minutes $(MINUTES) --seed $(SEED)

pictures: ## take screenshots of the phone pages in both modes
	@$(START) pictures

audit: ## check every invariant on the data of this folder, running or stopped
	@$(START) audit

dlq: ## list dead letters; others: make dlq DO="show rpc-dues 1", "replay events-dues 1 2", "drop rpc-dues all"
	@$(START) dlq $(DO)

refill: ## tell events again after the broker lost its data: make refill FROM=2026-11-01 (SERVICE=dues)
	@$(START) refill $(FROM) $(SERVICE)

migrate: ## bring the databases to their newest shape
	@$(START) migrate

code: ## the present second-factor codes of the demonstration administrators
	@$(START) code

setup: ## install what running and testing need, start nothing
	@$(START) setup

reset: ## delete the data of this folder's runs
	@$(PYTHON) -c "from deploy.local.folder import DataFolder; from deploy.local.places import PROJECT; DataFolder(PROJECT.data()).reset()"
