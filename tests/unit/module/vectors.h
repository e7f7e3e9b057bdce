/* What the tests of bytes share: each of a list of vectors is refused, with the sentence that stands there. */
#ifndef PROMETHEUS_TEST_MODULE_VECTORS_H
#define PROMETHEUS_TEST_MODULE_VECTORS_H

#include "support.h"

#include "prometheus/module/module.h"

/* Reads bytes of one kind, and leaves nothing where it fails. */
typedef prom_result (*reading)(fixture *test, prom_span bytes);

static inline void assert_all_refused(fixture *test, const char *list, reading read)
{
    json_t *vectors = load_vectors("module/module.json");
    const json_t *refused = member(vectors, list);
    assert_true(json_array_size(refused) > 5);
    for (size_t i = 0; i < json_array_size(refused); i++) {
        const json_t *vector = json_array_get(refused, i);
        const prom_span bytes = span_of_hex(test, member_text(vector, "bytes"));
        uint8_t *exact = exact_copy(bytes.data, bytes.length);
        const prom_result result = read(test, prom_span_of(exact, bytes.length));
        free(exact);
        assert_fails(result, PROM_CATEGORY_BAD_INPUT, &test->error, member_text(vector, "part"));
    }
    json_decref(vectors);
}

#endif
