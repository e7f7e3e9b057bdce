/* What is delivered and signed in a running contract: its bytes, and the rules over any set of what can be signed. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "prometheus/contract/attestation.h"
#include "prometheus/contract/judgement.h"
#include "prometheus/contract/package.h"

enum { PACKAGE_MAX = 1 << 20, ARBITERS = 5, START = 200, T1 = 12 };

/* Whatever can be read is written again as the same bytes. */
static void read_bytes(prom_arena *arena, prom_span bytes, prom_error *error)
{
    prom_attestation attestation;
    prom_package package;
    prom_package head;
    prom_package_openings openings;
    prom_delivery delivery;
    prom_bytes32 root;
    prom_span written;
    if (prom_is_ok(prom_attestation_read(&attestation, bytes, error))) {
        must(prom_is_ok(prom_attestation_write(arena, &written, &attestation, error)));
        must(prom_span_equal(written, bytes));
        must(written.length <= PROM_ATTESTATION_MAX);
    }
    const bool headed = prom_is_ok(prom_package_read_head(&head, bytes, error));
    if (prom_is_ok(prom_package_read(&package, bytes, PACKAGE_MAX, error))) {
        must(headed && memcmp(&head.E_V, &package.E_V, sizeof head.E_V) == 0);
        must(prom_is_ok(prom_package_write(arena, &written, &package, error)));
        must(prom_span_equal(written, bytes));
    }
    const bool begun = prom_is_ok(prom_package_openings_read_head(&openings, bytes, bytes.length, error));
    const bool whole = prom_is_ok(prom_package_openings_read(&openings, bytes, PACKAGE_MAX, error));
    must(begun == whole || bytes.length > PACKAGE_MAX);
    if (whole) {
        must(prom_is_ok(prom_package_openings_write(arena, &written, &openings, error)));
        must(prom_span_equal(written, bytes));
    }
    if (prom_is_ok(prom_delivery_read(&root, &delivery, bytes, error))) {
        must(prom_is_ok(prom_delivery_write(arena, &written, &root, &delivery, error)));
        must(prom_span_equal(written, bytes));
    }
}

/* -- Statements out of few bytes -- */

static prom_bytes32 package_hash(uint8_t number)
{
    return (prom_bytes32){{(uint8_t)(number % 3)}};
}

static prom_attestation notice_of(uint8_t number, uint8_t height)
{
    return (prom_attestation){.kind = PROM_ATTESTATION_NOTICE,
                              .place = PROM_PLACE_W,
                              .as.notice = {package_hash(number), START + (uint32_t)height % 16}};
}

/* What a receipt of the round is of: one of three packages, or one of some notices. */
static prom_receipt receipt_of(prom_round round, uint8_t number, uint8_t height)
{
    prom_receipt receipt = {.round = round, .hash = package_hash(number), .height = START + (uint32_t)height % 16};
    if (round == PROM_ROUND_NOTICE) {
        const prom_attestation notice = notice_of(number, number / 3);
        prom_attestation_hash(&receipt.hash, &notice);
    }
    return receipt;
}

/* Each four bytes are one word: kind, signer, what, when. */
static prom_attestation word_of(const uint8_t *bytes)
{
    const prom_round round = (prom_round)(bytes[2] % 3);
    const uint8_t number = bytes[2] / 3;
    prom_attestation word = {.kind = PROM_ATTESTATION_RECEIPT,
                             .place = PROM_PLACE_ARBITER + bytes[1] % PROM_ARBITERS_MAX,
                             .as.receipt = receipt_of(round, number, bytes[3])};
    if (bytes[0] % 8 == 0) {
        word = (prom_attestation){.kind = PROM_ATTESTATION_PACKAGE,
                                  .place = PROM_PLACE_W,
                                  .as.package = {(prom_round)(round % 2), package_hash(number)}};
    } else if (bytes[0] % 8 == 1) {
        word = notice_of(bytes[2], bytes[3]);
    } else if (bytes[0] % 8 < 4) {
        word.kind = PROM_ATTESTATION_ANSWER;
        word.as.answer = (prom_answer){.tip = START + (uint32_t)bytes[3] % 16};
        for (unsigned listed = 0; listed < PROM_ROUNDS; listed++) {
            if ((bytes[0] >> (3 + listed) & 1) == 1) {
                word.as.answer.receipts[word.as.answer.count++] = receipt_of((prom_round)listed, number, bytes[3] / 16);
            }
        }
    }
    return word;
}

static bool is_added(prom_arena *arena, prom_evidence *evidence, const prom_attestation *word)
{
    prom_error error = {{0}};
    bool added = false;
    must(prom_is_ok(prom_evidence_add(arena, evidence, word, &added, &error)));
    return added;
}

static void take(prom_arena *arena, prom_evidence *evidence, const prom_attestation *word)
{
    const size_t before = evidence->count;
    const bool added = is_added(arena, evidence, word);
    must(evidence->count == before + (added ? 1 : 0) && evidence->count <= PROM_EVIDENCE_MAX);
    must(!is_added(arena, evidence, word));
}

/* Two arbiters that were given the same words in another order find the same, and so does V. */
static void must_agree(const prom_case *one, const prom_case *other, const prom_verifier_view *view)
{
    prom_reason reason;
    prom_reason reason_other;
    for (prom_checked checked = PROM_CHECKED_UNKNOWN; checked <= PROM_CHECKED_BAD; checked++) {
        const prom_judgement judgement = prom_judge(one, true, checked);
        const prom_judgement judgement_other = prom_judge(other, true, checked);
        must(judgement.known == judgement_other.known && judgement.decision == judgement_other.decision &&
             judgement.reason == judgement_other.reason);
    }
    must(prom_verdict(one, view, &reason) == prom_verdict(other, view, &reason_other));
    must(reason == reason_other);
}

/* Without W's own words for package A, package B, the notice: a bit of `lacks` for each. */
static prom_evidence without(prom_arena *arena, const prom_evidence *evidence, unsigned lacks)
{
    prom_evidence rest;
    prom_error error = {{0}};
    must(prom_is_ok(prom_evidence_new(arena, &rest, evidence->count, &error)));
    for (size_t i = 0; i < evidence->count; i++) {
        const prom_attestation *word = &evidence->list[i];
        const unsigned bit = word->kind == PROM_ATTESTATION_NOTICE    ? 4
                             : word->kind != PROM_ATTESTATION_PACKAGE ? 0
                                                                      : 1U << word->as.package.round;
        if ((bit & lacks) == 0) {
            rest.list[rest.count++] = *word;
        }
    }
    return rest;
}

/* With d = 0 no V that knows all the receipts says r = 0, whatever it lacks of W's own words. */
static void must_not_rob(prom_arena *arena, const prom_case *known, prom_verifier_view view)
{
    prom_reason reason;
    const prom_judgement judgement = prom_judge(known, true, PROM_CHECKED_GOOD);
    for (unsigned lacks = 0; lacks < 8 && judgement.decision == PROM_DECISION_VERIFIER; lacks++) {
        const prom_evidence seen = without(arena, known->evidence, lacks);
        const prom_case seen_case = {known->terms, known->H0, &seen};
        view.at_hand = (lacks & 3) == 0;
        view.checked = view.at_hand ? PROM_CHECKED_GOOD : PROM_CHECKED_UNKNOWN;
        const prom_verdict_due due = prom_verdict(&seen_case, &view, &reason);
        must(lacks == 0 ? due == PROM_VERDICT_ACCEPT : due != PROM_VERDICT_ACCUSE);
    }
}

/* Whether the arbiter has kept to one receipt a round so far. */
static bool is_honest(const prom_evidence *evidence, size_t arbiter)
{
    size_t given[PROM_ROUNDS] = {0};
    bool honest = true;
    for (size_t i = 0; i < evidence->count; i++) {
        const prom_attestation *word = &evidence->list[i];
        if (word->kind == PROM_ATTESTATION_RECEIPT && word->place == PROM_PLACE_ARBITER + arbiter) {
            honest = honest && ++given[word->as.receipt.round] == 1;
        }
    }
    return honest;
}

/* What may be receipted counts, and an answer that may be given voids nothing. */
static void must_permit_what_counts(prom_arena *arena, const prom_case *known, prom_evidence *evidence,
                                    const uint8_t *bytes)
{
    static const prom_bytes32 contract_id;
    const prom_bytes32 held = package_hash(bytes[1]);
    const prom_round round = (prom_round)(bytes[2] % 3);
    const prom_arbiter_view view = {.arbiter = bytes[0] % ARBITERS,
                                    .tip = START + (uint32_t)bytes[3] % 16,
                                    .in_step = true,
                                    .holds_job = true,
                                    .holds = &held,
                                    .block = &held,
                                    .best_x = &held};
    prom_error error = {{0}};
    if (evidence->count + 2 > PROM_EVIDENCE_MAX || !is_honest(evidence, view.arbiter)) {
        return;
    }
    if (prom_may_receipt(known, round, &view, &error) == PROM_PERMITTED) {
        const prom_attestation receipt = prom_receipt_make(known, &contract_id, round, &view);
        prom_receipt counted;
        take(arena, evidence, &receipt);
        must(prom_case_receipt(known, &counted, view.arbiter, round));
    }
    if (prom_may_answer(known, &view, &error) == PROM_PERMITTED) {
        const uint32_t before = prom_case_denials(known, round);
        const prom_attestation answer = prom_answer_make(known, &contract_id, &view);
        prom_receipt counted;
        const bool counts = prom_case_receipt(known, &counted, view.arbiter, round);
        take(arena, evidence, &answer);
        must(counts == prom_case_receipt(known, &counted, view.arbiter, round));
        must((before & ~prom_case_denials(known, round)) == 0);
    }
}

static void apply_rules(prom_arena *arena, const uint8_t *data, size_t length, prom_error *error)
{
    static const prom_bytes32 block;
    enum { WORD = 4 };
    const size_t words = length / WORD;
    prom_evidence *evidence = NULL;
    void *room = NULL;
    prom_terms terms = {.genesis = prom_chain_parameters_by_name("regtest")->genesis, .arbiter_count = ARBITERS};
    terms.P = (prom_parameters){.n = ARBITERS, .mu = 6000, .t1 = T1, .varsigma = length % 2 == 0 ? 10000 : 5000};
    must(prom_is_ok(prom_arena_alloc(arena, &room, 2, sizeof *evidence, error)));
    evidence = room;
    memset(evidence, 0, 2 * sizeof *evidence);
    for (size_t i = 0; i < words; i++) {
        const prom_attestation word = word_of(data + i * WORD);
        const prom_attestation opposite = word_of(data + (words - 1 - i) * WORD);
        take(arena, &evidence[0], &word);
        take(arena, &evidence[1], &opposite);
    }
    const prom_case one = {&terms, START, &evidence[0]};
    const prom_case other = {&terms, START, &evidence[1]};
    const prom_verifier_view view = {.checked = (prom_checked)(words % 3),
                                     .at_hand = words / 3 % 2 == 1,
                                     .saw_notice = words / 6 % 2 == 1,
                                     .notice_tip = START + 2,
                                     .block = &block,
                                     .best_x = &block,
                                     .question_over = true};
    must_agree(&one, &other, &view);
    must_not_rob(arena, &one, view);
    for (size_t i = 0; i < words; i++) {
        must_permit_what_counts(arena, &one, &evidence[0], data + i * WORD);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, FUZZ_MEMORY);
    prom_error error = {{0}};
    read_bytes(&arena, prom_span_of(data, length), &error);
    apply_rules(&arena, data, length, &error);
    return 0;
}
