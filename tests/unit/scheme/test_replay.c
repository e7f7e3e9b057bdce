#include "scheme/job.h"

#include "prometheus/crypto/merkle.h"
#include "prometheus/program/run.h"

static prom_result verify_sample(fixture *test, const struct job *job, prom_span output, const prom_bytes32 *root,
                                 prom_span proof, const prom_sample *sample)
{
    const prom_delivery delivery = {output, proof};
    return job->scheme->verify(&test->arena, job->opened, &delivery, root, sample, NULL, &test->error);
}

static prom_result verify(fixture *test, const struct job *job, prom_span output, const prom_bytes32 *root,
                          prom_span proof)
{
    return verify_sample(test, job, output, root, proof, NULL);
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
    const prom_scheme_job *opened = NULL;
    prom_bytes32 expected;
    prom_program_digest(&expected, job.program);
    assert_true(prom_bytes32_equal(&job.opened->named.program_digest, &expected));
    const prom_job_bytes swapped = {.program = job.bytes.input, .input = job.bytes.program};
    assert_fails(job.scheme->open(&test->arena, &opened, &swapped, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "");
    assert_null(opened);
}

/* The largest package is one in which every item's opening has a hash for each level of the tree. */
static void largest_size_holds_all_samples(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    assert_int_equal(job.opened->bytes_max, job.delivery.output.length + (uint64_t)JOB_ITEMS * 32 * 32);
}

static void output_is_what_the_program_computes(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    prom_batch input;
    prom_batch output;
    uint8_t *expected = new_bytes(&test->arena, JOB_ITEMS * prom_program_output(job.program)->count, 1);
    assert_ok(prom_batch_read(&input, job.bytes.input, &test->error), &test->error);
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
    const prom_bytes32 root = replay_root(test, job.delivery.output);
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
        char reason[128];
        lie[i] ^= (uint8_t)(1U << i % 8);
        const prom_bytes32 root = replay_root(test, output);
        (void)snprintf(reason, sizeof reason, "the output of item %zu is not what the program computes",
                       (i - head) / prom_program_output(job.program)->count);
        rejects(test, &job, output, &root, prom_span_of(NULL, 0), reason);
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
    memcpy(lie + 8, job.delivery.output.data + 8 + width, width);
    memcpy(lie + 8 + width, job.delivery.output.data + 8, width);
    assert_memory_not_equal(lie + 8, lie + 8 + width, width);
    rejects(test, &job, output, &job.root, job.delivery.proof, "");
    const prom_bytes32 root = replay_root(test, output);
    rejects(test, &job, output, &root, prom_span_of(NULL, 0), "the output of item 0 is not what the program computes");
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
        assert_ok(prom_batch_write(&test->arena, &output, &shapes[i], &test->error), &test->error);
        const prom_bytes32 root = replay_root(test, output);
        rejects(test, &job, output, &root, prom_span_of(NULL, 0), "; the program gives 5 of 12");
    }
    for (size_t length = 0; length < job.delivery.output.length; length++) {
        rejects(test, &job, prom_span_of(job.delivery.output.data, length), &job.root, job.delivery.proof,
                "these bytes are not a batch of items");
    }
}

static void refuses_to_open(fixture *test, const struct job *job, const char *sentence)
{
    const prom_scheme_job *opened = NULL;
    assert_fails(job->scheme->open(&test->arena, &opened, &job->bytes, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, sentence);
    assert_null(opened);
}

/* What no worker could run is not opened: nobody gets as far as a verdict on it. */
static void job_that_does_not_fit_is_not_opened(void **state)
{
    fixture *test = *state;
    struct job job = make_job(test);
    const uint8_t value = 1;
    const prom_batch narrow = {1, 1, &value};
    assert_ok(prom_batch_write(&test->arena, &job.bytes.input, &narrow, &test->error), &test->error);
    refuses_to_open(test, &job, "the input's items have 1 values; the program takes");
    job.bytes.program.length--;
    refuses_to_open(test, &job, "");
}

/* The program takes codes 0 to 200. */
static void input_out_of_range_is_not_opened(void **state)
{
    fixture *test = *state;
    struct job job = make_job(test);
    uint8_t *input = exact_copy(job.bytes.input.data, job.bytes.input.length);
    input[8 + 2 * job.program->input.count + 3] = 201;
    job.bytes.input.data = input;
    refuses_to_open(test, &job, "value 3 of item 2 of the input has the code 201; the program takes 0 to 200");
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
        const prom_bytes32 root = job.root;
        prom_span proof;
        assert_ok(job.scheme->open_sample(&test->arena, &proof, job.opened, output, &sample, &test->error),
                  &test->error);
        assert_ok(verify_sample(test, &job, output, &root, proof, &sample), &test->error);
        for (size_t i = 0; i < proof.length; i++) {
            uint8_t *other = exact_copy(proof.data, proof.length);
            other[i] ^= 1;
            assert_fails(verify_sample(test, &job, output, &root, prom_span_of(other, proof.length), &sample),
                         PROM_CATEGORY_PEER, &test->error, "not those under the Merkle root");
            free(other);
        }
        if (proof.length > 0) {
            rejects(test, &job, output, &root, proof, "hashes are missing or left over");
            assert_fails(verify_sample(test, &job, output, &root, prom_span_of(NULL, 0), &sample), PROM_CATEGORY_PEER,
                         &test->error, "hashes are missing or left over");
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
            const prom_bytes32 root = replay_root(test, output);
            prom_span proof;
            assert_ok(job.scheme->open_sample(&test->arena, &proof, job.opened, output, &sample, &test->error),
                      &test->error);
            const prom_result verified = verify_sample(test, &job, output, &root, proof, &sample);
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

/* Whoever opens or verifies what is no sample made a mistake of its own: that is no verdict. */
static void what_is_no_sample_is_no_verdict(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    static const size_t backwards[] = {2, 1};
    static const size_t twice[] = {1, 1};
    static const size_t beyond[] = {JOB_ITEMS};
    const prom_sample samples[] = {{0}, {backwards, 2}, {twice, 2}, {beyond, 1}};
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        const char *sentence = "what is to be checked is no sample of 5 items";
        prom_span proof;
        assert_fails(verify_sample(test, &job, job.delivery.output, &job.root, job.delivery.proof, &samples[i]),
                     PROM_CATEGORY_MISUSE, &test->error, sentence);
        assert_fails(
            job.scheme->open_sample(&test->arena, &proof, job.opened, job.delivery.output, &samples[i], &test->error),
            PROM_CATEGORY_MISUSE, &test->error, sentence);
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
    prom_delivery delivery;
    prom_bytes32 root;
    assert_ok(job.scheme->deliver(&test->arena, &delivery, &root, job.opened, &progress, &test->error), &test->error);
    assert_true(count.calls > 0 && count.last == JOB_ITEMS);
    count = (struct count){0};
    assert_ok(job.scheme->verify(&test->arena, job.opened, &delivery, &root, NULL, &progress, &test->error),
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
        FIXTURE_TEST(largest_size_holds_all_samples),
        FIXTURE_TEST(job_that_does_not_fit_is_not_opened),
        FIXTURE_TEST(input_out_of_range_is_not_opened),
        FIXTURE_TEST(progress_is_told),
        FIXTURE_TEST(every_sample_is_proven),
        FIXTURE_TEST(lie_is_found_in_the_sample),
        FIXTURE_TEST(what_is_no_sample_is_no_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
