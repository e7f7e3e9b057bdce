/* What the arbiter's files share: receipts and answers (arbiter.c), the rounds in which evidence is passed on
 * (arbitration.c), the vote (vote.c), the signing of the decision (decision.c, frost.c). */
#ifndef SETTLEMENT_ARBITRATION_H
#define SETTLEMENT_ARBITRATION_H

#include "settlement/settlement.h"

typedef prom_result prom_act(struct step *step, bool *changed);

/* Our index among the arbiters, and its bit. */
size_t prom_own_arbiter(const prom_channel *channel);
uint32_t prom_arbiter_bit(size_t arbiter);
/* Bits of all arbiters by index, as S has them; prom_places_arbiters has them by place. */
uint32_t prom_arbiters_all(const prom_channel *channel);

/* -- The running contract (arbiter.c) -- */

/* V's final question; somebody's statement; h_p, in clear. */
prom_take prom_take_question;
prom_take prom_take_evidence;
prom_take prom_take_key;
/* Receipts and the answer to the final question, as soon as they may be given. */
prom_act prom_give_receipts;
prom_act prom_answer_question;
/* Hands on all evidence that is here, from TxV0's block on and while it still counts. */
prom_act prom_hand_over;
/* Sends, before a receipt or answer of ours, what W signed and it is about, so that nobody who hears of a package
 * lacks W's word for it. */
PROM_MUST_USE prom_result prom_send_along(struct step *step, uint16_t batch, const prom_attestation *statement,
                                          uint32_t places);
/* h_p was told to us, by itself or with echoes, before D_0. */
PROM_MUST_USE prom_result prom_hear_key(struct step *step, uint16_t batch, const prom_bytes32 *h_p,
                                        prom_reception *reception);

/* -- Evidence goes round (arbitration.c) -- */

prom_take prom_take_echo;
/* Passes D_0 .. D_(n-k+1). */
prom_act prom_pass_rounds;
/* An echo of ours was signed. */
prom_take_event prom_echo_signed;
prom_add_wants prom_want_echoes;
/* Whether the last round is over: what counts does not change any more. */
bool prom_rounds_over(const prom_channel *channel, uint16_t batch);
/* A window of the arbitration: counted from b_A as it was at D_0, which must have passed. */
prom_tip_window prom_arbitration_window(const prom_channel *channel, uint16_t batch, prom_deadline_id id);
/* Copies the statements that count. */
PROM_MUST_USE prom_result prom_counting(struct step *step, uint16_t batch, prom_evidence **counting);

/* -- The vote (vote.c) -- */

prom_act prom_decide_vote;
prom_act prom_cast_vote; /* commitment, then vote */
prom_add_wants prom_want_check;
prom_add_wants prom_want_vote_nonce;
prom_take_event prom_vote_checked;
prom_take_event prom_vote_nonce_made;
/* Arbiters whose vote for the decision is here, whenever it came; and those of them who had committed to it in time,
 * and to nothing else. */
uint32_t prom_votes_seen(const prom_channel *channel, uint16_t batch, prom_decision decision);
uint32_t prom_votes_counted(const prom_channel *channel, uint16_t batch, prom_decision decision);

/* -- The decision: every signer (decision.c) -- */

prom_take prom_take_decision;
prom_take_event prom_frost_nonce_made;
prom_add_wants prom_want_frost;

/* Whether there is a decision to be made, of which a signature still helps; and whether nonces and shares may be given.
 */
bool prom_decision_is_open(const struct step *step, uint16_t batch);
bool prom_signing_may_begin(const struct step *step, uint16_t batch);
/* Whom an S may hold that is signed now; whether we sign for this one. */
uint32_t prom_signers_allowed(const struct step *step, uint16_t batch, prom_decision decision);
bool prom_signers_acceptable(const struct step *step, uint16_t batch, prom_decision decision, uint32_t S);
/* The newest session of a coordinator; NULL: it has none. */
prom_decision_session *prom_session_of(struct step *step, uint16_t batch, size_t coordinator);
PROM_MUST_USE prom_result prom_session_begin(struct step *step, const prom_decision_session *begun);
void prom_sessions_end(struct step *step, uint16_t batch);
PROM_MUST_USE prom_result prom_session_send(struct step *step, const prom_decision_session *session, uint32_t arbiters,
                                            prom_decision_step kind, prom_span bytes);
/* Keeps a checked signature of the decision; sends the one that we have to these places. */
PROM_MUST_USE prom_result prom_decision_take(struct step *step, const prom_decision_session *session,
                                             const prom_signature *signature);
PROM_MUST_USE prom_result prom_decision_send(struct step *step, uint16_t batch, uint32_t places);
bool prom_nonce_read(const prom_curve *curve, prom_reader *reader, prom_frost_nonce *nonce);

/* -- The decision: its coordinator (coordinator.c) -- */

prom_act prom_coordinate;
/* Our own nonce is valid; `reception` may be NULL then. */
PROM_MUST_USE prom_result prom_session_add_nonce(struct step *step, prom_decision_session *session, size_t from,
                                                 prom_span bytes, prom_reception *reception);

/* -- The decision: shares (shares.c) -- */

prom_take_event prom_frost_share_made;
/* Whether our own share of the session is due. */
bool prom_session_wants_share(const struct step *step, const prom_decision_session *session);
/* Takes an arbiter's share of a session, whoever coordinates it. */
PROM_MUST_USE prom_result prom_session_add_share(struct step *step, prom_decision_session *session, size_t from,
                                                 prom_span bytes);

/* -- FROST, from facts (frost.c) -- */

/* The transaction that a decision of these arbiters makes whole, or NULL when there is none. */
const prom_tree_tx *prom_decision_tx(const prom_channel *channel, prom_decision decision, uint32_t deciders);
/* Succeeds when the signature is Y's of that transaction; PROM_CATEGORY_PEER else. */
PROM_MUST_USE prom_result prom_decision_check(struct step *step, prom_decision decision, uint32_t deciders,
                                              const prom_signature *signature);
/* Names a session, unlike any other that we take part in: by it a fresh nonce is asked for. */
void prom_decision_name(prom_bytes32 *name, const prom_channel *channel, const prom_decision_session *session);
/* What a share of ours is asked for by: the nonce that it uses up, and all that it is made with. */
void prom_decision_nonce_name(prom_bytes32 *name, const prom_frost_nonce *nonce);
void prom_decision_share_name(prom_bytes32 *name, const prom_channel *channel, const prom_decision_session *session);

#endif
