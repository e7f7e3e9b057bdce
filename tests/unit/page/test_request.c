#include "support.h"

#include "page/request.h"

#define HOST "\r\nHost: 127.0.0.1:9595\r\n\r\n"

static int state_of(const char *text)
{
    prom_request request;
    return (int)prom_request_read(&request, text, strlen(text));
}

static void good_ones_are_read(void **state)
{
    prom_request request;
    static const char text[] = "HEAD /rpc/node.info?a=b&c HTTP/1.1\r\nhOST:localhost\r\nAccept: */*\r\n\r\nGET /other";
    (void)state;
    assert_int_equal(prom_request_read(&request, text, sizeof text - 1), PROM_REQUEST_GOOD);
    assert_true(request.head);
    assert_false(request.foreign);
    assert_string_equal(request.path, "/rpc/node.info");
    assert_string_equal(request.query, "a=b&c");
    assert_int_equal(state_of("GET / HTTP/1.0\r\n\r\n"), PROM_REQUEST_GOOD);
    assert_int_equal(state_of("GET / HTTP/1.1\r\nHost: LocalHost:1\r\n\r\n"), PROM_REQUEST_GOOD);
    /* Byte by byte it is no request before its end has come. */
    for (size_t length = 0; length < strlen("GET / HTTP/1.1" HOST); length++) {
        assert_int_equal(prom_request_read(&request, "GET / HTTP/1.1" HOST, length), PROM_REQUEST_PART);
    }
}

static void bad_ones_are_told_apart(void **state)
{
    static const struct {
        const char *text;
        int state;
    } cases[] = {
        {"POST / HTTP/1.1" HOST, 405},
        {"OPTIONS * HTTP/1.1" HOST, 405},
        {"get / HTTP/1.1" HOST, 405},
        {"GET / HTTP/2.0" HOST, 505},
        {"GET / HTTP/1.2" HOST, 505},
        {"GET  / HTTP/1.1" HOST, 400},
        {"GET /" HOST, 400},
        {"GET / HTTP/1.1 " HOST, 400},
        {"GET http://127.0.0.1/ HTTP/1.1" HOST, 400},
        {"GET  HTTP/1.1" HOST, 400},
        {"G@T / HTTP/1.1" HOST, 400},
        {"\x16\x03\x01 / HTTP/1.1" HOST, 400},
        {"GET /\x01 HTTP/1.1" HOST, 400},
        {"\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nno colon\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n folded\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\nb\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: 127.0.0.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 421},
        {"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421},
        {"GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n\r\n", 421},
        {"GET / HTTP/1.1\r\nHost: 127.0.0.1:x\r\n\r\n", 421},
        {"GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n", 421},
        {"GET / HTTP/1.0\r\nHost: evil.example\r\n\r\n", 421},
        {"GET / HTTP/1.1\r\nX-Forwarded-Host: 127.0.0.1\r\n\r\n", 421},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (state_of(cases[i].text) != cases[i].state) {
            fail_msg("%d, and not %d, for: %s", state_of(cases[i].text), cases[i].state, cases[i].text);
        }
    }
}

static void long_ones_end(void **state)
{
    prom_request request;
    char text[PROM_REQUEST_MAX];
    (void)state;
    memset(text, 'x', sizeof text);
    assert_int_equal(prom_request_read(&request, text, sizeof text - 1), PROM_REQUEST_PART);
    assert_int_equal(prom_request_read(&request, text, sizeof text), PROM_REQUEST_TOO_LONG);
    memcpy(text, "GET /", 5);
    memcpy(text + 5 + PROM_REQUEST_TARGET_MAX, " HTTP/1.1" HOST, strlen(" HTTP/1.1" HOST));
    assert_int_equal(prom_request_read(&request, text, sizeof text), PROM_REQUEST_MALFORMED);
    memmove(text + 4 + PROM_REQUEST_TARGET_MAX - 1, " HTTP/1.1" HOST, strlen(" HTTP/1.1" HOST));
    assert_int_equal(prom_request_read(&request, text, sizeof text), PROM_REQUEST_GOOD);
    assert_int_equal(strlen(request.path), PROM_REQUEST_TARGET_MAX - 1);
    /* A zero ends no text early. */
    assert_int_equal(prom_request_read(&request, "GET /\0x HTTP/1.1" HOST, strlen("GET / HTTP/1.1" HOST) + 2),
                     PROM_REQUEST_MALFORMED);
}

static void other_sites_are_noticed(void **state)
{
    static const struct {
        const char *value;
        bool foreign;
    } cases[] = {{"same-origin", false}, {"none", false}, {"cross-site", true},
                 {"same-site", true},    {"", true},      {"None", true}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_request request;
        char text[128];
        (void)snprintf(text, sizeof text, "GET / HTTP/1.1\r\nSec-Fetch-Site: %s" HOST, cases[i].value);
        assert_int_equal(prom_request_read(&request, text, strlen(text)), PROM_REQUEST_GOOD);
        assert_int_equal(request.foreign, cases[i].foreign);
    }
}

static void queries_are_decoded(void **state)
{
    char name[PROM_REQUEST_TARGET_MAX];
    char value[PROM_REQUEST_TARGET_MAX];
    const char *query = "id=a+b%2Fc%e2%82%ac&limit=&x=1=2";
    bool malformed = true;
    (void)state;
    assert_true(prom_request_parameter(&query, name, value, &malformed));
    assert_string_equal(name, "id");
    assert_string_equal(value, "a b/c\xe2\x82\xac");
    assert_true(prom_request_parameter(&query, name, value, &malformed));
    assert_string_equal(name, "limit");
    assert_string_equal(value, "");
    assert_true(prom_request_parameter(&query, name, value, &malformed));
    assert_string_equal(value, "1=2");
    assert_false(prom_request_parameter(&query, name, value, &malformed));
    assert_false(malformed);
    static const char *const bad[] = {"a", "=b", "a=%", "a=%4", "a=%zz", "a=%00", "&a=b", "%00=b"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        query = bad[i];
        assert_false(prom_request_parameter(&query, name, value, &malformed));
        assert_true(malformed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones_are_read),  cmocka_unit_test(bad_ones_are_told_apart),
        cmocka_unit_test(long_ones_end),       cmocka_unit_test(other_sites_are_noticed),
        cmocka_unit_test(queries_are_decoded),
    };
    return cmocka_run_group_tests_name("page/request", tests, NULL, NULL);
}
