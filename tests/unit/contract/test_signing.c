#include "contract/session.h"

static const prom_satisfaction nothing = {NULL, 0, NULL, 0};

/* Two of three arbiters decide. */
static struct session make_session(fixture *test, uint8_t n)
{
    struct session session = {.cast = make_cast(test)};
    session.terms = valid_terms(test, &session.cast, n);
    return session;
}

static void sign_whole_tree(fixture *test, struct session *session)
{
    open_session(test, session);
    for (prom_stage_of_signing stage = PROM_SIGNING_APPEAL; stage < PROM_SIGNING_LOCKING; stage++) {
        sign_stage(test, session, stage);
    }
}

static size_t size_of(const struct session *session, size_t place, prom_stage_of_signing stage)
{
    size_t count = 0;
    for (size_t i = 0; i < session->tree->tx_count; i++) {
        const prom_tree_tx *tx = &session->tree->tx[i];
        const unsigned bit = place < PROM_PARTIES ? 1U << place : PROM_SIGNER_A;
        count += tx->stage == stage && (tx->presigned_by & bit) != 0;
    }
    return count * sizeof(prom_signature);
}

/* Everybody makes what the tree asks of it, no more, and everybody accepts it. */
static void everybody_signs_the_whole_tree(void **state)
{
    fixture *test = *state;
    static const uint8_t counts[] = {3, 5};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct session session = make_session(test, counts[i]);
        open_session(test, &session);
        for (prom_stage_of_signing stage = PROM_SIGNING_APPEAL; stage < PROM_SIGNING_LOCKING; stage++) {
            for (size_t place = 0; place < session.count; place++) {
                prom_span signatures;
                assert_true(prom_signing_may_give(session.at[place], stage));
                assert_false(prom_signing_may_give(session.at[place], stage + 1));
                assert_ok(give(test, &session, place, stage, &signatures), &test->error);
                assert_int_equal(signatures.length, size_of(&session, place, stage));
            }
            sign_stage(test, &session, stage);
        }
        for (size_t place = 0; place < session.count; place++) {
            assert_true(prom_signing_may_give(session.at[place], PROM_SIGNING_LOCKING));
        }
    }
}

/* What each signs in each stage with three arbiters, of whom two decide; there are four S. */
static void each_signs_its_part(void **state)
{
    fixture *test = *state;
    static const size_t expected[][PROM_SIGNING_LOCKING] = {
        [PROM_PARTY_C] = {2, 8, 8}, /* all but Tx0 */
        [PROM_PARTY_W] = {1, 8, 5}, /* Tx6; Tx7, Tx8; Tx1, TxV0, TxV1, Tx1b, Tx5 */
        [PROM_PARTY_V] = {2, 8, 5}, /* TxA, Tx6; Tx7, Tx8; Tx1, Tx3, Tx4b, Tx1b, Tx5 */
        [PROM_PARTIES] = {2, 8, 0}, [PROM_PARTIES + 1] = {2, 8, 0}, [PROM_PARTIES + 2] = {2, 8, 0},
    };
    struct session session = make_session(test, 3);
    open_session(test, &session);
    for (size_t place = 0; place < session.count; place++) {
        for (prom_stage_of_signing stage = PROM_SIGNING_APPEAL; stage < PROM_SIGNING_LOCKING; stage++) {
            assert_int_equal(size_of(&session, place, stage), expected[place][stage] * sizeof(prom_signature));
        }
        assert_int_equal(session.at[0]->slot_count[place],
                         expected[place][0] + expected[place][1] + expected[place][2]);
    }
}

/* A stage is signed when all of the stages before are there, from everybody, and not before. */
static void nothing_is_given_before_its_stage(void **state)
{
    fixture *test = *state;
    struct session session = make_session(test, 3);
    prom_span early;
    open_session(test, &session);
    assert_fails(give(test, &session, 0, PROM_SIGNING_DECISION, &early), PROM_CATEGORY_MISUSE, &test->error,
                 "signatures of stage 1 were asked for before their time");
    assert_fails(give(test, &session, 0, PROM_SIGNING_CLOSING, &early), PROM_CATEGORY_MISUSE, &test->error,
                 "signatures of stage 2 were asked for before their time");
    for (size_t from = 1; from < session.count; from++) { /* one place after another, and then one's own, is missing */
        prom_span given;
        assert_ok(give(test, &session, from, PROM_SIGNING_APPEAL, &given), &test->error);
        assert_fails(give(test, &session, 0, PROM_SIGNING_DECISION, &early), PROM_CATEGORY_MISUSE, &test->error,
                     "stage 1");
        assert_ok(take(test, &session, 0, from, PROM_SIGNING_APPEAL, given), &test->error);
    }
    assert_fails(give(test, &session, 0, PROM_SIGNING_DECISION, &early), PROM_CATEGORY_MISUSE, &test->error, "stage 1");
    assert_ok(give(test, &session, 0, PROM_SIGNING_APPEAL, &early), &test->error);
    assert_fails(give(test, &session, 0, PROM_SIGNING_CLOSING, &early), PROM_CATEGORY_MISUSE, &test->error, "stage 2");
    assert_ok(give(test, &session, 0, PROM_SIGNING_DECISION, &early), &test->error);
}

/* Tx0 is signed with coins, not in the session. */
static void tx0_is_not_signed_here(void **state)
{
    fixture *test = *state;
    struct session session = make_session(test, 3);
    prom_span signatures = {NULL, 0};
    sign_whole_tree(test, &session);
    assert_fails(give(test, &session, 0, PROM_SIGNING_LOCKING, &signatures), PROM_CATEGORY_MISUSE, &test->error,
                 "stage 3");
    assert_fails(take(test, &session, 0, 1, PROM_SIGNING_LOCKING, signatures), PROM_CATEGORY_MISUSE, &test->error,
                 "nobody to take signatures of stage 3 from");
}

static void nobody_takes_from_itself_or_from_nobody(void **state)
{
    fixture *test = *state;
    struct session session = make_session(test, 3);
    prom_span signatures;
    open_session(test, &session);
    assert_ok(give(test, &session, 0, PROM_SIGNING_APPEAL, &signatures), &test->error);
    assert_fails(take(test, &session, 0, 0, PROM_SIGNING_APPEAL, signatures), PROM_CATEGORY_MISUSE, &test->error,
                 "there is nobody to take signatures of stage 0 from");
    assert_fails(take(test, &session, 0, session.count, PROM_SIGNING_APPEAL, signatures), PROM_CATEGORY_MISUSE,
                 &test->error, "there is nobody");
}

/* The name of the transaction that a place's signature number `at` of a stage is for. */
static const char *signed_tx(const struct session *session, size_t place, prom_stage_of_signing stage, size_t at)
{
    const char *name = NULL;
    size_t seen = 0;
    for (size_t i = 0; i < session->at[0]->slot_count[place]; i++) {
        const prom_tree_tx *tx = &session->tree->tx[session->at[0]->slots[place][i].tx];
        if (tx->stage == stage && seen++ == at) {
            name = tx->name;
        }
    }
    assert_non_null(name);
    return name;
}

/* One bit of one signature is wrong: its sender and the transaction are named, and nothing is taken. */
static void check_bad_signature(fixture *test, struct session *session, size_t place, prom_stage_of_signing stage,
                                prom_span good, size_t at)
{
    const size_t to = place == 0 ? 1 : 0;
    char name[PROM_PLACE_NAME];
    char expected[128];
    uint8_t *bad = exact_copy(good.data, good.length);
    bad[at * sizeof(prom_signature) + 40] ^= 1;
    (void)snprintf(expected, sizeof expected, "the signature of %s by %s is not valid",
                   signed_tx(session, place, stage, at), prom_place_name(name, place));
    assert_fails(take(test, session, to, place, stage, prom_span_of(bad, good.length)), PROM_CATEGORY_PEER,
                 &test->error, expected);
    free(bad);
    assert_false(session->at[to]->taken[place][stage]);
    for (size_t i = 0; i < session->at[to]->slot_count[place]; i++) {
        const prom_signing_slot *slot = &session->at[to]->slots[place][i];
        assert_false(slot->held && session->tree->tx[slot->tx].stage == stage);
    }
}

static void bad_signature_of_each_place_and_stage_is_named(void **state)
{
    fixture *test = *state;
    struct session session = make_session(test, 3);
    open_session(test, &session);
    for (prom_stage_of_signing stage = PROM_SIGNING_APPEAL; stage < PROM_SIGNING_LOCKING; stage++) {
        for (size_t place = 0; place < session.count; place++) {
            prom_span good;
            assert_ok(give(test, &session, place, stage, &good), &test->error);
            for (size_t at = 0; at < good.length / sizeof(prom_signature); at++) {
                check_bad_signature(test, &session, place, stage, good, at);
            }
        }
        sign_stage(test, &session, stage);
    }
}

/* What place 0 has for a place's signature of a transaction, or NULL when that place does not sign it. */
static const prom_signing_slot *slot_of(const struct session *session, size_t place, size_t tx)
{
    for (size_t i = 0; i < session->at[0]->slot_count[place]; i++) {
        if (session->at[0]->slots[place][i].tx == tx) {
            return &session->at[0]->slots[place][i];
        }
    }
    return NULL;
}

/* Good signatures that have been taken stay, whatever comes afterwards. */
static void bad_signatures_do_not_replace_good_ones(void **state)
{
    fixture *test = *state;
    struct session session = make_session(test, 3);
    prom_span good;
    open_session(test, &session);
    assert_ok(give(test, &session, 1, PROM_SIGNING_APPEAL, &good), &test->error);
    assert_ok(take(test, &session, 0, 1, PROM_SIGNING_APPEAL, good), &test->error);
    uint8_t *bad = exact_copy(good.data, good.length);
    bad[40] ^= 1;
    assert_fails(take(test, &session, 0, 1, PROM_SIGNING_APPEAL, prom_span_of(bad, good.length)), PROM_CATEGORY_PEER,
                 &test->error, "the signature of Tx6 by the worker is not valid");
    free(bad);
    const prom_signing_slot *slot = slot_of(&session, 1, PROM_TX6);
    assert_true(session.at[0]->taken[1][PROM_SIGNING_APPEAL]);
    assert_true(slot->held);
    assert_memory_equal(slot->signature.bytes, good.data, good.length);
}

/* The signature of another place, of another transaction, or by no key of the contract is as bad as a wrong bit. */
static void signature_of_another_is_refused(void **state)
{
    fixture *test = *state;
    struct session session = make_session(test, 3);
    prom_span client;
    prom_span verifier;
    open_session(test, &session);
    assert_ok(give(test, &session, PROM_PARTY_C, PROM_SIGNING_APPEAL, &client), &test->error);
    assert_ok(give(test, &session, PROM_PARTY_V, PROM_SIGNING_APPEAL, &verifier), &test->error);
    assert_fails(take(test, &session, PROM_PARTY_W, PROM_PARTY_V, PROM_SIGNING_APPEAL, client), PROM_CATEGORY_PEER,
                 &test->error, "the signature of TxA by the verifier is not valid");
    uint8_t *swapped = exact_copy(verifier.data, verifier.length);
    memcpy(swapped, verifier.data + 64, 64);
    memcpy(swapped + 64, verifier.data, 64);
    assert_fails(take(test, &session, PROM_PARTY_W, PROM_PARTY_V, PROM_SIGNING_APPEAL, prom_span_of(swapped, 128)),
                 PROM_CATEGORY_PEER, &test->error, "the signature of TxA by the verifier is not valid");
    free(swapped);
    assert_fails(take(test, &session, PROM_PARTY_W, PROM_PARTIES + 1, PROM_SIGNING_APPEAL, verifier),
                 PROM_CATEGORY_PEER, &test->error, "the signature of TxA by arbiter 2 is not valid");
}

static void wrong_count_of_signatures_is_refused(void **state)
{
    fixture *test = *state;
    struct session session = make_session(test, 3);
    prom_span good;
    uint8_t more[3 * 64] = {0};
    open_session(test, &session);
    assert_ok(give(test, &session, PROM_PARTY_V, PROM_SIGNING_APPEAL, &good), &test->error);
    memcpy(more, good.data, good.length);
    static const size_t lengths[] = {0, 1, 64, 127, 129, 192};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        char expected[128];
        (void)snprintf(expected, sizeof expected, "the verifier sent %zu bytes of signatures instead of 128",
                       lengths[i]);
        uint8_t *bytes = exact_copy(more, lengths[i]);
        assert_fails(
            take(test, &session, PROM_PARTY_C, PROM_PARTY_V, PROM_SIGNING_APPEAL, prom_span_of(bytes, lengths[i])),
            PROM_CATEGORY_PEER, &test->error, expected);
        free(bytes);
    }
    assert_fails(take(test, &session, PROM_PARTY_C, PROM_PARTIES, PROM_SIGNING_CLOSING, good), PROM_CATEGORY_PEER,
                 &test->error, "arbiter 1 sent 128 bytes of signatures instead of 0");
    assert_ok(take(test, &session, PROM_PARTY_C, PROM_PARTIES, PROM_SIGNING_CLOSING, prom_span_of(NULL, 0)),
              &test->error);
}

/* Of TxA, C and V sign the first input, each arbiter that of its own stake, W nothing before it appeals. */
static void stakes_of_txa_are_signed_by_their_owners(void **state)
{
    fixture *test = *state;
    struct session session = make_session(test, 3);
    open_session(test, &session);
    for (size_t place = 0; place < session.count; place++) {
        const prom_signing_slot *slot = slot_of(&session, place, PROM_TXA);
        prom_bytes32 hash;
        if (place == PROM_PARTY_W) {
            assert_null(slot);
            continue;
        }
        assert_int_equal(slot->input, place < PROM_PARTIES ? 0 : 1 + place - PROM_PARTIES);
        assert_ok(prom_tree_sighash(&test->arena, &hash, &session.tree->tx[PROM_TXA], slot->input, &test->error),
                  &test->error);
        assert_true(prom_bytes32_equal(&slot->hash, &hash));
    }
}

static prom_result finish(fixture *test, struct session *session, size_t place, const prom_tree_tx *tx, bool sign,
                          const prom_satisfaction *late)
{
    const prom_contract_signer own = signer_of(session, place);
    prom_tx *finished = NULL;
    return prom_signing_finish(&test->arena, &finished, session->at[place], tx, sign ? &own : NULL, late, &test->error);
}

static prom_keyed_signature late_signature(fixture *test, const prom_tree_tx *tx, const prom_key *key)
{
    prom_bytes32 hash;
    assert_ok(prom_tree_sighash(&test->arena, &hash, tx, 0, &test->error), &test->error);
    return (prom_keyed_signature){key->public_key, sign_hash(test, key, &hash)};
}

/* Each transaction is finished by those who complete it with what it shows, and by nobody with less. */
static void what_is_missing_is_said(void **state)
{
    fixture *test = *state;
    struct session session = make_session(test, 3);
    sign_whole_tree(test, &session);
    const prom_satisfaction h_p = {NULL, 0, &session.cast.h_p, 1};
    const prom_satisfaction k_p = {NULL, 0, &session.cast.k_p, 1};
    const prom_tree_tx *tx = session.tree->tx;
    assert_ok(finish(test, &session, PROM_PARTIES, &tx[PROM_TX1], false, &nothing), &test->error); /* anybody */
    assert_ok(finish(test, &session, PROM_PARTY_W, &tx[PROM_TX3], true, &h_p), &test->error);
    assert_ok(finish(test, &session, PROM_PARTY_W, &tx[PROM_TXA], true, &k_p), &test->error);
    assert_ok(finish(test, &session, PROM_PARTY_V, &tx[PROM_TXV0], true, &nothing), &test->error);

    assert_fails(finish(test, &session, PROM_PARTY_W, &tx[PROM_TX3], true, &nothing), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "Tx3, input 0: ");
    assert_fails(finish(test, &session, PROM_PARTY_W, &tx[PROM_TX3], true, &k_p), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "preimage");
    assert_fails(finish(test, &session, PROM_PARTY_W, &tx[PROM_TXA], true, &h_p), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "TxA, input 0: ");
    assert_fails(finish(test, &session, PROM_PARTY_W, &tx[PROM_TX3], false, &h_p), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "Tx3, input 0: ");
    assert_fails(finish(test, &session, PROM_PARTY_C, &tx[PROM_TX3], true, &h_p), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "signature"); /* C has no part in completing it */
    assert_fails(finish(test, &session, PROM_PARTY_W, &tx[PROM_TXV0], true, &nothing), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "TxV0, input 0: ");
    assert_fails(finish(test, &session, PROM_PARTY_C, &tx[PROM_TXA], true, &k_p), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "TxA, input 0: ");
}

/* Two parties complete Tx4: V by its verdict, sent to W, and then W. */
static void others_late_signatures_are_taken_in(void **state)
{
    fixture *test = *state;
    struct session session = make_session(test, 3);
    sign_whole_tree(test, &session);
    const prom_tree_tx *tx4 = &session.tree->tx[PROM_TX4];
    const prom_tree_tx *tx8 = prom_tree_decision(session.tree, 7, 3);
    const prom_keyed_signature verdict = late_signature(test, tx4, &session.cast.party[PROM_PARTY_V]);
    const prom_keyed_signature decision = late_signature(test, tx8, &session.cast.Y);
    const prom_satisfaction without = {NULL, 0, &session.cast.h_p, 1};
    const prom_satisfaction with_verdict = {&verdict, 1, &session.cast.h_p, 1};
    const prom_satisfaction with_decision = {&decision, 1, &session.cast.h_p, 1};
    assert_fails(finish(test, &session, PROM_PARTY_W, tx4, true, &without), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "Tx4, input 0: ");
    assert_ok(finish(test, &session, PROM_PARTY_W, tx4, true, &with_verdict), &test->error);
    assert_fails(finish(test, &session, PROM_PARTIES, tx8, true, &without), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "Tx8[1,2], input 0: ");
    assert_ok(finish(test, &session, PROM_PARTIES, tx8, true, &with_decision), &test->error);
}

/* Whoever holds no signatures has no transaction. */
static void session_that_has_taken_nothing_finishes_nothing(void **state)
{
    fixture *test = *state;
    struct session session = make_session(test, 3);
    const prom_bytes32 preimages[] = {session.cast.h_p, session.cast.k_p};
    const prom_satisfaction late = {NULL, 0, preimages, COUNT_OF(preimages)};
    open_session(test, &session);
    for (size_t i = PROM_TX1; i < session.tree->tx_count; i++) {
        assert_fails(finish(test, &session, PROM_PARTY_W, &session.tree->tx[i], true, &late), PROM_CATEGORY_BAD_INPUT,
                     &test->error, session.tree->tx[i].name);
    }
}

/* A signer that fails: its sentence comes through, and the stage is not given. */
static prom_result refuse_to_sign(void *context, prom_signature *signature, const prom_bytes32 *hash, prom_error *error)
{
    (void)context;
    (void)signature;
    (void)hash;
    return prom_fail(error, PROM_CATEGORY_IO, "the journal is full");
}

static void signer_that_fails_stops_the_stage(void **state)
{
    fixture *test = *state;
    struct session session = make_session(test, 3);
    sign_whole_tree(test, &session);
    const prom_contract_signer broken = {NULL, refuse_to_sign, hand_verify};
    const prom_satisfaction h_p = {NULL, 0, &session.cast.h_p, 1};
    prom_tx *finished = NULL;
    prom_span signatures;
    assert_fails(prom_signing_finish(&test->arena, &finished, session.at[PROM_PARTY_W], &session.tree->tx[PROM_TX3],
                                     &broken, &h_p, &test->error),
                 PROM_CATEGORY_IO, &test->error, "the journal is full");
    assert_ok(prom_signing_finish(&test->arena, &finished, session.at[PROM_PARTY_W], &session.tree->tx[PROM_TX1],
                                  &broken, &nothing, &test->error),
              &test->error); /* the worker signed it before: its key is not asked again */
    session = make_session(test, 3);
    open_session(test, &session);
    assert_fails(
        prom_signing_give(&test->arena, session.at[0], &signatures, PROM_SIGNING_APPEAL, &broken, &test->error),
        PROM_CATEGORY_IO, &test->error, "the journal is full");
    assert_false(session.at[0]->taken[0][PROM_SIGNING_APPEAL]);
}

static void places_have_names_and_keys(void **state)
{
    fixture *test = *state;
    const struct session session = make_session(test, 9);
    char name[PROM_PLACE_NAME];
    assert_string_equal(prom_place_name(name, PROM_PARTY_C), "the client");
    assert_string_equal(prom_place_name(name, PROM_PARTY_W), "the worker");
    assert_string_equal(prom_place_name(name, PROM_PARTY_V), "the verifier");
    assert_string_equal(prom_place_name(name, PROM_PARTIES), "arbiter 1");
    assert_string_equal(prom_place_name(name, PROM_PLACES_MAX - 1), "arbiter 9");
    assert_true(
        prom_bytes32_equal(prom_place_key(&session.terms, PROM_PARTY_W), &session.cast.party[PROM_PARTY_W].public_key));
    assert_true(
        prom_bytes32_equal(prom_place_key(&session.terms, PROM_PLACES_MAX - 1), &session.cast.arbiter[8].public_key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(everybody_signs_the_whole_tree),
        FIXTURE_TEST(each_signs_its_part),
        FIXTURE_TEST(nothing_is_given_before_its_stage),
        FIXTURE_TEST(tx0_is_not_signed_here),
        FIXTURE_TEST(nobody_takes_from_itself_or_from_nobody),
        FIXTURE_TEST(bad_signature_of_each_place_and_stage_is_named),
        FIXTURE_TEST(bad_signatures_do_not_replace_good_ones),
        FIXTURE_TEST(signature_of_another_is_refused),
        FIXTURE_TEST(wrong_count_of_signatures_is_refused),
        FIXTURE_TEST(stakes_of_txa_are_signed_by_their_owners),
        FIXTURE_TEST(what_is_missing_is_said),
        FIXTURE_TEST(others_late_signatures_are_taken_in),
        FIXTURE_TEST(session_that_has_taken_nothing_finishes_nothing),
        FIXTURE_TEST(signer_that_fails_stops_the_stage),
        FIXTURE_TEST(places_have_names_and_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
