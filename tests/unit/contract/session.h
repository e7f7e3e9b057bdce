/* The signing session of a whole contract: all of its places, each with the key that the cast gives it. */
#ifndef PROMETHEUS_TEST_CONTRACT_SESSION_H
#define PROMETHEUS_TEST_CONTRACT_SESSION_H

#include "contract/cast.h"

#include "prometheus/contract/signing.h"

/* Signs with one key, without auxiliary randomness, so that every run makes the same signatures. */
struct hand {
    const prom_curve *curve;
    prom_key key;
};

struct session {
    struct cast cast;
    prom_terms terms;
    prom_tree *tree;
    struct hand hand[PROM_PLACES_MAX];
    prom_signing *at[PROM_PLACES_MAX]; /* what each place holds */
    size_t count;
};

static inline prom_result hand_sign(void *context, prom_signature *signature, const prom_bytes32 *hash,
                                    prom_error *error)
{
    static const prom_bytes32 auxiliary = {{0}};
    const struct hand *hand = context;
    return prom_sign(hand->curve, signature, hash, &hand->key, &auxiliary, error);
}

static inline bool hand_verify(void *context, const prom_signature *signature, const prom_bytes32 *hash,
                               const prom_bytes32 *public_key)
{
    const struct hand *hand = context;
    return prom_signature_valid(hand->curve, signature, prom_span_of32(hash), public_key);
}

static inline prom_contract_signer signer_of(struct session *session, size_t place)
{
    return (prom_contract_signer){&session->hand[place], hand_sign, hand_verify};
}

/* Builds the tree of the session's cast and terms, and sets everybody at the table. */
static inline void open_session(fixture *test, struct session *session)
{
    assert_ok(prom_terms_check(test->curve, &session->terms, &test->error), &test->error);
    assert_ok(prom_tree_build(test->curve, &test->arena, &session->tree, &session->terms, &test->error), &test->error);
    session->count = PROM_PARTIES + session->terms.arbiter_count;
    for (size_t i = 0; i < session->count; i++) {
        const prom_key *key = i < PROM_PARTIES ? &session->cast.party[i] : &session->cast.arbiter[i - PROM_PARTIES];
        session->hand[i] = (struct hand){test->curve, *key};
        assert_ok(prom_signing_new(&test->arena, &session->at[i], &session->terms, session->tree, i, &test->error),
                  &test->error);
    }
}

static inline prom_result give(fixture *test, struct session *session, size_t place, prom_stage_of_signing stage,
                               prom_span *signatures)
{
    const prom_contract_signer signer = signer_of(session, place);
    return prom_signing_give(&test->arena, session->at[place], signatures, stage, &signer, &test->error);
}

static inline prom_result take(fixture *test, struct session *session, size_t place, size_t from,
                               prom_stage_of_signing stage, prom_span signatures)
{
    const prom_contract_signer signer = signer_of(session, place);
    return prom_signing_take(session->at[place], from, stage, signatures, &signer, &test->error);
}

/* Everybody gives the signatures of a stage, and then takes everybody else's. */
static inline void sign_stage(fixture *test, struct session *session, prom_stage_of_signing stage)
{
    prom_span given[PROM_PLACES_MAX];
    for (size_t i = 0; i < session->count; i++) {
        assert_ok(give(test, session, i, stage, &given[i]), &test->error);
    }
    for (size_t i = 0; i < session->count; i++) {
        for (size_t j = 0; j < session->count; j++) {
            if (i != j) {
                assert_ok(take(test, session, i, j, stage, given[j]), &test->error);
            }
        }
    }
}

#endif
