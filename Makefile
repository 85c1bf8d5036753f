# Everything is a target here; `make` alone lists them.
SHELL := /bin/bash
GO    ?= go
DEMO  ?= segue-demo
AGREE ?= 5000000
FUZZ  ?= 60s

.DEFAULT_GOAL := help
.PHONY: help build demo demo-again test race agree fuzz bench lint generate verify clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

build: ## build bin/segue
	$(GO) build -trimpath -o bin/segue ./cmd/segue

demo: build ## build, make a believable base of 5,000 accounts in segue-demo/, segment it and show the result
	@if [ -e $(DEMO) ]; then \
		echo "$(DEMO)/ is there already: it is segmented by the version that is applied. make demo-again starts over."; \
		./bin/segue -C $(DEMO) import >/dev/null && ./bin/segue -C $(DEMO) run; \
	else \
		./bin/segue demo --dir $(DEMO) --accounts 5000; \
	fi

demo-again: build ## replace segue-demo/ by a new demo; what you changed in it is lost
	./bin/segue demo --dir $(DEMO) --accounts 5000 --replace

test: ## vet and run all tests
	$(GO) vet ./...
	$(GO) test -timeout 25m ./...

race: ## all tests with the race detector
	$(GO) test -race -timeout 40m ./...

agree: ## millions of comparisons of the interpreter with the SQL
	SEGUE_AGREE=$(AGREE) $(GO) test -count=1 -timeout 60m -run 'Agree|Crossings' -v ./internal/dimension ./internal/pipeline

fuzz: ## each fuzz target for a while (FUZZ=60s)
	@for target in $$(grep -rhoE '^func Fuzz[A-Za-z]+' --include='*_test.go' internal | awk '{print $$2}' | sort -u); do \
		for dir in $$(grep -rlE "^func $$target\(" --include='*_test.go' internal | xargs -n1 dirname | sort -u); do \
			echo "== $$dir $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZ) -fuzzminimizetime 20x ./$$dir || exit 1; \
		done; \
	done

bench: build ## the speed figures of docs/benchmarks.md, measured on this machine
	$(GO) test -run '^$$' -bench . -benchtime 1x -timeout 60m ./internal/bench
	$(GO) test -run '^$$' -bench ImportEvents -benchtime 1x ./internal/pipeline

lint: ## formatting, vet, static analysis; floors 0 to 2 build without C
	@test -z "$$($(GO) tool gofumpt -l cmd internal examples test)" || { $(GO) tool gofumpt -l cmd internal examples test; echo "run: go tool gofumpt -w cmd internal examples test"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	CGO_ENABLED=0 $(GO) build ./internal/diag ./internal/money ./internal/period ./internal/fact ./internal/rule ./internal/metric ./internal/dimension ./internal/customer ./internal/match ./internal/segmentation ./internal/catalog ./internal/spec ./internal/query ./internal/sqltext ./internal/explain ./internal/reference ./internal/suggest

generate: build ## write the generated files anew
	./bin/segue reference docs/reference

verify: generate lint ## what is generated must be what is committed
	@test -z "$$(git status --porcelain -- docs/reference)" || { git status --short -- docs/reference; git --no-pager diff -- docs/reference; exit 1; }

clean: ## remove what was built and the demo
	rm -rf bin $(DEMO)
