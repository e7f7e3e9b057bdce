#include "contract/contracts.h"

#include "contract/tree_parts.h"
#include "prometheus/contract/offer.h"

/* c = 1,000,000, rho = 5,000, w = 2,000,000, v = 2,500,000, a = 3,000,000; every coin holds 100,000 more. */
static void tx0_has_its_inputs_and_outputs_in_order(void **state)
{
    fixture *test = *state;
    const struct session it = build_contract(test, 3);
    const prom_tree *tree = it.tree;
    const prom_tree_tx *tx0 = &tree->tx[PROM_TX0];
    const prom_tx *tx = tx0->tx;
    prom_span mark;
    assert_int_equal(tx->input_count, 6);
    for (size_t i = 0; i < 6; i++) {
        const prom_outpoint *outpoint =
            i < 3 ? &it.terms.parties[i].coins[0].outpoint : &it.terms.arbiters[i - 3].offer;
        const prom_bytes32 *key = &coin_key_of(&it.cast, i)->public_key;
        assert_true(prom_outpoint_equal(&tx->inputs[i].outpoint, outpoint));
        assert_int_equal(tx->inputs[i].sequence, 0xfffffffd);
        check_output(test, &tx0->spent[i], i < 3 ? it.terms.parties[i].coins[0].value : it.terms.P.a, key);
    }
    assert_int_equal(tx->output_count, 6);
    assert_true(prom_amount_equal(tree->deposit, sat(1000000 + 2000000 + 2500000 + 3 * 3005000)));
    assert_true(prom_amount_equal(tx->outputs[0].value, plus(tree->deposit, tree->reserve)));
    assert_true(prom_span_equal(tx->outputs[0].script, tree->output[PROM_OUTPUT_O0].descriptor->script));
    assert_ok(prom_contract_mark(&test->arena, &mark, &it.terms.p_txid, &test->error), &test->error);
    assert_true(prom_span_equal(tx->outputs[1].script, mark));
    assert_true(prom_amount_is_zero(tx->outputs[1].value));
    /* 588 vB at 2 sat/vB. W and V pay 230 + 172 weight units, 101 vB, C the rest and the anchor. */
    const prom_amount rest = minus(sat(100000), plus(tree->reserve, sat(240 + 2 * (588 - 2 * 101))));
    check_output(test, &tx->outputs[2], rest, &it.terms.parties[PROM_PARTY_C].change);
    check_output(test, &tx->outputs[3], sat(100000 - 202), &it.terms.parties[PROM_PARTY_W].change);
    check_output(test, &tx->outputs[4], sat(100000 - 202), &it.terms.parties[PROM_PARTY_V].change);
    assert_hex(tx->outputs[5].script, "51024e73");
    assert_true(prom_amount_equal(tx->outputs[5].value, sat(240)));
    assert_true(prom_amount_equal(tx0->fee, sat(2 * 588)));
    assert_true(prom_amount_equal(tree->tx0_fee[PROM_PARTY_C], sat(2 * (588 - 2 * 101))));
    assert_true(prom_amount_equal(tree->tx0_fee[PROM_PARTY_W], sat(202)));
    assert_true(prom_amount_equal(tree->tx0_fee[PROM_PARTY_V], sat(202)));
}

/* What a party's coin must hold for a change of so much. */
static prom_amount coin_for(const struct session *it, prom_party party, prom_amount change)
{
    prom_amount sum = plus(prom_terms_deposit(&it->terms, party), it->tree->tx0_fee[party]);
    if (party == PROM_PARTY_C) {
        sum = plus(sum, plus(it->tree->reserve, sat(PROM_ANCHOR_SAT)));
    }
    return plus(sum, change);
}

/* 330 sat are change; 329 go to the fee, which is then 43 vB smaller, and nobody else pays less or more for it. */
static void change_is_left_out_below_dust(void **state)
{
    fixture *test = *state;
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        struct session it = build_contract(test, 3);
        prom_amount *coin = &it.terms.parties[party].coins[0].value;
        const prom_amount fees[PROM_PARTIES] = {it.tree->tx0_fee[0], it.tree->tx0_fee[1], it.tree->tx0_fee[2]};
        const prom_amount least = coin_for(&it, party, sat(330));
        *coin = least;
        build(test, &it);
        assert_int_equal(it.tree->tx[PROM_TX0].tx->output_count, 6);
        check_output(test, &it.tree->tx[PROM_TX0].tx->outputs[2 + party], sat(330), &it.terms.parties[party].change);
        check_measures(test, &it.tree->tx[PROM_TX0], sign_tx0(test, &it), it.terms.feerate);

        *coin = minus(least, sat(1));
        build(test, &it);
        assert_int_equal(it.tree->tx[PROM_TX0].tx->output_count, 5);
        assert_true(prom_amount_equal(it.tree->tx[PROM_TX0].fee, sat(2 * 588 + 329)));
        for (prom_party other = PROM_PARTY_C; other < PROM_PARTIES; other++) {
            const prom_amount less = other == party ? sat(2 * 43) : prom_amount_zero();
            assert_true(prom_amount_equal(it.tree->tx0_fee[other], minus(fees[other], less)));
        }
        check_measures(test, &it.tree->tx[PROM_TX0], sign_tx0(test, &it), it.terms.feerate);
    }
}

static void coins_that_are_short_are_refused(void **state)
{
    fixture *test = *state;
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        struct session it = build_contract(test, 3);
        prom_amount *coin = &it.terms.parties[party].coins[0].value;
        char needed[PROM_AMOUNT_TEXT];
        char sentence[128];
        /* Without a change output Tx0 is 43 vB smaller. */
        const prom_amount least = minus(coin_for(&it, party, prom_amount_zero()), sat(2 * 43));
        (void)prom_amount_text(needed, least);
        *coin = least;
        build(test, &it);
        assert_true(prom_amount_equal(it.tree->tx[PROM_TX0].fee, sat(2 * (588 - 43))));
        *coin = minus(least, sat(1));
        (void)snprintf(sentence, sizeof sentence, "sat, and at least %s are needed", needed);
        assert_fails(try_build(test, &it), PROM_CATEGORY_BAD_INPUT, &test->error, sentence);
        (void)snprintf(sentence, sizeof sentence, "the %s's coins hold", prom_party_name(party));
        assert_fails(try_build(test, &it), PROM_CATEGORY_BAD_INPUT, &test->error, sentence);
    }
}

/* E22. A party that brings sixteen coins, as many as there may be, pays for all of them: nobody else pays a satoshi
 * more, and Tx0 is relayed at any rate. */
static void inputs_are_paid_by_who_brings_them(void **state)
{
    fixture *test = *state;
    for (prom_party party = PROM_PARTY_W; party < PROM_PARTIES; party++) {
        const struct session one = build_contract(test, 3);
        struct session many = make_contract(test, 3);
        prom_party_terms *bringer = &many.terms.parties[party];
        const prom_tree_tx *tx0 = &one.tree->tx[PROM_TX0];
        for (; bringer->coin_count < PROM_COINS_MAX; bringer->coin_count++) {
            bringer->coins[bringer->coin_count] = (prom_coin){
                .outpoint = {named("dust", bringer->coin_count), 7}, .value = sat(600), .key = bringer->coins[0].key};
        }
        build(test, &many);
        for (prom_party other = PROM_PARTY_C; other < PROM_PARTIES; other++) {
            const prom_amount before = tx0->tx->outputs[2 + other].value;
            const prom_amount after = many.tree->tx[PROM_TX0].tx->outputs[2 + other].value;
            if (other != party) {
                assert_true(prom_amount_equal(before, after));
            } else { /* 15 inputs of 230 weight units at 2 sat/vB, 963 vB instead of 101 */
                assert_true(prom_amount_equal(after, minus(plus(before, sat(15 * 600)), sat(2 * (963 - 101)))));
            }
        }
        check_measures(test, &many.tree->tx[PROM_TX0], sign_tx0(test, &many), 2);
    }
}

/* The largest Tx0 that terms can ask for is far below the limit; one above it is refused. */
static void tx0_has_a_limit(void **state)
{
    fixture *test = *state;
    struct session it = make_contract(test, 9);
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        prom_party_terms *bringer = &it.terms.parties[party];
        for (; bringer->coin_count < PROM_COINS_MAX; bringer->coin_count++) {
            bringer->coins[bringer->coin_count] = bringer->coins[0];
            bringer->coins[bringer->coin_count].outpoint.txid =
                named("coin of many", 100 * party + bringer->coin_count);
        }
    }
    build(test, &it);
    assert_in_range(prom_vsize(it.tree->tx[PROM_TX0].weight), 3000, PROM_TX0_VSIZE_MAX / 2);
    assert_ok(prom_tree_check_vsize(10000, &test->error), &test->error);
    assert_fails(prom_tree_check_vsize(10001, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "Tx0 has 10001 vB, and at most 10000 are allowed");
}

/* Two coins of one party: its inputs stand together, and the next party's follow. */
static void parties_may_bring_several_coins(void **state)
{
    fixture *test = *state;
    struct session it = make_contract(test, 3);
    prom_party_terms *worker = &it.terms.parties[PROM_PARTY_W];
    size_t first = 0;
    worker->coins[1] = worker->coins[0];
    worker->coins[1].outpoint.index = 77;
    worker->coin_count = 2;
    build(test, &it);
    assert_int_equal(prom_tree_party_input(&it.terms, PROM_PARTY_W), 1);
    assert_int_equal(prom_tree_party_input(&it.terms, PROM_PARTY_V), 3);
    assert_int_equal(prom_tree_arbiter_input(&it.terms, 2), 6);
    assert_int_equal(prom_tx0_inputs(&it.terms, PROM_PARTY_W, &first), 2);
    assert_int_equal(first, 1);
    assert_int_equal(prom_tx0_inputs(&it.terms, PROM_PLACES_MAX - 7, &first), 1);
    assert_int_equal(first, 6);
    assert_int_equal(it.tree->tx[PROM_TX0].tx->inputs[2].outpoint.index, 77);
    check_measures(test, &it.tree->tx[PROM_TX0], sign_tx0(test, &it), it.terms.feerate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(tx0_has_its_inputs_and_outputs_in_order),
        FIXTURE_TEST(change_is_left_out_below_dust),
        FIXTURE_TEST(coins_that_are_short_are_refused),
        FIXTURE_TEST(inputs_are_paid_by_who_brings_them),
        FIXTURE_TEST(tx0_has_a_limit),
        FIXTURE_TEST(parties_may_bring_several_coins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
