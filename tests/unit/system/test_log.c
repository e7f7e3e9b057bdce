#include "store/place.h"

#include <fcntl.h>

#include "system/log.h"

static size_t content(char *text, size_t room, const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t length = fread(text, 1, room - 1, file);
    text[length] = '\0';
    (void)fclose(file);
    return length;
}

static size_t count_lines(const char *path)
{
    static char text[1 << 20];
    size_t lines = 0;
    (void)content(text, sizeof text, path);
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    return lines;
}

static void lines_have_a_form(void **state)
{
    const struct place *place = *state;
    char text[4096];
    prom_log *log = NULL;
    struct stat status;
    const prom_log_options options = {.path = place->path, .level = PROM_LOG_INFO};
    assert_ok(prom_log_open(&log, &options, place->error), place->error);
    prom_log_write(log, PROM_LOG_WARN, "contract 0123", "%s", "evil\n2026-11-30T12:00:00Z error \x1b[31mforged\x7f");
    prom_log_write(log, PROM_LOG_DEBUG, NULL, "not wanted");
    prom_log_set_level(log, PROM_LOG_DEBUG);
    assert_int_equal(prom_log_get_level(log), PROM_LOG_DEBUG);
    prom_log_write(log, PROM_LOG_DEBUG, NULL, "wanted %d", 5);
    prom_log_write(NULL, PROM_LOG_ERROR, NULL, "nobody has it");
    prom_log_close(log);
    (void)content(text, sizeof text, place->path);
    assert_int_equal(text[4], '-');
    assert_int_equal(text[19], 'Z');
    assert_non_null(strstr(text, "Z warn [contract 0123] evil\\x0a2026-11-30T12:00:00Z error \\x1b[31mforged\\x7f\n2"));
    assert_non_null(strstr(text, "Z debug wanted 5\n"));
    assert_null(strstr(text, "not wanted"));
    assert_int_equal(count_lines(place->path), 2);
    assert_int_equal(stat(place->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void it_goes_on_and_is_closed_to_others(void **state)
{
    const struct place *place = *state;
    prom_log *log = NULL;
    struct stat status;
    const prom_log_options options = {.path = place->path, .level = PROM_LOG_INFO};
    for (int i = 0; i < 2; i++) {
        assert_ok(prom_log_open(&log, &options, place->error), place->error);
        prom_log_write(log, PROM_LOG_ERROR, NULL, "a line");
        prom_log_close(log);
        assert_int_equal(chmod(place->path, 0644), 0);
    }
    assert_int_equal(count_lines(place->path), 2);
    assert_ok(prom_log_open(&log, &options, place->error), place->error);
    assert_int_equal(stat(place->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    /* logrotate moves the file away, and says so by SIGHUP. */
    assert_int_equal(rename(place->path, place->other), 0);
    prom_log_write(log, PROM_LOG_ERROR, NULL, "to the old one");
    assert_ok(prom_log_reopen(log, &options, place->error), place->error);
    prom_log_write(log, PROM_LOG_ERROR, NULL, "to the new one");
    prom_log_close(log);
    assert_int_equal(count_lines(place->other), 3);
    assert_int_equal(count_lines(place->path), 1);
}

static void it_rotates(void **state)
{
    const struct place *place = *state;
    char old[160];
    prom_log *log = NULL;
    struct stat status;
    const prom_log_options options = {.path = place->path, .level = PROM_LOG_INFO, .max_bytes = 1000};
    assert_ok(prom_log_open(&log, &options, place->error), place->error);
    for (int i = 0; i < 100; i++) {
        prom_log_write(log, PROM_LOG_INFO, NULL, "line %d of a hundred", i);
    }
    prom_log_close(log);
    (void)snprintf(old, sizeof old, "%s.old", place->path);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(stat(i == 0 ? place->path : old, &status), 0);
        assert_true(status.st_size > 0 && status.st_size <= 1000);
        assert_int_equal(status.st_mode & 0777, 0600);
    }
}

static void strangers_are_bounded(void **state)
{
    const struct place *place = *state;
    prom_log_bound bound = {0};
    unsigned missed = 7;
    for (unsigned i = 0; i < PROM_LOG_LINES_A_MINUTE; i++) {
        assert_true(prom_log_bound_take(&bound, 10, &missed));
        assert_int_equal(missed, 0);
    }
    assert_false(prom_log_bound_take(&bound, 59.9, &missed));
    assert_false(prom_log_bound_take(&bound, 59.9, &missed));
    assert_true(prom_log_bound_take(&bound, 60, &missed));
    assert_int_equal(missed, 2);
    assert_true(prom_log_bound_take(&bound, 120, &missed));
    assert_int_equal(missed, 0);
    prom_log *log = NULL;
    const prom_log_options options = {.path = place->path, .level = PROM_LOG_INFO};
    assert_ok(prom_log_open(&log, &options, place->error), place->error);
    for (int i = 0; i < 2000; i++) {
        prom_log_write_bounded(log, PROM_LOG_INFO, NULL, "a refusal");
    }
    prom_log_write(log, PROM_LOG_ERROR, NULL, "not bounded");
    prom_log_close(log);
    const size_t lines = count_lines(place->path);
    assert_true(lines > PROM_LOG_LINES_A_MINUTE && lines <= 2 * PROM_LOG_LINES_A_MINUTE + 2);
}

static void what_is_no_file_is_refused(void **state)
{
    const struct place *place = *state;
    prom_log *log = NULL;
    assert_int_equal(mkfifo(place->path, 0600), 0);
    const prom_log_options pipe = {.path = place->path};
    assert_false(prom_is_ok(prom_log_open(&log, &pipe, place->error)));
    assert_null(log);
    const prom_log_options nowhere = {.path = "/nowhere/log"};
    assert_fails(prom_log_open(&log, &nowhere, place->error), PROM_CATEGORY_IO, place->error,
                 "the log /nowhere/log cannot be written");
    assert_int_equal(symlink(place->path, place->other), 0);
    const prom_log_options link = {.path = place->other};
    assert_false(prom_is_ok(prom_log_open(&log, &link, place->error)));
    prom_log_level level = PROM_LOG_ERROR;
    assert_true(prom_log_level_parse(&level, "debug"));
    assert_int_equal(level, PROM_LOG_DEBUG);
    assert_string_equal(prom_log_level_name(level), "debug");
    assert_false(prom_log_level_parse(&level, "loud"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(lines_have_a_form),     STORE_TEST(it_goes_on_and_is_closed_to_others), STORE_TEST(it_rotates),
        STORE_TEST(strangers_are_bounded), STORE_TEST(what_is_no_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
