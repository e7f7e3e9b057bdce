#include "store/place.h"

#include <sodium.h>

#include "daemon/locked_seed.h"

static const prom_lock_cost cheap = {1, 8};

struct asked {
    const char *passphrase;
    size_t count;
};

static prom_result answer(void *context, char passphrase[PROM_LOCK_PASSPHRASE_MAX], prom_error *error)
{
    struct asked *asked = context;
    (void)error;
    asked->count++;
    (void)snprintf(passphrase, PROM_LOCK_PASSPHRASE_MAX, "%s", asked->passphrase);
    return prom_ok();
}

static size_t content(char *text, size_t room, const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t length = fread(text, 1, room - 1, file);
    text[length] = '\0';
    (void)fclose(file);
    return length;
}

static void words_are_locked(void **state)
{
    const struct place *place = *state;
    char words[PROM_SEED_TEXT];
    char again[PROM_SEED_TEXT];
    char text[1024];
    bool locked = false;
    struct stat status;
    struct asked asked = {"open sesame", 0};
    const prom_lock_asker asker = {answer, &asked};
    assert_ok(prom_locked_seed_make(words, place->path, "open sesame", &cheap, place->error), place->error);
    assert_int_equal(stat(place->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    (void)content(text, sizeof text, place->path);
    assert_true(prom_locked_seed_is(text));
    assert_null(strstr(text, "sesame"));
    for (const char *word = strtok(strcpy(again, words), " "); word != NULL; word = strtok(NULL, " ")) {
        assert_true(strlen(word) < 5 || strstr(text, word) == NULL);
    }
    assert_ok(prom_locked_seed_read(again, &locked, place->path, &asker, place->error), place->error);
    assert_true(locked);
    assert_string_equal(again, words);
    assert_int_equal(asked.count, 1);
    asked.passphrase = "open sesamE";
    assert_fails(prom_locked_seed_read(again, &locked, place->path, &asker, place->error), PROM_CATEGORY_BAD_INPUT,
                 place->error, "this is not its passphrase");
    assert_string_equal(again, "");
    assert_fails(prom_locked_seed_make(again, place->path, "x", &cheap, place->error), PROM_CATEGORY_BAD_INPUT,
                 place->error, "is there already");
    assert_string_equal(again, "");
}

static void a_passphrase_is_changed(void **state)
{
    const struct place *place = *state;
    char words[PROM_SEED_TEXT];
    char again[PROM_SEED_TEXT];
    bool locked = true;
    prom_seed one;
    prom_seed other;
    struct stat status;
    struct asked asked = {"", 0};
    const prom_lock_asker asker = {answer, &asked};
    assert_ok(prom_locked_seed_make(words, place->path, NULL, &cheap, place->error), place->error);
    assert_ok(prom_locked_seed_load(&one, place->path, NULL, &asker, place->error), place->error);
    assert_int_equal(asked.count, 0);
    for (size_t i = 0; i < 2; i++) {
        asked.passphrase = i == 0 ? "first" : "second";
        assert_ok(prom_locked_seed_change(place->path, words, asked.passphrase, &cheap, place->error), place->error);
        assert_ok(prom_locked_seed_read(again, &locked, place->path, &asker, place->error), place->error);
        assert_true(locked);
        assert_string_equal(again, words);
        assert_int_equal(stat(place->path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
    }
    assert_ok(prom_locked_seed_load(&other, place->path, "", &asker, place->error), place->error);
    assert_memory_equal(&one, &other, sizeof one);
    assert_ok(prom_locked_seed_change(place->path, words, NULL, &cheap, place->error), place->error);
    assert_ok(prom_seed_file_read(again, place->path, place->error), place->error);
    assert_string_equal(again, words);
}

static void put(const struct place *place, const uint8_t *bytes, size_t length)
{
    char text[1024] = "prometheus-seed-1 ";
    (void)sodium_bin2base64(text + strlen(text), sizeof text - strlen(text), bytes, length,
                            sodium_base64_VARIANT_ORIGINAL);
    FILE *file = fopen(place->path, "wb");
    assert_non_null(file);
    (void)fprintf(file, "%s\n", text);
    (void)fclose(file);
}

/* Every byte counts; and what would cost too much is never begun. */
static void damage_is_found(void **state)
{
    const struct place *place = *state;
    char words[PROM_SEED_TEXT];
    char text[1024];
    uint8_t whole[512];
    size_t length = 0;
    bool locked = false;
    struct asked asked = {"p", 0};
    const prom_lock_asker asker = {answer, &asked};
    assert_ok(prom_locked_seed_make(words, place->path, "p", &cheap, place->error), place->error);
    text[content(text, sizeof text, place->path) - 1] = '\0';
    assert_int_equal(sodium_base642bin(whole, sizeof whole, text + strlen("prometheus-seed-1 "),
                                       strlen(text) - strlen("prometheus-seed-1 "), NULL, &length, NULL,
                                       sodium_base64_VARIANT_ORIGINAL),
                     0);
    for (size_t at = 0; at < length; at += 13) {
        whole[at] ^= 0x40;
        put(place, whole, length);
        assert_false(prom_is_ok(prom_locked_seed_read(words, &locked, place->path, &asker, place->error)));
        assert_string_equal(words, "");
        whole[at] ^= 0x40;
    }
    for (size_t at = 16; at <= 20; at += 4) { /* passes, and memory */
        const uint8_t before = whole[at];
        whole[at] = 0x7f;
        put(place, whole, length);
        asked.count = 0;
        assert_fails(prom_locked_seed_read(words, &locked, place->path, &asker, place->error), PROM_CATEGORY_BAD_INPUT,
                     place->error, "would cost what no program asks for");
        assert_int_equal(asked.count, 0);
        whole[at] = before;
    }
    put(place, whole, length - 1);
    assert_fails(prom_locked_seed_read(words, &locked, place->path, &asker, place->error), PROM_CATEGORY_BAD_INPUT,
                 place->error, "holds no whole encrypted seed");
    assert_int_equal(prom_lock_cost_usual().kibibytes, 256 << 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(words_are_locked),
        STORE_TEST(a_passphrase_is_changed),
        STORE_TEST(damage_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
