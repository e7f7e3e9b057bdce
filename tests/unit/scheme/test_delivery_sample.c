#include "scheme/delivered.h"

/* A delivery in two rounds: half of the items are drawn. */
struct rounds {
    prom_span package_a;
    prom_round_b round_b;
};

static prom_span seal_openings(fixture *test, const struct job *job, prom_span openings)
{
    const prom_seal_nonce nonce = {{99}};
    const prom_delivery_context context = context_of(test, job);
    prom_span package;
    assert_ok(prom_delivery_seal_openings(&context, &test->arena, &package, openings, &job->secrets.h_p, &nonce,
                                          &test->error),
              &test->error);
    return package;
}

static struct rounds deliver_by_sample(fixture *test, struct job *job, uint64_t seed)
{
    struct rounds rounds = {.round_b = {.seed = random_bytes32(&seed)}};
    const prom_delivery delivery = {.output = job->delivery.output};
    const prom_bytes32 root = replay_root(test, delivery.output);
    prom_span openings;
    prom_sample sample;
    job->terms.P.varsigma = 5000;
    rounds.package_a = seal_delivery(test, job, &delivery, &root, &job->secrets);
    assert_ok(prom_sample_draw(&test->arena, &sample, &rounds.round_b.seed, JOB_ITEMS, 5000, &test->error),
              &test->error);
    assert_int_equal(sample.count, 3);
    assert_ok(job->scheme->open_sample(&test->arena, &openings, job->opened, delivery.output, &sample, &test->error),
              &test->error);
    rounds.round_b.package = seal_openings(test, job, openings);
    return rounds;
}

static prom_result judge_rounds(fixture *test, const struct job *job, const struct rounds *rounds, prom_span *output)
{
    const prom_delivery_context context = context_of(test, job);
    const prom_delivery_packages packages = {rounds->package_a, &rounds->round_b};
    return prom_delivery_verify(&context, &test->arena, output, &packages, &job->cast.party[PROM_PARTY_V], NULL,
                                &test->error);
}

static void two_rounds_are_accepted(void **state)
{
    fixture *test = *state;
    struct job job = make_job(test);
    for (uint64_t seed = 0; seed < 10; seed++) {
        const struct rounds rounds = deliver_by_sample(test, &job, seed);
        prom_span output;
        assert_ok(judge_rounds(test, &job, &rounds, &output), &test->error);
        assert_true(prom_span_equal(output, job.delivery.output));
        output = prom_span_of(NULL, 0);
        const prom_delivery_context context = context_of(test, &job);
        const prom_delivery_packages packages = {rounds.package_a, &rounds.round_b};
        assert_ok(prom_delivery_verify_opened(&context, &test->arena, &output, &packages, &job.secrets.h_p, NULL,
                                              &test->error),
                  &test->error);
        assert_true(prom_span_equal(output, job.delivery.output));
    }
}

/* Of a wrong item the verdict is r = 0 when the seed draws it; no other seed's openings serve. */
static void seed_decides_what_is_checked(void **state)
{
    fixture *test = *state;
    struct job job = make_job(test);
    uint8_t *lie = exact_copy(job.delivery.output.data, job.delivery.output.length);
    size_t found = 0;
    lie[8] ^= 1; /* item 0 */
    job.delivery.output.data = lie;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct rounds rounds = deliver_by_sample(test, &job, seed);
        prom_sample sample;
        prom_span output;
        assert_ok(prom_sample_draw(&test->arena, &sample, &rounds.round_b.seed, JOB_ITEMS, 5000, &test->error),
                  &test->error);
        if (sample.positions[0] == 0) {
            assert_fails(judge_rounds(test, &job, &rounds, &output), PROM_CATEGORY_PEER, &test->error,
                         "the output of item 0 is not what the program computes");
            found++;
        } else {
            assert_ok(judge_rounds(test, &job, &rounds, &output), &test->error);
        }
    }
    assert_in_range(found, 5, 18);
    free(lie);
}

static void bad_rounds_are_rejected(void **state)
{
    fixture *test = *state;
    struct job job = make_job(test);
    const struct rounds right = deliver_by_sample(test, &job, 1);
    struct rounds rounds = right;
    prom_span output;
    rounds.round_b.seed.bytes[0] ^= 1; /* draws other items */
    assert_fails(judge_rounds(test, &job, &rounds, &output), PROM_CATEGORY_PEER, &test->error, "");
    rounds = right;
    rounds.package_a = honest_package(test, &job);
    rounds.round_b.package = seal_openings(test, &job, prom_span_of(NULL, 0));
    assert_fails(judge_rounds(test, &job, &rounds, &output), PROM_CATEGORY_PEER, &test->error, "hashes are missing");
    const prom_span proof = prom_span_of32(&job.root);
    const prom_delivery early = {.output = job.delivery.output, .proof = proof};
    rounds = right;
    rounds.package_a = seal_delivery(test, &job, &early, &job.root, &job.secrets);
    assert_fails(judge_rounds(test, &job, &rounds, &output), PROM_CATEGORY_PEER, &test->error,
                 "round A of a delivery by sample holds a proof already");
    for (size_t i = 0; i < right.round_b.package.length; i++) {
        uint8_t *other = exact_copy(right.round_b.package.data, right.round_b.package.length);
        other[i] ^= 1;
        rounds = right;
        rounds.round_b.package.data = other;
        assert_fails(judge_rounds(test, &job, &rounds, &output), PROM_CATEGORY_PEER, &test->error, "");
        free(other);
    }
}

static void openings_above_the_limit_are_not_made_and_not_taken(void **state)
{
    fixture *test = *state;
    struct job job = make_job(test);
    const prom_seal_nonce nonce = {{1}};
    struct rounds rounds = deliver_by_sample(test, &job, 1);
    uint8_t *many = calloc(1, rounds.package_a.length);
    prom_span package;
    prom_span output;
    assert_non_null(many);
    rounds.round_b.package = seal_openings(test, &job, prom_span_of(many, rounds.package_a.length));
    job.terms.most_package = rounds.package_a.length;
    assert_fails(judge_rounds(test, &job, &rounds, &output), PROM_CATEGORY_PEER, &test->error,
                 "a package of openings has");
    const prom_delivery_context context = context_of(test, &job);
    assert_fails(prom_delivery_seal_openings(&context, &test->arena, &package,
                                             prom_span_of(many, rounds.package_a.length), &job.secrets.h_p, &nonce,
                                             &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "bytes; the terms allow");
    free(many);
}

/* 'sumcheck' proves a batch as a whole: no terms by sample, and no verdict on a delivery by one. */
static void sample_of_what_is_proven_as_a_whole_is_refused(void **state)
{
    fixture *test = *state;
    struct job job = make_job_by(test, "sumcheck");
    const char *sentence = "the scheme 'sumcheck' proves all of a batch and no sample of it: varsigma must be 1";
    assert_ok(prom_delivery_fits(job.opened, &job.terms, &test->error), &test->error);
    job.terms.P.varsigma = 9999;
    assert_fails(prom_delivery_fits(job.opened, &job.terms, &test->error), PROM_CATEGORY_PEER, &test->error, sentence);
    job.terms.P.varsigma = 5000;
    const prom_delivery round_a = {.output = job.delivery.output};
    const prom_bytes32 root = sumcheck_root(test, &round_a);
    const struct rounds rounds = {.package_a = seal_delivery(test, &job, &round_a, &root, &job.secrets),
                                  .round_b.package = seal_openings(test, &job, job.delivery.proof)};
    prom_span output;
    assert_fails(judge_rounds(test, &job, &rounds, &output), PROM_CATEGORY_MISUSE, &test->error,
                 "the scheme 'sumcheck' proves all 5 items at once, and no sample of them");
    struct job by_replay = make_job(test);
    by_replay.terms.P.varsigma = 5000;
    assert_ok(prom_delivery_fits(by_replay.opened, &by_replay.terms, &test->error), &test->error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(two_rounds_are_accepted),
        FIXTURE_TEST(seed_decides_what_is_checked),
        FIXTURE_TEST(bad_rounds_are_rejected),
        FIXTURE_TEST(openings_above_the_limit_are_not_made_and_not_taken),
        FIXTURE_TEST(sample_of_what_is_proven_as_a_whole_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
