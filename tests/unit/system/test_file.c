#include "support.h"

#include <sys/stat.h>
#include <unistd.h>

#include "system/file.h"

static const char content[] = "some bytes";

/* A file with the number of one that was read before, which is what a file system gives to a new file at once. */
static void replace(fixture *test, const char *path, bool refused)
{
    const prom_span bytes = prom_span_of((const uint8_t *)content, sizeof content);
    const prom_result written = prom_file_write(path, bytes, &test->error);
    assert_int_equal(written.category, refused ? PROM_CATEGORY_BAD_INPUT : PROM_CATEGORY_OK);
}

static void make_path(char path[64])
{
    (void)snprintf(path, 64, "/tmp/prom-file-XXXXXX");
    const int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(close(file), 0);
}

static void test_an_input_is_not_replaced(void **state)
{
    fixture *test = *state;
    char path[64];
    prom_span read;
    make_path(path);
    replace(test, path, false);
    assert_ok(prom_file_read(&test->arena, &read, path, sizeof content, &test->error), &test->error);
    assert_memory_equal(read.data, content, sizeof content);
    replace(test, path, true);
    assert_int_equal(unlink(path), 0);
}

static ino_t inode_of(const char *path, nlink_t *links)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    *links = status.st_nlink;
    return status.st_ino;
}

/* One content, two names: what takes one of them changes nothing under the other. */
static void test_a_file_gets_a_second_name(void **state)
{
    fixture *test = *state;
    char from[64];
    char to[64];
    nlink_t links = 0;
    prom_span read;
    make_path(from);
    make_path(to);
    replace(test, from, false);
    for (unsigned i = 0; i < 2; i++) { /* in place of another file, and of itself */
        assert_ok(prom_file_link(from, to, &test->error), &test->error);
        assert_int_equal(inode_of(from, &links), inode_of(to, &links));
        assert_int_equal(links, 2);
    }
    assert_ok(prom_file_write(from, prom_span_of((const uint8_t *)"other", 5), &test->error), &test->error);
    assert_ok(prom_file_load(&test->arena, &read, to, sizeof content, &test->error), &test->error);
    assert_memory_equal(read.data, content, sizeof content);
    (void)inode_of(to, &links);
    assert_int_equal(links, 1);
    assert_int_equal(unlink(from), 0);
    assert_fails(prom_file_link(from, to, &test->error), PROM_CATEGORY_IO, &test->error, "cannot have the name");
    assert_int_equal(unlink(to), 0);
}

static void test_an_own_file_is(void **state)
{
    fixture *test = *state;
    char path[64];
    prom_span read;
    make_path(path);
    for (int i = 0; i < 3; i++) {
        replace(test, path, false);
        assert_ok(prom_file_load(&test->arena, &read, path, sizeof content, &test->error), &test->error);
        assert_memory_equal(read.data, content, sizeof content);
    }
    assert_int_equal(unlink(path), 0);
}

/* Nobody writes there, and whoever waited for that would wait for ever. */
static void test_an_own_file_is_no_pipe(void **state)
{
    fixture *test = *state;
    char path[64];
    prom_span read;
    make_path(path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    (void)alarm(10);
    assert_fails(prom_file_load(&test->arena, &read, path, sizeof content, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "is not a file");
    assert_fails(prom_file_load(&test->arena, &read, "-", sizeof content, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "- cannot be read");
    (void)alarm(0);
    assert_int_equal(unlink(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_an_own_file_is), FIXTURE_TEST(test_an_own_file_is_no_pipe),
        FIXTURE_TEST(test_a_file_gets_a_second_name),
        FIXTURE_TEST(test_an_input_is_not_replaced), /* last: another file may get the number of its input */
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
