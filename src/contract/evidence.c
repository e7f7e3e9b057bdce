#include "prometheus/contract/evidence.h"

#include "contract/evidence_slots.h"

/* -- The set -- */

static struct slot slot_of(const prom_attestation *attestation)
{
    struct slot slot = {attestation->kind, attestation->place, PROM_ROUND_A};
    if (slot.kind == PROM_ATTESTATION_PACKAGE) {
        slot.round = attestation->as.package.round;
    } else if (slot.kind == PROM_ATTESTATION_RECEIPT) {
        slot.round = attestation->as.receipt.round;
    }
    return slot;
}

static bool is_evidence(prom_attestation_kind kind)
{
    return kind == PROM_ATTESTATION_PACKAGE || kind == PROM_ATTESTATION_NOTICE || kind == PROM_ATTESTATION_RECEIPT ||
           kind == PROM_ATTESTATION_ANSWER;
}

const prom_attestation *prom_evidence_next(const prom_evidence *evidence, struct slot slot, size_t *from)
{
    while (*from < evidence->count) {
        const prom_attestation *attestation = &evidence->list[(*from)++];
        const struct slot its = slot_of(attestation);
        if (its.kind == slot.kind && its.place == slot.place && its.round == slot.round) {
            return attestation;
        }
    }
    return NULL;
}

bool prom_evidence_has(const prom_evidence *evidence, struct slot slot)
{
    size_t from = 0;
    return prom_evidence_next(evidence, slot, &from) != NULL;
}

prom_result prom_evidence_new(prom_arena *arena, prom_evidence *evidence, size_t room, prom_error *error)
{
    *evidence = (prom_evidence){.room = room};
    PROM_TRY_NEW(evidence->list, arena, room, error);
    return prom_ok();
}

/* The shorter list stays as it is, for whoever still reads it. */
static prom_result grow(prom_arena *arena, prom_evidence *evidence, prom_error *error)
{
    enum { FIRST = 4 }; /* most contracts have a package and its receipts */
    prom_evidence longer;
    PROM_TRY(prom_evidence_new(arena, &longer, evidence->room == 0 ? FIRST : 2 * evidence->room, error));
    for (; longer.count < evidence->count; longer.count++) {
        longer.list[longer.count] = evidence->list[longer.count];
    }
    *evidence = longer;
    return prom_ok();
}

/* Whether it is one of the two different ones of its slot that are kept, and not there yet. */
static bool is_new(const prom_evidence *evidence, const prom_attestation *attestation)
{
    size_t from = 0;
    size_t found = 0;
    if (!is_evidence(attestation->kind)) {
        return false;
    }
    const struct slot slot = slot_of(attestation);
    for (const prom_attestation *other = prom_evidence_next(evidence, slot, &from); other != NULL;
         other = prom_evidence_next(evidence, slot, &from)) {
        found++;
        if (found == 2 || prom_attestation_same(attestation, other)) {
            return false;
        }
    }
    return evidence->count < PROM_EVIDENCE_MAX;
}

prom_result prom_evidence_add(prom_arena *arena, prom_evidence *evidence, const prom_attestation *attestation,
                              bool *added, prom_error *error)
{
    *added = is_new(evidence, attestation);
    if (*added && evidence->count == evidence->room) {
        PROM_TRY(grow(arena, evidence, error));
    }
    if (*added) {
        evidence->list[evidence->count++] = *attestation;
    }
    return prom_ok();
}

/* The one attestation of a slot, or NULL; `*two` says whether there are two. */
static const prom_attestation *only(const prom_evidence *evidence, struct slot slot, bool *two)
{
    size_t from = 0;
    const prom_attestation *first = prom_evidence_next(evidence, slot, &from);
    *two = prom_evidence_next(evidence, slot, &from) != NULL;
    return *two ? NULL : first;
}

/* -- W's words -- */

bool prom_case_samples(const prom_case *known)
{
    return known->terms->P.varsigma != PROM_BASIS_POINTS_ONE;
}

const prom_attestation *prom_case_package(const prom_case *known, prom_round round)
{
    bool two;
    return only(known->evidence, package_slot(round), &two);
}

const prom_attestation *prom_case_notice(const prom_case *known)
{
    bool two;
    return only(known->evidence, notice_slot(), &two);
}

/* protocol 3: W signs one package of each round, ever */
bool prom_case_two_packages(const prom_case *known)
{
    bool two_a;
    bool two_b;
    (void)only(known->evidence, package_slot(PROM_ROUND_A), &two_a);
    (void)only(known->evidence, package_slot(PROM_ROUND_B), &two_b);
    return two_a || two_b;
}

/* protocol 10: two different notices, like two packages, prove W at fault */
bool prom_case_two_notices(const prom_case *known)
{
    bool two;
    (void)only(known->evidence, notice_slot(), &two);
    return two;
}

/* protocol 3, own tip */
bool prom_case_notice_in_time(const prom_case *known, const prom_block_notice *notice)
{
    return notice->height <= window_of(known, PROM_DEADLINE_X).latest;
}

/* -- The arbiters' words -- */

static bool same_receipt(const prom_receipt *a, const prom_receipt *b)
{
    return a->round == b->round && a->height == b->height && prom_bytes32_equal(&a->hash, &b->hash);
}

/* The receipt for a round that an answer lists, or NULL. */
static const prom_receipt *listed(const prom_answer *answer, prom_round round)
{
    for (size_t i = 0; i < answer->count; i++) {
        if (answer->receipts[i].round == round) {
            return &answer->receipts[i];
        }
    }
    return NULL;
}

/* Whether the answer leaves out a receipt of its arbiter for the round, or lists another. */
static bool leaves_out(const prom_evidence *evidence, size_t arbiter, const prom_answer *answer, prom_round round)
{
    const struct slot slot = receipt_slot(arbiter, round);
    const prom_receipt *said = listed(answer, round);
    size_t from = 0;
    for (const prom_attestation *given = prom_evidence_next(evidence, slot, &from); given != NULL;
         given = prom_evidence_next(evidence, slot, &from)) {
        if (said == NULL || !same_receipt(said, &given->as.receipt)) {
            return true;
        }
    }
    return false;
}

/* protocol 7, the final question: an answer is an arbiter's last word */
bool prom_case_voided(const prom_case *known, size_t arbiter)
{
    bool two;
    const prom_attestation *answer = only(known->evidence, answer_slot(arbiter), &two);
    for (prom_round round = PROM_ROUND_A; answer != NULL && round <= PROM_ROUND_NOTICE; round++) {
        two = two || leaves_out(known->evidence, arbiter, &answer->as.answer, round);
    }
    return two;
}

/* protocol 10: two receipts of one arbiter for one round that differ in anything void each other */
static const prom_receipt *only_receipt(const prom_case *known, size_t arbiter, prom_round round)
{
    bool two;
    const prom_attestation *given = only(known->evidence, receipt_slot(arbiter, round), &two);
    if (two || prom_case_voided(known, arbiter)) {
        return NULL;
    }
    if (given != NULL) {
        return &given->as.receipt;
    }
    const prom_attestation *answer = only(known->evidence, answer_slot(arbiter), &two);
    return answer != NULL ? listed(&answer->as.answer, round) : NULL;
}

/* The notice that a receipt is for, if we know it. */
static const prom_block_notice *receipted_notice(const prom_evidence *evidence, const prom_receipt *receipt)
{
    size_t from = 0;
    for (const prom_attestation *notice = prom_evidence_next(evidence, notice_slot(), &from); notice != NULL;
         notice = prom_evidence_next(evidence, notice_slot(), &from)) {
        prom_bytes32 hash;
        prom_attestation_hash(&hash, notice);
        if (prom_bytes32_equal(&hash, &receipt->hash)) {
            return &notice->as.notice;
        }
    }
    return NULL;
}

/* protocol 3: dated at H0 + t1 at the latest; of a notice, before its block could be known to anybody */
static bool date_counts(const prom_case *known, const prom_receipt *receipt)
{
    const prom_block_notice *notice =
        receipt->round == PROM_ROUND_NOTICE ? receipted_notice(known->evidence, receipt) : NULL;
    if (receipt->height > window_of(known, PROM_DEADLINE_RECEIPT).latest) {
        return false;
    }
    return notice == NULL || (prom_case_notice_in_time(known, notice) &&
                              receipt->height <= window_around(known, PROM_DEADLINE_NOTICE_RECEIPT, notice).latest);
}

bool prom_case_receipt(const prom_case *known, prom_receipt *receipt, size_t arbiter, prom_round round)
{
    const prom_receipt *found = only_receipt(known, arbiter, round);
    *receipt = (prom_receipt){0};
    if (found == NULL || !date_counts(known, found)) {
        return false;
    }
    *receipt = *found;
    return true;
}

static uint32_t bit_of(size_t arbiter)
{
    return UINT32_C(1) << arbiter;
}

uint32_t prom_case_receipts(const prom_case *known, prom_round round, const prom_bytes32 *hash)
{
    uint32_t arbiters = 0;
    for (size_t i = 0; i < known->terms->arbiter_count; i++) {
        prom_receipt receipt;
        if (prom_case_receipt(known, &receipt, i, round) && prom_bytes32_equal(&receipt.hash, hash)) {
            arbiters |= bit_of(i);
        }
    }
    return arbiters;
}

/* The hash that receipts of W's package, or notice, of the round name; NULL when W's word is not known, or is two. */
static const prom_bytes32 *delivered_hash(const prom_case *known, prom_round round, prom_bytes32 *room)
{
    if (round == PROM_ROUND_NOTICE) {
        const prom_attestation *notice = prom_case_notice(known);
        if (notice != NULL) {
            prom_attestation_hash(room, notice);
        }
        return notice != NULL ? room : NULL;
    }
    const prom_attestation *package = prom_case_package(known, round);
    return package != NULL ? &package->as.package.hash : NULL;
}

uint32_t prom_case_holders(const prom_case *known, prom_round round)
{
    const struct slot said = round == PROM_ROUND_NOTICE ? notice_slot() : package_slot(round);
    prom_bytes32 room;
    const prom_bytes32 *hash = delivered_hash(known, round, &room);
    uint32_t most = 0;
    if (hash != NULL) {
        return prom_case_receipts(known, round, hash);
    }
    for (size_t i = 0; i < known->terms->arbiter_count && !prom_evidence_has(known->evidence, said); i++) {
        prom_receipt receipt;
        if (prom_case_receipt(known, &receipt, i, round)) {
            const uint32_t holders = prom_case_receipts(known, round, &receipt.hash);
            most = prom_arbiters_count(holders) > prom_arbiters_count(most) ? holders : most;
        }
    }
    return most;
}

/* -- The final question -- */

/* Two different answers are as good as one in time: no receipt of their arbiter counts any more. */
static bool answered(const prom_case *known, size_t arbiter)
{
    bool two;
    const prom_attestation *answer = only(known->evidence, answer_slot(arbiter), &two);
    return two || (answer != NULL && answer->as.answer.tip >= window_of(known, PROM_DEADLINE_ANSWER).earliest);
}

uint32_t prom_case_answers(const prom_case *known)
{
    uint32_t arbiters = 0;
    for (size_t i = 0; i < known->terms->arbiter_count; i++) {
        arbiters |= answered(known, i) ? bit_of(i) : 0;
    }
    return arbiters;
}

uint32_t prom_case_denials(const prom_case *known, prom_round round)
{
    uint32_t arbiters = prom_case_answers(known);
    for (size_t i = 0; i < known->terms->arbiter_count; i++) {
        prom_receipt receipt;
        arbiters &= prom_case_receipt(known, &receipt, i, round) ? ~bit_of(i) : UINT32_MAX;
    }
    return arbiters;
}

/* protocol 10, sampling: whom V counts for block X */
uint32_t prom_case_notice_witnesses(const prom_case *known)
{
    const prom_attestation *notice = prom_case_notice(known);
    prom_bytes32 hash;
    if (notice == NULL) {
        return 0;
    }
    prom_attestation_hash(&hash, notice);
    uint32_t arbiters = prom_case_receipts(known, PROM_ROUND_NOTICE, &hash);
    for (size_t i = 0; i < known->terms->arbiter_count; i++) {
        /* Whoever gave another receipt, or said its last word, cannot give this one any more. */
        const bool silent = !prom_evidence_has(known->evidence, answer_slot(i)) &&
                            !prom_evidence_has(known->evidence, receipt_slot(i, PROM_ROUND_NOTICE));
        arbiters |= silent ? bit_of(i) : 0;
    }
    return arbiters;
}
