#include "node/host.h"

#include "daemon/metrics.h"

static const char *answer_to(const struct host *host, const char *request)
{
    static char answer[PROM_METRICS_ANSWER_MAX + 1];
    const size_t length = prom_metrics_answer(answer, host->node, request, strlen(request));
    assert_true(length < sizeof answer);
    answer[length] = '\0';
    return answer;
}

#define HOST "\r\nHost: 127.0.0.1:9595\r\n\r\n"

static void pages_are_shown(void **state)
{
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_WORKER);
    char line[64];
    const char *answer = answer_to(host, "GET /metrics HTTP/1.1" HOST);
    assert_int_equal(strncmp(answer, "HTTP/1.1 200 OK\r\n", 17), 0);
    (void)snprintf(line, sizeof line, "\nprom_tip_height %u\n", (unsigned)host->node->best_tip);
    assert_non_null(strstr(answer, line));
    assert_non_null(strstr(answer, "prom_info{version=\""));
    assert_non_null(strstr(answer, "roles=\"worker\"} 1\n"));
    size_t said = 0;
    assert_int_equal(sscanf(strstr(answer, "Content-Length: "), "Content-Length: %zu", &said), 1);
    assert_int_equal(said, strlen(strstr(answer, "\r\n\r\n") + 4));
    assert_int_equal(strncmp(answer_to(host, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"), "HTTP/1.1 ", 9), 0);
    host->node->health = (prom_chain_health){.told = {"bitcoind is away"}};
    answer = answer_to(host, "GET /healthz HTTP/1.0\r\n\r\n");
    assert_non_null(strstr(answer, "503 Service Unavailable"));
    host_free(host);
}

static void all_else_is_refused(void **state)
{
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_WORKER);
    char longer[PROM_METRICS_REQUEST_MAX];
    assert_string_equal(answer_to(host, "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n"), ""); /* not whole */
    assert_non_null(strstr(answer_to(host, "GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n"), " 421 "));
    assert_non_null(strstr(answer_to(host, "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n\r\n"), " 421 "));
    assert_non_null(strstr(answer_to(host, "GET /metrics HTTP/1.1\r\n\r\n"), " 421 "));
    assert_non_null(strstr(answer_to(host, "GET /words HTTP/1.1" HOST), " 404 "));
    assert_non_null(strstr(answer_to(host, "POST /metrics HTTP/1.1" HOST), " 405 "));
    assert_non_null(strstr(answer_to(host, "\x16\x03\x01" HOST), " 405 "));
    memset(longer, 'x', sizeof longer);
    char answer[PROM_METRICS_ANSWER_MAX];
    assert_int_equal(prom_metrics_answer(answer, host->node, longer, sizeof longer - 1), 0);
    assert_true(prom_metrics_answer(answer, host->node, longer, sizeof longer) > 0);
    assert_memory_equal(answer, "HTTP/1.1 431", 12);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(pages_are_shown), FIXTURE_TEST(all_else_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
