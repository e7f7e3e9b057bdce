#include "store/place.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "daemon/notify.h"

static int listen_at(const char *path, bool abstract)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    const int made = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s%.100s", abstract ? "@" : "", path);
    const size_t length = strlen(name.sun_path);
    name.sun_path[0] = abstract ? '\0' : name.sun_path[0];
    assert_int_equal(
        bind(made, (const struct sockaddr *)&name, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)), 0);
    return made;
}

static void it_is_told(void **state)
{
    const struct place *place = *state;
    char text[64];
    char name[160];
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    prom_notify("READY=1"); /* to nobody */
    for (int abstract = 0; abstract < 2; abstract++) {
        const int manager = listen_at(place->path, abstract == 1);
        (void)snprintf(name, sizeof name, "%s%s", abstract == 1 ? "@" : "", place->path);
        assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
        prom_notify("READY=1");
        const ssize_t got = recv(manager, text, sizeof text, 0);
        assert_int_equal(got, 7);
        assert_memory_equal(text, "READY=1", 7);
        (void)close(manager);
        prom_notify("STOPPING=1"); /* to one who has gone */
    }
    assert_int_equal(setenv("NOTIFY_SOCKET", "relative", 1), 0);
    prom_notify("READY=1");
}

static void the_watchdog_has_a_period(void **state)
{
    (void)state;
    assert_int_equal(unsetenv("WATCHDOG_USEC"), 0);
    assert_int_equal(prom_notify_watchdog(), 0);
    assert_int_equal(setenv("WATCHDOG_USEC", "30000000", 1), 0);
    assert_int_equal(prom_notify_watchdog(), 15000);
    assert_int_equal(setenv("WATCHDOG_USEC", "-1", 1), 0);
    assert_int_equal(prom_notify_watchdog(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {STORE_TEST(it_is_told), STORE_TEST(the_watchdog_has_a_period)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
