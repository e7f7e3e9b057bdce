/* A broadcast before a node that a test makes up: what is asked and handed over, whatever is answered. The rules of a
 * real mempool are in tests/functional/test_broadcast.py. */
#include "chain/fake_node.h"

#include "chain/broadcast.h"
#include "prometheus/bitcoin/script.h"

#define OTHER "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
#define CHILD "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"

enum { TIP = 100, SENT_MAX = 8 };

/* What the node has, and what it was given. */
typedef struct mempool {
    char parent[PROM_HEX32];
    bool has_parent;
    const char *parent_fee;
    const char *rival_fee; /* of anything else, which has rival_vsize */
    int rival_vsize;
    size_t children;      /* that spend from the parent */
    const char *spender;  /* of every output that is asked for, or NULL */
    size_t many_spenders; /* above 0: each output has another one, up to so many */
    bool coin_is_there;
    const char *refusal; /* of whatever is handed over */
    size_t fail_at;      /* the call that gets no answer, from 1 on */
    size_t calls;
    size_t alone, packages, children_sent;
} mempool;

static json_t *entry_of(const mempool *with, const char *txid, int *code)
{
    const bool is_parent = strcmp(txid, with->parent) == 0;
    json_t *children = json_array();
    if (is_parent && !with->has_parent) {
        json_decref(children);
        *code = -5;
        return NULL;
    }
    for (size_t i = 0; is_parent && i < with->children; i++) {
        (void)json_array_append_new(children, json_string(CHILD));
    }
    const char *fee = is_parent ? with->parent_fee : with->rival_fee;
    const int vsize = is_parent ? 111 : with->rival_vsize;
    const bool has_child = is_parent && with->children > 0;
    return json_pack("{s:i, s:i, s:{s:s, s:s}, s:[], s:o}", "vsize", vsize, "descendantsize",
                     vsize + (has_child ? 153 : 0), "fees", "base", fee, "descendant", has_child ? "0.00000800" : fee,
                     "depends", "spentby", children);
}

static json_t *spends_of(const mempool *with, const json_t *outpoints)
{
    json_t *spends = json_array();
    size_t i;
    json_t *outpoint;
    json_array_foreach(outpoints, i, outpoint)
    {
        json_t *spend = json_copy(outpoint);
        char txid[PROM_HEX32] = OTHER;
        txid[0] = (char)('0' + i % 10);
        txid[1] = (char)('0' + i / 10 % 10);
        txid[2] = (char)('0' + i / 100 % 10);
        const char *spender = i < with->many_spenders ? txid : with->spender;
        if (spender != NULL) {
            (void)json_object_set_new(spend, "spendingtxid", json_string(spender));
        }
        (void)json_array_append_new(spends, spend);
    }
    return spends;
}

static json_t *take_package(mempool *with, const json_t *txs)
{
    with->packages++;
    assert_int_equal(json_array_size(txs), 2);
    return json_pack("{s:s, s:{s:{s:s*}}}", "package_msg", with->refusal != NULL ? "transaction failed" : "success",
                     "tx-results", CHILD, "error", with->refusal);
}

static json_t *answer(fake_node *node, const char *method, const json_t *params, int *code)
{
    mempool *with = node->context;
    const json_t *first = json_array_get(params, 0);
    if (++with->calls == with->fail_at) {
        *code = FAKE_NO_ANSWER;
        return NULL;
    }
    if (strcmp(method, "getmempoolentry") == 0) {
        return entry_of(with, json_string_value(first), code);
    }
    if (strcmp(method, "gettxspendingprevout") == 0) {
        return spends_of(with, first);
    }
    if (strcmp(method, "gettxout") == 0) {
        return with->coin_is_there
                   ? json_pack("{s:s, s:s, s:b, s:i, s:{s:s}}", "bestblock", CHILD, "value", "0.01000000", "coinbase",
                               0, "confirmations", 3, "scriptPubKey", "hex", "51")
                   : json_null();
    }
    if (strcmp(method, "getblockheader") == 0) {
        return json_pack("{s:i}", "height", TIP);
    }
    if (strcmp(method, "sendrawtransaction") == 0) {
        const bool is_child = with->has_parent;
        with->alone += !is_child;
        with->children_sent += is_child;
        *code = -26;
        return with->refusal != NULL && strcmp(with->refusal, "the package") != 0 ? NULL : json_string(OTHER);
    }
    if (strcmp(method, "submitpackage") == 0) {
        return take_package(with, first);
    }
    *code = -32601;
    return NULL;
}

typedef struct setting {
    fixture *test;
    fake_node *node;
    mempool mempool;
    prom_bump_coin coin;
    prom_key key;
    prom_broadcast_want want;
    prom_fee_climate climate;
    prom_child_signer signer;
    prom_broadcast_report report;
} setting;

static prom_result make_child(void *context, prom_arena *arena, prom_tx **child, const prom_bump *bump,
                              prom_error *error)
{
    static const prom_bytes32 auxiliary;
    setting *with = context;
    return prom_bump_child(with->test->curve, arena, child, bump, &with->key, &auxiliary, error);
}

static prom_result make_none(void *context, prom_arena *arena, prom_tx **child, const prom_bump *bump,
                             prom_error *error)
{
    (void)context;
    (void)arena;
    (void)child;
    (void)bump;
    return prom_fail(error, PROM_CATEGORY_BROKEN, "the key is away");
}

/* A parent of so many inputs, 111 vB for one, that pays 111 sat; a coin of 1,000,000 sat; 2,000,000 are at risk. */
static void begin(setting *with, fixture *test, size_t inputs)
{
    uint64_t seed = 5;
    prom_tx *tx = NULL;
    prom_bytes32 txid;
    *with = (setting){.test = test, .key = random_key(test, &seed)};
    with->mempool.parent_fee = "0.00000111";
    with->mempool.rival_fee = "0.00000700";
    with->mempool.rival_vsize = 153;
    with->mempool.coin_is_there = true;
    assert_ok(prom_tx_new(&test->arena, &tx, inputs, 2, &test->error), &test->error);
    for (size_t i = 0; i < inputs; i++) {
        prom_span *witness = NULL;
        void *memory = NULL;
        assert_ok(prom_arena_alloc(&test->arena, &memory, 1, sizeof *witness, &test->error), &test->error);
        witness = memory;
        *witness = span_of_hex(test, "0102");
        tx->inputs[i] = (prom_tx_input){{random_bytes32(&seed), 0}, PROM_SEQUENCE_PLAIN, {NULL, 0}, witness, 1};
    }
    tx->outputs[0].value = prom_amount_of(100000);
    assert_ok(prom_script_p2tr(&test->arena, &tx->outputs[0].script, &with->key.public_key, &test->error),
              &test->error);
    tx->outputs[1].value = prom_amount_of(240);
    assert_ok(prom_script_anchor(&test->arena, &tx->outputs[1].script, &test->error), &test->error);
    assert_ok(prom_tx_id(&test->arena, &txid, tx, &test->error), &test->error);
    (void)prom_hex32_reversed(with->mempool.parent, &txid);
    assert_ok(prom_tx_serialize(&test->arena, &with->want.tx, tx, true, &test->error), &test->error);
    with->coin = (prom_bump_coin){{random_bytes32(&seed), 1}, prom_amount_of(1000000), with->key.public_key};
    with->want.fee = prom_amount_of(111);
    with->want.coin = &with->coin;
    with->want.due = (prom_fee_obligation){.first_tip = TIP,
                                           .last_block = 200,
                                           .at_risk = prom_amount_of(2000000),
                                           .lateness = PROM_LATE_COSTS_MONEY,
                                           .safety_margin = 6};
    with->climate = (prom_fee_climate){.relay = 100, .incremental = 100, .estimates = {10000, 5000}};
    with->signer = (prom_child_signer){with, make_child};
    with->node = fake_node_start("regtest", answer, NULL);
}

static const prom_broadcast_report *look(setting *with)
{
    with->node->context = &with->mempool;
    with->mempool.calls = 0;
    with->mempool.alone = with->mempool.packages = with->mempool.children_sent = 0;
    prom_broadcast(with->node->rpc, &with->report, &with->want, TIP, &with->climate, &with->signer);
    return &with->report;
}

static void assert_handed(const setting *with, size_t alone, size_t packages, size_t children)
{
    assert_int_equal(with->mempool.alone, alone);
    assert_int_equal(with->mempool.packages, packages);
    assert_int_equal(with->mempool.children_sent, children);
}

static void goes_with_a_child(void **state)
{
    setting with;
    begin(&with, *state, 1);
    const prom_broadcast_report *report = look(&with);
    assert_int_equal(report->state, PROM_BROADCAST_SENT);
    assert_true(report->has_child);
    assert_int_equal(report->wanted, 10000);
    assert_in_range(report->pays, 10000, 10010);
    assert_handed(&with, 0, 1, 0);
    fake_node_stop(with.node);
}

static void goes_alone_where_that_is_enough(void **state)
{
    setting with;
    begin(&with, *state, 1);
    with.want.fee = prom_amount_of(100000);
    const prom_broadcast_report *report = look(&with);
    assert_int_equal(report->state, PROM_BROADCAST_SENT);
    assert_false(report->has_child);
    assert_handed(&with, 1, 0, 0);
    with.mempool.refusal = "insufficient fee"; /* something is in its way: both are tried, and refused */
    assert_int_equal(look(&with)->state, PROM_BROADCAST_REFUSED);
    assert_handed(&with, 1, 1, 0);
    fake_node_stop(with.node);
}

static void child_that_is_refused_leaves_the_parent(void **state)
{
    setting with;
    begin(&with, *state, 1);
    with.mempool.refusal = "the package";
    const prom_broadcast_report *report = look(&with);
    assert_int_equal(report->state, PROM_BROADCAST_CHEAP);
    assert_string_equal(report->told.sentence, "the package");
    assert_false(report->has_child);
    assert_handed(&with, 1, 1, 0);
    fake_node_stop(with.node);
}

static void raises_what_waits(void **state)
{
    setting with;
    begin(&with, *state, 1);
    with.mempool.has_parent = true;
    with.mempool.children = 1;
    const prom_broadcast_report *report = look(&with);
    assert_int_equal(report->state, PROM_BROADCAST_SENT);
    assert_handed(&with, 0, 0, 1);
    assert_in_range(report->pays, 10000, 10010);
    with.mempool.parent_fee = "0.00100000"; /* dear enough, whatever hangs on it */
    assert_int_equal(look(&with)->state, PROM_BROADCAST_WAITS);
    assert_handed(&with, 0, 0, 0);
    assert_int_equal(with.mempool.calls, 1);
    with.mempool.parent_fee = "0.00000111";
    with.mempool.refusal = "outbid";
    assert_int_equal(look(&with)->state, PROM_BROADCAST_CHEAP);
    fake_node_stop(with.node);
}

/* In the last s blocks before money is lost another's child is replaced, though it pays enough; our own is not. */
static void trusts_no_other_child_at_the_end(void **state)
{
    setting with;
    begin(&with, *state, 1);
    with.mempool.has_parent = true;
    with.mempool.children = 1;
    with.climate.estimates = (prom_fee_estimates){2000, 1000}; /* parent and child pay 3030 */
    with.want.due.at_risk = prom_amount_of(10000);
    assert_int_equal(look(&with)->state, PROM_BROADCAST_WAITS);
    assert_handed(&with, 0, 0, 0);
    with.want.due.last_block = TIP + 3;
    assert_int_equal(look(&with)->state, PROM_BROADCAST_SENT);
    assert_handed(&with, 0, 0, 1);
    with.mempool.spender = CHILD;
    assert_int_equal(look(&with)->state, PROM_BROADCAST_WAITS);
    assert_handed(&with, 0, 0, 0);
    with.mempool.spender = OTHER;
    with.mempool.refusal = "outbid";
    assert_int_equal(look(&with)->state, PROM_BROADCAST_WAITS);
    assert_handed(&with, 0, 0, 1);
    fake_node_stop(with.node);
}

/* A child of the parent in the mempool also spends our coin: it is one rival, not two. */
static void rivals_are_counted_once(void **state)
{
    setting with;
    begin(&with, *state, 1);
    with.mempool.has_parent = true;
    with.mempool.children = 1;
    with.mempool.spender = CHILD;
    with.mempool.rival_fee = "0.00005000";
    with.mempool.rival_vsize = 1000;
    with.climate.estimates.soon = 5000;
    assert_int_equal(look(&with)->state, PROM_BROADCAST_SENT);
    assert_true(prom_amount_above(prom_amount_of(6000), with.report.child_fee));
    with.mempool.has_parent = false;
    with.mempool.spender = OTHER; /* spends the parent's input and our coin */
    assert_int_equal(look(&with)->state, PROM_BROADCAST_SENT);
    assert_true(prom_amount_above(prom_amount_of(6000), with.report.child_fee));
    fake_node_stop(with.node);
}

static void too_many_rivals_are_left_alone(void **state)
{
    setting with;
    begin(&with, *state, 80);
    with.mempool.many_spenders = 80;
    with.mempool.refusal = "too many potential replacements";
    assert_int_equal(look(&with)->state, PROM_BROADCAST_REFUSED);
    assert_non_null(strstr(with.report.told.sentence, "more than 64 transactions"));
    assert_handed(&with, 1, 0, 0);
    fake_node_stop(with.node);
}

/* A bitcoind that falls silent at any call: it is unknown, and no more than was said was done. */
static void silence_at_any_call_is_unknown(void **state)
{
    for (size_t waits = 0; waits < 2; waits++) {
        setting with;
        begin(&with, *state, 2);
        with.mempool.has_parent = waits == 1;
        with.mempool.children = 1;
        with.mempool.spender = OTHER;
        assert_int_equal(look(&with)->state, PROM_BROADCAST_SENT);
        const size_t calls = with.mempool.calls;
        assert_true(calls >= 5);
        for (size_t at = 1; at <= calls; at++) {
            with.mempool.fail_at = at;
            const prom_broadcast_report *report = look(&with);
            assert_int_equal(report->state, PROM_BROADCAST_UNKNOWN);
            assert_int_equal(with.mempool.calls, at);
            assert_false(report->has_child);
            assert_non_null(strstr(report->told.sentence, "did not answer"));
        }
        fake_node_stop(with.node);
    }
}

static void what_is_no_transaction_or_has_no_key_is_told(void **state)
{
    setting with;
    begin(&with, *state, 1);
    const prom_span good = with.want.tx;
    with.want.tx = prom_span_of(good.data, good.length - 1);
    assert_int_equal(look(&with)->state, PROM_BROADCAST_UNKNOWN);
    assert_int_equal(with.mempool.calls, 0);
    with.want.tx = good;
    with.signer.make = make_none;
    assert_int_equal(look(&with)->state, PROM_BROADCAST_UNKNOWN);
    assert_string_equal(with.report.told.sentence, "the key is away");
    fake_node_stop(with.node);
}

static json_t *answer_climate(fake_node *node, const char *method, const json_t *params, int *code)
{
    (void)code;
    if (strcmp(method, "getmempoolinfo") == 0) {
        return json_pack("{s:s, s:s}", "mempoolminfee", "0.00000200", "incrementalrelayfee", "0.00000100");
    }
    const bool soon = json_integer_value(json_array_get(params, 0)) == PROM_ESTIMATE_SOON;
    return json_pack("{s:s}", "feerate", soon == (node->context == NULL) ? "0.00010000" : "0.00003000");
}

static void climate_is_asked_for(void **state)
{
    (void)state;
    fake_node *node = fake_node_start("regtest", answer_climate, NULL);
    prom_fee_climate climate;
    assert_ok(prom_fee_climate_get(node->rpc, &climate, &node->error), &node->error);
    assert_int_equal(climate.relay, 200);
    assert_int_equal(climate.incremental, 100);
    assert_int_equal(climate.estimates.soon, 10000);
    assert_int_equal(climate.estimates.in_time, 3000);
    node->context = node; /* the later blocks ask for more: nothing is dearer than the next ones */
    assert_ok(prom_fee_climate_get(node->rpc, &climate, &node->error), &node->error);
    assert_int_equal(climate.estimates.soon, 3000);
    assert_int_equal(climate.estimates.in_time, 3000);
    node->away = true;
    assert_fails(prom_fee_climate_get(node->rpc, &climate, &node->error), PROM_CATEGORY_IO, &node->error,
                 "did not answer");
    fake_node_stop(node);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(goes_with_a_child),
        FIXTURE_TEST(goes_alone_where_that_is_enough),
        FIXTURE_TEST(child_that_is_refused_leaves_the_parent),
        FIXTURE_TEST(raises_what_waits),
        FIXTURE_TEST(trusts_no_other_child_at_the_end),
        FIXTURE_TEST(rivals_are_counted_once),
        FIXTURE_TEST(too_many_rivals_are_left_alone),
        FIXTURE_TEST(silence_at_any_call_is_unknown),
        FIXTURE_TEST(what_is_no_transaction_or_has_no_key_is_told),
        cmocka_unit_test(climate_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
