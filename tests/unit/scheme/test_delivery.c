#include "scheme/job.h"

#include "prometheus/contract/package.h"
#include "prometheus/program/run.h"

static void rejects(fixture *test, const struct job *job, prom_span package, const char *reason)
{
    const prom_delivery_packages packages = {.round_a = package};
    assert_bad(test, job, &packages, reason);
}

static void accepts(fixture *test, const struct job *job, prom_span package)
{
    const prom_delivery_packages packages = {.round_a = package};
    assert_good(test, job, &packages);
}

/* Neither good nor bad: we could not tell. */
static void cannot_tell(fixture *test, const struct job *job, prom_span package, const char *reason)
{
    const prom_delivery_packages packages = {.round_a = package};
    prom_span output;
    assert_int_equal(check_as_arbiter(test, job, &output, &packages), PROM_CHECKED_UNKNOWN);
    if (strstr(test->error.sentence, reason) == NULL) {
        fail_msg("wanted '...%s...', got '%s'", reason, test->error.sentence);
    }
    assert_null(output.data);
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
        accepts(test, &job, honest_package(test, &job));
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

/* What stands in clear lets nobody try guesses at the output before it is paid for: without h_p it says nothing. */
static void clear_commitment_hides_the_output(void **state)
{
    fixture *test = *state;
    static const char *const schemes[] = {"replay", "sumcheck"};
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        const struct job job = make_job_by(test, schemes[i]);
        const prom_span bytes = honest_package(test, &job);
        const prom_bytes32 parts[] = {job.cast.h_p, job.contract_id, job.root};
        prom_package package;
        prom_bytes32 expected;
        assert_ok(prom_package_read(&package, bytes, UINT64_MAX, &test->error), &test->error);
        prom_tagged_hash(&expected, "prometheus/commitment", prom_span_of(parts->bytes, sizeof parts));
        assert_true(prom_bytes32_equal(&package.root, &expected));
        for (size_t at = 0; at + sizeof job.root <= bytes.length; at++) {
            assert_memory_not_equal(bytes.data + at, job.root.bytes, sizeof job.root);
        }
    }
}

/* The clear commitment is another than that of what the ciphertext holds: V's sample would be drawn for an output that
 * the worker can still choose. */
static void commitment_of_something_else_is_rejected(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    const prom_bytes32 other = named("another root", 0);
    prom_package package;
    prom_span bytes;
    prom_span plain;
    assert_ok(prom_package_read(&package, honest_package(test, &job), UINT64_MAX, &test->error), &test->error);
    prom_package_commitment(&package.root, &job.contract_id, &job.cast.h_p, &other);
    const prom_seal_round_terms sealed_for = {
        .h_p = &job.cast.h_p, .contract_id = &job.contract_id, .root = &package.root, .round = PROM_ROUND_A};
    assert_ok(prom_delivery_write(&test->arena, &plain, &job.root, &job.delivery, &test->error), &test->error);
    assert_ok(prom_seal_round(&test->arena, &package.ciphertext, plain, &sealed_for, &job.secrets.nonce, &test->error),
              &test->error);
    assert_ok(prom_package_write(&test->arena, &bytes, &package, &test->error), &test->error);
    rejects(test, &job, bytes, "the package's commitment is not that of what it holds");
    const prom_delivery_context context = context_of(test, &job);
    prom_delivery opened;
    prom_bytes32 root;
    assert_fails(prom_delivery_open(&context, &test->arena, &opened, &root, bytes, &job.cast.h_p, &test->error),
                 PROM_CATEGORY_PEER, &test->error, "the package's commitment is not that of what it holds");
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
        rejects(test, &job, prom_span_of(cut, length), "package");
        free(cut);
    }
}

static void ciphertext_that_does_not_open_is_rejected(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    const prom_span package = honest_package(test, &job);
    uint8_t *other = exact_copy(package.data, package.length);
    other[PROM_PACKAGE_HEAD + PROM_SEAL_NONCE] ^= 1;
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
    const prom_seal_round_terms sealed_for = {
        .h_p = &job.cast.h_p, .contract_id = &job.contract_id, .root = &package.root, .round = PROM_ROUND_A};
    assert_ok(prom_seal_round(&test->arena, &package.ciphertext, prom_span_of(rubbish, sizeof rubbish), &sealed_for,
                              &job.secrets.nonce, &test->error),
              &test->error);
    assert_ok(prom_package_write(&test->arena, &bytes, &package, &test->error), &test->error);
    rejects(test, &job, bytes, "the opened ciphertext holds no output and proof");
}

/* E12: E_V holds another key than the one that h names; the ciphertext is sealed under it, or under the right one. */
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

static prom_span with_key(fixture *test, prom_span package, const prom_sealed_key *E_V)
{
    prom_package parts;
    prom_span bytes;
    assert_ok(prom_package_read(&parts, package, UINT64_MAX, &test->error), &test->error);
    parts.E_V = *E_V;
    assert_ok(prom_package_write(&test->arena, &bytes, &parts, &test->error), &test->error);
    return bytes;
}

/* An E_V whose point is not on the curve opens for nobody; so does one whose scalar is not that of h_p. */
static void key_that_h_p_does_not_make_is_rejected(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    const prom_span package = honest_package(test, &job);
    prom_package honest;
    assert_ok(prom_package_read(&honest, package, UINT64_MAX, &test->error), &test->error);
    prom_sealed_key E_V = honest.E_V;
    memset(E_V.ephemeral.bytes + 1, 0, 31);
    E_V.ephemeral.bytes[32] = 5; /* x = 5 is of no point */
    rejects(test, &job, with_key(test, package, &E_V), "");
    E_V = honest.E_V;
    E_V.ephemeral.bytes[0] = 4;
    rejects(test, &job, with_key(test, package, &E_V), "");
    E_V = honest.E_V;
    E_V.ephemeral.bytes[0] ^= 1; /* -E */
    rejects(test, &job, with_key(test, package, &E_V), "");
    accepts(test, &job, with_key(test, package, &honest.E_V));
}

/* The worker withholds h_p from V by a bad E_V, sells the output to the client, and lets V come by h_p on the chain:
 * if that made the package good, V would have been late, and would lose its stake's part to a worker that cheated. */
static void key_from_elsewhere_does_not_make_a_package_good(void **state)
{
    fixture *test = *state;
    const struct job job = make_job(test);
    const prom_span package = honest_package(test, &job);
    const prom_delivery_context context = context_of(test, &job);
    prom_package honest;
    prom_bytes32 root;
    prom_delivery opened;
    prom_span output;
    assert_ok(prom_package_read(&honest, package, UINT64_MAX, &test->error), &test->error);
    honest.E_V.masked.bytes[7] ^= 1;
    const prom_delivery_packages packages = {.round_a = with_key(test, package, &honest.E_V)};
    assert_ok(prom_delivery_open(&context, &test->arena, &opened, &root, packages.round_a, &job.cast.h_p, &test->error),
              &test->error); /* all but E_V is as it should be */
    assert_int_equal(prom_delivery_check(&context, &test->arena, &output, &packages, &job.cast.h_p, NULL, &test->error),
                     PROM_CHECKED_BAD);
    rejects(test, &job, packages.round_a, "");
}

/* What is the caller's own fault never looks like the worker's. */
static void wrong_keys_of_our_own_are_no_verdict(void **state)
{
    fixture *test = *state;
    struct job job = make_job(test);
    const prom_span package = honest_package(test, &job);
    const prom_delivery_context context = context_of(test, &job);
    prom_bytes32 h_p = named("something", 0);
    assert_fails(prom_delivery_open_key(&context, &h_p, package, &job.cast.party[PROM_PARTY_V], &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "this is not the seal key that the terms name for the verifier");
    assert_true(prom_bytes32_equal(&h_p, &(prom_bytes32){{0}}));
    assert_ok(prom_delivery_open_key(&context, &h_p, prom_span_of(package.data, PROM_PACKAGE_HEAD), &job.cast.seal,
                                     &test->error),
              &test->error); /* the rest may still be on its way */
    assert_true(prom_bytes32_equal(&h_p, &job.cast.h_p));
    job.cast.h_p = job.cast.k_p;
    cannot_tell(test, &job, package, "what the package is to be opened with is not the preimage of h");
}

/* E_V is for another verifier. */
static void key_for_somebody_else_is_rejected(void **state)
{
    fixture *test = *state;
    struct job job = make_job(test);
    const prom_bytes32 verifier = job.terms.parties[PROM_PARTY_V].seal_key;
    job.terms.parties[PROM_PARTY_V].seal_key = job.terms.parties[PROM_PARTY_C].key;
    const prom_span package = honest_package(test, &job);
    job.terms.parties[PROM_PARTY_V].seal_key = verifier;
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
    job.terms.package_max = package.length;
    assert_ok(prom_delivery_seal(&context, &test->arena, &again, &job.root, &job.delivery, &job.secrets, &test->error),
              &test->error);
    job.terms.package_max--;
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
        job.terms.package_max = UINT32_MAX;
        delivery.proof = prom_span_of(proof, length);
        const prom_span largest = seal_delivery(test, &job, &delivery, &job.root, &job.secrets);
        rejects(test, &job, largest, "");
        assert_null(strstr(test->error.sentence, "the job's output and proof make"));
        delivery.proof.length++;
        rejects(test, &job, seal_delivery(test, &job, &delivery, &job.root, &job.secrets),
                "the job's output and proof make");
        free(proof);
    }
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
    const char *sentence = "the job that was opened is not the one that the terms name";
    job.terms.job.scheme = 999;
    cannot_tell(test, &job, package, sentence);
    job.terms.job.scheme = job.scheme->number;
    job.opened = open_job(test, job.scheme, &other);
    cannot_tell(test, &job, package, sentence);
    job.opened = opened;
    accepts(test, &job, package);
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
        assert_int_equal(
            prom_delivery_check(&context, &test->arena, &output, &packages, &job.secrets.h_p, &progress, &test->error),
            PROM_CHECKED_UNKNOWN);
        assert_non_null(strstr(test->error.sentence, "stopped, as the caller asked"));
        assert_int_equal(reports, 1);
    }
}

/* Too little memory is the judge's own trouble: it never makes the worker guilty, nor a lie true. */
static void too_little_memory_is_no_verdict(void **state)
{
    fixture *test = *state;
    static const char *const schemes[] = {"replay", "sumcheck"};
    for (size_t i = 0; i < 2 * COUNT_OF(schemes); i++) {
        const struct job job = make_job_by(test, schemes[i / 2]);
        const bool lies = i % 2 == 1;
        const prom_checked wanted = lies ? PROM_CHECKED_BAD : PROM_CHECKED_GOOD;
        prom_delivery delivery = job.delivery;
        prom_bytes32 root = job.root;
        prom_checked checked = PROM_CHECKED_UNKNOWN;
        size_t refused = 0;
        if (lies) {
            lie_about(test, &delivery, &root, job.scheme);
        }
        const prom_span package = seal_delivery(test, &job, &delivery, &root, &job.secrets);
        for (size_t memory = 64; checked == PROM_CHECKED_UNKNOWN; memory += memory / 8) {
            PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
            prom_span output;
            prom_arena_init(&arena, memory);
            const prom_delivery_context context = context_of(test, &job);
            const prom_delivery_packages packages = {.round_a = package};
            checked = prom_delivery_check(&context, &arena, &output, &packages, &job.secrets.h_p, NULL, &test->error);
            refused += checked == PROM_CHECKED_UNKNOWN ? 1 : 0;
        }
        assert_int_equal(checked, wanted);
        assert_true(refused > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(honest_package_is_accepted),
        FIXTURE_TEST(h_p_opens_what_was_delivered),
        FIXTURE_TEST(clear_commitment_hides_the_output),
        FIXTURE_TEST(commitment_of_something_else_is_rejected),
        FIXTURE_TEST(wrong_output_is_rejected),
        FIXTURE_TEST(every_byte_of_the_package_counts),
        FIXTURE_TEST(ciphertext_that_does_not_open_is_rejected),
        FIXTURE_TEST(sealed_rubbish_is_rejected),
        FIXTURE_TEST(wrong_h_p_is_rejected),
        FIXTURE_TEST(key_for_somebody_else_is_rejected),
        FIXTURE_TEST(key_that_h_p_does_not_make_is_rejected),
        FIXTURE_TEST(key_from_elsewhere_does_not_make_a_package_good),
        FIXTURE_TEST(wrong_keys_of_our_own_are_no_verdict),
        FIXTURE_TEST(package_of_another_contract_is_rejected),
        FIXTURE_TEST(wrong_root_and_proof_are_rejected),
        FIXTURE_TEST(wrong_shape_is_rejected),
        FIXTURE_TEST(package_above_the_limit_is_not_made_and_not_taken),
        FIXTURE_TEST(package_larger_than_the_job_is_not_opened),
        FIXTURE_TEST(another_job_is_no_verdict),
        FIXTURE_TEST(stopped_check_is_no_verdict),
        FIXTURE_TEST(too_little_memory_is_no_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
