/* The game's question of a file of terms, also of one that makes no valid contract. */
#include "support.h"

#include "outlook/example.h"
#include "outlook/question.h"
#include "prometheus/scheme/scheme.h"

/* What a reader makes of the example's terms, whole. */
static prom_contract_file example_file(fixture *test, const char *network, uint8_t arbiters)
{
    prom_contract_file file = {.whole = true};
    assert_ok(prom_contract_example_parameters(test->curve, &file.terms, prom_chain_parameters_by_name(network),
                                               arbiters, &test->error),
              &test->error);
    file.setting = prom_game_setting_default(&file.terms.P, file.terms.c);
    assert_ok(prom_contract_example_fill(test->curve, &file.terms, &test->error), &test->error);
    return file;
}

static prom_game_question ask(fixture *test, const prom_contract_file *file, const prom_tree *tree)
{
    prom_game_question question;
    assert_ok(prom_contract_question(&question, &test->arena, test->curve, file, tree, &test->error), &test->error);
    return question;
}

static void assert_same_parameters(fixture *test, const prom_parameters *a, const prom_parameters *b)
{
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span bytes;
    prom_parameters_write(&writer, a);
    prom_parameters_write(&writer, b);
    assert_ok(prom_writer_finish(&writer, &bytes, &test->error), &test->error);
    assert_memory_equal(bytes.data, bytes.data + PROM_PARAMETERS_BYTES, PROM_PARAMETERS_BYTES);
}

static void assert_same_sizes(const prom_game_question *a, const prom_game_question *b)
{
    assert_memory_equal(&a->sizes, &b->sizes, sizeof a->sizes);
}

static void it_is_the_contract(void **state)
{
    fixture *test = *state;
    for (uint8_t arbiters = PROM_ARBITERS_MIN; arbiters <= PROM_ARBITERS_MAX; arbiters++) {
        prom_contract_file file = example_file(test, "main", arbiters);
        const prom_terms *terms = &file.terms;
        prom_tree *tree = NULL;
        assert_ok(prom_tree_build(test->curve, &test->arena, &tree, terms, &test->error), &test->error);
        const prom_game_question question = ask(test, &file, tree);
        assert_int_equal(question.rules, PROM_GAME_RULES_CONTRACT);
        assert_same_parameters(test, &question.P, &terms->P);
        assert_true(prom_amount_equal(question.c, terms->c) && prom_amount_equal(question.retainer, terms->retainer));
        assert_int_equal(question.feerate, 5);
        assert_int_equal(question.items, 100);
        assert_string_equal(question.network->name, "main");
        assert_true(question.fund_is_nobodys);
        assert_true(question.samples);
        assert_memory_equal(&question.setting, &file.setting, sizeof file.setting);
        /* Without the tree, and of P alone, it is the same. */
        const prom_game_question built = ask(test, &file, NULL);
        assert_same_sizes(&built, &question);
        file.whole = false;
        file.terms.job = (prom_job){.scheme = 0};
        file.terms.arbiter_count = 0;
        const prom_game_question filled = ask(test, &file, NULL);
        assert_same_sizes(&filled, &question);
        assert_true(filled.samples && filled.items == 100);
    }
}

static void the_contract_need_not_be_valid(void **state)
{
    fixture *test = *state;
    const prom_contract_file valid = example_file(test, "main", 5);
    const prom_game_question question = ask(test, &valid, NULL);
    for (size_t i = 0; i < 4; i++) {
        prom_contract_file file = valid;
        prom_parameters *P = &file.terms.P;
        P->w = i == 0 ? prom_amount_zero() : P->w;
        P->beta = i == 1 ? 1 : P->beta;
        P->mu = i == 2 ? 0 : P->mu;
        file.terms.c = i == 3 ? prom_amount_of((UINT64_C(1) << 40) - 1) : file.terms.c;
        file.whole = (i & 1) != 0;
        assert_false(prom_is_ok(prom_terms_check(test->curve, &file.terms, NULL)));
        const prom_game_question asked = ask(test, &file, NULL);
        assert_same_parameters(test, &asked.P, P);
        assert_true(prom_amount_equal(asked.c, file.terms.c));
        assert_same_sizes(&asked, &question);
        assert_int_equal(asked.fund_is_nobodys, i == 3);
    }
}

/* A party that brings more coins pays for more of Tx0. */
static void sizes_are_those_of_the_file(void **state)
{
    fixture *test = *state;
    prom_contract_file file = example_file(test, "main", 3);
    const prom_game_question one = ask(test, &file, NULL);
    prom_party_terms *worker = &file.terms.parties[PROM_PARTY_W];
    worker->coins[1] = worker->coins[0];
    worker->coins[1].outpoint.index = 1;
    worker->coin_count = 2;
    const prom_game_question two = ask(test, &file, NULL);
    assert_true(two.sizes.tx0[PROM_PARTY_W] > one.sizes.tx0[PROM_PARTY_W]);
}

static void a_scheme_may_take_no_samples(void **state)
{
    static const uint16_t none[] = {0, PROM_SCHEME_SUMCHECK, 99};
    fixture *test = *state;
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        prom_contract_file file = example_file(test, "regtest", 3);
        file.terms.job.scheme = none[i];
        assert_false(ask(test, &file, NULL).samples);
    }
}

static void what_is_no_question(void **state)
{
    fixture *test = *state;
    const prom_contract_file valid = example_file(test, "main", 3);
    prom_game_question question;
    prom_contract_file file = valid;
    file.terms.P.n = 20;
    assert_fails(prom_contract_question(&question, &test->arena, test->curve, &file, NULL, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "the game: n is 20");
    file = valid;
    file.setting.q = 10001;
    assert_fails(prom_contract_question(&question, &test->arena, test->curve, &file, NULL, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "the game: q is 10001");
    for (size_t whole = 0; whole < 2; whole++) {
        file = valid;
        file.whole = whole != 0;
        file.terms.genesis.bytes[0] ^= 1;
        assert_fails(prom_contract_question(&question, &test->arena, test->curve, &file, NULL, &test->error),
                     PROM_CATEGORY_BAD_INPUT, &test->error, whole != 0 ? "no network" : "another chain");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(it_is_the_contract),          FIXTURE_TEST(the_contract_need_not_be_valid),
        FIXTURE_TEST(sizes_are_those_of_the_file), FIXTURE_TEST(a_scheme_may_take_no_samples),
        FIXTURE_TEST(what_is_no_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
