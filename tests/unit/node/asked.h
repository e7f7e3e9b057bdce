/* A P on the chain of a host, its owner's limits, and base terms of that P that somebody asks with. */
#ifndef PROMETHEUS_TEST_NODE_ASKED_H
#define PROMETHEUS_TEST_NODE_ASKED_H

#include "node/host.h"

struct asked {
    prom_terms terms;
    prom_span bytes;
};

static inline void asked_write_terms(struct host *host, struct asked *asked)
{
    assert_ok(prom_terms_write_base(&host->test->arena, &asked->bytes, &asked->terms, &host->test->error),
              &host->test->error);
}

/* What the owner takes: also after a restart. */
static inline void asked_limits(struct host *host, const struct asked *asked)
{
    host->node->config.limits = (prom_terms_limits){
        .payload_bytes = 1 << 30, .package_bytes = 1 << 30, .feerate = 100, .three_max = asked->terms.P.w};
    host->node->config.time =
        (prom_job_time){.compute_seconds = 1, .verify_seconds = 1, .bytes_per_second = UINT32_MAX};
}

/* The transaction that publishes the world's P. */
static inline prom_tx *asked_p_tx(struct host *host)
{
    fixture *test = host->test;
    prom_tx *published = host_payment(host, 51, 1);
    assert_ok(prom_parameters_script(&test->arena, &published->outputs[0].script, &host->world->session.terms.P,
                                     &test->error),
              &test->error);
    published->outputs[0].value = prom_amount_zero();
    return published;
}

static inline struct asked asked_publish_p(struct host *host)
{
    struct asked asked = {.terms = host->world->session.terms};
    const prom_tx *published = asked_p_tx(host);
    asked.terms.p_txid = host_outpoint(host, published).txid;
    host_block(host, &published, 1);
    asked_limits(host, &asked);
    asked_write_terms(host, &asked);
    return asked;
}

/* Returns the code that who asks is told; 0: it takes part. */
static inline unsigned asked_why(struct host *host, uint64_t link, size_t client, prom_role role,
                                 const struct asked *asked)
{
    const prom_begin begin = {.channel = named("client", client), .role = role, .terms = asked->bytes};
    prom_begun begun;
    prom_quote_reason why;
    const bool takes_part = prom_node_begin(host->node, link, &begin, &begun, &why);
    assert_int_equal(takes_part, why.code == 0); /* nobody is left to wait */
    return why.code;
}

static inline bool asked_for(struct host *host, uint64_t link, size_t client, prom_role role, const struct asked *asked)
{
    return asked_why(host, link, client, role, asked) == 0;
}

#endif
