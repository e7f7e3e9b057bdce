#include "contract/cast.h"

#include "prometheus/contract/deadline.h"
#include "prometheus/contract/tree.h"

static const char *const networks[] = {"main", "regtest"};

/* A P whose times are so many blocks above the least that are valid, each. */
static prom_parameters parameters(const prom_chain_parameters *network, uint8_t n, uint16_t mu, const uint16_t above[4])
{
    const uint32_t s = network->safety_margin;
    prom_parameters P = valid_parameters();
    P.n = n;
    P.mu = mu;
    P.t1 = (uint16_t)(3 * s + 1 + above[0]);
    P.t2 = (uint16_t)(P.t1 + 2 * s + network->verification + 2 + above[1]);
    P.t3 = (uint16_t)(P.t2 + 4 * s + above[2]);
    P.t4 = (uint16_t)(prom_parameters_arbitration(&P, network) + s + 1 + above[3]);
    return P;
}

/* Runs `check` for every n with every k, and every time at its least or 1, 2 or 1000 blocks above. */
static void for_all_parameters(fixture *test, void (*check)(const prom_parameters *, const prom_chain_parameters *))
{
    static const uint16_t above[] = {0, 1, 2, 1000};
    for (size_t network = 0; network < COUNT_OF(networks); network++) {
        const prom_chain_parameters *chain = prom_chain_parameters_by_name(networks[network]);
        for (uint8_t n = PROM_ARBITERS_MIN; n <= PROM_ARBITERS_MAX; n++) {
            for (uint32_t k = n / 2 + 1; k <= n; k++) {
                const uint16_t mu = (uint16_t)(k * 10000 / n > 5000 ? k * 10000 / n : 5001);
                for (size_t i = 0; i < 256; i++) {
                    const uint16_t times[] = {above[i % 4], above[i / 4 % 4], above[i / 16 % 4], above[i / 64]};
                    const prom_parameters P = parameters(chain, n, mu, times);
                    assert_int_equal(prom_parameters_quorum(&P), k);
                    if (i == 0 || i == 255) {
                        assert_ok(prom_parameters_check(test->curve, &P, chain, &test->error), &test->error);
                    }
                    check(&P, chain);
                }
            }
        }
    }
}

static prom_tip_window window_of(prom_deadline_id id, const prom_parameters *P, const prom_chain_parameters *network)
{
    return prom_deadline_window(id, P, network, 1000);
}

static void every_step_is_there(void **state)
{
    (void)state;
    for (prom_deadline_id id = 0; id < PROM_DEADLINES; id++) {
        const prom_deadline *deadline = prom_deadline_of(id);
        assert_non_null(deadline->what);
        assert_in_range(deadline->who, PROM_ACTOR_W, PROM_ACTOR_ANYBODY);
        assert_in_range(deadline->from, PROM_MILESTONE_SETUP, PROM_MILESTONE_CLOSING);
        assert_string_not_equal(prom_actor_name(deadline->who), "nobody");
        assert_string_not_equal(prom_milestone_name(deadline->from), "nothing");
    }
    assert_string_equal(prom_milestone_name(PROM_MILESTONES), "nothing");
}

/* Each window of one P on main (s = 6, vt = 22, e = 3, p = 6) with all milestones at 1000, by hand. */
static void windows_are_those_of_the_protocol(void **state)
{
    (void)state;
    const prom_chain_parameters *network = prom_chain_parameters_by_name("main");
    prom_parameters P = valid_parameters();
    P.t1 = 100;
    P.t2 = 140;
    P.t3 = 170;
    P.t4 = 80;
    P.n = 5;
    P.mu = 6000; /* k = 3: three echo rounds */
    const int64_t none = PROM_WINDOW_OPEN;
    const struct {
        prom_deadline_id id;
        prom_actor who;
        prom_milestone from;
        int64_t earliest;
        int64_t latest;
    } cases[] = {
        {PROM_DEADLINE_ABANDON_W, PROM_ACTOR_W, PROM_MILESTONE_SETUP, 1000, none},
        {PROM_DEADLINE_ABANDON_V, PROM_ACTOR_V, PROM_MILESTONE_SETUP, 1006, none},
        {PROM_DEADLINE_ABANDON_A, PROM_ACTOR_A, PROM_MILESTONE_SETUP, 1012, none},
        {PROM_DEADLINE_COMPUTE, PROM_ACTOR_W, PROM_MILESTONE_TX0, 1005, none},
        {PROM_DEADLINE_DELIVER, PROM_ACTOR_W, PROM_MILESTONE_TX0, 1005, 1094},
        {PROM_DEADLINE_COLLECT, PROM_ACTOR_W, PROM_MILESTONE_TX0, 1005, 1100},
        {PROM_DEADLINE_RECEIPT, PROM_ACTOR_A, PROM_MILESTONE_TX0, 1005, 1100},
        {PROM_DEADLINE_X, PROM_ACTOR_ANYBODY, PROM_MILESTONE_TX0, 1017, 1094},
        {PROM_DEADLINE_NOTICE, PROM_ACTOR_W, PROM_MILESTONE_X, 911, 988},
        {PROM_DEADLINE_NOTICE_RECEIPT, PROM_ACTOR_A, PROM_MILESTONE_X, 911, 994},
        {PROM_DEADLINE_NOTICE_SEEN, PROM_ACTOR_V, PROM_MILESTONE_X, 911, 998},
        {PROM_DEADLINE_OPENINGS, PROM_ACTOR_W, PROM_MILESTONE_X, 1006, none},
        {PROM_DEADLINE_OPENINGS_RECEIPT, PROM_ACTOR_A, PROM_MILESTONE_X, 1006, none},
        {PROM_DEADLINE_TX4, PROM_ACTOR_W, PROM_MILESTONE_TX0, 1005, 1163},
        {PROM_DEADLINE_TX4_V, PROM_ACTOR_V, PROM_MILESTONE_TX0, 1005, 1133},
        {PROM_DEADLINE_QUESTION, PROM_ACTOR_V, PROM_MILESTONE_TX0, 1101, 1111},
        {PROM_DEADLINE_ANSWER, PROM_ACTOR_A, PROM_MILESTONE_TX0, 1101, none},
        {PROM_DEADLINE_TXV0, PROM_ACTOR_V, PROM_MILESTONE_TX0, 1101, 1133},
        {PROM_DEADLINE_TX3, PROM_ACTOR_W, PROM_MILESTONE_TX0, 1139, 1163},
        {PROM_DEADLINE_TX1, PROM_ACTOR_ANYBODY, PROM_MILESTONE_TX0, 1169, none},
        {PROM_DEADLINE_TXA, PROM_ACTOR_W, PROM_MILESTONE_TXV0, 1000, 1033},
        {PROM_DEADLINE_TX5, PROM_ACTOR_ANYBODY, PROM_MILESTONE_TXV0, 1039, none},
        {PROM_DEADLINE_SHOW_KEY, PROM_ACTOR_W, PROM_MILESTONE_TXA, 1000, 1006},
        {PROM_DEADLINE_EVIDENCE, PROM_ACTOR_A, PROM_MILESTONE_TXA, 1000, 1006},
        {PROM_DEADLINE_ECHO, PROM_ACTOR_A, PROM_MILESTONE_TXA, 1006, 1015},
        {PROM_DEADLINE_COMMIT, PROM_ACTOR_A, PROM_MILESTONE_TXA, 1015, 1043},
        {PROM_DEADLINE_REVEAL, PROM_ACTOR_A, PROM_MILESTONE_TXA, 1043, 1049},
        {PROM_DEADLINE_SIGN, PROM_ACTOR_A, PROM_MILESTONE_TXA, 1049, 1055},
        {PROM_DEADLINE_DECISION, PROM_ACTOR_ANYBODY, PROM_MILESTONE_TXA, 1049, 1073},
        {PROM_DEADLINE_TX6, PROM_ACTOR_ANYBODY, PROM_MILESTONE_TXA, 1079, none},
        {PROM_DEADLINE_KEEP, PROM_ACTOR_ANYBODY, PROM_MILESTONE_CLOSING, 1000, 1099},
    };
    assert_int_equal(COUNT_OF(cases), PROM_DEADLINES);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const prom_deadline *deadline = prom_deadline_of(cases[i].id);
        const prom_tip_window window = window_of(cases[i].id, &P, network);
        assert_int_equal(cases[i].id, i);
        assert_int_equal(deadline->who, cases[i].who);
        assert_int_equal(deadline->from, cases[i].from);
        assert_int_equal(window.earliest, cases[i].earliest);
        assert_int_equal(window.latest, cases[i].latest);
        assert_int_equal(deadline->sampled, cases[i].id >= PROM_DEADLINE_X && cases[i].id < PROM_DEADLINE_TX4);
    }
}

static void echo_rounds_end_one_after_another(void **state)
{
    (void)state;
    const prom_chain_parameters *network = prom_chain_parameters_by_name("main");
    prom_parameters P = valid_parameters();
    P.n = 9;
    P.mu = 5500; /* k = 5: five rounds */
    assert_int_equal(prom_deadline_echo_end(0, network, 1000), 1006);
    assert_int_equal(prom_deadline_echo_end(1, network, 1000), 1009);
    assert_int_equal(prom_deadline_echo_end(0, network, 1000), window_of(PROM_DEADLINE_ECHO, &P, network).earliest);
    assert_int_equal(prom_deadline_echo_end(5, network, 1000), window_of(PROM_DEADLINE_ECHO, &P, network).latest);
    assert_int_equal(prom_deadline_echo_end(9, network, UINT32_MAX), INT64_C(4294967295) + 6 + 27);
}

/* A lock of the tree and the row of its transaction say the same: with lock L the first tip is b + L - 1. */
static void first_tips_are_those_of_the_locks(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_terms terms = valid_terms(test, &cast, 3);
    const prom_chain_parameters *network = prom_chain_parameters_by_name("regtest");
    static const struct {
        prom_tree_id tx;
        prom_deadline_id id;
        int64_t later; /* than the lock alone demands: V asks first */
    } cases[] = {
        {PROM_TX1, PROM_DEADLINE_TX1, 0}, {PROM_TX3, PROM_DEADLINE_TX3, 0}, {PROM_TXV0, PROM_DEADLINE_TXV0, 2},
        {PROM_TX5, PROM_DEADLINE_TX5, 0}, {PROM_TX6, PROM_DEADLINE_TX6, 0},
    };
    prom_tree *tree = NULL;
    assert_ok(prom_tree_build(test->curve, &test->arena, &tree, &terms, &test->error), &test->error);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const uint32_t lock = prom_tree_lock(&tree->tx[cases[i].tx], 0);
        assert_int_not_equal(lock, 0);
        assert_int_equal(window_of(cases[i].id, &terms.P, network).earliest, 1000 + lock - 1 + cases[i].later);
    }
}

/* The bits of the steps that have no room. */
static uint32_t broken(const prom_parameters *P, const prom_chain_parameters *network)
{
    uint32_t steps = 0;
    for (prom_deadline_id id = 0; id < PROM_DEADLINES; id++) {
        steps |= prom_deadline_holds(id, P, network) ? 0 : UINT32_C(1) << id;
    }
    return steps;
}

/* The least t1 with which a block can draw a sample. */
static uint32_t sampling_t1(const prom_chain_parameters *network)
{
    return 2 * network->safety_margin - 1 + network->sampling_lead;
}

static void check_room(const prom_parameters *P, const prom_chain_parameters *network)
{
    const uint32_t notice = UINT32_C(1) << PROM_DEADLINE_X | UINT32_C(1) << PROM_DEADLINE_NOTICE;
    assert_int_equal(broken(P, network), P->t1 < sampling_t1(network) ? notice : 0);
}

/* What is begun at the first tip is done by the last, for every valid P. */
static void every_window_has_room(void **state)
{
    for_all_parameters(*state, check_room);
}

/* A transaction that is broadcast at the last tip of `first` is mined, s blocks later, before one of `second` can be.
 */
static void assert_confirms_before(prom_deadline_id first, prom_deadline_id second, const prom_parameters *P,
                                   const prom_chain_parameters *network)
{
    const int64_t mined = window_of(first, P, network).latest + network->safety_margin;
    assert_true(mined < window_of(second, P, network).earliest + 1);
}

static void assert_follows(prom_deadline_id first, prom_deadline_id second, const prom_parameters *P,
                           const prom_chain_parameters *network)
{
    assert_true(window_of(first, P, network).latest <= window_of(second, P, network).earliest);
}

static void check_order(const prom_parameters *P, const prom_chain_parameters *network)
{
    const int64_t s = network->safety_margin;
    assert_true(window_of(PROM_DEADLINE_DELIVER, P, network).latest + s <=
                window_of(PROM_DEADLINE_RECEIPT, P, network).latest);
    assert_true(window_of(PROM_DEADLINE_RECEIPT, P, network).latest <
                window_of(PROM_DEADLINE_ANSWER, P, network).earliest);
    /* A notice can be receipted, and seen, before its block; what that draws can be receipted when it is deep. */
    const int64_t receipted = window_of(PROM_DEADLINE_NOTICE_RECEIPT, P, network).latest;
    assert_true(window_of(PROM_DEADLINE_NOTICE, P, network).latest < receipted);
    assert_true(receipted <= window_of(PROM_DEADLINE_NOTICE_SEEN, P, network).latest);
    assert_true(window_of(PROM_DEADLINE_NOTICE_SEEN, P, network).latest < 1000);
    assert_int_equal(window_of(PROM_DEADLINE_X, P, network).latest - 1000 +
                         window_of(PROM_DEADLINE_OPENINGS_RECEIPT, P, network).earliest,
                     window_of(PROM_DEADLINE_RECEIPT, P, network).latest);
    /* E7: V's verdict, whichever it is, is on the chain before W can be paid without one. */
    assert_confirms_before(PROM_DEADLINE_TX4_V, PROM_DEADLINE_TX3, P, network);
    assert_confirms_before(PROM_DEADLINE_TXV0, PROM_DEADLINE_TX3, P, network);
    /* What the last answer brings can be verified before V must speak, and answers have s blocks to come. */
    const prom_tip_window question = window_of(PROM_DEADLINE_QUESTION, P, network);
    assert_true(question.latest + network->verification == window_of(PROM_DEADLINE_TXV0, P, network).latest);
    assert_true(question.latest - question.earliest >= s);
    /* W reveals h_p, and k_p, with s blocks left before anybody can go on. */
    assert_confirms_before(PROM_DEADLINE_TX4, PROM_DEADLINE_TX1, P, network);
    assert_confirms_before(PROM_DEADLINE_TX3, PROM_DEADLINE_TX1, P, network);
    assert_confirms_before(PROM_DEADLINE_TXA, PROM_DEADLINE_TX5, P, network);
    assert_confirms_before(PROM_DEADLINE_DECISION, PROM_DEADLINE_TX6, P, network);
    /* The steps of arbitration do not overlap, and take all of `at` but no more. */
    assert_follows(PROM_DEADLINE_SHOW_KEY, PROM_DEADLINE_ECHO, P, network);
    assert_follows(PROM_DEADLINE_EVIDENCE, PROM_DEADLINE_ECHO, P, network);
    assert_follows(PROM_DEADLINE_ECHO, PROM_DEADLINE_COMMIT, P, network);
    assert_follows(PROM_DEADLINE_COMMIT, PROM_DEADLINE_REVEAL, P, network);
    assert_follows(PROM_DEADLINE_REVEAL, PROM_DEADLINE_SIGN, P, network);
    const int64_t at = prom_parameters_arbitration(P, network);
    assert_int_equal(window_of(PROM_DEADLINE_SIGN, P, network).latest, 1000 + at);
    assert_true(1000 + at <= window_of(PROM_DEADLINE_DECISION, P, network).latest);
}

/* Whoever is honest is through before the next one may go on. */
static void order_of_the_protocol_holds(void **state)
{
    for_all_parameters(*state, check_order);
}

/* The bounds of P are tight: with one block less just the steps that they are there for have no room. */
static void bounds_are_tight(void **state)
{
    fixture *test = *state;
    static const uint16_t least[4] = {10}; /* of t1 alone more, for what a block draws */
    const uint32_t verdict = UINT32_C(1) << PROM_DEADLINE_QUESTION | UINT32_C(1) << PROM_DEADLINE_TXV0;
    for (size_t i = 0; i < COUNT_OF(networks); i++) {
        const prom_chain_parameters *network = prom_chain_parameters_by_name(networks[i]);
        for (uint8_t n = PROM_ARBITERS_MIN; n <= PROM_ARBITERS_MAX; n++) {
            const prom_parameters P = parameters(network, n, 6000, least);
            prom_parameters less[4] = {P, P, P, P};
            less[0].t2--;
            less[0].t3--;
            less[1].t3--;
            less[2].t4--;
            assert_int_equal(broken(&less[0], network), verdict);
            assert_int_equal(broken(&less[1], network), UINT32_C(1) << PROM_DEADLINE_TX3);
            assert_int_equal(broken(&less[2], network), UINT32_C(1) << PROM_DEADLINE_DECISION);
            for (size_t j = 0; j < 3; j++) {
                assert_false(prom_is_ok(prom_parameters_check(test->curve, &less[j], network, &test->error)));
            }
            less[3].t1--; /* some room is left here: s blocks and more to compute */
            less[3].t2--;
            less[3].t3--;
            assert_int_equal(broken(&less[3], network), 0);
        }
    }
}

/* The largest heights and times that there are do not wrap around. */
static void largest_times_are_exact(void **state)
{
    (void)state;
    const prom_chain_parameters *network = prom_chain_parameters_by_name("main");
    prom_parameters P = valid_parameters();
    P.t1 = 0;
    P.t2 = UINT16_MAX;
    assert_int_equal(prom_deadline_window(PROM_DEADLINE_TX5, &P, network, UINT32_MAX).earliest,
                     INT64_C(4294967295) + 65535 - 1);
    P.t1 = UINT16_MAX;
    P.t2 = 0;
    assert_int_equal(prom_deadline_window(PROM_DEADLINE_TXA, &P, network, 0).latest, -65535 - 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_step_is_there),
        cmocka_unit_test(windows_are_those_of_the_protocol),
        cmocka_unit_test(echo_rounds_end_one_after_another),
        FIXTURE_TEST(first_tips_are_those_of_the_locks),
        FIXTURE_TEST(every_window_has_room),
        FIXTURE_TEST(order_of_the_protocol_holds),
        FIXTURE_TEST(bounds_are_tight),
        cmocka_unit_test(largest_times_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
