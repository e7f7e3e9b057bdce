/* A step under way, and what all that may happen in one uses: the setup's files, the settlement's, and the tables that
 * lead to them. */
#ifndef CHANNEL_STEP_H
#define CHANNEL_STEP_H

#include "prometheus/channel/channel.h"
#include "prometheus/contract/deadline.h"

/* One step under way. What is written to `channel` counts only if the step succeeds. */
struct step {
    prom_channel *channel;
    prom_facts *facts; /* the channel's */
    const prom_channel_view *view;
    prom_arena *arena; /* of this step: outputs lie here; what is to stay goes to channel->arena */
    prom_outputs *outputs;
    prom_error *error;
};

/* Who may send a message, as bits. */
enum {
    FROM_C = 1 << PROM_PARTY_C,
    FROM_W = 1 << PROM_PARTY_W,
    FROM_V = 1 << PROM_PARTY_V,
    FROM_A = 1 << PROM_PARTIES,           /* of the terms */
    FROM_OTHER = 1 << (PROM_PARTIES + 1), /* no place of the terms, or there are none yet */
    FROM_PARTIES = FROM_C | FROM_W | FROM_V,
    FROM_PLACES = FROM_PARTIES | FROM_A,
    FROM_ANY = FROM_PLACES | FROM_OTHER,
};

/* Roles as bits. */
enum {
    ROLE_C = 1 << PROM_ROLE_CLIENT,
    ROLE_W = 1 << PROM_ROLE_WORKER,
    ROLE_V = 1 << PROM_ROLE_VERIFIER,
    ROLE_A = 1 << PROM_ROLE_ARBITER,
    ROLE_PARTIES = ROLE_C | ROLE_W | ROLE_V,
    ROLE_ANY = ROLE_PARTIES | ROLE_A,
};

/* One message as its receiver sees it. */
struct received {
    const prom_bytes32 *from;
    size_t place; /* of the sender, or PROM_NO_PLACE */
    const prom_message *message;
};

/* What a function that takes a message, or an answer, makes of it. Refusals come by prom_refuse alone, which writes the
 * reason: they have changed no fact before. */
typedef prom_result prom_take(struct step *step, const struct received *received, prom_reception *reception);
typedef prom_result prom_take_event(struct step *step, const prom_event *event);

/* What of the wants a part of the room adds. */
typedef prom_result prom_add_wants(struct step *step, prom_wants *wants);
PROM_MUST_USE prom_result prom_want_add(struct step *step, prom_wants *wants, const prom_want *want);

/* -- What every part uses (channel.c) -- */

/* Makes a message refused, for the reason given: a success, for the refusal is the sender's matter. */
PROM_MUST_USE prom_result prom_refuse(struct step *step, prom_reception *reception, const char *format, ...)
    PROM_PRINTF(3, 4);
/* The same with the sentence that is in step->error already: for a check that has failed. A failure that is not the
 * sender's fault stays one. */
PROM_MUST_USE prom_result prom_refuse_failed(prom_result result, prom_reception *reception);

PROM_MUST_USE prom_result prom_send(struct step *step, const prom_bytes32 *to, const prom_message *message);
/* To these places of the terms, but never to ourselves. */
PROM_MUST_USE prom_result prom_send_places(struct step *step, uint32_t places, const prom_message *message);
/* Says of all that was sent since there were `before` outputs that it answers somebody, who asks again where it is
 * lost: for whoever asks and acknowledges nothing it is not kept without end. */
void prom_mark_answers(struct step *step, size_t before);
PROM_MUST_USE prom_result prom_alarm(struct step *step, const char *format, ...) PROM_PRINTF(2, 3);
PROM_MUST_USE prom_result prom_note(struct step *step, const char *format, ...) PROM_PRINTF(2, 3);

/* Has the node remember the draw of a setup that ended after it; note h, k_h and keys of terms that are about to be
 * signed. */
PROM_MUST_USE prom_result prom_remember(struct step *step);
PROM_MUST_USE prom_result prom_seen(struct step *step);

/* Keeps a copy of the bytes among the facts. */
PROM_MUST_USE prom_result prom_keep(struct step *step, size_t kind, prom_span bytes);
/* Ends a setup in which our signature of Tx0 is not out; where it has drawn, that is remembered. */
PROM_MUST_USE prom_result prom_setup_end(struct step *step, const char *format, ...) PROM_PRINTF(2, 3);

/* How many places the contract has: three parties, and the arbiters of the full terms. */
size_t prom_place_count(const prom_channel *channel);
/* Bits of all arbiters; of everybody. */
uint32_t prom_places_arbiters(const prom_channel *channel);
uint32_t prom_places_all(const prom_channel *channel);
/* k of the contract's P; s of its network; the network. */
uint32_t prom_channel_quorum(const prom_channel *channel);
uint32_t prom_channel_margin(const prom_channel *channel);
const prom_chain_parameters *prom_channel_network(const prom_channel *channel);
/* The best tip that the view sees. */
uint32_t prom_view_best(const prom_channel_view *view);
/* Whether our best chain is the whole one, as far as we know: neither are we behind, nor between the blocks of a
 * reorganisation, when it lies below a tip that we have seen and may be about to get back what it has just lost. */
bool prom_view_is_whole(const prom_channel_view *view);
/* Whether anything new may be signed in this channel. */
bool prom_channel_may_sign(const prom_channel *channel);
/* Does a duty of each batch. */
typedef prom_result prom_act_batch(struct step *step, uint16_t batch, bool *changed);
PROM_MUST_USE prom_result prom_each_batch(struct step *step, bool *changed, prom_act_batch *act);
/* Builds what follows from facts: terms and tree. */
PROM_MUST_USE prom_result prom_channel_derive(prom_channel *channel, const prom_tree *tree, prom_error *error);

/* -- The money (money.c) -- */

/* The contract as the rules of evidence see it. `evidence` may be another than that of the facts. */
prom_case prom_batch_case(const prom_channel *channel, uint16_t batch, const prom_evidence *evidence);
/* Finds the first and the last tip of a step, counted from the block of its milestone in the best chain. False when
 * that block is not there. */
bool prom_window_of(const prom_channel *channel, uint16_t batch, prom_deadline_id id, prom_tip_window *window);
/* Finds the height of the block that a step of the batch is counted from. False when it is not there. */
bool prom_milestone_height(const prom_channel *channel, uint16_t batch, prom_milestone from, uint32_t *height);
/* How far a window is. The best chain opens it, for by that locks are over; the own tip, which never falls, ends it.
 * All are false where the milestone's block is not there. */
bool prom_window_has_begun(const struct step *step, uint16_t batch, prom_deadline_id id);
bool prom_window_is_open(const struct step *step, uint16_t batch, prom_deadline_id id);
/* At its last tip, or beyond; beyond. */
bool prom_window_is_ending(const struct step *step, uint16_t batch, prom_deadline_id id);
bool prom_window_is_over(const struct step *step, uint16_t batch, prom_deadline_id id);
/* Where the batch's money is: not yet locked, in O0, OV0 or OA, or settled. */
typedef enum prom_money_state {
    PROM_MONEY_NONE,
    PROM_MONEY_LOCKED,
    PROM_MONEY_ACCUSED,
    PROM_MONEY_APPEALED,
    PROM_MONEY_SETTLED,
} prom_money_state;
prom_money_state prom_money_state_of(const prom_facts *facts, uint16_t batch);

#endif
