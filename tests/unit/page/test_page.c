#include "node/host.h"

#include <arpa/inet.h>

#include "page/page.h"
#include "page/page_html.h"

struct shown {
    struct host *host;
    prom_rpc_host rpc;
    prom_page *page;
    prom_http_answer answer;
};

static void begin(struct shown *shown, fixture *test)
{
    shown->host = host_new(test, PROM_ROLE_WORKER);
    shown->rpc = (prom_rpc_host){.node = shown->host->node, .folder = shown->host->folder};
    shown->answer = (prom_http_answer){.status = 0};
    for (uint16_t port = 20000; shown->page == NULL && port < 60000; port++) {
        (void)!prom_is_ok(prom_page_open(&shown->page, &shown->rpc, port, &test->error));
    }
    assert_non_null(shown->page);
}

static void end(struct shown *shown)
{
    free(shown->answer.owned);
    prom_page_close(shown->page);
    host_free(shown->host);
}

static const prom_http_answer *get(struct shown *shown, const char *path, const char *query, bool foreign)
{
    prom_request request = {.foreign = foreign};
    (void)snprintf(request.path, sizeof request.path, "%s", path);
    (void)snprintf(request.query, sizeof request.query, "%s", query);
    free(shown->answer.owned);
    shown->answer = (prom_http_answer){.status = 200, .type = "text/plain; charset=utf-8", .text = ""};
    prom_page_answer(shown->page, &request, &shown->answer);
    return &shown->answer;
}

static const char *body_of(const prom_http_answer *answer)
{
    const char *body = answer->owned != NULL ? answer->owned : answer->text;
    assert_int_equal(strlen(body), answer->length);
    return body;
}

static void places_are_answered(void **state)
{
    struct shown shown = {.page = NULL};
    begin(&shown, *state);
    const prom_http_answer *answer = get(&shown, "/", "", false);
    assert_int_equal(answer->status, 200);
    assert_string_equal(answer->type, "text/html; charset=utf-8");
    assert_ptr_equal(body_of(answer), prom_page_html);
    assert_non_null(strstr(answer->policy, "script-src 'sha256-"));
    assert_non_null(strstr(answer->policy, "default-src 'none'"));
    assert_null(strstr(answer->policy, "unsafe"));
    assert_non_null(strstr(body_of(get(&shown, "/metrics", "", false)), "\nprom_ready 1\n"));
    assert_string_equal(body_of(get(&shown, "/healthz", "", false)), "ok\n");
    assert_true(get(&shown, "/events", "", false)->follows);
    assert_int_equal(get(&shown, "/words", "", false)->status, 404);
    assert_int_equal(get(&shown, "/rpc", "", false)->status, 404);
    shown.host->node->disk_short = true;
    answer = get(&shown, "/healthz", "", false);
    assert_int_equal(answer->status, 503);
    assert_non_null(strstr(body_of(answer), "make room\n"));
    end(&shown);
}

/* The page has one style and one script, whose hashes its policy has, and asks for nothing elsewhere. */
static void the_page_is_one_file(void **state)
{
    (void)state;
    const char *script = strstr(prom_page_html, "<script");
    assert_memory_equal(script, "<script>", 8);
    assert_null(strstr(script + 1, "<script"));
    const char *style = strstr(prom_page_html, "<style");
    assert_memory_equal(style, "<style>", 7);
    assert_null(strstr(style + 1, "<style"));
    static const char *const never[] = {
        "innerHTML", "document.write", "eval(", " style=", " onclick=", "https://", "//cdn"};
    for (size_t i = 0; i < COUNT_OF(never); i++) {
        assert_null(strstr(prom_page_html, never[i]));
    }
    assert_int_equal(strlen(prom_page_html), prom_page_html_length);
}

static void methods_are_called(void **state)
{
    struct shown shown = {.page = NULL};
    begin(&shown, *state);
    prom_node_channel *channel = host_with(shown.host, PLACE_W);
    char query[64];
    (void)snprintf(query, sizeof query, "id=%llu", (unsigned long long)channel->record.number);
    assert_non_null(strstr(body_of(get(&shown, "/rpc/node.info", "", false)), "\"network\":\"regtest\""));
    assert_string_equal(shown.answer.type, "application/json");
    assert_non_null(strstr(body_of(get(&shown, "/rpc/channel.list", "limit=1", false)), "\"role\":\"worker\""));
    assert_non_null(strstr(body_of(get(&shown, "/rpc/channel.why", query, false)), "\"reasons\":["));
    const prom_http_answer *answer = get(&shown, "/picture", query, false);
    assert_string_equal(answer->type, "image/svg+xml");
    assert_memory_equal(body_of(answer), "<svg ", 5);
    (void)snprintf(query, sizeof query, "at=7&id=%llu", (unsigned long long)channel->record.number);
    assert_int_equal(get(&shown, "/picture", query, false)->status, 200);
    static const struct {
        const char *path;
        const char *query;
        int status;
        const char *part;
    } cases[] = {
        {"/rpc/channel.list", "limit=0", 400, "limit must be a whole number"},
        {"/rpc/channel.list", "limit=many", 400, "limit must be a whole number"},
        {"/rpc/channel.list", "limit=1&limit=1", 400, "each once"},
        {"/rpc/channel.list", "limit", 400, "each once"},
        {"/rpc/channel.list", "limi=1", 400, "no parameter 'limi'"},
        {"/rpc/channel.show", "id=nobody's", 400, "there is no channel nobody's"},
        {"/rpc/channel.show", "", 400, "needs the parameter 'id'"},
        {"/rpc/channel.show", "id=%ff", 400, "each once"},
        {"/picture", "id=nobody's", 400, "there is no channel"},
        {"/picture", "", 400, "needs the parameter 'id'"},
        /* What changes something, or tells what is nobody's business. */
        {"/rpc/node.stop", "", 404, "only what changes nothing"},
        {"/rpc/wallet.address", "", 404, "only what changes nothing"},
        {"/rpc/wallet.withdraw", "address=x&all=true", 404, "only what changes nothing"},
        {"/rpc/log.level", "level=debug", 404, "only what changes nothing"},
        {"/rpc/events.follow", "", 404, "only what changes nothing"},
        {"/rpc/", "", 404, "only what changes nothing"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        answer = get(&shown, cases[i].path, cases[i].query, false);
        assert_int_equal(answer->status, cases[i].status);
        assert_non_null(strstr(body_of(answer), cases[i].part));
    }
    assert_false(shown.rpc.stop);
    end(&shown);
}

/* A link may lead to the page; another site may have nothing else of it. */
static void other_sites_get_nothing(void **state)
{
    struct shown shown = {.page = NULL};
    begin(&shown, *state);
    static const char *const places[] = {"/rpc/node.info", "/picture", "/events", "/metrics", "/healthz"};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        const prom_http_answer *answer = get(&shown, places[i], "", true);
        assert_int_equal(answer->status, 403);
        assert_false(answer->follows);
    }
    assert_int_equal(get(&shown, "/", "", true)->status, 200);
    end(&shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(places_are_answered),
        FIXTURE_TEST(the_page_is_one_file),
        FIXTURE_TEST(methods_are_called),
        FIXTURE_TEST(other_sites_get_nothing),
    };
    return cmocka_run_group_tests_name("page/page", tests, NULL, NULL);
}
