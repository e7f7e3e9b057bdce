/* Base terms that C, W and V have signed. */
#ifndef PROMETHEUS_TEST_CONTRACT_SIGNED_TERMS_H
#define PROMETHEUS_TEST_CONTRACT_SIGNED_TERMS_H

#include "contract/cast.h"

static inline prom_base_signatures sign_base(fixture *test, const struct cast *cast, const prom_terms *terms)
{
    prom_base_signatures signatures;
    prom_bytes32 id;
    assert_ok(prom_terms_setup_id(&test->arena, &id, terms, &test->error), &test->error);
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        signatures.by[i] = sign_hash(test, &cast->party[i], &id);
    }
    return signatures;
}

static inline prom_span signed_bytes(fixture *test, const prom_terms *terms, const prom_base_signatures *signatures)
{
    prom_span bytes;
    assert_ok(prom_terms_write_signed(&test->arena, &bytes, terms, signatures, &test->error), &test->error);
    return bytes;
}

#endif
