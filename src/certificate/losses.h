/* What each can lose in a contract, in coins: of people who are no economists, the first question. */
#ifndef CERTIFICATE_LOSSES_H
#define CERTIFICATE_LOSSES_H

#include "prometheus/game/settlement.h"

typedef enum prom_loss_party {
    PROM_LOSS_C,   /* whose verifier is somebody else */
    PROM_LOSS_OWN, /* the client that is its own verifier, which is the default: both together */
    PROM_LOSS_W,
    PROM_LOSS_V,
    PROM_LOSS_A, /* one arbiter */
    PROM_LOSS_PARTIES,
} prom_loss_party;

typedef struct prom_loss {
    double deposit; /* sat, before fees */
    double kept;    /* the most of it that one who keeps the rules loses, while at most n - k arbiters break them, */
    double gains;   /* or the least that it gains, where it loses nothing */
    bool without_result; /* of a client: it loses as much also where it gets no right result, */
    double for_nothing;  /* and the most that it loses where it gets none that passes the check */
    double worst;        /* the most of it that one who keeps the rules loses, when all others are against it */
    double fees;         /* the most that it pays besides, to miners */
} prom_loss;

/* Returns whether there is such a party: under an audit window the verifier is not the client (docs/game.md). */
bool prom_loss_party_is(prom_loss_party party, const prom_game_question *question);

/* Computes the losses of all, [PROM_LOSS_PARTIES]. */
PROM_MUST_USE prom_result prom_losses_of(prom_arena *arena, prom_loss *losses, const prom_game_question *question,
                                         prom_error *error);

/* Returns "client", "client that is its own verifier", "worker", "verifier", "arbiter"; and "C", "C+V", "W", "V", "A".
 */
const char *prom_loss_party_name(prom_loss_party party);
const char *prom_loss_party_letters(prom_loss_party party);

#endif
