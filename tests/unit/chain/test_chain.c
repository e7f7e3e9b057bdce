#include "chain/fake_server.h"

#include "chain/chain.h"

#define HASH_A "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
#define HASH_B "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"

/* The answers of bitcoind, good but for what each case replaces, and the call that reads them. */
typedef prom_result (*call)(fake_server *server, fixture *with);

static void check_unexpected(fixture *with, call function, const char *const *results, size_t count, const char *method)
{
    for (size_t i = 0; i < count; i++) {
        const fake_reply reply = {.result = results[i]};
        fake_server server;
        char words[128];
        fake_start(&server, &reply, 1);
        (void)snprintf(words, sizeof words, "%s: the answer lacks a field", method);
        assert_fails(function(&server, with), PROM_CATEGORY_IO, &server.error, words);
        fake_stop(&server);
    }
}

static void assert_hash(const prom_bytes32 *hash, const char *shown)
{
    char text[PROM_HEX32];
    assert_string_equal(prom_hex32_reversed(text, hash), shown);
}

static void assert_zero(const prom_bytes32 *hash)
{
    static const prom_bytes32 ZERO = {{0}};
    assert_memory_equal(hash, &ZERO, sizeof ZERO);
}

/* Of the public signet, BIP 325. */
#define PUBLIC_CHALLENGE                                                                                               \
    "512103ad5e0edad18cb1f0fc0d28a3d4f1f3e445640337489abb10404f2d1e086be430210359ef5021964fe22d6f8e05b2463c9540ce9688" \
    "3fe3"                                                                                                             \
    "b278760f048f5189f2e6c452ae"
#define INFO(begin, headers, time)                                                                                     \
    "{" begin ",\"headers\":" headers ",\"bestblockhash\":\"" HASH_A "\",\"difficulty\":4.6e-10,\"time\":" time        \
    ",\"initialblockdownload\":true,\"pruned\":false}"
/* The same, but for what is said of downloading and pruning. */
#define FOUND(rest) "{" MAIN ",\"headers\":1,\"bestblockhash\":\"" HASH_A "\",\"time\":1" rest "}"
#define MAIN "\"chain\":\"main\",\"blocks\":1"

static prom_result call_info(fake_server *server, fixture *with)
{
    (void)with;
    prom_chain_info info;
    return prom_chain_get_info(server->rpc, &info, &server->error);
}

/* All signets have one first block: their challenge tells them apart. */
static void test_own_signets(void **state)
{
    static const struct {
        const char *challenge;
        bool own;
    } cases[] = {{"", false},
                 {",\"signet_challenge\":\"\"", false},
                 {",\"signet_challenge\":\"" PUBLIC_CHALLENGE "\"", false},
                 {",\"signet_challenge\":\"51\"", true},
                 {",\"signet_challenge\":\"" PUBLIC_CHALLENGE "51\"", true},
                 {",\"signet_challenge\":\"zz\"", true}};
    const prom_chain_parameters *network = prom_chain_parameters_by_name("signet");
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[1024];
        (void)snprintf(text, sizeof text, INFO("\"chain\":\"signet\",\"blocks\":1%s", "1", "1"), cases[i].challenge);
        const fake_reply replies[] = {{.result = "\"" HASH_B "\""}, {.result = text}};
        fake_server server;
        prom_chain_info info;
        fake_start(&server, replies, COUNT_OF(replies));
        assert_ok(prom_chain_get_info(server.rpc, &info, &server.error), &server.error);
        fake_stop(&server);
        assert_hash(&info.genesis, HASH_B);
        if (strstr(cases[i].challenge, ":\"\"") != NULL || cases[i].challenge[0] == '\0') {
            assert_hash(&info.id, HASH_B); /* no signet, or one whose bitcoind does not say */
            info.id = network->genesis;
        }
        assert_int_equal(prom_chain_is_foreign(&info, network), cases[i].own);
        assert_true(prom_chain_is_foreign(&info, prom_chain_parameters_by_name("regtest")));
        const uint8_t anybody[] = {0x51};
        prom_chain_parameters own = *network;
        own.id = prom_signet_id(prom_span_of(anybody, sizeof anybody));
        assert_int_equal(prom_chain_is_foreign(&info, &own),
                         strcmp(cases[i].challenge, ",\"signet_challenge\":\"51\"") != 0);
    }
}

static void test_info(void **state)
{
    (void)state;
    static const fake_reply REPLIES[] = {
        {.result = "\"" HASH_B "\""},
        {.result = INFO("\"chain\":\"regtest\",\"blocks\":117", "118", "1296688602")},
    };
    fake_server server;
    prom_chain_info info;
    fake_start(&server, REPLIES, COUNT_OF(REPLIES));
    assert_ok(prom_chain_get_info(server.rpc, &info, &server.error), &server.error);
    fake_stop(&server);
    assert_string_equal(info.name, "regtest");
    assert_int_equal(info.height, 117);
    assert_int_equal(info.headers, 118);
    assert_int_equal(info.tip_time, 1296688602);
    assert_true(info.downloading);
    assert_int_equal(info.first_block, 0);
    assert_hash(&info.best, HASH_A);
    assert_hash(&info.genesis, HASH_B);
    assert_hash(&info.id, HASH_B);
    static const char *const WRONG[] = {
        "5",
        INFO("\"blocks\":1", "1", "1"),
        INFO("\"chain\":\"a-name-that-is-too-long\",\"blocks\":1", "1", "1"),
        INFO("\"chain\":\"main\"", "1", "1"),
        INFO("\"chain\":\"main\",\"blocks\":-1", "1", "1"),
        INFO("\"chain\":\"main\",\"blocks\":2147483648", "1", "1"),
        INFO("\"chain\":\"main\",\"blocks\":1.0", "1", "1"),
        INFO(MAIN, "null", "1"),
        INFO(MAIN, "-1", "1"),
        INFO(MAIN, "1", "null"),
        INFO(MAIN, "1", "-1"),
        INFO(MAIN, "1", "4294967296"),
        FOUND(",\"pruned\":false"),
        FOUND(",\"initialblockdownload\":0,\"pruned\":false"),
        FOUND(",\"initialblockdownload\":false"),
        FOUND(",\"initialblockdownload\":false,\"pruned\":true"),
        FOUND(",\"initialblockdownload\":false,\"pruned\":true,\"pruneheight\":-1"),
        "{" MAIN ",\"headers\":1,\"time\":1}",
        "{" MAIN ",\"headers\":1,\"time\":1,\"bestblockhash\":\"00\"}",
    };
    for (size_t i = 0; i < COUNT_OF(WRONG); i++) {
        const fake_reply replies[] = {REPLIES[0], {.result = WRONG[i]}};
        fake_start(&server, replies, COUNT_OF(replies));
        assert_fails(prom_chain_get_info(server.rpc, &info, &server.error), PROM_CATEGORY_IO, &server.error,
                     "getblockchaininfo: the answer lacks a field");
        assert_string_equal(info.name, "");
        assert_zero(&info.genesis);
        fake_stop(&server);
    }
    static const char *const GENESIS[] = {"null", "7", "\"\"", "\"zz\"", "\"" HASH_A "00\""};
    check_unexpected(*state, call_info, GENESIS, COUNT_OF(GENESIS), "getblockhash");
}

static void test_pruned(void **state)
{
    (void)state;
    static const fake_reply REPLIES[] = {
        {.result = "\"" HASH_B "\""},
        {.result = FOUND(",\"initialblockdownload\":false,\"pruned\":true,\"pruneheight\":550")},
    };
    fake_server server;
    prom_chain_info info;
    fake_start(&server, REPLIES, COUNT_OF(REPLIES));
    assert_ok(prom_chain_get_info(server.rpc, &info, &server.error), &server.error);
    fake_stop(&server);
    assert_false(info.downloading);
    assert_int_equal(info.first_block, 550);
}

static void test_block(void **state)
{
    fixture *with = *state;
    static const fake_reply REPLIES[] = {{.result = "\"0102fF\""}, {.result = "\"\""}};
    fake_server server;
    prom_span block;
    prom_bytes32 hash;
    assert_true(prom_hex32_parse_reversed(&hash, HASH_A));
    fake_start(&server, REPLIES, COUNT_OF(REPLIES));
    assert_ok(prom_chain_block(server.rpc, &with->arena, &block, &hash, &server.error), &server.error);
    assert_true(prom_span_equal(block, prom_span_of((const uint8_t[]){1, 2, 255}, 3)));
    assert_non_null(strstr(server.request, "\"method\":\"getblock\",\"params\":[\"" HASH_A "\",0]"));
    assert_ok(prom_chain_block(server.rpc, &with->arena, &block, &hash, &server.error), &server.error);
    assert_int_equal(block.length, 0);
    fake_stop(&server);
}

static prom_result call_block(fake_server *server, fixture *with)
{
    prom_span block;
    const prom_bytes32 hash = {{0}};
    return prom_chain_block(server->rpc, &with->arena, &block, &hash, &server->error);
}

static void test_block_wrong(void **state)
{
    static const char *const WRONG[] = {"null", "{}", "\"0\"", "\"012\"", "\"zz\"", "\"01 2\""};
    check_unexpected(*state, call_block, WRONG, COUNT_OF(WRONG), "getblock");
    const fake_reply reply = {.result = "\"00\""};
    fake_server server;
    fixture small = {0};
    prom_arena_init(&small.arena, 0);
    fake_start(&server, &reply, 1);
    assert_fails(call_block(&server, &small), PROM_CATEGORY_MEMORY, &server.error, "limit of 0 bytes");
    fake_stop(&server);
}

static prom_result call_broadcast(fake_server *server, fixture *with)
{
    (void)with;
    prom_bytes32 txid;
    return prom_chain_broadcast(server->rpc, &txid, prom_span_of((const uint8_t[]){2}, 1), &server->error);
}

static void test_broadcast(void **state)
{
    static const fake_reply REPLIES[] = {
        {.result = "\"" HASH_A "\""},
        {.status = 200, .body = "{\"error\":{\"code\":-26,\"message\":\"min relay fee not met, 0 < 100\"},\"id\":2}"},
    };
    static const uint8_t TX[] = {2, 0, 0, 0xab};
    fake_server server;
    prom_bytes32 txid;
    fake_start(&server, REPLIES, COUNT_OF(REPLIES));
    assert_ok(prom_chain_broadcast(server.rpc, &txid, prom_span_of(TX, sizeof TX), &server.error), &server.error);
    assert_hash(&txid, HASH_A);
    assert_non_null(
        strstr(server.request, "\"method\":\"sendrawtransaction\",\"params\":[\"020000ab\",0]")); /* any feerate */
    assert_fails(prom_chain_broadcast(server.rpc, &txid, prom_span_of(TX, sizeof TX), &server.error), PROM_CATEGORY_IO,
                 &server.error, "sendrawtransaction: min relay fee not met, 0 < 100 (code -26)");
    assert_zero(&txid);
    fake_stop(&server);
    static const char *const WRONG[] = {"null", "\"\"", "[\"" HASH_A "\"]"};
    check_unexpected(*state, call_broadcast, WRONG, COUNT_OF(WRONG), "sendrawtransaction");
}

static prom_result call_try(fake_server *server, fixture *with)
{
    (void)with;
    prom_chain_verdict verdict;
    return prom_chain_try(server->rpc, &verdict, prom_span_of((const uint8_t[]){2}, 1), &server->error);
}

static void test_try(void **state)
{
    static const fake_reply REPLIES[] = {
        {.result = "[{\"txid\":\"" HASH_A "\",\"allowed\":true,\"vsize\":100}]"},
        {.result = "[{\"allowed\":false,\"reject-reason\":\"missing-inputs\"}]"},
    };
    fake_server server;
    prom_chain_verdict verdict;
    const prom_span tx = prom_span_of((const uint8_t[]){2}, 1);
    fake_start(&server, REPLIES, COUNT_OF(REPLIES));
    assert_ok(prom_chain_try(server.rpc, &verdict, tx, &server.error), &server.error);
    assert_true(verdict.allowed);
    assert_string_equal(verdict.reason, "");
    assert_non_null(strstr(server.request, "\"method\":\"testmempoolaccept\",\"params\":[[\"02\"],0]"));
    assert_ok(prom_chain_try(server.rpc, &verdict, tx, &server.error), &server.error);
    assert_false(verdict.allowed);
    assert_string_equal(verdict.reason, "missing-inputs");
    fake_stop(&server);
    static const char *const WRONG[] = {"null",
                                        "[]",
                                        "[{}]",
                                        "[{\"allowed\":1}]",
                                        "[{\"allowed\":false}]",
                                        "[{\"allowed\":false,\"reject-reason\":5}]"};
    check_unexpected(*state, call_try, WRONG, COUNT_OF(WRONG), "testmempoolaccept");
}

#define COIN(confirmations, value, hex, coinbase)                                                                      \
    "{\"bestblock\":\"" HASH_A "\",\"confirmations\":" confirmations ",\"value\":" value                               \
    ",\"scriptPubKey\":{\"asm\":\"x\",\"hex\":" hex "},\"coinbase\":" coinbase "}"

static prom_result call_coin(fake_server *server, fixture *with)
{
    prom_chain_coin coin;
    bool found = false;
    const prom_outpoint outpoint = {.index = 7};
    return prom_chain_get_coin(server->rpc, &with->arena, &coin, &found, &outpoint, true, &server->error);
}

static void test_coin(void **state)
{
    fixture *with = *state;
    static const fake_reply REPLIES[] = {{.result = COIN("3", "0.29000000", "\"5120ab\"", "true")},
                                         {.result = "{\"hash\":\"" HASH_A "\",\"height\":117}"},
                                         {.result = "null"},
                                         {.result = COIN("0", "0.29000000", "\"5120ab\"", "false")}};
    fake_server server;
    prom_chain_coin coin;
    bool found = false;
    prom_outpoint outpoint = {.index = UINT32_MAX};
    assert_true(prom_hex32_parse_reversed(&outpoint.txid, HASH_B));
    fake_start(&server, REPLIES, COUNT_OF(REPLIES));
    assert_ok(prom_chain_get_coin(server.rpc, &with->arena, &coin, &found, &outpoint, false, &server.error),
              &server.error);
    assert_true(found);
    assert_true(prom_amount_equal(coin.output.value, prom_amount_of(29000000)));
    assert_true(prom_span_equal(coin.output.script, prom_span_of((const uint8_t[]){0x51, 0x20, 0xab}, 3)));
    assert_int_equal(coin.confirmations, 3);
    assert_int_equal(coin.height, 115); /* of the tip as it was then, whatever has come since */
    assert_true(coin.coinbase);
    assert_non_null(strstr(server.request, "\"getblockheader\",\"params\":[\"" HASH_A "\"]"));
    assert_ok(prom_chain_get_coin(server.rpc, &with->arena, &coin, &found, &outpoint, true, &server.error),
              &server.error);
    assert_false(found);
    assert_null(coin.output.script.data);
    assert_non_null(strstr(server.request, "\"gettxout\",\"params\":[\"" HASH_B "\",4294967295,true]"));
    assert_ok(prom_chain_get_coin(server.rpc, &with->arena, &coin, &found, &outpoint, false, &server.error),
              &server.error);
    assert_true(found);
    assert_int_equal(coin.height, 0); /* in the mempool */
    assert_false(coin.coinbase);
    assert_non_null(strstr(server.request, "4294967295,false]"));
    fake_stop(&server);
    static const char *const WRONG[] = {
        "5",
        "{}",
        COIN("-1", "1.00000000", "\"51\"", "true"),
        COIN("\"1\"", "1.00000000", "\"51\"", "true"),
        COIN("1", "1", "\"51\"", "true"),
        COIN("1", "1.0", "\"51\"", "true"),
        COIN("1", "-1.00000000", "\"51\"", "true"),
        COIN("1", "21000000.00000001", "\"51\"", "true"),
        COIN("1", "1.00000000", "\"5\"", "true"),
        COIN("1", "1.00000000", "null", "true"),
        COIN("1", "1.00000000", "\"51\"", "1"),
        "{\"confirmations\":1,\"value\":1.00000000,\"scriptPubKey\":{\"hex\":\"51\"},\"coinbase\":true}",
    };
    check_unexpected(with, call_coin, WRONG, COUNT_OF(WRONG), "gettxout");
    static const char *const HEADERS[] = {"null", "{}", "{\"height\":-1}", "{\"height\":1}"};
    for (size_t i = 0; i < COUNT_OF(HEADERS); i++) {
        const fake_reply replies[] = {REPLIES[0], {.result = HEADERS[i]}};
        fake_start(&server, replies, COUNT_OF(replies));
        assert_fails(call_coin(&server, with), PROM_CATEGORY_IO, &server.error,
                     "getblockheader: the answer lacks a field");
        fake_stop(&server);
    }
}

static prom_result call_connections(fake_server *server, fixture *with)
{
    uint32_t connections = 0;
    (void)with;
    return prom_chain_get_connections(server->rpc, &connections, &server->error);
}

static void test_connections(void **state)
{
    static const fake_reply REPLIES[] = {{.result = "{\"version\":310000,\"connections\":7}"}};
    fake_server server;
    uint32_t connections = 0;
    fake_start(&server, REPLIES, COUNT_OF(REPLIES));
    assert_ok(prom_chain_get_connections(server.rpc, &connections, &server.error), &server.error);
    assert_int_equal(connections, 7);
    assert_non_null(strstr(server.request, "\"method\":\"getnetworkinfo\",\"params\":[]"));
    fake_stop(&server);
    static const char *const WRONG[] = {"null", "{}", "{\"connections\":-1}", "{\"connections\":\"7\"}"};
    check_unexpected(*state, call_connections, WRONG, COUNT_OF(WRONG), "getnetworkinfo");
}

/* All blocks are there, the tip is younger than 3 hours, and there have been peers for 10 minutes. */
static void test_in_step(void **state)
{
    enum { NOW = 1700000000, HOURS = 3 * 3600, MINUTES = 600 };
    static const struct {
        uint32_t height;
        int64_t tip_time;
        double connected;
        bool on_main;
        bool on_regtest;
    } cases[] = {
        {100, NOW, MINUTES, true, true},
        {99, NOW, MINUTES, false, false},
        {100, NOW - HOURS + 1, MINUTES, true, true},
        {100, NOW - HOURS, MINUTES, false, true},
        {100, 0, -1, false, true},
        {100, NOW, MINUTES - 0.5, false, true},
        {100, NOW, -1, false, true},
        {100, NOW + HOURS, MINUTES, true, true}, /* a miner's clock */
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const prom_chain_info info = {.height = cases[i].height, .headers = 100, .tip_time = cases[i].tip_time};
        const prom_chain_moment moment = {NOW, cases[i].connected};
        assert_int_equal(prom_chain_in_step(&info, prom_chain_parameters_by_name("main"), &moment), cases[i].on_main);
        assert_int_equal(prom_chain_in_step(&info, prom_chain_parameters_by_name("testnet4"), &moment),
                         cases[i].on_main);
        assert_int_equal(prom_chain_in_step(&info, prom_chain_parameters_by_name("regtest"), &moment),
                         cases[i].on_regtest);
    }
}

#define MEMPOOL(least, incremental)                                                                                    \
    "{\"loaded\":true,\"mempoolminfee\":" least ",\"minrelaytxfee\":0.00000100,\"incrementalrelayfee\":" incremental "}"
#define NO_ESTIMATE "{\"errors\":[\"Insufficient data or no feerate found\"],\"blocks\":0}"

static prom_result call_feerates(fake_server *server, fixture *with)
{
    (void)with;
    prom_feerates feerates;
    bool estimated = false;
    return prom_chain_get_feerates(server->rpc, &feerates, &estimated, 6, &server->error);
}

static void test_feerates(void **state)
{
    static const struct {
        fake_reply replies[2];
        prom_feerates feerates;
        bool estimated;
    } GOOD[] = {
        {{{.result = MEMPOOL("0.00000100", "0.00000010")}, {.result = "{\"feerate\":0.00012345,\"blocks\":6}"}},
         {12345, 100, 10},
         true},
        {{{.result = MEMPOOL("0.00001000", "0.00000100")}, {.result = NO_ESTIMATE}}, {1000, 1000, 100}, false},
        /* The mempool is fuller than the estimate knows. */
        {{{.result = MEMPOOL("0.00005000", "0.00000000")}, {.result = "{\"feerate\":0.00004999,\"blocks\":6}"}},
         {5000, 5000, 0},
         true},
        {{{.result = MEMPOOL("42.94967295", "0.00000100")}, {.result = NO_ESTIMATE}},
         {UINT32_MAX, UINT32_MAX, 100},
         false},
    };
    for (size_t i = 0; i < COUNT_OF(GOOD); i++) {
        fake_server server;
        prom_feerates feerates;
        bool estimated = false;
        fake_start(&server, GOOD[i].replies, COUNT_OF(GOOD[i].replies));
        assert_ok(prom_chain_get_feerates(server.rpc, &feerates, &estimated, 6, &server.error), &server.error);
        assert_non_null(strstr(server.request, "\"method\":\"estimatesmartfee\",\"params\":[6,\"conservative\"]"));
        fake_stop(&server);
        assert_memory_equal(&feerates, &GOOD[i].feerates, sizeof feerates);
        assert_int_equal(estimated, GOOD[i].estimated);
    }
    static const char *const WRONG[] = {
        "null",
        "{}",
        MEMPOOL("1", "0.00000100"),
        MEMPOOL("\"x\"", "0.00000100"),
        MEMPOOL("-0.00000100", "0.00000100"),
        MEMPOOL("42.94967296", "0.00000100"),
        MEMPOOL("0.00000100", "null"),
        MEMPOOL("0.00000100", "0.0000010"),
    };
    check_unexpected(*state, call_feerates, WRONG, COUNT_OF(WRONG), "getmempoolinfo");
    static const char *const WRONG_ESTIMATES[] = {
        "null", "{}", "{\"errors\":[]}", "{\"feerate\":null}", "{\"feerate\":1}", "{\"feerate\":42.94967296}"};
    for (size_t i = 0; i < COUNT_OF(WRONG_ESTIMATES); i++) {
        const fake_reply replies[] = {{.result = MEMPOOL("0.00000100", "0.00000100")}, {.result = WRONG_ESTIMATES[i]}};
        fake_server server;
        prom_feerates feerates = {1, 1, 1};
        bool estimated = true;
        fake_start(&server, replies, COUNT_OF(replies));
        assert_fails(prom_chain_get_feerates(server.rpc, &feerates, &estimated, 6, &server.error), PROM_CATEGORY_IO,
                     &server.error, "estimatesmartfee: the answer lacks a field");
        fake_stop(&server);
        assert_int_equal(feerates.wanted + feerates.relay + feerates.incremental, 0);
        assert_false(estimated);
    }
}

static prom_result call_generate(fake_server *server, fixture *with)
{
    (void)with;
    return prom_chain_generate(server->rpc, "raw(51)", 2, &server->error);
}

static void test_generate(void **state)
{
    static const fake_reply REPLIES[] = {{.result = "[\"" HASH_A "\",\"" HASH_B "\"]"}};
    fake_server server;
    fake_start(&server, REPLIES, COUNT_OF(REPLIES));
    assert_ok(call_generate(&server, *state), &server.error);
    assert_non_null(strstr(server.request, "\"generatetodescriptor\",\"params\":[2,\"raw(51)\"]"));
    fake_stop(&server);
    static const char *const WRONG[] = {"null", "[]", "[\"" HASH_A "\"]"};
    check_unexpected(*state, call_generate, WRONG, COUNT_OF(WRONG), "generatetodescriptor");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_info),     FIXTURE_TEST(test_own_signets), cmocka_unit_test(test_pruned),
        FIXTURE_TEST(test_block),    FIXTURE_TEST(test_block_wrong), FIXTURE_TEST(test_broadcast),
        FIXTURE_TEST(test_try),      FIXTURE_TEST(test_coin),        FIXTURE_TEST(test_generate),
        FIXTURE_TEST(test_feerates), FIXTURE_TEST(test_connections), cmocka_unit_test(test_in_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
