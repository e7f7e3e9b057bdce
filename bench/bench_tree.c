/* Measures what the tree costs each party of a contract: to build it, to make its own signatures, to verify everybody
 * else's. Prints a row of a table for each number of arbiters, the figures of the slowest party, in seconds of CPU time
 * of one core. docs/performance.md has the results on a named machine. */
#include "contract/session.h"

#include <time.h>

struct cost {
    double build;
    double sign;
    double verify;
};

static double seconds(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double sum(const struct cost *cost)
{
    return cost->build + cost->sign + cost->verify;
}

/* The tree, and the hashes that are signed of it: the same for every party. */
static double time_building(fixture *test, struct session *it)
{
    prom_signing *signing = NULL;
    const double start = seconds();
    assert_ok(prom_terms_check(test->curve, &it->terms, &test->error), &test->error);
    assert_ok(prom_tree_build(test->curve, &test->arena, &it->tree, &it->terms, &test->error), &test->error);
    assert_ok(prom_signing_new(&test->arena, &signing, &it->terms, it->tree, 0, &test->error), &test->error);
    return seconds() - start;
}

/* One stage between all parties; each one's time is added to its cost. */
static void time_stage(fixture *test, struct session *it, prom_stage_of_signing stage, struct cost *costs)
{
    prom_span given[PROM_PLACES_MAX];
    for (size_t i = 0; i < it->count; i++) {
        const double start = seconds();
        assert_ok(give(test, it, i, stage, &given[i]), &test->error);
        costs[i].sign += seconds() - start;
    }
    for (size_t i = 0; i < it->count; i++) {
        const double start = seconds();
        for (size_t from = 0; from < it->count; from++) {
            if (from != i) {
                assert_ok(take(test, it, i, from, stage, given[from]), &test->error);
            }
        }
        costs[i].verify += seconds() - start;
    }
}

static struct cost slowest(const struct cost *costs, size_t count)
{
    struct cost found = costs[0];
    for (size_t i = 1; i < count; i++) {
        if (sum(&costs[i]) > sum(&found)) {
            found = costs[i];
        }
    }
    return found;
}

static void time_contract(uint8_t n)
{
    struct cost costs[PROM_PLACES_MAX] = {{0}};
    void *state = NULL;
    size_t signatures = 0;
    assert_int_equal(fixture_make(&state), 0);
    fixture *test = state;
    struct session it = {.cast = make_cast(test)};
    it.terms = valid_terms(test, &it.cast, n);
    it.terms.P.mu = 5500; /* more than half */
    const double build = time_building(test, &it);
    open_session(test, &it);
    for (size_t i = 0; i < it.count; i++) {
        costs[i].build = build;
        signatures += it.at[0]->slot_count[i];
    }
    for (prom_stage_of_signing stage = PROM_SIGNING_APPEAL; stage < PROM_SIGNING_LOCKING; stage++) {
        time_stage(test, &it, stage, costs);
    }
    const struct cost cost = slowest(costs, it.count);
    (void)printf("| %u | %u | %zu | %zu | %.3f | %.3f | %.3f | %.3f |\n", n, prom_parameters_quorum(&it.terms.P),
                 it.tree->tx_count, signatures, cost.build, cost.sign, cost.verify, sum(&cost));
    assert_int_equal(fixture_free(&state), 0);
}

int main(void)
{
    (void)printf("| n | k | transactions | signatures | build | sign | verify | all |\n"
                 "|---|---|---|---|---|---|---|---|\n");
    for (uint8_t n = PROM_ARBITERS_MIN; n <= PROM_ARBITERS_MAX; n += 2) {
        time_contract(n);
    }
    return 0;
}
