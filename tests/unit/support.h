/* What unit tests share: an arena and a curve for each test, assertions on results, hex, repeatable random bytes, and
 * the vector files of tests/vectors. It brings cmocka.h and what that needs before it. */
#ifndef PROMETHEUS_TEST_SUPPORT_H
#define PROMETHEUS_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"
#include "prometheus/crypto/key.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* What each test gets as its state. */
typedef struct fixture {
    prom_arena arena;
    prom_curve *curve;
    prom_error error;
} fixture;

static inline int fixture_make(void **state)
{
    static const prom_bytes32 blinding = {{1}};
    fixture *made = calloc(1, sizeof *made);
    *state = made;
    if (made == NULL) {
        return -1;
    }
    prom_arena_init(&made->arena, (size_t)1 << 28);
    return prom_is_ok(prom_curve_new(&made->arena, &made->curve, &blinding, NULL)) ? 0 : -1;
}

static inline int fixture_free(void **state)
{
    fixture *made = *state;
    prom_arena_free(&made->arena);
    free(made);
    return 0;
}

/* A test whose state is a fresh fixture. */
#define FIXTURE_TEST(function) cmocka_unit_test_setup_teardown(function, fixture_make, fixture_free)

static inline void assert_ok_at(prom_result result, const prom_error *error, const char *expression, const char *file,
                                int line)
{
    if (!prom_is_ok(result)) {
        print_error("%s: %s: %s\n", expression, prom_category_name(result.category), error->sentence);
        _fail(file, line);
    }
}

/* That `expression` succeeds; `error` is the one that it was given. */
#define assert_ok(expression, error) assert_ok_at((expression), (error), #expression, __FILE__, __LINE__)

static inline void assert_fails_at(prom_result result, prom_category category, const prom_error *error,
                                   const char *part, const char *expression, const char *file, int line)
{
    if (result.category != category || strstr(error->sentence, part) == NULL) {
        print_error("%s: wanted %s, '...%s...'; got %s, '%s'\n", expression, prom_category_name(category), part,
                    prom_category_name(result.category), error->sentence);
        _fail(file, line);
    }
}

/* That `expression` fails with this category, and with a sentence that holds `part`. */
#define assert_fails(expression, category, error, part)                                                                \
    assert_fails_at((expression), (category), (error), (part), #expression, __FILE__, __LINE__)

/* The bytes of a hex text. */
static inline prom_span span_of_hex(fixture *test, const char *text)
{
    void *bytes = NULL;
    const size_t length = strlen(text) / 2;
    assert_ok(prom_arena_alloc(&test->arena, &bytes, length, 1, &test->error), &test->error);
    assert_true(prom_hex_parse(bytes, length, text, strlen(text)));
    return prom_span_of(bytes, length);
}

static inline prom_bytes32 bytes32_of_hex(const char *text)
{
    prom_bytes32 value;
    assert_true(prom_hex32_parse(&value, text));
    return value;
}

static inline void assert_hex_at(prom_span bytes, const char *expected, const char *file, int line)
{
    char *text = malloc(2 * bytes.length + 1);
    assert_non_null(text);
    (void)prom_hex(text, bytes.data, bytes.length);
    const bool equal = strcmp(text, expected) == 0;
    if (!equal) {
        print_error("wanted %s\n   got %s\n", expected, text);
    }
    free(text);
    if (!equal) {
        _fail(file, line);
    }
}

/* That the bytes are those of a lower-case hex text. */
#define assert_hex(bytes, expected) assert_hex_at((bytes), (expected), __FILE__, __LINE__)
#define assert_hex32(value, expected) assert_hex_at(prom_span_of32(value), (expected), __FILE__, __LINE__)

/* A small generator (SplitMix64, Steele, Lea and Flood 2014): the same numbers in every run. */
static inline uint64_t next_random(uint64_t *state)
{
    uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

static inline size_t random_below(uint64_t *state, size_t end)
{
    return (size_t)(next_random(state) % end);
}

static inline void random_bytes(uint64_t *state, uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (uint8_t)next_random(state);
    }
}

static inline prom_bytes32 random_bytes32(uint64_t *state)
{
    prom_bytes32 value;
    random_bytes(state, value.bytes, sizeof value.bytes);
    return value;
}

/* A key of a random secret. */
static inline prom_key random_key(fixture *test, uint64_t *state)
{
    prom_key key;
    const prom_bytes32 secret = random_bytes32(state);
    assert_ok(prom_key_from_secret(test->curve, &key, &secret, &test->error), &test->error);
    return key;
}

/* A copy in memory of exactly that size, so that a sanitizer sees any read past it; to be given to free. Not inline:
 * gcc 14 follows the branch of no bytes into tests that have some, and warns of what they write there. */
__attribute__((noinline, unused)) static uint8_t *exact_copy(const uint8_t *bytes, size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    if (length > 0) {
        memcpy(copy, bytes, length);
    }
    return copy;
}

/* A JSON file of tests/vectors; to be given to json_decref. */
static inline json_t *load_vectors(const char *name)
{
    char path[1024];
    json_error_t error;
    (void)snprintf(path, sizeof path, "%s/%s", VECTORS, name);
    json_t *vectors = json_load_file(path, 0, &error);
    if (vectors == NULL) {
        fail_msg("%s, line %d: %s", path, error.line, error.text);
    }
    return vectors;
}

/* What stands in a JSON object under `key`; the test fails when it is not there, or not of the type. */
static inline const json_t *member(const json_t *object, const char *key)
{
    const json_t *found = json_object_get(object, key);
    if (found == NULL) {
        fail_msg("the vector has no '%s'", key);
    }
    return found;
}

static inline const char *member_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(member(object, key));
    assert_non_null(text);
    return text;
}

static inline uint64_t member_number(const json_t *object, const char *key)
{
    const json_t *number = member(object, key);
    assert_true(json_is_integer(number) && json_integer_value(number) >= 0);
    return (uint64_t)json_integer_value(number);
}

#endif
