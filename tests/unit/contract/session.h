/* The signing session of a whole contract: all of its places, each with the keys that the cast gives it. */
#ifndef PROMETHEUS_TEST_CONTRACT_SESSION_H
#define PROMETHEUS_TEST_CONTRACT_SESSION_H

#include "contract/cast.h"

#include "prometheus/contract/signing.h"

struct session {
    struct cast cast;
    prom_terms terms;
    prom_tree *tree;
    prom_signing *at[PROM_PLACES_MAX]; /* what each place holds */
    size_t count;
    prom_span nonces[PROM_PLACES_MAX]; /* what each place sent */
    prom_span partials[PROM_PLACES_MAX];
};

static inline const prom_key *joint_key_of(const struct cast *cast, size_t place)
{
    return place < PROM_PARTIES ? &cast->party_joint[place] : &cast->arbiter_joint[place - PROM_PARTIES];
}

/* The output key of a place's input of Tx0, whose coins all have one. */
static inline const prom_key *coin_key_of(const struct cast *cast, size_t place)
{
    return place < PROM_PARTIES ? &cast->coin[place] : &cast->offer[place - PROM_PARTIES];
}

/* Builds the tree of the session's cast and terms, and sets everybody at the table. */
static inline void open_session(fixture *test, struct session *session)
{
    assert_ok(prom_terms_check(test->curve, &session->terms, &test->error), &test->error);
    assert_ok(prom_tree_build(test->curve, &test->arena, &session->tree, &session->terms, &test->error), &test->error);
    session->count = PROM_PARTIES + session->terms.arbiter_count;
    for (size_t i = 0; i < session->count; i++) {
        assert_ok(prom_signing_new(test->curve, &test->arena, &session->at[i], &session->terms, session->tree, i,
                                   &test->error),
                  &test->error);
    }
}

static inline void give_nonces(fixture *test, struct session *session, size_t place)
{
    prom_bytes32 randomness = named("randomness", place);
    assert_ok(prom_signing_give_nonces(&test->arena, session->at[place], &session->nonces[place],
                                       joint_key_of(&session->cast, place), &randomness, &test->error),
              &test->error);
}

/* Everybody gives its nonces, and then takes everybody else's. */
static inline void exchange_nonces(fixture *test, struct session *session)
{
    for (size_t i = 0; i < session->count; i++) {
        give_nonces(test, session, i);
    }
    for (size_t i = 0; i < session->count; i++) {
        for (size_t from = 0; from < session->count; from++) {
            if (i != from) {
                assert_ok(prom_signing_take_nonces(session->at[i], from, session->nonces[from], &test->error),
                          &test->error);
            }
        }
    }
}

static inline void give_partials(fixture *test, struct session *session, size_t place)
{
    assert_ok(
        prom_signing_give_partials(&test->arena, session->at[place], &session->partials[place], NULL, &test->error),
        &test->error);
}

/* The same with the partial signatures. */
static inline void exchange_partials(fixture *test, struct session *session)
{
    for (size_t i = 0; i < session->count; i++) {
        give_partials(test, session, i);
    }
    for (size_t i = 0; i < session->count; i++) {
        for (size_t from = 0; from < session->count; from++) {
            if (i != from) {
                assert_ok(prom_signing_take_partials(session->at[i], from, session->partials[from], &test->error),
                          &test->error);
            }
        }
    }
}

/* Destroys what is left of secrets; the fixture frees the memory. */
static inline void close_session(struct session *session)
{
    for (size_t i = 0; i < session->count; i++) {
        prom_signing_wipe(session->at[i]);
    }
}

/* Signs the whole tree; all hold all signatures in the end. */
static inline void sign_tree(fixture *test, struct session *session)
{
    exchange_nonces(test, session);
    exchange_partials(test, session);
    for (size_t i = 0; i < session->count; i++) {
        assert_ok(prom_signing_complete(session->at[i], NULL, &test->error), &test->error);
    }
}

static inline void begin_session(fixture *test, struct session *it, uint8_t n)
{
    *it = (struct session){.cast = make_cast(test)};
    it->terms = valid_terms(test, &it->cast, n);
    open_session(test, it);
}

static inline void begin_signed(fixture *test, struct session *it)
{
    begin_session(test, it, 3);
    sign_tree(test, it);
    close_session(it);
}

/* Nonces of everybody are with everybody. */
static inline void begin_partials(fixture *test, struct session *it)
{
    begin_session(test, it, 3);
    exchange_nonces(test, it);
}

static inline prom_result take_nonces(fixture *test, struct session *it, size_t place, size_t from, prom_span nonces)
{
    return prom_signing_take_nonces(it->at[place], from, nonces, &test->error);
}

static inline prom_result take_partials(fixture *test, struct session *it, size_t place, size_t from,
                                        prom_span partials)
{
    return prom_signing_take_partials(it->at[place], from, partials, &test->error);
}

/* A copy that can be spoilt. */
static inline uint8_t *copy_of(fixture *test, prom_span bytes)
{
    prom_span copy;
    assert_ok(prom_span_copy(&test->arena, &copy, bytes, &test->error), &test->error);
    uint8_t *spoilt = NULL;
    assert_ok(prom_arena_alloc(&test->arena, (void **)&spoilt, bytes.length, 1, &test->error), &test->error);
    memcpy(spoilt, copy.data, bytes.length);
    return spoilt;
}

static inline size_t nonces_bytes(const struct session *it)
{
    return PROM_SIGNING_NONCES_BYTES(prom_signing_count(it->at[0]));
}

static inline size_t partials_bytes(const struct session *it)
{
    return PROM_SIGNING_PARTIALS_BYTES(prom_signing_count(it->at[0]));
}

/* A late signature of a branch: the verdict, by V's own-words key, or the decision, by Y's. */
static inline prom_signature sign_branch(fixture *test, const prom_tree_tx *tx, const prom_key *key)
{
    prom_bytes32 hash;
    assert_ok(prom_tree_sighash(&test->arena, &hash, tx, 0, &test->error), &test->error);
    return sign_hash(test, key, &hash);
}

/* A branch as a place publishes it that has all that the branch may wait for. */
static inline prom_tx *finish_branch(fixture *test, struct session *session, size_t place, const prom_tree_tx *tx)
{
    const prom_signature V = sign_branch(test, tx, &session->cast.party[PROM_PARTY_V]);
    const prom_signature Y = sign_branch(test, tx, &session->cast.Y);
    const prom_publication with = {&V, &Y, &session->cast.h_p, &session->cast.k_p};
    prom_tx *finished = NULL;
    assert_ok(prom_signing_finish(&test->arena, &finished, session->at[place], tx, &with, &test->error), &test->error);
    return finished;
}

/* The place's signatures of its inputs of Tx0. */
static inline prom_span sign_tx0_inputs(fixture *test, const struct cast *cast, const prom_terms *terms,
                                        const prom_tree *tree, size_t place)
{
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span signatures;
    size_t first = 0;
    const size_t count = prom_tx0_inputs(terms, place, &first);
    for (size_t i = first; i < first + count; i++) {
        prom_bytes32 hash;
        assert_ok(prom_tree_sighash(&test->arena, &hash, &tree->tx[PROM_TX0], i, &test->error), &test->error);
        const prom_signature signature = sign_hash(test, coin_key_of(cast, place), &hash);
        prom_write_span(&writer, prom_span_of(signature.bytes, sizeof signature.bytes));
    }
    assert_ok(prom_writer_finish(&writer, &signatures, &test->error), &test->error);
    return signatures;
}

/* Tx0 with everybody's witnesses. */
static inline prom_tx *finish_tx0(fixture *test, const struct cast *cast, const prom_terms *terms,
                                  const prom_tree *tree)
{
    prom_span signatures[PROM_PLACES_MAX];
    prom_tx *finished = NULL;
    for (size_t i = 0; i < PROM_PARTIES + terms->arbiter_count; i++) {
        signatures[i] = sign_tx0_inputs(test, cast, terms, tree, i);
        assert_ok(prom_tx0_check(test->curve, &test->arena, terms, tree, i, signatures[i], &test->error), &test->error);
    }
    assert_ok(prom_tx0_finish(&test->arena, &finished, terms, tree, signatures, &test->error), &test->error);
    return finished;
}

#endif
