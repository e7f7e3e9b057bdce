/* Facts of nobody: every field has some value that it may have. What counts seconds is zero, as after a load. */
#ifndef PROMETHEUS_TEST_RANDOM_FACTS_H
#define PROMETHEUS_TEST_RANDOM_FACTS_H

#include "support.h"

#include "prometheus/channel/facts.h"

static inline bool random_bool(uint64_t *state)
{
    return random_below(state, 2) == 1;
}

static inline prom_signature random_signature(uint64_t *state)
{
    prom_signature signature;
    random_bytes(state, signature.bytes, sizeof signature.bytes);
    return signature;
}

static inline prom_outpoint random_outpoint(uint64_t *state)
{
    return (prom_outpoint){random_bytes32(state), (uint32_t)next_random(state)};
}

static inline prom_amount random_amount(uint64_t *state)
{
    return prom_amount_of(next_random(state) % PROM_AMOUNT_MAX);
}

static inline prom_span random_span(fixture *test, uint64_t *state, size_t max)
{
    void *bytes = NULL;
    const size_t length = 1 + random_below(state, max);
    assert_ok(prom_arena_alloc(&test->arena, &bytes, length, 1, &test->error), &test->error);
    random_bytes(state, bytes, length);
    return prom_span_of(bytes, length);
}

static inline void random_text(uint64_t *state, char *text, size_t size)
{
    const size_t length = random_below(state, size);
    for (size_t i = 0; i < length; i++) {
        text[i] = (char)('a' + random_below(state, 26));
    }
}

static inline void random_address(uint64_t *state, prom_address *address)
{
    address->length = (uint8_t)random_below(state, PROM_ADDRESS_MAX + 1);
    random_bytes(state, address->bytes, address->length);
}

static inline prom_receipt random_receipt(uint64_t *state, prom_round round)
{
    return (prom_receipt){round, random_bytes32(state), (uint32_t)next_random(state)};
}

static inline prom_attestation random_statement(uint64_t *state, prom_attestation_kind kind)
{
    prom_attestation said;
    memset(&said, 0, sizeof said); /* what is between its members, too: facts are compared by their memory */
    said.kind = kind;
    said.contract_id = random_bytes32(state);
    said.signature = random_signature(state);
    said.place = kind <= PROM_ATTESTATION_NOTICE ? PROM_PLACE_W : PROM_PLACE_ARBITER + random_below(state, 9);
    switch (kind) {
    case PROM_ATTESTATION_PACKAGE:
        said.as.package = (prom_package_claim){(prom_round)random_below(state, 2), random_bytes32(state)};
        break;
    case PROM_ATTESTATION_NOTICE:
        said.as.notice = (prom_block_notice){random_bytes32(state), (uint32_t)next_random(state)};
        break;
    case PROM_ATTESTATION_RECEIPT:
        said.as.receipt = random_receipt(state, (prom_round)random_below(state, PROM_ROUNDS));
        break;
    case PROM_ATTESTATION_ANSWER:
        said.as.answer.tip = (uint32_t)next_random(state);
        said.as.answer.count = random_below(state, PROM_ROUNDS + 1);
        for (size_t i = 0; i < said.as.answer.count; i++) {
            said.as.answer.receipts[i] = random_receipt(state, (prom_round)i);
        }
        break;
    case PROM_ATTESTATION_ECHO:
        said.as.echo = random_bytes32(state);
        break;
    case PROM_ATTESTATION_COMMITMENT:
        said.as.commitment = random_bytes32(state);
        break;
    case PROM_ATTESTATION_VOTE:
        said.as.vote = (prom_vote){(prom_decision)random_below(state, 2), random_bytes32(state)};
        break;
    }
    return said;
}

static inline prom_attestation random_attestation(uint64_t *state)
{
    return random_statement(state, (prom_attestation_kind)(1 + random_below(state, PROM_ATTESTATION_VOTE)));
}

static inline void random_spend(uint64_t *state, prom_spend *spend)
{
    spend->there = random_bool(state);
    spend->height = (uint32_t)next_random(state);
    spend->txid = random_bytes32(state);
    spend->tx = random_bool(state) ? PROM_TREE_OTHER : (uint32_t)random_below(state, 100);
}

static inline void random_announcement(uint64_t *state, prom_announcement *announcement, prom_span address)
{
    announcement->p_txid = random_bytes32(state);
    announcement->offer = random_outpoint(state);
    announcement->Q = random_bytes32(state);
    announcement->retainer = random_amount(state);
    announcement->node_key = random_bytes32(state);
    announcement->address = address;
    announcement->signature = random_signature(state);
}

static inline void random_candidate(fixture *test, uint64_t *state, prom_candidate *candidate)
{
    candidate->offer = random_outpoint(state);
    candidate->announced = random_bool(state);
    candidate->asked = random_bool(state);
    candidate->asked_tip = (uint32_t)next_random(state);
    candidate->answered = random_bool(state);
    candidate->has_seat_word = random_bool(state);
    if (candidate->announced || candidate->has_seat_word || candidate->answered) {
        random_address(state, &candidate->address);
        random_announcement(state, &candidate->seat.announcement,
                            prom_span_of(candidate->address.bytes, candidate->address.length));
    }
    if (candidate->has_seat_word || candidate->answered) {
        candidate->seat.yes = random_bool(state);
        candidate->seat.terms = (prom_arbiter_terms){candidate->offer, random_bytes32(state), random_bytes32(state),
                                                     random_bytes32(state), random_bytes32(state)};
        candidate->seat.host_key = random_bytes32(state);
        candidate->seat.signature = random_signature(state);
        for (size_t i = 0; i < PROM_SEAT_KEYS; i++) {
            candidate->seat.by[i] = random_signature(state);
        }
    }
    candidate->lost = random_bool(state);
    candidate->loss = (uint8_t)random_below(state, PROM_LOSS_WORDS + 1);
    candidate->proof = random_bool(state) ? random_span(test, state, 40) : prom_span_of(NULL, 0);
    candidate->silent = random_bool(state);
    candidate->question = random_bytes32(state);
    candidate->silent_by = (uint8_t)random_below(state, 8);
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        if ((candidate->silent_by >> i & 1) != 0) {
            candidate->silent_seatings[i] = random_bytes32(state);
            candidate->silent_words[i] = random_signature(state);
        }
    }
}

static inline void random_candidates(fixture *test, uint64_t *state, prom_setup_session *setup)
{
    void *room = NULL;
    setup->candidate_count = random_below(state, PROM_CANDIDATES_MAX + 1);
    assert_ok(prom_arena_alloc(&test->arena, &room, setup->candidate_count, sizeof *setup->candidates, &test->error),
              &test->error);
    setup->candidates = room;
    for (size_t i = 0; i < setup->candidate_count; i++) {
        random_candidate(test, state, &setup->candidates[i]);
    }
    setup->seat_count = setup->candidate_count == 0 ? 0 : random_below(state, PROM_ARBITERS_MAX + 1);
    for (size_t i = 0; i < setup->seat_count; i++) {
        setup->seats[i] = (uint8_t)random_below(state, setup->candidate_count);
    }
}

static inline void random_setup(fixture *test, uint64_t *state, prom_setup_session *setup, prom_setup_phase phase)
{
    setup->phase = phase;
    random_text(state, setup->reason, sizeof setup->reason);
    setup->begun_tip = (uint32_t)next_random(state);
    setup->job_open = random_bool(state);
    setup->accepting = random_bool(state);
    setup->inviter = random_bytes32(state);
    setup->accepted = (uint8_t)random_below(state, 8);
    setup->base_signed = (uint8_t)random_below(state, 8);
    setup->refused_by = (uint8_t)random_below(state, 8);
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        setup->base_signatures.by[i] = random_signature(state);
    }
    setup->held_tip = (uint32_t)next_random(state);
    setup->drawn = random_bool(state);
    setup->draw_block = random_bytes32(state);
    setup->seed = random_bytes32(state);
    setup->counted = (size_t)next_random(state);
    if (phase < PROM_SETUP_GIVEN) {
        random_candidates(test, state, setup);
    }
    setup->announcements_from = (uint8_t)random_below(state, 8);
    setup->announcements_sent = (uint16_t)next_random(state);
    setup->seating = random_bytes32(state);
    setup->seating_tip = (uint32_t)next_random(state);
    setup->told = (uint32_t)next_random(state);
    setup->waiting_for = (uint32_t)next_random(state);
    setup->keygen_step = (uint8_t)random_below(state, 6);
    for (size_t i = 0; i < PROM_ARBITERS_MAX; i++) {
        setup->keygen_here[i] = random_bool(state);
    }
    setup->Y = random_bytes32(state);
    setup->digest_same = (uint16_t)random_below(state, 1 << PROM_PLACES_MAX);
    random_bytes(state, setup->inputs_found, sizeof setup->inputs_found);
    setup->passed_over_asked = random_bool(state);
    setup->attempt = (uint32_t)next_random(state);
    setup->left_attempt = phase < PROM_SETUP_GIVEN ? (uint32_t)next_random(state) : 0;
    setup->left_count = phase < PROM_SETUP_GIVEN ? random_below(state, PROM_LEFT_TREES_MAX + 1) : 0;
    for (size_t i = 0; i < setup->left_count; i++) {
        setup->left[i] = (prom_left_tree){random_bytes32(state), (uint32_t)next_random(state)};
    }
    setup->tx0_signed = (uint16_t)random_below(state, 1 << PROM_PLACES_MAX);
    setup->tx0_tried = random_bool(state);
}

static inline void random_money(uint64_t *state, prom_money *money)
{
    for (size_t i = 0; i < PROM_TREE_OUTPUTS; i++) {
        random_spend(state, &money->spent[i]);
    }
    money->verdict = (prom_verdict_due)random_below(state, 3);
    money->verdict_reason = (prom_reason)random_below(state, PROM_REASON_NOT_CHECKED + 1);
    money->verdict_tip = (uint32_t)next_random(state);
    money->verdict_known = random_bool(state);
    money->verdict_signature = random_signature(state);
    money->key_known = random_bool(state);
    money->h_p = random_bytes32(state);
    money->released = random_bool(state);
    money->appealed = random_bool(state);
}

/* With room for one statement more than there can be. */
static inline void random_evidence(fixture *test, uint64_t *state, prom_evidence_facts *evidence)
{
    assert_ok(prom_evidence_new(&test->arena, &evidence->statements, PROM_EVIDENCE_MAX + 1, &test->error),
              &test->error);
    evidence->statements.count = random_below(state, PROM_EVIDENCE_MAX + 1);
    for (size_t i = 0; i < evidence->statements.count; i++) {
        evidence->statements.list[i] = random_attestation(state);
    }
    evidence->intent_count = random_below(state, PROM_INTENTS_MAX + 1);
    for (size_t i = 0; i < evidence->intent_count; i++) {
        evidence->intents[i] = random_attestation(state);
    }
    for (size_t i = 0; i < PROM_BODIES; i++) {
        evidence->bodies[i].here = random_bool(state);
        evidence->bodies[i].hash = random_bytes32(state);
        evidence->bodies[i].length = next_random(state);
        evidence->bodies[i].block = random_bytes32(state);
    }
    evidence->checked = (prom_checked)random_below(state, 3);
    random_text(state, evidence->checked_reason, sizeof evidence->checked_reason);
    evidence->key_opened = random_bool(state);
    evidence->saw_notice = random_bool(state);
    evidence->notice_tip = (uint32_t)next_random(state);
    evidence->delivered = (uint16_t)random_below(state, 1 << PROM_PLACES_MAX);
    evidence->delivered_b = (uint16_t)random_below(state, 1 << PROM_PLACES_MAX);
    evidence->questioned = random_bool(state);
    evidence->handed_in = (uint16_t)next_random(state);
    evidence->key_shown = random_bool(state);
    evidence->result_open = random_bool(state);
    evidence->result = (prom_checked)random_below(state, 3);
    random_text(state, evidence->result_reason, sizeof evidence->result_reason);
}

static inline prom_attestation *random_said(fixture *test, uint64_t *state, prom_attestation_kind kind, size_t count)
{
    void *room = NULL;
    assert_ok(prom_arena_alloc(&test->arena, &room, 2, sizeof(prom_attestation), &test->error), &test->error);
    prom_attestation *two = room;
    for (size_t i = 0; i < count; i++) {
        two[i] = random_statement(state, kind);
    }
    return two;
}

static inline void random_arbitration(fixture *test, uint64_t *state, prom_arbitration *arbitration)
{
    arbitration->appeal_height = (uint32_t)next_random(state);
    arbitration->rounds_over = (uint8_t)random_below(state, PROM_ARBITERS_MAX + 1);
    for (size_t i = 0; i < PROM_EVIDENCE_MAX; i++) {
        arbitration->standing[i] = (uint8_t)random_below(state, PROM_STANDING_ECHOED + 1);
    }
    arbitration->key_standing = (uint8_t)random_below(state, PROM_STANDING_ECHOED + 1);
    arbitration->key_here = random_bool(state);
    arbitration->voted = random_bool(state);
    arbitration->vote = (prom_vote){(prom_decision)random_below(state, 2), random_bytes32(state)};
    arbitration->vote_reason = (prom_reason)random_below(state, PROM_REASON_NOT_CHECKED + 1);
    for (size_t i = 0; i < PROM_ARBITERS_MAX; i++) {
        arbitration->commitment_count[i] = (uint8_t)random_below(state, 3);
        arbitration->vote_count[i] = (uint8_t)random_below(state, 3);
        arbitration->commitments[i] =
            random_said(test, state, PROM_ATTESTATION_COMMITMENT, arbitration->commitment_count[i]);
        arbitration->votes[i] = random_said(test, state, PROM_ATTESTATION_VOTE, arbitration->vote_count[i]);
    }
    arbitration->signed_for = (uint32_t)next_random(state);
    arbitration->decided = random_bool(state);
    arbitration->decision = (prom_decision)random_below(state, 2);
    arbitration->deciders = (uint32_t)next_random(state);
    arbitration->decision_signature = random_signature(state);
}

static inline void random_node(uint64_t *state, prom_node_word *node)
{
    node->key = random_bytes32(state);
    node->signature = random_signature(state);
}

static inline void random_nodes(uint64_t *state, prom_node_word nodes[PROM_PARTIES])
{
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        random_node(state, &nodes[i]);
    }
}

static inline void random_own(uint64_t *state, prom_own *own)
{
    prom_bytes32 *const keys[] = {&own->words,  &own->joint,  &own->seal, &own->host, &own->node_key,
                                  &own->payout, &own->change, &own->h,    &own->k_h};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        *keys[i] = random_bytes32(state);
    }
    own->node_signature = random_signature(state);
    own->coin_count = random_below(state, PROM_COINS_MAX + 1);
    for (size_t i = 0; i < own->coin_count; i++) {
        own->coins[i].outpoint = random_outpoint(state);
        own->coins[i].value = random_amount(state);
        own->coins[i].key = random_bytes32(state);
    }
}

/* In the fixture's arena, as all that it points to. */
static inline prom_facts *random_facts(fixture *test, uint64_t *state, prom_role role, prom_setup_phase phase)
{
    void *room = NULL;
    assert_ok(prom_arena_alloc(&test->arena, &room, 1, sizeof(prom_facts), &test->error), &test->error);
    prom_facts *facts = room;
    facts->number = next_random(state);
    facts->role = role;
    facts->restored = random_bool(state);
    facts->frozen = random_bool(state);
    random_text(state, facts->frozen_reason, sizeof facts->frozen_reason);
    facts->given_up = random_bool(state);
    facts->tx0_seen = random_bool(state);
    random_own(state, &facts->own);
    facts->client = random_bytes32(state);
    for (size_t i = 0; i < PROM_PLACES_MAX; i++) {
        random_address(state, &facts->addresses[i]);
    }
    random_nodes(state, facts->nodes);
    random_setup(test, state, &facts->setup, phase);
    random_spend(state, &facts->tx0);
    random_spend(state, &facts->spoilt);
    facts->batch_count = PROM_BATCHES_MAX;
    random_money(state, &facts->batches[0].money);
    random_evidence(test, state, &facts->batches[0].evidence);
    if (role == PROM_ROLE_ARBITER) {
        random_arbitration(test, state, &facts->batches[0].arbitration);
    }
    for (size_t i = 0; i < PROM_KEPT_KINDS; i++) {
        facts->kept[i] = random_bool(state) ? random_span(test, state, 100) : prom_span_of(NULL, 0);
    }
    return facts;
}

static inline prom_span part_of(fixture *test, const prom_facts *facts, prom_part part)
{
    prom_span bytes;
    assert_ok(prom_facts_write(&test->arena, &bytes, facts, part, 0, &test->error), &test->error);
    return bytes;
}

/* That a byte string that is not the one written is refused, or is another's: it is what these other facts write. */
static inline void assert_refused_or_another(fixture *test, prom_part part, prom_span bytes)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_span again;
    void *room = NULL;
    prom_arena_init(&arena, (size_t)1 << 24);
    assert_ok(prom_arena_alloc(&arena, &room, 1, sizeof(prom_facts), &test->error), &test->error);
    prom_facts *facts = room;
    if (part == PROM_PART_ARBITRATION) {
        facts->role = PROM_ROLE_ARBITER;
    }
    if (part >= PROM_PART_MONEY && part <= PROM_PART_ARBITRATION) {
        facts->batch_count = 1;
    }
    const prom_result result = prom_facts_read(&arena, facts, part, 0, bytes, &test->error);
    if (!prom_is_ok(result)) {
        assert_int_equal(result.category, PROM_CATEGORY_BROKEN);
        return;
    }
    assert_ok(prom_facts_write(&arena, &again, facts, part, 0, &test->error), &test->error);
    assert_true(prom_span_equal(again, bytes));
}

/* Every byte changed in one way, and every beginning. */
static inline void assert_every_byte_counts(fixture *test, uint64_t *state, prom_part part, prom_span bytes)
{
    uint8_t *copy = exact_copy(bytes.data, bytes.length);
    for (size_t i = 0; i < bytes.length; i++) {
        const uint8_t before = copy[i];
        copy[i] = (uint8_t)(before ^ (1 + random_below(state, 255)));
        assert_refused_or_another(test, part, prom_span_of(copy, bytes.length));
        copy[i] = before;
    }
    free(copy);
    for (size_t length = 1; length < bytes.length; length++) {
        copy = exact_copy(bytes.data, length);
        assert_refused_or_another(test, part, prom_span_of(copy, length));
        free(copy);
    }
}

/* That a part with a byte more is refused. */
static inline void assert_nothing_left_over(fixture *test, prom_part part, prom_span bytes)
{
    uint8_t *longer = malloc(bytes.length + 1);
    assert_non_null(longer);
    memcpy(longer, bytes.data, bytes.length);
    longer[bytes.length] = 0;
    prom_facts *facts = calloc(1, sizeof *facts);
    assert_non_null(facts);
    assert_fails(prom_facts_read(&test->arena, facts, part, 0, prom_span_of(longer, bytes.length + 1), &test->error),
                 PROM_CATEGORY_BROKEN, &test->error, "on disk");
    free(facts);
    free(longer);
}

#endif
