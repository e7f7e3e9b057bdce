#include "node/nodes.h"

static bool was_told(const struct nodes *nodes, prom_notice_kind kind, const char *text)
{
    for (size_t i = 0; i < nodes->notice_count; i++) {
        if (nodes->kinds[i] == kind && strstr(nodes->texts[i], text) != NULL) {
            return true;
        }
    }
    return false;
}

/* A fault of a peer is told to the observer, and is no failure of ours. */
static void peers_faults_are_told(void **state)
{
    fixture *test = *state;
    struct nodes *nodes = make_nodes(test, 1);
    const prom_event event = {.kind = PROM_EVENT_MESSAGE, .message = {.kind = PROM_MESSAGE_RELEASE}};
    assert_ok(prom_node_take(nodes->node[0], &event, &test->error), &test->error);
    assert_true(was_told(nodes, PROM_NOTICE_FAULT, "the worker does not take a release"));
    free_nodes(nodes);
}

/* A mistake of our own fails, and names the node. */
static void own_failures_fail(void **state)
{
    fixture *test = *state;
    struct nodes *nodes = make_nodes(test, 1);
    const prom_event event = {.kind = PROM_EVENT_START};
    assert_fails(prom_node_take(nodes->node[0], &event, &test->error), PROM_CATEGORY_MISUSE, &test->error,
                 "node 0: the worker in the stage 'new'");
    assert_int_equal(nodes->notice_count, 0);
    free_nodes(nodes);
}

/* A proposal, and a payload that is none: the stages are told, the refusal is sent, the channel has closed. */
static void actions_are_carried_out(void **state)
{
    fixture *test = *state;
    struct nodes *nodes = make_nodes(test, 2);
    prom_terms terms = valid_terms(test, &nodes->cast, 3);
    prom_span body;
    terms.parties[PROM_PARTY_C].key = nodes->node[1]->key.public_key;
    terms.parties[PROM_PARTY_W].key = nodes->node[0]->key.public_key;
    assert_ok(prom_terms_write_base(&test->arena, &body, &terms, &test->error), &test->error);
    prom_event event = {.kind = PROM_EVENT_MESSAGE, .from = nodes->node[1]->key.public_key};
    event.message = (prom_message){PROM_MESSAGE_PROPOSAL, body};
    assert_ok(prom_node_take(nodes->node[0], &event, &test->error), &test->error);
    assert_true(was_told(nodes, PROM_NOTICE_STAGE, "proposed"));
    event.message = (prom_message){PROM_MESSAGE_PAYLOAD, prom_span_of(body.data, 4)};
    const size_t before = nodes->hub.queue_end;
    assert_ok(prom_node_take(nodes->node[0], &event, &test->error), &test->error);
    assert_true(was_told(nodes, PROM_NOTICE_STAGE, "failed"));
    assert_true(was_told(nodes, PROM_NOTICE_SENT, "refusal"));
    assert_true(was_told(nodes, PROM_NOTICE_CLOSED, "these bytes are not a payload"));
    assert_true(was_told(nodes, PROM_NOTICE_FAULT, "these bytes are not a payload"));
    assert_true(nodes->node[0]->closed);
    assert_int_equal(nodes->hub.queue_end, before + 1); /* to the client; the verifier is not here */
    assert_int_equal(nodes->hub.queue[before].node, 1);
    assert_int_equal(nodes->hub.queue[before].event.message.kind, PROM_MESSAGE_REFUSAL);
    free_nodes(nodes);
}

static void its_secrets_are_wiped(void **state)
{
    struct nodes *nodes = make_nodes(*state, 1);
    static const prom_node zero;
    prom_node *node = nodes->node[0];
    nodes->hub.node_count = 0;
    prom_node_free(node);
    assert_memory_equal(node, &zero, sizeof zero);
    free_nodes(nodes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(peers_faults_are_told),
        FIXTURE_TEST(own_failures_fail),
        FIXTURE_TEST(actions_are_carried_out),
        FIXTURE_TEST(its_secrets_are_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
