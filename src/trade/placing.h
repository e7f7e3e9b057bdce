/* A round of asking: who may be asked for some items of a job is, each for what it takes for one item of them; and when
 * all have answered, or were not reached, the plan follows (market/plan.h). Whom one node's asker tells of an answer
 * finds out here whether it is of this round. */
#ifndef TRADE_PLACING_H
#define TRADE_PLACING_H

#include "market/reputation.h"
#include "node/node.h"
#include "trade/asker.h"
#include "trade/sketch.h"

/* A node that may be asked. */
typedef struct prom_trade_peer {
    prom_bytes32 key;
    prom_address address; /* of length 0: over a link that is there */
    bool named;           /* by the owner */
} prom_trade_peer;

/* Whom a round asks, and what of the past it reckons with. */
typedef struct prom_trade_market {
    prom_node *node;
    prom_asker *asker;
    void *context;
    /* Lists whom is known of those who take a role with this P, best first; NULL: nobody is. */
    size_t (*list)(void *context, prom_trade_peer *list, size_t max, const prom_bytes32 *p_txid, prom_role role);
    /* Finds what our own jobs have seen of a node, and what was spent on contracts with it. */
    void (*past)(void *context, prom_history *history, prom_amount *spent, const prom_bytes32 *node);
    const prom_machine *machine; /* our own, where the client verifies itself; NULL: not looked at */
    /* Finds what open contracts with a node may cost, with fees; NULL: there is none. */
    prom_amount (*open)(const void *context, const prom_bytes32 *node);
    prom_standing_caps standing;
} prom_trade_market;

typedef enum prom_asked_state { PROM_ASKED_WAITS, PROM_ASKED_QUOTED, PROM_ASKED_FAILED } prom_asked_state;

typedef struct prom_asked {
    prom_trade_peer peer;
    prom_ask ask;
    prom_asked_state state;
    prom_quote quote;
    char why[160]; /* PROM_ASKED_FAILED */
    prom_amount spent;
    prom_chain_record chain;
    prom_reputation reputation;
    bool failed;     /* with these items, before */
    uint8_t renewed; /* so often it was asked anew, as its answer was too old by then */
} prom_asked;
#define PROM_PLACING_MAX ((size_t)2 * PROM_PLAN_OFFERS_MAX)

typedef struct prom_placing {
    const prom_order *order;
    const prom_order_wishes *wishes;
    prom_work_batch work;
    prom_terms terms;
    uint32_t first;
    uint32_t items;
    prom_spent spent;
    bool whole;                         /* it is the whole batch: the owner's wishes on parts hold */
    bool joins;                         /* it is what joins the parts, and undivided */
    prom_asked asked[PROM_PLACING_MAX]; /* workers first */
    size_t count;
} prom_placing;

/* What a round is about. */
typedef struct prom_placing_subject {
    const prom_order *order; /* these two outlive the round, as what `work` points to */
    const prom_order_wishes *wishes;
    prom_work_batch work;
    const prom_terms *terms;
    uint32_t first;
    uint32_t items;
    bool joins;                 /* the items are parts' results, which one contract joins */
    const prom_market_job *job; /* whose failed verifiers are not asked for the part; NULL: there is none yet */
    const prom_job_part *part;  /* whose failed workers get nothing; NULL: none has */
    prom_spent spent;
} prom_placing_subject;

/* Begins a round: asks all. PROM_CATEGORY_BAD_INPUT when the scheme cannot prove an item of the program. */
PROM_MUST_USE prom_result prom_placing_begin(prom_placing *placing, const prom_trade_market *market,
                                             const prom_placing_subject *subject, prom_error *error);

/* Take an answer where it is one of this round. */
void prom_placing_quoted(prom_placing *placing, const prom_ask *ask, const prom_quote *quote);
void prom_placing_failed(prom_placing *placing, const prom_ask *ask, const char *why);

/* Asks those anew whose answers are no longer good, as others took their time: a few times. Returns whether somebody is
 * waited for again. */
bool prom_placing_renew(prom_placing *placing, const prom_trade_market *market);
/* Returns whether nobody is waited for. */
bool prom_placing_is_over(const prom_placing *placing);

/* A plan, and who is who in it. */
typedef struct prom_placed {
    const prom_plan *plan;
    const prom_asked *workers[PROM_PLAN_OFFERS_MAX]; /* of the plan's offers, in their order */
    const prom_asked *verifier;                      /* a third party; NULL: the client's own node */
    prom_reasons
        reasons; /* why nothing was planned at all: no verifier, too few arbiters; the owner's reward is too low */
} prom_placed;

/* Plans with what has come, for a client that brings `coins` into each contract; `plan` is NULL where no verifier was
 * found. Fails as prom_plan_make does. */
PROM_MUST_USE prom_result prom_placing_plan(const prom_placing *placing, prom_arena *arena, prom_placed *placed,
                                            const prom_trade_market *market, uint32_t coins, prom_error *error);

#endif
