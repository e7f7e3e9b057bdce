/* Shapes of commitments that the tests of openings go through, and how a proof is refused. */
#ifndef PROMETHEUS_TEST_COMMITMENT_SHAPES_H
#define PROMETHEUS_TEST_COMMITMENT_SHAPES_H

#include "proof/openings.h"

#include "proof/argument.h"

static const struct shape shapes[] = {
    {1, {1}, {{0}}, 1},                                 /* one value */
    {1, {1}, {{3}}, 1},                                 /* less than a row */
    {1, {1}, {{6}}, 2},                                 /* one row */
    {1, {1}, {{7}}, 3},                                 /* two */
    {1, {1}, {{12}}, 1},                                /* longer rows than the last polynomial */
    {1, {5}, {{3, 9, 0, 9, 11}}, 2},                    /* parts of rows, whole rows, several rows */
    {2, {1, 1}, {{12}, {8}}, 1},                        /* the smaller one joins later */
    {2, {1, 1}, {{6}, {13}}, 1},                        /* or comes first */
    {3, {2, 3, 1}, {{10, 9}, {10, 10, 4}, {13}}, 1},    /* rows of equal and of other lengths */
    {4, {1, 1, 2, 1}, {{14}, {13}, {11, 12}, {10}}, 2}, /* each one joins elsewhere */
    {1, {6}, {{15, 13, 12, 9, 4, 0}}, 4},               /* rows of several pieces, and parts of the last of them */
};

/* Few queries, so that there are bytes of every kind but not too many of them. */
static inline prom_commitment_setup small_setup(uint16_t queries)
{
    prom_commitment_setup setup = prom_commitment_setup_for(prom_cpu_of_machine());
    setup.parameters = (prom_commitment_parameters){2, 3, 2, 3, queries};
    return setup;
}

static inline void assert_refused(fixture *test, const struct case_of_opening *opening, prom_span proof,
                                  const char *part)
{
    assert_fails(verify(opening, proof, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, part);
}

#endif
