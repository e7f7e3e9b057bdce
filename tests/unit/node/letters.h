/* Messages that a channel of a host is made to send. */
#ifndef PROMETHEUS_TEST_NODE_LETTERS_H
#define PROMETHEUS_TEST_NODE_LETTERS_H

#include "node/host.h"

#include "wire/body.h"

struct letter {
    prom_node_channel *channel;
    prom_bytes32 to;
    prom_message message;
};

static inline prom_result letter_post(prom_node *node, void *context, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const struct letter *letter = context;
    const prom_output output = {.kind = PROM_OUTPUT_SEND, .to = letter->to, .message = letter->message};
    prom_span body;
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    PROM_TRY(prom_body_encode(&arena, &body, &output.message, error));
    return prom_node_post(node, letter->channel, &output, body, error);
}

static inline void send_message(struct host *host, prom_node_channel *channel, size_t to, const prom_message *message)
{
    struct letter letter = {channel, *prom_place_key(&host->world->session.terms, to), *message};
    assert_ok(prom_node_transact(host->node, letter_post, &letter, &host->test->error), &host->test->error);
}

static inline void send_question(struct host *host, prom_node_channel *channel, size_t to)
{
    const prom_message question = {.kind = PROM_MESSAGE_QUESTION};
    send_message(host, channel, to, &question);
}

#endif
