/* Addresses of every form, and what a stranger may write in their place. */
#include "support.h"

#include <netinet/in.h>

#include "net/address.h"

static prom_address of(const char *text)
{
    prom_address address = {.length = (uint8_t)strlen(text)};
    memcpy(address.bytes, text, address.length);
    return address;
}

#define LETTERS_20 "abcdefghijklmnopqrst"
#define ONION_HOST LETTERS_20 LETTERS_20 "abcdefghijklmn27.onion"
#define LABEL_60 LETTERS_20 LETTERS_20 LETTERS_20

static void test_forms(void **state)
{
    static const struct {
        const char *text;
        prom_endpoint_kind kind;
        const char *host;
        uint16_t port;
        const char *again; /* NULL: as the text */
    } forms[] = {
        {"192.0.2.7:9735", PROM_ENDPOINT_IPV4, "192.0.2.7", 9735, NULL},
        {"255.255.255.255:65535", PROM_ENDPOINT_IPV4, "255.255.255.255", 65535, NULL},
        {"[2001:db8::7]:1", PROM_ENDPOINT_IPV6, "2001:db8::7", 1, NULL},
        {"[2001:DB8:0:0::7]:80", PROM_ENDPOINT_IPV6, "2001:db8:0:0::7", 80, "[2001:db8::7]:80"},
        {"[::]:80", PROM_ENDPOINT_IPV6, "::", 80, NULL},
        {"[::1]:80", PROM_ENDPOINT_IPV6, "::1", 80, NULL},
        {"node.example:9735", PROM_ENDPOINT_NAME, "node.example", 9735, NULL},
        {"Node-7.EXAMPLE:9735", PROM_ENDPOINT_NAME, "node-7.example", 9735, "node-7.example:9735"},
        {"localhost:9", PROM_ENDPOINT_NAME, "localhost", 9, NULL},
        {LABEL_60 "abc.x:9", PROM_ENDPOINT_NAME, LABEL_60 "abc.x", 9, NULL},
        {ONION_HOST ":9735", PROM_ENDPOINT_ONION, ONION_HOST, 9735, NULL},
        {"/run/prom socket", PROM_ENDPOINT_UNIX, "/run/prom socket", 0, NULL},
        {"../w/socket", PROM_ENDPOINT_UNIX, "../w/socket", 0, NULL},
        {"./a:b", PROM_ENDPOINT_UNIX, "./a:b", 0, NULL},
    };
    fixture *test = *state;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        const prom_address address = of(forms[i].text);
        const prom_address again = of(forms[i].again != NULL ? forms[i].again : forms[i].text);
        prom_address written;
        prom_endpoint endpoint;
        assert_ok(prom_endpoint_read(&endpoint, &address, &test->error), &test->error);
        assert_int_equal(endpoint.kind, forms[i].kind);
        assert_string_equal(endpoint.host, forms[i].host);
        assert_int_equal(endpoint.port, forms[i].port);
        prom_endpoint_write(&written, &endpoint);
        assert_true(prom_address_equal(&written, &again));
    }
}

static void test_what_is_no_address(void **state)
{
    static const struct {
        const char *text;
        const char *says;
    } wrong[] = {
        {"", "empty"},
        {"a\nb:1", "control"},
        {"/tmp/a\x7f", "control"},
        {"/tmp/a\x1b[2J", "control"},
        {"a b:1", "space"},
        {"1.2.3.4: 5", "space"},
        {"example", "no port"},
        {":80", "no port"},
        {"1.2.3.4", "no port"},
        {"1.2.3.4:", "port is not"},
        {"1.2.3.4:0", "port is not"},
        {"1.2.3.4:080", "port is not"},
        {"1.2.3.4:+8", "port is not"},
        {"1.2.3.4:65536", "port is not"},
        {"1.2.3.4:99999999999", "port is not"},
        {"1.2.3.4:8a", "port is not"},
        {"127.1:80", "neither"},
        {"0x7f000001:80", "neither"},
        {"a.0x7f:80", "neither"},
        {"256.1.1.1:80", "neither"},
        {"01.1.1.1:80", "neither"},
        {"2130706433:80", "neither"},
        {"2001:db8::7:80", "neither"},
        {"[2001:db8::7:80", "neither"},
        {"[]:80", "neither"},
        {"[1.2.3.4]:80", "IPv6"},
        {"[fe80::1%eth0]:80", "IPv6"},
        {"[::ffff:127.0.0.1]:80", "IPv4 address, written"},
        {"[::127.0.0.1]:80", "IPv4 address, written"},
        {"-a.example:80", "neither"},
        {"a-.example:80", "neither"},
        {"a..example:80", "neither"},
        {"example.:80", "neither"},
        {".example:80", "neither"},
        {"a_b.example:80", "neither"},
        {"b\xc3\xbc.example:80", "neither"},
        {LABEL_60 "abcd.x:9", "neither"},
        {"abc.onion:80", "onion"},
        {"x." ONION_HOST ":80", "onion"},
        {"/" LABEL_60 LABEL_60, "shorter"},
    };
    fixture *test = *state;
    prom_endpoint endpoint;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        const prom_address address = of(wrong[i].text);
        assert_fails(prom_endpoint_read(&endpoint, &address, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                     wrong[i].says);
    }
    prom_address address = {.length = PROM_ADDRESS_MAX};
    memset(address.bytes, 'a', sizeof address.bytes);
    memcpy(address.bytes + PROM_ADDRESS_MAX - 2, ":1", 2);
    assert_fails(prom_endpoint_read(&endpoint, &address, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "neither");
    address = of("a.example:80");
    address.bytes[2] = '\0';
    assert_fails(prom_endpoint_read(&endpoint, &address, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "control");
}

/* Whatever the bytes are, what is read is written, and read as the same. */
static void test_any_bytes(void **state)
{
    static const char letters[] = "0123456789abcdefxyz.:[]-/% \n\xff";
    fixture *test = *state;
    uint64_t random = 1;
    size_t good = 0;
    for (size_t i = 0; i < 200000; i++) {
        prom_address address = {.length = (uint8_t)(next_random(&random) % 14)};
        prom_address written;
        prom_endpoint endpoint;
        prom_endpoint again;
        for (size_t j = 0; j < address.length; j++) {
            address.bytes[j] = (uint8_t)letters[next_random(&random) % (sizeof letters - 1)];
        }
        if (!prom_is_ok(prom_endpoint_read(&endpoint, &address, &test->error))) {
            continue;
        }
        good++;
        prom_endpoint_write(&written, &endpoint);
        assert_ok(prom_endpoint_read(&again, &written, &test->error), &test->error);
        assert_int_equal(again.kind, endpoint.kind);
        assert_int_equal(again.port, endpoint.port);
        assert_memory_equal(again.ip, endpoint.ip, sizeof again.ip);
    }
    assert_true(good > 1000);
}

static void test_what_is_public(void **state)
{
    static const char *const public[] = {
        "1.1.1.1:1",      "9.255.255.255:1", "11.0.0.0:1",          "100.63.255.255:1",
        "100.128.0.0:1",  "172.15.0.1:1",    "172.32.0.1:1",        "192.167.1.1:1",
        "198.17.255.1:1", "198.20.0.1:1",    "223.255.255.1:1",     "[2606:4700::1111]:1",
        "[2003::1]:1",    ONION_HOST ":1",   "[2001:4860::8888]:1", "[3ffe::1]:1",
    };
    static const char *const private[] = {
        "0.0.0.0:1",       "10.0.0.1:1",      "10.255.255.255:1",  "100.64.0.1:1", "100.127.255.255:1",
        "127.0.0.1:1",     "127.255.0.1:1",   "169.254.1.1:1",     "172.16.0.1:1", "172.31.255.255:1",
        "192.168.0.1:1",   "192.0.0.8:1",     "192.0.2.1:1",       "198.18.0.1:1", "198.19.255.255:1",
        "198.51.100.1:1",  "203.0.113.1:1",   "224.0.0.1:1",       "240.0.0.1:1",  "255.255.255.255:1",
        "[::1]:1",         "[::]:1",          "[fe80::1]:1",       "[fc00::1]:1",  "[fdff::1]:1",
        "[ff02::1]:1",     "[2001:db8::1]:1", "[2002:7f00:1::]:1", "[2001::1]:1",  "[64:ff9b::7f00:1]:1",
        "[3fff:fff::1]:1", "node.example:1",  "localhost:1",       "/tmp/socket",
    };
    fixture *test = *state;
    prom_endpoint endpoint;
    for (size_t i = 0; i < COUNT_OF(public); i++) {
        const prom_address address = of(public[i]);
        assert_ok(prom_endpoint_read(&endpoint, &address, &test->error), &test->error);
        assert_true(prom_endpoint_is_public(&endpoint));
    }
    for (size_t i = 0; i < COUNT_OF(private); i++) {
        const prom_address address = of(private[i]);
        assert_ok(prom_endpoint_read(&endpoint, &address, &test->error), &test->error);
        assert_false(prom_endpoint_is_public(&endpoint));
    }
}

static void test_sockets(void **state)
{
    static const char *const texts[] = {"192.0.2.7:9735", "[2001:db8::7]:1"};
    fixture *test = *state;
    struct sockaddr_storage name;
    prom_endpoint endpoint;
    prom_endpoint again;
    prom_address written;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const prom_address address = of(texts[i]);
        assert_ok(prom_endpoint_read(&endpoint, &address, &test->error), &test->error);
        assert_int_not_equal(prom_endpoint_socket(&name, &endpoint), 0);
        assert_true(prom_endpoint_from_socket(&again, (const struct sockaddr *)&name, endpoint.port));
        prom_endpoint_write(&written, &again);
        assert_true(prom_address_equal(&written, &address));
    }
    const prom_address path = of("/tmp/x");
    assert_ok(prom_endpoint_read(&endpoint, &path, &test->error), &test->error);
    assert_int_not_equal(prom_endpoint_socket(&name, &endpoint), 0);
    assert_false(prom_endpoint_from_socket(&again, (const struct sockaddr *)&name, 1));
    const prom_address onion = of(ONION_HOST ":1");
    assert_ok(prom_endpoint_read(&endpoint, &onion, &test->error), &test->error);
    assert_int_equal(prom_endpoint_socket(&name, &endpoint), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_forms),     FIXTURE_TEST(test_what_is_no_address),
        FIXTURE_TEST(test_any_bytes), FIXTURE_TEST(test_what_is_public),
        FIXTURE_TEST(test_sockets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
