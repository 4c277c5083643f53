# mlrt: a machine-learning runtime small enough to live in another program.
#
# On a bare machine `make mnist` installs what is missing, builds, fetches the
# digits and trains on them; `make test` builds and runs every test; `make
# help` lists the rest.

# ---- Settings, to change here or on the command line ----------------------

PREFIX   = /usr/local
LIBDIR   = $(PREFIX)/lib
LUA_CMOD = $(LIBDIR)/lua/5.4
B       := build$(if $(filter none,$(BLAS)),/none)
JOBS    := $(shell nproc 2>/dev/null || echo 2)
OPT      = -O2 -g
CFLAGS   =
LDFLAGS  =

# Lua 5.4, under whichever name pkg-config knows it.
LUA_PC := $(shell for p in lua5.4 lua-5.4 lua54 lua; do pkg-config --exists \
            "$$p >= 5.4 $$p < 5.5" 2>/dev/null && echo $$p && break; done)
LUA_CFLAGS := $(if $(LUA_PC),$(strip $(shell pkg-config --cflags $(LUA_PC))))
LUA_LIBS   := $(if $(LUA_PC),$(shell pkg-config --libs $(LUA_PC)))

# One BLAS in the process: OpenBLAS's pthread build, named by its file, so that
# the system's choice of libblas.so.3 does not join it; pkg-config elsewhere.
BLAS_DIR := $(patsubst %/libopenblas.so.0,%,$(wildcard /usr/lib/$(shell \
              $(CC) -print-multiarch)/openblas-pthread/libopenblas.so.0))
ifeq ($(BLAS),none) # only kernels of our own; LAPACK's operations refuse
BLAS_CFLAGS := -DMLRT_NO_BLAS
BLAS_LIBS   :=
else ifneq ($(BLAS_DIR),)
BLAS_CFLAGS := -I$(subst /usr/lib/,/usr/include/,$(BLAS_DIR))
BLAS_LIBS   := $(dir $(BLAS_DIR))liblapacke.a $(BLAS_DIR)/libopenblas.so.0 \
               -Wl,-rpath,$(BLAS_DIR)
else
BLAS_CFLAGS := $(shell pkg-config --cflags openblas lapacke 2>/dev/null)
BLAS_LIBS   := $(shell pkg-config --libs lapacke openblas 2>/dev/null)
endif

# The editor of mlrun's prompt, where there is one; not GNU's, whose licence is
# narrower than ours.
EDIT_LIBS := $(shell pkg-config --exists libedit 2>/dev/null && \
               pkg-config --libs libedit)

# Debian's names of what must be there to build, and to test.
BUILD_PACKAGES = gcc libc6-dev make pkg-config curl ca-certificates \
                 lua5.4 liblua5.4-dev libopenblas-pthread-dev liblapacke-dev \
                 zlib1g-dev libedit-dev
PACKAGES = $(BUILD_PACKAGES) libcriterion-dev lua-check clang-format gcovr \
           luarocks \
           valgrind

# ---- No need to change anything below -------------------------------------

MAKEFLAGS += --no-print-directory $(if $(filter 0,$(MAKELEVEL)),-j$(JOBS))
ALL_CFLAGS = -std=c11 -D_DEFAULT_SOURCE -fPIC -fvisibility=hidden -pthread \
             -fno-asynchronous-unwind-tables -Wall -Wextra -Wconversion \
             -Wshadow -Wstrict-prototypes -Icore -Ibindings $(OPT) $(CFLAGS)
LIBS = $(BLAS_LIBS) -lz -lm -pthread

comma := ,
# A flag if this compiler and linker know it.
can = $(shell $(CC) $(1) -Werror -shared -x c /dev/null -o /dev/null \
        2>/dev/null && echo '$(1)')

# Kernels are compiled once for each instruction set and chosen at run time.
# Loops become vectors, but not several copies each as by -O3, which makes the
# library a third larger and hardly faster.
KERNEL_OPT := -O2 -ftree-vectorize $(call can,-fvect-cost-model=dynamic) \
              $(call can,-fno-align-jumps) $(call can,-fno-align-functions) \
              $(call can,--param=vect-epilogues-nomask=0) -fopenmp-simd \
              -fno-math-errno -fno-trapping-math
# What runs once a call is compiled for size, but not the HOT files, which loop
# over elements, nodes or what a script gives: a twelfth of the library for no
# instruction of a small operation.
SMALL = $(if $(filter -O2,$(OPT)),-Os)
HOT   = alloc copy gemm grad iter op optim parallel random tensor walk \
        count draw elementwise embed gather index items mask rank resize \
        running sets sort warp \
        largs lgrad lindex lmemory lop lpattern ltable ltensor \
        runtime_alloc sandbox_string sandbox_table \
        frame/csv frame/csv_columns frame/csv_parallel frame/group \
        frame/number frame/reduce frame/rows frame/words \
        rl/env rl/model rl/tabular_learn rl/tabular_train
# Kernels that wait for memory.
LIGHT = arithmetic compare loss
ISAS = base
ifneq ($(filter x86_64%,$(shell $(CC) -dumpmachine)),)
ISAS += avx2 avx512
ISA_base   = $(SMALL)
ISA_avx2   = -march=x86-64-v3
ISA_avx512 = -march=x86-64-v4 -mprefer-vector-width=512
ALL_CFLAGS += -DMLRT_HAVE_AVX2 -DMLRT_HAVE_AVX512
endif

CORE    = $(wildcard core/*.c core/ops/*.c core/io/*.c core/frame/*.c \
                     core/rl/*.c)
KERNELS = $(wildcard core/kernels/*.c)
MLRUN   = $(wildcard bindings/mlrun.c bindings/mlrun_*.c)
BIND    = $(filter-out $(MLRUN),$(wildcard bindings/*.c))
GENOPS  = $(wildcard docs/gen/*.c)
TESTS   = $(wildcard tests/c/*.c)
PROMPT  = $(sort $(wildcard lua/mlrt/prompt/*.lua))
LUA     = $(filter-out $(PROMPT),$(sort $(shell find lua -name '*.lua')))

CORE_O  = $(CORE:%.c=$(B)/%.o) \
          $(foreach i,$(ISAS),$(KERNELS:%.c=$(B)/%.$(i).o))
BIND_O  = $(BIND:%.c=$(B)/%.o) $(B)/embedded.o
MLRUN_O = $(MLRUN:%.c=$(B)/%.o) $(B)/bindings/embedded.o $(B)/prompt.o
TESTS_O = $(TESTS:%.c=$(B)/%.o)
BENCH   = $(patsubst %.c,$(B)/%,$(wildcard tests/bench/*.c))
NOCACHE = core/alloc.c core/tensor.c
FAULTS  = $(wildcard tests/long/*.c)
FUZZERS = $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))

.PHONY: all deps mnist test test-long asan cov fuzz fuzzers bench bench-tools \
        docs golden size install install-module uninstall clean help FORCE

# For the scripts that test.
export CC LIBS LUA_CFLAGS LUA_LIBS BLAS_CFLAGS

all: $(B)/mlrun $(B)/libmlrt.so $(B)/libmlrt.a $(B)/mlrt.so ## build (default)

# ---- Objects --------------------------------------------------------------

COMPILE = @mkdir -p $(@D) && echo "  CC $@" && \
          $(CC) $(ALL_CFLAGS) $(EXTRA) -MMD -MP -c $< -o $@

# -Os for build/core/ops/x.o, unless x or ops/x is HOT.
stem  = $(basename $(@F))
sized = $(if $(filter $(HOT),$(stem) $(notdir $(@D))/$(stem)),,$(SMALL))
$(B)/core/%.o: EXTRA = $(sized) $(BLAS_CFLAGS)
$(B)/bindings/%.o: EXTRA = $(sized) $(LUA_CFLAGS)
$(B)/tests/%.o: EXTRA = $(BLAS_CFLAGS) $(LUA_CFLAGS)
$(B)/%.o: %.c $(B)/flags
	$(COMPILE)
$(B)/bindings/mlrun_%.o: EXTRA = $(SMALL) $(LUA_CFLAGS) \
                               $(if $(EDIT_LIBS),-DMLRUN_LIBEDIT)
$(B)/embedded.o $(B)/prompt.o: $(B)/%.o: $(B)/%.c
	$(COMPILE)

define kernel_rule
$(B)/core/kernels/%.$(1).o: EXTRA = $$(KERNEL_OPT) $$(ISA_$(1)) \
  $$(if $$(filter $$(LIGHT),$$(basename $$(stem))),$$(SMALL)) -DMLRT_ISA=$(1)
$(B)/core/kernels/%.$(1).o: core/kernels/%.c $(B)/flags
	$$(COMPILE)
endef
$(foreach i,$(ISAS),$(eval $(call kernel_rule,$(i))))

# The Lua library as one C table.
$(B)/embed: bindings/tools/embed.c $(B)/flags
	$(CC) -O1 $< -o $@ -lz
$(B)/embedded.c: $(B)/embed $(LUA) $(B)/files
	$(B)/embed lua $(LUA) >$@.new && mv $@.new $@
# The prompt's, in mlrun only.
TEXTS = $(B)/texts/mlrt/prompt/texts.lua
PAGES = $(filter-out %/README.md,$(sort $(wildcard docs/reference/*.md))) \
        $(sort $(wildcard docs/guide/*.md)) docs/coming-from.md \
        docs/differences.md
$(TEXTS): bindings/tools/texts.awk $(LUA) $(PAGES) $(B)/files
	@mkdir -p $(@D)
	awk -f $< lua/mlrt/init.lua $(LUA) $(PAGES) >$@
$(B)/prompt.c: $(B)/embed $(PROMPT) $(TEXTS) $(B)/files
	ln -sf $(CURDIR)/lua/mlrt/prompt/*.lua $(<D)/texts/mlrt/prompt
	$(B)/embed $(B)/texts $(PROMPT:lua/%=$(B)/texts/%) $(TEXTS) | \
	  sed s/mlrt__modules/mlrun__modules/ >$@.new
	mv $@.new $@

# What is compiled depends on a text of the flags, what is linked on a text of
# the file names: a change of either, a deleted file too, rebuilds what it must.
$(B)/flags: TEXT = $(CC) $(ALL_CFLAGS) $(KERNEL_OPT) $(SMALL) $(HOT) \
                   $(LUA_CFLAGS) \
                   $(BLAS_CFLAGS) $(LDFLAGS) $(LIBS) $(LUA_LIBS) $(EDIT_LIBS)
$(B)/files: TEXT = $(CORE) $(KERNELS) $(BIND) $(MLRUN) $(TESTS) $(FAULTS) $(LUA) \
                   $(PROMPT)
$(B)/flags $(B)/files: FORCE
	@test -n "$(LUA_LIBS)" && test -n "$(BLAS_LIBS)$(filter none,$(BLAS))" || { echo \
	  "mlrt needs Lua 5.4, OpenBLAS and LAPACKE: run 'make deps'" >&2; false; }
	@mkdir -p $(@D)
	@echo '$(TEXT)' | cmp -s - $@ || echo '$(TEXT)' >$@

# ---- Libraries and programs -----------------------------------------------

# Rows are full of pointers; glibc takes their list packed from 2.36 on.
RELR := $(if $(shell getconf GNU_LIBC_VERSION 2>/dev/null | \
          awk '$$2 >= 2.36'),$(call can,-Wl$(comma)-z$(comma)pack-relative-relocs))
LINK   = $(CC) $(OPT) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^)
# What is called inside the library is not looked up by name.
SHARED = $(LINK) -shared $(RELR) -Wl,--exclude-libs,ALL -Wl,-Bsymbolic-functions

# Two objects with every hidden name made local: a C host that uses no Lua
# pulls only the first one out of the archive.
$(B)/mlrt-core.o: $(CORE_O)
$(B)/mlrt-lua.o: $(BIND_O)
$(B)/mlrt-core.o $(B)/mlrt-lua.o: $(B)/files
	$(LD) -r -o $@ $(filter %.o,$^) && objcopy --localize-hidden $@
$(B)/libmlrt.a: $(B)/mlrt-core.o $(B)/mlrt-lua.o
	rm -f $@ && $(AR) rcsD $@ $^
$(B)/libmlrt.so: $(CORE_O) $(BIND_O) $(B)/files
	$(SHARED) -Wl,-soname,$(@F).0 -Wl,-z,defs $(LIBS) $(LUA_LIBS)
	ln -sf $(@F) $@.0
$(B)/mlrt.so: $(CORE_O) $(BIND_O) $(B)/files
	$(SHARED) $(LIBS)
$(B)/mlrun: $(MLRUN_O) $(B)/libmlrt.a
	$(LINK) $(LIBS) $(LUA_LIBS) $(EDIT_LIBS)
# In its tests of files core/'s own requests for memory fail.
UNIT = $(LINK) -Wl,--wrap=mlrt__alloc,--wrap=mlrt__grow $(LIBS) $(LUA_LIBS) \
       -lcriterion
$(B)/tests/unit: $(TESTS_O) $(CORE_O) $(BIND_O) $(B)/files
	$(UNIT)
$(B)/genops: $(GENOPS:%.c=$(B)/%.o) $(CORE_O)
	$(LINK) $(LIBS)

# The program that has memory and file calls fail; without the cache, each
# request is seen.
$(B)/nocache/%.o: EXTRA = $(BLAS_CFLAGS) -DMLRT_NO_CACHE
$(B)/nocache/%.o: %.c $(B)/flags
	$(COMPILE)
$(B)/tests/faults: $(FAULTS:%.c=$(B)/%.o) $(NOCACHE:%.c=$(B)/nocache/%.o) \
  $(filter-out $(NOCACHE:%.c=$(B)/%.o),$(CORE_O)) $(BIND_O) $(B)/files
	$(LINK) $(LIBS) $(LUA_LIBS)

# A mlrun of the same kind, whose own requests fail.
WRAPPED = malloc calloc realloc free getline
$(B)/tests/faulty: $(B)/tests/long/process/faulty.o $(MLRUN_O) \
  $(NOCACHE:%.c=$(B)/nocache/%.o) \
  $(filter-out $(NOCACHE:%.c=$(B)/%.o),$(CORE_O)) $(BIND_O) $(B)/files
	$(LINK) $(WRAPPED:%=-Wl,--wrap=%) $(LIBS) $(LUA_LIBS) $(EDIT_LIBS)

# The programs that count what runs of core/, with the kernels of one
# instruction set: the others are the same source.
COUNT = -O1 -w --coverage -fopenmp-simd -UMLRT_HAVE_AVX2 -UMLRT_HAVE_AVX512
COV_O = $(CORE:%.c=$(B)/cov/%.o) $(KERNELS:%.c=$(B)/cov/%.base.o) $(BIND_O)
$(B)/cov/%.o: EXTRA = $(COUNT) $(BLAS_CFLAGS)
$(B)/cov/%.o: %.c $(B)/flags
	$(COMPILE)
$(B)/cov/%.base.o: EXTRA = $(COUNT) -DMLRT_ISA=base
$(B)/cov/%.base.o: %.c $(B)/flags
	$(COMPILE)
$(B)/cov/mlrun: $(MLRUN_O) $(COV_O) $(B)/files
	$(LINK) --coverage $(LIBS) $(LUA_LIBS) $(EDIT_LIBS)
$(B)/cov/tests/unit: $(TESTS_O) $(COV_O) $(B)/files
	@mkdir -p $(@D)
	$(UNIT) --coverage

# The probe is what a compiler makes of bare loops at its best.
$(B)/tests/bench/probe.o: EXTRA = $(BLAS_CFLAGS) -O3 -march=native -ffast-math
$(B)/tests/bench/probe: $(B)/tests/bench/probe.o
$(B)/tests/bench/spawn: $(B)/tests/bench/spawn.o
$(B)/tests/bench/host $(B)/tests/bench/runtime: $(B)/tests/bench/%: \
  $(B)/tests/bench/%.o $(B)/libmlrt.a
$(BENCH):
	$(LINK) $(if $(filter %/spawn,$@),,$(LIBS)) $(if $(filter \
	  %/runtime,$@),$(LUA_LIBS))

$(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(CORE_O) $(BIND_O) $(B)/files
	$(LINK) -fsanitize=fuzzer $(LIBS) $(LUA_LIBS)

# ---- What people type -----------------------------------------------------

deps: ## install what is missing (by apt; elsewhere say what to install)
	@sh .ci/deps $(PACKAGES)

mnist: ## from a bare machine to a network trained on MNIST
	@$(MAKE) deps PACKAGES="$(BUILD_PACKAGES)"
	@$(MAKE) all
	@data=$$(sh examples/fetch_mnist.sh) && \
	  $(B)/mlrun examples/train_mnist.lua --data "$$data"

fashion: ## the same for ten kinds of clothes, Fashion-MNIST
	@$(MAKE) deps PACKAGES="$(BUILD_PACKAGES)"
	@$(MAKE) all
	@data=$$(sh examples/fetch_mnist.sh --fashion) && \
	  $(B)/mlrun examples/fashion_mnist.lua --data "$$data"

test: ## from a bare machine through every test
	@$(MAKE) deps
	@$(MAKE) all $(addprefix $(B)/,tests/unit tests/faults tests/faulty \
	  cov/mlrun cov/tests/unit genops) bench-tools
	@B="$(B)" COVER=1 JOBS=$(JOBS) sh tests/run.sh

PART = sweeps
test-long: ## a long part of the tests: PART=sweeps, soak, mutants or rl
	@$(MAKE) all $(B)/tests/faults $(B)/tests/faulty
	@B="$(B)" sh tests/long/run.sh $(PART)

asan: ## every test under the address and undefined-behaviour sanitizers
	@$(MAKE) deps
	@$(MAKE) $(addprefix $(B)/asan/,mlrun tests/unit tests/faults tests/faulty) \
	  B=$(B)/asan OPT="-O1 -g" \
	  KERNEL_OPT="-O1 -fopenmp-simd -fno-math-errno -fno-trapping-math" \
	  CFLAGS="$(CFLAGS) -DMLRT_NO_CACHE -fsanitize=address,undefined \
	  -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
	@SANITIZE=1 B="$(B)/asan" JOBS=$(JOBS) sh tests/run.sh

cov: ## coverage of core/ by the C tests and the specs
	@$(MAKE) -s $(B)/cov/mlrun $(B)/cov/tests/unit
	@COVERAGE=1 B="$(B)/cov" JOBS=$(JOBS) sh tests/run.sh

FUZZ_CC = $(shell command -v clang || command -v clang-14 || echo clang)
FUZZ_SECONDS = 60
export FUZZ_SECONDS
fuzz: ## fuzz each reader for FUZZ_SECONDS under the sanitizers (needs clang)
	@$(MAKE) fuzzers B=$(B)/fuzz CC=$(FUZZ_CC) OPT="-O1 -g" KERNEL_OPT=-O0 \
	  CFLAGS="$(CFLAGS) -DMLRT_NO_CACHE -fno-sanitize-recover=undefined \
	  -fsanitize=fuzzer-no-link,address,undefined"
	@B="$(B)/fuzz" sh tests/fuzz/run.sh
fuzzers: $(FUZZERS)

bench: all bench-tools ## measure; PEERS=1 compares; WIDTH=1: every operation
	@$(if $(PEERS),sh tests/bench/peers/prepare.sh)
	$(B)/mlrun tests/bench/run.lua $(if $(PEERS),--peers) $(if $(WIDTH),width,\
	  --json $(B)/bench.json --svg $(B)/bench.svg --markdown $(B)/bench.md \
	  $(ROWS))
bench-tools: $(BENCH)

# A Python that has PyTorch; tests/bench/peers/README.md installs one.
GOLDEN_PYTHON = $(or $(MLRT_PEERS),$(HOME)/.cache/mlrt/peers)/bin/python

# A row may call functions that only this step declares, hence a build of its
# own that forgives undeclared ones.
FORGIVING = -w -Wno-error=implicit-function-declaration \
            -Wno-error=int-conversion
docs: ## write the files generated from the operations' rows
	@$(MAKE) -s $(B)/gen/genops B=$(B)/gen OPT=-O0 KERNEL_OPT= \
	  LDFLAGS="-no-pie -Wl,--unresolved-symbols=ignore-all" CFLAGS="$(FORGIVING)"
	@mkdir -p $(B)/gen/out
	$(B)/gen/genops $(B)/gen/out docs
	@for f in $(B)/gen/out/*; do \
	  cmp -s $$f core/$${f##*/} || cp $$f core; done # only what changed
	@$(MAKE) -s $(B)/mlrun
	$(B)/mlrun docs/gen/examples.lua docs

golden: $(B)/mlrun ## ask PyTorch for the values that the tests compare
	$(B)/mlrun tests/golden/ops.lua | $(GOLDEN_PYTHON) tests/golden/ops.py

size: all ## bytes of the libraries, lines of the source
	@REPORT=1 B="$(B)" sh tests/check/size.sh

# ---- Installing -----------------------------------------------------------

override PREFIX := $(abspath $(PREFIX))
VERSION := $(shell sed -n 's/.*MLRT_VERSION "\(.*\)"/\1/p' core/mlrt.h)
HEADERS  = core/mlrt.h core/mlrt_ops.h core/mlrt_frame.h core/mlrt_rl.h \
           bindings/mlrtlib.h
INCDIR   = $(PREFIX)/include/mlrt
CMAKEDIR = $(LIBDIR)/cmake/mlrt
CONFIGS  = $(LIBDIR)/pkgconfig/mlrt.pc $(CMAKEDIR)/mlrtConfig.cmake \
           $(CMAKEDIR)/mlrtConfigVersion.cmake
MAN      = $(PREFIX)/share/man/man1/mlrun.1
INSTALLED = $(PREFIX)/bin/mlrun $(MAN) $(CONFIGS) $(LUA_CMOD)/mlrt.so \
            $(addprefix $(LIBDIR)/libmlrt,.a .so .so.0 .so.$(VERSION)) \
            $(addprefix $(INCDIR)/,$(notdir $(HEADERS)))

# What stands between two @ in bindings/dist/.
space      := $(subst ,, )
LUA_DIRS    = $(patsubst -I%,"%",$(LUA_CFLAGS))
CMAKE_LIBS  = $(subst $(space),;,$(strip $(LIBS) $(LUA_LIBS)))
STATIC_LIBS = $(filter-out -lz,$(LIBS)) $(if $(LUA_PC),,$(LUA_LIBS))
FILL = sed $(foreach name,PREFIX LIBDIR VERSION LUA_PC LUA_DIRS CMAKE_LIBS \
         STATIC_LIBS,-e 's|@$(name)@|$($(name))|g')

INSTALL = install -D -m
install-module: $(B)/mlrt.so
	$(INSTALL) 755 $< $(DESTDIR)$(LUA_CMOD)/mlrt.so
install: all install-module ## install under PREFIX (and DESTDIR)
	$(INSTALL) 755 $(B)/mlrun $(DESTDIR)$(PREFIX)/bin/mlrun
	$(INSTALL) 755 $(B)/libmlrt.so $(DESTDIR)$(LIBDIR)/libmlrt.so.$(VERSION)
	ln -sf libmlrt.so.$(VERSION) $(DESTDIR)$(LIBDIR)/libmlrt.so.0
	ln -sf libmlrt.so.0 $(DESTDIR)$(LIBDIR)/libmlrt.so
	$(INSTALL) 644 $(B)/libmlrt.a $(DESTDIR)$(LIBDIR)/libmlrt.a
	$(INSTALL) 644 docs/man/mlrun.1 $(DESTDIR)$(MAN)
	for h in $(HEADERS); do $(INSTALL) 644 $$h \
	  $(DESTDIR)$(INCDIR)/$${h##*/} || exit 1; done
	for c in $(CONFIGS); do mkdir -p $(DESTDIR)$${c%/*} && $(FILL) \
	  bindings/dist/$${c##*/}.in >$(DESTDIR)$$c && \
	  chmod 644 $(DESTDIR)$$c || exit 1; done

uninstall: ## remove what install put there
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	rmdir $(DESTDIR)$(INCDIR) $(DESTDIR)$(CMAKEDIR) 2>/dev/null || :

clean: ## remove the build directory
	rm -rf $(B)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1 /p' Makefile | \
	  awk '{n = $$1; $$1 = ""; printf "make %-10s%s\n", n, $$0}'

-include $(patsubst %.o,%.d,$(GENOPS:%.c=$(B)/%.o) $(CORE_O) $(BIND_O) \
  $(MLRUN_O) $(TESTS_O) $(BENCH:%=%.o) $(COV_O) $(NOCACHE:%.c=$(B)/nocache/%.o))
