/* The table of what a party publishes (publish.c), for those who tell of it and for watchtowers. */
#ifndef SETTLEMENT_PUBLISH_H
#define SETTLEMENT_PUBLISH_H

#include "settlement/settlement.h"

/* protocol 7: who publishes what. Of the rows whose transactions spend one output the first that holds is wanted. */
struct publication {
    prom_money_state state; /* of the money: what the transaction spends is there */
    prom_branch_id branch;
    unsigned roles;
    bool (*when)(const prom_channel *channel, uint16_t batch); /* beside the state of the money and time */
    prom_deadline_id opens;                                    /* the window whose first tip is the row's */
    prom_deadline_id closes; /* the window from whose first tip on somebody else may take the output */
    unsigned hoped, feared;  /* schemes: what it leads to, and what comes when it is late */
    prom_lateness lateness;
};

extern const struct publication prom_publications[];
extern const size_t prom_publication_count;

/* Returns whether the row is ours as the money is now, whatever the time. */
bool prom_publication_is_ours(const prom_channel *channel, uint16_t batch, const struct publication *row);
/* Returns the index of its transaction in the tree; PROM_TREE_OTHER when the decision is for none of it. */
uint32_t prom_publication_tx(const prom_channel *channel, uint16_t batch, const struct publication *row);

/* Whose row it is, of which contract. */
struct publication_case {
    const prom_terms *terms; /* of a network that there is */
    size_t place;
    uint32_t deciders; /* S, where there is a decision; 0: the fewest */
};

/* Computes what a party owes itself by the row, when the block that its windows are counted from has this height: until
 * when, and what lateness costs it; but not for how many virtual bytes. */
PROM_MUST_USE prom_result prom_publication_owed(prom_fee_obligation *due, const struct publication *row,
                                                const struct publication_case *it, uint32_t height, prom_error *error);
/* Computes until when it is wanted and what its lateness costs us, when the block that its windows are counted from has
 * this height. */
PROM_MUST_USE prom_result prom_publication_due(const prom_channel *channel, uint16_t batch, prom_fee_obligation *due,
                                               const struct publication *row, uint32_t height, prom_error *error);

#endif
