/* Nodes without a chain: a hub whose nodes know nobody, and what they told their observer. */
#ifndef PROMETHEUS_TEST_NODE_NODES_H
#define PROMETHEUS_TEST_NODE_NODES_H

#include "contract/cast.h"
#include "node/hub.h"

enum { REPORTS_MAX = 32 };

struct nodes {
    fixture *test;
    struct cast cast;
    prom_hub hub;
    prom_node *node[PROM_NODES_MAX + 1];
    size_t count;
    prom_report_kind kinds[REPORTS_MAX];
    char texts[REPORTS_MAX][256];
    uint32_t tips[REPORTS_MAX]; /* of the node's channel at that moment */
    size_t report_count;
};

static inline void keep_report(void *context, const prom_report *report)
{
    struct nodes *nodes = context;
    assert_true(nodes->report_count < REPORTS_MAX);
    nodes->kinds[nodes->report_count] = report->kind;
    nodes->tips[nodes->report_count] = report->node->channel->tip;
    (void)snprintf(nodes->texts[nodes->report_count++], sizeof nodes->texts[0], "%s",
                   report->text == NULL ? "" : report->text);
}

/* One more node, not yet in the hub. */
static inline prom_node *make_node(struct nodes *nodes, prom_role role)
{
    prom_node *node = calloc(1, sizeof *node);
    assert_non_null(node);
    (void)snprintf(node->name, sizeof node->name, "node %u", (unsigned)nodes->count % 100);
    node->key = named_key(nodes->test, "node", nodes->count);
    node->config.role = role;
    node->config.genesis = prom_chain_parameters_by_name("regtest")->genesis;
    node->config.limits =
        (prom_terms_limits){PROM_PAYLOAD_MAX, PROM_PAYLOAD_MAX, PROM_FEERATE_MAX, prom_amount_of(2000000), false};
    node->config.time = (prom_job_time){.compute_seconds = 1, .verify_seconds = 1, .bytes_per_second = 1000000};
    node->config.party.key = node->key.public_key;
    node->config.seat.key = node->key.public_key;
    assert_ok(prom_node_init(node, &nodes->test->error), &nodes->test->error);
    nodes->node[nodes->count++] = node;
    return node;
}

static inline struct nodes *make_nodes(fixture *test, size_t count)
{
    struct nodes *nodes = calloc(1, sizeof *nodes);
    assert_non_null(nodes);
    nodes->test = test;
    nodes->cast = make_cast(test);
    nodes->hub = (prom_hub){.observer = {keep_report, nodes}, .height = 100};
    for (size_t i = 0; i < count; i++) {
        assert_ok(prom_hub_add(&nodes->hub, make_node(nodes, PROM_ROLE_WORKER), &test->error), &test->error);
    }
    return nodes;
}

static inline void free_nodes(struct nodes *nodes)
{
    prom_hub_free(&nodes->hub);
    for (size_t i = 0; i < nodes->count; i++) {
        prom_node_free(nodes->node[i]);
        free(nodes->node[i]);
    }
    free(nodes);
}

#endif
