#include "chain/fake_server.h"
#include "node/nodes.h"
#include "system/clock.h"

#define GENESIS "\"0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206\""
#define INFO_AT(chain, height, headers, time) /* all that is looked at */                                              \
    "{\"chain\":\"" chain "\",\"blocks\":" height ",\"headers\":" headers ",\"time\":" time                            \
    ",\"bestblockhash\":" GENESIS "}"
#define INFO(height) INFO_AT("regtest", height, height, "1296688602")

static void it_begins_at_the_best_block(void **state)
{
    fixture *test = *state;
    const fake_reply replies[] = {{.result = GENESIS}, {.result = INFO("7")}};
    fake_server server;
    prom_hub hub;
    char shown[PROM_HEX32];
    fake_start(&server, replies, COUNT_OF(replies));
    assert_ok(prom_hub_init(&hub, server.rpc, (prom_observer){0}, &test->error), &test->error);
    assert_int_equal(hub.height, 7);
    assert_int_equal(hub.node_count, 0);
    assert_string_equal(prom_hex32_reversed(shown, &hub.tip),
                        "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206");
    prom_hub_free(&hub);
    fake_stop(&server);
}

static void nodes_hear_of_the_tip_first(void **state)
{
    struct nodes *nodes = make_nodes(*state, 2);
    assert_int_equal(nodes->hub.queue_end, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(nodes->hub.queue[i].node, i);
        assert_int_equal(nodes->hub.queue[i].event.kind, PROM_EVENT_BLOCK);
        assert_int_equal(nodes->hub.queue[i].event.height, 100);
        assert_ptr_equal(nodes->node[i]->around.context, &nodes->hub);
    }
    free_nodes(nodes);
}

static void it_has_room_for_one_contract(void **state)
{
    fixture *test = *state;
    struct nodes *nodes = make_nodes(test, PROM_NODES_MAX);
    prom_node *node = make_node(nodes, PROM_ROLE_ARBITER);
    const prom_node *first = nodes->node[0];
    assert_fails(prom_hub_add(&nodes->hub, node, &test->error), PROM_CATEGORY_MISUSE, &test->error,
                 "a hub takes at most 12 nodes");
    const prom_event event = {.kind = PROM_EVENT_BLOCK};
    assert_fails(first->around.post(&nodes->hub, node, &event, &test->error), PROM_CATEGORY_MISUSE, &test->error,
                 "a node that is not the hub's");
    free_nodes(nodes);
}

/* What an event points to is the sender's, and may be gone when it is taken. */
static void events_own_their_bytes(void **state)
{
    fixture *test = *state;
    struct nodes *nodes = make_nodes(test, 1);
    uint8_t bytes[] = {1, 2, 3};
    char reason[] = "why";
    const prom_span span = prom_span_of(bytes, sizeof bytes);
    const prom_event events[] = {
        {.kind = PROM_EVENT_MESSAGE, .message = {PROM_MESSAGE_DIGEST, span}},
        {.kind = PROM_EVENT_OUTPUT, .output = {.script = span}},
        {.kind = PROM_EVENT_COMPUTED, .result = span},
        {.kind = PROM_EVENT_VERIFIED, .reason = reason},
        {.kind = PROM_EVENT_START},
    };
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        assert_ok(prom_hub_post(&nodes->hub, 0, &events[i], &test->error), &test->error);
    }
    memset(bytes, 0xff, sizeof bytes);
    memset(reason, 'x', sizeof reason - 1);
    const struct prom_queued *queue = &nodes->hub.queue[1]; /* behind the tip */
    assert_hex(queue[0].event.message.body, "010203");
    assert_hex(queue[1].event.output.script, "010203");
    assert_hex(queue[2].event.result, "010203");
    assert_string_equal(queue[3].event.reason, "why");
    free_nodes(nodes);
}

/* The queue grows, and keeps its order, however much is in it. */
static void events_stay_in_order(void **state)
{
    fixture *test = *state;
    struct nodes *nodes = make_nodes(test, 1);
    for (uint32_t i = 0; i < 1000; i++) {
        const prom_event event = {.kind = PROM_EVENT_BLOCK, .height = i};
        assert_ok(prom_hub_post(&nodes->hub, 0, &event, &test->error), &test->error);
    }
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(nodes->hub.queue[nodes->hub.queue_first + 1 + i].event.height, i);
    }
    free_nodes(nodes);
}

static void messages_reach_their_key(void **state)
{
    fixture *test = *state;
    struct nodes *nodes = make_nodes(test, 3);
    const uint8_t body[] = {9};
    const prom_message message = {PROM_MESSAGE_DIGEST, prom_span_of(body, 1)};
    const size_t before = nodes->hub.queue_end;
    const prom_node *sender = nodes->node[0];
    assert_ok(sender->around.send(&nodes->hub, sender, &nodes->node[2]->key.public_key, &message, &test->error),
              &test->error);
    const struct prom_queued *queued = &nodes->hub.queue[before];
    assert_int_equal(nodes->hub.queue_end, before + 1);
    assert_int_equal(queued->node, 2);
    assert_int_equal(queued->event.kind, PROM_EVENT_MESSAGE);
    assert_true(prom_bytes32_equal(&queued->event.from, &sender->key.public_key));
    assert_hex(queued->event.message.body, "09");
    const prom_bytes32 nobody = {{1}};
    assert_ok(sender->around.send(&nodes->hub, sender, &nobody, &message, &test->error), &test->error);
    assert_int_equal(nodes->hub.queue_end, before + 1);
    free_nodes(nodes);
}

/* All that waits is taken; then the chain is asked, and a hub that heard nothing new is idle. */
static void it_runs_until_nothing_is_left(void **state)
{
    fixture *test = *state;
    const fake_reply replies[] = {
        {.result = GENESIS}, {.result = INFO("100")}, {.result = GENESIS}, {.result = INFO("100")}};
    struct nodes *nodes = make_nodes(test, 2);
    fake_server server;
    bool idle = true;
    fake_start(&server, replies, COUNT_OF(replies));
    nodes->hub.rpc = server.rpc;
    assert_ok(prom_hub_run(&nodes->hub, &idle, &test->error), &test->error);
    assert_false(idle);
    assert_int_equal(nodes->node[1]->channel->tip, 100);
    assert_ok(prom_hub_run(&nodes->hub, &idle, &test->error), &test->error);
    assert_true(idle);
    assert_false(prom_hub_all_closed(&nodes->hub));
    nodes->node[0]->closed = true;
    assert_false(prom_hub_all_closed(&nodes->hub));
    nodes->node[1]->closed = true;
    assert_true(prom_hub_all_closed(&nodes->hub));
    fake_stop(&server);
    free_nodes(nodes);
}

/* A block that does not stand on the one that the nodes have seen. */
static void reorganisations_are_told(void **state)
{
    fixture *test = *state;
    char block[2 * 81 + 3] = "\"";
    memset(block + 1, '0', sizeof block - 3);
    block[sizeof block - 2] = '"';
    const fake_reply replies[] = {{.result = GENESIS}, {.result = INFO("101")}, {.result = GENESIS}, {.result = block}};
    struct nodes *nodes = make_nodes(test, 1);
    fake_server server;
    bool idle = true;
    fake_start(&server, replies, COUNT_OF(replies));
    nodes->hub.rpc = server.rpc;
    nodes->hub.tip = (prom_bytes32){{1}};
    assert_fails(prom_hub_run(&nodes->hub, &idle, &test->error), PROM_CATEGORY_IO, &test->error,
                 "the chain was reorganised below height 101");
    fake_stop(&server);
    free_nodes(nodes);
}

/* A channel hears what a block holds before it hears that the block is the tip: else it could act on the tip, in vain,
 * where what it waits for is in that block. */
static void transactions_come_before_their_block(void **state)
{
    fixture *test = *state;
    struct nodes *nodes = make_nodes(test, 1);
    prom_channel *channel = nodes->node[0]->channel;
    prom_tree *tree = NULL;
    prom_writer writer = prom_writer_in(&test->arena);
    prom_tx *tx = NULL;
    prom_span bytes;
    char block[4096];
    bool idle = true;
    channel->terms = valid_terms(test, &nodes->cast, 3);
    assert_ok(prom_tree_build(test->curve, &test->arena, &tree, &channel->terms, &test->error), &test->error);
    assert_ok(prom_signing_new(test->curve, &test->arena, &channel->signing, &channel->terms, tree, PROM_PARTY_W,
                               &test->error),
              &test->error);
    assert_ok(prom_tx_new(&test->arena, &tx, 1, 1, &test->error), &test->error);
    assert_ok(prom_script_p2tr(&test->arena, &tx->outputs[0].script, &nodes->node[0]->key.public_key, &test->error),
              &test->error);
    assert_ok(prom_tx_id(&test->arena, &tree->root.outpoint.txid, tx, &test->error), &test->error);
    assert_ok(prom_tx_serialize(&test->arena, &bytes, tx, true, &test->error), &test->error);
    for (size_t i = 0; i < 80; i++) {
        prom_write_u8(&writer, 0);
    }
    prom_write_u8(&writer, 1);
    prom_write_span(&writer, bytes);
    assert_ok(prom_writer_finish(&writer, &bytes, &test->error), &test->error);
    block[0] = '"';
    (void)prom_hex(block + 1, bytes.data, bytes.length);
    (void)strcat(block, "\"");
    channel->tree = tree;
    channel->place = PROM_PARTY_W;
    channel->stage = PROM_STAGE_SIGNED;
    nodes->node[0]->watches[nodes->node[0]->watch_count++] = tree->root.outpoint;
    const fake_reply replies[] = {{.result = GENESIS}, {.result = INFO("101")}, {.result = GENESIS}, {.result = block}};
    fake_server server;
    fake_start(&server, replies, COUNT_OF(replies));
    nodes->hub.rpc = server.rpc;
    assert_ok(prom_hub_run(&nodes->hub, &idle, &test->error), &test->error);
    assert_int_equal(nodes->report_count, 1);
    assert_string_equal(nodes->texts[0], "locked");
    assert_int_equal(nodes->tips[0], 100);
    assert_int_equal(channel->tip, 101);
    fake_stop(&server);
    channel->tree = NULL;
    free_nodes(nodes);
}

/* What the last block, or the hub itself, told a node. */
static bool is_in_step(const struct nodes *nodes)
{
    return nodes->node[0]->channel->in_step;
}

/* Regtest has no peers, and its tip may be old; but all blocks must be here. */
static void nodes_hear_whether_they_are_in_step(void **state)
{
    fixture *test = *state;
    static const char behind[] = INFO_AT("regtest", "100", "101", "1296688602");
    const fake_reply replies[] = {{.result = GENESIS}, {.result = INFO("100")}, {.result = GENESIS},
                                  {.result = behind},  {.result = GENESIS},     {.result = INFO("100")}};
    struct nodes *nodes = make_nodes(test, 1);
    fake_server server;
    bool idle = true;
    fake_start(&server, replies, COUNT_OF(replies));
    nodes->hub.rpc = server.rpc;
    assert_false(is_in_step(nodes)); /* as long as nobody has asked */
    for (size_t i = 0; i < 3; i++) {
        assert_ok(prom_hub_run(&nodes->hub, &idle, &test->error), &test->error);
        assert_int_equal(is_in_step(nodes), i != 1);
        assert_int_equal(nodes->node[0]->channel->tip, 100);
    }
    fake_stop(&server);
    free_nodes(nodes);
}

/* On a public chain a node is in step 10 minutes after it found peers, and no longer when they are gone; the tip's age
 * counts, too. */
static void public_nodes_need_peers_for_a_while(void **state)
{
    fixture *test = *state;
    static const char MAIN_GENESIS[] = "\"000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f\"";
    static const char peers[] = "{\"connections\":8}";
    static const char nobody[] = "{\"connections\":0}";
    static const struct {
        const char *network; /* getnetworkinfo's answer */
        bool old;            /* the tip */
        double minutes;      /* that pass before */
        bool in_step;
    } steps[] = {
        {peers, false, 0, false}, {peers, false, 9, false}, {peers, false, 1.1, true},
        {peers, true, 1, false},  {peers, false, 1, true},  {nobody, false, 1, false},
        {peers, false, 1, false}, {peers, false, 9, false}, {peers, false, 2, true},
    };
    struct nodes *nodes = make_nodes(test, 1);
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        char info[256];
        bool idle = true;
        fake_server server;
        const long long date = (long long)prom_clock_date() - (steps[i].old ? 3 * 3600 + 10 : 600);
        (void)snprintf(info, sizeof info, INFO_AT("main", "100", "100", "%lld"), date);
        const fake_reply replies[] = {{.result = MAIN_GENESIS}, {.result = info}, {.result = steps[i].network}};
        fake_start(&server, replies, COUNT_OF(replies));
        nodes->hub.rpc = server.rpc;
        nodes->hub.connected_since -= 60 * steps[i].minutes;
        assert_ok(prom_hub_run(&nodes->hub, &idle, &test->error), &test->error);
        assert_int_equal(is_in_step(nodes), steps[i].in_step);
        fake_stop(&server);
    }
    free_nodes(nodes);
}

/* While blocks of the chain are still to be told a node is not in step with it. */
static void nodes_that_catch_up_are_not_in_step(void **state)
{
    fixture *test = *state;
    char block[2 * 81 + 3] = "\"";
    memset(block + 1, '0', sizeof block - 3);
    block[sizeof block - 2] = '"';
    /* The second block's predecessor is not what is asked for: the hub stops between the two. */
    const fake_reply replies[] = {{.result = GENESIS}, {.result = INFO("102")}, {.result = GENESIS},
                                  {.result = block},   {.result = GENESIS},     {.result = block}};
    struct nodes *nodes = make_nodes(test, 1);
    fake_server server;
    bool idle = true;
    fake_start(&server, replies, COUNT_OF(replies));
    nodes->hub.rpc = server.rpc;
    assert_fails(prom_hub_run(&nodes->hub, &idle, &test->error), PROM_CATEGORY_IO, &test->error,
                 "the chain was reorganised below height 102");
    assert_int_equal(nodes->node[0]->channel->tip, 101);
    assert_true(nodes->hub.in_step); /* bitcoind is */
    assert_false(is_in_step(nodes));
    fake_stop(&server);
    free_nodes(nodes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(it_begins_at_the_best_block),
        FIXTURE_TEST(nodes_hear_of_the_tip_first),
        FIXTURE_TEST(it_has_room_for_one_contract),
        FIXTURE_TEST(events_own_their_bytes),
        FIXTURE_TEST(events_stay_in_order),
        FIXTURE_TEST(messages_reach_their_key),
        FIXTURE_TEST(it_runs_until_nothing_is_left),
        FIXTURE_TEST(reorganisations_are_told),
        FIXTURE_TEST(transactions_come_before_their_block),
        FIXTURE_TEST(nodes_hear_whether_they_are_in_step),
        FIXTURE_TEST(public_nodes_need_peers_for_a_while),
        FIXTURE_TEST(nodes_that_catch_up_are_not_in_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
