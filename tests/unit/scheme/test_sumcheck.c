#include "scheme/job.h"

#include "prometheus/argument/proof.h"
#include "prometheus/program/run.h"

static prom_result verify(fixture *test, const struct job *job, const prom_delivery *delivery, const prom_bytes32 *root)
{
    return job->scheme->verify(&test->arena, &job->work, delivery->output, root, delivery->proof, NULL, NULL,
                               &test->error);
}

/* r = 0, though the root is that of output and proof. */
static void rejects(fixture *test, const struct job *job, const prom_delivery *delivery, const char *reason)
{
    const prom_bytes32 root = sumcheck_root(test, delivery);
    assert_fails(verify(test, job, delivery, &root), PROM_CATEGORY_PEER, &test->error, reason);
    assert_string_not_equal(test->error.sentence, "");
}

static struct job sumcheck_job(fixture *test)
{
    return make_job_by(test, "sumcheck");
}

static void digest_and_output_are_those_of_replay(void **state)
{
    fixture *test = *state;
    const struct job job = sumcheck_job(test);
    const struct job replayed = make_job(test);
    assert_true(prom_bytes32_equal(&job.terms.job.program_digest, &replayed.terms.job.program_digest));
    assert_true(prom_span_equal(job.delivery.output, replayed.delivery.output));
    assert_int_equal(job.terms.job.scheme, 2);
}

static void honest_delivery_is_accepted(void **state)
{
    fixture *test = *state;
    const struct job job = sumcheck_job(test);
    uint64_t most = 0;
    const prom_bytes32 expected = sumcheck_root(test, &job.delivery);
    assert_true(prom_bytes32_equal(&job.root, &expected));
    assert_ok(verify(test, &job, &job.delivery, &job.root), &test->error);
    assert_ok(job.scheme->most_bytes(&test->arena, &most, &job.work, &test->error), &test->error);
    assert_in_range(job.delivery.output.length + job.delivery.proof.length, most * 2 / 3, most);
    uint64_t most_of_proof = 0;
    assert_ok(prom_proof_bytes_max(&test->arena, &most_of_proof, job.program, JOB_ITEMS, &test->error), &test->error);
    assert_int_equal(most, job.delivery.output.length + most_of_proof);
}

static void all_as_a_sample_is_accepted(void **state)
{
    fixture *test = *state;
    const struct job job = sumcheck_job(test);
    prom_sample all;
    prom_span proof;
    prom_bytes32 root;
    assert_ok(prom_sample_all(&test->arena, &all, JOB_ITEMS, &test->error), &test->error);
    assert_ok(job.scheme->prove(&test->arena, &root, &proof, &job.work, job.delivery.output, &all, &test->error),
              &test->error);
    assert_true(prom_span_equal(proof, job.delivery.proof));
    assert_ok(job.scheme->verify(&test->arena, &job.work, job.delivery.output, &root, proof, &all, NULL, &test->error),
              &test->error);
}

static void any_other_sample_is_misuse(void **state)
{
    fixture *test = *state;
    const struct job job = sumcheck_job(test);
    static const size_t positions[JOB_ITEMS + 1] = {0, 1, 2, 3, 4, 5};
    static const size_t twice[JOB_ITEMS] = {0, 1, 2, 2, 4};
    const prom_sample samples[] = {{NULL, 0},
                                   {positions, 1},
                                   {positions, JOB_ITEMS - 1},
                                   {positions, JOB_ITEMS + 1},
                                   {positions + 1, JOB_ITEMS},
                                   {twice, JOB_ITEMS}};
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        const char *sentence = "the scheme 'sumcheck' proves all 5 items at once";
        prom_bytes32 root;
        prom_span proof;
        assert_fails(
            job.scheme->prove(&test->arena, &root, &proof, &job.work, job.delivery.output, &samples[i], &test->error),
            PROM_CATEGORY_MISUSE, &test->error, sentence);
        assert_fails(job.scheme->verify(&test->arena, &job.work, job.delivery.output, &job.root, job.delivery.proof,
                                        &samples[i], NULL, &test->error),
                     PROM_CATEGORY_MISUSE, &test->error, sentence);
    }
}

/* Every value wrong in its turn, with the proof of the right ones. */
static void every_wrong_value_is_found(void **state)
{
    fixture *test = *state;
    const struct job job = sumcheck_job(test);
    for (size_t i = 8; i < job.delivery.output.length; i++) {
        uint8_t *lie = exact_copy(job.delivery.output.data, job.delivery.output.length);
        prom_delivery delivery = job.delivery;
        delivery.output.data = lie;
        lie[i] ^= (uint8_t)(1U << i % 8);
        rejects(test, &job, &delivery, "the output is not proven");
        free(lie);
    }
}

/* A worker does not even get a proof of what its own run did not give. */
static void wrong_output_is_not_proven(void **state)
{
    fixture *test = *state;
    const struct job job = sumcheck_job(test);
    uint8_t *lie = exact_copy(job.delivery.output.data, job.delivery.output.length);
    prom_span output = prom_span_of(lie, job.delivery.output.length);
    prom_bytes32 root;
    prom_span proof;
    lie[output.length - 1] ^= 1;
    assert_fails(job.scheme->prove(&test->arena, &root, &proof, &job.work, output, NULL, &test->error),
                 PROM_CATEGORY_BROKEN, &test->error, "the output to be proven is not what the program computes");
    assert_int_equal(proof.length, 0);
    output.length--;
    assert_fails(job.scheme->prove(&test->arena, &root, &proof, &job.work, output, NULL, &test->error),
                 PROM_CATEGORY_BROKEN, &test->error, "what is to be proven is no output of the program");
    free(lie);
}

static void wrong_proof_is_rejected(void **state)
{
    enum { PLACES = 300 };
    fixture *test = *state;
    const struct job job = sumcheck_job(test);
    const size_t length = job.delivery.proof.length;
    for (size_t place = 0; place < PLACES; place++) {
        const size_t at = place * (length - 1) / (PLACES - 1);
        uint8_t *other = exact_copy(job.delivery.proof.data, length);
        prom_delivery delivery = job.delivery;
        other[at] ^= (uint8_t)(1U << place % 8);
        delivery.proof.data = other;
        rejects(test, &job, &delivery, "the output is not proven");
        free(other);
        uint8_t *cut = exact_copy(job.delivery.proof.data, at);
        delivery.proof = prom_span_of(cut, at);
        rejects(test, &job, &delivery, "the output is not proven");
        free(cut);
    }
    uint8_t *longer = calloc(1, length + 1);
    assert_non_null(longer);
    memcpy(longer, job.delivery.proof.data, length);
    const prom_delivery delivery = {job.delivery.output, prom_span_of(longer, length + 1)};
    rejects(test, &job, &delivery, "left over");
    free(longer);
}

static void wrong_root_is_rejected(void **state)
{
    fixture *test = *state;
    const struct job job = sumcheck_job(test);
    for (size_t i = 0; i < 32; i++) {
        prom_bytes32 root = job.root;
        root.bytes[i] ^= 1;
        assert_fails(verify(test, &job, &job.delivery, &root), PROM_CATEGORY_PEER, &test->error,
                     "the root is not that of this output and this proof");
    }
    uint8_t *other = exact_copy(job.delivery.proof.data, job.delivery.proof.length);
    prom_delivery delivery = job.delivery;
    other[0] ^= 1;
    delivery.proof.data = other;
    assert_fails(verify(test, &job, &delivery, &job.root), PROM_CATEGORY_PEER, &test->error, "the root is not that");
    free(other);
}

static void wrong_shape_is_rejected(void **state)
{
    fixture *test = *state;
    const struct job job = sumcheck_job(test);
    prom_batch right;
    assert_ok(prom_batch_read(&right, job.delivery.output, &test->error), &test->error);
    const prom_batch shapes[] = {
        {right.items - 1, right.values, right.data},
        {right.items, right.values - 1, right.data},
        {right.items * right.values, 1, right.data},
    };
    prom_delivery delivery = job.delivery;
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        assert_ok(prom_batch_write(&test->arena, &delivery.output, &shapes[i], &test->error), &test->error);
        rejects(test, &job, &delivery, "; the program gives 5 of 12");
    }
    for (size_t length = 0; length < job.delivery.output.length; length++) {
        delivery.output = prom_span_of(job.delivery.output.data, length);
        rejects(test, &job, &delivery, "these bytes are not a batch of items");
    }
}

/* The proof of one statement is none of another: not of another program, nor of another input. */
static void proof_of_another_job_is_rejected(void **state)
{
    fixture *test = *state;
    const struct job job = sumcheck_job(test);
    struct job other = job;
    const prom_program *program = NULL;
    const prom_work work = random_work(test, &program, 2);
    other.work.program = work.program;
    rejects(test, &other, &job.delivery, "the output is not proven");
    other.work = (prom_work){job.work.program, work.input};
    rejects(test, &other, &job.delivery, "the output is not proven");
}

static void work_that_does_not_fit_is_no_verdict(void **state)
{
    fixture *test = *state;
    struct job job = sumcheck_job(test);
    uint8_t *input = exact_copy(job.work.input.data, job.work.input.length);
    prom_span output;
    prom_span proof;
    prom_bytes32 root;
    const prom_scheme *scheme = job.scheme;
    const char *sentence = "value 3 of item 2 of the input has the code 201; the program takes 0 to 200";
    input[8 + 2 * job.program->input.count + 3] = 201;
    job.work.input.data = input;
    assert_fails(verify(test, &job, &job.delivery, &job.root), PROM_CATEGORY_BAD_INPUT, &test->error, sentence);
    assert_fails(scheme->run(&test->arena, &output, &job.work, NULL, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, sentence);
    assert_fails(scheme->prove(&test->arena, &root, &proof, &job.work, job.delivery.output, NULL, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, sentence);
    job.work.program.length--;
    assert_fails(verify(test, &job, &job.delivery, &job.root), PROM_CATEGORY_BAD_INPUT, &test->error, "");
    free(input);
}

/* Such a job was never to be taken; whoever is asked about it anyway finds nobody guilty. */
static void work_that_can_not_be_proven_is_no_verdict(void **state)
{
    fixture *test = *state;
    struct job job = sumcheck_job(test);
    const char *sentence = "its shift of 8 leaves a quotient of 23 bits";
    prom_bytes32 digest;
    prom_span proof;
    uint64_t most = 0;
    job.work = random_work_with(test, &job.program, UNPROVABLE_SHIFT, 1);
    assert_fails(job.scheme->digest(&test->arena, &digest, &job.work, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "the scheme 'replay' can check it");
    assert_fails(job.scheme->most_bytes(&test->arena, &most, &job.work, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, sentence);
    assert_ok(job.scheme->run(&test->arena, &job.delivery.output, &job.work, NULL, &test->error), &test->error);
    assert_fails(job.scheme->prove(&test->arena, &digest, &proof, &job.work, job.delivery.output, NULL, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, sentence);
    const prom_bytes32 root = sumcheck_root(test, &job.delivery);
    assert_fails(verify(test, &job, &job.delivery, &root), PROM_CATEGORY_BAD_INPUT, &test->error, sentence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(digest_and_output_are_those_of_replay),
        FIXTURE_TEST(honest_delivery_is_accepted),
        FIXTURE_TEST(all_as_a_sample_is_accepted),
        FIXTURE_TEST(any_other_sample_is_misuse),
        FIXTURE_TEST(every_wrong_value_is_found),
        FIXTURE_TEST(wrong_output_is_not_proven),
        FIXTURE_TEST(wrong_proof_is_rejected),
        FIXTURE_TEST(wrong_root_is_rejected),
        FIXTURE_TEST(wrong_shape_is_rejected),
        FIXTURE_TEST(proof_of_another_job_is_rejected),
        FIXTURE_TEST(work_that_does_not_fit_is_no_verdict),
        FIXTURE_TEST(work_that_can_not_be_proven_is_no_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
