/* What a channel says of itself is what it does: the moves that are told are those that are wanted when their tip has
 * come, the payouts are those of the schemes that can still come. */
#include "channel/running.h"

#include "prometheus/channel/explain.h"

static prom_explanation explained(struct world *world, size_t place)
{
    const struct world_party *party = &world->parties[place];
    const prom_explain_tips tips = {world_tip_of(party), party->own_tip, world_tip_of(party)};
    prom_explanation explanation;
    assert_ok(prom_channel_explain(party->channel, 0, &tips, &explanation, &world->test->error), &world->test->error);
    return explanation;
}

static const prom_explained_move *move_named(const prom_explanation *explanation, const char *name)
{
    for (size_t i = 0; i < explanation->move_count; i++) {
        if (strcmp(explanation->moves[i].name, name) == 0) {
            return &explanation->moves[i];
        }
    }
    return NULL;
}

/* The first of the moves whose tip has come is the one that is wanted, at every tip. */
static void check_moves_to(struct world *world, size_t place, uint32_t tip)
{
    for (; world_tip_of(&world->parties[place]) <= tip; world_block_at(world, place, NULL, 0)) {
        const prom_explanation explanation = explained(world, place);
        const prom_want *want = world_want(world, place, PROM_WANT_PUBLISH);
        const prom_explained_move *first = NULL;
        for (size_t i = 0; i < explanation.move_count && first == NULL; i++) {
            const prom_explained_move *move = &explanation.moves[i];
            first = move->known && move->due.first_tip <= explanation.tips.best ? move : NULL;
        }
        assert_int_equal(first != NULL, want != NULL);
        if (want != NULL) {
            assert_string_equal(first->name, world->session.tree->tx[want->as.publish.tx].name);
            assert_int_equal(first->due.last_block, want->as.publish.due.last_block);
            assert_true(prom_amount_equal(first->due.at_risk, want->as.publish.due.at_risk));
        }
    }
}

static void moves_are_what_is_wanted(void **state)
{
    for (size_t place = 0; place < WORLD_PLACES; place++) {
        struct world *world = world_new(*state);
        world_confirm(world);
        check_moves_to(world, place, WORLD_H0 + 30);
        world_mine_tx_at(world, place, PROM_TXV0);
        const uint32_t accused = world_tip_of(&world->parties[place]);
        check_moves_to(world, place, accused + ACCUSED_BLOCKS + 2);
        world_mine_tx_at(world, place, PROM_TXA);
        const uint32_t appealed = world_tip_of(&world->parties[place]);
        check_moves_to(world, place, appealed + 16);
        world_mine_tx_at(world, place, PROM_TX6);
        assert_int_equal(explained(world, place).move_count, 0);
        world_free(world);
    }
}

static void tells_what_comes_when_nobody_moves(void **state)
{
    struct world *world = world_new(*state);
    assert_string_equal(explained(world, PLACE_C).money, "not locked");
    assert_int_equal(explained(world, PLACE_C).move_count, 0);
    world_bury(world);
    prom_explanation explanation = explained(world, PLACE_C);
    assert_string_equal(explanation.money, "O0");
    assert_string_equal(explanation.txs[0].name, "Tx0");
    assert_int_equal(explanation.txs[0].height, WORLD_H0);
    assert_int_equal(explanation.move_count, 1);
    assert_string_equal(explanation.moves[0].name, "Tx1");
    assert_true(explanation.moves[0].lasts);
    assert_int_equal(explanation.moves[0].scheme, 1);
    assert_int_equal(explanation.moves[0].due.first_tip, WORLD_H0 + 28 - 1);
    worker_signs(world);
    world_mine_to(world, TIP_TX3);
    explanation = explained(world, PLACE_W);
    assert_non_null(move_named(&explanation, "Tx3"));
    assert_false(move_named(&explanation, "Tx3")->lasts);
    assert_int_equal(move_named(&explanation, "Tx3")->due.lateness, PROM_LATE_COSTS_MONEY);
    world_free(world);
}

static void steps_are_those_that_are_not_over(void **state)
{
    struct world *world = world_new(*state);
    world_bury(world);
    bool seen[PROM_DEADLINES] = {false};
    world_mine_to(world, TIP_QUESTION);
    const prom_explanation explanation = explained(world, PLACE_V);
    for (size_t i = 0; i < explanation.step_count; i++) {
        assert_true(explanation.steps[i].window.latest >= TIP_QUESTION);
        assert_true(explanation.steps[i].from == PROM_MILESTONE_TX0);
        seen[explanation.steps[i].id] = true;
    }
    assert_true(seen[PROM_DEADLINE_QUESTION] && seen[PROM_DEADLINE_TXV0] && seen[PROM_DEADLINE_TX1]);
    assert_false(seen[PROM_DEADLINE_RECEIPT] || seen[PROM_DEADLINE_NOTICE]);
    world_free(world);
}

static void check_stake(const prom_explained_stake *stake, uint64_t deposit, uint64_t least, uint64_t most,
                        unsigned worst)
{
    assert_true(prom_amount_equal(stake->deposit, prom_amount_of(deposit)));
    assert_true(prom_amount_equal(stake->least, prom_amount_of(least)));
    assert_true(prom_amount_equal(stake->most, prom_amount_of(most)));
    assert_int_equal(stake->worst, worst);
}

/* The cast's numbers: c 1,000,000; w 2,000,000; v 2,500,000; a 3,000,000; rho 5,000; sigma 90 %. */
static void each_side_can_lose_what_the_schemes_left_can_take(void **state)
{
    struct world *world = world_new(*state);
    world_bury(world);
    prom_explanation explanation = explained(world, PLACE_C);
    assert_int_equal(explanation.schemes, 0xfe);
    check_stake(&explanation.stakes[PROM_PARTY_C], 1015000, 0, 1400000, 3);
    check_stake(&explanation.stakes[PROM_PARTY_W], 2000000, 0, 3000000, 6);
    check_stake(&explanation.stakes[PROM_PARTY_V], 2500000, 0, 2600000, 7);
    check_stake(&explanation.stakes[3], 3000000, 0, 3005000 + 666666, 6);
    world_mine_tx(world, PROM_TXV0);
    explanation = explained(world, PLACE_C);
    assert_int_equal(explanation.schemes, 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7);
    world_mine_tx(world, PROM_TXA);
    explanation = explained(world, PLACE_C);
    assert_int_equal(explanation.schemes, 1 << 5 | 1 << 6 | 1 << 7);
    world_mine_tx_at(world, PLACE_C, PROM_TX6);
    explanation = explained(world, PLACE_C);
    assert_int_equal(explanation.schemes, 1 << 5);
    check_stake(&explanation.stakes[PROM_PARTY_W], 2000000, 1400000, 1400000, 5);
    assert_int_equal(explanation.scheme, 5);
    world_free(world);
}

/* -- Why -- */

static const char *reason(const prom_explanation *explanation, const char *about)
{
    for (size_t i = 0; i < explanation->reason_count; i++) {
        if (strcmp(explanation->reasons[i].about, about) == 0) {
            return explanation->reasons[i].text;
        }
    }
    return "";
}

static void check_reason(struct world *world, size_t place, const char *about, const char *part)
{
    const prom_explanation explanation = explained(world, place);
    if (strstr(reason(&explanation, about), part) == NULL) {
        fail_msg("%s: '%s' is not in '%s'", about, part, reason(&explanation, about));
    }
}

static void names_who_has_receipted(void **state)
{
    struct world *world = world_new(*state);
    world_bury(world);
    check_reason(world, PLACE_W, "package", "no package");
    check_reason(world, PLACE_W, "receipts", "are needed: none of arbiter 1, arbiter 2, arbiter 3");
    worker_signs(world);
    worker_gets_receipts(world, PROM_ROUND_A, 2, TIP_BURIED);
    const prom_explanation explanation = explained(world, PLACE_W);
    assert_true(explanation.arbiters[1].counts[PROM_ROUND_A] && explanation.arbiters[1].receipted[PROM_ROUND_A]);
    assert_int_equal(explanation.arbiters[1].height[PROM_ROUND_A], TIP_BURIED);
    assert_false(explanation.arbiters[2].counts[PROM_ROUND_A]);
    check_reason(world, PLACE_W, "receipts",
                 "2 counting receipts, and 2 are needed: of arbiter 1, arbiter 2; none of "
                 "arbiter 3");
    check_reason(world, PLACE_W, "verdict", "no verdict");
    assert_int_equal(world_tell(world, PLACE_A + 2, PLACE_W, world_package_receipt(2, PROM_ROUND_A, 0, TIP_BURIED)),
                     PROM_TAKEN);
    const prom_explanation all = explained(world, PLACE_W);
    const char *receipts = reason(&all, "receipts");
    assert_string_equal(strchr(receipts, ':'), ": of arbiter 1, arbiter 2, arbiter 3");
    world_free(world);
}

static void tells_faults_first(void **state)
{
    struct world *world = world_new(*state);
    prom_facts *facts = world_facts(world, PLACE_V);
    check_reason(world, PLACE_V, "missing", "Tx0 is in no block");
    facts->restored = true;
    facts->frozen = true;
    (void)snprintf(facts->frozen_reason, sizeof facts->frozen_reason, "no memory");
    assert_string_equal(explained(world, PLACE_V).reasons[0].about, "restored");
    check_reason(world, PLACE_V, "frozen", "no memory");
    facts->spoilt = (prom_spend){.there = true, .height = 120};
    check_reason(world, PLACE_V, "spoilt", "in block 120");
    world_free(world);
}

static void tells_what_a_setup_waits_for(void **state)
{
    static const struct {
        prom_setup_phase phase;
        const char *about, *part;
    } phases[] = {
        {PROM_SETUP_NEW, "missing", "proposal"},         {PROM_SETUP_PROPOSED, "missing", "the worker, the verifier"},
        {PROM_SETUP_ACCEPTED, "missing", "program"},     {PROM_SETUP_BASE, "missing", "the client, the worker"},
        {PROM_SETUP_HELD, "missing", "block 118"},       {PROM_SETUP_SEATING, "seats", "0 of 3 seats"},
        {PROM_SETUP_KEYING, "missing", "key"},           {PROM_SETUP_AGREED, "missing", "arbiter 3"},
        {PROM_SETUP_SIGNING, "missing", "attempt 0"},    {PROM_SETUP_COMPLETE, "setup", "nothing is at stake"},
        {PROM_SETUP_OVER, "setup", "the draw was late"}, {PROM_SETUP_BASE, "deadline", "tip 145"},
    };
    struct world *world = world_new(*state);
    prom_setup_session *setup = &world_facts(world, PLACE_C)->setup;
    (void)snprintf(setup->reason, sizeof setup->reason, "the draw was late");
    for (size_t i = 0; i < COUNT_OF(phases); i++) {
        setup->phase = phases[i].phase;
        check_reason(world, PLACE_C, phases[i].about, phases[i].part);
    }
    world_free(world);
}

static void refuses_a_batch_that_there_is_not(void **state)
{
    struct world *world = world_new(*state);
    const prom_explain_tips tips = {1, 1, 1};
    prom_explanation explanation;
    assert_int_equal(
        prom_channel_explain(world->parties[0].channel, 1, &tips, &explanation, &world->test->error).category,
        PROM_CATEGORY_MISUSE);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(moves_are_what_is_wanted),
        FIXTURE_TEST(tells_what_comes_when_nobody_moves),
        FIXTURE_TEST(steps_are_those_that_are_not_over),
        FIXTURE_TEST(each_side_can_lose_what_the_schemes_left_can_take),
        FIXTURE_TEST(names_who_has_receipted),
        FIXTURE_TEST(tells_faults_first),
        FIXTURE_TEST(tells_what_a_setup_waits_for),
        FIXTURE_TEST(refuses_a_batch_that_there_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
