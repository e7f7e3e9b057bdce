/* A contract whose worker has delivered, for the tests of evidence. */
#ifndef PROMETHEUS_TEST_EVIDENCE_SCENE_H
#define PROMETHEUS_TEST_EVIDENCE_SCENE_H

#include "contract/cast.h"

#include "prometheus/contract/evidence.h"

enum { ARBITERS = 5 };

/* A delivery for terms of ARBITERS arbiters, E_V as W makes it. */
struct scene {
    struct cast cast;
    prom_terms terms;
    prom_bytes32 contract_id;
    prom_bytes32 ephemeral;
    prom_package package;
    prom_span bytes;
};

static inline void write_package(fixture *test, struct scene *scene)
{
    assert_ok(prom_package_write(&test->arena, &scene->bytes, &scene->package, &test->error), &test->error);
}

static inline struct scene make_numbered_scene(fixture *test, size_t number)
{
    struct scene scene = {.cast = make_cast(test), .ephemeral = named("ephemeral", number)};
    scene.terms = valid_terms(test, &scene.cast, ARBITERS);
    assert_ok(prom_terms_contract_id(&test->arena, &scene.contract_id, &scene.terms, &test->error), &test->error);
    scene.package.root = named("root", 0);
    scene.package.ciphertext = span_of_hex(test, "00112233445566778899");
    assert_ok(prom_seal_key(test->curve, &scene.package.E_V, &scene.cast.h_p, &scene.contract_id, &scene.ephemeral,
                            &scene.terms.parties[PROM_PARTY_V].key, &test->error),
              &test->error);
    write_package(test, &scene);
    return scene;
}

static inline struct scene make_scene(fixture *test)
{
    return make_numbered_scene(test, 0);
}

/* Bytes that may be anything, in memory of exactly their size. */
#define assert_layout_is_strict(read, bytes, sentence)                                                                 \
    do {                                                                                                               \
        for (size_t length_ = 0; length_ <= (bytes).length + 1; length_++) {                                           \
            uint8_t *exact_ = calloc(1, length_ > 0 ? length_ : 1);                                                    \
            assert_non_null(exact_);                                                                                   \
            memcpy(exact_, (bytes).data, length_ < (bytes).length ? length_ : (bytes).length);                         \
            const prom_span given_ = prom_span_of(exact_, length_);                                                    \
            if (length_ == (bytes).length) {                                                                           \
                assert_ok(read, &test->error);                                                                         \
            } else {                                                                                                   \
                assert_fails(read, PROM_CATEGORY_PEER, &test->error, (sentence));                                      \
            }                                                                                                          \
            free(exact_);                                                                                              \
        }                                                                                                              \
    } while (0)

#endif
