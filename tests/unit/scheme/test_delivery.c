#include "scheme/job.h"

#include "prometheus/contract/package.h"
#include "prometheus/program/run.h"

enum { CIPHERTEXT_AT = 2 + 32 + 33 + 32 + 8 };

static prom_result judge(fixture *test, const struct job *job, prom_span package, prom_span *output)
{
    const prom_delivery_context context = context_of(test, job);
    const prom_delivery_packages packages = {.round_a = package};
    return prom_delivery_verify(&context, &test->arena, output, &packages, &job->cast.party[PROM_PARTY_V], NULL,
                                &test->error);
}

/* r = 0, for this reason. */
static void rejects(fixture *test, const struct job *job, prom_span package, const char *reason)
{
    prom_span output;
    assert_fails(judge(test, job, package, &output), PROM_CATEGORY_PEER, &test->error, reason);
    assert_string_not_equal(test->error.sentence, "");
}

static prom_span honest_package(fixture *test, const struct job *job)
{
    return seal_delivery(test, job, &job->delivery, &job->root, &job->secrets);
}

static void honest_package_is_accepted(void **state)
{
    fixture *test = *state;
    static const char *const schemes[] = {"replay", "sumcheck"};
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        const struct job job = make_job_by(test, schemes[i]);
        prom_span output;
        assert_ok(judge(test, &job, honest_package(test, &job), &output), &test->error);
        assert_true(prom_span_equal(output, job.delivery.output));
    }
}

static void h_p_opens_what_was_delivered(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    const prom_span package = honest_package(test, &job);
    const prom_delivery_context context = context_of(test, &job);
    prom_delivery delivery;
    prom_bytes32 root;
    assert_ok(prom_delivery_open(&context, &test->arena, &delivery, &root, package, &job.cast.h_p, &test->error),
              &test->error);
    assert_true(prom_span_equal(delivery.output, job.delivery.output));
    assert_true(prom_bytes32_equal(&root, &job.root));
    assert_fails(prom_delivery_open(&context, &test->arena, &delivery, &root, package, &job.cast.k_p, &test->error),
                 PROM_CATEGORY_PEER, &test->error, "");
}

/* The output is wrong in one value, and all else is as an honest worker would do it. */
static void wrong_output_is_rejected(void **state)
{
    fixture *test = *state;
    static const char *const sentences[][2] = {{"replay", "the output of item 4 is not what the program computes"},
                                               {"sumcheck", "the output is not proven"}};
    for (size_t i = 0; i < COUNT_OF(sentences); i++) {
        const struct job job = make_job_by(test, sentences[i][0]);
        prom_delivery delivery = job.delivery;
        prom_bytes32 root = job.root;
        lie_about(test, &delivery, &root, job.scheme);
        rejects(test, &job, seal_delivery(test, &job, &delivery, &root, &job.secrets), sentences[i][1]);
    }
}

/* Any byte of the package flipped: no byte of it is idle. */
static void every_byte_of_the_package_counts(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    const prom_span package = honest_package(test, &job);
    for (size_t i = 0; i < package.length; i++) {
        uint8_t *other = exact_copy(package.data, package.length);
        other[i] ^= (uint8_t)(1U << i % 8);
        rejects(test, &job, prom_span_of(other, package.length), "");
        free(other);
    }
    for (size_t length = 0; length < package.length; length++) {
        uint8_t *cut = exact_copy(package.data, length);
        rejects(test, &job, prom_span_of(cut, length), "these bytes are not a package");
        free(cut);
    }
}

static void ciphertext_that_does_not_open_is_rejected(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    const prom_span package = honest_package(test, &job);
    uint8_t *other = exact_copy(package.data, package.length);
    other[CIPHERTEXT_AT + PROM_SEAL_NONCE] ^= 1;
    rejects(test, &job, prom_span_of(other, package.length), "the ciphertext does not open with this key");
    free(other);
}

/* The ciphertext opens, but holds something else than an output and a proof. */
static void sealed_rubbish_is_rejected(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    const uint8_t rubbish[] = {1, 2, 3};
    prom_package package;
    prom_span bytes;
    assert_ok(prom_package_read(&package, honest_package(test, &job), UINT64_MAX, &test->error), &test->error);
    assert_ok(prom_seal(&test->arena, &package.ciphertext, prom_span_of(rubbish, sizeof rubbish), &job.cast.h_p,
                        &job.contract_id, &job.secrets.nonce, &test->error),
              &test->error);
    assert_ok(prom_package_write(&test->arena, &bytes, &package, &test->error), &test->error);
    rejects(test, &job, bytes, "the opened ciphertext holds no output and proof");
}

/* E_V holds another key than the one that h names; the ciphertext is sealed under it, or under the right one. */
static void wrong_h_p_is_rejected(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    prom_delivery_secrets secrets = job.secrets;
    prom_package honest;
    prom_package lie;
    prom_span bytes;
    secrets.h_p = named("another h_p", 0);
    const prom_span other = seal_delivery(test, &job, &job.delivery, &job.root, &secrets);
    rejects(test, &job, other, "h");
    assert_ok(prom_package_read(&honest, honest_package(test, &job), UINT64_MAX, &test->error), &test->error);
    assert_ok(prom_package_read(&lie, other, UINT64_MAX, &test->error), &test->error);

    prom_package mixed = honest; /* E_V is wrong, the ciphertext right */
    mixed.E_V = lie.E_V;
    assert_ok(prom_package_write(&test->arena, &bytes, &mixed, &test->error), &test->error);
    rejects(test, &job, bytes, "h");
    mixed = honest; /* E_V is right, but the ciphertext is sealed under another key: the client could not open it */
    mixed.ciphertext = lie.ciphertext;
    assert_ok(prom_package_write(&test->arena, &bytes, &mixed, &test->error), &test->error);
    rejects(test, &job, bytes, "the ciphertext does not open with this key");
}

/* E_V is for another verifier. */
static void key_for_somebody_else_is_rejected(void **state)
{
    fixture *test = *state;
    struct job job = make_job(test);
    const prom_bytes32 verifier = job.terms.parties[PROM_PARTY_V].key;
    job.terms.parties[PROM_PARTY_V].key = job.terms.parties[PROM_PARTY_C].key;
    const prom_span package = honest_package(test, &job);
    job.terms.parties[PROM_PARTY_V].key = verifier;
    rejects(test, &job, package, "h");
}

/* A package of another contract of the same parties. */
static void package_of_another_contract_is_rejected(void **state)
{
    fixture *test = *state;
    struct job job = make_job(test);
    const prom_bytes32 id = job.contract_id;
    job.contract_id.bytes[0] ^= 1;
    const prom_span package = honest_package(test, &job);
    job.contract_id = id;
    rejects(test, &job, package, "");
}

static void wrong_root_and_proof_are_rejected(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    prom_bytes32 root = job.root;
    prom_delivery delivery = job.delivery;
    root.bytes[0] ^= 1;
    rejects(test, &job, seal_delivery(test, &job, &job.delivery, &root, &job.secrets), "root");
    delivery.proof = prom_span_of32(&job.root);
    rejects(test, &job, seal_delivery(test, &job, &delivery, &job.root, &job.secrets), "");
}

static void wrong_shape_is_rejected(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    const uint8_t values[] = {1, 2, 3};
    const prom_batch shape = {1, 3, values};
    prom_delivery delivery = {.proof = prom_span_of(NULL, 0)};
    assert_ok(prom_batch_write(&test->arena, &delivery.output, &shape, &test->error), &test->error);
    const prom_bytes32 root = replay_root(test, delivery.output);
    rejects(test, &job, seal_delivery(test, &job, &delivery, &root, &job.secrets),
            "the output has 1 items of 3 values; the program gives 5 of 12");
}

static void package_above_the_limit_is_not_made_and_not_taken(void **state)
{
    fixture *test = *state;
    struct job job = make_job(test);
    const prom_span package = honest_package(test, &job);
    const prom_delivery_context context = context_of(test, &job);
    prom_span again;
    job.terms.most_package = package.length;
    assert_ok(prom_delivery_seal(&context, &test->arena, &again, &job.root, &job.delivery, &job.secrets, &test->error),
              &test->error);
    job.terms.most_package--;
    assert_fails(
        prom_delivery_seal(&context, &test->arena, &again, &job.root, &job.delivery, &job.secrets, &test->error),
        PROM_CATEGORY_BAD_INPUT, &test->error, "bytes; the terms allow");
    rejects(test, &job, package, "bytes; the terms allow");
}

/* The terms may allow more than the job can need. */
static void package_larger_than_the_job_is_not_opened(void **state)
{
    fixture *test = *state;
    static const char *const schemes[] = {"replay", "sumcheck"};
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        struct job job = make_job_by(test, schemes[i]);
        prom_delivery delivery = job.delivery;
        const size_t length = (size_t)job.opened->bytes_max - delivery.output.length;
        uint8_t *proof = calloc(1, length + 1);
        assert_non_null(proof);
        job.terms.most_package = UINT32_MAX;
        delivery.proof = prom_span_of(proof, length);
        const prom_span largest = seal_delivery(test, &job, &delivery, &job.root, &job.secrets);
        assert_fails(judge(test, &job, largest, &(prom_span){0}), PROM_CATEGORY_PEER, &test->error, "");
        assert_null(strstr(test->error.sentence, "the job's output and proof make"));
        delivery.proof.length++;
        rejects(test, &job, seal_delivery(test, &job, &delivery, &job.root, &job.secrets),
                "the job's output and proof make");
        free(proof);
    }
}

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

/* The terms name another job than the one that was opened: our own mistake. */
static void another_job_is_no_verdict(void **state)
{
    fixture *test = *state;
    struct job job = make_job(test);
    const prom_span package = honest_package(test, &job);
    const prom_scheme_job *opened = job.opened;
    const prom_program *program = NULL;
    const prom_job_bytes other = random_job(test, &program, 1000);
    prom_span output;
    const char *sentence = "the job that was opened is not the one that the terms name";
    job.terms.job.scheme = 999;
    assert_fails(judge(test, &job, package, &output), PROM_CATEGORY_MISUSE, &test->error, sentence);
    job.terms.job.scheme = job.scheme->number;
    job.opened = open_job(test, job.scheme, &other);
    assert_fails(judge(test, &job, package, &output), PROM_CATEGORY_MISUSE, &test->error, sentence);
    job.opened = opened;
    assert_ok(judge(test, &job, package, &output), &test->error);
}

static bool stop_now(void *context, size_t done, size_t total)
{
    (void)done;
    (void)total;
    ++*(size_t *)context;
    return false;
}

/* What is stopped is no verdict, and ends at once. */
static void stopped_check_is_no_verdict(void **state)
{
    fixture *test = *state;
    static const char *const schemes[] = {"replay", "sumcheck"};
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        const struct job job = make_job_by(test, schemes[i]);
        const prom_delivery_context context = context_of(test, &job);
        const prom_delivery_packages packages = {.round_a = honest_package(test, &job)};
        size_t reports = 0;
        const prom_progress progress = {stop_now, &reports};
        prom_span output;
        assert_fails(prom_delivery_verify(&context, &test->arena, &output, &packages, &job.cast.party[PROM_PARTY_V],
                                          &progress, &test->error),
                     PROM_CATEGORY_STOPPED, &test->error, "stopped, as the caller asked");
        assert_int_equal(reports, 1);
    }
}

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
    const prom_job_bytes another_program = {other.program, job.bytes.input};
    const prom_job_bytes another_input = {job.bytes.program, other.input};
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
    lies[0].scheme = 3;
    assert_fails(open_as(test, &job.bytes, &lies[0]), PROM_CATEGORY_PEER, &test->error, "the job wants proof scheme 3");
}

static void rubbish_is_no_job(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    const prom_job_bytes swapped = {job.bytes.input, job.bytes.program};
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

/* Too little memory is the judge's own trouble: it never makes the worker guilty, nor a lie true. */
static void too_little_memory_is_no_verdict(void **state)
{
    fixture *test = *state;
    static const char *const schemes[] = {"replay", "sumcheck"};
    for (size_t i = 0; i < 2 * COUNT_OF(schemes); i++) {
        const struct job job = make_job_by(test, schemes[i / 2]);
        const bool lies = i % 2 == 1;
        const prom_category wanted = lies ? PROM_CATEGORY_PEER : PROM_CATEGORY_OK;
        prom_delivery delivery = job.delivery;
        prom_bytes32 root = job.root;
        prom_category category = PROM_CATEGORY_IO;
        size_t refused = 0;
        if (lies) {
            lie_about(test, &delivery, &root, job.scheme);
        }
        const prom_span package = seal_delivery(test, &job, &delivery, &root, &job.secrets);
        for (size_t memory = 64; category == PROM_CATEGORY_IO; memory += memory / 8) {
            PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
            prom_span output;
            prom_arena_init(&arena, memory);
            const prom_delivery_context context = context_of(test, &job);
            const prom_delivery_packages packages = {.round_a = package};
            category =
                prom_delivery_verify_opened(&context, &arena, &output, &packages, &job.secrets.h_p, NULL, &test->error)
                    .category;
            refused += category == PROM_CATEGORY_IO ? 1 : 0;
        }
        assert_int_equal(category, wanted);
        assert_true(refused > 10);
    }
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
        FIXTURE_TEST(honest_package_is_accepted),
        FIXTURE_TEST(h_p_opens_what_was_delivered),
        FIXTURE_TEST(wrong_output_is_rejected),
        FIXTURE_TEST(every_byte_of_the_package_counts),
        FIXTURE_TEST(ciphertext_that_does_not_open_is_rejected),
        FIXTURE_TEST(sealed_rubbish_is_rejected),
        FIXTURE_TEST(wrong_h_p_is_rejected),
        FIXTURE_TEST(key_for_somebody_else_is_rejected),
        FIXTURE_TEST(package_of_another_contract_is_rejected),
        FIXTURE_TEST(wrong_root_and_proof_are_rejected),
        FIXTURE_TEST(wrong_shape_is_rejected),
        FIXTURE_TEST(package_above_the_limit_is_not_made_and_not_taken),
        FIXTURE_TEST(package_larger_than_the_job_is_not_opened),
        FIXTURE_TEST(another_job_is_no_verdict),
        FIXTURE_TEST(stopped_check_is_no_verdict),
        FIXTURE_TEST(job_names_its_bytes),
        FIXTURE_TEST(other_bytes_are_refused),
        FIXTURE_TEST(rubbish_is_no_job),
        FIXTURE_TEST(job_that_cannot_be_run_is_refused),
        FIXTURE_TEST(too_little_memory_is_no_verdict),
        FIXTURE_TEST(sample_of_what_is_proven_as_a_whole_is_refused),
        FIXTURE_TEST(job_that_cannot_be_proven_is_refused),
        FIXTURE_TEST(two_rounds_are_accepted),
        FIXTURE_TEST(seed_decides_what_is_checked),
        FIXTURE_TEST(bad_rounds_are_rejected),
        FIXTURE_TEST(openings_above_the_limit_are_not_made_and_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
