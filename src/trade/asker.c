#include "trade/asker.h"

#include <stdio.h>
#include <stdlib.h>

#include "system/clock.h"

/* One ask to one node. */
struct question {
    prom_bytes32 node;
    prom_address address; /* of length 0: over a link that is there */
    prom_ask ask;
    prom_bytes32 hash;
    int64_t until;
    uint64_t link;     /* over which it was asked; 0: not yet */
    uint32_t failures; /* of its address, before it was asked */
    bool unable;       /* it runs no modules, and the ask is for one */
};

struct prom_asker {
    prom_node *node;
    prom_asker_events events;
    uint32_t patience_ms;
    struct question questions[PROM_ASKER_MAX]; /* in the order of asking */
    size_t count;
};

/* -- The list -- */

/* Takes a question out of the list, before anybody is told: who is told may ask again. */
static struct question take_out(prom_asker *asker, size_t at)
{
    const struct question taken = asker->questions[at];
    for (size_t i = at + 1; i < asker->count; i++) {
        asker->questions[i - 1] = asker->questions[i];
    }
    asker->count--;
    return taken;
}

/* Returns the place of the ask of that hash to that node; asker->count: there is none. */
static size_t find(const prom_asker *asker, const prom_bytes32 *node, const prom_bytes32 *hash)
{
    size_t at = 0;
    while (at < asker->count && !(prom_bytes32_equal(&asker->questions[at].hash, hash) &&
                                  prom_bytes32_equal(&asker->questions[at].node, node))) {
        at++;
    }
    return at;
}

static void fail(prom_asker *asker, size_t at, const char *why)
{
    const struct question failed = take_out(asker, at);
    asker->events.failed(asker->events.context, &failed.node, &failed.ask, why);
}

/* -- Asking -- */

/* Tries again with every turn until a link is up and has room. */
static void send(prom_asker *asker, struct question *question)
{
    prom_net *net = prom_node_net(asker->node);
    const uint64_t link = question->address.length > 0 ? prom_net_link_to(net, &question->address, &question->node)
                                                       : prom_net_link_of(net, &question->node);
    const prom_packet packet = {.kind = PROM_PACKET_ASK, .as.ask = question->ask};
    const bool able = question->ask.fuel == 0 || (prom_net_features(net, link) & PROM_FEATURE_MODULES) != 0;
    question->unable = link != 0 && !able;
    question->link = link != 0 && able && prom_net_put(net, link, &packet) ? link : 0;
}

static prom_result check(const prom_asker *asker, const struct question *question, prom_error *error)
{
    const prom_ask *ask = &question->ask;
    if (prom_bytes32_equal(&question->node, prom_node_key(asker->node))) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a node does not ask itself: name the key of another");
    }
    if ((ask->role != PROM_ROLE_WORKER && ask->role != PROM_ROLE_VERIFIER) || ask->items == 0 ||
        ask->program_bytes == 0 || ask->input_bytes == 0 || ask->program_bytes > PROM_PAYLOAD_MAX ||
        ask->input_bytes > PROM_PAYLOAD_MAX || ask->package_bytes > PROM_PAYLOAD_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "an ask is for a worker or a verifier, and for one item at least, of sizes up to %llu bytes",
                         (unsigned long long)PROM_PAYLOAD_MAX);
    }
    if (!prom_public_key_valid(prom_node_curve(asker->node), &question->node)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "that is the key of no node, as there is no such public key");
    }
    if (question->address.length == 0 && prom_net_link_of(prom_node_net(asker->node), &question->node) == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "there is no link to that node, and no address is known: name its address");
    }
    if (asker->count == PROM_ASKER_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%u asks are under way: wait for their answers",
                         (unsigned)PROM_ASKER_MAX);
    }
    return find(asker, &question->node, &question->hash) == asker->count
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "that node is being asked just this: wait for its answer");
}

prom_result prom_asker_ask(prom_asker *asker, const prom_bytes32 *node, const prom_address *address,
                           const prom_ask *ask, prom_error *error)
{
    struct question question = {.node = *node, .ask = *ask, .until = prom_clock_milliseconds() + asker->patience_ms};
    if (address != NULL) {
        question.address = *address;
    }
    prom_ask_hash(&question.hash, ask);
    PROM_TRY(check(asker, &question, error));
    send(asker, &question);
    if (question.link == 0) { /* who was away may be back, and who is away is told so at once */
        const char *why = NULL;
        prom_net *net = prom_node_net(asker->node);
        question.failures = prom_net_failures(net, &question.address, node, &why);
        prom_net_hurry(net, &question.address, node);
    }
    asker->questions[asker->count++] = question;
    return prom_ok();
}

size_t prom_asker_count(const prom_asker *asker)
{
    return asker->count;
}

/* -- What the node tells its guest -- */

/* A quote that answers nothing that is asked there, or no more, is passed over: it costs a look at the list. */
static void take_quote(void *context, uint64_t link, const prom_packet *packet)
{
    prom_asker *asker = context;
    const prom_quote *quote = &packet->as.quote;
    const prom_bytes32 *from = prom_net_node_of(prom_node_net(asker->node), link);
    if (packet->kind != PROM_PACKET_QUOTE || from == NULL) {
        return;
    }
    const size_t at = find(asker, from, &quote->ask);
    if (at == asker->count) {
        return;
    }
    if (!prom_bytes32_equal(&quote->node, from) || !prom_quote_signed(prom_node_curve(asker->node), quote)) {
        fail(asker, at, "what it answers is not signed by its key");
        return;
    }
    const struct question answered = take_out(asker, at);
    asker->events.quoted(asker->events.context, &answered.node, &answered.ask, quote);
}

/* What was asked over a link that is gone is asked again, over the next one. */
static void forget_link(void *context, uint64_t link)
{
    prom_asker *asker = context;
    for (size_t i = 0; i < asker->count; i++) {
        if (asker->questions[i].link == link) {
            asker->questions[i].link = 0;
        }
    }
}

/* Whether it cannot do what it was to be asked for, or its address was tried in vain since: a try is an answer. */
static bool has_answer_without_asking(prom_asker *asker, size_t at)
{
    const struct question *question = &asker->questions[at];
    const char *reason = NULL;
    char why[160];
    if (question->unable) {
        fail(asker, at, "it runs no programs that are modules");
        return true;
    }
    if (question->link != 0 || question->address.length == 0 ||
        prom_net_failures(prom_node_net(asker->node), &question->address, &question->node, &reason) <=
            question->failures) {
        return false;
    }
    (void)snprintf(why, sizeof why, "%.150s", reason);
    fail(asker, at, why);
    return true;
}

static void look(void *context)
{
    prom_asker *asker = context;
    const int64_t now = prom_clock_milliseconds();
    for (size_t i = 0; i < asker->count;) {
        if (asker->questions[i].link == 0) {
            send(asker, &asker->questions[i]);
        }
        i += !has_answer_without_asking(asker, i);
    }
    /* All have the same patience: the first one is over first. */
    while (asker->count > 0 && asker->questions[0].until <= now) {
        fail(asker, 0, asker->questions[0].link == 0 ? "it was not reached in time" : "it has not answered in time");
    }
}

/* -- Opening -- */

prom_result prom_asker_open(prom_asker **asker, prom_node *node, const prom_asker_events *events, uint32_t patience_ms,
                            prom_error *error)
{
    prom_asker *made = calloc(1, sizeof *made);
    const prom_node_guest guest = {.context = made, .down = forget_link, .packet = take_quote, .turn = look};
    *asker = NULL;
    if (made == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "the machine has nothing left for asking other nodes");
    }
    made->node = node;
    made->events = *events;
    made->patience_ms = patience_ms;
    const prom_result result = prom_node_add_guest(node, &guest, error);
    if (!prom_is_ok(result)) {
        free(made);
        return result;
    }
    *asker = made;
    return prom_ok();
}

void prom_asker_close(prom_asker *asker)
{
    free(asker);
}
