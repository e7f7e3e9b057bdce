/* What faulty arbiters say in court.h, and what of it counts with the honest ones. */
#ifndef PROMETHEUS_TEST_SETTLEMENT_COURT_WORDS_H
#define PROMETHEUS_TEST_SETTLEMENT_COURT_WORDS_H

#include "settlement/court.h"

static inline prom_attestation court_said(struct court *court, size_t arbiter, prom_attestation statement)
{
    statement.place = PLACE_A + arbiter;
    return world_statement(court->world, statement);
}

static inline prom_attestation court_echo(struct court *court, size_t arbiter, const prom_attestation *of)
{
    prom_attestation echo = {.kind = PROM_ATTESTATION_ECHO};
    prom_attestation_hash(&echo.as.echo, of);
    return court_said(court, arbiter, echo);
}

/* A statement with the echoes of these arbiters, each once. */
static inline prom_message court_echoed(struct court *court, prom_attestation statement, uint32_t by)
{
    prom_message message = {.kind = PROM_MESSAGE_ECHO};
    message.as.echo.statement = world_statement(court->world, statement);
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        if ((by >> i & 1) != 0) {
            message.as.echo.echoes[message.as.echo.count++] = court_echo(court, i, &message.as.echo.statement);
        }
    }
    return message;
}

static inline prom_attestation court_vote(size_t arbiter, prom_decision decision, size_t number)
{
    return (prom_attestation){
        .kind = PROM_ATTESTATION_VOTE, .place = PLACE_A + arbiter, .as.vote = {decision, named("faulty vote", number)}};
}

static inline prom_attestation court_commitment(struct court *court, prom_attestation vote)
{
    prom_attestation commitment = {.kind = PROM_ATTESTATION_COMMITMENT, .place = vote.place};
    prom_vote_commitment(&commitment.as.commitment, &court->world->session.tree->contract_id, vote.place,
                         &vote.as.vote);
    return commitment;
}

/* Whether a statement counts with an honest arbiter. */
static inline bool court_counts(struct court *court, size_t arbiter, prom_attestation statement)
{
    const prom_attestation made = world_statement(court->world, statement);
    const prom_evidence *here = &world_batch(court->world, PLACE_A + arbiter)->evidence.statements;
    for (size_t i = 0; i < here->count; i++) {
        if (prom_attestation_same(&here->list[i], &made)) {
            return court_facts(court, arbiter)->standing[i] != PROM_STANDING_HERE;
        }
    }
    return false;
}

/* A step of signing the decision, as a faulty arbiter takes it. */
static inline prom_message court_step(size_t coordinator, uint32_t number, uint32_t deciders, prom_decision_step step,
                                      prom_span bytes)
{
    return (prom_message){.kind = PROM_MESSAGE_DECISION,
                          .as.decision = {.decision = PROM_DECISION_VERIFIER,
                                          .deciders = deciders,
                                          .coordinator = (uint8_t)coordinator,
                                          .session = number,
                                          .step = (uint8_t)step,
                                          .bytes = bytes}};
}

#endif
