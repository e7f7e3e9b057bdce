/* Meters the modules of programs, for tests/engines.
 *
 *   meter PROGRAM METERED...    writes each program's metered module; any number of pairs. Fails with the reason on
 *                               standard error at the first that is refused */
#include <stdio.h>
#include <stdlib.h>

#include "prometheus/module/module.h"

static const size_t PROGRAM_MAX = PROM_MODULE_MANIFEST + (size_t)PROM_MODULE_BYTES_MAX;

static _Noreturn void stop(const char *path, const char *sentence)
{
    (void)fprintf(stderr, "meter: %s: %s\n", path, sentence);
    exit(1);
}

static prom_span read_file(prom_arena *arena, const char *path)
{
    prom_error error;
    void *bytes = NULL;
    if (!prom_is_ok(prom_arena_alloc(arena, &bytes, PROGRAM_MAX + 1, 1, &error))) {
        stop(path, error.sentence);
    }
    FILE *file = fopen(path, "rb");
    const size_t length = file == NULL ? 0 : fread(bytes, 1, PROGRAM_MAX + 1, file);
    if (file == NULL || fclose(file) != 0) {
        stop(path, "cannot be read");
    }
    return prom_span_of(bytes, length);
}

static void write_file(const char *path, prom_span bytes)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes.data, 1, bytes.length, file) != bytes.length || fclose(file) != 0) {
        stop(path, "cannot be written");
    }
}

static void meter(const char *from, const char *to)
{
    prom_arena arena PROM_SCOPED(prom_arena_free);
    prom_error error;
    prom_module module;
    prom_span metered;
    prom_module_facts facts;
    prom_arena_init(&arena, SIZE_MAX);
    if (!prom_is_ok(prom_module_read(&module, read_file(&arena, from), &error)) ||
        !prom_is_ok(prom_module_meter(&arena, &metered, &facts, &module, &error))) {
        stop(from, error.sentence);
    }
    write_file(to, metered);
}

int main(int count, char **list)
{
    if (count < 3 || count % 2 == 0) {
        stop("arguments", "see the head of tests/tools/meter.c");
    }
    for (int i = 1; i < count; i += 2) {
        meter(list[i], list[i + 1]);
    }
    return 0;
}
