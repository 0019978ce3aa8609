# Netra. `make run` does the main job, `make test` proves it; `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

LOG    ?=
SAMPLE ?= coding
GOAL   ?= cut our LLM cost by 30% without slower answers
MODEL  ?=
OUT    ?= out
RUNS   ?= 100
TARGET ?=
WEB    := functions/console/web

## run: analyse a log on a local cloud and print the report  [LOG=path|SAMPLE=chat GOAL="..." MODEL=gpt-4o]
.PHONY: run
run: need build
	bin/netra analyze --out '$(OUT)' --goal '$(subst ','\'',$(GOAL))' --sample '$(SAMPLE)' $(if $(MODEL),--model '$(MODEL)') $(if $(LOG),'$(LOG)')

## dev: start the local cloud with the web console and keep serving  [ARGS="--dir .local --port console=8080"]
.PHONY: dev
dev: need console build
	bin/netra dev $(ARGS)

## test: everything that CI runs
.PHONY: test
test: need check test-unit test-sql test-web test-e2e

## test-unit: Go tests, with the real emulators where the store or the queue take part
.PHONY: test-unit
test-unit: need
	go test ./...

# DuckDB's driver needs a C++ compiler, which nothing else here does. What the test
# builds and runs is of another module, so no result of it may be taken from the cache.
## test-sql: verify.sql of a plan in DuckDB, held against the report
.PHONY: test-sql
test-sql:
	@if [ "$$(go env CGO_ENABLED)" = 1 ]; then go test -C scripts/bench/duckdb -count=1 ./...; else echo "there is no C compiler: verify.sql was not run"; fi

## test-web: unit tests of the web console
.PHONY: test-web
test-web: $(WEB)/node_modules/.package-lock.json
	npm --prefix $(WEB) test

## test-e2e: the whole product: a run through the local cloud, then the console in a real browser
.PHONY: test-e2e
test-e2e: need-browser console build
	go run ./scripts/e2e

## smoke: run a small log through a deployment  TARGET=https://api-url
.PHONY: smoke
smoke:
	go run ./scripts/smoke -api '$(TARGET)'

# The image's test stage has the sources without git: no file is tracked there.
## check: formatting, sizes, vet, staticcheck, import rules, TypeScript, Terraform
.PHONY: check
check: $(WEB)/node_modules/.package-lock.json
	@files=$$(git ls-files '*.go' 2>/dev/null || find . -name '*.go' -not -path '*/node_modules/*'); unformatted=$$(gofmt -l $$files); test -z "$$unformatted" || { echo "gofmt -w $$unformatted"; exit 1; }
	@large=$$({ git ls-files -z 2>/dev/null || true; } | xargs -0 -I{} find {} -maxdepth 0 -size +4096k); test -z "$$large" || { echo "over 4 MiB, was it meant to be committed? $$large"; exit 1; }
	go vet ./...
	go tool staticcheck ./...
	go test ./shared/archtest
	npm --prefix $(WEB) run check
	npm --prefix $(WEB) run lint
	@if command -v terraform >/dev/null; then terraform fmt -check -recursive infra; else echo "terraform is not installed: its formatting was not checked"; fi

## chaos: kill functions at every step boundary while runs are in flight  RUNS=100
.PHONY: chaos
chaos: need
	go run ./scripts/chaos -runs $(RUNS) -out '$(OUT)'

## bench: measure; one JSON line a figure in out/bench.jsonl
.PHONY: bench
bench: bench-start bench-pipeline bench-engine bench-console

.PHONY: bench-start
bench-start: need
	go run ./scripts/bench/start -out '$(OUT)/bench.jsonl'

.PHONY: bench-pipeline
bench-pipeline: need
	go run ./scripts/bench/pipeline -out '$(OUT)/bench.jsonl'

.PHONY: bench-engine
bench-engine: need
	go run ./scripts/bench/engine -out '$(OUT)/bench.jsonl'

.PHONY: bench-console
bench-console: need-browser console build
	go run ./scripts/e2e -out '$(OUT)' -only console

## prices: refresh the price book  FILE=data.json [DATE=2026-08-03]
.PHONY: prices
prices:
	go run ./scripts/prices -in '$(FILE)' $(if $(DATE),-as-of $(DATE))

## demo: deploy the staging demo  PROJECT=id [FRONTEND=localhost ARGS=--dry-run|--yes|--destroy]
.PHONY: demo
demo:
	go run ./scripts/demo $(if $(PROJECT),--project $(PROJECT)) $(if $(FRONTEND),--frontend $(FRONTEND)) $(ARGS)

## rollback: move all traffic back to the revisions before  PROJECT=id [REGION=europe-west1]
.PHONY: rollback
rollback:
	go run ./scripts/deploy --rollback $(if $(PROJECT),--project $(PROJECT)) $(if $(REGION),--region $(REGION))

## erase: erase a user who cannot sign in any more  PROJECT=id ID=address-or-uid
.PHONY: erase
erase:
	go run ./scripts/erase -project '$(PROJECT)' -user '$(ID)'

## build: the functions and the command line, into bin/
.PHONY: build
build:
# disable_grpc_modules leaves gRPC's xDS out of the storage client: 48 MB instead of 61.
	go build -tags disable_grpc_modules -ldflags "-s -w" -o bin/ ./functions/cmd/cloudrun ./scripts/netra

## console: the web console's files, which the functions embed
.PHONY: console
console: $(WEB)/node_modules/.package-lock.json
	npm --prefix $(WEB) run --silent build

# Not `npm ci`: it refuses a lock file that lacks the packages of platforms that the
# registry where it was made does not carry. The versions are those of the lock file.
$(WEB)/node_modules/.package-lock.json: $(WEB)/package.json $(WEB)/package-lock.json
	npm --prefix $(WEB) install --no-save --no-audit --no-fund

## need: look for what must be installed, and say what is missing
.PHONY: need
need:
	@scripts/need

.PHONY: need-browser
need-browser: need
	@scripts/need browser

## clean: remove what was built
.PHONY: clean
clean:
	rm -rf bin out .local $(WEB)/dist/assets $(WEB)/node_modules

.PHONY: help
help:
	@sed -n 's/^## \([a-z-]*\): \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20
