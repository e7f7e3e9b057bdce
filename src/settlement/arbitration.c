/* How the arbiters come to judge by the same evidence, whoever shows what to whom, and when: Dolev and Strong's
 * protocol for broadcast with signatures, in n - k + 1 rounds, for each statement and for h_p.
 *
 * Let f = n - k arbiters be anything, D_r be the moment at which an arbiter passes the end of round r, and let what an
 * honest one sends at a moment t reach another at t + d at the latest, and a block that one sees at t be seen by
 * another at t + b. Messages and blocks may be slow, blocks fast, as long as b + d is at most the ten minutes for which
 * a round lasts at least (W).
 *
 *   D_0 is the first sight of a tip at b_A + s, D_r that of a tip at b_A + s + e r, but W after D_(r-1) at least. So
 * two honest arbiters pass the same D_r within b of each other: by the tip they do, and by the wait they do if they
 * passed D_(r-1) so.
 *
 *   What i counts it has before its D_0, or by r others' echoes before its D_r. It signs its own at once: r + 1 echoes
 *   (1 for what it had before D_0) are on the way before its D_r, and reach j before j's D_r + b + d, which is before
 *   j's D_(r+1). There r + 1 echoes are enough: j counts it as well. If it reaches j in an earlier round, fewer are
 *   enough; if before j's D_0, none is needed.
 *
 *   In the last round, n - k + 1, what i counts carries n - k + 1 echoes: one of them is honest, and whoever made it
 *   counted it in an earlier round, and has told everybody.
 *
 * Whoever is away while a round passes may judge otherwise than the others: it is one of the n - k. A node that starts
 * anew waits W again, since it does not know how long it was away. */
#include "settlement/arbitration.h"

#include "prometheus/crypto/hash.h"

static prom_arbitration *arbitration_of(const struct step *step, uint16_t batch)
{
    return &step->facts->batches[batch].arbitration;
}

/* How many of D_0 .. D_(n-k+1) there are. */
static uint8_t round_ends(const prom_channel *channel)
{
    return (uint8_t)(prom_parameters_tolerated(&channel->terms.P) + 2);
}

bool prom_rounds_over(const prom_channel *channel, uint16_t batch)
{
    return channel->tree != NULL && channel->facts.batches[batch].arbitration.rounds_over == round_ends(channel);
}

prom_tip_window prom_arbitration_window(const prom_channel *channel, uint16_t batch, prom_deadline_id id)
{
    return prom_deadline_window(id, &channel->terms.P, prom_channel_network(channel),
                                channel->facts.batches[batch].arbitration.appeal_height);
}

bool prom_arbitration_takes(const prom_channel *channel, uint16_t batch, const prom_attestation *statement)
{
    const bool of_vote = statement->kind == PROM_ATTESTATION_COMMITMENT || statement->kind == PROM_ATTESTATION_VOTE;
    return channel->facts.role != PROM_ROLE_ARBITER || of_vote ||
           channel->facts.batches[batch].arbitration.rounds_over == 0;
}

prom_result prom_counting(struct step *step, uint16_t batch, prom_evidence **counting)
{
    const prom_evidence *here = &step->facts->batches[batch].evidence.statements;
    PROM_TRY_NEW(*counting, step->arena, 1, step->error);
    PROM_TRY(prom_evidence_new(step->arena, *counting, here->count, step->error));
    for (size_t i = 0; i < here->count; i++) {
        if (arbitration_of(step, batch)->standing[i] != PROM_STANDING_HERE) {
            (*counting)->list[(*counting)->count++] = here->list[i];
        }
    }
    return prom_ok();
}

/* -- The rounds -- */

/* The node's clock begins anew with the node: of a moment before that it is known that it lies further back than all of
 * the clock. */
static bool has_waited(const struct step *step, const prom_arbitration *arbitration)
{
    const uint64_t now = step->view->seconds;
    const uint64_t since = arbitration->round_seconds <= now ? arbitration->round_seconds : 0;
    return now - since >= prom_channel_network(step->channel)->round_seconds;
}

static bool end_is_seen(const struct step *step, uint16_t batch, uint32_t appeal_height)
{
    const prom_arbitration *arbitration = arbitration_of(step, batch);
    return step->view->own_tip >=
           prom_deadline_echo_end(arbitration->rounds_over, prom_channel_network(step->channel), appeal_height);
}

/* D_0: what is here counts. */
static void begin_rounds(struct step *step, uint16_t batch, uint32_t appeal_height)
{
    prom_arbitration *arbitration = arbitration_of(step, batch);
    const prom_batch_facts *its = &step->facts->batches[batch];
    arbitration->appeal_height = appeal_height;
    for (size_t i = 0; i < its->evidence.statements.count; i++) {
        arbitration->standing[i] = PROM_STANDING_COUNTS;
    }
    arbitration->key_here = arbitration->key_here || its->money.key_known; /* a block had shown it, and is gone */
    arbitration->key_standing = arbitration->key_here ? PROM_STANDING_COUNTS : PROM_STANDING_HERE;
}

/* A reorganisation moves D_0 as long as it has not passed, and nothing afterwards. */
static bool pass_round(struct step *step, uint16_t batch)
{
    prom_arbitration *arbitration = arbitration_of(step, batch);
    const prom_spend *appeal = &step->facts->batches[batch].money.spent[PROM_OUTPUT_OV0];
    const bool begun = arbitration->rounds_over > 0;
    const uint32_t height = begun ? arbitration->appeal_height : appeal->height;
    if (prom_rounds_over(step->channel, batch) || !end_is_seen(step, batch, height) ||
        (begun ? !has_waited(step, arbitration) : !appeal->there || appeal->tx != PROM_TXA)) {
        return false;
    }
    if (!begun) {
        begin_rounds(step, batch, height);
    }
    arbitration->rounds_over++;
    arbitration->round_seconds = step->view->seconds;
    return true;
}

prom_result prom_pass_rounds(struct step *step, bool *changed)
{
    for (uint16_t batch = 0; batch < step->facts->batch_count; batch++) {
        *changed = pass_round(step, batch) || *changed;
    }
    return prom_ok();
}

/* -- What is echoed: the statements by their place in the list, and h_p behind them -- */

enum { KEY_INDEX = PROM_EVIDENCE_MAX };

static uint8_t *standing_at(prom_arbitration *arbitration, size_t index)
{
    return index == KEY_INDEX ? &arbitration->key_standing : &arbitration->standing[index];
}

static void name_at(const struct step *step, uint16_t batch, size_t index, prom_bytes32 *named)
{
    const prom_batch_facts *its = &step->facts->batches[batch];
    if (index == KEY_INDEX) {
        prom_shown_key_hash(named, &step->channel->tree->contract_id, &its->money.h_p);
    } else {
        prom_attestation_hash(named, &its->evidence.statements.list[index]);
    }
}

static prom_attestation echo_of(const struct step *step, size_t arbiter, const prom_bytes32 *named)
{
    return (prom_attestation){.kind = PROM_ATTESTATION_ECHO,
                              .contract_id = step->channel->tree->contract_id,
                              .place = PROM_PLACE_ARBITER + arbiter,
                              .as.echo = *named};
}

/* Our echo that is to be made next, from `*index` on; `*index` is then behind it. */
static bool next_echo(const struct step *step, uint16_t batch, size_t *index, prom_bytes32 *named)
{
    const size_t count = step->facts->batches[batch].evidence.statements.count;
    prom_arbitration *arbitration = arbitration_of(step, batch);
    if (prom_rounds_over(step->channel, batch)) {
        return false; /* it could make nothing count any more */
    }
    while (*index <= KEY_INDEX) {
        const size_t at = (*index)++;
        if ((at < count || at == KEY_INDEX) && *standing_at(arbitration, at) == PROM_STANDING_COUNTS) {
            name_at(step, batch, at, named);
            return true;
        }
    }
    return false;
}

prom_result prom_want_echoes(struct step *step, prom_wants *wants)
{
    const bool may =
        step->facts->role == PROM_ROLE_ARBITER && step->channel->tree != NULL && prom_channel_may_sign(step->channel);
    for (uint16_t batch = 0; may && batch < step->facts->batch_count; batch++) {
        size_t index = 0;
        prom_bytes32 named;
        while (next_echo(step, batch, &index, &named)) {
            const prom_attestation echo = echo_of(step, prom_own_arbiter(step->channel), &named);
            prom_want want = {.kind = PROM_WANT_SIGN,
                              .batch = batch,
                              .as.sign = {.purpose = PROM_PURPOSE_STATEMENT, .detail = named}};
            prom_attestation_hash(&want.as.sign.hash, &echo);
            PROM_TRY(prom_want_add(step, wants, &want));
        }
    }
    return prom_ok();
}

/* Sends on what counts, with all echoes that made it count and our own. */
static prom_result send_echoes(struct step *step, uint16_t batch, size_t index, const prom_attestation *own)
{
    const prom_batch_facts *its = &step->facts->batches[batch];
    const prom_heard *heard = its->arbitration.heard[index];
    prom_message message = {.kind = PROM_MESSAGE_ECHO, .batch = batch};
    prom_echo_message *echo = &message.as.echo;
    echo->of_key = index == KEY_INDEX;
    if (echo->of_key) {
        echo->h_p = its->money.h_p;
    } else {
        echo->statement = its->evidence.statements.list[index];
    }
    for (size_t i = 0; heard != NULL && i < PROM_ARBITERS_MAX; i++) {
        if ((heard->by & prom_arbiter_bit(i)) != 0) {
            echo->echoes[echo->count] = echo_of(step, i, &own->as.echo);
            echo->echoes[echo->count++].signature = heard->of[i];
        }
    }
    echo->echoes[echo->count++] = *own;
    return prom_send_places(step, prom_places_arbiters(step->channel), &message);
}

prom_result prom_echo_signed(struct step *step, const prom_event *event)
{
    const uint16_t batch = event->as.signed_.batch;
    size_t index = 0;
    prom_bytes32 named;
    while (next_echo(step, batch, &index, &named)) {
        prom_attestation echo = echo_of(step, prom_own_arbiter(step->channel), &named);
        prom_bytes32 hash;
        prom_attestation_hash(&hash, &echo);
        if (prom_bytes32_equal(&hash, &event->as.signed_.hash)) {
            echo.signature = event->as.signed_.signature;
            PROM_TRY(send_echoes(step, batch, index - 1, &echo));
            *standing_at(arbitration_of(step, batch), index - 1) = PROM_STANDING_ECHOED;
            arbitration_of(step, batch)->heard[index - 1] = NULL;
            return prom_ok();
        }
    }
    return prom_ok(); /* it was made already, or comes too late */
}

/* -- Others' echoes -- */

/* Where the statement stands in the list; it is added if it is new and one of at most two. `there` is false where there
 * is no place for it. */
static prom_result place_of_statement(struct step *step, uint16_t batch, const prom_attestation *statement,
                                      size_t *index, bool *there)
{
    prom_evidence *here = &step->facts->batches[batch].evidence.statements;
    for (*index = 0; *index < here->count; (*index)++) {
        if (here->list[*index].place == statement->place && prom_attestation_same(&here->list[*index], statement)) {
            *there = true;
            return prom_ok();
        }
    }
    return prom_evidence_add(step->channel->arena, here, statement, there, step->error);
}

/* Keeps the echoes for our own message: they are all there is to convince the others by. */
static prom_result keep_heard(struct step *step, uint16_t batch, size_t index, const prom_bytes32 *named,
                              const prom_echo_message *message)
{
    prom_heard *heard = NULL;
    PROM_TRY_NEW(heard, step->channel->arena, 1, step->error);
    for (size_t i = 0; i < message->count; i++) {
        const uint32_t by = prom_echoes_count(step->channel->curve, named, &message->echoes[i], 1,
                                              &step->channel->terms, &step->channel->tree->contract_id);
        if (by != 0) {
            heard->by |= (uint16_t)by;
            heard->of[message->echoes[i].place - PROM_PLACE_ARBITER] = message->echoes[i].signature;
        }
    }
    heard->by &= (uint16_t)~prom_arbiter_bit(prom_own_arbiter(step->channel));
    arbitration_of(step, batch)->heard[index] = heard;
    return prom_ok();
}

/* In round r counts what carries the echoes of r different arbiters. */
static prom_result count_echoes(struct step *step, uint16_t batch, const prom_bytes32 *named,
                                const prom_echo_message *message)
{
    prom_arbitration *arbitration = arbitration_of(step, batch);
    prom_money *money = &step->facts->batches[batch].money;
    const uint32_t by = prom_echoes_count(step->channel->curve, named, message->echoes, message->count,
                                          &step->channel->terms, &step->channel->tree->contract_id);
    size_t index = KEY_INDEX;
    bool there = message->of_key;
    if (prom_rounds_over(step->channel, batch) || prom_arbiters_count(by) < arbitration->rounds_over) {
        return prom_ok();
    }
    if (!message->of_key) {
        PROM_TRY(place_of_statement(step, batch, &message->statement, &index, &there));
    }
    if (!there || *standing_at(arbitration, index) != PROM_STANDING_HERE) {
        return prom_ok();
    }
    if (message->of_key) {
        arbitration->key_here = true;
        money->key_known = true;
        money->h_p = message->h_p;
    }
    *standing_at(arbitration, index) = PROM_STANDING_COUNTS;
    return keep_heard(step, batch, index, named, message);
}

/* Whether what is passed on is what it says, and what it is named by. */
static prom_result check_echoed(struct step *step, const prom_echo_message *message, prom_bytes32 *named,
                                prom_reception *reception)
{
    const prom_bytes32 *contract_id = &step->channel->tree->contract_id;
    if (message->count > PROM_ECHOES_MAX) {
        return prom_refuse(step, reception, "%u echoes are more than there are arbiters", (unsigned)message->count);
    }
    if (message->of_key) {
        prom_bytes32 hash;
        prom_sha256(&hash, prom_span_of32(&message->h_p));
        prom_shown_key_hash(named, contract_id, &message->h_p);
        return prom_bytes32_equal(&hash, &step->channel->terms.h)
                   ? prom_ok()
                   : prom_refuse(step, reception, "what was passed on as h_p is not the preimage of h");
    }
    prom_attestation_hash(named, &message->statement);
    return prom_refuse_failed(prom_attestation_check(step->channel->curve, &message->statement, &step->channel->terms,
                                                     contract_id, step->error),
                              reception);
}

prom_result prom_take_echo(struct step *step, const struct received *received, prom_reception *reception)
{
    const prom_echo_message *message = &received->message->as.echo;
    const uint16_t batch = received->message->batch;
    prom_bytes32 named;
    PROM_TRY(check_echoed(step, message, &named, reception));
    if (*reception != PROM_TAKEN) {
        return prom_ok();
    }
    if (arbitration_of(step, batch)->rounds_over > 0) {
        return count_echoes(step, batch, &named, message);
    }
    if (message->of_key) {
        return prom_hear_key(step, batch, &message->h_p, reception);
    }
    bool added = false;
    return prom_evidence_add(step->channel->arena, &step->facts->batches[batch].evidence.statements,
                             &message->statement, &added, step->error);
}
