#include "support.h"

#include "discovery/line.h"

#define KEY "00112233445566778899aabbccddeeff00112233"

static prom_dht_event event_of(const char *line)
{
    prom_dht_event event;
    uint8_t *exact = exact_copy((const uint8_t *)line, strlen(line));
    prom_dht_event_read(&event, (const char *)exact, strlen(line));
    free(exact);
    return event;
}

static void test_events(void **state)
{
    (void)state;
    prom_dht_event event = event_of("{\"is\":\"ready\",\"version\":1,\"port\":4222}");
    assert_int_equal(event.kind, PROM_DHT_READY);
    assert_int_equal(event.version, 1);
    assert_int_equal(event.port, 4222);
    event = event_of("{\"is\":\"value\",\"key\":\"" KEY "\",\"value\":\"c0ffee\"}");
    assert_int_equal(event.kind, PROM_DHT_VALUE);
    assert_int_equal(event.length, 3);
    assert_int_equal(event.value[2], 0xee);
    assert_int_equal(event.key.bytes[19], 0x33);
    event = event_of("{\"is\":\"status\",\"bytes_in\":5,\"bytes_out\":-6,\"dropped\":7}");
    assert_int_equal(event.kind, PROM_DHT_STATUS);
    assert_int_equal(event.bytes_in, 5);
    assert_int_equal(event.bytes_out, 0);
    assert_int_equal(event.dropped, 7);
    assert_int_equal(event_of("{\"is\":\"put\",\"ok\":true}").kind, PROM_DHT_OTHER);
}

static void test_what_is_no_event(void **state)
{
    (void)state;
    char longer[4096];
    (void)snprintf(longer, sizeof longer, "{\"is\":\"value\",\"key\":\"" KEY "\",\"value\":\"%01026d\"}", 0);
    const char *const lines[] = {"",
                                 "x",
                                 "[1]",
                                 "{}",
                                 "{\"is\":1}",
                                 "{\"is\":\"value\"}",
                                 "{\"is\":\"value\",\"key\":\"" KEY "\",\"value\":\"\"}",
                                 "{\"is\":\"value\",\"key\":\"" KEY "\",\"value\":\"abc\"}",
                                 "{\"is\":\"value\",\"key\":\"" KEY "\",\"value\":\"zz\"}",
                                 "{\"is\":\"value\",\"key\":\"" KEY "00\",\"value\":\"00\"}",
                                 longer,
                                 "{\"is\":\"ready\",\"is\":\"ready\"}",
                                 "sh: prom-dht: not found"};
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        assert_int_equal(event_of(lines[i]).kind, PROM_DHT_NO_EVENT);
    }
    assert_int_equal(event_of("{\"is\":\"ready\",\"version\":99999999,\"port\":70000}").port, 0);
}

static void test_commands(void **state)
{
    (void)state;
    char line[PROM_DHT_LINE_MAX];
    prom_dht_key key;
    uint8_t value[PROM_DHT_VALUE_MAX] = {0xab};
    assert_true(prom_hex_parse(key.bytes, sizeof key.bytes, KEY, strlen(KEY)));
    const size_t length = prom_dht_write_put(line, &key, prom_span_of(value, 1));
    assert_string_equal(line, "{\"do\":\"put\",\"key\":\"" KEY "\",\"value\":\"ab\"}\n");
    assert_int_equal(length, strlen(line));
    assert_int_equal(prom_dht_write_put(line, &key, prom_span_of(value, sizeof value)), length + 2 * 511);
    (void)prom_dht_write_key(line, "listen", &key);
    assert_string_equal(line, "{\"do\":\"listen\",\"key\":\"" KEY "\"}\n");
    const prom_dht_host host = {"2001:db8::1", 4222};
    (void)prom_dht_write_bootstrap(line, &host);
    assert_string_equal(line, "{\"do\":\"bootstrap\",\"host\":\"2001:db8::1\",\"port\":4222}\n");
}

static void test_hosts(void **state)
{
    (void)state;
    static const struct {
        prom_dht_host host;
        bool valid;
    } hosts[] = {{{"a.example", 1}, true}, {{"fe80::1%eth0", 9}, true}, {{"", 1}, false},
                 {{"a", 0}, false},        {{"a\"b", 1}, false},        {{"a b", 1}, false}};
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        assert_int_equal(prom_dht_host_valid(&hosts[i].host), hosts[i].valid);
    }
    prom_dht_host endless = {.port = 1};
    memset(endless.name, 'a', sizeof endless.name);
    assert_false(prom_dht_host_valid(&endless));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_what_is_no_event),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
