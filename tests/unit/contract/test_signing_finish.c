#include "contract/session.h"

static prom_result finish(fixture *test, const struct session *it, const prom_tree_tx *tx, const prom_publication *with)
{
    prom_tx *finished = NULL;
    return prom_signing_finish(&test->arena, &finished, it->at[4], tx, with, &test->error);
}

/* Every branch is published with what it waits for and with no less; what it does not wait for is not looked at. */
static void what_is_missing_is_said(void **state)
{
    fixture *test = *state;
    struct session it;
    begin_signed(test, &it);
    for (size_t i = PROM_TX1; i < it.tree->tx_count; i++) {
        const prom_tree_tx *tx = &it.tree->tx[i];
        const prom_signature V = sign_branch(test, tx, &it.cast.party[PROM_PARTY_V]);
        const prom_signature Y = sign_branch(test, tx, &it.cast.Y);
        const prom_publication whole = {&V, &Y, &it.cast.h_p, &it.cast.k_p};
        for (unsigned without = 0; without < 16; without++) {
            const prom_publication with = {(without & PROM_WAITS_V) != 0 ? NULL : &V,
                                           (without & PROM_WAITS_Y) != 0 ? NULL : &Y,
                                           (without & PROM_WAITS_H_P) != 0 ? NULL : &it.cast.h_p,
                                           (without & PROM_WAITS_K_P) != 0 ? NULL : &it.cast.k_p};
            const prom_result result = finish(test, &it, tx, &with);
            if ((without & tx->waits_for) == 0) {
                assert_ok(result, &test->error);
            } else {
                assert_fails(result, PROM_CATEGORY_BAD_INPUT, &test->error, ", which is not there");
            }
        }
        prom_publication wrong = whole; /* each the other's */
        wrong.V = &Y;
        wrong.Y = &V;
        wrong.h_p = &it.cast.k_p;
        wrong.k_p = &it.cast.h_p;
        const prom_result result = finish(test, &it, tx, &wrong);
        assert_true(tx->waits_for == 0 ? prom_is_ok(result) : result.category == PROM_CATEGORY_BAD_INPUT);
    }
}

static void sentences_name_what_is_missing(void **state)
{
    fixture *test = *state;
    struct session it;
    const prom_publication nothing = {NULL, NULL, NULL, NULL};
    begin_signed(test, &it);
    const prom_tree_tx *tx = it.tree->tx;
    const prom_signature V = sign_branch(test, &tx[PROM_TX4], &it.cast.party[PROM_PARTY_V]);
    const prom_publication verdict = {&V, NULL, NULL, NULL};
    const prom_publication wrong = {&V, NULL, &it.cast.k_p, NULL};
    assert_fails(finish(test, &it, &tx[PROM_TX4], &nothing), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "Tx4 waits for the verifier's signature, which is not there");
    assert_fails(finish(test, &it, &tx[PROM_TX4], &verdict), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "Tx4 waits for h_p, which is not there");
    assert_fails(finish(test, &it, &tx[PROM_TX4], &wrong), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "Tx4: it needs the preimage of ");
    assert_fails(finish(test, &it, &tx[PROM_TXV0], &verdict), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "the verifier's signature of TxV0 is not valid"); /* the verdict r = 1 is not r = 0 */
    assert_fails(finish(test, &it, &tx[PROM_TXA], &nothing), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "TxA waits for k_p, which is not there");
    assert_fails(finish(test, &it, &tx[PROM_TREE_NAMED], &nothing), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "Tx7[1,2] waits for the arbiters' joint signature, which is not there");
    assert_fails(finish(test, &it, &tx[PROM_TX0], &nothing), PROM_CATEGORY_MISUSE, &test->error,
                 "Tx0 is no branch of the tree");
    begin_session(test, &it, 3);
    assert_fails(finish(test, &it, &it.tree->tx[PROM_TX1], &nothing), PROM_CATEGORY_MISUSE, &test->error,
                 "the signatures of the tree are not complete");
}

/* E7. V said r = 1 and W, in league with C, sits still until Tx3 pays it at V's cost. V needs nobody for Tx4: its own
 * signature, h_p out of E_V, ALL's that it has held since the setup. */
static void verifier_completes_tx4_alone(void **state)
{
    fixture *test = *state;
    struct session it;
    prom_tx *tx4 = NULL;
    begin_signed(test, &it);
    const prom_signature verdict = sign_branch(test, &it.tree->tx[PROM_TX4], &it.cast.party[PROM_PARTY_V]);
    const prom_publication own = {&verdict, NULL, &it.cast.h_p, NULL};
    assert_ok(prom_signing_finish(&test->arena, &tx4, it.at[PROM_PARTY_V], &it.tree->tx[PROM_TX4], &own, &test->error),
              &test->error);
    assert_int_equal(tx4->inputs[0].witness_count, 5);
    assert_int_equal(prom_tree_lock(&it.tree->tx[PROM_TX4], 0), 0);
    assert_int_equal(prom_tree_lock(&it.tree->tx[PROM_TX3], 0), it.terms.P.t2);
}

/* What a place sends of Tx0 is 64 bytes for each of its inputs: no witness but the one that was weighed can come of it.
 */
static void tx0_takes_one_signature_for_each_input(void **state)
{
    fixture *test = *state;
    struct session it;
    prom_span signatures[PROM_PLACES_MAX];
    prom_tx *tx = NULL;
    size_t weight = 0;
    begin_session(test, &it, 3);
    for (size_t place = 0; place < it.count; place++) {
        signatures[place] = sign_tx0_inputs(test, &it.cast, &it.terms, it.tree, place);
        uint8_t *garbage = calloc(1, 500);
        assert_non_null(garbage);
        memcpy(garbage, signatures[place].data, 64);
        static const size_t lengths[] = {0, 63, 65, 128, 500}; /* 65: with a type of signature hash behind */
        for (size_t i = 0; i < COUNT_OF(lengths); i++) {
            char name[PROM_PLACE_NAME];
            char expected[96];
            uint8_t *exact = exact_copy(garbage, lengths[i]);
            (void)snprintf(expected, sizeof expected, "%s sent %zu bytes of signatures of Tx0 instead of 64",
                           prom_place_name(name, place), lengths[i]);
            assert_fails(prom_tx0_check(test->curve, &test->arena, &it.terms, it.tree, place,
                                        prom_span_of(exact, lengths[i]), &test->error),
                         PROM_CATEGORY_PEER, &test->error, expected);
            free(exact);
        }
        garbage[40] ^= 1;
        assert_fails(prom_tx0_check(test->curve, &test->arena, &it.terms, it.tree, place, prom_span_of(garbage, 64),
                                    &test->error),
                     PROM_CATEGORY_PEER, &test->error, "the signature of Tx0's input ");
        free(garbage);
        assert_fails(prom_tx0_check(test->curve, &test->arena, &it.terms, it.tree, (place + 1) % it.count,
                                    signatures[place], &test->error),
                     PROM_CATEGORY_PEER, &test->error, "is not valid");
    }
    assert_fails(prom_tx0_check(test->curve, &test->arena, &it.terms, it.tree, it.count, signatures[0], &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "there is no place 6");
    assert_ok(prom_tx0_finish(&test->arena, &tx, &it.terms, it.tree, signatures, &test->error), &test->error);
    assert_ok(prom_tx_weight(&test->arena, &weight, tx, &test->error), &test->error);
    assert_int_equal(weight, it.tree->tx[PROM_TX0].weight);
    close_session(&it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_is_missing_is_said),
        FIXTURE_TEST(sentences_name_what_is_missing),
        FIXTURE_TEST(verifier_completes_tx4_alone),
        FIXTURE_TEST(tx0_takes_one_signature_for_each_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
