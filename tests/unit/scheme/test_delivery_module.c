#include "scheme/job.h"
#include "scheme/toy.h"

#include "prometheus/contract/package.h"

/* A job with a module, as the tests of all deliveries know jobs. */
static struct job module_job(fixture *test, const struct mapped *it, uint16_t varsigma)
{
    struct job job = {.scheme = it->scheme,
                      .bytes = it->bytes,
                      .opened = it->job,
                      .cast = make_cast(test),
                      .delivery = it->delivery,
                      .root = it->root};
    job.terms = valid_terms(test, &job.cast, 3);
    job.terms.job = it->job->named;
    job.terms.P.varsigma = varsigma;
    assert_ok(prom_terms_contract_id(&test->arena, &job.contract_id, &job.terms, &test->error), &test->error);
    job.secrets = (prom_delivery_secrets){.h_p = job.cast.h_p, .nonce = {{5}}};
    return job;
}

/* The packages of a worker that says these results; the second one is made with varsigma below 1. */
struct sealed {
    prom_span package_a;
    prom_span package_b;
};

static prom_delivery_packages packages_of(const struct sealed *sealed)
{
    return (prom_delivery_packages){sealed->package_a, &sealed->package_b};
}

static prom_sample drawn(fixture *test, const struct job *job, prom_span package_a, size_t number)
{
    const prom_delivery_context context = context_of(test, job);
    const prom_bytes32 block = named("block", number);
    prom_sample sample;
    assert_ok(prom_delivery_sample(&context, &test->arena, &sample, package_a, &block, &test->error), &test->error);
    return sample;
}

static struct sealed seal(fixture *test, struct job *job, const struct mapped *it, size_t block_number)
{
    const prom_delivery_context context = context_of(test, job);
    const prom_delivery_secrets secrets = {.h_p = job->secrets.h_p, .nonce = {{99}}};
    const prom_bytes32 block = named("block", block_number);
    const prom_bytes32 root = root_of_results(test, it->results, it->nodes);
    struct sealed sealed = {.package_b = prom_span_of(NULL, 0)};
    prom_span openings;
    job->delivery.output = output_of_results(test, it->results, it->nodes);
    sealed.package_a = seal_delivery(test, job, &job->delivery, &root, &job->secrets);
    if (job->terms.P.varsigma == PROM_BASIS_POINTS_ONE) {
        return sealed;
    }
    const prom_sample sample = drawn(test, job, sealed.package_a, block_number);
    assert_ok(
        job->scheme->open_sample(&test->arena, &openings, job->opened, job->delivery.output, &sample, &test->error),
        &test->error);
    assert_ok(prom_delivery_seal_openings(&context, &test->arena, &sealed.package_b, openings, &block, &secrets,
                                          &test->error),
              &test->error);
    return sealed;
}

static void right_deliveries_are_good(void **state)
{
    fixture *test = *state;
    static const uint16_t varsigmas[] = {10000, 1000};
    for (size_t i = 0; i < 2 * COUNT_OF(varsigmas); i++) {
        const struct mapped it = map_items(test, "sum", i % 2 == 1, NULL, 100);
        struct job job = module_job(test, &it, varsigmas[i / 2]);
        const struct sealed sealed = seal(test, &job, &it, i);
        const prom_delivery_packages packages = packages_of(&sealed);
        assert_ok(prom_delivery_fits(job.opened, &job.terms, &test->error), &test->error);
        it.toy->computed = 0;
        assert_good(test, &job, &packages);
        assert_int_equal(it.toy->computed, 2 * (i < 2 ? it.nodes : (it.nodes + 9) / 10));
    }
}

static void lie_is_bad_where_it_is_checked(void **state)
{
    fixture *test = *state;
    size_t found = 0;
    for (size_t number = 0; number < 40; number++) {
        struct mapped it = map_items(test, "sum", true, NULL, 25);
        const size_t node = number;
        char reason[80];
        it.results[node].fuel--;
        (void)snprintf(reason, sizeof reason, "%zu has other fuel than the program computes", node);
        struct job job = module_job(test, &it, PROM_BASIS_POINTS_ONE);
        struct sealed sealed = seal(test, &job, &it, 0);
        prom_delivery_packages packages = packages_of(&sealed);
        assert_bad(test, &job, &packages, reason);
        job = module_job(test, &it, 1000);
        sealed = seal(test, &job, &it, number);
        packages = packages_of(&sealed);
        const prom_sample sample = drawn(test, &job, sealed.package_a, number);
        bool is_drawn = false;
        assert_int_equal(sample.count, 5);
        for (size_t i = 0; i < sample.count; i++) {
            is_drawn = is_drawn || sample.positions[i] == node;
        }
        if (is_drawn) {
            assert_bad(test, &job, &packages, reason);
            found++;
        } else {
            assert_good(test, &job, &packages);
        }
    }
    assert_in_range(found, 1, 12); /* of 40 a tenth */
}

static void nobody_is_blamed(fixture *test, const struct job *job, const prom_delivery_packages *packages,
                             const prom_progress *progress, const char *sentence)
{
    const prom_delivery_context context = context_of(test, job);
    prom_span output;
    test->error = (prom_error){{0}};
    assert_int_equal(
        prom_delivery_check(&context, &test->arena, &output, packages, &job->cast.h_p, progress, &test->error),
        PROM_CHECKED_UNKNOWN);
    assert_int_equal(output.length, 0);
    assert_non_null(strstr(test->error.sentence, sentence));
}

static bool stop(void *context, size_t done, size_t total)
{
    (void)context;
    (void)done;
    (void)total;
    return false;
}

/* Neither for a right delivery nor for a wrong one: what could not be computed is not known. */
static void what_could_not_be_run_is_unknown(void **state)
{
    fixture *test = *state;
    static const prom_category failures[] = {PROM_CATEGORY_MISUSE, PROM_CATEGORY_BAD_INPUT, PROM_CATEGORY_IO,
                                             PROM_CATEGORY_PEER,   PROM_CATEGORY_BROKEN,    PROM_CATEGORY_STOPPED,
                                             PROM_CATEGORY_MEMORY};
    static const uint16_t varsigmas[] = {10000, 1000};
    const prom_progress stopping = {stop, NULL};
    for (size_t i = 0; i < 2 * COUNT_OF(varsigmas); i++) {
        struct mapped it = map_items(test, "sum", true, NULL, 5);
        struct job job = module_job(test, &it, varsigmas[i / 2]);
        if (i % 2 == 1) {
            for (size_t node = 0; node < it.nodes; node++) {
                it.results[node].fuel--;
            }
        }
        const struct sealed sealed = seal(test, &job, &it, i);
        const prom_delivery_packages packages = packages_of(&sealed);
        for (size_t failure = 0; failure < COUNT_OF(failures); failure++) {
            it.toy->open_fails = failures[failure];
            nobody_is_blamed(test, &job, &packages, NULL, "the toy does not open");
            it.toy->open_fails = PROM_CATEGORY_OK;
            it.toy->run_fails = failures[failure];
            nobody_is_blamed(test, &job, &packages, NULL, "the toy is broken");
            it.toy->run_fails = PROM_CATEGORY_OK;
        }
        nobody_is_blamed(test, &job, &packages, &stopping, "stopped, as the caller asked");
        assert_int_equal(it.toy->opened, it.toy->closed);
    }
}

/* What belongs to a job that terms name: bytes of another are the other side's fault, that nobody here runs modules is
 * not. */
static void job_is_opened_by_its_name(void **state)
{
    fixture *test = *state;
    const struct mapped it = map_items(test, "join", true, NULL, 5);
    const struct mapped other = map_items(test, "join", false, NULL, 5);
    const prom_scheme_job *opened = NULL;
    assert_ok(prom_delivery_open_job(&test->arena, &opened, &it.bytes, &it.job->named, &test->error), &test->error);
    assert_int_equal(opened->named.items, 9);
    assert_fails(prom_delivery_open_job(&test->arena, &opened, &other.bytes, &it.job->named, &test->error),
                 PROM_CATEGORY_PEER, &test->error, "program and input are not the ones that the job names");
    prom_job_bytes bytes = it.bytes;
    bytes.program = toy_program(test, "unknown", &it.job->program.module->limits);
    assert_fails(prom_delivery_open_job(&test->arena, &opened, &bytes, &it.job->named, &test->error),
                 PROM_CATEGORY_PEER, &test->error, "the toy has no such module");
    bytes = it.bytes;
    bytes.runner = NULL;
    assert_fails(prom_delivery_open_job(&test->arena, &opened, &bytes, &it.job->named, &test->error), PROM_CATEGORY_IO,
                 &test->error, "nothing here runs modules");
    assert_null(opened);
}

/* No honest package is larger, and so none has to be unsealed to be refused. */
static void packages_beyond_the_limits_are_bad(void **state)
{
    fixture *test = *state;
    const struct mapped it = map_items(test, "sum", true, NULL, 5);
    struct job job = module_job(test, &it, PROM_BASIS_POINTS_ONE);
    uint8_t *padding = new_bytes(&test->arena, 1000, 1);
    job.delivery.proof = prom_span_of(padding, 1000);
    const struct sealed sealed = seal(test, &job, &it, 0);
    const prom_delivery_packages packages = packages_of(&sealed);
    assert_bad(test, &job, &packages, "the job's output and proof make");
    job.delivery.proof = prom_span_of(padding, 32);
    const struct sealed longer = seal(test, &job, &it, 0);
    const prom_delivery_packages with_hash = packages_of(&longer);
    assert_bad(test, &job, &with_hash, "hashes are missing or left over");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(right_deliveries_are_good),          FIXTURE_TEST(lie_is_bad_where_it_is_checked),
        FIXTURE_TEST(what_could_not_be_run_is_unknown),   FIXTURE_TEST(job_is_opened_by_its_name),
        FIXTURE_TEST(packages_beyond_the_limits_are_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
