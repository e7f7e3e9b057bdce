/* The file of a watchtower's key. What every file of a secret refuses is tested with the seed's. */
#include "store/place.h"

#include "tower/key.h"

static void is_read_as_it_was_made(void **state)
{
    const struct place *place = *state;
    prom_key made = {0};
    prom_key again = {0};
    prom_key other = {0};
    assert_ok(prom_tower_key_make(place->test->curve, &made, place->path, place->error), place->error);
    assert_ok(prom_tower_key_read(place->test->curve, &again, place->path, place->error), place->error);
    assert_true(prom_bytes32_equal(&made.public_key, &again.public_key));
    assert_fails(prom_tower_key_make(place->test->curve, &other, place->path, place->error), PROM_CATEGORY_BAD_INPUT,
                 place->error, "a key is never replaced");
    assert_ok(prom_tower_key_make(place->test->curve, &other, place->other, place->error), place->error);
    assert_false(prom_bytes32_equal(&made.public_key, &other.public_key));
}

static void other_lines_are_refused(void **state)
{
    static const char *const LINES[] = {
        "",
        "abandon",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
        "00000000000000000000000000000000000000000000000000000000000000010",
        "0x",
    };
    const struct place *place = *state;
    for (size_t i = 0; i < COUNT_OF(LINES); i++) {
        prom_key key = {0};
        const mode_t before = umask(077);
        FILE *file = fopen(place->path, "wb");
        (void)umask(before);
        assert_non_null(file);
        (void)fprintf(file, "%s\n", LINES[i]);
        assert_int_equal(fclose(file), 0);
        assert_false(prom_is_ok(prom_tower_key_read(place->test->curve, &key, place->path, place->error)));
        assert_non_null(strstr(place->error->sentence, place->path));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {STORE_TEST(is_read_as_it_was_made), STORE_TEST(other_lines_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
