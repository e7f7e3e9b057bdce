#include "discovery/crowd.h"

#include "discovery/group.h"

static void test_groups(void **state)
{
    (void)state;
    static const char *const groups[][2] = {
        {"203.0.113.5:7067", "4 203.0"},
        {"203.0.9.9:1", "4 203.0"},
        {"203.1.9.9:1", "4 203.1"},
        {"[2001:db8:1::5]:7067", "6 2001:db8"},
        {"[2001:db9::5]:7067", "6 2001:db9"},
        {"[::ffff:203.0.113.5]:7067", "4 203.0"}, /* IPv4, dressed up */
        {"/run/prom/node", "local /run/prom/node"},
        {"10.1.2.3:7067", "local 10.1.2.3:7067"},
        {"127.0.0.1:7067", "local 127.0.0.1:7067"},
        {"", "local "},
    };
    char text[PROM_GROUP_TEXT];
    char other[PROM_GROUP_TEXT];
    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        assert_string_equal(prom_address_group(text, span_of_text(groups[i][0])), groups[i][1]);
    }
    /* Subdomains are free, and so is how a name is written. */
    assert_string_equal(prom_address_group(text, span_of_text("a.example.org:7067")),
                        prom_address_group(other, span_of_text("b.c.Example.ORG:9")));
    assert_string_equal(prom_address_group(text, span_of_text("example.org:7067")),
                        prom_address_group(other, span_of_text("x.example.org:7067")));
    assert_memory_equal(text, "name ", 5);
    (void)prom_address_group(text, span_of_text("abcdefghij.onion:7067"));
    assert_memory_equal(text, "onion ", 6);
}

/* However many names somebody makes up, they are of few groups. */
static void test_names_are_few_groups(void **state)
{
    (void)state;
    bool seen[32] = {false};
    size_t groups = 0;
    for (unsigned i = 0; i < 2000; i++) {
        char name[64];
        char text[PROM_GROUP_TEXT];
        unsigned group = 99;
        (void)snprintf(name, sizeof name, "worker.domain-%u.example:7067", i);
        assert_int_equal(sscanf(prom_address_group(text, span_of_text(name)), "name %u", &group), 1);
        assert_true(group < 32);
        groups += !seen[group];
        seen[group] = true;
    }
    assert_true(groups <= 32);
}

static void test_what_strangers_cannot_mean(void **state)
{
    (void)state;
    static const char *const local[] = {
        "/run/node",
        "0.0.0.0:1",
        "10.255.0.1:1",
        "100.64.0.1:1",
        "100.127.255.1:1",
        "127.1.2.3:1",
        "169.254.169.254:80",
        "172.31.0.1:1",
        "192.168.0.1:1",
        "224.0.0.1:1",
        "255.255.255.255:1",
        "[::1]:1",
        "[::]:1",
        "[fe80::1]:1",
        "[fd00::1]:1",
        "[ff02::1]:1",
        "localhost:1",
        "a.localhost:1",
        "printer:9100",
        "router.local:1",
        "x.internal:1",
        "x.lan:1",
        "[::ffff:127.0.0.1]:1",
        "x.home.arpa:1",
        "",
    };
    static const char *const remote[] = {
        "1.0.0.1:1",    "9.255.255.255:1", "11.0.0.1:1",       "100.63.0.1:1",      "100.128.0.1:1",
        "172.15.0.1:1", "172.32.0.1:1",    "192.167.0.1:1",    "223.255.255.255:1", "[2001:db8::1]:1",
        "[fec0::1]:1",  "abc.onion:1",     "worker.example:1",
    };
    for (size_t i = 0; i < COUNT_OF(local); i++) {
        assert_true(prom_address_local(span_of_text(local[i])));
    }
    for (size_t i = 0; i < COUNT_OF(remote); i++) {
        assert_false(prom_address_local(span_of_text(remote[i])));
    }
}

/* Whatever an address is, it has a group. */
static void test_any_bytes(void **state)
{
    (void)state;
    uint64_t random = 7;
    static const char characters[] = "[]:./0129afx-%";
    for (size_t i = 0; i < 20000; i++) {
        uint8_t bytes[PROM_ADDRESS_MAX];
        char text[PROM_GROUP_TEXT];
        const size_t length = random_below(&random, sizeof bytes + 1);
        for (size_t j = 0; j < length; j++) {
            bytes[j] = (uint8_t)characters[random_below(&random, sizeof characters - 1)];
        }
        uint8_t *exact = exact_copy(bytes, length);
        assert_true(strlen(prom_address_group(text, prom_span_of(exact, length))) < PROM_GROUP_TEXT);
        (void)prom_address_local(prom_span_of(exact, length));
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_names_are_few_groups),
        cmocka_unit_test(test_what_strangers_cannot_mean),
        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
