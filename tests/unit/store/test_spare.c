#include "store/place.h"

#include "store/spare.h"

static uint64_t blocks_of(const struct place *place, uint64_t *size)
{
    char path[160];
    struct stat status;
    (void)snprintf(path, sizeof path, "%s.spare", place->path);
    if (stat(path, &status) != 0) {
        return 0;
    }
    *size = (uint64_t)status.st_size;
    return (uint64_t)status.st_blocks * 512;
}

static void room_is_taken_and_given_back(void **state)
{
    const struct place *place = *state;
    uint64_t size = 0;
    prom_store *store = open_store(place);
    assert_false(prom_store_has_spare(store));
    assert_ok(prom_store_release_spare(store, place->error), place->error);
    for (size_t i = 0; i < 2; i++) {
        assert_ok(prom_store_spare(store, place->error), place->error);
        assert_true(prom_store_has_spare(store));
        assert_true(blocks_of(place, &size) >= PROM_SPARE_BYTES);
        assert_int_equal(size, PROM_SPARE_BYTES);
    }
    assert_ok(prom_store_release_spare(store, place->error), place->error);
    assert_false(prom_store_has_spare(store));
    assert_int_equal(blocks_of(place, &size), 0);
    prom_store_close(store);
}

/* As of a file that was copied by a program that leaves zeros out. */
static void hole_is_no_room(void **state)
{
    const struct place *place = *state;
    uint64_t size = 0;
    char path[160];
    prom_store *store = open_store(place);
    (void)snprintf(path, sizeof path, "%s.spare", place->path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    (void)fclose(file);
    assert_int_equal(truncate(path, (off_t)PROM_SPARE_BYTES), 0);
    assert_false(prom_store_has_spare(store));
    assert_ok(prom_store_spare(store, place->error), place->error);
    assert_true(blocks_of(place, &size) >= PROM_SPARE_BYTES);
    assert_ok(prom_store_release_spare(store, place->error), place->error);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(prom_store_has_spare(store));
    assert_fails(prom_store_spare(store, place->error), PROM_CATEGORY_IO, place->error, "cannot be deleted");
    assert_int_equal(rmdir(path), 0);
    prom_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {STORE_TEST(room_is_taken_and_given_back), STORE_TEST(hole_is_no_room)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
