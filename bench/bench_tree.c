/* Measures what the tree costs each party of a contract: to build it, to sign it, to put the signatures together and
 * verify them. Prints a row of a table for each number of arbiters, with the figures of the slowest party, in seconds
 * of CPU time of one core, and the bytes that each party sends to every other. docs/performance.md has the results on a
 * named machine. */
#include "contract/session.h"

#include <time.h>

struct cost {
    double build;    /* the tree, and what is signed of it */
    double nonces;   /* made */
    double partials; /* everybody's nonces added up, and partial signatures made */
    double verify;   /* signatures put together and verified */
};

static double seconds(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double sum(const struct cost *cost)
{
    return cost->build + cost->nonces + cost->partials + cost->verify;
}

/* The tree, and the hashes that are signed of it: the same for every party. */
static double time_building(fixture *test, struct session *it)
{
    prom_signing *signing = NULL;
    const double start = seconds();
    assert_ok(prom_terms_check(test->curve, &it->terms, &test->error), &test->error);
    assert_ok(prom_tree_build(test->curve, &test->arena, &it->tree, &it->terms, &test->error), &test->error);
    assert_ok(prom_signing_new(test->curve, &test->arena, &signing, &it->terms, it->tree, 0, &test->error),
              &test->error);
    return seconds() - start;
}

/* All parties sign; each one's time is added to its cost. */
static void time_signing(fixture *test, struct session *it, struct cost *costs)
{
    for (size_t i = 0; i < it->count; i++) {
        const double start = seconds();
        give_nonces(test, it, i);
        costs[i].nonces = seconds() - start;
    }
    exchange_nonces(test, it); /* makes none again */
    for (size_t i = 0; i < it->count; i++) {
        const double start = seconds();
        give_partials(test, it, i);
        costs[i].partials = seconds() - start;
    }
    exchange_partials(test, it);
    for (size_t i = 0; i < it->count; i++) {
        const double start = seconds();
        assert_ok(prom_signing_complete(it->at[i], &test->error), &test->error);
        costs[i].verify = seconds() - start;
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
    assert_int_equal(fixture_make(&state), 0);
    fixture *test = state;
    struct session it = {.cast = make_cast(test)};
    it.terms = valid_terms(test, &it.cast, n);
    it.terms.P.mu = 5500; /* more than half */
    const double build = time_building(test, &it);
    open_session(test, &it);
    time_signing(test, &it, costs);
    for (size_t i = 0; i < it.count; i++) {
        costs[i].build = build;
    }
    const struct cost cost = slowest(costs, it.count);
    (void)printf("| %u | %u | %zu | %zu | %.3f | %.3f | %.3f | %.3f | %.3f |\n", n, prom_parameters_quorum(&it.terms.P),
                 prom_signing_count(it.at[0]), it.nonces[0].length + it.partials[0].length, cost.build, cost.nonces,
                 cost.partials, cost.verify, sum(&cost));
    close_session(&it);
    assert_int_equal(fixture_free(&state), 0);
}

int main(void)
{
    (void)printf("| n | k | signatures | bytes sent | build | nonces | partial signatures | verify | all |\n"
                 "|---|---|---|---|---|---|---|---|---|\n");
    for (uint8_t n = PROM_ARBITERS_MIN; n <= PROM_ARBITERS_MAX; n += 2) {
        time_contract(n);
    }
    return 0;
}
