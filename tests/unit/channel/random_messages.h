/* Messages of nobody: every kind, every field with some value that it may have. */
#ifndef PROMETHEUS_TEST_RANDOM_MESSAGES_H
#define PROMETHEUS_TEST_RANDOM_MESSAGES_H

#include "channel/random_facts.h"

static inline bool is_message_kind(unsigned kind)
{
    return strcmp(prom_message_name((prom_message_kind)kind), "unknown") != 0;
}

static inline prom_arbiter_terms random_arbiter_terms(uint64_t *state)
{
    return (prom_arbiter_terms){random_outpoint(state), random_bytes32(state), random_bytes32(state),
                                random_bytes32(state), random_bytes32(state)};
}

static inline void random_party_terms(uint64_t *state, prom_party_terms *part)
{
    prom_bytes32 *const keys[] = {&part->key, &part->joint_key, &part->seal_key, &part->payout, &part->change};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        *keys[i] = random_bytes32(state);
    }
    part->coin_count = random_below(state, PROM_COINS_MAX + 1);
    for (size_t i = 0; i < part->coin_count; i++) {
        part->coins[i].outpoint = random_outpoint(state); /* nothing between its members changes: it is compared */
        part->coins[i].value = random_amount(state);
        part->coins[i].key = random_bytes32(state);
    }
}

static inline void random_addresses(uint64_t *state, prom_address addresses[PROM_PARTIES])
{
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        random_address(state, &addresses[i]);
    }
}

static inline void random_announcements(fixture *test, uint64_t *state, prom_span_list *list)
{
    prom_span *items = NULL;
    void *room = NULL;
    list->count = random_below(state, 5);
    assert_ok(prom_arena_alloc(&test->arena, &room, list->count, sizeof *items, &test->error), &test->error);
    items = room;
    for (size_t i = 0; i < list->count; i++) {
        items[i] = random_span(test, state, 460);
    }
    list->items = items;
}

static inline void random_seat(fixture *test, uint64_t *state, prom_seat *seat)
{
    seat->yes = random_bool(state);
    random_announcement(state, &seat->announcement, random_span(test, state, PROM_ADDRESS_MAX));
    seat->terms = random_arbiter_terms(state);
    seat->host_key = random_bytes32(state);
    seat->signature = random_signature(state);
    for (size_t i = 0; i < PROM_SEAT_KEYS; i++) {
        seat->by[i] = random_signature(state);
    }
}

static inline void random_loss(fixture *test, uint64_t *state, prom_loss *loss)
{
    loss->kind = (prom_loss_kind)(1 + random_below(state, PROM_LOSS_SIGNING));
    loss->offer = random_outpoint(state);
    loss->seating = random_bytes32(state);
    if (loss->kind == PROM_LOSS_SILENT) {
        loss->place = (uint8_t)random_below(state, PROM_PARTIES);
        loss->signature = random_signature(state);
    } else {
        loss->proof = random_span(test, state, 300);
    }
}

static inline void random_echo(uint64_t *state, prom_echo_message *echo)
{
    echo->of_key = random_bool(state);
    if (echo->of_key) {
        echo->h_p = random_bytes32(state);
    } else {
        echo->statement = random_attestation(state);
    }
    echo->count = (uint8_t)random_below(state, PROM_ECHOES_MAX + 1);
    for (size_t i = 0; i < echo->count; i++) {
        echo->echoes[i] = random_statement(state, PROM_ATTESTATION_ECHO);
    }
}

static inline void random_decision(fixture *test, uint64_t *state, prom_decision_message *decision)
{
    decision->decision = (uint8_t)random_below(state, 2);
    decision->deciders = (uint32_t)random_below(state, 1U << PROM_ARBITERS_MAX);
    decision->coordinator = (uint8_t)random_below(state, PROM_ARBITERS_MAX);
    decision->session = (uint32_t)next_random(state);
    decision->step = (uint8_t)(1 + random_below(state, PROM_DECISION_SIGNED));
    decision->bytes = random_span(test, state, 66);
}

/* In the fixture's arena, as all that it points to. */
static inline prom_message *random_message(fixture *test, uint64_t *state, prom_message_kind kind)
{
    void *room = NULL;
    assert_ok(prom_arena_alloc(&test->arena, &room, 1, sizeof(prom_message), &test->error), &test->error);
    prom_message *message = room;
    message->kind = kind;
    message->batch = (uint16_t)random_below(state, 2);
    switch (kind) {
    case PROM_MESSAGE_PROPOSAL:
        message->as.proposal.terms = random_span(test, state, 3000);
        random_address(state, &message->as.proposal.address);
        random_node(state, &message->as.proposal.node);
        break;
    case PROM_MESSAGE_ACCEPTANCE:
        random_party_terms(state, &message->as.acceptance.part);
        message->as.acceptance.h = random_bytes32(state);
        message->as.acceptance.k_h = random_bytes32(state);
        message->as.acceptance.earlier = random_bool(state) ? random_span(test, state, 3000) : prom_span_of(NULL, 0);
        random_address(state, &message->as.acceptance.address);
        random_node(state, &message->as.acceptance.node);
        break;
    case PROM_MESSAGE_ANNOUNCEMENTS:
        random_announcements(test, state, &message->as.announcements);
        break;
    case PROM_MESSAGE_DIGEST:
        message->as.digest = (prom_digest_message){random_bytes32(state), random_bytes32(state)};
        break;
    case PROM_MESSAGE_NONCES:
    case PROM_MESSAGE_PARTIALS:
    case PROM_MESSAGE_TX0_SIGNATURES:
    case PROM_MESSAGE_REFUSAL:
    case PROM_MESSAGE_TX0:
        message->as.bytes = random_span(test, state, prom_message_bytes_max(kind));
        break;
    case PROM_MESSAGE_STATEMENT:
        message->as.statement = random_attestation(state);
        break;
    case PROM_MESSAGE_VERDICT:
    case PROM_MESSAGE_BASE_SIGNATURE:
        message->as.signature = random_signature(state);
        break;
    case PROM_MESSAGE_KEYGEN:
        message->as.keygen.seating = random_bytes32(state);
        message->as.keygen.step = (uint8_t)random_below(state, 6);
        message->as.keygen.bytes = random_span(test, state, 900);
        break;
    case PROM_MESSAGE_BASE_TERMS:
        message->as.base_terms.terms = random_span(test, state, 3000);
        message->as.base_terms.signature = random_signature(state);
        random_addresses(state, message->as.base_terms.addresses);
        random_nodes(state, message->as.base_terms.nodes);
        break;
    case PROM_MESSAGE_INVITATION:
        message->as.invitation.signed_terms = random_span(test, state, 3000);
        random_addresses(state, message->as.invitation.addresses);
        break;
    case PROM_MESSAGE_SEAT:
        random_seat(test, state, &message->as.seat);
        break;
    case PROM_MESSAGE_LOSS:
        random_loss(test, state, &message->as.loss);
        break;
    case PROM_MESSAGE_QUESTION:
        break;
    case PROM_MESSAGE_KEY:
        message->as.h_p = random_bytes32(state);
        break;
    case PROM_MESSAGE_ECHO:
        random_echo(state, &message->as.echo);
        break;
    case PROM_MESSAGE_DECISION:
        random_decision(test, state, &message->as.decision);
        break;
    }
    return message;
}

#endif
