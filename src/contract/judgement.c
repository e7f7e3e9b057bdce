#include "prometheus/contract/judgement.h"

#include <stddef.h>

#include "contract/evidence_slots.h"

const char *prom_reason_text(prom_reason reason)
{
    switch (reason) {
    case PROM_REASON_GOOD:
        return "the package is good";
    case PROM_REASON_TWO_PACKAGES:
        return "the worker signed two different packages of one round";
    case PROM_REASON_TWO_NOTICES:
        return "the worker signed two different notices";
    case PROM_REASON_NO_PACKAGE:
        return "there is no package that the worker signed";
    case PROM_REASON_NOTICE:
        return "the worker signed no notice for its package that names its block in time";
    case PROM_REASON_BLOCK:
        return "the sample was not drawn by a block that was named while it was still to come";
    case PROM_REASON_FEW_RECEIPTS:
        return "fewer receipts count than a decision needs arbiters";
    case PROM_REASON_KEY_NOT_SHOWN:
        return "the worker did not show the preimage of h";
    case PROM_REASON_BAD:
        return "the package is bad";
    case PROM_REASON_NOT_CHECKED:
        return "the package could not be checked";
    }
    return "";
}

/* Whether W has signed what it may sign once alone a second time. */
static bool signed_twice(const prom_case *known, prom_reason *reason)
{
    if (prom_case_two_packages(known)) {
        *reason = PROM_REASON_TWO_PACKAGES;
        return true;
    }
    if (prom_case_two_notices(known)) {
        *reason = PROM_REASON_TWO_NOTICES;
        return true;
    }
    return false;
}

/* Whether W's notice is of its package and names a block in time. */
static bool notice_good(const prom_case *known)
{
    const prom_attestation *package = prom_case_package(known, PROM_ROUND_A);
    const prom_attestation *notice = prom_case_notice(known);
    return package != NULL && notice != NULL &&
           prom_bytes32_equal(&notice->as.notice.package_hash, &package->as.package.hash) &&
           prom_case_notice_in_time(known, &notice->as.notice);
}

static bool quorum_of(const prom_case *known, uint32_t arbiters)
{
    return prom_arbiters_count(arbiters) >= prom_parameters_quorum(&known->terms->P);
}

/* Whether k arbiters hold what the round delivers: W can show as much, and so it is there to be had. */
static bool held(const prom_case *known, prom_round round)
{
    return quorum_of(known, prom_case_holders(known, round));
}

static bool packages_held(const prom_case *known)
{
    return held(known, PROM_ROUND_A) && (!prom_case_samples(known) || held(known, PROM_ROUND_B));
}

/* -- The arbiters -- */

static prom_judgement against_worker(prom_reason reason)
{
    return (prom_judgement){true, PROM_DECISION_WORKER, reason};
}

/* protocol 7, arbiters: d = 1 if ... */
prom_judgement prom_judge(const prom_case *known, bool shown, prom_checked checked)
{
    const bool samples = prom_case_samples(known);
    prom_reason reason;
    if (signed_twice(known, &reason)) {
        return against_worker(reason);
    }
    if (prom_case_package(known, PROM_ROUND_A) == NULL || (samples && prom_case_package(known, PROM_ROUND_B) == NULL)) {
        return against_worker(PROM_REASON_NO_PACKAGE);
    }
    if (samples && !notice_good(known)) {
        return against_worker(PROM_REASON_NOTICE);
    }
    if (!packages_held(known) || (samples && !held(known, PROM_ROUND_NOTICE))) {
        return against_worker(PROM_REASON_FEW_RECEIPTS);
    }
    if (!shown) {
        return against_worker(PROM_REASON_KEY_NOT_SHOWN);
    }
    switch (checked) {
    case PROM_CHECKED_BAD:
        return against_worker(PROM_REASON_BAD);
    case PROM_CHECKED_GOOD:
        return (prom_judgement){true, PROM_DECISION_VERIFIER, PROM_REASON_GOOD};
    case PROM_CHECKED_UNKNOWN:
        break;
    }
    return (prom_judgement){false, PROM_DECISION_VERIFIER, PROM_REASON_NOT_CHECKED};
}

/* -- V -- */

/* protocol 10: V takes X if it saw the notice itself in time, or if k arbiters have receipted it or still can have. */
static prom_verdict_due notice_taken(const prom_case *known, const prom_verifier_view *view)
{
    const prom_attestation *notice = prom_case_notice(known);
    const prom_tip_window seen = window_around(known, PROM_DEADLINE_NOTICE_SEEN, &notice->as.notice);
    const bool saw = view->saw_notice && view->notice_tip <= seen.latest;
    if (saw || held(known, PROM_ROUND_NOTICE)) {
        return PROM_VERDICT_ACCEPT;
    }
    if (!quorum_of(known, prom_case_notice_witnesses(known))) {
        return PROM_VERDICT_ACCUSE;
    }
    return view->question_over ? PROM_VERDICT_ACCEPT : PROM_VERDICT_WAIT;
}

/* protocol 10: the hash in package B stands with k receipts; with fewer V compares it with its own best chain. That
 * they are fewer is known when all were asked, or k deny it: until then k others may have seen another chain than V. */
static prom_verdict_due block_stands(const prom_case *known, const prom_verifier_view *view)
{
    if (view->block == NULL) {
        return PROM_VERDICT_WAIT;
    }
    if (held(known, PROM_ROUND_B)) {
        return PROM_VERDICT_ACCEPT;
    }
    if (view->best_x == NULL) {
        return PROM_VERDICT_WAIT;
    }
    if (prom_bytes32_equal(view->block, view->best_x)) {
        return PROM_VERDICT_ACCEPT;
    }
    return view->question_over || quorum_of(known, prom_case_denials(known, PROM_ROUND_B)) ? PROM_VERDICT_ACCUSE
                                                                                           : PROM_VERDICT_WAIT;
}

/* What V finds of the block that drew the sample. */
static prom_verdict_due sample_drawn(const prom_case *known, const prom_verifier_view *view, prom_reason *reason)
{
    const bool package_known = prom_case_package(known, PROM_ROUND_A) != NULL;
    const bool notice_known = prom_case_notice(known) != NULL;
    const bool missing =
        (!package_known && !held(known, PROM_ROUND_A)) || (!notice_known && !held(known, PROM_ROUND_NOTICE));
    *reason = PROM_REASON_NOTICE;
    if (!package_known || !notice_known) {
        return missing && view->question_over ? PROM_VERDICT_ACCUSE : PROM_VERDICT_WAIT;
    }
    if (!notice_good(known)) {
        return PROM_VERDICT_ACCUSE;
    }
    const prom_verdict_due notice = notice_taken(known, view);
    const prom_verdict_due block = block_stands(known, view);
    *reason = PROM_REASON_BLOCK;
    if (notice == PROM_VERDICT_ACCUSE || block == PROM_VERDICT_ACCUSE) {
        return PROM_VERDICT_ACCUSE;
    }
    return notice == PROM_VERDICT_ACCEPT && block == PROM_VERDICT_ACCEPT ? PROM_VERDICT_ACCEPT : PROM_VERDICT_WAIT;
}

/* Whether k arbiters have said that they hold no receipted package, or notice, of some round: r = 0 is safe. */
static bool denied(const prom_case *known)
{
    return quorum_of(known, prom_case_denials(known, PROM_ROUND_A)) ||
           (prom_case_samples(known) && (quorum_of(known, prom_case_denials(known, PROM_ROUND_NOTICE)) ||
                                         quorum_of(known, prom_case_denials(known, PROM_ROUND_B))));
}

/* No package is known to be good, and none to be bad. */
static prom_verdict_due without_check(const prom_case *known, const prom_verifier_view *view, prom_reason *reason)
{
    const bool safe = denied(known);
    if (!view->at_hand) {
        *reason = safe ? PROM_REASON_FEW_RECEIPTS : PROM_REASON_NO_PACKAGE;
        return safe || view->question_over || view->last_moment ? PROM_VERDICT_ACCUSE : PROM_VERDICT_WAIT;
    }
    *reason = safe ? PROM_REASON_FEW_RECEIPTS : PROM_REASON_NOT_CHECKED;
    if (!view->last_moment) {
        return PROM_VERDICT_WAIT;
    }
    /* protocol 7: verification that is not over is V's own fault, and r = 0 would risk its whole stake */
    return safe ? PROM_VERDICT_ACCUSE : PROM_VERDICT_ACCEPT;
}

/* protocol 3: nothing that W has not signed is verified, and what was found of it is nothing against or for W. What k
 * arbiters hold is there to be had, W's own word for it as well: not to have it is our own fault, as not to have
 * checked it would be. */
static prom_verifier_view of_what_is_signed(const prom_case *known, const prom_verifier_view *view)
{
    prom_verifier_view signed_view = *view;
    if (prom_case_package(known, PROM_ROUND_A) == NULL ||
        (prom_case_samples(known) && prom_case_package(known, PROM_ROUND_B) == NULL)) {
        signed_view.checked = PROM_CHECKED_UNKNOWN;
        signed_view.at_hand = false;
        signed_view.block = NULL;
    }
    signed_view.at_hand = signed_view.at_hand || packages_held(known);
    return signed_view;
}

prom_verdict_due prom_verdict(const prom_case *known, const prom_verifier_view *given, prom_reason *reason)
{
    const prom_verifier_view view = of_what_is_signed(known, given);
    prom_verdict_due drawn = PROM_VERDICT_ACCEPT;
    if (signed_twice(known, reason)) {
        return PROM_VERDICT_ACCUSE;
    }
    if (view.checked == PROM_CHECKED_BAD) {
        *reason = PROM_REASON_BAD;
        return PROM_VERDICT_ACCUSE;
    }
    if (prom_case_samples(known)) {
        drawn = sample_drawn(known, &view, reason);
        if (drawn == PROM_VERDICT_ACCUSE) {
            return PROM_VERDICT_ACCUSE;
        }
    }
    if (view.checked != PROM_CHECKED_GOOD) {
        return without_check(known, &view, reason);
    }
    *reason = PROM_REASON_GOOD;
    if (drawn == PROM_VERDICT_WAIT && view.last_moment) {
        *reason = PROM_REASON_NOT_CHECKED;
        return PROM_VERDICT_ACCEPT;
    }
    return drawn;
}
