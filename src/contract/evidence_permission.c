/* What the worker and an arbiter may say, and when. What is said stands in the evidence first, so that nothing is said
 * twice. */
#include "contract/evidence_slots.h"
#include "prometheus/contract/evidence.h"

/* Gives the permission that there is; the reason is written. */
static prom_permission refuse(prom_permission permission, prom_result reason)
{
    (void)reason;
    return permission;
}

/* -- The worker -- */

prom_permission prom_may_package(const prom_case *known, prom_round round, const prom_bytes32 *hash, prom_error *error)
{
    const prom_attestation *signed_before = prom_case_package(known, round);
    if (signed_before != NULL ? !prom_bytes32_equal(&signed_before->as.package.hash, hash)
                              : prom_evidence_has(known->evidence, package_slot(round))) {
        return refuse(PROM_NEVER, prom_fail(error, PROM_CATEGORY_PEER,
                                            "another package of this round is signed already: two prove us at fault"));
    }
    return PROM_PERMITTED;
}

/* protocol 10, sampling */
prom_permission prom_may_notice(const prom_case *known, uint32_t tip, uint32_t height, prom_error *error)
{
    const prom_attestation *package = prom_case_package(known, PROM_ROUND_A);
    const prom_block_notice notice = {.height = height};
    const int64_t last_tip = window_around(known, PROM_DEADLINE_NOTICE, &notice).latest;
    const uint32_t quorum = prom_parameters_quorum(&known->terms->P);
    if (!prom_case_samples(known) || prom_evidence_has(known->evidence, notice_slot())) {
        return refuse(PROM_NEVER, prom_fail(error, PROM_CATEGORY_PEER,
                                            "a notice is signed once at most, and only where a sample is checked"));
    }
    if (tip > last_tip || !prom_case_notice_in_time(known, &notice)) {
        return refuse(PROM_NEVER,
                      prom_fail(error, PROM_CATEGORY_PEER,
                                "the block %u cannot draw the sample: the first that can is %lld, the last %lld",
                                height, (long long)height - last_tip + tip,
                                (long long)window_of(known, PROM_DEADLINE_X).latest));
    }
    const uint32_t receipts =
        package == NULL ? 0 : prom_arbiters_count(prom_case_receipts(known, PROM_ROUND_A, &package->as.package.hash));
    if (receipts < quorum) {
        return refuse(PROM_NOT_YET, prom_fail(error, PROM_CATEGORY_PEER,
                                              "%u receipts of the package count, and %u are needed", receipts, quorum));
    }
    return PROM_PERMITTED;
}

/* -- An arbiter -- */

static bool has_answered(const prom_case *known, const prom_arbiter_view *view)
{
    return prom_evidence_has(known->evidence, answer_slot(view->arbiter));
}

/* The notice, if it is of the package that W signed. */
static const prom_block_notice *notice_of_package(const prom_case *known)
{
    const prom_attestation *package = prom_case_package(known, PROM_ROUND_A);
    const prom_attestation *notice = prom_case_notice(known);
    const bool good = package != NULL && notice != NULL &&
                      prom_bytes32_equal(&notice->as.notice.package_hash, &package->as.package.hash);
    return good ? &notice->as.notice : NULL;
}

/* The last own tip at which a receipt of this round still counts. Of a notice it is below X. */
static bool in_time(const prom_case *known, prom_round round, uint32_t tip, const prom_block_notice *notice)
{
    return tip <= window_of(known, PROM_DEADLINE_RECEIPT).latest &&
           (round != PROM_ROUND_NOTICE || (prom_case_notice_in_time(known, notice) &&
                                           tip <= window_around(known, PROM_DEADLINE_NOTICE_RECEIPT, notice).latest));
}

/* protocol 10: package B is receipted only if block X is at depth s or more in the arbiter's best chain */
static prom_permission may_receipt_block(const prom_case *known, const prom_arbiter_view *view,
                                         const prom_block_notice *notice, prom_error *error)
{
    const int64_t deep = window_around(known, PROM_DEADLINE_OPENINGS_RECEIPT, notice).earliest;
    if (view->tip < deep || view->best_x == NULL) {
        return refuse(PROM_NOT_YET, prom_fail(error, PROM_CATEGORY_PEER,
                                              "the block %u draws the sample, and is deep enough from the tip %lld on",
                                              notice->height, (long long)deep));
    }
    if (view->block == NULL || !prom_bytes32_equal(view->block, view->best_x)) {
        return refuse(PROM_NOT_YET, prom_fail(error, PROM_CATEGORY_PEER,
                                              "package B names another block than that at height %u in our best chain",
                                              notice->height));
    }
    return PROM_PERMITTED;
}

/* What is wrong whatever the arbiter holds. */
static prom_permission may_receipt_at_all(const prom_case *known, prom_round round, const prom_arbiter_view *view,
                                          prom_error *error)
{
    if (round != PROM_ROUND_A && !prom_case_samples(known)) {
        return refuse(PROM_NEVER,
                      prom_fail(error, PROM_CATEGORY_PEER, "the contract has no such round: all is delivered in one"));
    }
    if (prom_evidence_has(known->evidence, receipt_slot(view->arbiter, round))) {
        return refuse(PROM_NEVER, prom_fail(error, PROM_CATEGORY_PEER,
                                            "a receipt of this round is given already, and two would void each other"));
    }
    if (has_answered(known, view)) {
        return refuse(PROM_NEVER, prom_fail(error, PROM_CATEGORY_PEER,
                                            "the final question is answered: no receipt is given afterwards"));
    }
    if (prom_case_two_packages(known) || prom_case_two_notices(known)) {
        return refuse(PROM_NEVER, prom_fail(error, PROM_CATEGORY_PEER,
                                            "the worker has signed two different packages of a round, or two notices"));
    }
    return PROM_PERMITTED;
}

prom_permission prom_may_receipt(const prom_case *known, prom_round round, const prom_arbiter_view *view,
                                 prom_error *error)
{
    const prom_round held = round == PROM_ROUND_B ? PROM_ROUND_B : PROM_ROUND_A;
    const prom_attestation *package = prom_case_package(known, held);
    const prom_block_notice *notice = notice_of_package(known);
    const prom_permission at_all = may_receipt_at_all(known, round, view, error);
    if (at_all != PROM_PERMITTED) {
        return at_all;
    }
    if (package == NULL || (round != PROM_ROUND_A && notice == NULL)) {
        return refuse(PROM_NOT_YET,
                      prom_fail(error, PROM_CATEGORY_PEER, "the worker has not signed what the receipt would be of"));
    }
    if (!in_time(known, round, view->tip, notice)) {
        return refuse(PROM_NEVER, prom_fail(error, PROM_CATEGORY_PEER,
                                            "at the tip %u a receipt would not count any more", view->tip));
    }
    if (!view->in_step) {
        return refuse(PROM_NOT_YET, prom_fail(error, PROM_CATEGORY_PEER, "our node is not in step with the chain"));
    }
    if (!view->holds_job || view->holds == NULL || !prom_bytes32_equal(view->holds, &package->as.package.hash)) {
        return refuse(PROM_NOT_YET,
                      prom_fail(error, PROM_CATEGORY_PEER, "package, program and input are not all here yet"));
    }
    return round == PROM_ROUND_B ? may_receipt_block(known, view, notice, error) : PROM_PERMITTED;
}

prom_attestation prom_receipt_make(const prom_case *known, const prom_bytes32 *contract_id, prom_round round,
                                   const prom_arbiter_view *view)
{
    const prom_attestation *said =
        round == PROM_ROUND_NOTICE ? prom_case_notice(known) : prom_case_package(known, round);
    prom_attestation receipt = {.kind = PROM_ATTESTATION_RECEIPT,
                                .contract_id = *contract_id,
                                .place = PROM_PLACE_ARBITER + view->arbiter,
                                .as.receipt = {.round = round, .height = view->tip}};
    if (said != NULL && round == PROM_ROUND_NOTICE) {
        prom_attestation_hash(&receipt.as.receipt.hash, said);
    } else if (said != NULL) {
        receipt.as.receipt.hash = said->as.package.hash;
    }
    return receipt;
}

/* protocol 7, the final question: the own tip alone decides, else hours without a block would silence the honest */
prom_permission prom_may_answer(const prom_case *known, const prom_arbiter_view *view, prom_error *error)
{
    const int64_t first = window_of(known, PROM_DEADLINE_ANSWER).earliest;
    if (has_answered(known, view)) {
        return refuse(PROM_NEVER, prom_fail(error, PROM_CATEGORY_PEER,
                                            "the final question is answered already, by the same bytes for everybody"));
    }
    if (view->tip < first) {
        return refuse(PROM_NOT_YET, prom_fail(error, PROM_CATEGORY_PEER,
                                              "the final question is answered from the tip %lld on, and ours is %u",
                                              (long long)first, view->tip));
    }
    return PROM_PERMITTED;
}

prom_attestation prom_answer_make(const prom_case *known, const prom_bytes32 *contract_id,
                                  const prom_arbiter_view *view)
{
    prom_attestation made = {.kind = PROM_ATTESTATION_ANSWER,
                             .contract_id = *contract_id,
                             .place = PROM_PLACE_ARBITER + view->arbiter,
                             .as.answer = {.tip = view->tip}};
    prom_answer *answer = &made.as.answer;
    for (prom_round round = PROM_ROUND_A; round <= PROM_ROUND_NOTICE; round++) {
        size_t from = 0;
        const prom_attestation *given = prom_evidence_next(known->evidence, receipt_slot(view->arbiter, round), &from);
        if (given != NULL) {
            answer->receipts[answer->count++] = given->as.receipt;
        }
    }
    return made;
}
