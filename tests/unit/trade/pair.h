/* Two nodes that follow no bitcoind, each with an identity of its own and listening in its folder: one asks, the other
 * is asked. pair_turn does what a turn of a node does for links and guests. */
#ifndef PROMETHEUS_TEST_TRADE_PAIR_H
#define PROMETHEUS_TEST_TRADE_PAIR_H

#include "node/host.h"

#include "node/guest.h"

enum { PAIR_TURNS = 4000 };

struct pair {
    fixture *test;
    struct host *asking;
    struct host *asked;
};

static inline struct pair pair_new(fixture *test, prom_role role)
{
    return (struct pair){test, host_listening(test, PROM_ROLE_CLIENT, 3), host_listening(test, role, 4)};
}

static inline void pair_free(struct pair *pair)
{
    host_free(pair->asking);
    host_free(pair->asked);
}

static inline void pair_turn(const struct pair *pair)
{
    prom_node_mail_turn(pair->asking->node);
    prom_node_mail_turn(pair->asked->node);
    prom_node_guests_turn(pair->asking->node);
    prom_node_guests_turn(pair->asked->node);
    (void)usleep(200);
}

/* Turns until the number is no longer what it was. Returns whether it changed. */
static inline bool pair_until(const struct pair *pair, const unsigned *number)
{
    const unsigned before = *number;
    for (unsigned i = 0; i < PAIR_TURNS && *number == before; i++) {
        pair_turn(pair);
    }
    return *number != before;
}

static inline const prom_bytes32 *pair_key(const struct host *host)
{
    return prom_node_key(host->node);
}

#endif
