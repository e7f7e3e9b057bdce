/* What parties say under their own-words keys while the contract runs. Ours are decided first (an intent, on disk),
 * then signed, then sent; so a crash between changes nothing, and nothing is said twice in two ways. */
#include <string.h>

#include "settlement/arbitration.h"
#include "settlement/settlement.h"

/* What there is one of, ever: packages and receipts by round, all else by kind. */
static uint8_t round_of(const prom_attestation *statement)
{
    if (statement->kind == PROM_ATTESTATION_PACKAGE) {
        return (uint8_t)statement->as.package.round;
    }
    return statement->kind == PROM_ATTESTATION_RECEIPT ? (uint8_t)statement->as.receipt.round : 0;
}

static bool is_of(const prom_attestation *statement, size_t place, prom_attestation_kind kind, prom_round round)
{
    return statement->kind == kind && statement->place == place && round_of(statement) == (uint8_t)round;
}

/* Ours of an arbitration: whether it is among the first `count`. */
static bool said_in_arbitration(const prom_channel *channel, uint16_t batch, prom_attestation_kind kind)
{
    const prom_arbitration *arbitration = &channel->facts.batches[batch].arbitration;
    if (channel->facts.role != PROM_ROLE_ARBITER) {
        return false;
    }
    const size_t own = channel->place - PROM_PARTIES;
    return (kind == PROM_ATTESTATION_COMMITMENT && arbitration->commitment_count[own] > 0) ||
           (kind == PROM_ATTESTATION_VOTE && arbitration->vote_count[own] > 0);
}

bool prom_is_intended(const prom_channel *channel, uint16_t batch, prom_attestation_kind kind, prom_round round)
{
    const prom_evidence_facts *evidence = &channel->facts.batches[batch].evidence;
    bool found = said_in_arbitration(channel, batch, kind);
    for (size_t i = 0; i < evidence->statements.count; i++) {
        found = found || is_of(&evidence->statements.list[i], channel->place, kind, round);
    }
    for (size_t i = 0; i < evidence->intent_count; i++) {
        found = found || is_of(&evidence->intents[i], channel->place, kind, round);
    }
    return found;
}

prom_result prom_intend(struct step *step, uint16_t batch, const prom_attestation *statement)
{
    prom_evidence_facts *evidence = &step->facts->batches[batch].evidence;
    if (!prom_channel_may_sign(step->channel) || evidence->intent_count == PROM_INTENTS_MAX ||
        prom_is_intended(step->channel, batch, statement->kind, (prom_round)round_of(statement))) {
        return prom_fail(step->error, PROM_CATEGORY_BROKEN, "a statement would be made that may not be");
    }
    evidence->intents[evidence->intent_count++] = *statement;
    return prom_ok();
}

/* The slot of the signer's journal: kind, and round. */
static void detail_of(prom_bytes32 *detail, const prom_attestation *statement)
{
    memset(detail, 0, sizeof *detail);
    detail->bytes[0] = (uint8_t)statement->kind;
    detail->bytes[1] = round_of(statement);
}

prom_result prom_want_statements(struct step *step, prom_wants *wants)
{
    for (uint16_t batch = 0; batch < step->facts->batch_count && prom_channel_may_sign(step->channel); batch++) {
        const prom_evidence_facts *evidence = &step->facts->batches[batch].evidence;
        for (size_t i = 0; i < evidence->intent_count; i++) {
            prom_want want = {.kind = PROM_WANT_SIGN, .batch = batch, .as.sign = {.purpose = PROM_PURPOSE_STATEMENT}};
            detail_of(&want.as.sign.detail, &evidence->intents[i]);
            prom_attestation_hash(&want.as.sign.hash, &evidence->intents[i]);
            PROM_TRY(prom_want_add(step, wants, &want));
        }
    }
    return prom_ok();
}

/* To whom a statement of ours goes at once. W's packages go by a duty of their own, which has more conditions. */
static uint32_t goes_to(const struct step *step, const prom_attestation *statement)
{
    const uint32_t C = UINT32_C(1) << PROM_PARTY_C;
    const uint32_t V = UINT32_C(1) << PROM_PARTY_V;
    const uint32_t W = UINT32_C(1) << PROM_PARTY_W;
    const uint32_t arbiters = prom_places_arbiters(step->channel);
    switch (statement->kind) {
    case PROM_ATTESTATION_NOTICE:
        return V | arbiters;
    case PROM_ATTESTATION_RECEIPT:
        return C | W | V | arbiters; /* C may have nobody else to tell it of the package */
    case PROM_ATTESTATION_ANSWER:
        return V;
    case PROM_ATTESTATION_COMMITMENT:
    case PROM_ATTESTATION_VOTE:
        return arbiters;
    case PROM_ATTESTATION_PACKAGE:
    case PROM_ATTESTATION_ECHO:
        break;
    }
    return 0;
}

static prom_result add_statement(struct step *step, uint16_t batch, const prom_attestation *statement, bool *added)
{
    prom_batch_facts *its = &step->facts->batches[batch];
    if (statement->kind == PROM_ATTESTATION_COMMITMENT || statement->kind == PROM_ATTESTATION_VOTE) {
        return prom_vote_known(step, batch, statement, added);
    }
    return prom_evidence_add(step->channel->arena, &its->evidence.statements, statement, added, step->error);
}

prom_result prom_statement_signed(struct step *step, const prom_event *event)
{
    const uint16_t batch = event->as.signed_.batch;
    prom_evidence_facts *evidence = &step->facts->batches[batch].evidence;
    for (size_t i = 0; i < evidence->intent_count; i++) {
        prom_bytes32 hash;
        prom_attestation_hash(&hash, &evidence->intents[i]);
        if (prom_bytes32_equal(&hash, &event->as.signed_.hash)) {
            prom_message message = {
                .kind = PROM_MESSAGE_STATEMENT, .batch = batch, .as.statement = evidence->intents[i]};
            bool added = false;
            message.as.statement.signature = event->as.signed_.signature;
            evidence->intents[i] = evidence->intents[--evidence->intent_count];
            memset(&evidence->intents[evidence->intent_count], 0, sizeof evidence->intents[0]);
            PROM_TRY(add_statement(step, batch, &message.as.statement, &added));
            PROM_TRY(prom_send_along(step, batch, &message.as.statement, goes_to(step, &message.as.statement)));
            return prom_send_places(step, goes_to(step, &message.as.statement), &message);
        }
    }
    return prom_echo_signed(step, event); /* or it was made already */
}

/* Whether the very same is here already, and so was checked: every arbiter hands on what all others do. */
static bool is_here(const prom_evidence *evidence, const prom_attestation *statement)
{
    for (size_t i = 0; i < evidence->count; i++) {
        const prom_attestation *here = &evidence->list[i];
        if (here->place == statement->place && here->kind == statement->kind &&
            memcmp(&here->signature, &statement->signature, sizeof here->signature) == 0 &&
            prom_attestation_same(here, statement)) {
            return true;
        }
    }
    return false;
}

prom_result prom_take_statement(struct step *step, const struct received *received, prom_reception *reception)
{
    const prom_attestation *statement = &received->message->as.statement;
    const uint16_t batch = received->message->batch;
    bool added = false;
    if (is_here(&step->facts->batches[batch].evidence.statements, statement)) {
        return prom_ok();
    }
    PROM_TRY(prom_refuse_failed(prom_attestation_check(step->channel->curve, statement, &step->channel->terms,
                                                       &step->channel->tree->contract_id, step->error),
                                reception));
    if (*reception != PROM_TAKEN) {
        return prom_ok();
    }
    if (statement->place == step->channel->place) {
        return prom_ok(); /* our own words: we know them, or have lost them and say nothing new */
    }
    if (!prom_arbitration_takes(step->channel, batch, statement)) {
        return prom_ok(); /* too late: from now on echoes alone make a statement count */
    }
    return add_statement(step, batch, statement, &added);
}
