# breachtally
#
#   make            build/breachtally            make test     all tests
#   make deps       what is missing (Debian)     make asan     tests under ASan and UBSan
#   make demo       set up, generate, scan       make tsan     tests under TSan (clang)
#   make bench      speed beside peers           make check-vectors VECTORS=DIR
#   make fuzz       FUZZ_SECONDS=120 (clang)      make install    PREFIX=/usr/local
#   make clean                               make test-slurm  docs/cluster/slurm.sh, on a Slurm of its own
#   make accuracy   what is found, per kind

BUILD  ?= build
PREFIX ?= /usr/local
CC     := $(if $(filter default,$(origin CC)),gcc,$(CC))

CPPFLAGS += -D_GNU_SOURCE -I$(BUILD)/gen
WARNINGS  = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
HARDENING = -fPIE -fstack-protector-strong -fno-strict-overflow $(if $(findstring x86_64,$(shell uname -m)),-fcf-protection)
FORTIFY   = -D_FORTIFY_SOURCE=2
CFLAGS   ?= -O3 -g
# Two words that were just stored are not loaded as one vector: such a load waits until both stores have left the core.
CODEGEN   = -fno-tree-slp-vectorize
override CFLAGS += -std=c11 $(WARNINGS) $(HARDENING) $(FORTIFY) $(CODEGEN) -fopenmp $(EXTRA)
LDFLAGS  += -pie -Wl,-z,relro,-z,now,-z,noexecstack -fopenmp

# Optional: ISA-L, the faster inflate; without it zlib does all. SIMDe, to test AVX-512 code anywhere.
ISAL  := $(if $(wildcard /usr/include/isa-l/igzip_lib.h),1)
SIMDE := $(if $(wildcard /usr/include/simde/x86/avx512.h),1)
CPPFLAGS += $(if $(ISAL),-DWITH_ISAL)
LDLIBS   += $(if $(ISAL),-lisal) -lpcre2-8 -lz -lzstd -llzma -lbz2 -llz4 -larchive -lxxhash -lcsv -lcjson -lexpat -lcrypto -lm

OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard detectors/*.c) \
            $(filter-out analyzer/main.c,$(wildcard analyzer/*.c analyzer/*/*.c)))
TABLES  = $(BUILD)/gen/tables.h
LINK    = $(CC) $(CFLAGS) $(LDFLAGS) -o $@

all: $(BUILD)/breachtally $(BUILD)/generate

$(BUILD)/breachtally: $(BUILD)/analyzer/main.o $(OBJECTS)
	$(LINK) $^ $(LDLIBS)

$(BUILD)/generate: $(BUILD)/fixtures/generate.o
	$(LINK) $^ -lz

$(BUILD)/%.o: %.c | $(TABLES)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Reference tables become C arrays before anything else is compiled.
$(TABLES): $(BUILD)/embed $(wildcard detectors/data/*.csv)
	@mkdir -p $(@D)
	$(BUILD)/embed detectors/data > $@.tmp && mv $@.tmp $@
$(BUILD)/embed: detectors/data/embed.c detectors/lookup_hash.h detectors/detectors.h
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -std=c11 -O1 $(WARNINGS) -o $@ $< -lcsv

$(BUILD)/analyzer/record/shape_avx2.o: override CFLAGS += $(AVX2)
$(BUILD)/analyzer/record/shape_avx512.o: override CFLAGS += $(AVX512)
ifeq ($(shell uname -m),x86_64)
AVX2   = -mavx2 -mbmi -mbmi2 -mpopcnt
AVX512 = -mavx512f -mavx512bw -mavx512vl -mbmi -mbmi2 -mpopcnt
endif

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# ---------------------------------------------------------------- tests

UNIT_TESTS = $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c))
FUZZERS    = $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAYS    = $(patsubst %,$(BUILD)/tests/fuzz/%,$(FUZZERS))
TOOLS      = $(patsubst %,$(BUILD)/tests/%,check_vectors fuzz_equal make_members die_at.so) $(REPLAYS) $(BUILD)/truth_compare
# Where threads meet.
THREADS    = test_tally test_runs test_parallel test_resolve test_identifiers test_order test_impact_csv test_duplicate

# Packages first, in a make of their own: what is installed decides what is built.
test: deps
	$(MAKE) all test-programs
	tests/all.sh $(BUILD)
test-programs: $(UNIT_TESTS) $(TOOLS) $(BUILD)/accuracy
test-slurm: deps-slurm
	$(MAKE) all
	tests/slurm/run.sh $(BUILD)

# An archive, so that a test may stand in for a module by defining its functions itself.
$(BUILD)/tests/parts.a: $(OBJECTS)
	@mkdir -p $(@D)
	rm -f $@ && ar rcs $@ $^
$(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/tests/parts.a
	$(LINK) $(filter %.o,$^) $(BUILD)/tests/parts.a -lcmocka $(LDLIBS)
# Fuzz targets twice: with a main that replays their corpus, and (make fuzz) with libFuzzer's.
$(REPLAYS): $(BUILD)/tests/fuzz/replay.o
$(BUILD)/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/parts.a
	$(LINK) -fsanitize=fuzzer $^ -lcmocka $(LDLIBS)
# Without any of the program's flags: it goes into programs of every kind, sanitized ones too.
$(BUILD)/tests/die_at.so: tests/die_at.c
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -std=c11 -O1 -g $(WARNINGS) -fPIC -shared -o $@ $<
$(BUILD)/truth_compare: $(BUILD)/tests/truth_compare.o
	$(LINK) $^ -lcjson -lm
ifeq ($(SIMDE),1)
$(BUILD)/tests/test_shape $(BUILD)/tests/test_csv_index: $(BUILD)/tests/shape_emulated.o
$(BUILD)/tests/test_shape.o $(BUILD)/tests/test_csv_index.o: override CFLAGS += -DWITH_SIMDE
$(BUILD)/tests/shape_emulated.o: analyzer/record/shape_avx512.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(filter-out $(WARNINGS),$(CFLAGS)) -fno-sanitize=undefined -DSHAPE_EMULATED -MMD -MP -c -o $@ $<
endif
# Most of the time of a test is that of the program: making its own code fast would take longer than it saves.
$(BUILD)/tests/%.o: override CFLAGS += -O1
.SECONDARY:

check-vectors: $(BUILD)/tests/check_vectors
	$(BUILD)/tests/check_vectors $(or $(VECTORS),tests/vectors)

# The same tests, other flags. ThreadSanitizer needs clang and its OpenMP, whose tool Archer tells it
# about parallel regions; gcc's raises false alarms.
asan: asan-programs
	tests/all.sh build-asan sanitized
tsan: tsan-programs
	tests/all.sh build-tsan threads $(THREADS)
# Only what runs there, with lines for a trace and no more. WERROR=-Werror makes an error of a warning.
asan-programs:
	$(MAKE) BUILD=build-asan CFLAGS="-O1 -g1" FORTIFY= EXTRA="-fsanitize=address,undefined -fno-sanitize-recover=all $(WERROR)" all sanitized-programs
tsan-programs:
	$(MAKE) BUILD=build-tsan CC=clang CFLAGS="-O1 -g1" FORTIFY= EXTRA="-fsanitize=thread $(WERROR)" all threads-programs
sanitized-programs: $(UNIT_TESTS) $(TOOLS)
threads-programs: $(THREADS:%=$(BUILD)/tests/%) $(BUILD)/tests/make_members $(BUILD)/tests/die_at.so $(BUILD)/truth_compare
# New inputs gather in build-fuzz/corpus_NAME; those that are worth it go to tests/fuzz/corpus_NAME.
FUZZ_SECONDS = 120
FUZZ_FLAGS   = -max_len=4096 -timeout=20 -rss_limit_mb=4096 -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -artifact_prefix=build-fuzz/
fuzz: deps-tsan
	$(MAKE) BUILD=build-fuzz CC=clang CFLAGS="-O1 -g" FORTIFY= EXTRA="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all" \
	    $(patsubst %,build-fuzz/%,$(FUZZERS))
	for name in $(patsubst fuzz_%,%,$(FUZZERS)); do mkdir -p build-fuzz/corpus_$$name && \
	    build-fuzz/fuzz_$$name $(FUZZ_FLAGS) build-fuzz/corpus_$$name tests/fuzz/corpus_$$name || exit 1; done

# ---------------------------------------------------------------- set-up, demo, bench, install

BUILD_PACKAGES = gcc make libc6-dev libpcre2-dev zlib1g-dev libzstd-dev liblzma-dev libbz2-dev liblz4-dev libarchive-dev libxxhash-dev libcsv-dev libcjson-dev libexpat1-dev libssl-dev libisal-dev
TEST_PACKAGES  = libcmocka-dev libsimde-dev jq gzip zstd xz-utils bzip2 lz4 tar zip p7zip-full gawk util-linux
TSAN_PACKAGES  = clang libomp-dev libclang-rt-14-dev
SLURM_PACKAGES = slurm-wlm munge
BENCH_PACKAGES = ripgrep npm zip

deps:
	tests/install_packages.sh $(BUILD_PACKAGES) $(TEST_PACKAGES)
deps-build:
	tests/install_packages.sh $(BUILD_PACKAGES)
deps-tsan:
	tests/install_packages.sh $(BUILD_PACKAGES) $(TEST_PACKAGES) $(TSAN_PACKAGES)
deps-slurm:
	tests/install_packages.sh $(BUILD_PACKAGES) $(TEST_PACKAGES) $(SLURM_PACKAGES)
deps-bench:
	tests/install_packages.sh $(BUILD_PACKAGES) $(BENCH_PACKAGES)

# 100,000 customers of a car maker that never was, and what a bucket full of them would tell.
demo: deps-build
	$(MAKE) all
	rm -rf demo && mkdir demo
	$(BUILD)/generate --out demo/dump --customers 100000 --rows 400000 --seed 1
	$(BUILD)/breachtally scan demo/dump --case demo/case

bench: all
	CC=$(CC) bench/run.sh $(BUILD)
	CC=$(CC) bench/roster.sh $(BUILD)
# Recall, precision and false accepts of every kind; exit 1 where a target is missed.
accuracy: $(BUILD)/accuracy
	$(BUILD)/accuracy $(UNITS) $(TOKENS)
$(BUILD)/accuracy: $(BUILD)/bench/accuracy/accuracy.o $(BUILD)/tests/parts.a
	$(LINK) $^ $(LDLIBS)
# What docs/scale.md goes by.
bench-scale: all
	CC=$(CC) bench/scale/simulate.sh $(BUILD)

install: all
	install -D -m 755 $(BUILD)/breachtally $(DESTDIR)$(PREFIX)/bin/breachtally

clean:
	rm -rf build build-asan build-tsan build-fuzz demo

.PHONY: all accuracy test test-programs test-slurm deps-slurm check-vectors asan tsan asan-programs tsan-programs sanitized-programs threads-programs fuzz deps deps-build deps-tsan deps-bench demo bench bench-scale install clean
