/* What jobs have on the disk, from the order until the owner forgets it. */
#include "trade/buying.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include <unistd.h>

#include "node/beginning.h"
#include "system/clock.h"

static bool there(const struct buying *buying, const prom_bytes32 *id, const char *name)
{
    prom_batch_folder folder;
    char path[PATH_MAX];
    assert_ok(prom_batch_folder_of(&folder, buying->host->folder, id, false, &buying->test->error),
              &buying->test->error);
    assert_ok(prom_batch_path(path, &folder, name, &buying->test->error), &buying->test->error);
    return access(path, F_OK) == 0;
}

/* Files of a job that no database has. */
static prom_bytes32 make_unknown(const struct buying *buying, size_t number, const char *name)
{
    const prom_bytes32 id = named("a job that was never ordered", number);
    prom_batch_folder folder;
    char path[PATH_MAX];
    assert_ok(prom_batch_folder_of(&folder, buying->host->folder, &id, true, &buying->test->error),
              &buying->test->error);
    assert_ok(prom_batch_path(path, &folder, PROM_BATCH_PROGRAM, &buying->test->error), &buying->test->error);
    assert_ok(prom_file_write(path, buying->files.bytes.program, &buying->test->error), &buying->test->error);
    assert_ok(prom_batch_path(path, &folder, name, &buying->test->error), &buying->test->error);
    assert_ok(prom_file_write(path, buying->files.bytes.input, &buying->test->error), &buying->test->error);
    return id;
}

/* A crash between the files and the order leaves nothing for ever: it goes at the next start, and with the next block.
 */
static void what_no_job_has_goes(void **state)
{
    struct buying *buying = buying_new(*state);
    const prom_job_request request = buying_request(buying);
    const prom_bytes32 id = buying_order(buying, &request);
    const prom_bytes32 first = make_unknown(buying, 1, PROM_BATCH_INPUT);
    const prom_bytes32 result = make_unknown(buying, 2, PROM_BATCH_OUTPUT);
    assert_true(there(buying, &first, PROM_BATCH_INPUT));
    buying_restart(buying);
    assert_false(there(buying, &first, PROM_BATCH_INPUT) || there(buying, &first, PROM_BATCH_PROGRAM));
    assert_true(there(buying, &result, PROM_BATCH_OUTPUT)); /* of a database that is no more */
    assert_true(there(buying, &id, PROM_BATCH_INPUT) && there(buying, &id, PROM_BATCH_PROGRAM));
    buying_turn(buying);
    const prom_bytes32 second = make_unknown(buying, 3, PROM_BATCH_INPUT);
    buying_turn(buying);
    assert_true(there(buying, &second, PROM_BATCH_INPUT));
    host_block(buying->host, NULL, 0);
    buying_turn(buying);
    assert_false(there(buying, &second, PROM_BATCH_INPUT));
    assert_true(there(buying, &id, PROM_BATCH_INPUT));
    buying_free(buying);
}

/* A job whose contracts are settled keeps program and output; what a crash came before is caught up with. */
static prom_bytes32 have_done(struct buying *buying, const prom_job_request *request)
{
    const prom_bytes32 id = buying_order(buying, request);
    prom_error reason;
    uint64_t bytes = 0;
    (void)buying_begin(buying);
    prom_node_channel *channel = buying_make_live(buying);
    host_mine_tx(buying->host, PROM_TX0);
    buying_turn(buying);
    assert_fails(prom_jobs_forget(buying->jobs, &bytes, &id, &reason), PROM_CATEGORY_BAD_INPUT, &reason,
                 "has not ended, and its contracts need its files: cancel it");
    (void)buying_write_made(buying, channel);
    buying_turn(buying);
    assert_true(buying_facts(buying)->merged);
    assert_fails(prom_jobs_forget(buying->jobs, &bytes, &id, &reason), PROM_CATEGORY_BAD_INPUT, &reason,
                 "has not ended, and its contracts need its files: forget it when"); /* there is nothing to cancel */
    assert_true(there(buying, &id, PROM_BATCH_INPUT));
    host_mine_tx(buying->host, PROM_TX4);
    host_block(buying->host, NULL, 0);
    buying_turn(buying);
    assert_int_equal(buying->jobs->open_count, 0);
    return id;
}

/* A folder as a command makes it that orders, so many seconds ago. */
static void bring(const struct buying *buying, prom_batch_folder *folder, const char *name, int64_t seconds)
{
    const struct timespec times[2] = {{.tv_sec = time(NULL) - seconds}, {.tv_sec = time(NULL) - seconds}};
    char path[PATH_MAX];
    (void)snprintf(folder->path, sizeof folder->path, "%.3000s/%s", buying->host->folder, name);
    assert_int_equal(mkdir(folder->path, 0700), 0);
    assert_ok(prom_batch_path(path, folder, PROM_BATCH_INPUT, &buying->test->error), &buying->test->error);
    assert_ok(prom_file_write(path, buying->files.bytes.input, &buying->test->error), &buying->test->error);
    assert_int_equal(utimensat(AT_FDCWD, folder->path, times, 0), 0);
}

/* What a command that was killed has left goes with a start, and not what another one may be using. */
static void what_was_brought_long_ago_goes(void **state)
{
    enum { DAY = 24 * 60 * 60 };
    struct buying *buying = buying_new(*state);
    prom_batch_folder left, used, other;
    bring(buying, &left, "job-abcdef", DAY + 60);
    bring(buying, &used, "job-ghijkl", DAY - 60);
    bring(buying, &other, "job-abcdefg", DAY + 60);
    buying_restart(buying);
    assert_int_not_equal(access(left.path, F_OK), 0);
    assert_int_equal(access(used.path, F_OK), 0);
    assert_int_equal(access(other.path, F_OK), 0);
    (void)prom_batch_delete(&used);
    (void)prom_batch_delete(&other);
    buying_free(buying);
}

static void a_job_that_has_ended_keeps_its_result(void **state)
{
    struct buying *buying = buying_new(*state);
    const prom_job_request request = buying_request(buying);
    const prom_bytes32 id = have_done(buying, &request);
    prom_batch_folder folder;
    char path[PATH_MAX];
    assert_true(there(buying, &id, PROM_BATCH_PROGRAM) && there(buying, &id, PROM_BATCH_OUTPUT));
    assert_false(there(buying, &id, PROM_BATCH_INPUT) || there(buying, &id, "input-0") ||
                 there(buying, &id, "output-1"));
    assert_ok(prom_batch_folder_of(&folder, buying->host->folder, &id, false, &buying->test->error),
              &buying->test->error);
    assert_ok(prom_batch_path(path, &folder, PROM_BATCH_INPUT, &buying->test->error), &buying->test->error);
    assert_ok(prom_file_write(path, buying->files.bytes.input, &buying->test->error), &buying->test->error);
    buying_restart(buying);
    assert_false(there(buying, &id, PROM_BATCH_INPUT));
    assert_true(there(buying, &id, PROM_BATCH_OUTPUT));
    buying_free(buying);
}

/* The node goes on while a large program is read, and the round begins when it is. */
static void a_large_program_is_read_beside(void **state)
{
    enum { PATIENCE_MS = 20000 };
    struct buying *buying = buying_new(*state);
    const prom_job_request request = buying_request(buying);
    const prom_bytes32 id = buying_order(buying, &request);
    const int64_t began = prom_clock_milliseconds();
    prom_batch_folder folder;
    char path[PATH_MAX];
    assert_ok(prom_batch_folder_of(&folder, buying->host->folder, &id, false, &buying->test->error),
              &buying->test->error);
    assert_ok(prom_batch_path(path, &folder, PROM_BATCH_INPUT "-1", &buying->test->error), &buying->test->error);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(ftruncate(fileno(file), (off_t)PROM_ERRAND_SMALL), 0);
    assert_int_equal(fclose(file), 0);
    buying_turn(buying);
    assert_null(buying_job(buying)->placing);
    assert_non_null(buying_job(buying)->errand);
    while (buying_job(buying)->placing == NULL) {
        assert_true(prom_clock_milliseconds() - began < PATIENCE_MS);
        buying_turn(buying);
    }
    assert_null(buying_job(buying)->errand);
    assert_true(buying_job(buying)->placing->work.program.integers->input.count > 0);
    buying_free(buying);
}

static void count_copies(void *context, const prom_report *report)
{
    size_t *copies = context;
    *copies += strstr(report->text, "it is copied") != NULL;
}

/* Where no second name can be made the file is copied, and its owner hears why the node stands still. */
static void what_gets_no_second_name_is_copied(void **state)
{
    struct buying *buying = buying_new(*state);
    const prom_job_request request = buying_request(buying);
    const prom_bytes32 id = buying_order(buying, &request);
    prom_node *node = buying->host->node;
    prom_batch_folder folder;
    char path[PATH_MAX];
    struct stat status;
    size_t copies = 0;
    (void)buying_begin(buying);
    assert_ok(prom_batch_folder_of(&folder, buying->host->folder, &id, false, &buying->test->error),
              &buying->test->error);
    assert_ok(prom_batch_path(path, &folder, PROM_BATCH_PROGRAM, &buying->test->error), &buying->test->error);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(buying->files.program_path, path), 0);
    const uint64_t channel = node->pending[0].channel;
    const prom_bytes32 hash = node->pending[0].terms.job.program_digest;
    node->pending[0].answered = PROM_PARTIES_ASKED;
    node->observer.context = &copies;
    node->observer.report = count_copies;
    prom_node_go_on_beginning(node);
    assert_int_equal(copies, 1);
    assert_ok(prom_node_body_path(node, path, channel, PROM_BODY_PROGRAM, &hash, &buying->test->error),
              &buying->test->error);
    assert_true(lstat(path, &status) == 0 && S_ISREG(status.st_mode));
    buying_free(buying);
}

/* Its record stays, and what it has made is made anew where it is wanted again. */
static void a_job_is_forgotten(void **state)
{
    struct buying *buying = buying_new(*state);
    fixture *test = buying->test;
    const prom_job_request request = buying_request(buying);
    const prom_bytes32 id = have_done(buying, &request);
    prom_ordered *read = NULL;
    char hex[PROM_HEX32];
    prom_jobs_ordered other;
    uint64_t bytes = 0;
    assert_true(prom_jobs_have_output(buying->jobs, &id));
    assert_ok(prom_jobs_order(buying->jobs, &other, &request, &test->error), &test->error);
    assert_true(other.taken_up);
    const uint64_t had = prom_jobs_bytes(buying->jobs, &id);
    assert_ok(prom_jobs_forget(buying->jobs, &bytes, &id, &test->error), &test->error);
    assert_true(bytes > buying->files.bytes.program.length);
    assert_int_equal(bytes, had);
    assert_non_null(strstr(buying->last, "its files are deleted"));
    assert_false(there(buying, &id, PROM_BATCH_OUTPUT) || there(buying, &id, PROM_BATCH_PROGRAM));
    assert_false(prom_jobs_have_output(buying->jobs, &id));
    assert_int_equal(prom_jobs_bytes(buying->jobs, &id), 0);
    assert_ok(prom_jobs_find(buying->jobs, &test->arena, &read, prom_hex32(hex, &id), &test->error), &test->error);
    assert_int_equal(read->job->end, PROM_JOB_END_DONE);
    assert_ok(prom_jobs_forget(buying->jobs, &bytes, &id, &test->error), &test->error);
    assert_int_equal(bytes, 0);
    assert_ok(prom_jobs_order(buying->jobs, &other, &request, &test->error), &test->error);
    assert_false(other.taken_up || prom_bytes32_equal(&other.id, &id));
    buying_free(buying);
}

/* What a job would bring beside those that are there is counted before anything is written. */
static void a_job_that_does_not_fit_is_refused(void **state)
{
    struct buying *buying = buying_new(*state);
    prom_job_request request = buying_request(buying);
    const uint64_t its = buying->files.bytes.program.length + 2 * buying->files.bytes.input.length;
    const uint64_t copied = its - buying->files.bytes.input.length;
    prom_node_policy *policy = &buying->host->node->policies[PROM_ROLE_CLIENT];
    prom_jobs_ordered other;
    policy->disk_max = its + copied;
    const prom_bytes32 first = buying_order(buying, &request);
    assert_int_equal(buying->jobs->bytes, copied);
    assert_int_equal(prom_jobs_bytes(buying->jobs, &first), copied);
    request.again = true;
    policy->disk_max--;
    assert_fails(prom_jobs_order(buying->jobs, &other, &request, &buying->test->error), PROM_CATEGORY_BAD_INPUT,
                 &buying->test->error, "client_disk_mb in prom.conf allows");
    assert_int_equal(buying->jobs->open_count, 1);
    assert_int_equal(buying->jobs->bytes, copied);
    policy->disk_max++;
    (void)buying_order(buying, &request);
    assert_int_equal(buying->jobs->bytes, 2 * copied);
    buying_free(buying);
}

static void assert_input_is(const struct buying *buying, const prom_bytes32 *id, prom_span bytes)
{
    fixture *test = buying->test;
    prom_batch_folder folder;
    char path[PATH_MAX];
    prom_span read;
    assert_ok(prom_batch_folder_of(&folder, buying->host->folder, id, false, &test->error), &test->error);
    assert_ok(prom_batch_path(path, &folder, PROM_BATCH_INPUT, &test->error), &test->error);
    assert_ok(prom_file_load(&test->arena, &read, path, bytes.length, &test->error), &test->error);
    assert_int_equal(read.length, bytes.length);
    assert_memory_equal(read.data, bytes.data, bytes.length);
}

/* What is bought is what the files have when it is ordered, whatever was read of them before for somebody who is gone.
 */
static void what_is_ordered_is_what_the_files_have(void **state)
{
    struct buying *buying = buying_new(*state);
    const prom_job_request request = buying_request(buying);
    const prom_span input = buying->files.bytes.input;
    struct staged *staged = NULL;
    uint8_t *other = malloc(input.length);
    char path[PATH_MAX];
    assert_non_null(other);
    memcpy(other, input.data, input.length);
    other[input.length - 1] ^= 1;
    assert_ok(prom_jobs_stage(buying->jobs, &staged, &request, PROM_STAGED_ORDER, &buying->test->error),
              &buying->test->error);
    assert_non_null(staged);
    files_write(&buying->files, path, PROM_BATCH_INPUT, prom_span_of(other, input.length)); /* as many bytes */
    const prom_bytes32 id = buying_order(buying, &request);
    assert_input_is(buying, &id, prom_span_of(other, input.length));
    free(other);
    buying_free(buying);
}

/* A quote takes nothing away from an order of the same files that is under way. */
static void a_quote_and_an_order_stand_apart(void **state)
{
    struct buying *buying = buying_new(*state);
    const prom_job_request request = buying_request(buying);
    struct staged *staged = NULL;
    bool later = true;
    assert_ok(prom_jobs_stage(buying->jobs, &staged, &request, PROM_STAGED_ORDER, &buying->test->error),
              &buying->test->error);
    assert_ok(prom_jobs_stage_copy(buying->jobs, staged, &later, &buying->test->error), &buying->test->error);
    const prom_bytes32 id = staged->id;
    (void)buying_ask(buying);
    assert_true(there(buying, &id, PROM_BATCH_INPUT));
    const prom_bytes32 ordered = buying_order(buying, &request);
    assert_memory_equal(&ordered, &id, sizeof id);
    buying_free(buying);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_no_job_has_goes),
        FIXTURE_TEST(what_was_brought_long_ago_goes),
        FIXTURE_TEST(a_job_that_has_ended_keeps_its_result),
        FIXTURE_TEST(a_large_program_is_read_beside),
        FIXTURE_TEST(what_gets_no_second_name_is_copied),
        FIXTURE_TEST(a_job_is_forgotten),
        FIXTURE_TEST(a_job_that_does_not_fit_is_refused),
        FIXTURE_TEST(what_is_ordered_is_what_the_files_have),
        FIXTURE_TEST(a_quote_and_an_order_stand_apart),
    };
    return cmocka_run_group_tests_name("trade/jobs_files", tests, NULL, NULL);
}
