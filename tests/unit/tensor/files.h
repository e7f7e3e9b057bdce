/* What the tests of this room share: an arena for each, and the files of models/. */
#ifndef TEST_TENSOR_FILES_H
#define TEST_TENSOR_FILES_H

#include "support.h"

#include "prometheus/tensor/npy.h"

#define ARENA_BYTES ((size_t)1 << 28)

/* An arena for each test. */
static inline int set_up_arena(void **state)
{
    prom_arena *arena = malloc(sizeof *arena);
    if (arena == NULL) {
        return -1;
    }
    prom_arena_init(arena, ARENA_BYTES);
    *state = arena;
    return 0;
}

static inline int tear_down_arena(void **state)
{
    prom_arena_free(*state);
    free(*state);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up_arena, tear_down_arena)

static inline void *new_bytes(prom_arena *arena, size_t count, size_t size)
{
    void *memory = NULL;
    assert_true(prom_is_ok(prom_arena_alloc(arena, &memory, count, size, NULL)));
    return memory;
}

/* That it failed because of the input, and said `part`. */
#define assert_refused(expression, error, part) assert_fails((expression), PROM_CATEGORY_BAD_INPUT, (error), (part))

static inline prom_span file_bytes(prom_arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t most = (size_t)1 << 20;
    uint8_t *bytes = new_bytes(arena, most, 1);
    const size_t length = fread(bytes, 1, most, file);
    assert_true(length > 0 && length < most);
    (void)fclose(file);
    return prom_span_of(bytes, length);
}

/* The bytes of a file in models/. */
static inline prom_span model_file(prom_arena *arena, const char *name)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", MODELS, name);
    return file_bytes(arena, path);
}

static inline prom_tensor model_tensor(prom_arena *arena, const char *name)
{
    prom_error error = {""};
    prom_tensor tensor;
    assert_ok(prom_npy_read(arena, &tensor, model_file(arena, name), &error), &error);
    return tensor;
}

#endif
