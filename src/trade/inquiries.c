#include "trade/inquiries.h"

#include <stdio.h>
#include <stdlib.h>

#include "net/address.h"
#include "system/random.h"
#include "trade/asker.h"

struct prom_inquiries {
    prom_node *node;
    prom_asker *asker;
    prom_inquiry list[PROM_INQUIRIES_MAX]; /* a ring */
    size_t made;                           /* ever */
};

/* Returns its place; PROM_INQUIRIES_MAX: there is none. */
static size_t place_of(const prom_inquiries *it, const prom_bytes32 *id)
{
    for (size_t i = 0; i < it->made && i < PROM_INQUIRIES_MAX; i++) {
        if (prom_bytes32_equal(&it->list[i].id, id)) {
            return i;
        }
    }
    return PROM_INQUIRIES_MAX;
}

/* The inquiry of an ask that is answered; NULL: a newer one has its place. */
static prom_inquiry *find_for(prom_inquiries *it, const prom_ask *ask)
{
    prom_bytes32 id;
    prom_ask_hash(&id, ask);
    const size_t place = place_of(it, &id);
    return place < PROM_INQUIRIES_MAX ? &it->list[place] : NULL;
}

static void quoted(void *context, const prom_bytes32 *node, const prom_ask *ask, const prom_quote *quote)
{
    prom_inquiry *inquiry = find_for(context, ask);
    (void)node;
    if (inquiry != NULL) {
        inquiry->state = PROM_INQUIRY_QUOTED;
        inquiry->quote = *quote;
    }
}

static void failed(void *context, const prom_bytes32 *node, const prom_ask *ask, const char *why)
{
    prom_inquiry *inquiry = find_for(context, ask);
    (void)node;
    if (inquiry != NULL) {
        inquiry->state = PROM_INQUIRY_FAILED;
        (void)snprintf(inquiry->why, sizeof inquiry->why, "%s", why);
    }
}

prom_result prom_inquiries_open(prom_inquiries **inquiries, prom_node *node, prom_error *error)
{
    prom_inquiries *made = calloc(1, sizeof *made);
    const prom_asker_events events = {made, quoted, failed};
    *inquiries = NULL;
    if (made == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "the machine has nothing left for asking other nodes");
    }
    made->node = node;
    const prom_result result = prom_asker_open(&made->asker, node, &events, PROM_ASKER_PATIENCE_MS, error);
    if (!prom_is_ok(result)) {
        free(made);
        return result;
    }
    *inquiries = made;
    return prom_ok();
}

void prom_inquiries_close(prom_inquiries *inquiries)
{
    if (inquiries != NULL) {
        prom_asker_close(inquiries->asker);
        free(inquiries);
    }
}

prom_result prom_inquiries_ask(prom_inquiries *inquiries, prom_bytes32 *id, const prom_bytes32 *node,
                               const prom_address *address, const prom_ask *ask, prom_error *error)
{
    prom_inquiry made = {.node = *node, .ask = *ask};
    prom_endpoint endpoint;
    made.ask.nonce = prom_random_bytes32();
    made.ask.genesis = prom_node_config(inquiries->node)->genesis;
    prom_ask_hash(&made.id, &made.ask);
    if (address != NULL) { /* begins a link, which the asker waits for */
        PROM_TRY(prom_endpoint_read(&endpoint, address, error));
        (void)prom_net_link_to_own(prom_node_net(inquiries->node), address, node);
    }
    PROM_TRY(prom_asker_ask(inquiries->asker, node, address, &made.ask, error));
    inquiries->list[inquiries->made++ % PROM_INQUIRIES_MAX] = made;
    *id = made.id;
    return prom_ok();
}

const prom_inquiry *prom_inquiries_find(const prom_inquiries *inquiries, const prom_bytes32 *id)
{
    const size_t place = place_of(inquiries, id);
    return place < PROM_INQUIRIES_MAX ? &inquiries->list[place] : NULL;
}
