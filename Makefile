# The two commands of a newcomer are `make demo` and `make test`. Each installs what is missing and needs nothing else by hand.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

.PHONY: help setup build demo test sanitize parity fuzz bench format lint clean

help: ## Show the targets.
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

setup: ## Install the system libraries that are missing.
	@scripts/setup

build: setup ## Build the command: .build/release/zoo
	swift build -c release --product zoo

demo: ## Fine-tune a real BERT on the support-desk messages of zoo/data, and use it.
	@scripts/demo

# Without testable imports the tests are built with the flags of every other build, so nothing is built twice.
test: setup ## Run all tests in release mode: those of an outside family first, then those of this package.
	@scripts/test-external
	swift test -c release --disable-testable-imports

parity: ## Compare with the reference implementation (installs torch and transformers by pip, nginx and strace).
	@scripts/setup nginx:nginx-light strace:strace
	@Tests/Parity/run.sh

sanitize: setup ## Run the engine's tests under the sanitizers for addresses, undefined behaviour of C, and threads.
	@scripts/sanitize

fuzz: setup ## Feed a million inputs, guided by coverage, to all parsers.
	@scripts/fuzz

bench: build ## Measure against the peers, in turn on the same data.
	@Benchmarks/run

format: ## Format all Swift sources.
	swift format --in-place --recursive --configuration .swift-format Package.swift Sources Plugins Tests

lint: ## Check the formatting.
	swift format lint --strict --recursive --configuration .swift-format Package.swift Sources Plugins Tests

clean: ## Remove everything that was built or fetched.
	rm -rf .build .build-* .venv-parity
