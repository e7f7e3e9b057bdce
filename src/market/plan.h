/* How a batch is split into parts, each a contract of its own with one worker: from quotes to a list of parts, or to
 * all reasons why some items have none. The same again for the same quotes. */
#ifndef MARKET_PLAN_H
#define MARKET_PLAN_H

#include "market/caps.h"
#include "market/join.h"
#include "market/preflight.h"

#define PROM_PLAN_PARTS_MAX 256U
#define PROM_PLAN_OFFERS_MAX 64U

/* What was spent, or is promised, before. */
typedef struct prom_spent {
    prom_amount job;
    prom_amount day;
    prom_amount fees;
} prom_spent;

/* Computes what a part of so many items costs. */
typedef struct prom_work_source {
    prom_result (*work)(void *context, prom_work *work, uint32_t items, prom_error *error);
    void *context;
} prom_work_source;

/* Works for a batch and a scheme: prom_work_of_part, in an arena that is emptied after each part. */
typedef struct prom_program_source {
    const prom_work_batch *batch;
    uint16_t scheme;
    size_t memory; /* bytes that computing a cost may take */
} prom_program_source;
prom_work_source prom_work_source_of(prom_program_source *program);

/* A worker that may be taken, and what the asker knows of it. */
typedef struct prom_plan_offer {
    const prom_quote *quote;
    prom_bytes32 ask;  /* hash of what it was asked */
    prom_amount spent; /* on contracts with this worker, before */
    prom_amount open;  /* what open contracts with it may cost, with fees */
    uint32_t trust;    /* prom_reputation, 0 to 1000 */
    bool failed;       /* it has failed with these items: it is not taken again */
} prom_plan_offer;

typedef struct prom_plan_request {
    const prom_terms *terms; /* as those of prom_preflight */
    prom_work_source source;
    uint32_t first; /* item */
    uint32_t items;
    uint32_t parts_min;         /* at least so many, where there are enough items; 0: as few as fit */
    uint32_t workers_min;       /* spread over so many workers, where there are; 0: the cheapest may get all */
    const prom_rates *verifier; /* a third party's; NULL: the client verifies itself */
    const prom_machine *verifier_machine; /* of who verifies; NULL: not looked at */
    prom_caps caps;
    prom_standing_caps standing;
    prom_spent spent;
    const prom_curve *curve;
    prom_amount reward; /* c of each contract; zero: the smallest that covers what is asked for */
    uint32_t coins;     /* that the client brings into a contract, and as its own verifier, at most */
    uint32_t tip;
    uint32_t wished;             /* height; 0: any */
    bool undivided;              /* it is one part */
    prom_joining joining;        /* of what the parts have folded, which the plan says too; no folds: nothing of it */
    const prom_module *joined;   /* the program, where that folds */
    const prom_machine *machine; /* of the client's node, which joins; NULL: not looked at */
} prom_plan_request;

typedef struct prom_plan_part {
    uint32_t first; /* item */
    uint32_t items;
    size_t offer;
    prom_amount price_w;
    prom_amount price_v; /* 0 where the client verifies itself */
    prom_amount c;
    prom_amount cost; /* to the client when the result is accepted, without fees: prom_reward_cost */
    prom_amount fees; /* on the chain then */
    uint32_t ready;   /* height at which the result would be there */
} prom_plan_part;

/* The last step of a plan: what its parts have folded is joined, once the last one is there. */
typedef struct prom_plan_join {
    prom_joiner joiner;
    uint32_t parts;
    uint64_t seconds;     /* that the own node takes at most, UINT64_MAX where that is not known */
    uint32_t begins;      /* height at which the last part's result would be there */
    prom_plan_part part;  /* of a contract, with an offer that takes it as all of them are now; its items are `parts` */
    prom_reasons reasons; /* of a contract that no offer takes: why the best of them, or the caps, do not */
} prom_plan_join;

/* What was found of one offer. */
typedef struct prom_plan_verdict {
    prom_reasons reasons;  /* why it was not taken, or not for more */
    uint32_t items_max;    /* the largest part that fits it; 0: none does */
    prom_plan_part at_max; /* that part */
    uint32_t parts;        /* that it was given */
} prom_plan_verdict;

typedef struct prom_plan {
    prom_plan_part parts[PROM_PLAN_PARTS_MAX];
    size_t part_count;
    prom_plan_verdict offers[PROM_PLAN_OFFERS_MAX];
    size_t offer_count;
    prom_amount cost; /* of all parts, without what joins them */
    prom_amount fees;
    prom_plan_join join;  /* PROM_JOINER_NONE also where items are left */
    uint32_t left;        /* items that no part has */
    prom_reasons reasons; /* why there are such items, as far as it is not an offer's matter */
} prom_plan;

/* Makes the plan, in the arena. PROM_CATEGORY_MISUSE without items, or with more offers than PROM_PLAN_OFFERS_MAX; what
 * the source fails with, other than that no proof can be made of so many items, ends it too. */
PROM_MUST_USE prom_result prom_plan_make(prom_arena *arena, prom_plan **plan, const prom_plan_request *request,
                                         const prom_plan_offer *offers, size_t offer_count, prom_error *error);

/* Returns what the whole plan costs, with what joins its parts, and of that what goes to the chain as fees. */
prom_amount prom_plan_cost(const prom_plan *plan);
prom_amount prom_plan_fees(const prom_plan *plan);

/* Calls `line` with one sentence after another: each part with its price, each offer that got none with its reasons,
 * and what is left. */
void prom_plan_tell(const prom_plan *plan, void (*line)(void *context, const char *text), void *context);

#endif
