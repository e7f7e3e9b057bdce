/* When W lets h_p out, when k_p, and when never. */
#include "channel/running.h"

static bool released(struct world *world)
{
    return world_batch(world, PLACE_W)->money.released;
}

static bool appealed(struct world *world)
{
    return world_batch(world, PLACE_W)->money.appealed;
}

/* -- h_p, by Tx4 or Tx3 -- */

/* What is so when the tip comes to each height in turn; and at which of them h_p is out for the first time. */
static const struct release_case {
    const char *what;
    bool delivered;
    bool verdict;
    bool behind;
    uint32_t accused_at; /* TxV0 in the block of this height; 0: not */
    uint32_t from;       /* W's node is away before it */
    uint32_t out_at;     /* 0: never */
    prom_tree_id by;
} releases[] = {
    {"r = 1: at once", true, true, false, 0, TIP_BURIED, TIP_BURIED, PROM_TX4},
    {"r = 1, whatever was delivered", false, true, false, 0, TIP_BURIED, TIP_BURIED, PROM_TX4},
    {"r = 1, at the last tip", true, true, false, 0, TIP_RELEASE_LAST, TIP_RELEASE_LAST, PROM_TX4},
    {"r = 1, one block too late", true, true, false, 0, TIP_RELEASE_LAST + 1, 0, PROM_TX4},
    {"no verdict", true, false, false, 0, TIP_BURIED, TIP_TX3, PROM_TX3},
    {"no verdict, at the last tip", true, false, false, 0, TIP_RELEASE_LAST, TIP_RELEASE_LAST, PROM_TX3},
    {"no verdict, one block too late", true, false, false, 0, TIP_RELEASE_LAST + 1, 0, PROM_TX3},
    {"no verdict, and no package", false, false, false, 0, TIP_BURIED, 0, PROM_TX3},
    {"accused, and then r = 1", true, true, false, TIP_QUESTION, TIP_QUESTION, 0, PROM_TX4},
    {"accused in the last block before Tx3", true, false, false, TIP_TX3, TIP_BURIED, 0, PROM_TX3},
    {"r = 1, and our node is behind", true, true, true, 0, TIP_BURIED, 0, PROM_TX4},
    {"no verdict, and our node is behind", true, false, true, 0, TIP_BURIED, 0, PROM_TX3},
};

/* W's chain grows by one block, without a step: its node was away, or is catching up. */
static void miss_blocks(struct world *world, uint32_t height)
{
    while (world_tip_of(&world->parties[PLACE_W]) < height) {
        world_extend(world, &world->parties[PLACE_W], NULL, 0);
    }
}

static void play_release(fixture *test, const struct release_case *it)
{
    struct world *world = buried_world(test);
    uint32_t out_at = 0;
    world->parties[PLACE_W].behind = it->behind;
    if (it->delivered) {
        worker_signs(world);
    }
    if (it->accused_at != 0 && it->accused_at <= it->from) {
        world_mine_to_at(world, PLACE_W, it->accused_at - 1);
        world_mine_tx_at(world, PLACE_W, PROM_TXV0);
    }
    miss_blocks(world, it->from);
    if (it->verdict) {
        assert_int_equal(worker_gets_verdict(world), PROM_TAKEN);
    }
    world_tick(world, PLACE_W);
    for (uint32_t tip = world_tip_of(&world->parties[PLACE_W]); tip < TIP_RELEASE_LAST + 3; tip++) {
        if (released(world) && out_at == 0) {
            out_at = tip;
            assert_true(world_wants_tx(world, PLACE_W, it->by));
        }
        if (tip + 1 == it->accused_at) {
            world_mine_tx_at(world, PLACE_W, PROM_TXV0);
        } else {
            world_block_at(world, PLACE_W, NULL, 0);
        }
    }
    if (out_at != it->out_at) {
        fail_msg("%s: h_p was out at tip %u, and not at %u", it->what, out_at, it->out_at);
    }
    world_free(world);
}

static void lets_h_p_out_when_the_rules_say_so(void **state)
{
    for (size_t i = 0; i < COUNT_OF(releases); i++) {
        play_release(*state, &releases[i]);
    }
}

/* TxV0 was in a block and is gone again: what is only in a mempool changes nothing. */
static void goes_on_when_the_block_of_txv0_is_gone(void **state)
{
    struct world *world = buried_world(*state);
    worker_signs(world);
    world_mine_to(world, TIP_QUESTION - 1);
    world_mine_tx(world, PROM_TXV0);
    assert_int_equal(worker_gets_verdict(world), PROM_TAKEN); /* V breaks its rules: it has said both */
    assert_false(released(world));
    world_unblock_at(world, PLACE_W);
    assert_false(released(world)); /* nobody knows yet what the other branch holds */
    world->branch++;
    world_block_at(world, PLACE_W, NULL, 0);
    assert_true(released(world));
    assert_true(world_wants_tx(world, PLACE_W, PROM_TX4));
    world_free(world);
}

/* The other branch holds it too, one block later: between the two h_p does not slip out. */
static void reveals_nothing_between_the_blocks_of_a_reorganisation(void **state)
{
    struct world *world = buried_world(*state);
    worker_signs(world);
    world_mine_to(world, TIP_QUESTION - 1);
    world_mine_tx(world, PROM_TXV0);
    assert_int_equal(worker_gets_verdict(world), PROM_TAKEN);
    world_unblock_at(world, PLACE_W);
    world_unblock_at(world, PLACE_W);
    world->branch++;
    world_block_at(world, PLACE_W, NULL, 0);
    world_tick(world, PLACE_W);
    world_mine_tx_at(world, PLACE_W, PROM_TXV0);
    world_mine_to_at(world, PLACE_W, TIP_RELEASE_LAST);
    assert_false(released(world));
    world_free(world);
}

/* Tx3 is out, and then V says r = 1 after all: Tx4 pays it the same and needs no lock. */
static void takes_a_verdict_after_tx3(void **state)
{
    struct world *world = buried_world(*state);
    worker_signs(world);
    world_mine_to(world, TIP_TX3);
    assert_true(world_wants_tx(world, PLACE_W, PROM_TX3));
    assert_int_equal(worker_gets_verdict(world), PROM_TAKEN);
    assert_true(world_wants_tx(world, PLACE_W, PROM_TX4));
    assert_false(world_wants_tx(world, PLACE_W, PROM_TX3));
    world_free(world);
}

/* An own tip from a branch that is gone is the later one of the two: h_p stays in. */
static void counts_blocks_by_the_greatest_tip_seen(void **state)
{
    struct world *world = buried_world(*state);
    world_mine_to_at(world, PLACE_W, TIP_RELEASE_LAST + 1);
    world_unblock_at(world, PLACE_W);
    world_unblock_at(world, PLACE_W);
    assert_int_equal(worker_gets_verdict(world), PROM_TAKEN);
    assert_false(released(world));
    world_free(world);
}

/* Tx4, TxA and what an arbitration needs after it are signed already: who signs nothing any more lets them out. */
static void lets_out_what_is_signed_when_restored_or_frozen(void **state)
{
    for (int frozen = 0; frozen < 2; frozen++) {
        struct world *world = buried_world(*state);
        worker_signs(world);
        worker_gets_receipts(world, PROM_ROUND_A, 2, TIP_BURIED);
        world_facts(world, PLACE_W)->restored = frozen == 0;
        world_facts(world, PLACE_W)->frozen = frozen == 1;
        assert_int_equal(worker_gets_verdict(world), PROM_TAKEN);
        assert_true(released(world));
        world_mine_tx(world, PROM_TXV0);
        assert_true(appealed(world));
        world_mine_tx(world, PROM_TXA);
        const prom_want *key = world_want(world, PLACE_W, PROM_WANT_SIGN);
        assert_non_null(key);
        assert_int_equal(key->as.sign.purpose, PROM_PURPOSE_KEY);
        world_free(world);
    }
}

/* -- The verdict -- */

static void takes_the_verifier_s_signature_of_tx4_alone(void **state)
{
    struct world *world = buried_world(*state);
    prom_message message = {.kind = PROM_MESSAGE_VERDICT, .as.signature = world_verdict(world, PROM_TXV0)};
    assert_int_equal(world_say(world, PLACE_V, PLACE_W, &message), PROM_REFUSED);
    message.as.signature =
        sign_branch(world->test, &world->session.tree->tx[PROM_TX4], &world->session.cast.party[PROM_PARTY_C]);
    assert_int_equal(world_say(world, PLACE_V, PLACE_W, &message), PROM_REFUSED);
    message.as.signature = world_verdict(world, PROM_TX4);
    assert_int_equal(world_say(world, PLACE_C, PLACE_W, &message), PROM_REFUSED); /* V says it itself */
    assert_int_equal(world_say(world, PLACE_A, PLACE_W, &message), PROM_REFUSED);
    assert_false(world_batch(world, PLACE_W)->money.verdict_known);
    assert_int_equal(world_say(world, PLACE_V, PLACE_W, &message), PROM_TAKEN);
    assert_int_equal(world_say(world, PLACE_V, PLACE_W, &message), PROM_TAKEN); /* twice is once */
    assert_true(released(world));
    world_free(world);
}

/* A verdict before Tx0 is s deep waits in the facts. */
static void keeps_an_early_verdict(void **state)
{
    struct world *world = world_new(*state);
    assert_int_equal(worker_gets_verdict(world), PROM_TAKEN);
    world_confirm(world);
    assert_false(released(world));
    world_block(world, NULL, 0);
    assert_true(released(world));
    world_free(world);
}

/* -- k_p -- */

static const struct appeal_case {
    const char *what;
    bool delivered;
    size_t receipts;
    uint32_t dated;
    uint32_t after; /* blocks from TxV0's to when W sees it */
    bool appeals;
} appeals[] = {
    {"with all", true, 2, TIP_BURIED, 0, true},
    {"receipts of the last tip", true, 2, TIP_RECEIPT, 0, true},
    {"receipts of one tip later", true, 2, TIP_RECEIPT + 1, 0, false},
    {"one receipt too few", true, 1, TIP_BURIED, 0, false},
    {"no package", false, 2, TIP_BURIED, 0, false},
    {"at the last tip", true, 2, TIP_BURIED, ACCUSED_BLOCKS - WORLD_MARGIN - 1, true},
    {"one block too late", true, 2, TIP_BURIED, ACCUSED_BLOCKS - WORLD_MARGIN, false},
};

static void appeals_with_a_receipted_package_alone(void **state)
{
    for (size_t i = 0; i < COUNT_OF(appeals); i++) {
        const struct appeal_case *it = &appeals[i];
        struct world *world = buried_world(*state);
        if (it->delivered) {
            worker_signs(world);
        }
        world_mine_to(world, TIP_QUESTION - 1);
        world_mine_tx(world, PROM_TXV0);
        miss_blocks(world, TIP_QUESTION + it->after);
        worker_gets_receipts(world, PROM_ROUND_A, it->receipts, it->dated);
        if (appealed(world) != it->appeals || world_wants_tx(world, PLACE_W, PROM_TXA) != it->appeals) {
            fail_msg("%s: k_p is out: %d", it->what, appealed(world));
        }
        world_free(world);
    }
}

static void does_not_appeal_before_it_is_accused(void **state)
{
    struct world *world = buried_world(*state);
    worker_signs(world);
    worker_gets_receipts(world, PROM_ROUND_A, 3, TIP_BURIED);
    world_mine_to(world, TIP_QUESTION);
    assert_false(appealed(world));
    world_free(world);
}

/* It is settled, and the receipts come only then. */
static void does_not_appeal_what_is_settled(void **state)
{
    struct world *world = buried_world(*state);
    worker_signs(world);
    world_mine_to(world, TIP_QUESTION - 1);
    world_mine_tx(world, PROM_TXV0);
    world_mine_tx(world, PROM_TX5);
    worker_gets_receipts(world, PROM_ROUND_A, 2, TIP_BURIED);
    assert_false(appealed(world));
    world_free(world);
}

/* -- h_p, for the arbiters -- */

static struct world *appealed_world(fixture *test)
{
    struct world *world = buried_world(test);
    worker_signs(world);
    worker_gets_receipts(world, PROM_ROUND_A, 2, TIP_BURIED);
    world_mine_to(world, TIP_QUESTION - 1);
    world_mine_tx(world, PROM_TXV0);
    return world;
}

static void give_key(struct world *world)
{
    const prom_bytes32 *h_p = &world->session.cast.h_p;
    const prom_event event = {.kind = PROM_EVENT_SIGNED,
                              .as.signed_ = {.purpose = PROM_PURPOSE_KEY, .bytes = prom_span_of32(h_p)}};
    assert_int_equal(world_step(world, PLACE_W, &event), PROM_TAKEN);
}

static size_t keys_under_way(const struct world *world)
{
    size_t count = 0;
    for (size_t to = 0; to < WORLD_PLACES; to++) {
        count += world_under_way(world, PLACE_W, to, PROM_MESSAGE_KEY);
    }
    return count;
}

static void shows_h_p_to_the_arbiters_once_txa_is_in_a_block(void **state)
{
    struct world *world = appealed_world(*state);
    assert_null(world_want(world, PLACE_W, PROM_WANT_SIGN));
    give_key(world); /* from a signer that was asked before a reorganisation */
    assert_int_equal(keys_under_way(world), 0);
    world_mine_tx(world, PROM_TXA);
    assert_int_equal(world_want(world, PLACE_W, PROM_WANT_SIGN)->as.sign.purpose, PROM_PURPOSE_KEY);
    give_key(world);
    assert_int_equal(keys_under_way(world), WORLD_ARBITERS);
    assert_null(world_want(world, PLACE_W, PROM_WANT_SIGN));
    give_key(world);
    assert_int_equal(keys_under_way(world), WORLD_ARBITERS);
    world_free(world);
}

static void shows_h_p_in_time_alone(void **state)
{
    struct world *world = appealed_world(*state);
    world_mine_tx(world, PROM_TXA);
    world_mine_to(world, TIP_QUESTION + 1 + WORLD_MARGIN);
    assert_non_null(world_want(world, PLACE_W, PROM_WANT_SIGN));
    world_block(world, NULL, 0);
    assert_null(world_want(world, PLACE_W, PROM_WANT_SIGN));
    give_key(world);
    assert_int_equal(keys_under_way(world), 0);
    world_free(world);

    world = appealed_world(*state);
    world_mine_tx(world, PROM_TXA);
    world_mine_tx(world, PROM_TX6); /* whatever it is that settles it */
    assert_null(world_want(world, PLACE_W, PROM_WANT_SIGN));
    world_free(world);
}

static void shows_no_h_p_when_the_block_of_txa_is_gone(void **state)
{
    struct world *world = appealed_world(*state);
    world_mine_tx(world, PROM_TXA);
    world_unblock(world);
    assert_null(world_want(world, PLACE_W, PROM_WANT_SIGN));
    give_key(world);
    assert_int_equal(keys_under_way(world), 0);
    world->branch++;
    world_mine_tx(world, PROM_TXA);
    give_key(world);
    assert_int_equal(keys_under_way(world), WORLD_ARBITERS);
    world_free(world);
}

static void a_signer_s_wrong_h_p_is_a_fault_of_our_own(void **state)
{
    struct world *world = appealed_world(*state);
    fixture *test = *state;
    const prom_bytes32 wrong = named("wrong", 0);
    const prom_event event = {.kind = PROM_EVENT_SIGNED,
                              .as.signed_ = {.purpose = PROM_PURPOSE_KEY, .bytes = prom_span_of32(&wrong)}};
    const prom_channel_view view = world_view(&world->parties[PLACE_W]);
    prom_reception reception;
    prom_outputs outputs;
    world_mine_tx(world, PROM_TXA);
    assert_fails(prom_channel_step(world->parties[PLACE_W].channel, &test->arena, &reception, &outputs, &event, &view,
                                   &test->error),
                 PROM_CATEGORY_BROKEN, &test->error, "h_p");
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(lets_h_p_out_when_the_rules_say_so),
        FIXTURE_TEST(goes_on_when_the_block_of_txv0_is_gone),
        FIXTURE_TEST(reveals_nothing_between_the_blocks_of_a_reorganisation),
        FIXTURE_TEST(takes_a_verdict_after_tx3),
        FIXTURE_TEST(counts_blocks_by_the_greatest_tip_seen),
        FIXTURE_TEST(lets_out_what_is_signed_when_restored_or_frozen),
        FIXTURE_TEST(takes_the_verifier_s_signature_of_tx4_alone),
        FIXTURE_TEST(keeps_an_early_verdict),
        FIXTURE_TEST(appeals_with_a_receipted_package_alone),
        FIXTURE_TEST(does_not_appeal_before_it_is_accused),
        FIXTURE_TEST(does_not_appeal_what_is_settled),
        FIXTURE_TEST(shows_h_p_to_the_arbiters_once_txa_is_in_a_block),
        FIXTURE_TEST(shows_h_p_in_time_alone),
        FIXTURE_TEST(shows_no_h_p_when_the_block_of_txa_is_gone),
        FIXTURE_TEST(a_signer_s_wrong_h_p_is_a_fault_of_our_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
