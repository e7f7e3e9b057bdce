/* What an honest worker delivers, and the verdict on what is delivered. */
#ifndef PROMETHEUS_TEST_SCHEME_DELIVERED_H
#define PROMETHEUS_TEST_SCHEME_DELIVERED_H

#include "scheme/job.h"

static inline prom_result judge(fixture *test, const struct job *job, prom_span package, prom_span *output)
{
    const prom_delivery_context context = context_of(test, job);
    const prom_delivery_packages packages = {.round_a = package};
    return prom_delivery_verify(&context, &test->arena, output, &packages, &job->cast.party[PROM_PARTY_V], NULL,
                                &test->error);
}

/* r = 0, for this reason. */
static inline void rejects(fixture *test, const struct job *job, prom_span package, const char *reason)
{
    prom_span output;
    assert_fails(judge(test, job, package, &output), PROM_CATEGORY_PEER, &test->error, reason);
    assert_string_not_equal(test->error.sentence, "");
}

static inline prom_span honest_package(fixture *test, const struct job *job)
{
    return seal_delivery(test, job, &job->delivery, &job->root, &job->secrets);
}

#endif
