#include "chain/fake_server.h"

#include <sys/stat.h>

static const char METHOD[] = "method";

/* One call to a server with this one reply fails so, and with these words. */
static void check_failure(fake_reply reply, prom_rpc_failure_kind kind, int64_t code, const char *part)
{
    fake_server server;
    json_t *result = NULL;
    fake_start(&server, &reply, 1);
    assert_fails(prom_rpc_call(server.rpc, &result, METHOD, json_array(), &server.error), PROM_CATEGORY_IO,
                 &server.error, part);
    assert_null(result);
    assert_int_equal(prom_rpc_last_failure(server.rpc).kind, kind);
    assert_int_equal(prom_rpc_last_failure(server.rpc).code, code);
    fake_stop(&server);
}

static void test_a_call(void **state)
{
    (void)state;
    static const fake_reply REPLIES[] = {{.result = "{\"a\":[true,null]}"}, {.result = "null"}};
    fake_server server;
    json_t *result = NULL;
    fake_start(&server, REPLIES, COUNT_OF(REPLIES));
    assert_ok(prom_rpc_call(server.rpc, &result, METHOD, json_pack("[i, s]", 7, "x"), &server.error), &server.error);
    json_t *expected = json_pack("{s:[b, n]}", "a", 1);
    assert_true(json_equal(result, expected));
    json_decref(expected);
    json_decref(result);
    assert_non_null(strstr(server.request, "POST / HTTP/1.1\r\n"));
    assert_non_null(strstr(server.request, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(server.request, "Authorization: Basic X19jb29raWVfXzowMTIzYWJjZA==\r\n"));
    assert_non_null(
        strstr(server.request, "\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"method\",\"params\":[7,\"x\"]}"));
    assert_int_equal(prom_rpc_last_failure(server.rpc).kind, PROM_RPC_NO_FAILURE);

    /* bitcoind was started again: another cookie. */
    fake_cookie(&server, "other:word\n");
    assert_ok(prom_rpc_call(server.rpc, &result, METHOD, json_array(), &server.error), &server.error);
    assert_true(json_is_null(result));
    json_decref(result);
    assert_non_null(strstr(server.request, "Authorization: Basic b3RoZXI6d29yZA==\r\n"));
    fake_stop(&server);
}

static void test_real_numbers_keep_their_text(void **state)
{
    (void)state;
    static const fake_reply REPLY = {.result = "{\"a\":0.00001000,\"b\":-1.5,\"c\":[1e5,2E-3,7,-8],\"d\":4.65e-10 ,"
                                               "\"e\":\"1.5 \\\" 2.5\",\"f\":\"\\\\\",\"1.5\":true,\"g\":1.0}"};
    fake_server server;
    json_t *result = NULL;
    fake_start(&server, &REPLY, 1);
    assert_ok(prom_rpc_call(server.rpc, &result, METHOD, json_array(), &server.error), &server.error);
    json_t *expected =
        json_pack("{s:s, s:s, s:[s, s, i, i], s:s, s:s, s:s, s:b, s:s}", "a", "0.00001000", "b", "-1.5", "c", "1e5",
                  "2E-3", 7, -8, "d", "4.65e-10", "e", "1.5 \" 2.5", "f", "\\", "1.5", 1, "g", "1.0");
    assert_true(json_equal(result, expected));
    json_decref(expected);
    json_decref(result);
    fake_stop(&server);
}

static void test_errors_of_bitcoind(void **state)
{
    (void)state;
    static const char REFUSED[] =
        "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-26,\"message\":\"min relay fee not met\"},\"id\":1}";
    check_failure((fake_reply){.status = 200, .body = REFUSED}, PROM_RPC_REFUSED, -26,
                  "method: min relay fee not met (code -26)");
    check_failure((fake_reply){.status = 500, .body = REFUSED}, PROM_RPC_REFUSED, -26, "min relay fee not met");
    check_failure((fake_reply){.status = 200, .body = "{\"error\":{\"code\":-28,\"message\":\"Loading block index\"}}"},
                  PROM_RPC_WARMING_UP, -28, "method: Loading block index (code -28)");
    check_failure((fake_reply){.status = 200, .body = "{\"error\":5,\"result\":1,\"id\":1}"}, PROM_RPC_REFUSED, 0,
                  "an error without a message");
    check_failure((fake_reply){.status = 401, .body = ""}, PROM_RPC_UNAUTHORISED, 0, "refuses the cookie in /tmp/");
}

static void test_nobody_listens(void **state)
{
    (void)state;
    fake_server server;
    json_t *result = NULL;
    fake_start(&server, NULL, 0);
    assert_fails(prom_rpc_call(server.rpc, &result, METHOD, json_array(), &server.error), PROM_CATEGORY_IO,
                 &server.error, "nobody listens at http://127.0.0.1:");
    assert_int_equal(prom_rpc_last_failure(server.rpc).kind, PROM_RPC_UNREACHABLE);
    fake_stop(&server);
}

static void test_no_answer_in_time(void **state)
{
    (void)state;
    static const fake_reply REPLY = {.silent = true};
    fake_server server;
    json_t *result = NULL;
    fake_start(&server, &REPLY, 1);
    prom_rpc_set_timeout(server.rpc, 50);
    assert_fails(prom_rpc_call(server.rpc, &result, METHOD, json_array(), &server.error), PROM_CATEGORY_IO,
                 &server.error, "did not answer: Timeout");
    assert_int_equal(prom_rpc_last_failure(server.rpc).kind, PROM_RPC_UNREACHABLE);
    fake_stop(&server);
}

static void test_ill_formed_answers(void **state)
{
    (void)state;
    static const char *const BODIES[] = {
        "",
        "garbage",
        "{",
        "[]",
        "\"text\"",
        "5",
        "null",
        "{}",
        "{\"id\":1}",
        "{\"result\":1}",
        "{\"result\":1,\"id\":2}",
        "{\"result\":1,\"id\":\"1\"}",
        "{\"result\":1,\"id\":1.0}",
        "{\"result\":1,\"id\":1}x",
        "{\"result\":1,\"result\":2,\"id\":1}",
        "{\"result\":1,\"id\":1",
        "{\"result\":\"\\u0000\",\"id\":1}",
        "{\"result\":\"\xff\",\"id\":1}",
        "{\"result\":99999999999999999999,\"id\":1}",
        "{\"result\":\"",
        "{\"result\":\"\\",
        "-",
        "1.",
    };
    for (size_t i = 0; i < COUNT_OF(BODIES); i++) {
        check_failure((fake_reply){.status = 200, .body = BODIES[i]}, PROM_RPC_ILL_FORMED, 0,
                      "did not answer as a bitcoind does");
    }
    check_failure((fake_reply){.status = 503, .body = "Work queue depth exceeded"}, PROM_RPC_ILL_FORMED, 0,
                  "HTTP status 503, 25 bytes");
    check_failure((fake_reply){.status = 500, .body = "{\"result\":1,\"id\":1}"}, PROM_RPC_ILL_FORMED, 0,
                  "HTTP status 500");
    check_failure((fake_reply){.raw = "HTTP/1.1 302 X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"},
                  PROM_RPC_ILL_FORMED, 0, "HTTP status 302");
}

static void test_broken_http(void **state)
{
    (void)state;
    static const char *const RAW[] = {
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"result\":1,\"id\":1}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT_OF(RAW); i++) {
        check_failure((fake_reply){.raw = RAW[i]}, PROM_RPC_UNREACHABLE, 0, "did not answer: ");
    }
}

static void test_huge_and_deep_answers(void **state)
{
    (void)state;
    static const char HEAD[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    const size_t length = (size_t)20 << 20;
    char *raw = malloc(length);
    assert_non_null(raw);
    memset(raw, ' ', length);
    memcpy(raw, HEAD, strlen(HEAD));
    check_failure((fake_reply){.raw = raw, .raw_length = length}, PROM_RPC_ILL_FORMED, 0, "longer than 16777216 bytes");
    memset(raw + strlen(HEAD), '[', 1000000);
    check_failure((fake_reply){.raw = raw, .raw_length = 1000000}, PROM_RPC_ILL_FORMED, 0, "did not answer as");
    for (size_t i = strlen(HEAD); i < 1000000; i++) {
        raw[i] = "1e,"[i % 3];
    }
    check_failure((fake_reply){.raw = raw, .raw_length = 1000000}, PROM_RPC_ILL_FORMED, 0, "did not answer as");
    free(raw);
}

/* A good answer with a few bytes replaced: any outcome but a crash. */
static void test_random_answers(void **state)
{
    (void)state;
    static const char GOOD[] = "HTTP/1.1 200 OK\r\nContent-Length: 62\r\nConnection: close\r\n\r\n"
                               "{\"jsonrpc\":\"2.0\",\"result\":{\"a\":[1.5,\"x\\\"y\",-2e3,null]},\"id\":1}";
    uint32_t random = 1;
    for (int i = 0; i < 300; i++) {
        char raw[sizeof GOOD];
        memcpy(raw, GOOD, sizeof GOOD);
        for (int j = 0; j < 3; j++) {
            random = random * 1664525U + 1013904223U;
            raw[(random >> 16) % (sizeof GOOD - 1)] = (char)(random >> 8);
        }
        const fake_reply reply = {.raw = raw, .raw_length = sizeof raw - 1};
        fake_server server;
        json_t *result = NULL;
        fake_start(&server, &reply, 1);
        prom_rpc_set_timeout(server.rpc, 1000);
        const bool good = prom_is_ok(prom_rpc_call(server.rpc, &result, METHOD, json_array(), &server.error));
        assert_int_equal(good, result != NULL);
        json_decref(result);
        fake_stop(&server);
    }
}

static void test_parameters_that_are_no_json(void **state)
{
    (void)state;
    fake_server server;
    json_t *result = NULL;
    fake_start(&server, NULL, 0);
    assert_fails(prom_rpc_call(server.rpc, &result, METHOD, json_pack("[s]", "\xff"), &server.error),
                 PROM_CATEGORY_MISUSE, &server.error, "method: the parameters cannot be written as JSON");
    fake_stop(&server);
}

static void test_cookie_files(void **state)
{
    (void)state;
    fake_server server;
    json_t *result = NULL;
    char too_long[400];
    fake_start(&server, NULL, 0);
    (void)snprintf(too_long, sizeof too_long, "a:%0300d", 1);
    const char *const wrong[] = {"", "no colon", "name:", ":password", "a b:c", "a:b c", "a:\x01", "\xff:b", too_long};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        fake_cookie(&server, wrong[i]);
        assert_fails(prom_rpc_call(server.rpc, &result, METHOD, json_array(), &server.error), PROM_CATEGORY_IO,
                     &server.error, "is not a cookie file of bitcoind");
        assert_int_equal(prom_rpc_last_failure(server.rpc).kind, PROM_RPC_UNREACHABLE);
    }
    assert_int_equal(unlink(server.cookie_file), 0);
    assert_int_equal(mkfifo(server.cookie_file, 0600), 0); /* nobody writes to it */
    assert_fails(prom_rpc_call(server.rpc, &result, METHOD, json_array(), &server.error), PROM_CATEGORY_IO,
                 &server.error, "is not a cookie file of bitcoind");
    assert_int_equal(unlink(server.cookie_file), 0);
    assert_fails(prom_rpc_call(server.rpc, &result, METHOD, json_array(), &server.error), PROM_CATEGORY_IO,
                 &server.error, "cannot be read: No such file or directory; is bitcoind running?");
    fake_stop(&server);
}

static void test_cookie_parse(void **state)
{
    (void)state;
    char good[] = "__cookie__:12:ab\n";
    const char *name = NULL;
    const char *password = NULL;
    assert_true(prom_rpc_cookie_parse(good, &name, &password));
    assert_string_equal(name, "__cookie__");
    assert_string_equal(password, "12:ab");
}

static void test_urls(void **state)
{
    (void)state;
    static const char *const GOOD[] = {"http://127.0.0.1:18443", "http://127.0.0.1:1/", "http://localhost:65535",
                                       "http://[::1]:8332"};
    static const char *const WRONG[] = {"",
                                        "127.0.0.1:18443",
                                        "https://127.0.0.1:18443",
                                        "file:///etc/passwd",
                                        "http://127.0.0.1",
                                        "http://127.0.0.1:0",
                                        "http://127.0.0.1:65536",
                                        "http://127.0.0.1:x",
                                        "http://127.0.0.2:18443",
                                        "http://10.0.0.1:18443",
                                        "http://localhost.example.com:18443",
                                        "http://user@127.0.0.1:18443",
                                        "http://user:password@127.0.0.1:18443",
                                        "http://127.0.0.1:18443/wallet",
                                        "http://127.0.0.1:18443/?a=b",
                                        "http://127.0.0.1:18443/#a",
                                        "http://127.0.0.1:18443@example.com:1"};
    prom_rpc *rpc = NULL;
    prom_error error;
    for (size_t i = 0; i < COUNT_OF(GOOD); i++) {
        assert_ok(prom_rpc_new(&rpc, GOOD[i], "cookie", &error), &error);
        assert_non_null(rpc);
        prom_rpc_free(rpc);
    }
    for (size_t i = 0; i < COUNT_OF(WRONG); i++) {
        assert_fails(prom_rpc_new(&rpc, WRONG[i], "cookie", &error), PROM_CATEGORY_BAD_INPUT, &error,
                     "is not the URL of a bitcoind on this machine");
        assert_null(rpc);
    }
    prom_rpc_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_call),
        cmocka_unit_test(test_real_numbers_keep_their_text),
        cmocka_unit_test(test_errors_of_bitcoind),
        cmocka_unit_test(test_nobody_listens),
        cmocka_unit_test(test_no_answer_in_time),
        cmocka_unit_test(test_ill_formed_answers),
        cmocka_unit_test(test_broken_http),
        cmocka_unit_test(test_huge_and_deep_answers),
        cmocka_unit_test(test_random_answers),
        cmocka_unit_test(test_parameters_that_are_no_json),
        cmocka_unit_test(test_cookie_files),
        cmocka_unit_test(test_cookie_parse),
        cmocka_unit_test(test_urls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
