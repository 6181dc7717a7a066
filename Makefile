# SPDX-License-Identifier: Apache-2.0
# Everything that a person or CI asks of this repository. Each target does its own set-up.

LISTEN ?= 127.0.0.1:8080

.PHONY: help demo build test bench format tidy coverage clean

help:
	@echo "make demo     build picket and show the embedded scenario on http://$(LISTEN)"
	@echo "make build    build/release/picket"
	@echo "make test     every test, check and bounded fuzz run; logs in build/logs"
	@echo "make bench    the benchmarks; with PICKET_BENCH also the scored tracking scenarios"
	@echo "make format   clang-format over all C++ sources"
	@echo "make tidy     clang-tidy over src and apps (make test does a bounded share)"
	@echo "make coverage line coverage of the unit tests"
	@echo "make clean    removes build/ and web/dist"

build:
	@tools/setup.sh build
	@tools/console.sh
	@tools/build.sh release picket

demo: build
	@echo "Starting the demo: open http://$(LISTEN) in a browser. Ctrl-C ends it."
	@build/release/picket demo --listen $(LISTEN)

test:
	@tools/test.sh

bench:
	@tools/setup.sh test
	@tools/console.sh
	@tools/bench.sh

format:
	@git ls-files '*.cpp' '*.h' | xargs clang-format -i

tidy:
	@tools/setup.sh test
	@tools/build.sh release
	@tools/lint --all

coverage:
	@tools/setup.sh test
	@tools/coverage.sh

clean:
	rm -rf build web/dist
