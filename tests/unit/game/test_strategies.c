#include "game/strategies.h"

#include "game/solutions.h"

/* A form of some symbols. */
static prom_game_form form(double w, double epsilon_w, double gamma_w, double share_w, double share_v, double c)
{
    prom_game_form made = {{0}};
    made.of[PROM_QUANTITY_W] = w;
    made.of[PROM_QUANTITY_EPSILON_W] = epsilon_w;
    made.of[PROM_QUANTITY_GAMMA_W] = gamma_w;
    made.of[PROM_QUANTITY_SHARE_W] = share_w;
    made.of[PROM_QUANTITY_SHARE_V] = share_v;
    made.of[PROM_QUANTITY_C] = c;
    return made;
}

static void test_a_form_covers_what_can_never_be_more(void **state)
{
    static const struct {
        double a[6], b[6];
        bool covers;
    } cases[] = {
        {{1, 0, 0, 0, 0, 0}, {1, 0, 0, 0, 0, 0}, true},
        {{1, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0}, true},
        {{0, 0, 0, 0, 0, 0}, {1, 0, 0, 0, 0, 0}, false},
        {{0, 0, 0, 0, 0, 1}, {0, 0, 0, 1, 1, 0}, true}, /* c is share_w + share_v */
        {{0, 0, 0, 1, 1, 0}, {0, 0, 0, 0, 0, 1}, true},
        {{0, 0, 0, 1, 0, 0}, {0, 0, 0, 0, 0, 1}, false},
        {{0, 1, 0, 0, 0, 0}, {0, 0, 1, 0, 0, 0}, true}, /* gamma < epsilon */
        {{0, 0, 1, 0, 0, 0}, {0, 1, 0, 0, 0, 0}, false},
        {{1, 0, 0, 0, 0, 0}, {0, 0, 1, 0, 0, 0}, true},
        {{1, 0, 0, 0, 0, 0}, {0, 1, 1, 0, 0, 0}, false}, /* w is not larger than both together */
        {{2, 0, 0, 0, 0, 0}, {0, 1, 1, 0, 0, 0}, true},
        {{1, 1, 0, 0, 0, 0}, {0, 0, 2, 0, 0, 0}, true},
        {{1, 0, 0, 0, 0, 0}, {0, 0, 0, 1, 0, 0}, false}, /* no P says so of c and w */
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const double *a = cases[i].a;
        const double *b = cases[i].b;
        const prom_game_form first = form(a[0], a[1], a[2], a[3], a[4], a[5]);
        const prom_game_form second = form(b[0], b[1], b[2], b[3], b[4], b[5]);
        assert_int_equal(prom_game_form_covers(&first, &second), cases[i].covers);
    }
}

/* Stakes stand in the order w <= v < a, and so do what is lost of them. */
static void test_larger_stakes_cover_smaller_ones(void **state)
{
    static const uint8_t order[] = {PROM_QUANTITY_GAMMA_W, PROM_QUANTITY_EPSILON_W, PROM_QUANTITY_EPSILON_V,
                                    PROM_QUANTITY_EPSILON_A};
    static const uint8_t stakes[] = {PROM_QUANTITY_DELTA_W, PROM_QUANTITY_W, PROM_QUANTITY_V, PROM_QUANTITY_A};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        for (size_t j = 0; j < COUNT_OF(order); j++) {
            prom_game_form larger = {{0}};
            prom_game_form smaller = {{0}};
            larger.of[order[i]] = 1;
            smaller.of[order[j]] = 1;
            assert_int_equal(prom_game_form_covers(&larger, &smaller), i >= j);
            larger = smaller = (prom_game_form){{0}};
            larger.of[stakes[i]] = 1;
            smaller.of[stakes[j]] = 1;
            assert_int_equal(prom_game_form_covers(&larger, &smaller), i >= j);
        }
    }
}

static game_mark_kind mark_silence(const prom_game_outcome *outcome)
{
    return outcome->scheme == 2 ? GAME_MARK_MARKED : GAME_MARK_PLAIN;
}

static game_mark_kind leave_out_acceptance(const prom_game_outcome *outcome)
{
    return outcome->scheme == 3 ? GAME_MARK_OUT : GAME_MARK_PLAIN;
}

/* Who has no choice has one prospect; who has some has the best of them, whatever the numbers. */
static void test_prospects_are_what_can_be_had(void **state)
{
    fixture *test = *state;
    const prom_game_question question = small_question(3);
    const prom_game *game = build_game(test, &question, 0);
    double *scratch = calloc(game->tree.node_count, sizeof *scratch);
    assert_non_null(scratch);
    for (unsigned group = 0; group < 8; group++) {
        const game_strategies it = {.game = game, .coalition = group, .players = group | BIT_W};
        double *weights = calloc(game->tree.ending_count, sizeof *weights);
        game_prospects found;
        double most = -1e18;
        assert_non_null(weights);
        assert_ok(prom_game_list_prospects(&test->arena, &found, &it, &test->error), &test->error);
        for (size_t i = 0; i < found.count; i++) {
            const double value = prom_game_form_value(&found.items[i].form, game);
            most = value > most ? value : most;
            assert_false(found.items[i].marked);
        }
        for (size_t i = 0; i < game->tree.ending_count; i++) {
            for (unsigned player = 0; player < 3; player++) {
                const bool in = (it.players >> player & 1U) != 0;
                weights[i] += in ? game->tree.values[i * PROM_GAME_PLAYERS + player] : 0;
            }
        }
        assert_near(most, prom_game_optimum(&game->tree, group, weights, false, NULL, scratch));
        assert_true(group != 0 || found.count == 1);
        free(weights);
    }
    free(scratch);
}

/* Which schemes the verifier's prospects end in, as bits. */
static unsigned schemes_of(fixture *test, const prom_game *game,
                           game_mark_kind (*mark)(const prom_game_outcome *outcome), bool marked)
{
    const game_strategies it = {.game = game, .coalition = BIT_V, .players = BIT_V, .mark = mark};
    game_prospects found;
    unsigned schemes = 0;
    assert_ok(prom_game_list_prospects(&test->arena, &found, &it, &test->error), &test->error);
    for (size_t i = 0; i < found.count; i++) {
        const unsigned scheme = game->outcomes[game->tree.nodes[found.items[i].ending].ending].scheme;
        schemes |= found.items[i].marked == marked ? 1U << scheme : 0;
    }
    return schemes;
}

/* To be silent is worse for the verifier than to sign, and is listed only where it is marked; what is out is not. */
static void test_prospects_are_marked(void **state)
{
    fixture *test = *state;
    const prom_game_question question = small_question(3);
    const prom_game *game = build_game(test, &question, 0);
    assert_int_equal(schemes_of(test, game, NULL, false), 1U << 3);
    assert_int_equal(schemes_of(test, game, mark_silence, false), 1U << 3);
    assert_int_equal(schemes_of(test, game, mark_silence, true), 1U << 2);
    assert_int_equal(schemes_of(test, game, leave_out_acceptance, false) & 1U << 3, 0);
    assert_int_not_equal(schemes_of(test, game, leave_out_acceptance, false), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_form_covers_what_can_never_be_more),
        cmocka_unit_test(test_larger_stakes_cover_smaller_ones),
        FIXTURE_TEST(test_prospects_are_what_can_be_had),
        FIXTURE_TEST(test_prospects_are_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
