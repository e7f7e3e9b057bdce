#include "support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "system/terminal_line.h"

/* What a terminal of so many columns is sent; 0: one that does not know how wide it is. */
static void check(unsigned short columns, const char *expected)
{
    const struct winsize size = {.ws_row = 24, .ws_col = columns};
    char sent[128] = {0};
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    FILE *stream = fopen(ptsname(terminal), "r+");
    assert_non_null(stream);
    assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
    prom_terminal_line(stream, "%d of %d items done", 12, 360);
    prom_terminal_line_end(stream);
    assert_int_equal(fflush(stream), 0);
    assert_true(read(terminal, sent, sizeof sent - 1) > 0);
    assert_string_equal(sent, expected);
    assert_int_equal(fclose(stream), 0);
    assert_int_equal(close(terminal), 0);
}

/* The last column is the cursor's: a line that fills it is broken by some terminals. */
static void a_line_is_never_broken(void **state)
{
    (void)state;
    check(80, "\r\033[K12 of 360 items done\r\033[K");
    check(21, "\r\033[K12 of 360 items done\r\033[K");
    check(20, "\r\033[K12 of 360 items don\r\033[K");
    check(6, "\r\033[K12 of\r\033[K");
    check(1, "\r\033[K\r\033[K");
    check(0, "\r\033[K12 of 360 items done\r\033[K");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_never_broken),
    };
    return cmocka_run_group_tests_name("system/terminal_line", tests, NULL, NULL);
}
