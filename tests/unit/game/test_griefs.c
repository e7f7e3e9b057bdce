#include <math.h>

#include "game/solutions.h"

static const prom_game_grief *grief_of(const prom_game_solution *solution, unsigned scheme)
{
    for (size_t i = 0; i < solution->grief_count; i++) {
        if (ending_of(&solution->griefs[i].attack)->scheme == scheme) {
            return &solution->griefs[i];
        }
    }
    fail_msg("no grief ends in #%u", scheme);
    return NULL;
}

/* That chance leads to the ending where it is most likely to. */
static void assert_likely(const prom_game_attack *attack)
{
    const prom_game_node *nodes = attack->game->tree.nodes;
    for (uint32_t at = attack->ending; at != 0; at = nodes[at].parent) {
        const prom_game_node *parent = &nodes[nodes[at].parent];
        for (uint32_t i = 0; parent->kind == PROM_GAME_CHANCE && i < parent->child_count; i++) {
            assert_true(nodes[parent->first_child + i].chance <= nodes[at].chance);
        }
    }
}

/* What the group gets by aiming at that ending, and doing its best where chance leads elsewhere, less what it gets by
 * the rules. */
static double gain_of(fixture *test, const prom_game_attack *attack)
{
    const prom_game_tree *tree = &attack->game->tree;
    double honest[PROM_GAME_PLAYERS_MAX];
    void *scratch = NULL;
    assert_ok(prom_arena_alloc(&test->arena, &scratch, tree->node_count, sizeof(double), &test->error), &test->error);
    const double *best = scratch;
    (void)prom_game_optimum(tree, attack->group.players, NULL, false, NULL, scratch);
    prom_game_honest(tree, 0, honest);
    double gain = 0;
    for (prom_game_player player = PROM_GAME_C; player < PROM_GAME_PLAYERS; player++) {
        gain += (attack->group.players & PROM_GAME_PLAYER(player)) != 0 ? value_of(attack, player) : 0;
    }
    for (uint32_t at = attack->ending; at != 0; at = tree->nodes[at].parent) {
        const prom_game_node *parent = &tree->nodes[tree->nodes[at].parent];
        const double here = gain;
        for (uint32_t i = 0; parent->kind == PROM_GAME_CHANCE && i < parent->child_count; i++) {
            const uint32_t child = parent->first_child + i;
            gain = (i == 0 ? 0 : gain) + tree->nodes[child].chance * (child == at ? here : best[child]);
        }
    }
    for (prom_game_player player = PROM_GAME_C; player < PROM_GAME_PLAYERS; player++) {
        gain -= (attack->group.players & PROM_GAME_PLAYER(player)) != 0 ? honest[player] : 0;
    }
    return gain;
}

static void test_griefs_are_losses_over_costs(void **state)
{
    fixture *test = *state;
    prom_game_question questions[] = {safe_question(test, 3), safe_question(test, 9), paper_question()};
    questions[1].setting.audit = 100;
    questions[1].setting.q = 3000;
    for (size_t i = 0; i < COUNT_OF(questions); i++) {
        const prom_game_solution *it = solve(test, &questions[i]);
        unsigned seen = 0;
        assert_true(it->grief_count > 3);
        for (size_t j = 0; j < it->grief_count; j++) {
            const prom_game_grief *grief = &it->griefs[j];
            const unsigned scheme = ending_of(&grief->attack)->scheme;
            assert_int_equal(seen >> scheme & 1U, 0);
            seen |= 1U << scheme;
            assert_true(grief->attack.loss > 0);
            assert_int_equal(grief->attack.group.players & PROM_GAME_PLAYER(grief->attack.victim), 0);
            assert_true(grief->attack.group.m <= it->seats[0].m - 1); /* within the assumption */
            assert_true(j == 0 || it->griefs[j - 1].factor >= grief->factor);
            assert_likely(&grief->attack);
            assert_within(grief->attack.gain, gain_of(test, &grief->attack), 1e-5);
            if (grief->attack.gain > -1e-6) {
                assert_true(grief->factor == (double)INFINITY);
            } else {
                assert_near(grief->factor, grief->attack.loss / -grief->attack.gain);
            }
        }
    }
}

/* Those of ours, without a sample, fees and interest, by hand. */
static void test_griefs_by_hand(void **state)
{
    fixture *test = *state;
    prom_game_question question = safe_question(test, 3);
    question.samples = false;
    question.feerate = 0;
    question.setting.interest = 0;
    const prom_game_solution *it = solve(test, &question);
    const double z = sat_of(question.setting.z);
    const double y = sat_of(question.setting.y);
    const double share_w = 119999;
    const double share_v = 13334;
    const double c = 133333;
    const double benefit = 2 * c;
    /* E25: garbage that is signed for. */
    assert_int_equal(grief_of(it, 3)->attack.group.players, BIT_W | BIT_V);
    assert_near(grief_of(it, 3)->attack.gain, z + y);
    assert_true(grief_of(it, 3)->factor == (double)INFINITY);
    assert_near(grief_of(it, 3)->attack.loss, benefit);
    /* Silent together: the client has no result, and its reward back; they lose [alpha w], but saved their work. */
    const prom_game_grief *silent = grief_of(it, 1);
    assert_int_equal(silent->attack.group.players, BIT_W | BIT_V);
    assert_int_equal(silent->attack.victim, PROM_GAME_C);
    assert_near(silent->attack.loss, benefit - c);
    assert_near(silent->attack.gain, z + y - share_w - share_v - 50000);
    assert_near(silent->factor, (benefit - c) / (share_w + share_v + 50000 - z - y));
}

/* Locked coins hurt everybody, and cost who locks them its own. */
static void test_locked_coins_are_a_grief(void **state)
{
    const prom_game_question question = paper_question();
    const prom_game_grief *grief = grief_of(solve(*state, &question), PROM_GAME_SCHEME_LOCKED);
    assert_true(grief->factor > 1 && grief->factor < 2);
}

/* What only chance brings about is reckoned with it: a worker that skips an item costs the client the result with nine
 * chances in ten, and risks its stake with one. */
static void test_a_chance_is_counted_in(void **state)
{
    fixture *test = *state;
    prom_game_question question = safe_question(test, 3);
    question.feerate = 0;
    question.setting.interest = 0;
    question.setting.audit = 100;
    question.setting.q = 10000;
    question.setting.check = prom_amount_zero();
    const prom_game_solution *it = solve(test, &question);
    const prom_game_grief *grief = grief_of(it, PROM_GAME_SCHEME_WORKER);
    const double z = sat_of(question.setting.z);
    const double bond = (double)(50000 / 3); /* whole satoshi: [B/n], to an arbiter in the group, where there is one */
    const double found = 133333 + 100000;
    const double lost = 0.9 * (200000 + 119999 - bond * grief->attack.group.m) + 0.1 * found - z / 100;
    assert_int_equal(grief->attack.group.players & ~(unsigned)BIT_A, BIT_W);
    assert_near(grief->attack.gain, -lost);
    assert_near(grief->factor, grief->attack.loss / lost);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_griefs_are_losses_over_costs),
        FIXTURE_TEST(test_griefs_by_hand),
        FIXTURE_TEST(test_locked_coins_are_a_grief),
        FIXTURE_TEST(test_a_chance_is_counted_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
