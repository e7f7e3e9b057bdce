/* The rules of a settlement game as data: which transactions can spend what, when, and what each still waits for; who
 * gives it when it keeps the rules; who gets what. */
#ifndef GAME_RULES_H
#define GAME_RULES_H

#include "prometheus/game/settlement.h"

/* Outputs that hold the deposits. The first three are the tree's own. */
enum {
    GAME_OUTPUT_O0 = PROM_OUTPUT_O0,
    GAME_OUTPUT_OV0 = PROM_OUTPUT_OV0,
    GAME_OUTPUT_OA = PROM_OUTPUT_OA,
    GAME_OUTPUT_OP, /* audit: accepted, and open to a challenge */
    GAME_OUTPUT_OQ, /* audit: challenged */
    GAME_OUTPUTS,   /* none */
};

/* What a branch can wait for beside the bits of the tree, PROM_WAITS_V and so on: signatures that are given late. */
enum { GAME_WAITS_C = 1 << 4, GAME_WAITS_W = 1 << 5 };

/* When a player who keeps the rules gives what a branch waits for; docs/protocol.md, section 11. */
typedef enum game_when {
    GAME_ALWAYS,
    GAME_NEVER,
    GAME_IF_GOOD,     /* the package is good, delivered and receipted */
    GAME_IF_ACCEPTED, /* the verifier takes the package for good */
    GAME_IF_REJECTED, /* it found none, or a bad one */
    GAME_IF_WRONG,    /* the client has seen that the result is wrong */
} game_when;

typedef struct game_branch {
    const char *name;
    uint8_t spends;
    uint8_t makes;       /* GAME_OUTPUTS: it settles, by */
    uint8_t scheme;      /* of the payouts below */
    unsigned waits_for;  /* bits */
    game_when signer;    /* of C's, V's or W's signature */
    game_when holder;    /* of the worker's secret */
    const char *signs;   /* what the signer does, as an action: "accuses by" */
    const char *refuses; /* and what it does else */
    uint32_t first;      /* block in which it can be, counted from the one that makes what it spends */
    uint32_t weight;     /* without the outputs of payouts */
} game_branch;

/* A payout as a sum of symbols: bits of 1 << symbol. */
typedef struct game_payout {
    uint64_t plus;
    uint64_t minus;
} game_payout;

#define GAME_BRANCHES_MAX 16

typedef struct game_rules {
    game_branch branches[GAME_BRANCHES_MAX]; /* of each output in the order of time */
    size_t branch_count;
    game_payout payouts[PROM_GAME_SCHEMES + 1][PROM_PAYEE_F]; /* of scheme 1 and so on; F gets the rest */
    bool retainers;                                           /* C deposits them */
    bool receipts;       /* arbiters hold packages and date them: what was not delivered in time wins no appeal */
    bool verifier_opens; /* a good package shows h_p to V */
    bool loose_stakes;   /* the paper: an arbiter can spend its stake elsewhere, and TxA is void (E9) */
    bool audit;          /* what is accepted can be challenged, and C deposits a bond */
} game_rules;

/* Returns an amount in sat, 0 where it is none. */
double prom_game_sat(prom_amount amount);

/* Fills in the rules that a question is about. */
void prom_game_rules_of(game_rules *rules, const prom_game_question *question);

#endif
