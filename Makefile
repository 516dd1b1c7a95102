# breachtally
#
#   make            build/breachtally            make test     all tests
#   make deps       missing packages (Debian)    make asan     tests under ASan + UBSan
#   make demo       set up, generate, scan       make tsan     tests under TSan (clang)
#   make bench      speed beside peers           make check-vectors VECTORS=DIR
#   make install    PREFIX=/usr/local            make clean

BUILD   ?= build
PREFIX  ?= /usr/local
CC      ?= gcc
OPENMP  ?= -fopenmp
CPPFLAGS += -D_GNU_SOURCE -I$(BUILD)/gen
WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
HARDENING = -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fno-strict-overflow -fcf-protection
CFLAGS  ?= -O3 -g
override CFLAGS += -std=c11 $(WARNINGS) $(HARDENING) $(OPENMP) $(EXTRA)
LDFLAGS += -pie -Wl,-z,relro,-z,now,-z,noexecstack $(OPENMP)

# Optional: ISA-L, the faster inflate; without it zlib does all.
ISAL := $(if $(wildcard /usr/include/isa-l/igzip_lib.h),1)
ifeq ($(ISAL),1)
CPPFLAGS += -DWITH_ISAL
LDLIBS   += -lisal
endif
LDLIBS += -lpcre2-8 -lz -lcsv -lcjson -lcrypto -lm

DETECTORS = $(wildcard detectors/*.c)
ANALYZER  = $(filter-out analyzer/main.c,$(wildcard analyzer/*.c analyzer/*/*.c))
OBJECTS   = $(patsubst %.c,$(BUILD)/%.o,$(DETECTORS) $(ANALYZER))
TABLES    = $(BUILD)/gen/tables.h

all: $(BUILD)/breachtally $(BUILD)/generate

$(BUILD)/breachtally: $(BUILD)/analyzer/main.o $(OBJECTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Reference tables become C arrays before anything else is compiled.
$(BUILD)/embed: detectors/data/embed.c detectors/lookup_hash.h detectors/detectors.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< -lcsv
$(TABLES): $(BUILD)/embed $(wildcard detectors/data/*.csv)
	@mkdir -p $(@D)
	$(BUILD)/embed detectors/data > $@.tmp && mv $@.tmp $@

$(BUILD)/generate: $(BUILD)/fixtures/generate.o
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lz -lm

$(BUILD)/%.o: %.c | $(TABLES)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/analyzer/record/shape_avx2.o: override CFLAGS += -mavx2 -mbmi -mbmi2 -mpopcnt
$(BUILD)/analyzer/record/shape_avx512.o: override CFLAGS += -mavx512f -mavx512bw -mavx512vl -mbmi -mbmi2 -mpopcnt

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

.PHONY: all
