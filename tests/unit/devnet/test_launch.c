/* Ports for those who are told them. */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "devnet/launch.h"

/* Whether somebody can listen at 127.0.0.1:port; `reuse`: as nodes and bitcoind do. */
static bool can_listen(uint16_t port, bool reuse)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    const int one = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(one >= 0);
    assert_true(!reuse || setsockopt(one, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
    const bool can = bind(one, (const struct sockaddr *)&address, sizeof address) == 0 && listen(one, 1) == 0;
    assert_true(can || errno == EADDRINUSE);
    (void)close(one);
    return can;
}

/* What stands in the way of a socket that names the port stands in the way of the kernel's choice too. */
static void test_held_port(void **state)
{
    prom_error error;
    uint16_t port = 0;
    int held;
    (void)state;
    assert_ok(prom_devnet_hold_port(&port, &held, &error), &error);
    assert_true(port != 0);
    assert_false(can_listen(port, false));
    assert_true(can_listen(port, true));
    assert_true(can_listen(port, true)); /* and when it starts anew */
    (void)close(held);
    assert_true(can_listen(port, false));
}

static void test_port_of_a_listener(void **state)
{
    prom_error error;
    uint16_t port = 0;
    int held;
    int other;
    (void)state;
    assert_ok(prom_devnet_hold_port(&port, &held, &error), &error);
    assert_int_equal(listen(held, 1), 0);
    assert_fails(prom_devnet_hold_port(&port, &other, &error), PROM_CATEGORY_IO, &error, "cannot be used");
    assert_int_equal(other, -1);
    assert_fails(prom_devnet_probe_port(&port, &error), PROM_CATEGORY_IO, &error, "cannot be used");
    (void)close(held);
    assert_ok(prom_devnet_probe_port(&port, &error), &error);
    assert_true(can_listen(port, false)); /* it is let go of */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_held_port),
        cmocka_unit_test(test_port_of_a_listener),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
