#include "prometheus/game/settlement.h"

#include "contract/contracts.h"
#include "game/questions.h"

/* Calls a test for games of all kinds. */
static void for_all_games(fixture *test, void (*check)(fixture *test, const prom_game *game))
{
    for (uint8_t n = PROM_ARBITERS_MIN; n <= PROM_ARBITERS_MAX; n += 2) {
        for (uint32_t m = 0; m <= n; m++) {
            prom_game_question plain = small_question(n);
            prom_game_question audit = plain;
            prom_game_question paper = plain;
            prom_game *whole = NULL;
            audit.setting.audit = 100;
            audit.setting.q = 2500;
            audit.setting.known = 3;
            paper.rules = PROM_GAME_RULES_PAPER;
            check(test, build_game(test, &plain, m));
            check(test, build_game(test, &audit, m));
            check(test, build_game(test, &paper, m));
            assert_ok(prom_game_build_whole(&test->arena, &whole, &plain, m, &test->error), &test->error);
            check(test, whole);
        }
    }
}

static const prom_game_outcome *outcome_at(const prom_game *game, uint32_t node)
{
    return &game->outcomes[game->tree.nodes[node].ending];
}

/* Follows the rules from a node; at a chance the first child. */
static uint32_t follow_rules(const prom_game *game, uint32_t node)
{
    const prom_game_node *at = &game->tree.nodes[node];
    while (at->kind != PROM_GAME_ENDING) {
        node = at->first_child + (at->kind == PROM_GAME_DECISION ? at->honest : 0);
        at = &game->tree.nodes[node];
    }
    return node;
}

/* The child whose action and object these are; `action` "" goes with any. */
static uint32_t child_of(const prom_game *game, uint32_t node, const char *action, const char *object)
{
    const prom_game_node *at = &game->tree.nodes[node];
    for (uint32_t i = at->first_child; i < at->first_child + at->child_count; i++) {
        const prom_game_node *child = &game->tree.nodes[i];
        if (strcmp(child->action, action) == 0 && strcmp(child->object, object) == 0) {
            return i;
        }
    }
    fail_msg("nothing at node %u is '%s %s'", node, action, object);
    return 0;
}

/* -- The tree -- */

static void check_tree(fixture *test, const prom_game *game)
{
    const prom_game_tree *tree = &game->tree;
    size_t endings = 0;
    for (uint32_t i = 0; i < tree->node_count; i++) {
        const prom_game_node *node = &tree->nodes[i];
        endings += node->kind == PROM_GAME_ENDING;
        assert_int_equal(node->child_count == 0, node->kind == PROM_GAME_ENDING);
        for (uint32_t j = 0; j < node->child_count; j++) {
            assert_true(node->first_child > i && node->first_child + j < tree->node_count);
            assert_int_equal(tree->nodes[node->first_child + j].parent, i);
            assert_non_null(tree->nodes[node->first_child + j].action);
            assert_non_null(tree->nodes[node->first_child + j].object);
        }
        assert_true(node->kind != PROM_GAME_DECISION || node->honest < node->child_count);
    }
    assert_int_equal(endings, tree->ending_count);
    assert_ok(prom_game_tree_check(tree, &test->error), &test->error);
}

static void test_every_game_is_a_tree(void **state)
{
    for_all_games(*state, check_tree);
}

static void check_rules(fixture *test, const prom_game *game)
{
    (void)test;
    const prom_game_outcome *outcome = outcome_at(game, follow_rules(game, 0));
    const unsigned facts = PROM_GAME_COMPUTED | PROM_GAME_VERIFIED | PROM_GAME_RESULT | PROM_GAME_SHOWN;
    assert_int_equal(outcome->scheme, 3);
    assert_int_equal(outcome->facts & facts, facts);
    assert_int_equal(outcome->at_fault, 0);
}

static void test_who_keeps_the_rules_ends_in_scheme_3(void **state)
{
    for_all_games(*state, check_rules);
}

/* -- Money -- */

/* What one gets another pays, and F has what is left: nothing comes from nowhere. Locked coins are lost to all. */
static void check_sums(fixture *test, const prom_game *game)
{
    (void)test;
    for (size_t i = 0; i < game->tree.ending_count; i++) {
        double sum = 0;
        for (prom_game_player player = PROM_GAME_C; player < PROM_GAME_PLAYERS; player++) {
            sum += game->money[i * PROM_GAME_PLAYERS + player];
        }
        if (game->outcomes[i].scheme == PROM_GAME_SCHEME_LOCKED) {
            assert_true(sum < 0);
        } else {
            assert_near(sum, 0);
        }
    }
}

static void test_every_ending_pays_what_was_deposited(void **state)
{
    for_all_games(*state, check_sums);
}

/* The table of payouts itself. */
static void test_endings_pay_by_the_table(void **state)
{
    fixture *test = *state;
    const prom_game_question question = small_question(5);
    const prom_stakes stakes = {&question.P, question.c, question.retainer};
    const double deposit_c = sat_of(question.c) + 5 * sat_of(question.retainer);
    unsigned seen = 0;
    for (uint32_t m = 0; m <= 5; m++) {
        const prom_game *game = build_game(test, &question, m);
        for (size_t i = 0; i < game->tree.ending_count; i++) {
            const prom_game_outcome *it = &game->outcomes[i];
            const uint32_t deciders = (uint32_t)it->deciders_a + it->deciders_h;
            const double *money = &game->money[i * PROM_GAME_PLAYERS];
            prom_payouts payouts;
            assert_ok(prom_payouts_of(&payouts, &stakes, it->scheme, deciders, &test->error), &test->error);
            assert_near(money[PROM_GAME_C], sat_of(payouts.to[PROM_PAYEE_C]) - deposit_c);
            assert_near(money[PROM_GAME_W], sat_of(payouts.to[PROM_PAYEE_W]) - sat_of(question.P.w));
            assert_near(money[PROM_GAME_V], sat_of(payouts.to[PROM_PAYEE_V]) - sat_of(question.P.v));
            assert_near(money[PROM_GAME_F], sat_of(payouts.to[PROM_PAYEE_F]));
            seen |= 1U << it->scheme;
        }
    }
    assert_int_equal(seen, 0xfe); /* #1 to #7 */
}

static void check_forms(fixture *test, const prom_game *game)
{
    (void)test;
    for (uint32_t i = 0; i < game->tree.ending_count; i += 7) {
        for (unsigned coalition = 1; coalition < 1U << PROM_GAME_PLAYERS; coalition += 5) {
            prom_game_form form;
            double sum = 0;
            prom_game_form_of(&form, game, i, coalition);
            for (unsigned player = 0; player < PROM_GAME_PLAYERS; player++) {
                sum += (coalition >> player & 1) != 0 ? game->tree.values[i * PROM_GAME_PLAYERS + player] : 0;
            }
            assert_near(prom_game_form_value(&form, game), sum);
        }
    }
}

static void test_a_form_is_worth_what_the_players_get(void **state)
{
    for_all_games(*state, check_forms);
}

/* Utilities, worked out by hand for the small contract: the same numbers stand in docs/game.md. */
static void test_utilities_of_the_normal_case(void **state)
{
    fixture *test = *state;
    const prom_game_question question = small_question(3);
    const prom_game *game = build_game(test, &question, 1);
    const uint32_t ending = game->tree.nodes[follow_rules(game, 0)].ending;
    const double *values = &game->tree.values[(size_t)ending * PROM_GAME_PLAYERS];
    const double blocks = 36 + 1 + 1; /* a quarter of t1, the verdict, its block */
    const double fee = 5 * ((650 + 172 * 6 + 3) / 4);
    const double interest = 0.05 * blocks / 52560;
    assert_int_equal(game->outcomes[ending].blocks, blocks);
    assert_near(values[PROM_GAME_C], 266666 - 133333 - 4500 - 5 * 388 - 2 * 240 - fee - interest * (133333 + 4500));
    assert_near(values[PROM_GAME_W], 119999 - 59999 - 5 * 101 - interest * 200000);
    assert_near(values[PROM_GAME_V], 13334 - 1199 - 5 * 101 - interest * 200000);
    assert_near(values[PROM_GAME_A], 1500 - interest * 250000);
}

/* -- Transactions -- */

/* The branches on the way to an ending, but for the decision. */
static const prom_tree_id PATHS[PROM_SCHEMES + 1][4] = {
    {PROM_TX0},
    {PROM_TX1},
    {PROM_TX3},
    {PROM_TX4},
    {PROM_TXV0, PROM_TX5},
    {PROM_TXV0, PROM_TXA, PROM_TX6},
    {PROM_TXV0, PROM_TXA},
    {PROM_TXV0, PROM_TXA},
};

/* What the client pays on the way to an ending is what the transactions of the tree pay. Where nothing is left for it
 * they pay for an output that is not there, and what would be dust. */
static void check_fees(const struct session *it, const prom_game_outcome *outcome)
{
    const uint32_t deciders = (uint32_t)outcome->deciders_a + outcome->deciders_h;
    const double said = (double)outcome->vsize * it->terms.feerate;
    double fees = 0;
    for (size_t i = 0; PATHS[outcome->scheme][i] != PROM_TX0; i++) {
        fees += sat_of(it->tree->tx[PATHS[outcome->scheme][i]].fee);
    }
    if (deciders != 0) {
        fees += sat_of(prom_tree_decision(it->tree, outcome->scheme, (UINT32_C(1) << deciders) - 1)->fee);
    }
    assert_true(fees >= said && fees < said + 330);
}

static void test_fees_are_the_tree_s(void **state)
{
    fixture *test = *state;
    for (uint8_t n = 3; n <= 5; n++) {
        const struct session it = build_contract(test, n);
        prom_game_question question = small_question(n);
        question.P = it.terms.P;
        question.c = it.terms.c;
        question.retainer = it.terms.retainer;
        question.feerate = it.terms.feerate;
        question.network = prom_terms_network(&it.terms);
        prom_game_sizes_of(&question.sizes, it.tree, &it.terms);
        for (uint32_t m = 0; m <= n; m++) {
            const prom_game *game = build_game(test, &question, m);
            for (size_t i = 0; i < game->tree.ending_count; i++) {
                check_fees(&it, &game->outcomes[i]);
            }
        }
    }
}

/* A branch is in a block no sooner than its lock lets it: the two tables of the contract say the same. */
static void test_windows_open_when_locks_are_over(void **state)
{
    (void)state;
    const prom_game_question question = small_question(3);
    for (prom_branch_id id = 0; id < PROM_BRANCHES; id++) {
        const prom_branch *row = prom_branch_of(id);
        const int64_t lock = prom_blocks_count(&row->lock, &question.P, question.network);
        const int64_t first = prom_deadline_window(row->window, &question.P, question.network, 0).earliest + 1;
        assert_true(first >= lock);
        assert_true(row->waits_for != 0 || first == lock); /* what waits for time alone comes as soon as it can */
    }
}

/* -- The rules off the path -- */

static void test_a_false_accusation_costs_the_verifier_its_stake(void **state)
{
    fixture *test = *state;
    const prom_game_question question = small_question(3);
    const prom_game *game = build_game(test, &question, 1);
    uint32_t at = child_of(game, 0, "computes and delivers", "");
    at = child_of(game, at, "verifies", "");
    at = child_of(game, at, "does not sign", "Tx4");
    at = child_of(game, at, "accuses by", "TxV0");
    at = follow_rules(game, at);
    const prom_game_outcome *outcome = outcome_at(game, at);
    assert_int_equal(outcome->scheme, 7);
    assert_int_equal(outcome->deciders_a + outcome->deciders_h, 3);
    assert_int_equal(outcome->at_fault, PROM_GAME_PLAYER(PROM_GAME_V));
    /* TxV0 at t1 + 2, TxA in the next block, the decision s + e (n - k + 1) + vt + 2p + 1 behind it */
    assert_int_equal(outcome->blocks, 146 + 1 + 6 + 6 + 22 + 12 + 1);
    assert_near(game->money[game->tree.nodes[at].ending * PROM_GAME_PLAYERS + PROM_GAME_V], -200000);
}

static void test_garbage_is_accused_and_not_appealed(void **state)
{
    fixture *test = *state;
    const prom_game_question question = small_question(3);
    const prom_game *game = build_game(test, &question, 0);
    const prom_game_outcome *outcome =
        outcome_at(game, follow_rules(game, child_of(game, 0, "computes nothing, delivers garbage", "")));
    assert_int_equal(outcome->scheme, 4);
    assert_int_equal(outcome->facts & (PROM_GAME_RESULT | PROM_GAME_SHOWN), 0);
    assert_int_equal(outcome->blocks, 146 + 144);
}

static void test_a_skipped_item_is_found_with_the_sample_s_chance(void **state)
{
    fixture *test = *state;
    prom_game_question question = small_question(3);
    const prom_game *game = build_game(test, &question, 0);
    const uint32_t at = child_of(game, 0, "skips one item and delivers", "");
    const prom_game_node *draw = &game->tree.nodes[at];
    assert_int_equal(draw->kind, PROM_GAME_CHANCE);
    assert_near(game->tree.nodes[draw->first_child].chance, 0.1);
    assert_int_equal(outcome_at(game, follow_rules(game, draw->first_child))->scheme, 4);
    const prom_game_outcome *missed = outcome_at(game, follow_rules(game, draw->first_child + 1));
    assert_int_equal(missed->scheme, 3);
    assert_int_equal(missed->facts & PROM_GAME_RESULT, 0);
    question.samples = false;
    game = build_game(test, &question, 0); /* all is checked: it is found, always */
    const uint32_t skipped = child_of(game, 0, "skips one item and delivers", "");
    assert_int_equal(outcome_at(game, follow_rules(game, skipped))->scheme, 4);
    question.items = 1;
    assert_int_equal(build_game(test, &question, 0)->tree.nodes[0].child_count, game->tree.nodes[0].child_count - 1);
}

static void test_the_audit_takes_both_stakes_for_garbage(void **state)
{
    fixture *test = *state;
    prom_game_question question = small_question(3);
    question.setting.audit = 100;
    question.setting.q = PROM_BASIS_POINTS_ONE;
    const prom_game *game = build_game(test, &question, 0);
    uint32_t at = child_of(game, 0, "computes nothing, delivers garbage", "");
    at = child_of(game, at, "does not verify", "");
    at = follow_rules(game, at);
    const double *money = &game->money[game->tree.nodes[at].ending * PROM_GAME_PLAYERS];
    assert_int_equal(outcome_at(game, at)->scheme, PROM_GAME_SCHEME_BAD);
    assert_near(money[PROM_GAME_W], -200000);
    assert_near(money[PROM_GAME_V], -200000);
    assert_near(money[PROM_GAME_C], -4500); /* the retainers */
}

static void test_there_is_no_game_of_other_arbiters(void **state)
{
    fixture *test = *state;
    prom_game_question question = small_question(3);
    prom_game *game = NULL;
    assert_fails(prom_game_build(&test->arena, &game, &question, 4, &test->error), PROM_CATEGORY_MISUSE, &test->error,
                 "4 of 3 arbiters");
    question.items = 0;
    assert_fails(prom_game_build(&test->arena, &game, &question, 1, &test->error), PROM_CATEGORY_MISUSE, &test->error,
                 "0 items");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_every_game_is_a_tree),
        FIXTURE_TEST(test_who_keeps_the_rules_ends_in_scheme_3),
        FIXTURE_TEST(test_every_ending_pays_what_was_deposited),
        FIXTURE_TEST(test_endings_pay_by_the_table),
        FIXTURE_TEST(test_a_form_is_worth_what_the_players_get),
        FIXTURE_TEST(test_utilities_of_the_normal_case),
        FIXTURE_TEST(test_fees_are_the_tree_s),
        FIXTURE_TEST(test_windows_open_when_locks_are_over),
        FIXTURE_TEST(test_a_false_accusation_costs_the_verifier_its_stake),
        FIXTURE_TEST(test_garbage_is_accused_and_not_appealed),
        FIXTURE_TEST(test_a_skipped_item_is_found_with_the_sample_s_chance),
        FIXTURE_TEST(test_the_audit_takes_both_stakes_for_garbage),
        FIXTURE_TEST(test_there_is_no_game_of_other_arbiters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
