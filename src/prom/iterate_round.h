/* One round of an iterated job: run on this machine, or bought by a node. */
#ifndef PROM_ITERATE_ROUND_H
#define PROM_ITERATE_ROUND_H

#include "files/items.h"
#include "files/rounds.h"
#include "prom/order_options.h"
#include "prometheus/module/runner.h"

/* What all rounds have in common. */
typedef struct prom_iteration {
    prom_arena arena;
    prom_runner runner;
    prom_span program;
    prom_module module;
    prom_items data;
    prom_items_origin origin; /* of the data */
    prom_rounds rounds;
    bool tried; /* the module was compiled here */
    bool json;
    const prom_order_options *order; /* NULL: rounds are run on this machine */
    prom_node_place place;           /* of the node that buys them */
    char node[PROM_ROUNDS_ID];       /* its key */
    bool again;                      /* a round whose job has come to nothing is ordered anew */
} prom_iteration;

/* What came of a round. */
typedef struct prom_iterate_round {
    prom_arena arena;
    bool left; /* the job goes on without us: the user has had enough */
    prom_items items;
    const prom_node_result *nodes;
    uint32_t count;
    uint32_t culprit; /* where the last one failed: that which all between them failed by */
    uint64_t fuel;    /* of all */
    double seconds;
    char job[PROM_ROUNDS_ID]; /* "": it was run on this machine */
} prom_iterate_round;

/* Runs the next round; the results lie in round->arena, which is open. */
PROM_MUST_USE prom_result prom_iterate_compute(prom_iteration *it, prom_iterate_round *round, prom_error *error);
/* Orders it, or takes its order up, and waits for the results. PROM_CATEGORY_PEER when the job ended without them, or
 * nobody has joined what its parts have folded. */
PROM_MUST_USE prom_result prom_iterate_buy(prom_iteration *it, prom_iterate_round *round, prom_error *error);

#endif
