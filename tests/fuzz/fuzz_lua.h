/* fuzz_lua.h: fuzz targets that go through Lua.
 *
 * A script in a runtime with little of everything gets the input as a string.
 * It may fail, by an error or a limit; afterwards nothing may be left. */
#ifndef MLRT_FUZZ_LUA_H
#define MLRT_FUZZ_LUA_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mlrtlib.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* A runtime that has loaded a script, which defines fuzz(text). */
static inline mlrt_runtime *fuzz_runtime(const char *script) {
    mlrt_runtime_config config;
    mlrt_runtime_config_init(&config);
    config.max_bytes = 64 << 20;
    config.max_flops = 1e7;
    config.max_seconds = 5;
    config.max_instructions = 10000000;
    config.threads = 1;
    mlrt_runtime *rt = mlrt_runtime_open(&config, NULL);
    if (!rt || mlrt_runtime_load(rt, "fuzz.lua", script, strlen(script)) != 0)
        __builtin_trap();
    return rt;
}

static inline int fuzz_script(mlrt_runtime *rt, const uint8_t *bytes,
                              size_t n) {
    static const char empty[] = "";
    mlrt_value text = mlrt_value_string(n ? (const char *)bytes : empty, n);
    mlrt_value y = mlrt_value_nil();
    int status = mlrt_runtime_call(rt, "fuzz", &text, 1, &y, 1);
    if (status == 0 && y.kind == MLRT_VALUE_BOOL && !y.u.b)
        __builtin_trap(); /* the script saw something wrong */
    mlrt_memory_info info;
    if (mlrt_runtime_call(rt, "clean", NULL, 0, NULL, 0) != 0)
        __builtin_trap();
    mlrt_memory(mlrt_runtime_context(rt), &info);
    if (info.tensors != 0)
        __builtin_trap();
    return 0;
}

#endif
