/* Names that the machine itself knows, so that no resolver elsewhere is asked. */
#include "support.h"

#include <poll.h>

#include "net/resolve.h"

static prom_endpoint name_of(const char *host)
{
    prom_endpoint endpoint = {.kind = PROM_ENDPOINT_NAME, .port = 7};
    (void)snprintf(endpoint.host, sizeof endpoint.host, "%s", host);
    return endpoint;
}

static uint64_t wait_for_one(prom_resolver *resolver, prom_resolved *resolved)
{
    struct pollfd answers = {.fd = prom_resolver_descriptor(resolver), .events = POLLIN};
    uint64_t ticket = 0;
    do {
        assert_int_equal(poll(&answers, 1, 20000), 1);
    } while (!prom_resolver_take(resolver, &ticket, resolved));
    return ticket;
}

static void test_names(void **state)
{
    fixture *test = *state;
    const prom_endpoint good = name_of("localhost");
    const prom_endpoint bad = name_of("a..b"); /* no resolver is asked for what is none */
    prom_resolver *resolver = NULL;
    prom_resolved resolved;
    uint64_t ticket = 0;
    assert_ok(prom_resolver_new(&resolver, &test->error), &test->error);
    assert_false(prom_resolver_take(resolver, &ticket, &resolved));
    assert_true(prom_resolver_ask(resolver, 3, &good));
    assert_true(prom_resolver_ask(resolver, 4, &bad));
    assert_int_equal(wait_for_one(resolver, &resolved), 3);
    assert_in_range(resolved.count, 1, PROM_RESOLVED_MAX);
    assert_int_equal(resolved.endpoints[0].port, 7);
    assert_false(prom_endpoint_is_public(&resolved.endpoints[0]));
    assert_int_equal(wait_for_one(resolver, &resolved), 4);
    assert_int_equal(resolved.count, 0);
    assert_false(prom_resolver_take(resolver, &ticket, &resolved));
    struct pollfd answers = {.fd = prom_resolver_descriptor(resolver), .events = POLLIN};
    assert_int_equal(poll(&answers, 1, 0), 0); /* nothing is there, and it says so */
    prom_resolver_free(resolver);
}

/* More are not taken than it has room for, until answers are taken; and it can be left at any time. */
static void test_its_queue(void **state)
{
    fixture *test = *state;
    const prom_endpoint name = name_of("a..b");
    prom_resolver *resolver = NULL;
    prom_resolved resolved;
    assert_ok(prom_resolver_new(&resolver, &test->error), &test->error);
    for (unsigned i = 0; i < PROM_RESOLVER_QUEUE; i++) {
        assert_true(prom_resolver_ask(resolver, i, &name));
    }
    assert_false(prom_resolver_ask(resolver, 0, &name));
    assert_int_equal(wait_for_one(resolver, &resolved), 0);
    assert_true(prom_resolver_ask(resolver, 0, &name));
    prom_resolver_free(resolver);
    prom_resolver_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(test_names), FIXTURE_TEST(test_its_queue)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
