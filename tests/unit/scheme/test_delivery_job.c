#include "scheme/job.h"

static prom_result open_as(fixture *test, const prom_job_bytes *bytes, const prom_job *named)
{
    const prom_scheme_job *job = NULL;
    const prom_result result = prom_delivery_open_job(&test->arena, &job, bytes, named, &test->error);
    assert_true((job != NULL) == prom_is_ok(result));
    return result;
}

static void job_names_its_bytes(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    const prom_job *named_job = &job.terms.job;
    prom_bytes32 expected;
    prom_program_digest(&expected, job.program);
    assert_true(prom_bytes32_equal(&named_job->program_digest, &expected));
    prom_sha256(&expected, job.bytes.input);
    assert_true(prom_bytes32_equal(&named_job->input_hash, &expected));
    assert_int_equal(named_job->scheme, 1);
    assert_int_equal(named_job->program_bytes, job.bytes.program.length);
    assert_int_equal(named_job->input_bytes, job.bytes.input.length);
    assert_int_equal(named_job->items, JOB_ITEMS);
    assert_ok(open_as(test, &job.bytes, named_job), &test->error);
    assert_int_equal(job.opened->macs, job.program->multiplications);
    assert_int_equal(job.opened->macs, 3 * 16 * 9 + 3 * 4 * 4 + 12 * 12); /* convolution, pool, dense layer */
}

static void other_bytes_are_refused(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    const char *sentence = "program and input are not the ones that the job names";
    const prom_program *program = NULL;
    const prom_job_bytes other = random_job(test, &program, 1000);
    const prom_job_bytes another_program = {.program = other.program, .input = job.bytes.input};
    const prom_job_bytes another_input = {.program = job.bytes.program, .input = other.input};
    assert_false(prom_is_ok(open_as(test, &another_program, &job.terms.job)));
    assert_false(prom_is_ok(open_as(test, &another_input, &job.terms.job)));
    assert_fails(open_as(test, &other, &job.terms.job), PROM_CATEGORY_PEER, &test->error, sentence);
    prom_job lies[] = {job.terms.job, job.terms.job, job.terms.job, job.terms.job, job.terms.job};
    lies[0].program_digest.bytes[0] ^= 1;
    lies[1].input_hash.bytes[0] ^= 1;
    lies[2].program_bytes++;
    lies[3].input_bytes++;
    lies[4].items++;
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        assert_fails(open_as(test, &job.bytes, &lies[i]), PROM_CATEGORY_PEER, &test->error, sentence);
    }
    lies[0].scheme = 4;
    assert_fails(open_as(test, &job.bytes, &lies[0]), PROM_CATEGORY_PEER, &test->error, "the job wants proof scheme 4");
}

static void rubbish_is_no_job(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    const prom_job_bytes swapped = {.program = job.bytes.input, .input = job.bytes.program};
    prom_job_bytes cut = job.bytes;
    const prom_scheme_job *opened = NULL;
    cut.input.length--;
    assert_fails(open_as(test, &swapped, &job.terms.job), PROM_CATEGORY_PEER, &test->error, "");
    assert_fails(open_as(test, &cut, &job.terms.job), PROM_CATEGORY_PEER, &test->error, "not a batch");
    assert_fails(job.scheme->open(&test->arena, &opened, &cut, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "not a batch");
}

/* A worker that signed for such a job could never deliver, and would lose its stake. */
static void job_that_cannot_be_run_is_refused(void **state)
{
    fixture *test = *state;
    struct job job = make_job(test);
    const uint8_t values[] = {1, 2};
    const prom_batch narrow = {2, 1, values};
    const prom_scheme_job *opened = NULL;
    assert_ok(prom_batch_write(&test->arena, &job.bytes.input, &narrow, &test->error), &test->error);
    assert_fails(job.scheme->open(&test->arena, &opened, &job.bytes, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "the input's items have 1 values; the program takes");
    prom_job made = job.terms.job;
    prom_sha256(&made.input_hash, job.bytes.input);
    made.input_bytes = job.bytes.input.length;
    made.items = 2;
    assert_fails(open_as(test, &job.bytes, &made), PROM_CATEGORY_PEER, &test->error,
                 "the input's items have 1 values; the program takes");
}

/* A program that cannot be proven: nobody takes such a job, and the sentence says what can be done. */
static void job_that_cannot_be_proven_is_refused(void **state)
{
    fixture *test = *state;
    struct job job = make_job(test);
    const char *sentence = "the scheme 'sumcheck' cannot prove this job: layer 0: its shift of 8 leaves a quotient of "
                           "23 bits: at most 22 can be proven; the scheme 'replay' can check it";
    const prom_scheme_job *opened = NULL;
    job.bytes = random_job_with(test, &job.program, UNPROVABLE_SHIFT, 1);
    job.terms.job = open_job(test, job.scheme, &job.bytes)->named;
    assert_ok(open_as(test, &job.bytes, &job.terms.job), &test->error);
    assert_fails(prom_scheme_by_name("sumcheck")->open(&test->arena, &opened, &job.bytes, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, sentence);
    job.terms.job.scheme = PROM_SCHEME_SUMCHECK;
    assert_fails(open_as(test, &job.bytes, &job.terms.job), PROM_CATEGORY_PEER, &test->error, sentence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(job_names_its_bytes),
        FIXTURE_TEST(other_bytes_are_refused),
        FIXTURE_TEST(rubbish_is_no_job),
        FIXTURE_TEST(job_that_cannot_be_run_is_refused),
        FIXTURE_TEST(job_that_cannot_be_proven_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
