/* What the coalition says that its channels would not. */
#include <string.h>

#include "sim.h"

static sim_dice *dice_of(sim_run *run)
{
    return &run->adversary.dice;
}

static void say_statement(sim_run *run, size_t from, const prom_attestation *statement)
{
    const prom_message message = {.kind = PROM_MESSAGE_STATEMENT, .as.statement = *statement};
    prom_sim_say(run, from, &message);
}

static prom_round any_round(sim_run *run)
{
    return (prom_round)sim_below(dice_of(run), PROM_ROUNDS);
}

/* The hash of a package that somebody made, or one of nothing. */
static prom_bytes32 any_hash(sim_run *run)
{
    const uint32_t roll = sim_below(dice_of(run), (uint32_t)run->made_count + 1);
    return roll < run->made_count ? run->made[roll].body.hash : prom_sim_named("nothing", sim_below(dice_of(run), 4));
}

/* A height around what matters. */
static uint32_t any_height(sim_run *run)
{
    const uint32_t from = run->H0 == 0 ? run->chain.tip->height : run->H0;
    return from + sim_below(dice_of(run), (uint32_t)run->world->terms.P.t1 + 12) - 3;
}

void prom_sim_lie_package(sim_run *run)
{
    prom_attestation statement = {.kind = PROM_ATTESTATION_PACKAGE, .place = PLACE_W};
    if (run->parties[PLACE_W].honest) {
        return;
    }
    const bool second = sim_chance(dice_of(run), 300);
    const bool good = sim_chance(dice_of(run), 500);
    const bool opens = sim_chance(dice_of(run), 700);
    const sim_made *made =
        prom_sim_make_package(run, second ? PROM_BODY_PACKAGE_B : PROM_BODY_PACKAGE_A, good, opens, true);
    if (made != NULL) {
        statement.as.package = (prom_package_claim){second ? PROM_ROUND_B : PROM_ROUND_A, made->body.hash};
        prom_sim_state(run, &statement);
        say_statement(run, PLACE_W, &statement);
    }
}

static prom_receipt any_receipt(sim_run *run)
{
    prom_receipt receipt = {.round = any_round(run)};
    prom_attestation known;
    receipt.hash = any_hash(run);
    receipt.height = any_height(run);
    if (sim_chance(dice_of(run), 600) && prom_sim_any_statement(run, &known) && known.kind == PROM_ATTESTATION_NOTICE) {
        prom_attestation_hash(&receipt.hash, &known);
        receipt.round = PROM_ROUND_NOTICE;
    }
    return receipt;
}

void prom_sim_lie_receipt(sim_run *run)
{
    prom_attestation statement = {.kind = PROM_ATTESTATION_RECEIPT, .place = prom_sim_bribed(run)};
    if (statement.place != PROM_NO_PLACE) {
        statement.as.receipt = any_receipt(run);
        prom_sim_state(run, &statement);
        say_statement(run, statement.place, &statement);
    }
}

void prom_sim_lie_answer(sim_run *run)
{
    prom_attestation statement = {.kind = PROM_ATTESTATION_ANSWER, .place = prom_sim_bribed(run)};
    if (statement.place == PROM_NO_PLACE) {
        return;
    }
    statement.as.answer.tip = any_height(run);
    for (size_t round = 0; round < PROM_ROUNDS; round++) {
        if (sim_chance(dice_of(run), 400)) {
            prom_receipt *receipt = &statement.as.answer.receipts[statement.as.answer.count++];
            *receipt = any_receipt(run);
            receipt->round = (prom_round)round;
        }
    }
    prom_sim_state(run, &statement);
    say_statement(run, statement.place, &statement);
}

void prom_sim_lie_notice(sim_run *run)
{
    prom_attestation statement = {.kind = PROM_ATTESTATION_NOTICE, .place = PLACE_W};
    if (!run->parties[PLACE_W].honest) {
        statement.as.notice.package_hash = any_hash(run);
        statement.as.notice.height = any_height(run);
        prom_sim_state(run, &statement);
        say_statement(run, PLACE_W, &statement);
    }
}

/* One of a few votes, so that what was committed to is opened sometimes. */
static prom_vote any_vote(sim_run *run)
{
    const uint32_t which = sim_below(dice_of(run), 4);
    return (prom_vote){(prom_decision)(which & 1), prom_sim_named("vote", which)};
}

void prom_sim_lie_vote(sim_run *run)
{
    prom_attestation statement = {.kind = PROM_ATTESTATION_VOTE, .place = prom_sim_bribed(run)};
    const prom_vote vote = any_vote(run);
    if (statement.place == PROM_NO_PLACE) {
        return;
    }
    if (sim_chance(dice_of(run), 500)) {
        statement.kind = PROM_ATTESTATION_COMMITMENT;
        prom_vote_commitment(&statement.as.commitment, &run->world->tree->contract_id, statement.place, &vote);
    } else {
        statement.as.vote = vote;
    }
    prom_sim_state(run, &statement);
    say_statement(run, statement.place, &statement);
}

/* Something passed on with the echoes of those arbiters of the coalition that it likes. */
void prom_sim_lie_echo(sim_run *run)
{
    prom_message message = {.kind = PROM_MESSAGE_ECHO};
    prom_echo_message *echo = &message.as.echo;
    const size_t from = prom_sim_bribed(run);
    prom_bytes32 named;
    if (from == PROM_NO_PLACE) {
        return;
    }
    echo->of_key = sim_chance(dice_of(run), 300);
    if (echo->of_key) {
        echo->h_p = run->world->secrets.h_p;
        if (run->parties[PLACE_W].honest && !run->parties[from].channel->facts.batches[0].money.key_known) {
            return;
        }
        prom_shown_key_hash(&named, &run->world->tree->contract_id, &echo->h_p);
    } else if (prom_sim_any_statement(run, &echo->statement)) {
        prom_attestation_hash(&named, &echo->statement);
    } else {
        return;
    }
    for (size_t place = PLACE_A; place < run->world->places; place++) {
        if (!run->parties[place].honest && sim_chance(dice_of(run), 800)) {
            prom_attestation signed_ = {.kind = PROM_ATTESTATION_ECHO, .place = place, .as.echo = named};
            prom_sim_state(run, &signed_);
            echo->echoes[echo->count++] = signed_;
        }
    }
    prom_sim_say(run, from, &message);
}

void prom_sim_lie_verdict(sim_run *run)
{
    const prom_bytes32 auxiliary = {{0}};
    prom_error error = {{0}};
    prom_bytes32 hash;
    prom_message message = {.kind = PROM_MESSAGE_VERDICT};
    if (run->parties[PLACE_V].honest) {
        return;
    }
    const prom_tree_id tx = sim_chance(dice_of(run), 900) ? PROM_TX4 : PROM_TXV0;
    NEED(prom_tree_sighash(&run->arena, &hash, &run->world->tree->tx[tx], 0, &error), &error);
    NEED(prom_sign(run->world->curve, &message.as.signature, &hash, &run->world->keys[PLACE_V].words, &auxiliary,
                   &error),
         &error);
    prom_sim_note(run, PLACE_V, "lie", "%s", "a verdict to the worker");
    prom_sim_post(run, prom_place_key(&run->world->terms, PLACE_V), PLACE_V, PLACE_W, &message);
}

void prom_sim_lie_key(sim_run *run)
{
    prom_message message = {.kind = PROM_MESSAGE_KEY};
    if (!run->parties[PLACE_W].honest) {
        message.as.h_p = sim_chance(dice_of(run), 700) ? run->world->secrets.h_p : prom_sim_named("no key", 0);
        prom_sim_say(run, PLACE_W, &message);
    }
}

/* Bytes for a step of a FROST session, of the right length mostly. */
static prom_span any_bytes(sim_run *run, uint8_t step, uint8_t bytes[1024])
{
    static const size_t lengths[] = {0, 0, sizeof(prom_frost_nonce), 0, 32, 64};
    size_t length = lengths[step];
    if (step == PROM_DECISION_LIST) {
        length = 4 + sizeof(prom_frost_nonce) * prom_parameters_quorum(&run->world->terms.P);
    }
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (uint8_t)sim_roll(dice_of(run));
    }
    for (size_t i = step == PROM_DECISION_LIST ? 4 : 0; i < length && step != PROM_DECISION_SHARE; i += 33) {
        bytes[i] = 2;
    }
    if (step == PROM_DECISION_LIST) {
        memset(bytes, 0, 3);
        bytes[3] &= (uint8_t)((1U << run->world->set->n) - 1);
    }
    return prom_span_of(bytes, sim_chance(dice_of(run), 100) ? length / 2 : length);
}

void prom_sim_lie_decision(sim_run *run)
{
    uint8_t bytes[1024];
    const size_t from = prom_sim_bribed(run);
    prom_message message = {.kind = PROM_MESSAGE_DECISION};
    prom_decision_message *decision = &message.as.decision;
    if (from == PROM_NO_PLACE) {
        return;
    }
    decision->decision = (uint8_t)sim_below(dice_of(run), 2);
    decision->deciders = sim_below(dice_of(run), UINT32_C(1) << run->world->set->n);
    decision->coordinator =
        (uint8_t)(sim_chance(dice_of(run), 700) ? from - PLACE_A : sim_below(dice_of(run), run->world->set->n));
    decision->session = sim_below(dice_of(run), 4);
    decision->step = (uint8_t)(1 + sim_below(dice_of(run), 5));
    decision->bytes = any_bytes(run, decision->step, bytes);
    prom_sim_say(run, from, &message);
}

void prom_sim_lie_question(sim_run *run)
{
    const prom_message message = {.kind = PROM_MESSAGE_QUESTION};
    const size_t from = prom_sim_accomplice(run);
    if (from != PROM_NO_PLACE) {
        prom_sim_say(run, from, &message);
    }
}

void prom_sim_lie_replay(sim_run *run)
{
    prom_attestation statement;
    const size_t from = prom_sim_accomplice(run);
    if (from != PROM_NO_PLACE && prom_sim_any_statement(run, &statement)) {
        say_statement(run, from, &statement);
    }
}

/* Of somebody whose key is in no terms: it takes a link of its own, which the receiver's own place lends. */
void prom_sim_lie_stranger(sim_run *run)
{
    const prom_bytes32 key = prom_sim_named("stranger", sim_below(dice_of(run), 3));
    const size_t to = sim_below(dice_of(run), (uint32_t)run->world->places);
    prom_message message = {.kind = (prom_message_kind)(1 + sim_below(dice_of(run), PROM_MESSAGE_KINDS - 1))};
    message.batch = (uint16_t)(sim_chance(dice_of(run), 100) ? 1 : 0);
    (void)prom_sim_any_statement(run, &message.as.statement);
    if (message.kind != PROM_MESSAGE_STATEMENT) {
        memset(&message.as, 0, sizeof message.as);
    }
    prom_sim_note(run, to, "stranger", "%s", prom_message_name(message.kind));
    prom_sim_post(run, &key, to, to, &message);
}
