#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"

/* A folder of its own for each test, with room for one path in it. */
struct place {
    fixture *test;
    char folder[64];
    char path[128];
};

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    void *test = NULL;
    if (place == NULL || fixture_make(&test) != 0) {
        return -1;
    }
    place->test = test;
    (void)snprintf(place->folder, sizeof place->folder, "/tmp/prom-store-XXXXXX");
    if (mkdtemp(place->folder) == NULL) {
        return -1;
    }
    (void)snprintf(place->path, sizeof place->path, "%s/party.sqlite", place->folder);
    *state = place;
    return 0;
}

static int clear_place(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    struct place *place = *state;
    void *test = place->test;
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        char path[192];
        (void)snprintf(path, sizeof path, "%s%s", place->path, suffixes[i]);
        (void)unlink(path);
    }
    const int removed = rmdir(place->folder);
    free(place);
    return fixture_free(&test) != 0 || removed != 0;
}

#define STORE_TEST(function) cmocka_unit_test_setup_teardown(function, make_place, clear_place)

static prom_store *open_store(const struct place *place)
{
    prom_store *store = NULL;
    assert_ok(prom_store_open(&store, place->path, &place->test->error), &place->test->error);
    return store;
}

static void append(const struct place *place, prom_store *store, const char *kind, const char *text)
{
    assert_ok(prom_store_append(store, kind, prom_span_of((const uint8_t *)text, strlen(text)), &place->test->error),
              &place->test->error);
}

/* That the newest record of the kind is `text`; NULL: that there is none. */
static void assert_newest(const struct place *place, prom_store *store, const char *kind, const char *text)
{
    bool found = false;
    prom_span bytes;
    assert_ok(prom_store_newest(store, &place->test->arena, &bytes, &found, kind, &place->test->error),
              &place->test->error);
    assert_int_equal(found, text != NULL);
    if (text != NULL) {
        assert_int_equal(bytes.length, strlen(text));
        assert_memory_equal(bytes.data, text, bytes.length);
    }
}

static void newest_of_a_kind_is_found(void **state)
{
    const struct place *place = *state;
    prom_store *store = open_store(place);
    assert_newest(place, store, "terms", NULL);
    append(place, store, "terms", "one");
    append(place, store, "package", "two");
    append(place, store, "terms", "three");
    append(place, store, "empty", "");
    assert_newest(place, store, "terms", "three");
    assert_newest(place, store, "package", "two");
    assert_newest(place, store, "empty", "");
    assert_newest(place, store, "term", NULL);
    assert_newest(place, store, "terms'; DROP TABLE journal; --", NULL);
    prom_store_close(store);
    prom_store_close(NULL);
}

static void records_outlive_the_store(void **state)
{
    const struct place *place = *state;
    for (size_t i = 0; i < 5; i++) {
        char text[16];
        prom_store *store = open_store(place);
        if (i > 0) {
            (void)snprintf(text, sizeof text, "record %zu", i - 1);
            assert_newest(place, store, "count", text);
        }
        (void)snprintf(text, sizeof text, "record %zu", i);
        append(place, store, "count", text);
        prom_store_close(store);
    }
}

static void any_bytes_can_be_kept(void **state)
{
    const struct place *place = *state;
    const size_t length = (size_t)1 << 22;
    uint8_t *bytes = malloc(length);
    uint64_t random = 1;
    prom_span back;
    bool found = false;
    prom_store *store = open_store(place);
    assert_non_null(bytes);
    random_bytes(&random, bytes, length);
    assert_ok(prom_store_append(store, "large", prom_span_of(bytes, length), &place->test->error), &place->test->error);
    assert_ok(prom_store_newest(store, &place->test->arena, &back, &found, "large", &place->test->error),
              &place->test->error);
    assert_true(found && prom_span_equal(back, prom_span_of(bytes, length)));
    free(bytes);
    prom_store_close(store);
}

/* It holds secrets: so do the files that SQLite puts beside it. */
static void only_the_owner_can_read_it(void **state)
{
    const struct place *place = *state;
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    const mode_t before = umask(0);
    prom_store *store = open_store(place);
    append(place, store, "seed", "secret");
    assert_int_equal(umask(before), 0); /* it has given the mask back */
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        char path[192];
        struct stat found;
        (void)snprintf(path, sizeof path, "%s%s", place->path, suffixes[i]);
        assert_int_equal(stat(path, &found), 0);
        assert_int_equal(found.st_mode & 0777, 0600);
    }
    prom_store_close(store);
}

/* Appends record after record, tells the parent the number of each one that is kept, until it is killed. */
static void append_for_ever(const struct place *place, int told)
{
    prom_error error;
    prom_store *store = NULL;
    if (!prom_is_ok(prom_store_open(&store, place->path, &error))) {
        _exit(1);
    }
    for (uint32_t i = 1;; i++) {
        if (!prom_is_ok(prom_store_append(store, "count", prom_span_of((const uint8_t *)&i, sizeof i), &error)) ||
            write(told, &i, sizeof i) != sizeof i) {
            _exit(1);
        }
    }
}

/* Whatever was told to be kept is there after kill -9. */
static void killed_process_loses_no_record(void **state)
{
    const struct place *place = *state;
    uint32_t least = 0;
    for (uint32_t round = 1; round <= 5; round++) {
        int channel[2];
        uint32_t told = 0;
        assert_int_equal(pipe(channel), 0);
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            append_for_ever(place, channel[1]);
        }
        (void)close(channel[1]);
        while (told < 20 * round) {
            assert_int_equal(read(channel[0], &told, sizeof told), sizeof told);
        }
        assert_int_equal(kill(child, SIGKILL), 0);
        while (read(channel[0], &told, sizeof told) == sizeof told) { /* what it said before it died */
        }
        (void)close(channel[0]);
        assert_int_equal(waitpid(child, NULL, 0), child);

        bool found = false;
        prom_span bytes;
        uint32_t newest = 0;
        prom_store *store = open_store(place);
        assert_ok(prom_store_newest(store, &place->test->arena, &bytes, &found, "count", &place->test->error),
                  &place->test->error);
        assert_true(found);
        memcpy(&newest, bytes.data, sizeof newest);
        assert_in_range(newest, told, told + 1);
        prom_store_close(store);
        least = told;
    }
    assert_in_range(least, 100, UINT32_MAX);
}

static void refused(const struct place *place, const char *path, const char *sentence)
{
    prom_store *store = (prom_store *)1;
    assert_fails(prom_store_open(&store, path, &place->test->error), PROM_CATEGORY_IO, &place->test->error, sentence);
    assert_non_null(strstr(place->test->error.sentence, path));
    assert_null(store);
}

static void what_is_no_database_is_refused(void **state)
{
    const struct place *place = *state;
    char path[192];
    FILE *file = fopen(place->path, "w");
    assert_non_null(file);
    (void)fputs("this is somebody's letter, and it is long enough to look at", file);
    (void)fclose(file);
    refused(place, place->path, "the store could not be opened: file is not a database");
    refused(place, place->folder, "the store could not be opened: unable to open database file");
    (void)snprintf(path, sizeof path, "%s/gone/party.sqlite", place->folder);
    refused(place, path, "the store could not be opened: unable to open database file");
}

/* In a process of its own, as a user for whom read-only means read-only; the exit status is the verdict. */
static void passes_in_a_child(const struct place *place, int (*body)(const struct place *place))
{
    const pid_t child = fork();
    int status = -1;
    assert_true(child >= 0);
    if (child == 0) {
        _exit(body(place));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int open_as_nobody(const struct place *place)
{
    prom_error error = {{0}};
    prom_store *store = NULL;
    if (geteuid() == 0 && seteuid(65534) != 0) {
        return 1;
    }
    const prom_result opened = prom_store_open(&store, place->path, &error);
    return opened.category == PROM_CATEGORY_IO && strstr(error.sentence, "unable to open database file") != NULL ? 0
                                                                                                                 : 2;
}

static void folder_that_can_not_be_written_is_refused(void **state)
{
    const struct place *place = *state;
    assert_int_equal(chmod(place->folder, 0555), 0);
    passes_in_a_child(place, open_as_nobody);
    assert_int_equal(chmod(place->folder, 0700), 0);
}

/* A limit on the size of files stands for the full disk. */
static int append_until_full(const struct place *place)
{
    static const uint8_t bytes[65536];
    const struct rlimit limit = {1 << 20, 1 << 20};
    prom_error error = {{0}};
    prom_store *store = NULL;
    (void)signal(SIGXFSZ, SIG_IGN);
    if (!prom_is_ok(prom_store_open(&store, place->path, &error)) || setrlimit(RLIMIT_FSIZE, &limit) != 0) {
        return 1;
    }
    for (int i = 0; i < 100; i++) {
        const prom_result kept = prom_store_append(store, "large", prom_span_of(bytes, sizeof bytes), &error);
        if (!prom_is_ok(kept)) {
            return kept.category == PROM_CATEGORY_IO &&
                           strstr(error.sentence, "the store could not be written: ") != NULL
                       ? 0
                       : 2;
        }
    }
    return 3;
}

/* The failure is told, and what was kept before is still there. */
static void full_disk_is_told(void **state)
{
    const struct place *place = *state;
    prom_store *store = open_store(place);
    append(place, store, "terms", "kept");
    prom_store_close(store);
    passes_in_a_child(place, append_until_full);
    store = open_store(place);
    assert_newest(place, store, "terms", "kept");
    append(place, store, "terms", "goes on");
    assert_newest(place, store, "terms", "goes on");
    prom_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(newest_of_a_kind_is_found),
        STORE_TEST(records_outlive_the_store),
        STORE_TEST(any_bytes_can_be_kept),
        STORE_TEST(only_the_owner_can_read_it),
        STORE_TEST(killed_process_loses_no_record),
        STORE_TEST(what_is_no_database_is_refused),
        STORE_TEST(folder_that_can_not_be_written_is_refused),
        STORE_TEST(full_disk_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
