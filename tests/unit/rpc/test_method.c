#include "node/host.h"

#include "rpc/method.h"

struct asked {
    prom_rpc_host host;
    json_t *answer;
    bool follows;
};

static void ask(struct asked *asked, const char *text)
{
    json_decref(asked->answer);
    asked->answer = prom_rpc_answer(&asked->host, text, strlen(text), &asked->follows);
}

static void assert_error(struct asked *asked, const char *text, int code, const char *part)
{
    ask(asked, text);
    const json_t *error = json_object_get(asked->answer, "error");
    assert_non_null(error);
    assert_int_equal(json_integer_value(json_object_get(error, "code")), code);
    if (strstr(json_string_value(json_object_get(error, "message")), part) == NULL) {
        fail_msg("'%s' is not in: %s", part, json_string_value(json_object_get(error, "message")));
    }
    assert_null(json_object_get(asked->answer, "result"));
}

static const json_t *assert_result(struct asked *asked, const char *text)
{
    ask(asked, text);
    assert_non_null(json_object_get(asked->answer, "result"));
    assert_string_equal(json_string_value(json_object_get(asked->answer, "jsonrpc")), "2.0");
    return json_object_get(asked->answer, "result");
}

#define REQUEST(method, params) "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"" method "\",\"params\":" params "}"

static void what_is_no_request_is_refused(void **state)
{
    struct asked asked = {.answer = NULL};
    (void)state;
    assert_error(&asked, "", -32700, "not JSON");
    assert_error(&asked, "{", -32700, "not JSON");
    assert_error(&asked, "{\"id\":1,\"id\":2}", -32700, "not JSON");
    assert_error(&asked, "\xff\xfe", -32700, "not JSON");
    assert_error(&asked, "[]", -32600, "a request is an object");
    assert_error(&asked, "{}", -32600, "a request is an object");
    assert_error(&asked, "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"node.info\"}", -32600, "2.0");
    assert_error(&asked, "{\"jsonrpc\":\"2.0\",\"id\":[1],\"method\":\"node.info\"}", -32600, "2.0");
    assert_error(&asked, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":5}", -32600, "2.0");
    assert_error(&asked, REQUEST("node.inof", "{}"), -32601, "did you mean 'node.info'?");
    assert_error(&asked, REQUEST("x\\u0000y", "{}"), -32700, "not JSON");
    assert_int_equal(json_integer_value(json_object_get(asked.answer, "id")), 0);
    /* A mountain of brackets is no way to the end of the stack. */
    char deep[60000];
    memset(deep, '[', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    assert_error(&asked, deep, -32700, "not JSON");
    json_decref(asked.answer);
}

static void parameters_fit_the_table(void **state)
{
    struct asked asked = {.answer = NULL};
    char text[600];
    char many[300];
    (void)state;
    assert_error(&asked, REQUEST("channel.show", "{}"), -32602, "channel.show needs the parameter 'id'");
    assert_error(&asked, REQUEST("channel.show", "[\"a\"]"), -32602, "params must be an object");
    assert_error(&asked, REQUEST("channel.show", "{\"id\":5}"), -32602, "id must be a text of 1 to 256 bytes");
    assert_error(&asked, REQUEST("channel.show", "{\"id\":\"\"}"), -32602, "id must be a text");
    assert_error(&asked, REQUEST("channel.show", "{\"idd\":\"a\"}"), -32602, "channel.show has no parameter 'idd'");
    assert_error(&asked, REQUEST("channel.list", "{\"limit\":0}"), -32602, "limit must be a whole number from 1 to 64");
    assert_error(&asked, REQUEST("channel.list", "{\"limit\":1.5}"), -32602, "limit must be a whole number");
    assert_error(&asked, REQUEST("channel.list", "{\"limit\":-1}"), -32602, "limit must be a whole number");
    assert_error(&asked, REQUEST("log.level", "{\"level\":\"loud\"}"), -32602, "one of: error warn info debug");
    memset(many, 'a', sizeof many - 1);
    many[sizeof many - 1] = '\0';
    (void)snprintf(text, sizeof text, REQUEST("channel.show", "{\"id\":\"%s\"}"), many);
    assert_error(&asked, text, -32602, "id must be a text of 1 to 256 bytes");
    json_decref(asked.answer);
}

static void a_node_answers(void **state)
{
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_WORKER);
    (void)host_pay(host, 4);
    const prom_node_channel *channel = host_give(host, PLACE_W);
    prom_log *log = NULL;
    const prom_log_options options = {.path = NULL, .level = PROM_LOG_INFO};
    assert_ok(prom_log_open(&log, &options, &test->error), &test->error);
    struct asked asked = {.host = {.node = host->node, .log = log, .folder = host->folder}};
    const json_t *info = assert_result(&asked, "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"node.info\"}");
    assert_string_equal(json_string_value(json_object_get(asked.answer, "id")), "x");
    assert_string_equal(json_string_value(json_object_get(info, "network")), "regtest");
    assert_string_equal(json_string_value(json_array_get(json_object_get(info, "roles"), 0)), "worker");
    assert_int_equal(json_integer_value(json_object_get(info, "channels")), 1);
    const json_t *list = assert_result(&asked, REQUEST("channel.list", "{\"limit\":1}"));
    assert_int_equal(json_array_size(json_object_get(list, "channels")), 1);
    assert_true(json_is_null(json_object_get(list, "next")));
    char text[200];
    (void)snprintf(text, sizeof text, REQUEST("channel.why", "{\"id\":\"%llu\"}"),
                   (unsigned long long)channel->record.number);
    assert_non_null(json_object_get(assert_result(&asked, text), "reasons"));
    (void)snprintf(text, sizeof text, REQUEST("channel.list", "{\"after\":\"%llu\"}"),
                   (unsigned long long)channel->record.number);
    list = assert_result(&asked, text);
    assert_int_equal(json_array_size(json_object_get(list, "channels")), 0);
    assert_error(&asked, REQUEST("channel.list", "{\"after\":\"99999999999999999999999\"}"), -32001, "after is not");
    assert_error(&asked, REQUEST("channel.show", "{\"id\":\"nobody's\"}"), -32001, "there is no channel nobody's");
    (void)assert_result(&asked, REQUEST("peers.list", "{}"));
    (void)assert_result(&asked, REQUEST("log.level", "{\"level\":\"debug\"}"));
    assert_int_equal(prom_log_get_level(log), PROM_LOG_DEBUG);
    (void)assert_result(&asked, REQUEST("events.follow", "{}"));
    assert_true(asked.follows);
    assert_false(asked.host.stop);
    /* A notification is carried out, and nobody is answered. */
    ask(&asked, "{\"jsonrpc\":\"2.0\",\"method\":\"node.stop\"}");
    assert_null(asked.answer);
    assert_true(asked.host.stop);
    prom_log_close(log);
    host_free(host);
}

static void the_page_is_what_the_table_says(void **state)
{
    struct asked asked = {.answer = NULL};
    char *printed = NULL;
    char kept[65536];
    size_t length = 0;
    (void)state;
    const json_t *help = assert_result(&asked, REQUEST("rpc.help", "{}"));
    size_t count = 0;
    for (const prom_rpc_method *at = prom_rpc_methods; at->name != NULL; at++, count++) {
        assert_ptr_equal(prom_rpc_method_find(at->name), at);
        assert_non_null(at->run);
    }
    assert_int_equal(json_array_size(json_object_get(help, "methods")), count);
    assert_int_equal(json_array_size(json_object_get(help, "errors")), PROM_RPC_ERRORS);
    json_decref(asked.answer);
    FILE *page = open_memstream(&printed, &length);
    assert_non_null(page);
    prom_rpc_write_page(page);
    (void)fclose(page);
    FILE *file = fopen(MODELS "/../docs/rpc.md", "rb");
    assert_non_null(file);
    const size_t got = fread(kept, 1, sizeof kept - 1, file);
    (void)fclose(file);
    kept[got] = '\0';
    assert_string_equal(printed, kept); /* if not: prom help --rpc > docs/rpc.md */
    free(printed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_is_no_request_is_refused),
        FIXTURE_TEST(parameters_fit_the_table),
        FIXTURE_TEST(a_node_answers),
        FIXTURE_TEST(the_page_is_what_the_table_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
