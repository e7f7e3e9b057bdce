/* The three P that docs/protocol.md recommends to begin with: all bounds hold, and the rows that are computed from them
 * are what stands there. */
#include "contract/cast.h"

#include "prometheus/contract/payout.h"
#include "prometheus/contract/tree.h"

enum { FEERATE = 5 /* sat/vB */, FEW_SAT = 100000 };

static const struct start {
    const char *name;
    uint64_t w, a; /* v is w */
    uint8_t n;
    uint16_t mu, epsilon;
    uint32_t k;
    uint16_t t[4];
    uint64_t retainer;
    const char *chain;    /* and retainers, of c */
    const char *client;   /* what C locks as its own V, in c */
    const char *arbiters; /* what they lock together */
} starts[] = {
    {"small", 200000, 250000, 3, 6000, 2500, 2, {144, 288, 432, 144}, 1500, "7.5 %", "2.6c", "5.6c"},
    {"medium", 2000000, 2500000, 5, 6000, 2000, 3, {288, 432, 576, 144}, 3500, "1.8 %", "2.5c", "9.4c"},
    {"large", 20000000, 25000000, 9, 5500, 1500, 5, {432, 720, 864, 288}, 20000, "1.4 %", "2.5c", "16.9c"},
};

static prom_parameters parameters_of(fixture *test, const struct start *start)
{
    prom_parameters P = {
        .w = prom_amount_of(start->w),
        .v = prom_amount_of(start->w),
        .a = prom_amount_of(start->a),
        .n = start->n,
        .alpha = 2500,
        .beta = 7500,
        .gamma = 500,
        .delta = 5000,
        .epsilon = start->epsilon,
        .mu = start->mu,
        .sigma = 9000,
        .varsigma = 1000,
        .t1 = start->t[0],
        .t2 = start->t[1],
        .t3 = start->t[2],
        .t4 = start->t[3],
    };
    assert_ok(prom_parameters_fund(test->curve, &P.F, &P, &test->error), &test->error);
    return P;
}

/* A contract on such a P on the main chain, with one coin and change of each party. */
static prom_terms terms_of(fixture *test, const struct cast *cast, const struct start *start)
{
    prom_terms terms = valid_terms(test, cast, start->n);
    terms.genesis = prom_chain_parameters_by_name("main")->genesis;
    terms.P = parameters_of(test, start);
    terms.c = prom_amount_divide(prom_amount_multiply(terms.P.w, 2), 3);
    terms.retainer = prom_amount_of(start->retainer);
    terms.feerate = FEERATE;
    terms.retention = prom_parameters_duration(&terms.P) + terms.P.t4 + 36U;
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        terms.parties[party].coins[0].value =
            prom_amount_add(prom_terms_deposit(&terms, party), prom_amount_of(FEW_SAT));
    }
    return terms;
}

static double number_of(prom_amount amount)
{
    uint64_t sat = 0;
    assert_true(prom_amount_get(amount, &sat));
    return (double)sat;
}

static void assert_shown(double value, const char *unit, const char *expected, const char *name)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%.1f%s", value, unit);
    if (strcmp(text, expected) != 0) {
        fail_msg("%s: wanted %s; got %s", name, expected, text);
    }
}

static void all_bounds_hold(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    static const char *const networks[] = {"main", "testnet4", "signet"};
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        const prom_terms terms = terms_of(test, &cast, &starts[i]);
        const prom_stakes stakes = {&terms.P, terms.c, terms.retainer};
        assert_int_equal(prom_parameters_quorum(&terms.P), starts[i].k);
        for (size_t j = 0; j < COUNT_OF(networks); j++) {
            assert_ok(
                prom_parameters_check(test->curve, &terms.P, prom_chain_parameters_by_name(networks[j]), &test->error),
                &test->error);
        }
        assert_ok(prom_stakes_check(&stakes, &test->error), &test->error);
        assert_ok(prom_terms_check(test->curve, &terms, &test->error), &test->error);
    }
}

static void computed_rows_are_what_is_written(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        const struct start *start = &starts[i];
        const prom_terms terms = terms_of(test, &cast, start);
        prom_tree *tree = NULL;
        assert_ok(prom_tree_build(test->curve, &test->arena, &tree, &terms, &test->error), &test->error);
        const double c = number_of(terms.c);
        const prom_amount anchors = prom_amount_of(2 * 240); /* of Tx0 and of Tx4, the normal case */
        const prom_amount fees =
            prom_amount_add(prom_amount_add(tree->tx[PROM_TX0].fee, tree->tx[PROM_TX4].fee), anchors);
        const prom_amount retainers = prom_amount_multiply(terms.retainer, terms.P.n);
        assert_shown(100 * number_of(prom_amount_add(fees, retainers)) / c, " %", start->chain, start->name);
        const prom_amount both = prom_amount_add(prom_terms_deposit(&terms, PROM_PARTY_C), terms.P.v);
        assert_shown(number_of(prom_amount_add(both, tree->reserve)) / c, "c", start->client, start->name);
        assert_shown(number_of(prom_amount_multiply(terms.P.a, terms.P.n)) / c, "c", start->arbiters, start->name);
    }
}

/* What a stake, and the coin for a fee child, cost an arbiter for three days at 5 % a year is less than the retainer.
 */
static void the_retainer_pays_for_the_stake(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        const double interest = (double)starts[i].a * 0.05 * 3 / 365;
        assert_true((double)starts[i].retainer > interest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(all_bounds_hold),
        FIXTURE_TEST(computed_rows_are_what_is_written),
        cmocka_unit_test(the_retainer_pays_for_the_stake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
