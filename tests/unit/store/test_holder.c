#include "store/place.h"

#include <fcntl.h>

#include "store/holder.h"

static void holder_is_named(void **state)
{
    const struct place *place = *state;
    char text[PROM_HOLDER_TEXT];
    char expected[PROM_HOLDER_TEXT];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    assert_string_equal(prom_holder_name(text, place->path), "another process"); /* no such file */
    const int file = open(place->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_string_equal(prom_holder_name(text, place->path), "another process"); /* which nobody holds */
    assert_int_equal(fcntl(file, F_SETLK, &lock), 0);
    (void)snprintf(expected, sizeof expected, "unit.store.hold (process %d)", (int)getpid());
    assert_string_equal(prom_holder_name(text, place->path), expected);
    (void)close(file);
    assert_string_equal(prom_holder_name(text, place->path), "another process");
}

int main(void)
{
    const struct CMUnitTest tests[] = {STORE_TEST(holder_is_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
