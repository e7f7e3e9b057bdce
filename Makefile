# The commands of the project. `make demo` and `make check` do all the set-up they need.
.PHONY: help deps build dht demo check soak bench format lint pictures wheel install uninstall clean
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 16

deps: ## install or build what the program needs (as root, or with sudo)
	@tools/deps

build: ## the program, at build/prom, and the library, without tests
	@tools/deps --build
	@tools/build release product
	@echo "build/prom is there, and the library beside it"

dht: ## the helper prom-dht, by which strangers find each other; a program apart, under the GPL: dht/COPYING
	@tools/deps --dht
	@cmake -S dht -B build-dht -G Ninja -DCMAKE_BUILD_TYPE=Release >/dev/null && ninja -C build-dht --quiet
	@echo "build-dht/prom-dht is there"

demo: deps build ## a market of nodes on a private chain, from the offers to the payments
	@build/prom demo $(ARGS)

check: ## every test and every source check
	@tools/check

soak: ## the long tests: hours
	@tools/deps --check
	@tools/soak

bench: build ## timings, in bench/
	@tools/bench

format: ## format the sources
	@tools/deps --check
	@tools/lint --format

lint: ## formatting, includes, amounts, clang-tidy
	@tools/deps --check
	@tools/lint

pictures: ## draw the pictures of docs/
	@tools/deps --pictures
	@dot -Tsvg docs/transactions.dot -o docs/transactions.svg

wheel: ## the Python package, in dist/
	@tools/deps --wheel
	@tools/wheel

install: build ## to /usr/local, or to PREFIX
	@tools/install build "$(or $(PREFIX),/usr/local)"

uninstall: ## remove what was installed to /usr/local, or to PREFIX
	@tools/uninstall "$(or $(PREFIX),/usr/local)"

clean: ## remove what was built in this folder
	rm -rf build build-* dist
