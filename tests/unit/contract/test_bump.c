#include "contract/cast.h"

#include "prometheus/contract/bump.h"

/* A parent of 300 vB at 2 sat/vB, a rich coin, nobody in the way, a node that asks for 1 sat/vB. */
static prom_bump plain_bump(void)
{
    return (prom_bump){
        .anchor = {named("parent", 0), 2},
        .anchor_value = prom_amount_of(240),
        .parent_fee = prom_amount_of(600),
        .parent_vsize = 300,
        .parent_waits = true,
        .coin = {named("coin", 0), 1},
        .coin_value = prom_amount_of(1000000),
        .change = prom_unspendable_key,
        .feerates = {.wanted = 10000, .relay = 1000, .incremental = 1000},
        .at_risk = prom_amount_of(900000),
    };
}

static void assert_fee(fixture *test, const prom_bump *bump, uint64_t expected)
{
    prom_amount fee;
    char text[PROM_AMOUNT_TEXT];
    assert_ok(prom_bump_fee(&fee, bump, &test->error), &test->error);
    if (!prom_amount_equal(fee, prom_amount_of(expected))) {
        fail_msg("wanted a fee of %lu sat, got %s", (unsigned long)expected, prom_amount_text(text, fee));
    }
}

static void assert_no_fee(fixture *test, const prom_bump *bump, const char *part)
{
    prom_amount fee = prom_amount_zero();
    assert_fails(prom_bump_fee(&fee, bump, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, part);
    assert_false(prom_amount_is_valid(fee));
}

static void both_pay_the_feerate(void **state)
{
    prom_bump bump = plain_bump();
    assert_fee(*state, &bump, (300 + 153) * 10 - 600);
    bump.parent_waits = false;
    assert_fee(*state, &bump, (300 + 153) * 10 - 600);
    bump.parent_fee = prom_amount_zero();
    assert_fee(*state, &bump, (300 + 153) * 10);
}

/* A parent that pays enough by itself: the child is relayed all the same. */
static void child_pays_for_its_relay(void **state)
{
    prom_bump bump = plain_bump();
    bump.feerates.wanted = 1000;
    assert_fee(*state, &bump, 153);
    bump.parent_fee = prom_amount_of(1000000);
    assert_fee(*state, &bump, 153);
}

/* A child that pins the parent: as large as it may be, so that what it pays is much, though not for a byte. */
static void large_child_is_outbid(void **state)
{
    prom_bump_rival rival = {prom_amount_of(5000), 1000};
    prom_bump bump = plain_bump();
    bump.rivals = &rival;
    bump.rival_count = 1;
    assert_fee(*state, &bump, 5000 + 153);
    bump.feerates.wanted = 20000; /* both at the feerate pay more than that */
    assert_fee(*state, &bump, (300 + 153) * 20 - 600);
}

/* A node since Bitcoin Core 30 asks for 0.1 sat/vB, and again on top of what is replaced; what it asks is rounded up.
 */
static void feerates_below_one_are_exact(void **state)
{
    prom_bump bump = plain_bump();
    prom_bump_rival rival = {prom_amount_of(700), 1000};
    bump.feerates = (prom_feerates){.wanted = 100, .relay = 100, .incremental = 100};
    assert_fee(*state, &bump, 16); /* 153 vB */
    bump.parent_fee = prom_amount_of(0);
    assert_fee(*state, &bump, 46); /* 453 vB */
    bump.feerates.wanted = 1250;
    assert_fee(*state, &bump, 567);
    bump.rivals = &rival;
    bump.rival_count = 1;
    assert_fee(*state, &bump, 700 + 16);
    bump.feerates.incremental = 1;
    assert_fee(*state, &bump, 701);
    bump.feerates.incremental = 1000;
    assert_fee(*state, &bump, 853);
}

/* A mempool that is full asks for more than the parent pays: the child pays for both, or both stay outside. */
static void child_pays_for_a_parent_below_the_least(void **state)
{
    prom_bump bump = plain_bump();
    bump.feerates = (prom_feerates){.wanted = 1000, .relay = 5000, .incremental = 1000};
    assert_fee(*state, &bump, 453 * 5 - 600);
    bump.at_risk = prom_amount_of(453 * 5 - 601);
    assert_no_fee(*state, &bump, "takes at least 1665 sat, more than the 1664 that are at risk");
}

static void fees_are_rounded_up(void **state)
{
    (void)state;
    static const struct {
        uint32_t feerate;
        size_t vsize;
        uint64_t fee;
    } cases[] = {
        {0, 1000, 0}, {100, 10, 1}, {100, 11, 2}, {1000, 153, 153},   {999, 153, 153},
        {1, 1, 1},    {1, 1000, 1}, {1, 1001, 2}, {1001, 1000, 1001}, {UINT32_MAX, 4000000, UINT64_C(17179869180000)}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_true(
            prom_amount_equal(prom_feerate_fee(cases[i].feerate, cases[i].vsize), prom_amount_of(cases[i].fee)));
    }
    assert_false(prom_amount_is_valid(prom_feerate_fee(1, 4000001)));
    assert_false(prom_amount_is_valid(prom_feerate_fee(1, SIZE_MAX)));
}

/* Whoever pins has a child of 1000 vB at most (BIP 431), and one that is not mined: parent and child pay less than
 * blocks ask for. A coin for that feerate outbids it, and it takes hardly less. */
static void coin_outbids_the_largest_pin(void **state)
{
    static const uint32_t feerates[] = {1000, 50000, 100000, 1000000};
    static const size_t parents[] = {182, 300, 900};
    for (size_t i = 0; i < COUNT_OF(feerates) * COUNT_OF(parents); i++) {
        const uint32_t highest = feerates[i % COUNT_OF(feerates)];
        prom_bump bump = plain_bump();
        prom_bump_rival rival = {.vsize = PROM_BUMP_VSIZE_MAX};
        bump.parent_vsize = parents[i / COUNT_OF(feerates)];
        bump.parent_fee = prom_amount_of(bump.parent_vsize);
        rival.fee = prom_amount_subtract(prom_feerate_fee(highest, rival.vsize + bump.parent_vsize), bump.parent_fee);
        bump.coin_value = prom_bump_coin_min(highest, bump.parent_vsize);
        bump.at_risk = prom_amount_of(100000000);
        bump.feerates = (prom_feerates){.wanted = highest, .relay = 1000, .incremental = 1000};
        bump.rivals = &rival;
        bump.rival_count = 1;
        prom_amount fee;
        assert_ok(prom_bump_fee(&fee, &bump, &((fixture *)*state)->error), &((fixture *)*state)->error);
        assert_true(prom_amount_above(fee, rival.fee));
        bump.coin_value = prom_feerate_fee(highest, PROM_BUMP_VSIZE_MAX); /* the parent counts */
        assert_no_fee(*state, &bump, "use a larger one");
    }
    assert_true(prom_amount_equal(prom_bump_coin_min(50000, 300), prom_amount_of(50 * (1000 + 300 + 153) + 330)));
    assert_false(prom_amount_is_valid(prom_bump_coin_min(1000, SIZE_MAX)));
}

/* A child smaller than ours: to pay more is not enough, it must be more for a byte. */
static void small_child_is_outbid(void **state)
{
    prom_bump_rival rival = {prom_amount_of(6000), 120};
    prom_bump bump = plain_bump();
    bump.rivals = &rival;
    bump.rival_count = 1;
    assert_fee(*state, &bump, 6000 * 153 / 120 + 1);
}

static void own_child_is_replaced_block_by_block(void **state)
{
    prom_bump bump = plain_bump();
    prom_bump_rival own = {prom_amount_of(3930), PROM_BUMP_VSIZE};
    bump.rivals = &own;
    bump.rival_count = 1;
    assert_fee(*state, &bump, 3930 + 153);
    bump.feerates.wanted = 20000;
    assert_fee(*state, &bump, (300 + 153) * 20 - 600);
}

/* Another transaction spends the parent's inputs: parent and child replace it and its child together. */
static void rival_of_the_parent_is_outbid(void **state)
{
    prom_bump_rival rivals[] = {{prom_amount_of(9000), 453}, {prom_amount_of(1000), 100}};
    prom_bump bump = plain_bump();
    bump.parent_waits = false;
    bump.rivals = rivals;
    bump.rival_count = 1;
    assert_fee(*state, &bump, 9000 + 453 - 600);
    bump.rival_count = 2;
    assert_fee(*state, &bump, 9000 + 1000 + 453 - 600);
    rivals[0] = (prom_bump_rival){prom_amount_of(9000), 200}; /* smaller: 45 sat/vB */
    assert_fee(*state, &bump, 9000 * 453 / 200 + 1 - 600);
    /* The rival is cheap, but the child must still lift the parent. */
    rivals[0] = (prom_bump_rival){prom_amount_of(300), 300};
    bump.rival_count = 1;
    bump.feerates.wanted = 1000;
    bump.parent_fee = prom_amount_of(6000);
    assert_fee(*state, &bump, 6000 * 153 / 300 + 1);
}

static void fee_stays_below_what_is_at_risk(void **state)
{
    prom_bump_rival rival = {prom_amount_of(2000), 1000};
    prom_bump bump = plain_bump();
    bump.at_risk = prom_amount_of(3000);
    assert_fee(*state, &bump, 3000); /* the feerate would take 3930 */
    bump.feerates.wanted = UINT32_MAX;
    assert_fee(*state, &bump, 3000);
    bump.rivals = &rival;
    bump.rival_count = 1;
    bump.at_risk = prom_amount_of(2153);
    assert_fee(*state, &bump, 2153);
    bump.at_risk = prom_amount_of(2152);
    assert_no_fee(*state, &bump, "takes at least 2153 sat, more than the 2152 that are at risk");
    bump.at_risk = prom_amount_invalid();
    assert_no_fee(*state, &bump, "more than the invalid that are at risk");
}

static void fee_leaves_a_change(void **state)
{
    prom_bump_rival rival = {prom_amount_of(2000), 1000};
    prom_bump bump = plain_bump();
    bump.coin_value = prom_amount_of(3000);
    assert_fee(*state, &bump, 3000 + 240 - 330);
    bump.rivals = &rival;
    bump.rival_count = 1;
    bump.coin_value = prom_amount_of(2153 + 330 - 240);
    assert_fee(*state, &bump, 2153);
    bump.coin_value = prom_amount_of(2152 + 330 - 240);
    assert_no_fee(*state, &bump, "takes at least 2153 sat; the coin pays at most 2152: use a larger one");
    bump.coin_value = prom_amount_of(10);
    assert_no_fee(*state, &bump, "the coin pays at most 0");
}

/* What no money outbids fails, and overflows nowhere. */
static void absurd_rivals_are_not_outbid(void **state)
{
    prom_bump_rival rivals[] = {{prom_amount_of(PROM_AMOUNT_MAX), 1}, {prom_amount_of(1), 1}};
    prom_bump bump = plain_bump();
    bump.rivals = rivals;
    bump.rival_count = 2;
    assert_no_fee(*state, &bump, "takes at least invalid sat");
    bump.rival_count = 1;
    rivals[0] = (prom_bump_rival){prom_amount_of(1000), 0};
    assert_no_fee(*state, &bump, "takes at least invalid sat");
    rivals[0] = (prom_bump_rival){prom_amount_invalid(), 100};
    assert_no_fee(*state, &bump, "takes at least invalid sat");
    bump.rival_count = 0;
    bump.parent_vsize = SIZE_MAX - PROM_BUMP_VSIZE;
    assert_no_fee(*state, &bump, "takes at least invalid sat");
}

static void parent_is_measured(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_terms terms = valid_terms(test, &cast, 3);
    prom_tree *tree = NULL;
    assert_ok(prom_tree_build(test->curve, &test->arena, &tree, &terms, &test->error), &test->error);
    for (size_t i = 0; i < tree->tx_count; i++) {
        prom_bump bump = {.rival_count = 0};
        const prom_tree_tx *parent = &tree->tx[i];
        assert_ok(prom_bump_parent(&bump, parent, &test->error), &test->error);
        assert_true(prom_bytes32_equal(&bump.anchor.txid, &parent->txid));
        assert_int_equal(bump.anchor.index, parent->tx->output_count - 1);
        assert_true(prom_amount_equal(bump.anchor_value, prom_amount_of(240)));
        assert_true(prom_amount_equal(bump.parent_fee, parent->fee));
        assert_int_equal(bump.parent_vsize, (parent->weight + 3) / 4);
    }
    prom_bump bump;
    prom_tree_tx bare = tree->tx[PROM_TX4];
    prom_tx cut = *bare.tx;
    cut.output_count--;
    bare.tx = &cut;
    assert_fails(prom_bump_parent(&bump, &bare, &test->error), PROM_CATEGORY_MISUSE, &test->error, "Tx4 has no anchor");
}

static void child_spends_anchor_and_coin(void **state)
{
    fixture *test = *state;
    const prom_bump bump = plain_bump();
    const prom_key key = named_key(test, "coin", 0);
    const prom_bytes32 auxiliary = {{0}};
    prom_tx *child = NULL;
    prom_bytes32 hash;
    prom_signature signature;
    size_t weight = 0;
    prom_tx_output spent[2] = {{bump.anchor_value, {NULL, 0}}, {bump.coin_value, p2tr_script(test, &key.public_key)}};
    assert_ok(prom_script_anchor(&test->arena, &spent[0].script, &test->error), &test->error);
    assert_ok(prom_bump_child(test->curve, &test->arena, &child, &bump, &key, &auxiliary, &test->error), &test->error);
    assert_int_equal(child->version, 3);
    assert_int_equal(child->locktime, 0);
    assert_int_equal(child->input_count, 2);
    assert_true(prom_outpoint_equal(&child->inputs[0].outpoint, &bump.anchor));
    assert_int_equal(child->inputs[0].witness_count, 0);
    assert_true(prom_outpoint_equal(&child->inputs[1].outpoint, &bump.coin));
    assert_int_equal(child->inputs[0].sequence, PROM_SEQUENCE_PLAIN);
    assert_int_equal(child->inputs[1].sequence, PROM_SEQUENCE_PLAIN);
    assert_int_equal(child->output_count, 1);
    assert_true(prom_span_equal(child->outputs[0].script, p2tr_script(test, &bump.change)));
    assert_true(prom_amount_equal(child->outputs[0].value, prom_amount_of(1000000 + 240 - 3930)));
    assert_ok(prom_tx_weight(&test->arena, &weight, child, &test->error), &test->error);
    assert_int_equal(prom_vsize(weight), PROM_BUMP_VSIZE);
    assert_ok(prom_tx_sighash(&test->arena, &hash, &(prom_signed_input){.tx = child, .spent = spent, .index = 1},
                              &test->error),
              &test->error);
    assert_int_equal(child->inputs[1].witness_count, 1);
    assert_int_equal(child->inputs[1].witness[0].length, sizeof signature.bytes);
    memcpy(signature.bytes, child->inputs[1].witness[0].data, sizeof signature.bytes);
    assert_true(prom_signature_valid(test->curve, &signature, prom_span_of32(&hash), &key.public_key));

    prom_bump poor = bump;
    poor.at_risk = prom_amount_zero();
    assert_fails(prom_bump_child(test->curve, &test->arena, &child, &poor, &key, &auxiliary, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "more than the 0 that are at risk");
    prom_key halves = key;
    halves.public_key = prom_unspendable_key;
    assert_fails(prom_bump_child(test->curve, &test->arena, &child, &bump, &halves, &auxiliary, &test->error),
                 PROM_CATEGORY_BROKEN, &test->error, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(both_pay_the_feerate),
        FIXTURE_TEST(child_pays_for_its_relay),
        FIXTURE_TEST(large_child_is_outbid),
        FIXTURE_TEST(feerates_below_one_are_exact),
        FIXTURE_TEST(child_pays_for_a_parent_below_the_least),
        cmocka_unit_test(fees_are_rounded_up),
        FIXTURE_TEST(coin_outbids_the_largest_pin),
        FIXTURE_TEST(small_child_is_outbid),
        FIXTURE_TEST(own_child_is_replaced_block_by_block),
        FIXTURE_TEST(rival_of_the_parent_is_outbid),
        FIXTURE_TEST(fee_stays_below_what_is_at_risk),
        FIXTURE_TEST(fee_leaves_a_change),
        FIXTURE_TEST(absurd_rivals_are_not_outbid),
        FIXTURE_TEST(parent_is_measured),
        FIXTURE_TEST(child_spends_anchor_and_coin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
