#include "scheme/job.h"

#include "prometheus/contract/package.h"

/* A delivery in two rounds: half of the items are drawn. */
struct rounds {
    prom_span package_a;
    prom_span package_b;
};

static prom_delivery_packages packages_of(const struct rounds *rounds)
{
    return (prom_delivery_packages){rounds->package_a, &rounds->package_b};
}

static prom_span seal_openings(fixture *test, const struct job *job, prom_span openings, const prom_bytes32 *block)
{
    const prom_delivery_secrets secrets = {.h_p = job->secrets.h_p, .nonce = {{99}}};
    const prom_delivery_context context = context_of(test, job);
    prom_span package;
    assert_ok(prom_delivery_seal_openings(&context, &test->arena, &package, openings, block, &secrets, &test->error),
              &test->error);
    return package;
}

static prom_sample drawn(fixture *test, const struct job *job, prom_span package_a, const prom_bytes32 *block)
{
    const prom_delivery_context context = context_of(test, job);
    prom_sample sample;
    assert_ok(prom_delivery_sample(&context, &test->arena, &sample, package_a, block, &test->error), &test->error);
    return sample;
}

static struct job sampled_job(fixture *test)
{
    struct job job = make_job(test);
    job.terms.P.varsigma = 5000;
    return job;
}

static struct rounds deliver_by_sample(fixture *test, const struct job *job, size_t block_number)
{
    const prom_delivery delivery = {.output = job->delivery.output};
    const prom_bytes32 root = replay_root(test, delivery.output);
    const prom_bytes32 block = named("block", block_number);
    struct rounds rounds = {.package_a = seal_delivery(test, job, &delivery, &root, &job->secrets)};
    const prom_sample sample = drawn(test, job, rounds.package_a, &block);
    prom_span openings;
    assert_int_equal(sample.count, 3);
    assert_ok(job->scheme->open_sample(&test->arena, &openings, job->opened, delivery.output, &sample, &test->error),
              &test->error);
    rounds.package_b = seal_openings(test, job, openings, &block);
    return rounds;
}

static void rejects(fixture *test, const struct job *job, const struct rounds *rounds, const char *reason)
{
    const prom_delivery_packages packages = packages_of(rounds);
    assert_bad(test, job, &packages, reason);
}

static void two_rounds_are_accepted(void **state)
{
    fixture *test = *state;
    const struct job job = sampled_job(test);
    for (size_t block = 0; block < 10; block++) {
        const struct rounds rounds = deliver_by_sample(test, &job, block);
        const prom_delivery_packages packages = packages_of(&rounds);
        assert_good(test, &job, &packages);
    }
}

/* The seed is made of package A and the block alone: it is the one that anybody computes. */
static void sample_is_that_of_package_and_block(void **state)
{
    fixture *test = *state;
    const struct job job = sampled_job(test);
    const struct rounds rounds = deliver_by_sample(test, &job, 0);
    const prom_bytes32 block = named("block", 0);
    const prom_sample sample = drawn(test, &job, rounds.package_a, &block);
    prom_bytes32 hash;
    prom_bytes32 seed;
    prom_sample expected;
    prom_package_hash(&hash, &job.contract_id, PROM_ROUND_A, rounds.package_a);
    prom_sampling_seed(&seed, &job.contract_id, &hash, &block);
    assert_ok(prom_sample_draw(&test->arena, &expected, &seed, JOB_ITEMS, 5000, &test->error), &test->error);
    assert_int_equal(sample.count, expected.count);
    assert_memory_equal(sample.positions, expected.positions, sample.count * sizeof *sample.positions);
}

/* Of a wrong item the package is bad when the block draws it. */
static void seed_decides_what_is_checked(void **state)
{
    fixture *test = *state;
    struct job job = sampled_job(test);
    uint8_t *lie = exact_copy(job.delivery.output.data, job.delivery.output.length);
    size_t found = 0;
    lie[8] ^= 1; /* item 0 */
    job.delivery.output.data = lie;
    for (size_t number = 0; number < 20; number++) {
        const struct rounds rounds = deliver_by_sample(test, &job, number);
        const prom_bytes32 block = named("block", number);
        if (drawn(test, &job, rounds.package_a, &block).positions[0] == 0) {
            rejects(test, &job, &rounds, "the output of item 0 is not what the program computes");
            found++;
        } else {
            const prom_delivery_packages packages = packages_of(&rounds);
            assert_good(test, &job, &packages);
        }
    }
    assert_in_range(found, 5, 18);
    free(lie);
}

/* Openings for the items of another block, or of another package A, do not serve. */
static void openings_of_another_draw_are_rejected(void **state)
{
    fixture *test = *state;
    const struct job job = sampled_job(test);
    struct rounds rounds = deliver_by_sample(test, &job, 1);
    const prom_bytes32 block = named("block", 1);
    size_t tried = 0;
    for (size_t number = 2; number < 12; number++) {
        const prom_bytes32 other_block = named("block", number);
        const prom_sample other = drawn(test, &job, rounds.package_a, &other_block);
        const prom_sample right = drawn(test, &job, rounds.package_a, &block);
        prom_span openings;
        if (memcmp(other.positions, right.positions, right.count * sizeof *right.positions) == 0) {
            continue; /* this block happens to draw the same items */
        }
        assert_ok(
            job.scheme->open_sample(&test->arena, &openings, job.opened, job.delivery.output, &other, &test->error),
            &test->error);
        rounds.package_b = seal_openings(test, &job, openings, &block);
        rejects(test, &job, &rounds, "");
        tried++;
    }
    assert_true(tried > 3);
}

static void bad_rounds_are_rejected(void **state)
{
    fixture *test = *state;
    const struct job job = sampled_job(test);
    const struct rounds right = deliver_by_sample(test, &job, 1);
    const prom_bytes32 block = named("block", 1);
    struct rounds rounds = right;
    rounds.package_b = seal_openings(test, &job, prom_span_of(NULL, 0), &block);
    rejects(test, &job, &rounds, "hashes are missing");
    const prom_span proof = prom_span_of32(&job.root);
    const prom_delivery early = {.output = job.delivery.output, .proof = proof};
    rounds = right;
    rounds.package_a = seal_delivery(test, &job, &early, &job.root, &job.secrets);
    rejects(test, &job, &rounds, "round A of a delivery by sample holds a proof already");
    rounds = right;
    rounds.package_b = right.package_a; /* sealed for the other round */
    rejects(test, &job, &rounds, "these bytes are not a package of openings");
    rounds.package_b = prom_span_of(NULL, 0); /* W may sign a package of no bytes: it is here, and it is bad */
    rejects(test, &job, &rounds, "these bytes are not a package of openings");
}

/* Any byte of package B flipped: no byte of it is idle, and each is the worker's fault. */
static void every_byte_of_the_openings_counts(void **state)
{
    fixture *test = *state;
    const struct job job = sampled_job(test);
    const struct rounds right = deliver_by_sample(test, &job, 1);
    for (size_t i = 0; i < right.package_b.length; i++) {
        uint8_t *other = exact_copy(right.package_b.data, right.package_b.length);
        const struct rounds rounds = {right.package_a, prom_span_of(other, right.package_b.length)};
        const prom_delivery_packages packages = packages_of(&rounds);
        prom_span output;
        other[i] ^= 1;
        if (i >= 2 + 32 && i < 2 + 32 + 32) {
            /* Another block, as W may name: of the items that it draws, not of these, are the openings to be. */
            assert_int_not_equal(check_as_arbiter(test, &job, &output, &packages), PROM_CHECKED_UNKNOWN);
        } else {
            rejects(test, &job, &rounds, "");
        }
        free(other);
    }
}

/* The openings' own commitment goes into their key: it must be theirs. */
static void openings_under_another_commitment_are_rejected(void **state)
{
    fixture *test = *state;
    const struct job job = sampled_job(test);
    struct rounds rounds = deliver_by_sample(test, &job, 1);
    prom_package_openings package;
    const prom_bytes32 root = named("another root", 0);
    prom_span openings;
    assert_ok(prom_package_openings_read(&package, rounds.package_b, UINT64_MAX, &test->error), &test->error);
    const prom_seal_round_terms right = {
        .h_p = &job.cast.h_p, .contract_id = &job.contract_id, .root = &package.root, .round = PROM_ROUND_B};
    const prom_seal_round_terms other = {
        .h_p = &job.cast.h_p, .contract_id = &job.contract_id, .root = &root, .round = PROM_ROUND_B};
    assert_ok(prom_unseal_round(&test->arena, &openings, package.ciphertext, &right, &test->error), &test->error);
    assert_ok(prom_seal_round(&test->arena, &package.ciphertext, openings, &other, &job.secrets.nonce, &test->error),
              &test->error);
    package.root = root;
    assert_ok(prom_package_openings_write(&test->arena, &rounds.package_b, &package, &test->error), &test->error);
    rejects(test, &job, &rounds, "package B names another commitment than its openings have");
}

/* Openings are hashes of items that were not drawn: what is in clear must let nobody try guesses at these either. */
static void commitment_of_the_openings_hides_them(void **state)
{
    fixture *test = *state;
    const struct job job = sampled_job(test);
    const struct rounds rounds = deliver_by_sample(test, &job, 1);
    const prom_bytes32 block = named("block", 1);
    const prom_sample sample = drawn(test, &job, rounds.package_a, &block);
    prom_package_openings package;
    prom_bytes32 parts[] = {job.cast.h_p, job.contract_id, {{0}}};
    prom_bytes32 expected;
    prom_span openings;
    assert_ok(prom_package_openings_read(&package, rounds.package_b, UINT64_MAX, &test->error), &test->error);
    assert_ok(job.scheme->open_sample(&test->arena, &openings, job.opened, job.delivery.output, &sample, &test->error),
              &test->error);
    prom_openings_root(&parts[2], openings);
    assert_false(prom_bytes32_equal(&package.root, &parts[2]));
    prom_tagged_hash(&expected, "prometheus/commitment", prom_span_of(parts->bytes, sizeof parts));
    assert_true(prom_bytes32_equal(&package.root, &expected));
}

static void openings_above_the_limit_are_not_made_and_not_taken(void **state)
{
    fixture *test = *state;
    struct job job = sampled_job(test);
    const prom_bytes32 block = named("block", 1);
    struct rounds rounds = deliver_by_sample(test, &job, 1);
    const size_t most = (size_t)job.opened->bytes_max;
    uint8_t *many = calloc(1, most + 100);
    prom_span package;
    assert_non_null(many);
    rounds.package_b = seal_openings(test, &job, prom_span_of(many, most + 100), &block);
    rejects(test, &job, &rounds, "the job's output and proof make");
    rounds.package_b = seal_openings(test, &job, prom_span_of(many, rounds.package_a.length), &block);
    job.terms.package_max = rounds.package_a.length;
    rejects(test, &job, &rounds, "bytes; the terms allow");
    const prom_delivery_context context = context_of(test, &job);
    assert_fails(prom_delivery_seal_openings(&context, &test->arena, &package,
                                             prom_span_of(many, rounds.package_a.length), &block, &job.secrets,
                                             &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "bytes; the terms allow");
    free(many);
}

/* As long as a round is missing there is nothing to be said of the delivery. */
static void one_round_of_two_is_no_verdict(void **state)
{
    fixture *test = *state;
    const struct job job = sampled_job(test);
    const struct rounds rounds = deliver_by_sample(test, &job, 1);
    const prom_delivery_packages packages = {.round_a = rounds.package_a};
    prom_span output;
    assert_int_equal(check_as_arbiter(test, &job, &output, &packages), PROM_CHECKED_UNKNOWN);
    assert_string_equal(test->error.sentence, "a delivery by sample can be checked once both rounds are here");
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
    const prom_bytes32 block = named("block", 0);
    const struct rounds rounds = {.package_a = seal_delivery(test, &job, &round_a, &root, &job.secrets),
                                  .package_b = seal_openings(test, &job, job.delivery.proof, &block)};
    const prom_delivery_packages packages = packages_of(&rounds);
    prom_span output;
    assert_int_equal(check_as_arbiter(test, &job, &output, &packages), PROM_CHECKED_UNKNOWN);
    assert_string_equal(test->error.sentence,
                        "the scheme 'sumcheck' proves all 5 items at once, and no sample of them");
    struct job by_replay = sampled_job(test);
    assert_ok(prom_delivery_fits(by_replay.opened, &by_replay.terms, &test->error), &test->error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(two_rounds_are_accepted),
        FIXTURE_TEST(sample_is_that_of_package_and_block),
        FIXTURE_TEST(seed_decides_what_is_checked),
        FIXTURE_TEST(openings_of_another_draw_are_rejected),
        FIXTURE_TEST(bad_rounds_are_rejected),
        FIXTURE_TEST(every_byte_of_the_openings_counts),
        FIXTURE_TEST(openings_under_another_commitment_are_rejected),
        FIXTURE_TEST(commitment_of_the_openings_hides_them),
        FIXTURE_TEST(openings_above_the_limit_are_not_made_and_not_taken),
        FIXTURE_TEST(one_round_of_two_is_no_verdict),
        FIXTURE_TEST(sample_of_what_is_proven_as_a_whole_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
