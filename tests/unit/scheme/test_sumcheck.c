#include "scheme/job.h"

#include <pthread.h>
#include <stdatomic.h>

#include "prometheus/argument/proof.h"
#include "prometheus/program/run.h"

static prom_result verify(fixture *test, const struct job *job, const prom_delivery *delivery, const prom_bytes32 *root)
{
    return job->scheme->verify(&test->arena, job->opened, delivery, root, NULL, NULL, &test->error);
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
    const uint64_t most = job.opened->bytes_max;
    const prom_bytes32 expected = sumcheck_root(test, &job.delivery);
    assert_true(prom_bytes32_equal(&job.root, &expected));
    assert_ok(verify(test, &job, &job.delivery, &job.root), &test->error);
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
    assert_ok(prom_sample_all(&test->arena, &all, JOB_ITEMS, &test->error), &test->error);
    assert_ok(job.scheme->verify(&test->arena, job.opened, &job.delivery, &job.root, &all, NULL, &test->error),
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
        assert_fails(
            job.scheme->verify(&test->arena, job.opened, &job.delivery, &job.root, &samples[i], NULL, &test->error),
            PROM_CATEGORY_MISUSE, &test->error, "the scheme 'sumcheck' proves all 5 items at once");
    }
    assert_null(job.scheme->open_sample);
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
    const prom_job_bytes bytes = random_job(test, &program, 2);
    const prom_job_bytes another_program = {.program = bytes.program, .input = job.bytes.input};
    const prom_job_bytes another_input = {.program = job.bytes.program, .input = bytes.input};
    other.opened = open_job(test, job.scheme, &another_program);
    rejects(test, &other, &job.delivery, "the output is not proven");
    other.opened = open_job(test, job.scheme, &another_input);
    rejects(test, &other, &job.delivery, "the output is not proven");
}

static void refuses_to_open(fixture *test, const struct job *job, const char *sentence)
{
    const prom_scheme_job *opened = NULL;
    assert_fails(job->scheme->open(&test->arena, &opened, &job->bytes, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, sentence);
    assert_null(opened);
}

static void job_that_does_not_fit_is_not_opened(void **state)
{
    fixture *test = *state;
    struct job job = sumcheck_job(test);
    uint8_t *input = exact_copy(job.bytes.input.data, job.bytes.input.length);
    input[8 + 2 * job.program->input.count + 3] = 201;
    job.bytes.input.data = input;
    refuses_to_open(test, &job, "value 3 of item 2 of the input has the code 201; the program takes 0 to 200");
    job.bytes.program.length--;
    refuses_to_open(test, &job, "");
    free(input);
}

/* Nobody could ever deliver such a job. */
static void job_that_cannot_be_proven_is_not_opened(void **state)
{
    fixture *test = *state;
    struct job job = sumcheck_job(test);
    job.bytes = random_job_with(test, &job.program, UNPROVABLE_SHIFT, 1);
    refuses_to_open(test, &job, "its shift of 8 leaves a quotient of 23 bits");
    refuses_to_open(test, &job, "the scheme 'replay' can check it");
}

/* The thread that stops a delivery is another than the one that makes it: it sets what `report` returns. */
struct stopper {
    atomic_bool stop;
    atomic_size_t reports;
    atomic_size_t ended; /* threads */
};

static bool goes_on(void *context, size_t done, size_t total)
{
    struct stopper *stopper = context;
    (void)done;
    (void)total;
    (void)atomic_fetch_add(&stopper->reports, 1);
    return !atomic_load(&stopper->stop);
}

struct delivering {
    const struct job *job;
    struct stopper *stopper;
    prom_arena arena;
    prom_delivery delivery;
    prom_bytes32 root;
    prom_error error;
    prom_result result;
    size_t times; /* that it delivers at most: until it is stopped */
};

static void *run_delivering(void *argument)
{
    struct delivering *delivering = argument;
    const prom_progress progress = {goes_on, delivering->stopper};
    for (size_t i = 0; i < delivering->times && prom_is_ok(delivering->result); i++) {
        prom_arena_free(&delivering->arena);
        delivering->result =
            delivering->job->scheme->deliver(&delivering->arena, &delivering->delivery, &delivering->root,
                                             delivering->job->opened, &progress, &delivering->error);
    }
    (void)atomic_fetch_add(&delivering->stopper->ended, 1);
    return NULL;
}

static void deliver_in_threads(const struct job *job, bool stop)
{
    enum { THREADS = 3 };
    struct stopper stopper = {.stop = false};
    struct delivering delivering[THREADS] = {0};
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        delivering[i].job = job;
        delivering[i].stopper = &stopper;
        delivering[i].times = stop ? 1000 : 1;
        prom_arena_init(&delivering[i].arena, (size_t)1 << 30);
        assert_int_equal(pthread_create(&threads[i], NULL, run_delivering, &delivering[i]), 0);
    }
    while (stop && atomic_load(&stopper.reports) < 100 && atomic_load(&stopper.ended) < THREADS) {
    }
    atomic_store(&stopper.stop, stop);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        if (stop) {
            assert_fails(delivering[i].result, PROM_CATEGORY_STOPPED, &delivering[i].error,
                         "stopped, as the caller asked");
        } else {
            assert_ok(delivering[i].result, &delivering[i].error);
            assert_true(prom_bytes32_equal(&delivering[i].root, &job->root));
            assert_true(prom_span_equal(delivering[i].delivery.proof, job->delivery.proof));
        }
        prom_arena_free(&delivering[i].arena);
    }
}

/* One opened job, several threads that deliver it at once; and all of them stopped by this one. */
static void threads_share_a_job(void **state)
{
    fixture *test = *state;
    const struct job job = sumcheck_job(test);
    deliver_in_threads(&job, false);
    deliver_in_threads(&job, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(digest_and_output_are_those_of_replay),
        FIXTURE_TEST(honest_delivery_is_accepted),
        FIXTURE_TEST(all_as_a_sample_is_accepted),
        FIXTURE_TEST(any_other_sample_is_misuse),
        FIXTURE_TEST(every_wrong_value_is_found),
        FIXTURE_TEST(wrong_proof_is_rejected),
        FIXTURE_TEST(wrong_root_is_rejected),
        FIXTURE_TEST(wrong_shape_is_rejected),
        FIXTURE_TEST(proof_of_another_job_is_rejected),
        FIXTURE_TEST(job_that_does_not_fit_is_not_opened),
        FIXTURE_TEST(job_that_cannot_be_proven_is_not_opened),
        FIXTURE_TEST(threads_share_a_job),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
