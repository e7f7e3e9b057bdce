#include "contract/session.h"

/* Everybody ends with the same valid signature of every branch, which ALL's key verifies. */
static void everybody_signs_the_whole_tree(void **state)
{
    fixture *test = *state;
    static const uint8_t counts[] = {3, 5};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct session it;
        prom_span all[PROM_PLACES_MAX];
        begin_session(test, &it, counts[i]);
        const size_t count = prom_signing_count(it.at[0]);
        assert_int_equal(count, it.tree->tx_count - 1);
        sign_tree(test, &it);
        for (size_t place = 0; place < it.count; place++) {
            assert_true(prom_signing_is_complete(it.at[place]));
            assert_int_equal(it.nonces[place].length, 4 + 66 * count + 64);
            assert_int_equal(it.partials[place].length, 4 + 96 * it.count + 32 * count + 64);
            assert_ok(prom_signing_write(&test->arena, &all[place], it.at[place], &test->error), &test->error);
            assert_int_equal(all[place].length, 64 * count);
            assert_true(prom_span_equal(all[place], all[0]));
        }
        for (size_t j = 0; j < count; j++) {
            const prom_tree_tx *tx = &it.tree->tx[1 + j];
            prom_signature signature;
            prom_bytes32 hash;
            memcpy(signature.bytes, all[0].data + 64 * j, 64);
            assert_ok(prom_tree_sighash(&test->arena, &hash, tx, 0, &test->error), &test->error);
            const prom_bytes32 *key = tx->leaf[0] == PROM_KEY_PATH ? &it.tree->output[tx->spends].descriptor->output_key
                                                                   : &it.tree->all.public_key;
            assert_true(prom_signature_valid(test->curve, &signature, prom_span_of32(&hash), key));
        }
        close_session(&it);
    }
}

/* One step after the other: nothing can be had before what it is made of is there. */
static void steps_keep_their_order(void **state)
{
    fixture *test = *state;
    struct session it;
    prom_span bytes;
    begin_session(test, &it, 3);
    for (size_t from = 0; from < it.count; from++) {
        assert_false(prom_signing_has_nonces(it.at[0]));
        assert_fails(ask_partials(test, &it, 0, &bytes), PROM_CATEGORY_MISUSE, &test->error,
                     "partial signatures were asked for before all nonces");
        assert_int_equal(prom_signing_culprit(it.at[0]), PROM_PLACES_MAX);
        give_nonces(test, &it, from);
        if (from != 0) {
            assert_ok(take_nonces(test, &it, 0, from, it.nonces[from]), &test->error);
        }
    }
    assert_true(prom_signing_has_nonces(it.at[0]));
    exchange_nonces(test, &it);
    for (size_t from = 0; from < it.count; from++) {
        assert_false(prom_signing_has_partials(it.at[0]));
        assert_fails(prom_signing_complete(it.at[0], &test->error), PROM_CATEGORY_MISUSE, &test->error,
                     "before all parts were there");
        give_partials(test, &it, from);
        if (from != 0) {
            assert_ok(take_partials(test, &it, 0, from, it.partials[from]), &test->error);
        }
    }
    assert_fails(prom_signing_write(&test->arena, &bytes, it.at[0], &test->error), PROM_CATEGORY_MISUSE, &test->error,
                 "not complete");
    assert_ok(prom_signing_complete(it.at[0], &test->error), &test->error);
    assert_ok(prom_signing_complete(it.at[0], &test->error), &test->error);
    close_session(&it);
}

/* A place that has everybody else's partial signatures and has made none itself holds nothing that it could put
 * together. */
static void own_part_comes_first(void **state)
{
    fixture *test = *state;
    struct session it;
    begin_partials(test, &it);
    for (size_t from = 1; from < it.count; from++) {
        give_partials(test, &it, from);
        assert_ok(take_partials(test, &it, 0, from, it.partials[from]), &test->error);
    }
    assert_fails(prom_signing_complete(it.at[0], &test->error), PROM_CATEGORY_MISUSE, &test->error, "before all");
    assert_false(prom_signing_is_complete(it.at[0]));
    close_session(&it);
}

/* A nonce makes one signature, ever: what is asked for twice is the same bytes, with whatever randomness; once the
 * session is over there is nothing. Two signatures with one nonce would give the secret key away. */
static void nonces_are_good_once(void **state)
{
    fixture *test = *state;
    struct session it;
    prom_span again;
    const prom_bytes32 other = named("other randomness", 0);
    begin_session(test, &it, 3);
    give_nonces(test, &it, 0);
    assert_ok(ask_nonces(test, &it, 0, &again, other), &test->error);
    assert_true(prom_span_equal(again, it.nonces[0]));
    exchange_nonces(test, &it);
    give_partials(test, &it, 0);
    assert_ok(ask_partials(test, &it, 0, &again), &test->error);
    assert_true(prom_span_equal(again, it.partials[0]));
    assert_ok(ask_nonces(test, &it, 0, &again, other), &test->error);
    assert_true(prom_span_equal(again, it.nonces[0]));
    prom_signing_wipe(it.at[0]);
    assert_fails(ask_partials(test, &it, 0, &again), PROM_CATEGORY_MISUSE, &test->error,
                 "this signing session is over");
    assert_fails(ask_nonces(test, &it, 0, &again, other), PROM_CATEGORY_MISUSE, &test->error,
                 "this signing session is over");
    close_session(&it);
}

/* What comes late can do nothing to signatures that are complete. */
static void complete_signatures_stay(void **state)
{
    fixture *test = *state;
    struct session it;
    prom_span before;
    prom_span after;
    begin_session(test, &it, 3);
    sign_tree(test, &it);
    uint8_t *nonces = copy_of(test, it.nonces[1]);
    uint8_t *partials = copy_of(test, it.partials[1]);
    nonces[nonce_at(PROM_TX4) + 9] ^= 1;
    partials[partial_at(&it, PROM_TX4) + 9] ^= 1;
    const prom_span others[] = {sign_again(test, &it, 1, PROM_SIGNING_NONCES, nonces, nonces_bytes(&it)),
                                sign_again(test, &it, 1, PROM_SIGNING_PARTIALS, partials, partials_bytes(&it))};
    assert_ok(prom_signing_write(&test->arena, &before, it.at[0], &test->error), &test->error);
    assert_fails(take_nonces(test, &it, 0, 1, others[0]), PROM_CATEGORY_PEER, &test->error,
                 "the worker sent two different messages of nonces for attempt 1");
    assert_fails(take_partials(test, &it, 2, 1, others[1]), PROM_CATEGORY_PEER, &test->error,
                 "the worker sent two different messages of partial signatures for attempt 1");
    close_session(&it);
    assert_true(prom_signing_is_complete(it.at[0]) && prom_signing_is_complete(it.at[2]));
    assert_ok(prom_signing_write(&test->arena, &after, it.at[0], &test->error), &test->error);
    assert_true(prom_span_equal(before, after));
}

static void nobody_takes_from_itself_or_from_nobody(void **state)
{
    fixture *test = *state;
    struct session it;
    prom_signing *signing = NULL;
    begin_partials(test, &it);
    give_partials(test, &it, 0);
    assert_fails(take_nonces(test, &it, 0, 0, it.nonces[0]), PROM_CATEGORY_MISUSE, &test->error,
                 "there is nobody to take nonces from at place 0");
    assert_fails(take_partials(test, &it, 0, 0, it.partials[0]), PROM_CATEGORY_MISUSE, &test->error,
                 "there is nobody to take partial signatures from at place 0");
    assert_fails(take_partials(test, &it, 0, it.count, it.partials[0]), PROM_CATEGORY_MISUSE, &test->error,
                 "there is nobody");
    assert_fails(prom_signing_new(test->curve, &test->arena, &signing, &it.terms, it.tree, it.count, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "there is no place 6 in a contract of 6");
    prom_bytes32 randomness = named("randomness", 9);
    assert_ok(prom_signing_new(test->curve, &test->arena, &signing, &it.terms, it.tree, 0, &test->error), &test->error);
    assert_ok(prom_signing_begin(signing, 0, &test->error), &test->error);
    struct speaker speakers[] = {{test, words_key_of(&it.cast, 0)}, {test, words_key_of(&it.cast, 1)}};
    const prom_own_words words[] = {{&speakers[0], speak}, {&speakers[1], speak}};
    for (size_t i = 0; i < 2; i++) {
        const prom_result result = prom_signing_give_nonces(
            &test->arena, signing, &it.nonces[0], joint_key_of(&it.cast, 1 - i), &words[i], &randomness, &test->error);
        assert_fails(result, PROM_CATEGORY_MISUSE, &test->error,
                     i == 0 ? "this is not the joint key of the client"
                            : "this is not the key of the client for its own words");
    }
    prom_signing_wipe(signing);
    close_session(&it);
}

/* A load that fails at the last signature leaves the session as it was: it is signed to its end, with the signatures
 * that it makes. */
static void failed_load_changes_nothing(void **state)
{
    fixture *test = *state;
    struct session it;
    struct session other;
    prom_span stored;
    prom_span made[2];
    begin_session(test, &other, 3);
    for (size_t i = 0; i < other.count; i++) { /* signatures of another attempt, which are as good, and other bytes */
        assert_ok(ask_nonces(test, &other, i, &other.nonces[i], named("other", i)), &test->error);
    }
    sign_tree(test, &other);
    assert_ok(prom_signing_write(&test->arena, &stored, other.at[0], &test->error), &test->error);
    uint8_t *spoilt = copy_of(test, stored);
    spoilt[stored.length - 1] ^= 1;
    begin_session(test, &it, 3);
    sign_tree(test, &it);
    assert_ok(prom_signing_write(&test->arena, &made[0], it.at[0], &test->error), &test->error);
    assert_false(prom_span_equal(stored, made[0]));
    begin_partials(test, &it);
    exchange_partials(test, &it);
    assert_fails(prom_signing_load(it.at[0], prom_span_of(spoilt, stored.length), &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "the stored signature of Tx8[1,2,3] is not valid");
    assert_false(prom_signing_is_complete(it.at[0]));
    assert_true(prom_signing_has_partials(it.at[0]));
    assert_ok(prom_signing_complete(it.at[0], &test->error), &test->error);
    assert_ok(prom_signing_write(&test->arena, &made[1], it.at[0], &test->error), &test->error);
    assert_true(prom_span_equal(made[0], made[1]));
    close_session(&it);
    close_session(&other);
}

/* What was written is loaded by another process, and every bit of it is checked. */
static void complete_signatures_are_kept(void **state)
{
    fixture *test = *state;
    struct session it;
    struct session later;
    prom_span stored;
    prom_span loaded;
    begin_signed(test, &it);
    assert_ok(prom_signing_write(&test->arena, &stored, it.at[3], &test->error), &test->error);
    begin_session(test, &later, 3);
    for (size_t i = 0; i < stored.length; i += 61) {
        uint8_t *spoilt = copy_of(test, stored);
        char expected[96];
        spoilt[i] ^= 4;
        (void)snprintf(expected, sizeof expected, "the stored signature of %s is not valid",
                       it.tree->tx[1 + i / 64].name);
        assert_fails(prom_signing_load(later.at[3], prom_span_of(spoilt, stored.length), &test->error),
                     PROM_CATEGORY_BAD_INPUT, &test->error, expected);
        assert_false(prom_signing_is_complete(later.at[3]));
    }
    assert_fails(prom_signing_load(later.at[3], prom_span_of(stored.data, stored.length - 64), &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "896 bytes of signatures cannot be loaded, where 960 belong");
    assert_ok(prom_signing_load(later.at[3], stored, &test->error), &test->error);
    assert_true(prom_signing_is_complete(later.at[3]));
    assert_ok(prom_signing_write(&test->arena, &loaded, later.at[3], &test->error), &test->error);
    assert_true(prom_span_equal(stored, loaded));
    (void)finish_branch(test, &later, 3, &later.tree->tx[PROM_TX6]);
    assert_false(prom_signing_wants_nonces(later.at[3])); /* nothing is signed a second time of its own accord */
    assert_fails(prom_signing_load(later.at[3], stored, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "cannot be loaded");
}

static void places_have_names_and_keys(void **state)
{
    fixture *test = *state;
    struct session it = {.cast = make_cast(test)};
    it.terms = valid_terms(test, &it.cast, 9);
    char name[PROM_PLACE_NAME];
    assert_string_equal(prom_place_name(name, PROM_PARTY_C), "the client");
    assert_string_equal(prom_place_name(name, PROM_PARTY_W), "the worker");
    assert_string_equal(prom_place_name(name, PROM_PARTY_V), "the verifier");
    assert_string_equal(prom_place_name(name, PROM_PARTIES), "arbiter 1");
    assert_string_equal(prom_place_name(name, PROM_PLACES_MAX - 1), "arbiter 9");
    assert_true(prom_bytes32_equal(prom_place_key(&it.terms, PROM_PARTY_W), &it.cast.party[PROM_PARTY_W].public_key));
    assert_true(prom_bytes32_equal(prom_place_key(&it.terms, PROM_PLACES_MAX - 1), &it.cast.arbiter[8].public_key));
    assert_true(prom_bytes32_equal(prom_place_joint_key(&it.terms, PROM_PARTY_V),
                                   &it.cast.party_joint[PROM_PARTY_V].public_key));
    assert_true(
        prom_bytes32_equal(prom_place_joint_key(&it.terms, PROM_PARTIES), &it.cast.arbiter_joint[0].public_key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(everybody_signs_the_whole_tree), FIXTURE_TEST(steps_keep_their_order),
        FIXTURE_TEST(own_part_comes_first),           FIXTURE_TEST(nonces_are_good_once),
        FIXTURE_TEST(complete_signatures_stay),       FIXTURE_TEST(nobody_takes_from_itself_or_from_nobody),
        FIXTURE_TEST(complete_signatures_are_kept),   FIXTURE_TEST(failed_load_changes_nothing),
        FIXTURE_TEST(places_have_names_and_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
