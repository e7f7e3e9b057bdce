/* The settlement game of a contract: the tree of what each may do, from the worker's first hour to the transaction that
 * settles, built from the contract's own tables of branches, deadlines and payouts. docs/game.md is the same in words.
 */
#ifndef PROMETHEUS_GAME_SETTLEMENT_H
#define PROMETHEUS_GAME_SETTLEMENT_H

#include "prometheus/base/declarations.h"
#include "prometheus/equilibrium/tree.h"
#include "prometheus/game/question.h"

PROM_DECLARATIONS_BEGIN

/* Who plays. The arbiters are two blocs: A, m of them, who may act as one, and H, the others. F only gets. */
typedef enum prom_game_player {
    PROM_GAME_C,
    PROM_GAME_W,
    PROM_GAME_V,
    PROM_GAME_A,
    PROM_GAME_H,
    PROM_GAME_F,
    PROM_GAME_PLAYERS,
} prom_game_player;

/* Of the paper, Tx2; of the audit window, what it adds: docs/game.md. */
#define PROM_GAME_SCHEMES 11
#define PROM_GAME_SCHEME_LOCKED 0     /* nobody ever spends the output: the coins are locked for ever */
#define PROM_GAME_SCHEME_GOOD 8       /* audit: the challenge is refused; the client's bond pays */
#define PROM_GAME_SCHEME_BAD 9        /* audit: worker and verifier at fault */
#define PROM_GAME_SCHEME_WORKER 10    /* audit: the worker alone, in an item that was not checked */
#define PROM_GAME_SCHEME_UNDECIDED 11 /* audit: the arbiters do not decide */

/* What is true at an ending, as bits. */
enum {
    PROM_GAME_COMPUTED = 1 << 0,     /* the worker paid z, */
    PROM_GAME_SKIPPED = 1 << 1,      /* or z but for one item */
    PROM_GAME_VERIFIED = 1 << 2,     /* the verifier paid y */
    PROM_GAME_CHECKED = 1 << 3,      /* the client paid for its own check */
    PROM_GAME_ARBITRATED_A = 1 << 4, /* A's members paid for arbitration, */
    PROM_GAME_ARBITRATED_H = 1 << 5, /* H's did */
    PROM_GAME_RESULT = 1 << 6,       /* the client has a right result */
    PROM_GAME_SHOWN = 1 << 7,        /* h_p is on the chain */
    PROM_GAME_GOOD = 1 << 8,         /* the package passes the check, */
    PROM_GAME_DELIVERED = 1 << 9,    /* k arbiters have receipted it in time, and the verifier has it */
    PROM_GAME_VERDICT_1 = 1 << 10,   /* the verifier signed r = 1, */
    PROM_GAME_VERDICT_0 = 1 << 11,   /* TxV0 is on the chain */
    PROM_GAME_APPEALED = 1 << 12,
    PROM_GAME_DENIED = 1 << 13, /* A withheld its receipts */
};

/* Stakes and endings of one play. */
typedef struct prom_game_outcome {
    uint8_t scheme;
    uint8_t deciders_a; /* of A, in S, in #6 and #7 and where the arbiters decide a challenge */
    uint8_t deciders_h; /* of H */
    uint8_t at_fault;   /* players as bits, who lose their reputation */
    unsigned facts;
    uint32_t blocks; /* from Tx0's block to the one that settles */
    uint32_t weight; /* of the one that settles, without the outputs of payouts */
    uint32_t vsize;  /* of all transactions behind Tx0, in virtual bytes, the client's output counted in */
    uint8_t anchors; /* of them */
} prom_game_outcome;

/* What utilities are sums of. The quantities of payouts come first, in their order. */
enum {
    PROM_SYMBOL_Z = PROM_QUANTITIES,
    PROM_SYMBOL_Y,
    PROM_SYMBOL_ARBITRATION,
    PROM_SYMBOL_CHECK,
    PROM_SYMBOL_BENEFIT,
    PROM_SYMBOL_BOND, /* B, the client's bond: [epsilon w] */
    PROM_SYMBOL_BOND_OVER_N,
    PROM_SYMBOL_FEERATE,    /* sat/vB: its factors are virtual bytes */
    PROM_SYMBOL_SAT,        /* 1 sat: anchors */
    PROM_SYMBOL_INTEREST_C, /* what locking its deposit costs each for a block: the factors are blocks */
    PROM_SYMBOL_INTEREST_W,
    PROM_SYMBOL_INTEREST_V,
    PROM_SYMBOL_INTEREST_A, /* of one arbiter */
    PROM_SYMBOL_FUTURE_W,   /* what a lost reputation costs */
    PROM_SYMBOL_FUTURE_V,
    PROM_SYMBOL_FUTURE_A,
    PROM_SYMBOL_W_OVER_S, /* of the paper: w divided among A+. In forms it is a share of w */
    PROM_SYMBOLS,
};

/* A linear form: so much of each. */
typedef struct prom_game_form {
    double of[PROM_SYMBOLS];
} prom_game_form;

/* The game with so many arbiters in A. */
typedef struct prom_game {
    const prom_game_question *question;
    uint32_t m;
    prom_game_tree tree;               /* players as above; values are utilities: what each ends with, less what it
                                          had, less what it spent, of a bloc all together */
    const prom_game_outcome *outcomes; /* [ending] */
    const double *money;               /* [ending][player]: what the closing transaction pays it, less its deposit;
                                          no costs, no fees */
    double symbols[PROM_SYMBOLS];      /* the value of each, sat */
    uint32_t delivery, verification;   /* nodes: the worker's first decision, the verifier's whether to verify what it
                                          got; the root is the former */
} prom_game;

/* Builds the game of `m` arbiters, 0 to n, in A, and n - m in H, who keep the rules. The question is kept by reference.
 * Fails with PROM_CATEGORY_MISUSE when there are no such arbiters, or no items. */
PROM_MUST_USE prom_result prom_game_build(prom_arena *arena, prom_game **game, const prom_game_question *question,
                                          uint32_t m, prom_error *error);
/* Builds the same, where H may choose as A does. No group that is looked at has all arbiters, so that this is for who
 * wants the whole game: to draw it, or to hand it to another solver. */
PROM_MUST_USE prom_result prom_game_build_whole(prom_arena *arena, prom_game **game, const prom_game_question *question,
                                                uint32_t m, prom_error *error);

/* Returns what a player locks, in sat, fees not counted in: of the client with the retainers and, under an audit
 * window, its bond; of a bloc of arbiters all together. */
double prom_game_deposit(const prom_game *game, prom_game_player player);

/* Computes what the players of `coalition` get at an ending together, as a form. */
void prom_game_form_of(prom_game_form *form, const prom_game *game, uint32_t ending, unsigned coalition);
/* Returns the form's value, in sat. */
double prom_game_form_value(const prom_game_form *form, const prom_game *game);
#define PROM_GAME_FORM_TEXT 512
/* Writes the form as text, "share_w - z - 101 feerate - 38 i_W", "0" when it is nothing. Returns `text`. */
const char *prom_game_form_text(char text[PROM_GAME_FORM_TEXT], const prom_game_form *form);
/* Returns a symbol's name: "[alpha w]", "z". */
const char *prom_game_symbol_name(unsigned symbol);

/* Returns "client", "worker", "verifier", "arbiters of the group", "other arbiters", "fund". */
const char *prom_game_player_name(prom_game_player player);

PROM_DECLARATIONS_END

#endif
