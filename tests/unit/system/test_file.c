#include "support.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_an_own_file_is), /* first: it may get the number of the other's */
        FIXTURE_TEST(test_an_input_is_not_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
