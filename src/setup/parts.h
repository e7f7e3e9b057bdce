/* What the files of the setup share, from the seats on. */
#ifndef SETUP_PARTS_H
#define SETUP_PARTS_H

#include "prometheus/crypto/chilldkg.h"
#include "setup/setup.h"

/* Whether we are one of those who have come to the present seats: C, W, V, and the arbiters in them. */
bool prom_setup_is_seated(const prom_channel *channel);
/* The candidate in a seat. */
const prom_candidate *prom_setup_seated(const prom_channel *channel, size_t seat);
/* The seat of an own-words key, or PROM_NO_PLACE. */
size_t prom_setup_seat_of(const prom_channel *channel, const prom_bytes32 *key);
/* Whether the sender is one of them, too; its place in the terms that will be. */
bool prom_setup_place_of(const prom_channel *channel, size_t *place, const struct received *received);
/* To all of them but us. */
PROM_MUST_USE prom_result prom_setup_send_all(struct step *step, const prom_message *message);

/* The session in which the arbiters on these seats make their key. */
PROM_MUST_USE prom_result prom_setup_session_of(struct step *step, prom_dkg_session *session, const uint8_t *seats,
                                                size_t count);

/* Forgets a string among the facts. */
void prom_setup_forget(prom_facts *facts, size_t kind);

/* The terms of these arbiters and that key; whoever has the same seats makes the same, to the byte. */
PROM_MUST_USE prom_result prom_setup_make_terms(struct step *step, prom_terms *terms, const uint8_t *seats,
                                                size_t count, const prom_bytes32 *Y);
/* To a place that has come to the terms: our digest, and our words of the attempt under way. */
PROM_MUST_USE prom_result prom_setup_send_words(struct step *step, const prom_bytes32 *to);

/* Whether words, written behind a Y, prove that the accused was at fault in signing the tree of these seats. */
PROM_MUST_USE prom_result prom_signing_fault_proven(struct step *step, bool *proven, const struct accused *accused);
/* Whether what may lead to our signature of Tx0 still may: inputs and time. The snapshot
 * stands as long as the draw's block does, which is above it. */
bool prom_setup_is_sound(const struct step *step);
/* Our signature of Tx0 is out, or may be: from now on the contract is live. */
void prom_setup_give(prom_channel *channel);

/* -- What the tables of the channel name -- */

/* The key of the arbiters in the seats (keygen.c). */
prom_result prom_setup_enter(struct step *step, bool *changed);
prom_take prom_take_keygen;
prom_add_wants prom_want_keygen;
prom_take_event prom_setup_keygen_done;

/* What an arbiter asks before its yes (funds.c). */
prom_add_wants prom_want_funds;
/* Whether it asks still: nothing is reserved, and nothing said. */
bool prom_setup_looks_up(const prom_channel *channel);
PROM_MUST_USE prom_result prom_setup_fund_seen(struct step *step, const prom_output_event *event);
/* Whether our offer takes part in another setup (invited.c). */
bool prom_setup_is_engaged(const struct step *step);
/* Makes of a yes that was not said a no, for this reason. */
PROM_MUST_USE prom_result prom_setup_decline(struct step *step, const char *format, ...) PROM_PRINTF(2, 3);

/* Terms, digests, inputs (terms.c). */
prom_result prom_setup_agree(struct step *step, bool *changed);
prom_result prom_setup_begin_signing(struct step *step, bool *changed);
prom_take prom_take_digest;
prom_add_wants prom_want_inputs;
/* A block came or went. */
void prom_setup_chain_moved(struct step *step);

/* The branches (sign.c). */
prom_result prom_setup_begin_attempt(struct step *step, bool *changed);
prom_result prom_setup_find_fault(struct step *step, bool *changed);
prom_result prom_setup_complete_signatures(struct step *step, bool *changed);
prom_take prom_take_nonces;
prom_take prom_take_partials;
prom_take_event prom_nonces_made;
prom_take_event prom_partials_made;
prom_add_wants prom_want_signing;

/* Tx0 (tx0.c). */
prom_take prom_take_tx0_signatures;
prom_take prom_take_tx0;
prom_take_event prom_tx0_signed;
prom_add_wants prom_want_tx0;
/* Tx0 is in a block. */
PROM_MUST_USE prom_result prom_setup_tx0_mined(struct step *step, const prom_tx *tx0);

/* After our signature of Tx0 (end.c). */
prom_result prom_setup_restored(struct step *step, bool *changed);
prom_add_wants prom_want_spoiling;

#endif
