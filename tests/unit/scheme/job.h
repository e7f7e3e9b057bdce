/* A job to test with: a small random program, a batch for it, terms that name both, and what an honest worker gives. */
#ifndef PROMETHEUS_TEST_SCHEME_JOB_H
#define PROMETHEUS_TEST_SCHEME_JOB_H

#include "contract/cast.h"
#include "model/random_program.h"
#include "prometheus/model/batch.h"
#include "prometheus/scheme/delivery.h"

enum { JOB_ITEMS = 5 };

struct job {
    const prom_scheme *scheme;
    const prom_program *program;
    prom_work work;
    struct cast cast;
    prom_terms terms;
    prom_bytes32 contract_id;
    prom_delivery delivery; /* the right one */
    prom_bytes32 root;
    prom_delivery_secrets secrets;
};

static inline prom_work random_work(fixture *test, const prom_program **program, uint64_t seed)
{
    uint64_t random = seed;
    const prom_program parts = random_parts(&test->arena, &random, 2);
    *program = build_program(&test->arena, &parts);
    const size_t width = (*program)->input_count;
    int8_t *values = new_bytes(&test->arena, JOB_ITEMS * width, 1);
    random_bytes(&random, (uint8_t *)values, JOB_ITEMS * width);
    const prom_batch batch = {JOB_ITEMS, (uint32_t)width, values};
    prom_work work = {.program = (*program)->bytes};
    assert_ok(prom_batch_write(&test->arena, &work.input, &batch, &test->error), &test->error);
    return work;
}

static inline struct job make_job(fixture *test)
{
    struct job job = {.scheme = prom_scheme_by_name("replay"), .cast = make_cast(test)};
    assert_non_null(job.scheme);
    job.work = random_work(test, &job.program, 1);
    job.terms = valid_terms(test, &job.cast, 3);
    assert_ok(prom_job_of_work(&test->arena, &job.terms.job, job.scheme, &job.work, &test->error), &test->error);
    assert_ok(prom_terms_contract_id(&test->arena, &job.contract_id, &job.terms, &test->error), &test->error);
    assert_ok(job.scheme->run(&test->arena, &job.delivery.output, &job.work, NULL, &test->error), &test->error);
    assert_ok(job.scheme->prove(&test->arena, &job.root, &job.delivery.proof, &job.work, job.delivery.output, NULL,
                                &test->error),
              &test->error);
    job.secrets = (prom_delivery_secrets){.h_p = job.cast.h_p, .ephemeral = named("ephemeral", 0)};
    memset(job.secrets.nonce.bytes, 5, sizeof job.secrets.nonce.bytes);
    return job;
}

/* The package of a worker that delivers `delivery` with these secrets. */
static inline prom_span seal_delivery(fixture *test, const struct job *job, const prom_delivery *delivery,
                                      const prom_bytes32 *root, const prom_delivery_secrets *secrets)
{
    prom_span package;
    assert_ok(prom_delivery_seal(test->curve, &test->arena, &package, &job->terms, &job->contract_id, root, delivery,
                                 secrets, &test->error),
              &test->error);
    return package;
}

#endif
