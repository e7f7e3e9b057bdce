#include "contract/cast.h"

#include "prometheus/contract/deadline.h"

static const char *const networks[] = {"main", "regtest"};

static uint16_t some_blocks(uint64_t *random, uint32_t least, size_t more)
{
    return (uint16_t)(least + random_below(random, more));
}

/* A valid P: each time at its least (more = 1) or up to `more` - 1 blocks above it. */
static prom_parameters random_parameters(fixture *test, uint64_t *random, const prom_chain_parameters *network,
                                         size_t more)
{
    prom_parameters P = valid_parameters();
    const uint32_t s = network->safety_margin;
    const uint32_t vt = network->verification;
    P.n = (uint8_t)(PROM_ARBITERS_MIN + random_below(random, PROM_ARBITERS_MAX - PROM_ARBITERS_MIN + 1));
    P.mu = (uint16_t)(5001 + random_below(random, 5000));
    P.t1 = some_blocks(random, 3 * s + 1, more);
    P.t2 = some_blocks(random, P.t1 + s + vt + 2, more);
    P.t3 = some_blocks(random, P.t2 + s + 1, more);
    P.t4 = some_blocks(random, P.n - prom_parameters_quorum(&P) + 4 + vt + s + 1, more);
    assert_ok(prom_parameters_check(test->curve, &P, network, &test->error), &test->error);
    return P;
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
        assert_in_range(deadline->from, PROM_MILESTONE_TX0, PROM_MILESTONE_CLOSING);
        assert_string_not_equal(prom_actor_name(deadline->who), "nobody");
        assert_string_not_equal(prom_milestone_name(deadline->from), "nothing");
    }
    assert_string_equal(prom_milestone_name(PROM_MILESTONES), "nothing");
}

/* Each window of one P on main (s = 6, vt = 22) with Tx0 and all other milestones at 1000, by hand. */
static void windows_are_those_of_the_protocol(void **state)
{
    (void)state;
    const prom_chain_parameters *network = prom_chain_parameters_by_name("main");
    prom_parameters P = valid_parameters();
    P.t1 = 100;
    P.t2 = 140;
    P.t3 = 170;
    P.t4 = 60;
    P.t5 = 3;
    P.n = 5;
    P.mu = 6000; /* k = 3 */
    const int64_t none = PROM_WINDOW_OPEN;
    const struct {
        prom_deadline_id id;
        prom_actor who;
        prom_milestone from;
        int64_t earliest;
        int64_t latest;
    } cases[] = {
        {PROM_DEADLINE_COMPUTE, PROM_ACTOR_W, PROM_MILESTONE_TX0, 1005, none},
        {PROM_DEADLINE_DELIVER, PROM_ACTOR_W, PROM_MILESTONE_TX0, 1005, 1094},
        {PROM_DEADLINE_RECEIPT, PROM_ACTOR_A, PROM_MILESTONE_TX0, 1005, 1100},
        {PROM_DEADLINE_TX4, PROM_ACTOR_W, PROM_MILESTONE_TX0, 1005, 1163},
        {PROM_DEADLINE_TXV1, PROM_ACTOR_V, PROM_MILESTONE_TX0, 1099, 1133},
        {PROM_DEADLINE_QUESTION, PROM_ACTOR_V, PROM_MILESTONE_TX0, 1101, none},
        {PROM_DEADLINE_ANSWER, PROM_ACTOR_A, PROM_MILESTONE_TX0, 1101, none},
        {PROM_DEADLINE_TXV0, PROM_ACTOR_V, PROM_MILESTONE_TX0, 1101, 1133},
        {PROM_DEADLINE_TX3, PROM_ACTOR_W, PROM_MILESTONE_TX0, 1140, 1163},
        {PROM_DEADLINE_TX1, PROM_ACTOR_ANYBODY, PROM_MILESTONE_TX0, 1169, none},
        {PROM_DEADLINE_STAKE, PROM_ACTOR_A, PROM_MILESTONE_TX0, 1252, none},
        {PROM_DEADLINE_TX4B, PROM_ACTOR_W, PROM_MILESTONE_TXV1, 1000, 1023},
        {PROM_DEADLINE_TX1B, PROM_ACTOR_ANYBODY, PROM_MILESTONE_TXV1, 1029, none},
        {PROM_DEADLINE_TXA, PROM_ACTOR_W, PROM_MILESTONE_TXV0, 1000, 1033},
        {PROM_DEADLINE_TX5, PROM_ACTOR_ANYBODY, PROM_MILESTONE_TXV0, 1039, none},
        {PROM_DEADLINE_OPENING, PROM_ACTOR_W, PROM_MILESTONE_TXA, 1000, 1003},
        {PROM_DEADLINE_ECHO, PROM_ACTOR_A, PROM_MILESTONE_TXA, 1000, 1003},
        {PROM_DEADLINE_COMMIT, PROM_ACTOR_A, PROM_MILESTONE_TXA, 1003, 1026},
        {PROM_DEADLINE_REVEAL, PROM_ACTOR_A, PROM_MILESTONE_TXA, 1026, 1027},
        {PROM_DEADLINE_DECISION, PROM_ACTOR_ANYBODY, PROM_MILESTONE_TXA, 1027, 1053},
        {PROM_DEADLINE_TX6, PROM_ACTOR_ANYBODY, PROM_MILESTONE_TXA, 1059, none},
        {PROM_DEADLINE_RELEASE, PROM_ACTOR_W, PROM_MILESTONE_CLOSING, 1008, none},
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
    }
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
        int64_t later; /* than the lock alone demands */
    } cases[] = {
        {PROM_TX1, PROM_DEADLINE_TX1, 0},   {PROM_TX3, PROM_DEADLINE_TX3, 1},   {PROM_TXV0, PROM_DEADLINE_TXV0, 2},
        {PROM_TXV1, PROM_DEADLINE_TXV1, 0}, {PROM_TX1B, PROM_DEADLINE_TX1B, 0}, {PROM_TX5, PROM_DEADLINE_TX5, 0},
        {PROM_TX6, PROM_DEADLINE_TX6, 0},
    };
    prom_tree *tree = NULL;
    assert_ok(prom_tree_build(test->curve, &test->arena, &tree, &terms, &test->error), &test->error);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const uint32_t lock = prom_tree_lock(&tree->tx[cases[i].tx], 0);
        assert_int_not_equal(lock, 0);
        assert_int_equal(window_of(cases[i].id, &terms.P, network).earliest, 1000 + lock - 1 + cases[i].later);
    }
    assert_int_equal(window_of(PROM_DEADLINE_STAKE, &terms.P, network).earliest,
                     1000 + prom_parameters_stake_lock(&terms.P) - 1);
}

/* What is begun at the first tip is done by the last, for every valid P. */
static void every_window_has_room(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    for (size_t i = 0; i < 2000; i++) {
        const prom_chain_parameters *network = prom_chain_parameters_by_name(networks[i % 2]);
        const prom_parameters P = random_parameters(test, &random, network, i % 4 < 2 ? 1 : 1000);
        for (prom_deadline_id id = 0; id < PROM_DEADLINES; id++) {
            assert_true(prom_deadline_holds(id, &P, network));
        }
    }
}

/* A transaction that is broadcast at the last tip of `first` is mined, s blocks later, before one of `second` can be.
 */
static void assert_confirms_before(prom_deadline_id first, prom_deadline_id second, const prom_parameters *P,
                                   const prom_chain_parameters *network)
{
    const int64_t mined = window_of(first, P, network).latest + network->safety_margin;
    assert_true(mined < window_of(second, P, network).earliest + 1);
}

/* The order of the paper's timeline: whoever is honest is through before the next one may go on. */
static void order_of_the_paper_holds(void **state)
{
    fixture *test = *state;
    uint64_t random = 2;
    for (size_t i = 0; i < 2000; i++) {
        const prom_chain_parameters *network = prom_chain_parameters_by_name(networks[i % 2]);
        const prom_parameters P = random_parameters(test, &random, network, i % 4 < 2 ? 1 : 1000);
        const int64_t s = network->safety_margin;
        assert_true(window_of(PROM_DEADLINE_DELIVER, &P, network).latest + s <=
                    window_of(PROM_DEADLINE_RECEIPT, &P, network).latest);
        assert_true(window_of(PROM_DEADLINE_RECEIPT, &P, network).latest <
                    window_of(PROM_DEADLINE_ANSWER, &P, network).earliest);
        assert_confirms_before(PROM_DEADLINE_TXV0, PROM_DEADLINE_TX3, &P, network);
        assert_confirms_before(PROM_DEADLINE_TXV1, PROM_DEADLINE_TX3, &P, network);
        /* W reveals h_p, and k_p, with s blocks left before anybody can go on. */
        assert_confirms_before(PROM_DEADLINE_TX4, PROM_DEADLINE_TX1, &P, network);
        assert_confirms_before(PROM_DEADLINE_TX3, PROM_DEADLINE_TX1, &P, network);
        assert_confirms_before(PROM_DEADLINE_TX4B, PROM_DEADLINE_TX1B, &P, network);
        assert_confirms_before(PROM_DEADLINE_TXA, PROM_DEADLINE_TX5, &P, network);
        assert_confirms_before(PROM_DEADLINE_DECISION, PROM_DEADLINE_TX6, &P, network);
        /* No arbiter can take its stake out of an appeal, even if TxV0 is mined in the last block before Tx1. */
        const int64_t late = window_of(PROM_DEADLINE_TX1, &P, network).earliest;
        assert_true(late + window_of(PROM_DEADLINE_TXA, &P, network).latest - 1000 + s <
                    window_of(PROM_DEADLINE_STAKE, &P, network).earliest + 1);
        assert_true(window_of(PROM_DEADLINE_ECHO, &P, network).latest <=
                    window_of(PROM_DEADLINE_COMMIT, &P, network).earliest);
        assert_true(window_of(PROM_DEADLINE_COMMIT, &P, network).latest <=
                    window_of(PROM_DEADLINE_REVEAL, &P, network).earliest);
        assert_true(window_of(PROM_DEADLINE_REVEAL, &P, network).latest <=
                    window_of(PROM_DEADLINE_DECISION, &P, network).earliest);
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

/* The last three bounds of P are tight: with one block less just the steps that they are there for have no room. */
static void bounds_are_tight(void **state)
{
    fixture *test = *state;
    uint64_t random = 3;
    for (size_t i = 0; i < 200; i++) {
        const prom_chain_parameters *network = prom_chain_parameters_by_name(networks[i % 2]);
        const prom_parameters P = random_parameters(test, &random, network, 1);
        prom_parameters less = P;
        assert_int_equal(broken(&P, network), 0);
        less.t2--;
        less.t3--;
        assert_int_equal(broken(&less, network), UINT32_C(1) << PROM_DEADLINE_TXV0);
        assert_false(prom_is_ok(prom_parameters_check(test->curve, &less, network, &test->error)));
        less = P;
        less.t3--;
        assert_int_equal(broken(&less, network), UINT32_C(1) << PROM_DEADLINE_TX3 | UINT32_C(1) << PROM_DEADLINE_TX4B);
        less = P;
        less.t4--;
        assert_int_equal(broken(&less, network), UINT32_C(1) << PROM_DEADLINE_DECISION);
        less = P;
        less.t1--; /* some room is left here: s blocks and more to compute */
        less.t2--;
        less.t3--;
        assert_int_equal(broken(&less, network), 0);
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
    P.t3 = UINT16_MAX;
    P.t5 = UINT16_MAX;
    const prom_tip_window window = prom_deadline_window(PROM_DEADLINE_STAKE, &P, network, UINT32_MAX);
    assert_int_equal(window.earliest, INT64_C(4294967295) + 4 * 65535 - 1);
    P.t1 = UINT16_MAX;
    P.t2 = 0;
    assert_int_equal(prom_deadline_window(PROM_DEADLINE_TXA, &P, network, 0).latest, -65535 - 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_step_is_there),           cmocka_unit_test(windows_are_those_of_the_protocol),
        FIXTURE_TEST(first_tips_are_those_of_the_locks), FIXTURE_TEST(every_window_has_room),
        FIXTURE_TEST(order_of_the_paper_holds),          FIXTURE_TEST(bounds_are_tight),
        cmocka_unit_test(largest_times_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
