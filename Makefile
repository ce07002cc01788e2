.PHONY: help run test race lint generate bench tours territories rates soak

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

run: ## make a city, let its reps work a day, and serve it
	go run ./cmd/rounds demo

test: ## run every test
	go test ./...

race: ## run every test with the race detector, as CI does
	go test -race ./...

lint: ## vet, staticcheck, gofumpt; prints nothing when all is well
	go vet ./...
	go tool -modfile=tools/go.mod staticcheck ./...
	@test -z "$$(git ls-files '*.go' | grep -v '\.gen\.go$$' | xargs go tool -modfile=tools/go.mod gofumpt -l | tee /dev/stderr)"

generate: ## write api/openapi.gen.go again from api/openapi.yaml
	go generate ./...

bench: ## measure: quality beside time, and check-ins a second beside pgbench
	go test -run '^$$' -bench . -benchmem -short ./...

tours: ## measure tours, days and cycles of days, each instance on a line of its own; ten minutes
	go test -run '^$$' -timeout 2h -bench 'Tours|Days|Journeys|Territory' -benchtime 1x -v ./routing

territories: ## measure territories and print each goal beside what is seen; a quarter of an hour
	{ go test -run '^$$' -timeout 2h -bench . -benchtime 1x ./routing/territory; \
	go test -run '^$$' -timeout 2h -bench Travel -benchtime 1x ./fieldwork/districting; \
	go test -run '^$$' -timeout 2h -bench 'Territories(Process|Drifted)' -benchtime 1x ./cmd/rounds; } | go run ./internal/bars

rates: ## tables: how often honest visits and cheats are judged rightly, by three rules
	ROUNDS_RATES=$${ROUNDS_RATES:-200000} go test -timeout 40m -count 1 -v -run 'Rates|Geocoders|Walk' ./geo

soak: ## the long forms of the property and fault tests
	ROUNDS_SOAK=1 go test -timeout 40m -count 1 ./...
