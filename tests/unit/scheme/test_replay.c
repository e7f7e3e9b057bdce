#include "scheme/job.h"

#include "prometheus/crypto/merkle.h"
#include "prometheus/program/run.h"

static prom_result verify(fixture *test, const struct job *job, prom_span output, const prom_bytes32 *root,
                          prom_span proof)
{
    return job->scheme->verify(&test->arena, &job->work, output, root, proof, NULL, NULL, &test->error);
}

static void rejects(fixture *test, const struct job *job, prom_span output, const prom_bytes32 *root, prom_span proof,
                    const char *reason)
{
    assert_fails(verify(test, job, output, root, proof), PROM_CATEGORY_PEER, &test->error, reason);
}

static void digest_is_that_of_the_program(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    prom_bytes32 digest;
    prom_bytes32 expected;
    prom_program_digest(&expected, job.program);
    assert_ok(job.scheme->digest(&test->arena, &digest, &job.work, &test->error), &test->error);
    assert_true(prom_bytes32_equal(&digest, &expected));
    const prom_work swapped = {job.work.input, job.work.program};
    assert_fails(job.scheme->digest(&test->arena, &digest, &swapped, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "");
}

static void output_is_what_the_program_computes(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    prom_batch input;
    prom_batch output;
    uint8_t *expected = new_bytes(&test->arena, JOB_ITEMS * prom_program_output(job.program)->count, 1);
    assert_ok(prom_batch_read(&input, job.work.input, &test->error), &test->error);
    assert_ok(prom_program_run(&test->arena, expected, job.program, input.data, JOB_ITEMS, NULL, &test->error),
              &test->error);
    assert_ok(prom_batch_read(&output, job.delivery.output, &test->error), &test->error);
    assert_int_equal(output.items, JOB_ITEMS);
    assert_int_equal(output.values, prom_program_output(job.program)->count);
    assert_memory_equal(output.data, expected, JOB_ITEMS * prom_program_output(job.program)->count);
}

/* The root commits to each item of the output; all are opened, so the proof holds no hash. */
static void proof_is_a_commitment_to_all_items(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    prom_batch output;
    prom_bytes32 leaves[JOB_ITEMS];
    prom_bytes32 root;
    assert_ok(prom_batch_read(&output, job.delivery.output, &test->error), &test->error);
    for (size_t i = 0; i < JOB_ITEMS; i++) {
        prom_merkle_leaf(&leaves[i], prom_batch_item(&output, i));
    }
    assert_ok(prom_merkle_root(&test->arena, &root, leaves, JOB_ITEMS, &test->error), &test->error);
    assert_true(prom_bytes32_equal(&root, &job.root));
    assert_int_equal(job.delivery.proof.length, 0);
}

static void right_output_is_accepted(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    assert_ok(verify(test, &job, job.delivery.output, &job.root, job.delivery.proof), &test->error);
}

/* A lie about any one value, committed to as an honest worker would: r = 0, and the item is named. */
static void every_wrong_value_is_found(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    const size_t head = 8;
    for (size_t i = head; i < job.delivery.output.length; i++) {
        uint8_t *lie = exact_copy(job.delivery.output.data, job.delivery.output.length);
        const prom_span output = prom_span_of(lie, job.delivery.output.length);
        prom_bytes32 root;
        prom_span proof;
        char reason[128];
        lie[i] ^= (uint8_t)(1U << i % 8);
        assert_ok(job.scheme->prove(&test->arena, &root, &proof, &job.work, output, NULL, &test->error), &test->error);
        (void)snprintf(reason, sizeof reason, "the output of item %zu is not what the program computes",
                       (i - head) / prom_program_output(job.program)->count);
        rejects(test, &job, output, &root, proof, reason);
        free(lie);
    }
}

static void wrong_commitment_is_rejected(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    for (size_t i = 0; i < 32; i++) {
        prom_bytes32 root = job.root;
        root.bytes[i] ^= 1;
        rejects(test, &job, job.delivery.output, &root, job.delivery.proof, "");
    }
    const prom_span extra = prom_span_of32(&job.root);
    rejects(test, &job, job.delivery.output, &job.root, extra, "");
    rejects(test, &job, job.delivery.output, &job.root, prom_span_of(extra.data, 1), "");
}

/* Two items with each other's right outputs. */
static void swapped_items_are_rejected(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    const size_t width = prom_program_output(job.program)->count;
    uint8_t *lie = exact_copy(job.delivery.output.data, job.delivery.output.length);
    const prom_span output = prom_span_of(lie, job.delivery.output.length);
    prom_bytes32 root;
    prom_span proof;
    memcpy(lie + 8, job.delivery.output.data + 8 + width, width);
    memcpy(lie + 8 + width, job.delivery.output.data + 8, width);
    assert_memory_not_equal(lie + 8, lie + 8 + width, width);
    rejects(test, &job, output, &job.root, job.delivery.proof, "");
    assert_ok(job.scheme->prove(&test->arena, &root, &proof, &job.work, output, NULL, &test->error), &test->error);
    rejects(test, &job, output, &root, proof, "the output of item 0 is not what the program computes");
    free(lie);
}

static void wrong_shape_is_rejected(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    prom_batch right;
    assert_ok(prom_batch_read(&right, job.delivery.output, &test->error), &test->error);
    const prom_batch shapes[] = {
        {right.items - 1, right.values, right.data},
        {right.items, right.values - 1, right.data},
        {right.items * right.values, 1, right.data},
        {1, right.items * right.values, right.data},
    };
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        prom_span output;
        prom_bytes32 root;
        prom_span proof;
        assert_ok(prom_batch_write(&test->arena, &output, &shapes[i], &test->error), &test->error);
        assert_ok(job.scheme->prove(&test->arena, &root, &proof, &job.work, output, NULL, &test->error), &test->error);
        rejects(test, &job, output, &root, proof, "; the program gives 5 of 12");
    }
    for (size_t length = 0; length < job.delivery.output.length; length++) {
        rejects(test, &job, prom_span_of(job.delivery.output.data, length), &job.root, job.delivery.proof,
                "these bytes are not a batch of items");
    }
}

/* What is not the output's fault is no verdict. */
static void work_that_does_not_fit_is_no_verdict(void **state)
{
    fixture *test = *state;
    struct job job = make_job(test);
    const uint8_t value = 1;
    const prom_batch narrow = {1, 1, &value};
    prom_span output;
    assert_ok(prom_batch_write(&test->arena, &job.work.input, &narrow, &test->error), &test->error);
    assert_fails(job.scheme->run(&test->arena, &output, &job.work, NULL, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "the input's items have 1 values; the program takes");
    assert_fails(verify(test, &job, job.delivery.output, &job.root, job.delivery.proof), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "the input's items have 1 values");
    job.work.program.length--;
    assert_fails(job.scheme->run(&test->arena, &output, &job.work, NULL, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "");
}

/* The program takes codes 0 to 200. */
static void input_out_of_range_is_no_verdict(void **state)
{
    fixture *test = *state;
    struct job job = make_job(test);
    const char *sentence = "value 3 of item 2 of the input has the code 201; the program takes 0 to 200";
    uint8_t *input = exact_copy(job.work.input.data, job.work.input.length);
    prom_bytes32 digest;
    prom_span output;
    input[8 + 2 * job.program->input.count + 3] = 201;
    job.work.input.data = input;
    assert_fails(job.scheme->digest(&test->arena, &digest, &job.work, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, sentence);
    assert_fails(job.scheme->run(&test->arena, &output, &job.work, NULL, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, sentence);
    assert_fails(verify(test, &job, job.delivery.output, &job.root, job.delivery.proof), PROM_CATEGORY_BAD_INPUT,
                 &test->error, sentence);
    free(input);
}

/* The sample whose bit i stands for item i. */
static prom_sample sample_of(size_t positions[JOB_ITEMS], unsigned bits)
{
    prom_sample sample = {positions, 0};
    for (size_t i = 0; i < JOB_ITEMS; i++) {
        if ((bits >> i & 1) == 1) {
            positions[sample.count++] = i;
        }
    }
    return sample;
}

/* For every sample: the proof opens it under the same root; it holds for that sample alone. */
static void every_sample_is_proven(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    const prom_span output = job.delivery.output;
    for (unsigned bits = 1; bits < 1U << JOB_ITEMS; bits++) {
        size_t positions[JOB_ITEMS];
        const prom_sample sample = sample_of(positions, bits);
        prom_bytes32 root;
        prom_span proof;
        assert_ok(job.scheme->prove(&test->arena, &root, &proof, &job.work, output, &sample, &test->error),
                  &test->error);
        assert_true(prom_bytes32_equal(&root, &job.root));
        assert_ok(job.scheme->verify(&test->arena, &job.work, output, &root, proof, &sample, NULL, &test->error),
                  &test->error);
        for (size_t i = 0; i < proof.length; i++) {
            uint8_t *other = exact_copy(proof.data, proof.length);
            other[i] ^= 1;
            assert_fails(job.scheme->verify(&test->arena, &job.work, output, &root, prom_span_of(other, proof.length),
                                            &sample, NULL, &test->error),
                         PROM_CATEGORY_PEER, &test->error, "not those under the Merkle root");
            free(other);
        }
        if (proof.length > 0) {
            rejects(test, &job, output, &root, proof, "hashes are missing or left over");
            assert_fails(job.scheme->verify(&test->arena, &job.work, output, &root, prom_span_of(NULL, 0), &sample,
                                            NULL, &test->error),
                         PROM_CATEGORY_PEER, &test->error, "hashes are missing or left over");
        }
    }
}

/* A lie about one item is found when the item is in the sample, and only then. */
static void lie_is_found_in_the_sample(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    const size_t width = prom_program_output(job.program)->count;
    for (size_t item = 0; item < JOB_ITEMS; item++) {
        uint8_t *lie = exact_copy(job.delivery.output.data, job.delivery.output.length);
        const prom_span output = prom_span_of(lie, job.delivery.output.length);
        lie[8 + item * width] ^= 1;
        for (unsigned bits = 1; bits < 1U << JOB_ITEMS; bits++) {
            size_t positions[JOB_ITEMS];
            char reason[64];
            const prom_sample sample = sample_of(positions, bits);
            prom_bytes32 root;
            prom_span proof;
            assert_ok(job.scheme->prove(&test->arena, &root, &proof, &job.work, output, &sample, &test->error),
                      &test->error);
            const prom_result verified =
                job.scheme->verify(&test->arena, &job.work, output, &root, proof, &sample, NULL, &test->error);
            (void)snprintf(reason, sizeof reason, "the output of item %zu is not", item);
            if ((bits >> item & 1) == 1) {
                assert_fails(verified, PROM_CATEGORY_PEER, &test->error, reason);
            } else {
                assert_ok(verified, &test->error);
            }
        }
        free(lie);
    }
}

/* Round A of a delivery by sample: a root, and nothing opened. */
static void sample_of_nothing_commits_only(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    const prom_sample none = {0};
    prom_bytes32 root;
    prom_span proof;
    assert_ok(job.scheme->prove(&test->arena, &root, &proof, &job.work, job.delivery.output, &none, &test->error),
              &test->error);
    assert_true(prom_bytes32_equal(&root, &job.root));
    assert_int_equal(proof.length, 0);
}

/* The verifier's own mistake is no verdict. */
static void what_is_no_sample_is_no_verdict(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    static const size_t backwards[] = {2, 1};
    static const size_t twice[] = {1, 1};
    static const size_t beyond[] = {JOB_ITEMS};
    const prom_sample samples[] = {{0}, {backwards, 2}, {twice, 2}, {beyond, 1}};
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        assert_fails(job.scheme->verify(&test->arena, &job.work, job.delivery.output, &job.root, job.delivery.proof,
                                        &samples[i], NULL, &test->error),
                     PROM_CATEGORY_MISUSE, &test->error, "what is to be checked is no sample of 5 items");
    }
}

struct count {
    size_t calls;
    size_t last;
};

static bool count_items(void *context, size_t done, size_t items)
{
    struct count *count = context;
    assert_int_equal(items, JOB_ITEMS);
    assert_true(done > count->last && done <= items); /* a report may be of some items */
    count->calls++;
    count->last = done;
    return true;
}

static void progress_is_told(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    struct count count = {0};
    const prom_progress progress = {count_items, &count};
    prom_span output;
    assert_ok(job.scheme->run(&test->arena, &output, &job.work, &progress, &test->error), &test->error);
    assert_true(count.calls > 0 && count.last == JOB_ITEMS);
    count = (struct count){0};
    assert_ok(job.scheme->verify(&test->arena, &job.work, output, &job.root, job.delivery.proof, NULL, &progress,
                                 &test->error),
              &test->error);
    assert_true(count.calls > 0 && count.last == JOB_ITEMS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(digest_is_that_of_the_program),
        FIXTURE_TEST(output_is_what_the_program_computes),
        FIXTURE_TEST(proof_is_a_commitment_to_all_items),
        FIXTURE_TEST(right_output_is_accepted),
        FIXTURE_TEST(every_wrong_value_is_found),
        FIXTURE_TEST(wrong_commitment_is_rejected),
        FIXTURE_TEST(swapped_items_are_rejected),
        FIXTURE_TEST(wrong_shape_is_rejected),
        FIXTURE_TEST(work_that_does_not_fit_is_no_verdict),
        FIXTURE_TEST(input_out_of_range_is_no_verdict),
        FIXTURE_TEST(progress_is_told),
        FIXTURE_TEST(every_sample_is_proven),
        FIXTURE_TEST(lie_is_found_in_the_sample),
        FIXTURE_TEST(sample_of_nothing_commits_only),
        FIXTURE_TEST(what_is_no_sample_is_no_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
