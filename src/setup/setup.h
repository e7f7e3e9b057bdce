/* What the files of the setup share: from the proposal to n seats (propose, accept, base, draw,
 * ask, invited, seats, loss, over), and from the seats' key to Tx0. */
#ifndef SETUP_SETUP_H
#define SETUP_SETUP_H

#include "channel/step.h"
#include "prometheus/contract/draw.h"

/* -- Events -- */

prom_take_event prom_setup_propose;
prom_take_event prom_setup_output;
prom_take_event prom_setup_tried;
prom_take_event prom_setup_abandon;
/* An input of Tx0 was spent in a block, and not by Tx0. */
PROM_MUST_USE prom_result prom_setup_spoilt(struct step *step);

/* -- The base terms (base.c) -- */

/* Keeps base terms as facts, PROM_KEPT_PROPOSAL or PROM_KEPT_BASE, and makes them the channel's. */
PROM_MUST_USE prom_result prom_setup_keep_base(struct step *step, prom_kept_kind kind, const prom_terms *terms);
PROM_MUST_USE prom_result prom_setup_id(struct step *step, prom_bytes32 *id);
/* Returns our own part of the base terms. */
prom_party_terms prom_setup_own_part(const prom_own *own);
/* Our node's word on our own-words key; whether somebody's is true. */
prom_node_word prom_setup_own_node(const prom_own *own);
bool prom_node_word_valid(const struct step *step, const prom_node_word *word, const prom_bytes32 *words_key);
/* The P of the terms as our chain has it, and the block of their snapshot. */
prom_terms_view prom_setup_terms_view(const struct step *step, const prom_terms *terms, prom_bytes32 *snapshot);
/* Succeeds when the terms suit our owner, and their P is one of our chain: what every role asks of them. */
PROM_MUST_USE prom_result prom_setup_check_owner(struct step *step, const prom_terms *terms);
/* Succeeds when the offers that count at the terms' snapshot are enough. */
PROM_MUST_USE prom_result prom_setup_check_pool(struct step *step, const prom_terms *terms);
/* Succeeds when we may sign these base terms now, whose parties are at the nodes of the facts. */
PROM_MUST_USE prom_result prom_setup_check_signing(struct step *step, const prom_terms *terms);
/* The aborted draw that binds the three of these terms, as far as we remember. */
PROM_MUST_USE prom_result prom_setup_known_draw(struct step *step, prom_known_draw *known, const prom_terms *terms);
/* A party of these terms as draws remember it; the two that take part beside us. */
PROM_MUST_USE prom_result prom_setup_partner(const prom_channel *channel, prom_arena *arena, prom_draw_partner *partner,
                                             const prom_terms *terms, size_t place, prom_error *error);
PROM_MUST_USE prom_result prom_setup_partners(const prom_channel *channel, prom_arena *arena,
                                              prom_draw_partner partners[PROM_DRAW_PARTNERS], const prom_terms *terms,
                                              prom_error *error);
prom_take prom_take_base_signature;
prom_take_event prom_base_signed;
prom_result prom_setup_hold(struct step *step, bool *changed);

/* -- The client's proposal (propose.c) -- */

prom_take prom_take_acceptance;
prom_result prom_setup_choose(struct step *step, bool *changed);

/* -- The worker's and the verifier's answer (accept.c) -- */

prom_take prom_take_proposal;
prom_take prom_take_base_terms;
prom_take_event prom_setup_job_done;
prom_result prom_setup_accept(struct step *step, bool *changed);
prom_add_wants prom_want_setup;

/* -- The draw (draw.c) -- */

/* The offers that the seed orders first, and how many count. */
struct drawn {
    const prom_outpoint *offers; /* at most PROM_CANDIDATES_MAX */
    size_t count;
    size_t counted;
};
PROM_MUST_USE prom_result prom_setup_draw_offers(struct step *step, struct drawn *drawn, const prom_terms *terms,
                                                 const prom_bytes32 *seed);
/* Finds how far the setup of these terms is, the seed, and the draw's block. */
PROM_MUST_USE prom_result prom_setup_find_seed(struct step *step, prom_setup_state *state, prom_bytes32 *seed,
                                               prom_bytes32 *block, const prom_terms *terms);
/* Makes the drawn offers the candidates. */
PROM_MUST_USE prom_result prom_setup_take_draw(struct step *step, const struct drawn *drawn, const prom_bytes32 *seed,
                                               const prom_bytes32 *block);
prom_candidate *prom_setup_candidate(prom_channel *channel, const prom_outpoint *offer);
/* The announcement that is known of a candidate, with its address. */
prom_announcement prom_candidate_announcement(const prom_candidate *candidate);
void prom_candidate_announce(prom_candidate *candidate, const prom_announcement *announcement);
/* Whether an announcement is one of a candidate's offer: by the chain, and by its signature. */
bool prom_candidate_is_announced_by(struct step *step, const prom_candidate *candidate,
                                    const prom_announcement *announcement);
/* Whether the chain still has a candidate's offer unspent. */
bool prom_candidate_is_unspent(const struct step *step, const prom_candidate *candidate);
prom_result prom_setup_draw(struct step *step, bool *changed);
prom_result prom_setup_announce(struct step *step, bool *changed);
prom_take prom_take_announcements;

/* -- Asking (ask.c) -- */

/* Asks a candidate whether it takes a seat. */
PROM_MUST_USE prom_result prom_setup_invite(struct step *step, prom_candidate *candidate);
/* Whether so many seconds of the view's clock have passed since. A clock that began anew counts from 0. */
bool prom_setup_is_over(const struct step *step, uint64_t since, uint64_t seconds);
/* Whether we have asked on our own as far as we must. */
bool prom_setup_has_asked(const struct step *step);
prom_result prom_setup_ask(struct step *step, bool *changed);
prom_result prom_setup_follow_clock(struct step *step, bool *changed);
/* Whether an arbiter may give its first nonce: everybody who comes before the last seat was asked, once. */
PROM_MUST_USE prom_result prom_setup_passed_over_done(struct step *step, bool *done);

/* -- An arbiter's word (invited.c) -- */

/* Writes, and reads, an arbiter's word about its seat, as proofs hold it: yes (u8), the announcement with its length
 * (u16), its part of the terms, its host key, the signature. A fault fails the reader; spans point into what is read.
 */
PROM_MUST_USE prom_result prom_seat_write(prom_arena *arena, prom_writer *writer, const prom_seat *seat,
                                          prom_error *error);
void prom_seat_read(prom_reader *reader, prom_seat *seat);
/* Computes what the arbiter's node key signs: the tagged hash `prometheus/seat` of the setup id and all that stands
 * before the signature. */
PROM_MUST_USE prom_result prom_seat_hash(struct step *step, prom_bytes32 *hash, const prom_seat *seat);
/* The word that is known of a candidate. */
prom_seat prom_candidate_seat(const prom_candidate *candidate);
prom_take prom_take_invitation;
prom_take_event prom_seat_signed;

/* -- The seats (seats.c) -- */

/* Computes the hash of the seats: the tagged hash `prometheus/seating` of the setup id and their offers in order. */
PROM_MUST_USE prom_result prom_setup_seating(struct step *step, prom_bytes32 *seating, const uint8_t *seats,
                                             size_t count);
/* Sends what the seats follow from to C, W, V and to who has a seat, but not to `from` (NULL: to all). */
PROM_MUST_USE prom_result prom_setup_pass_on(struct step *step, const prom_bytes32 *from, const prom_message *message);
/* Whether those who have seats were sent all that these follow from: the key generation may begin. */
bool prom_setup_is_told(const prom_channel *channel);
/* Finds whether a word about a seat is its owner's, and one that a seat can be given by. */
PROM_MUST_USE prom_result prom_seat_is_true(struct step *step, bool *true_word, const prom_candidate *candidate,
                                            const prom_seat *seat);
/* Finds whether two words say the same. */
PROM_MUST_USE prom_result prom_seat_is_same(struct step *step, bool *same, const prom_seat *a, const prom_seat *b);
prom_take prom_take_seat;
prom_result prom_setup_reseat(struct step *step, bool *changed);
prom_result prom_setup_tell(struct step *step, bool *changed);

/* -- Lost seats (loss.c) -- */

/* Takes away the seat of who has said two things about it, and tells all. */
PROM_MUST_USE prom_result prom_setup_blame_words(struct step *step, prom_candidate *candidate, const prom_seat *other);
/* Takes away the seat with this index, by a proof that anybody can check, and tells all. */
PROM_MUST_USE prom_result prom_setup_blame(struct step *step, prom_loss_kind kind, size_t seat, prom_span proof);
#define PROM_LOSS_MESSAGES_MAX PROM_PARTIES
/* Makes what is passed on of a candidate's loss. */
PROM_MUST_USE prom_result prom_candidate_losses(struct step *step, size_t *count,
                                                prom_message messages[PROM_LOSS_MESSAGES_MAX],
                                                const prom_candidate *candidate);
/* Computes what C, W or V signs that calls a candidate silent. */
PROM_MUST_USE prom_result prom_silence_hash(struct step *step, prom_bytes32 *hash, const prom_candidate *candidate,
                                            const prom_bytes32 *seating);
/* Whether the party's word is here that the candidate is silent, for these seats. */
bool prom_candidate_is_called_silent(const prom_candidate *candidate, size_t place, const prom_bytes32 *seating);
prom_take prom_take_loss;
prom_take_event prom_silence_signed;
prom_result prom_setup_question(struct step *step, bool *changed);

/* Who has a seat and is waited for by C in the step under way: bits of seats. */
uint32_t prom_setup_awaited(const prom_channel *channel);
/* Finds whether the proof shows that the arbiter on seat `seat` of these candidates is at fault. */
struct accused {
    prom_loss_kind kind;
    const uint8_t *seats; /* candidates */
    size_t count;
    size_t seat;
    prom_span proof;
};
PROM_MUST_USE prom_result prom_setup_prove(struct step *step, bool *proven, const struct accused *accused);

/* -- The end (over.c) -- */

/* Ends the setup, and says so to the others. */
PROM_MUST_USE prom_result prom_setup_break(struct step *step, const char *format, ...) PROM_PRINTF(2, 3);
/* The same with the sentence in step->error, when a check has failed by somebody's fault; else the failure. */
PROM_MUST_USE prom_result prom_setup_break_failed(struct step *step, prom_result result);
prom_take prom_take_refusal;
prom_result prom_setup_let_go(struct step *step, bool *changed);

#endif
