/* What bitcoind says of its mempool, read; and every way in which it may say something else. */
#include "chain/fake_server.h"

#include "chain/mempool.h"

#define A "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
#define B "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"
#define REFUSAL(code, message) "{\"error\":{\"code\":" code ",\"message\":\"" message "\"},\"id\":1}"

#define ENTRY(fee, vsize, rest)                                                                                        \
    "{\"vsize\":" vsize ",\"descendantsize\":453,\"fees\":{\"base\":" fee ",\"descendant\":0.00001000}" rest "}"
#define LISTS ",\"depends\":[],\"spentby\":[\"" A "\",\"" B "\"]"

static prom_bytes32 hash(const char *shown)
{
    prom_bytes32 value;
    assert_true(prom_hex32_parse_reversed(&value, shown));
    return value;
}

static void entry_is_read(void **state)
{
    fixture *with = *state;
    const fake_reply reply = {.result = ENTRY("0.00000300", "300", LISTS)};
    const prom_bytes32 txid = hash(B);
    const prom_bytes32 first = hash(A);
    fake_server server;
    prom_mempool_entry entry;
    bool found = false;
    fake_start(&server, &reply, 1);
    assert_ok(prom_mempool_find(server.rpc, &with->arena, &entry, &found, &txid, &server.error), &server.error);
    assert_non_null(strstr(server.request, "\"getmempoolentry\",\"params\":[\"" B "\"]"));
    fake_stop(&server);
    assert_true(found);
    assert_true(prom_amount_equal(entry.fee, prom_amount_of(300)));
    assert_true(prom_amount_equal(entry.descendants_fee, prom_amount_of(1000)));
    assert_int_equal(entry.vsize, 300);
    assert_int_equal(entry.descendants_vsize, 453);
    assert_int_equal(entry.parent_count, 0);
    assert_int_equal(entry.child_count, 2);
    assert_true(prom_bytes32_equal(&entry.children[0], &first) && prom_bytes32_equal(&entry.children[1], &txid));
}

static void entry_that_is_none(void **state)
{
    fixture *with = *state;
    static const fake_reply REPLIES[] = {
        {.status = 200, .body = REFUSAL("-5", "Transaction not in mempool")},
        {.result = ENTRY("0.00000300", "0", LISTS)},
        {.result = ENTRY("3", "300", LISTS)},
        {.result = ENTRY("0.00000300", "300", "")},
        {.result = ENTRY("0.00000300", "300", ",\"depends\":[7],\"spentby\":[]")},
        {.result = ENTRY("0.00000300", "300", ",\"depends\":[],\"spentby\":{}")},
        {.result = "null"},
    };
    const prom_bytes32 txid = hash(A);
    for (size_t i = 0; i < COUNT_OF(REPLIES); i++) {
        fake_server server;
        prom_mempool_entry entry;
        bool found = true;
        fake_start(&server, &REPLIES[i], 1);
        const prom_result result = prom_mempool_find(server.rpc, &with->arena, &entry, &found, &txid, &server.error);
        assert_int_equal(result.category, i == 0 ? PROM_CATEGORY_OK : PROM_CATEGORY_IO);
        assert_false(found);
        assert_int_equal(entry.vsize, 0);
        fake_stop(&server);
    }
    fake_server server;
    prom_mempool_entry entry;
    bool found = false;
    const fake_reply starting = {.status = 200, .body = REFUSAL("-28", "Loading")};
    fake_start(&server, &starting, 1);
    assert_fails(prom_mempool_find(server.rpc, &with->arena, &entry, &found, &txid, &server.error), PROM_CATEGORY_IO,
                 &server.error, "Loading");
    fake_stop(&server);
}

/* Elements come in another order than they were asked for. */
static void spenders_are_read(void **state)
{
    (void)state;
    static const fake_reply REPLIES[] = {
        {.result = "[{\"txid\":\"" A "\",\"vout\":1,\"spendingtxid\":\"" B "\"},{\"txid\":\"" A "\",\"vout\":0}]"},
        {.status = 200, .body = "{\"error\":{\"code\":-1,\"message\":\"usage\"},\"id\":2}"}, /* 30: it has no options */
        {.result = "[{\"txid\":\"" A "\",\"vout\":0},{\"txid\":\"" A "\",\"vout\":1}]"},
    };
    const prom_outpoint outpoints[] = {{hash(A), 0}, {hash(A), 1}};
    const prom_bytes32 spender = hash(B);
    prom_spender spends[2];
    fake_server server;
    fake_start(&server, REPLIES, COUNT_OF(REPLIES));
    assert_ok(prom_mempool_spends(server.rpc, spends, outpoints, 2, &server.error), &server.error);
    assert_non_null(strstr(server.request, "{\"mempool_only\":true}"));
    assert_int_equal(spends[0].where, PROM_SPEND_NONE);
    assert_int_equal(spends[1].where, PROM_SPEND_MEMPOOL);
    assert_true(spends[1].known && prom_bytes32_equal(&spends[1].txid, &spender));
    assert_ok(prom_mempool_spends(server.rpc, spends, outpoints, 2, &server.error), &server.error);
    assert_null(strstr(server.request, "mempool_only"));
    assert_int_equal(spends[1].where, PROM_SPEND_NONE);
    assert_string_equal(server.error.sentence, "");
    assert_ok(prom_mempool_spends(server.rpc, spends, outpoints, 0, &server.error), &server.error); /* asks nobody */
    assert_fails(prom_mempool_spends(server.rpc, spends, outpoints, PROM_SPENDS_MAX + 1, &server.error),
                 PROM_CATEGORY_MISUSE, &server.error, "at once");
    fake_stop(&server);
}

static void spenders_that_are_none(void **state)
{
    (void)state;
    static const char *const WRONG[] = {
        "null",
        "[]",
        "[{\"txid\":\"" A "\",\"vout\":7}]",
        "[{\"txid\":\"" B "\",\"vout\":0}]",
        "[{\"txid\":\"" A "\"}]",
        "[{\"txid\":\"" A "\",\"vout\":0,\"spendingtxid\":7}]",
        "[{\"txid\":\"" A "\",\"vout\":0,\"blockhash\":\"" B "\"}]",
        "[{\"txid\":\"" A "\",\"vout\":0,\"spendingtxid\":\"" B "\",\"blockhash\":1}]",
    };
    const prom_outpoint outpoint = {hash(A), 0};
    for (size_t i = 0; i < COUNT_OF(WRONG); i++) {
        const fake_reply reply = {.result = WRONG[i]};
        prom_spender spend;
        fake_server server;
        fake_start(&server, &reply, 1);
        assert_fails(prom_mempool_spends(server.rpc, &spend, &outpoint, 1, &server.error), PROM_CATEGORY_IO,
                     &server.error, "gettxspendingprevout: the answer lacks");
        fake_stop(&server);
    }
}

#define NO_INDEX                                                                                                       \
    {                                                                                                                  \
        .status = 200, .body = REFUSAL("-1", "txospenderindex is unavailable")                                         \
    }
#define AT_A "\"txid\":\"" A "\",\"vout\":0"
#define COIN "{\"bestblock\":\"" B "\"}"

static void quick_question(void **state)
{
    (void)state;
    static const struct {
        fake_reply replies[3];
        size_t count;
        prom_spend_where where;
        bool known;
    } CASES[] = {
        {{{.result = "[{" AT_A "}]"}}, 1, PROM_SPEND_NONE, false},
        {{{.result = "[{" AT_A ",\"spendingtxid\":\"" B "\"}]"}}, 1, PROM_SPEND_MEMPOOL, true},
        {{{.result = "[{" AT_A ",\"spendingtxid\":\"" B "\",\"blockhash\":\"" A "\"}]"}}, 1, PROM_SPEND_CHAIN, true},
        {{NO_INDEX, {.result = "[{" AT_A ",\"spendingtxid\":\"" B "\"}]"}}, 2, PROM_SPEND_MEMPOOL, true},
        {{NO_INDEX, {.result = "[{" AT_A "}]"}, {.result = COIN}}, 3, PROM_SPEND_NONE, false},
        {{NO_INDEX, {.result = "[{" AT_A "}]"}, {.result = "null"}}, 3, PROM_SPEND_CHAIN, false},
    };
    const prom_outpoint outpoint = {hash(A), 0};
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        prom_spender spend;
        fake_server server;
        fake_start(&server, CASES[i].replies, CASES[i].count);
        assert_ok(prom_chain_spend(server.rpc, &spend, &outpoint, &server.error), &server.error);
        assert_int_equal(spend.where, CASES[i].where);
        assert_int_equal(spend.known, CASES[i].known);
        fake_stop(&server);
    }
}

#define RESULTS(parent, child)                                                                                         \
    "\"tx-results\":{\"" A "\":{\"txid\":\"" A "\"" parent "},\"" B "\":{\"txid\":\"" B "\"" child "}}"

static void packages(void **state)
{
    (void)state;
    static const struct {
        fake_reply reply;
        size_t count;
        const char *reason; /* NULL: taken */
    } CASES[] = {
        {{.result = "{\"package_msg\":\"success\"," RESULTS("", "") "}"}, 2, NULL},
        {{.result = "{\"package_msg\":\"transaction failed\"," RESULTS(",\"error\":\"package-not-validated\"",
                                                                       ",\"error\":\"insufficient fee\"") "}"},
         2,
         "insufficient fee"},
        {{.result = "{\"package_msg\":\"package RBF failed\"," RESULTS("", "") "}"}, 2, "package RBF failed"},
        {{.status = 200, .body = REFUSAL("-25", "package topology disallowed")}, 2, "package topology disallowed"},
        {{.result = "\"" A "\""}, 1, NULL},
        {{.status = 200, .body = REFUSAL("-26", "min relay fee not met")}, 1, "min relay fee not met"},
    };
    const prom_span txs[] = {prom_span_of((const uint8_t[]){1}, 1), prom_span_of((const uint8_t[]){2}, 1)};
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        prom_chain_verdict verdict;
        fake_server server;
        fake_start(&server, &CASES[i].reply, 1);
        assert_ok(prom_mempool_submit(server.rpc, &verdict, txs, CASES[i].count, &server.error), &server.error);
        assert_non_null(strstr(server.request, CASES[i].count == 2 ? "\"submitpackage\",\"params\":[[\"01\",\"02\"],0]"
                                                                   : "\"sendrawtransaction\",\"params\":[\"01\",0]"));
        assert_int_equal(verdict.allowed, CASES[i].reason == NULL);
        assert_non_null(strstr(verdict.reason, CASES[i].reason != NULL ? CASES[i].reason : ""));
        fake_stop(&server);
    }
}

static void packages_that_nobody_judged(void **state)
{
    (void)state;
    static const struct {
        fake_reply reply;
        size_t count;
        const char *words;
    } CASES[] = {
        {{.result = "{}"}, 2, "submitpackage: the answer lacks"},
        {{.result = "{\"package_msg\":\"success\"}"}, 2, "submitpackage: the answer lacks"},
        {{.status = 200, .body = REFUSAL("-28", "Loading")}, 2, "Loading"},
        {{.status = 200, .body = REFUSAL("-28", "Loading")}, 1, "Loading"},
        {{.result = "7"}, 1, "sendrawtransaction: the answer lacks"},
    };
    const prom_span txs[] = {prom_span_of((const uint8_t[]){1}, 1), prom_span_of((const uint8_t[]){2}, 1)};
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        prom_chain_verdict verdict;
        fake_server server;
        fake_start(&server, &CASES[i].reply, 1);
        assert_fails(prom_mempool_submit(server.rpc, &verdict, txs, CASES[i].count, &server.error), PROM_CATEGORY_IO,
                     &server.error, CASES[i].words);
        assert_false(verdict.allowed);
        fake_stop(&server);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(entry_is_read),
        FIXTURE_TEST(entry_that_is_none),
        cmocka_unit_test(spenders_are_read),
        cmocka_unit_test(spenders_that_are_none),
        cmocka_unit_test(quick_question),
        cmocka_unit_test(packages),
        cmocka_unit_test(packages_that_nobody_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
