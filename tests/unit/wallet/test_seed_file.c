#include "store/place.h"

#include "wallet/seed_file.h"

static void put_file(const struct place *place, const char *text, size_t length)
{
    (void)unlink(place->path);
    const mode_t before = umask(077);
    FILE *file = fopen(place->path, "wb");
    (void)umask(before);
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    (void)fclose(file);
}

static void assert_refused(const struct place *place, const char *part)
{
    static const char none[PROM_SEED_TEXT];
    char words[PROM_SEED_TEXT] = "left over";
    assert_fails(prom_seed_file_read(words, place->path, place->error), PROM_CATEGORY_BAD_INPUT, place->error, part);
    assert_memory_equal(words, none, sizeof words);
}

static void seed_is_made_once(void **state)
{
    const struct place *place = *state;
    char first[PROM_SEED_TEXT];
    char words[PROM_SEED_TEXT];
    struct stat status;
    prom_seed seed;
    const mode_t before = umask(0);
    assert_ok(prom_seed_file_make(first, place->path, place->error), place->error);
    (void)umask(before);
    assert_ok(prom_seed_make(&seed, first, NULL, place->error), place->error);
    assert_int_equal(stat(place->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_fails(prom_seed_file_make(words, place->path, place->error), PROM_CATEGORY_BAD_INPUT, place->error,
                 "is there already, and a seed is never replaced");
    assert_string_equal(words, "");
    assert_ok(prom_seed_file_read(words, place->path, place->error), place->error);
    assert_string_equal(words, first);
    assert_ok(prom_seed_file_make(words, place->other, place->error), place->error);
    assert_string_not_equal(words, first);
    assert_fails(prom_seed_file_make(words, "/nowhere/seed", place->error), PROM_CATEGORY_IO, place->error,
                 "/nowhere/seed cannot be made");
}

static void other_files_are_refused(void **state)
{
    const struct place *place = *state;
    char words[PROM_SEED_TEXT];
    char text[2 * PROM_SEED_TEXT];
    assert_refused(place, "cannot be read: No such file");
    assert_ok(prom_seed_file_make(words, place->path, place->error), place->error);
    for (mode_t bit = 1; bit < 0100; bit = (mode_t)(bit << 1)) {
        assert_int_equal(chmod(place->path, 0600 | bit), 0);
        assert_refused(place, "is open to others than its owner: close it to them");
    }
    const int whole = snprintf(text, sizeof text, "%s\n", words);
    put_file(place, text, (size_t)whole);
    assert_ok(prom_seed_file_read(words, place->path, place->error), place->error);
    put_file(place, text, (size_t)whole - 1);
    assert_refused(place, "has no end, so it may be cut off: end it with a newline");
    put_file(place, "abandon\nabandon\n", 16);
    assert_refused(place, "does not hold one line with a seed");
    text[3] = '\0';
    put_file(place, text, (size_t)whole);
    assert_refused(place, "does not hold one line");
    put_file(place, "", 0);
    assert_refused(place, "does not hold one line");
    put_file(place, "abandon abandon\n", 16);
    assert_refused(place, "a seed has 24 words, and these are 2");
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\n';
    put_file(place, text, sizeof text);
    assert_refused(place, "does not hold one line");
    assert_int_equal(unlink(place->path), 0);
    assert_int_equal(mkdir(place->path, 0700), 0);
    assert_refused(place, "is no file with a seed");
    assert_int_equal(rmdir(place->path), 0);
}

static void seed_is_made_of_words_and_passphrase(void **state)
{
    const struct place *place = *state;
    static const prom_seed none;
    char words[PROM_SEED_TEXT];
    char in_folder[160];
    prom_seed plain;
    prom_seed expected;
    prom_seed seed;
    (void)snprintf(in_folder, sizeof in_folder, "%s/words", place->folder);
    assert_ok(prom_seed_file_make(words, in_folder, place->error), place->error);
    assert_ok(prom_seed_make(&plain, words, NULL, place->error), place->error);
    assert_ok(prom_seed_make(&expected, words, "a secret", place->error), place->error);
    assert_ok(prom_seed_file_load(&seed, place->folder, NULL, NULL, place->error), place->error);
    assert_memory_equal(&seed, &plain, sizeof seed);
    put_file(place, "a secret\n", 9);
    assert_ok(prom_seed_file_load(&seed, place->folder, NULL, place->path, place->error), place->error);
    assert_memory_equal(&seed, &expected, sizeof seed);
    assert_ok(prom_seed_file_load(&seed, "/nowhere", in_folder, place->path, place->error), place->error);
    assert_memory_equal(&seed, &expected, sizeof seed);
    put_file(place, "a secret", 8);
    assert_fails(prom_seed_file_load(&seed, place->folder, NULL, place->path, place->error), PROM_CATEGORY_BAD_INPUT,
                 place->error, "has no end");
    assert_memory_equal(&seed, &none, sizeof seed);
    assert_int_equal(unlink(in_folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {STORE_TEST(seed_is_made_once), STORE_TEST(other_files_are_refused),
                                       STORE_TEST(seed_is_made_of_words_and_passphrase)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
