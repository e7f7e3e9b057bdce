/* What the files of this room share: a step under way, the tables that it goes through, and what its parts offer each
 * other. */
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

/* A row of the table of messages: who takes it from whom, from which phase of the setup to which, and what it does.
 * Before the first phase it comes too early; after the last it is passed over. */
struct rule {
    prom_message_kind kind;
    unsigned roles;
    unsigned from;
    prom_setup_phase first;
    prom_setup_phase last;
    prom_take *take;
};

/* A row of the table of duties: what a role does by itself as soon as it can. They are gone through, from the first,
 * after every event, until none changes anything. */
struct duty {
    unsigned roles;
    prom_setup_phase first;
    prom_setup_phase last;
    prom_result (*act)(struct step *step, bool *changed);
};

/* The tables (rules.c). */
extern const struct rule prom_rules[];
extern const size_t prom_rule_count;
extern const struct duty prom_duties[];
extern const size_t prom_duty_count;
extern const size_t prom_duty_blind_count; /* the first ones, which need no index */
prom_take_event *prom_taker_of_signed(prom_purpose purpose);
prom_take_event *prom_taker_of_job(prom_job_kind job);

/* What of the wants a part of the room adds. */
typedef prom_result prom_add_wants(struct step *step, prom_wants *wants);
extern prom_add_wants *const prom_wanters[];
extern const size_t prom_wanter_count;
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

/* An input of Tx0 was spent in a block, and not by Tx0. */
PROM_MUST_USE prom_result prom_setup_spoilt(struct step *step);

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

/* -- The setup -- */

/* Events that are the setup's. */
prom_take_event prom_setup_propose;
prom_take_event prom_setup_output;
prom_take_event prom_setup_tried;
prom_take_event prom_setup_abandon;
/* -- The money (money.c) -- */

PROM_MUST_USE prom_result prom_money_connect(struct step *step, const prom_event *event);
PROM_MUST_USE prom_result prom_money_disconnect(struct step *step, const prom_event *event);
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

/* -- Statements (statements.c) -- */

/* The contract as the rules of evidence see it. `evidence` may be another than that of the facts. */
prom_case prom_batch_case(const prom_channel *channel, uint16_t batch, const prom_evidence *evidence);
/* Decides on a statement of ours: from now on it will be signed, and no other of its kind and round. */
PROM_MUST_USE prom_result prom_intend(struct step *step, uint16_t batch, const prom_attestation *statement);
/* Whether a statement of that kind and round (of packages and receipts) of ours is signed or decided. */
bool prom_is_intended(const prom_channel *channel, uint16_t batch, prom_attestation_kind kind, prom_round round);
/* Somebody's statement; a signature of ours that was made. */
prom_take prom_take_statement;
prom_take_event prom_statement_signed;
prom_add_wants prom_want_statements;

/* -- Bodies (bodies.c) -- */

/* A body has come: in the setup and in the running contract. */
prom_take_event prom_body_fetched;
/* A job could not read a body that should be here: it is here no more, and is fetched again. */
prom_take_event prom_body_lost;
prom_add_wants prom_want_bodies;
/* Whether W's one package of the round is on our disk; that of every round. */
bool prom_package_at_hand(const prom_channel *channel, uint16_t batch, prom_round round);
bool prom_packages_at_hand(const prom_channel *channel, uint16_t batch);
/* What the jobs that check packages are about: the hashes of those on our disk. */
void prom_packages_subject(const prom_channel *channel, uint16_t batch, prom_bytes32 *subject);
/* Keeps a job's reason, cut where it is too long; none where there is none. */
void prom_keep_reason(char *kept, size_t size, const char *reason);
PROM_MUST_USE prom_result prom_want_add_job(struct step *step, prom_wants *wants, uint16_t batch, prom_job_kind job,
                                            const prom_bytes32 *subject);

/* -- The worker (worker.c) -- */

prom_result prom_sign_packages(struct step *step, bool *changed);
prom_result prom_deliver_packages(struct step *step, bool *changed);
prom_result prom_sign_notice(struct step *step, bool *changed);
prom_result prom_release_worker(struct step *step, bool *changed);
prom_result prom_appeal(struct step *step, bool *changed);
prom_take prom_take_verdict;
prom_take_event prom_compute_done;
prom_take_event prom_openings_done;
prom_take_event prom_key_given;
prom_add_wants prom_want_worker;

/* -- The verifier (verifier.c) -- */

prom_result prom_see_notice(struct step *step, bool *changed);
prom_result prom_give_verdict(struct step *step, bool *changed);
prom_result prom_ask_arbiters(struct step *step, bool *changed);
prom_result prom_release_verifier(struct step *step, bool *changed);
prom_take_event prom_verdict_signed;
prom_take_event prom_open_key_done;
prom_take_event prom_check_done;
prom_add_wants prom_want_verifier;

/* -- The client (client.c) -- */

/* Whether W has signed this package of the round, and our check has not found it bad. */
bool prom_result_may_be(const prom_channel *channel, uint16_t batch, prom_round round, const prom_bytes32 *hash);
prom_take_event prom_result_done;
prom_add_wants prom_want_client;

/* -- The arbitration -- */

/* Whether a statement that comes by itself still counts at an arbiter: before D_0 has passed; elsewhere always. */
bool prom_arbitration_takes(const prom_channel *channel, uint16_t batch, const prom_attestation *statement);
/* A checked commitment or vote, ours or another's. */
PROM_MUST_USE prom_result prom_vote_known(struct step *step, uint16_t batch, const prom_attestation *statement,
                                          bool *added);

/* -- Transactions of the tree that are wanted in a block (publish.c) -- */

prom_add_wants prom_want_publications;

#endif
