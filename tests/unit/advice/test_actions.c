/* What the actions of a game are: seen by where they stand in the tree, compared here with how they are called. */
#include "advice/actions.h"

#include "game/questions.h"

static bool is_called_silence(const prom_game_node *node)
{
    static const char *const names[] = {
        "does not sign", "does not accuse", "does not challenge",         "does not appeal",     "does not publish",
        "holds back",    "keeps",           "withholds its signature of", "leaves its stake for"};
    bool silence = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        silence = silence || strcmp(names[i], node->action) == 0;
    }
    return silence;
}

static size_t check_game(const prom_game *game)
{
    size_t silences = 0;
    assert_false(prom_action_is_silence(&game->tree, 0));
    for (uint32_t at = 1; at < game->tree.node_count; at++) {
        const prom_game_node *node = &game->tree.nodes[at];
        const bool is = prom_action_is_silence(&game->tree, at);
        if (is != is_called_silence(node)) {
            fail_msg("'%s %s' is %sfound to be silence", node->action, node->object, is ? "" : "not ");
        }
        assert_true(!is || prom_action_is_move(node));
        silences += is;
    }
    return silences;
}

static void test_contract(void **state)
{
    fixture *test = *state;
    const prom_game_question question = small_question(3);
    prom_game *whole = NULL;
    for (uint32_t m = 0; m <= 3; m++) {
        assert_true(check_game(build_game(test, &question, m)) > 20);
    }
    assert_ok(prom_game_build_whole(&test->arena, &whole, &question, 1, &test->error), &test->error);
    assert_true(check_game(whole) > 20);
}

static void test_audit_window(void **state)
{
    fixture *test = *state;
    prom_game_question question = small_question(3);
    question.setting.audit = 144;
    question.setting.q = 5000;
    question.setting.known = 2;
    assert_true(check_game(build_game(test, &question, 1)) > 20);
}

static void test_paper(void **state)
{
    fixture *test = *state;
    prom_game_question question = small_question(3);
    question.rules = PROM_GAME_RULES_PAPER;
    for (uint32_t m = 0; m <= 3; m++) {
        assert_true(check_game(build_game(test, &question, m)) > 20);
    }
}

static void test_what_the_client_has(void **state)
{
    (void)state;
    assert_int_equal(prom_client_result_of(PROM_GAME_RESULT | PROM_GAME_SHOWN), PROM_RESULT_RIGHT);
    assert_int_equal(prom_client_result_of(PROM_GAME_SHOWN | PROM_GAME_DELIVERED), PROM_RESULT_WRONG);
    assert_int_equal(prom_client_result_of(PROM_GAME_SHOWN), PROM_RESULT_NONE); /* of nothing that was delivered */
    assert_int_equal(prom_client_result_of(PROM_GAME_DELIVERED), PROM_RESULT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_contract),
        FIXTURE_TEST(test_audit_window),
        FIXTURE_TEST(test_paper),
        FIXTURE_TEST(test_what_the_client_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
