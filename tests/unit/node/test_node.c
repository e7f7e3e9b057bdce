#include "node/nodes.h"
#include "scheme/job.h"

static bool was_told(const struct nodes *nodes, prom_report_kind kind, const char *text)
{
    for (size_t i = 0; i < nodes->report_count; i++) {
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
    const prom_event event = {.kind = PROM_EVENT_MESSAGE, .message = {.kind = PROM_MESSAGE_TX0_SIGNATURES}};
    assert_ok(prom_node_take(nodes->node[0], &event, &test->error), &test->error);
    assert_true(was_told(nodes, PROM_REPORT_FAULT, "the worker does not take a tx0-signatures"));
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
    assert_int_equal(nodes->report_count, 0);
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
    const prom_event block = {.kind = PROM_EVENT_BLOCK, .height = VALID_TIP};
    prom_event event = {.kind = PROM_EVENT_MESSAGE, .from = nodes->node[1]->key.public_key};
    event.message = (prom_message){PROM_MESSAGE_PROPOSAL, body};
    nodes->node[0]->config.peers[PROM_PARTY_C] = nodes->node[1]->key.public_key;
    nodes->node[0]->config.P = terms.P;
    nodes->node[0]->config.p_txid = terms.p_txid;
    nodes->node[0]->config.p_height = VALID_P_HEIGHT;
    assert_ok(prom_node_take(nodes->node[0], &block, &test->error), &test->error);
    assert_ok(prom_node_take(nodes->node[0], &event, &test->error), &test->error);
    assert_true(was_told(nodes, PROM_REPORT_STAGE, "proposed"));
    event.message = (prom_message){PROM_MESSAGE_PAYLOAD, prom_span_of(body.data, 4)};
    const size_t before = nodes->hub.queue_end;
    assert_ok(prom_node_take(nodes->node[0], &event, &test->error), &test->error);
    assert_true(was_told(nodes, PROM_REPORT_STAGE, "failed"));
    assert_true(was_told(nodes, PROM_REPORT_SENT, "refusal"));
    assert_true(was_told(nodes, PROM_REPORT_CLOSED, "these bytes are not a payload"));
    assert_true(was_told(nodes, PROM_REPORT_FAULT, "these bytes are not a payload"));
    assert_true(nodes->node[0]->closed);
    assert_int_equal(nodes->hub.queue_end, before + 1); /* to the client; the verifier is not here */
    assert_int_equal(nodes->hub.queue[before].node, 1);
    assert_int_equal(nodes->hub.queue[before].event.message.kind, PROM_MESSAGE_REFUSAL);
    free_nodes(nodes);
}

/* A verifier whose contract is locked, and who waits for the package. */
static struct nodes *make_verifier(fixture *test, const struct job *job, prom_tree *tree)
{
    struct nodes *nodes = make_nodes(test, 0);
    prom_node *node = make_node(nodes, PROM_ROLE_VERIFIER);
    prom_channel *channel = node->channel;
    node->key = job->cast.party[PROM_PARTY_V];
    node->seal_key = job->cast.seal;
    assert_ok(prom_store_open(&node->store, ":memory:", &test->error), &test->error);
    assert_ok(prom_hub_add(&nodes->hub, node, &test->error), &test->error);
    tree->contract_id = job->contract_id;
    channel->self = node->key.public_key;
    channel->terms = job->terms;
    channel->job = job->opened;
    channel->tree = tree;
    channel->place = PROM_PARTY_V;
    channel->stage = PROM_STAGE_LOCKED;
    return nodes;
}

/* The message of a package: W's signature of it, with its length, and the package. */
static prom_span signed_package(fixture *test, const struct job *job, prom_span package)
{
    const prom_bytes32 auxiliary = {{0}};
    prom_attestation claim = {.kind = PROM_ATTESTATION_PACKAGE, .contract_id = job->contract_id, .place = PROM_PLACE_W};
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span statement;
    prom_span body;
    prom_package_hash(&claim.as.package.hash, &claim.contract_id, PROM_ROUND_A, package);
    assert_ok(prom_attestation_sign(test->curve, &claim, &job->cast.party[PROM_PARTY_W], &auxiliary, &test->error),
              &test->error);
    assert_ok(prom_attestation_write(&test->arena, &statement, &claim, &test->error), &test->error);
    prom_write_u16(&writer, (uint16_t)statement.length);
    prom_write_span(&writer, statement);
    prom_write_span(&writer, package);
    assert_ok(prom_writer_finish(&writer, &body, &test->error), &test->error);
    return body;
}

/* Gives the package to a verifier that has so much memory: the result, and whether there was a verdict. */
static prom_result give_package(fixture *test, const struct job *job, prom_span package, size_t memory, bool *judged,
                                bool *valid)
{
    prom_tree *tree = calloc(1, sizeof *tree);
    assert_non_null(tree);
    struct nodes *nodes = make_verifier(test, job, tree);
    prom_event event = {.kind = PROM_EVENT_MESSAGE, .from = job->terms.parties[PROM_PARTY_W].key};
    event.message = (prom_message){PROM_MESSAGE_PACKAGE, signed_package(test, job, package)};
    nodes->node[0]->memory = memory;
    const size_t before = nodes->hub.queue_end;
    const prom_result result = prom_node_take(nodes->node[0], &event, &test->error);
    *judged = nodes->hub.queue_end > before;
    if (*judged) {
        assert_int_equal(nodes->hub.queue[before].event.kind, PROM_EVENT_VERIFIED);
        *valid = nodes->hub.queue[before].event.valid;
        if (*valid) {
            assert_true(prom_bytes32_equal(&nodes->hub.queue[before].event.h_p, &job->cast.h_p));
        }
    }
    assert_null(nodes->node[0]->channel->verdict_reason);
    free_nodes(nodes);
    free(tree);
    return result;
}

/* Memory that runs out while a package is checked is our failure: no verdict, neither r = 1 nor r = 0. With enough, the
 * verdict is the right one. */
static void own_failure_is_no_verdict(void **state)
{
    static const char *const schemes[] = {"replay", "sumcheck"};
    enum { MEMORY_MIN = 64, MEMORY_MAX = 1 << 26 };
    fixture *test = *state;
    for (size_t i = 0; i < 2 * COUNT_OF(schemes); i++) {
        const bool honest = i % 2 == 0;
        const struct job job = make_job_by(test, schemes[i / 2]);
        prom_delivery delivery = job.delivery;
        prom_bytes32 root = job.root;
        size_t failures = 0;
        if (!honest) {
            lie_about(test, &delivery, &root, job.scheme);
        }
        const prom_span package = seal_delivery(test, &job, &delivery, &root, &job.secrets);
        for (size_t memory = MEMORY_MIN; memory <= MEMORY_MAX; memory *= 2) {
            bool judged = false;
            bool valid = false;
            const prom_result result = give_package(test, &job, package, memory, &judged, &valid);
            assert_int_equal(judged, prom_is_ok(result));
            if (judged) {
                assert_int_equal(valid, honest);
            } else {
                assert_fails(result, PROM_CATEGORY_IO, &test->error, "the package could not be verified: ");
                failures++;
            }
        }
        assert_true(failures > 0 && failures < 20);
    }
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
        FIXTURE_TEST(peers_faults_are_told),   FIXTURE_TEST(own_failures_fail),
        FIXTURE_TEST(actions_are_carried_out), FIXTURE_TEST(own_failure_is_no_verdict),
        FIXTURE_TEST(its_secrets_are_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
