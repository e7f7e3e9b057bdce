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

/* The key of a place for its own words, and how a session signs with it. */
static inline const prom_key *words_key_of(const struct cast *cast, size_t place)
{
    return place < PROM_PARTIES ? &cast->party[place] : &cast->arbiter[place - PROM_PARTIES];
}

struct speaker {
    fixture *test;
    const prom_key *key;
};

static inline prom_result speak(void *context, prom_signature *signature, const prom_bytes32 *hash, prom_error *error)
{
    const struct speaker *speaker = context;
    (void)error;
    *signature = sign_hash(speaker->test, speaker->key, hash);
    return prom_ok();
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
        assert_ok(prom_signing_begin(session->at[i], 0, &test->error), &test->error);
    }
}

/* The place's nonces, with all that it needs for them. */
static inline prom_result ask_nonces(fixture *test, const struct session *session, size_t place, prom_span *message,
                                     prom_bytes32 randomness)
{
    struct speaker speaker = {test, words_key_of(&session->cast, place)};
    return prom_signing_give_nonces(&test->arena, session->at[place], message, joint_key_of(&session->cast, place),
                                    &(prom_own_words){&speaker, speak}, &randomness, &test->error);
}

static inline prom_result ask_partials(fixture *test, const struct session *session, size_t place, prom_span *message)
{
    struct speaker speaker = {test, words_key_of(&session->cast, place)};
    return prom_signing_give_partials(&test->arena, session->at[place], message, &(prom_own_words){&speaker, speak},
                                      &test->error);
}

static inline void give_nonces(fixture *test, struct session *session, size_t place)
{
    assert_ok(ask_nonces(test, session, place, &session->nonces[place], named("randomness", place)), &test->error);
}

static inline prom_result take_nonces(fixture *test, struct session *it, size_t place, size_t from, prom_span nonces)
{
    bool old = false;
    return prom_signing_take_nonces(it->at[place], from, nonces, &old, &test->error);
}

static inline prom_result take_partials(fixture *test, struct session *it, size_t place, size_t from,
                                        prom_span partials)
{
    return prom_signing_take_partials(it->at[place], from, partials, &test->error);
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
                assert_ok(take_nonces(test, session, i, from, session->nonces[from]), &test->error);
            }
        }
    }
}

static inline void give_partials(fixture *test, struct session *session, size_t place)
{
    assert_ok(ask_partials(test, session, place, &session->partials[place]), &test->error);
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
                assert_ok(take_partials(test, session, i, from, session->partials[from]), &test->error);
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
        assert_ok(prom_signing_complete(session->at[i], &test->error), &test->error);
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
    return PROM_SIGNING_PARTIALS_BYTES(it->count, prom_signing_count(it->at[0]));
}

/* The bytes of a message, attempt and all, as its place would sign them: the last 64 are made anew. */
static inline prom_span sign_again(fixture *test, const struct session *it, size_t place, prom_signing_kind kind,
                                   uint8_t *bytes, size_t length)
{
    prom_reader reader = prom_reader_of(prom_span_of(bytes, length));
    const uint32_t attempt = prom_read_u32(&reader);
    prom_bytes32 digest;
    prom_bytes32 hash;
    prom_signing_digest(&digest, kind, prom_read_span(&reader, reader.left - sizeof(prom_signature)));
    prom_signing_hash(&hash, &it->tree->contract_id, kind, attempt, &digest);
    const prom_signature signature = sign_hash(test, words_key_of(&it->cast, place), &hash);
    memcpy(bytes + length - sizeof signature, signature.bytes, sizeof signature);
    return prom_span_of(bytes, length);
}

/* Where the nonce of a branch, what is said of a place's nonces, and the partial signature of a branch stand. */
static inline size_t nonce_at(prom_tree_id branch)
{
    return sizeof(uint32_t) + (branch - PROM_TX1) * sizeof(prom_musig_nonce);
}

static inline size_t vouched_at(size_t place)
{
    return sizeof(uint32_t) + place * PROM_SIGNING_VOUCHED_BYTES;
}

static inline size_t partial_at(const struct session *it, prom_tree_id branch)
{
    return vouched_at(it->count) + (branch - PROM_TX1) * sizeof(prom_musig_partial);
}

/* Whom anybody finds at fault who reads the words that a place holds; or, with other words behind, those of two. */
static inline size_t judged(fixture *test, const struct session *it, size_t place, prom_span more, prom_error *reason)
{
    prom_signing_blame blame;
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span words;
    assert_ok(prom_signing_words(&test->arena, &words, it->at[place], &test->error), &test->error);
    prom_write_span(&writer, words);
    prom_write_span(&writer, more);
    assert_ok(prom_writer_finish(&writer, &words, &test->error), &test->error);
    assert_ok(prom_signing_judge(test->curve, &test->arena, &blame, &it->terms, it->tree, words, &test->error),
              &test->error);
    if (reason != NULL) {
        *reason = blame.reason;
    }
    return blame.place;
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
