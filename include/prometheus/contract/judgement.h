/* Who is at fault: the verdict r that V must give, and the decision d that an arbiter votes for. Receipts apart, d = 0
 * exactly where V must say r = 1. */
#ifndef PROMETHEUS_CONTRACT_JUDGEMENT_H
#define PROMETHEUS_CONTRACT_JUDGEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "prometheus/base/declarations.h"
#include "prometheus/contract/evidence.h"

PROM_DECLARATIONS_BEGIN

/* What check, the one that V and the arbiters run (scheme/delivery.h), says of W's packages. */
typedef enum prom_checked {
    PROM_CHECKED_UNKNOWN, /* not run, not over, or it failed by a fault of our own */
    PROM_CHECKED_GOOD,
    PROM_CHECKED_BAD,
} prom_checked;

/* Why. */
typedef enum prom_reason {
    PROM_REASON_GOOD,          /* the package is good */
    PROM_REASON_TWO_PACKAGES,  /* W signed two packages of one round */
    PROM_REASON_TWO_NOTICES,   /* W signed two notices */
    PROM_REASON_NO_PACKAGE,    /* W signed none, or what it signed is nowhere to be had */
    PROM_REASON_NOTICE,        /* W signed no notice, or one of another package or of a block too late */
    PROM_REASON_BLOCK,         /* V did not see the notice before its block, and too few arbiters can have; or the block
                                  that package B names is not block X */
    PROM_REASON_FEW_RECEIPTS,  /* fewer than k receipts of a round count */
    PROM_REASON_KEY_NOT_SHOWN, /* W did not show h_p */
    PROM_REASON_BAD,           /* the package is bad */
    PROM_REASON_NOT_CHECKED,   /* we could not find out */
} prom_reason;

/* Returns a sentence without a full stop. */
const char *prom_reason_text(prom_reason reason);

typedef struct prom_judgement {
    bool known;             /* false: try again until the commit, then commit to nothing */
    prom_decision decision; /* when known */
    prom_reason reason;
} prom_judgement;

/* Returns the decision of an arbiter. `shown`: h_p is known. `checked` is what check said of the packages that W
 * signed, with that h_p; unknown where one is not at hand. */
prom_judgement prom_judge(const prom_case *known, bool shown, prom_checked checked);

/* What V knows beside the evidence. */
typedef struct prom_verifier_view {
    prom_checked checked;       /* of the packages that W signed, with the h_p that V's key opens E_V to */
    bool at_hand;               /* these packages, all that the contract has rounds for */
    bool saw_notice;            /* itself, */
    uint32_t notice_tip;        /* at this own tip, when it did */
    const prom_bytes32 *block;  /* the hash that package B names for block X; NULL without package B */
    const prom_bytes32 *best_x; /* the hash of the block at height X in our best chain; NULL: it has none */
    bool question_over;         /* all arbiters have answered, or verification must start: above tip H0 + t1 */
    bool last_moment;           /* the verdict must be given now: tip H0 + t2 - s - 1 */
} prom_verifier_view;

typedef enum prom_verdict_due {
    PROM_VERDICT_WAIT,   /* none yet */
    PROM_VERDICT_ACCEPT, /* r = 1: Tx4 */
    PROM_VERDICT_ACCUSE, /* r = 0: TxV0 */
} prom_verdict_due;

/* Returns the verdict that V must give. PROM_REASON_NOT_CHECKED with PROM_VERDICT_ACCEPT is V's own fault, and an
 * alarm. */
prom_verdict_due prom_verdict(const prom_case *known, const prom_verifier_view *given, prom_reason *reason);

PROM_DECLARATIONS_END

#endif
